"""Consumer surplus: the area under demand, and what deception does to it."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from sim.model import Market
from sim.parameters import Brands, Demand, Platform
from sim.theory.base import STANDARD_ERRORS, Benchmark, Effort, Point, brand_stores, near, positive, shown, utility

ALPHA, VALUE, QUALITY, HASSLE = 0.02, 220.0, 0.8, 20.0
COST, SERVICE = 40.0, 8.0
NESTED, REFUND = 0.6, 0.3
MICRO = 1e6


class Surplus(Benchmark):
    """Surplus as reported against the area under the market's own demand curve, and against closed forms."""

    title = "Experienced surplus is the area under demand, less what deception costs"
    statement = (
        "With true beliefs consumer surplus is the logsum over alpha, and the same as the area under the demand "
        "curve. With wrong beliefs people choose by what they believe and get what is true: the logsum must be "
        "corrected by the shares times true less believed utility. What is lost to full information is never "
        "negative, and the plain logsum would call deception a gain."
    )
    formula = (
        "CS(p) = ln(1 + sum e^V)/alpha = integral of demand from p on; with a nest ln(1 + e^L)/alpha, L = lambda ln"
        " sum e^(V/lambda); experienced: logsum(believed)/alpha + sum s_j (V*_j - V_j)/alpha; informed: "
        "logsum(true)/alpha"
    )
    source = "Small & Rosen 1981, Econometrica 49(1); Leggett 2002; Train 2015, Journal of Choice Modelling 16"
    configuration = (
        "brands' own stores that everybody knows, people alike, a need every week; (a) one brand, lambda = 1, "
        "beliefs true, no refunds, the same people and luck at a ladder of list prices; (b) three brands of quality"
        " .8 in one nest, lambda = .6, refunds with chance .3, believed to be better or worse. Fakes in resale are "
        "not covered here"
    )
    statistic = "consumer surplus a need as the market reports it; area by the trapezium rule over purchases a need"
    tolerance = (
        "(a) four standard errors over people's own areas, and .2 % for the trapezia; (b) a thousandth of a yuan: "
        "the surplus of a need is an expectation over luck, rounded to micro-yuan"
    )
    x_axis, y_axis = "believed chance", "surplus a need, yuan"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the areas, and surpluses by belief."""
        yield from self.area(effort)
        yield from self.deception(effort)

    def area(self, effort: Effort) -> Iterator[Point]:
        """Yield differences of reported surplus between prices against areas under the simulated demand curve."""
        prices = np.arange(60.0, 261.0, effort.pick(10.0, 5.0))
        n_people = effort.pick(20_000, 100_000)
        worlds = [demanded(price, n_people, effort.seed) for price in prices]
        buys, surplus = np.stack([world[0] for world in worlds]), [world[1] for world in worlds]
        trapezia = np.diff(prices)[:, None] * (buys[1:] + buys[:-1]) / 2
        for n in range(0, len(prices) - 1, len(prices) // 5):
            of_person = trapezia[n:].sum(axis=0)
            area = float(of_person.mean())
            tolerance = STANDARD_ERRORS * float(of_person.std()) / math.sqrt(n_people) + 0.002 * area
            label = f"surplus at {prices[n]:.0f} yuan less that at {prices[-1]:.0f}: area"
            yield near(label, math.nan, area, surplus[n] - surplus[-1], tolerance)

    def deception(self, effort: Effort) -> Iterator[Point]:
        """Yield experienced and informed surplus by belief, and what the plain logsum would say."""
        for belief in effort.pick((0.5, 0.8, 1.0), (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)):
            market = stores(3, belief, 100.0, effort.pick(5_000, 20_000), effort.seed, NESTED, REFUND).run(1)
            tally = market.tallies[0]
            needs = tally.needs[0]
            experienced, informed = tally.surplus.sum() / MICRO / needs, tally.informed_surplus[0] / MICRO / needs
            price = market.listings.price[0] / 100
            corrected, full, plain = closed_forms(belief, price)
            yield near(f"experienced at belief {belief}", belief, corrected, experienced, 1e-3, "experienced")
            yield near(f"informed at belief {belief}", belief, full, informed, 1e-3, "informed")
            yield shown(f"what the plain logsum would say at belief {belief}", belief, full, plain, "plain logsum")
            if belief != QUALITY:
                yield positive(f"lost to wrong belief {belief}, yuan a need", float(informed - experienced))


def closed_forms(belief: float, price: float) -> tuple[float, float, float]:
    """Return experienced and informed surplus and the plain logsum of a need, yuan, of three brands in one nest."""
    believed, true = (utility(ALPHA, VALUE, chance, REFUND, price, HASSLE) for chance in (belief, QUALITY))
    nest, true_nest = (v + NESTED * math.log(3) for v in (believed, true))  # lambda ln(3 e^(V/lambda))
    logsum = math.log(1 + math.exp(nest)) / ALPHA
    share = math.exp(nest) / (1 + math.exp(nest))
    return logsum + share * (true - believed) / ALPHA, math.log(1 + math.exp(true_nest)) / ALPHA, logsum


def demanded(price: float, n_people: int, seed: int) -> tuple[np.ndarray, float]:
    """Return who buys of one brand at a list price with true beliefs, and reported surplus a need, yuan."""
    market = stores(1, QUALITY, price, n_people, seed).run(1)
    tally = market.tallies[0]
    buys = np.bincount(market.orders.buyer, minlength=n_people).astype(np.float64)
    return buys, float(tally.surplus.sum() / MICRO / tally.needs[0])


def stores(
    n_brands: int, belief: float, price: float, n_people: int, seed: int, dissimilarity: float = 1, refund: float = 0
) -> Market:
    """Return brands' stores of quality `QUALITY` at a list price, which people believe in."""
    brands = Brands(
        n_brands=n_brands, quality_low=QUALITY, quality_high=QUALITY, cost_base=COST, cost_per_quality=0,
        wholesale_markup=0, list_markup=price / COST - 1, service_cost=SERVICE,
    )  # fmt: skip
    demand = Demand(dissimilarity=dissimilarity, hassle_direct=HASSLE)
    platform = Platform(refund_direct=refund, rating_weight_elsewhere=0)
    return brand_stores(n_people, seed, trust=belief, demand=demand, brands=brands, platform=platform)
