"""Prices by trial and error: not the Nash price."""

import math
from collections.abc import Iterable

import numpy as np
from scipy.optimize import brentq

from sim.model import Market
from sim.parameters import Brands, Demand
from sim.theory.base import Benchmark, Effort, Point, brand_stores, positive, shown, unheard, utility

SELLERS, TRUST, HASSLE, UNIT_COST, SERVICE = 3, 0.8, 20.0, 80.0, 8.0
REVIEW, SETTLED, WATCHED = 4, 260, 156
"""Weeks between reviews, before prices are looked at, and while they are."""


class HillClimb(Benchmark):
    """Mean prices of three sellers who go on while income rises and turn when it falls, by size of the town."""

    title = "Trial and error does not find the Nash price"
    statement = (
        "Sellers who all move at once, go on while income rises and turn when it falls, climb together towards the "
        "price that is best for all of them; in a small town the noise of demand breaks their lockstep and they "
        "stay nearer to Nash, with prices that wander. So hill_climb is no model of competition: use best_response."
        " (Other simulations saw trial and error overshoot most in small markets; here it is the other way round.)"
    )
    formula = (
        "Nash p = c + 1/(alpha(1 - s)), together p = c + 1/(alpha(1 - 3s)); the market ends between, nearer the "
        "second the larger the town"
    )
    source = "Huck, Normann & Oechssler 2004, International Economic Review 45(1); Greenwald & Kephart 1999, IJCAI"
    configuration = (
        "as in nash_price with three sellers of equal costs and lambda = 1, brands.pricing = hill_climb (steps of 3"
        " % every four weeks), start at the shipped mark-up"
    )
    statistic = "mean list price in years six to eight, mean over seeds, against both formulas; shown for every size"
    tolerance = "claimed is only that the largest town ends between both prices and higher than the smallest"
    x_axis, y_axis = "people (log10)", "price, yuan"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield mean prices by size of the town, and where the largest one ends."""
        nash, together = price(1), price(SELLERS)
        sizes = effort.pick((200, 1_000, 5_000), (200, 1_000, 5_000, 20_000, 50_000))
        ends = []
        for n_people in sizes:
            seeds = range(effort.seed, effort.seed + (effort.pick(3, 8) if n_people < 5_000 else 2))
            prices = np.array([mean_price(n_people, seed) for seed in seeds])
            ends.append(float(prices.mean()))
            log_size = math.log10(n_people)
            label = f"{n_people} people: {ends[-1] / nash - 1:+.0%} above Nash, sd over towns {prices.std(ddof=1):.1f}"
            yield shown(label, log_size, nash, ends[-1], "Nash")
            yield shown(f"{n_people} people, against all together", log_size, together, ends[-1], "all together")
        yield Point("largest town ends between both", math.nan, math.nan, ends[-1], nash, together)
        yield positive("price in the largest town less that in the smallest, yuan", ends[-1] - ends[0])


def price(n_together: int) -> float:
    """Return the price at which a group of `n_together` sellers gains most, if all sellers do so, yuan."""

    def excess(tried: float) -> float:
        each = math.exp(utility(0.02, 220, TRUST, 0.0, tried, HASSLE))
        share = each / (1 + SELLERS * each)
        return tried - UNIT_COST - SERVICE - 1 / (0.02 * (1 - n_together * share))

    return float(brentq(excess, UNIT_COST, 10 * UNIT_COST))


def mean_price(n_people: int, seed: int) -> float:
    """Return the mean list price of a market after it settled."""
    market = market_of(n_people, seed).run(SETTLED)
    return float(np.mean([market.run(REVIEW).brands.list_price / 100 for _ in range(WATCHED // REVIEW)]))


def market_of(n_people: int, seed: int) -> Market:
    """Return a market of brands that price by trial and error."""
    brands = Brands(
        n_brands=SELLERS, pricing="hill_climb", service_cost=SERVICE, cost_per_quality=0, cost_base=UNIT_COST
    )
    return brand_stores(
        n_people, seed, trust=TRUST, brands=brands, demand=Demand(dissimilarity=1, hassle_direct=HASSLE),
        shops=unheard(price_step=0.03),
    )  # fmt: skip
