"""Prices by trial and error: not the Nash price."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sim.parameters import Brands, Demand
from sim.theory.base import Benchmark, Effort, Point, brand_stores, positive, shown, unheard, utility

SELLERS, TRUST, HASSLE, UNIT_COST, SERVICE = 3, 0.8, 20.0, 80.0, 8.0
STARTS = {"196 yuan": 0.75, "123 yuan": 0.1}
"""List price in week 0 -> the mark-up over wholesale that gives it; the first lies near the price best for all."""
REVIEW, SETTLED, WATCHED = 4, 260, 156
"""Weeks between reviews, before prices are looked at, and while they are."""

Doubles = NDArray[np.float64]


class HillClimb(Benchmark):
    """Mean prices of three sellers who go on while income rises and turn when it falls, by size of the town."""

    title = "Trial and error does not find the Nash price"
    statement = (
        "Sellers who all move at once, go on while income rises and turn when it falls, climb together towards the "
        "price that is best for all of them, from above and from below; in a small town the noise of demand breaks "
        "their lockstep and they stay nearer to Nash. So hill_climb is no model of competition: use best_response. "
        "(Other simulations saw trial and error overshoot most in small markets; here it is the other way round.)"
    )
    formula = (
        "Nash p = c + 1/(alpha(1 - s)), together p = c + 1/(alpha(1 - 3s)); the market ends between, nearer the "
        "second the larger the town"
    )
    source = (
        "Huck, Normann & Oechssler 2004, International Economic Review 45(1), for quantities; Greenwald & Kephart "
        "1999, IJCAI, for prices"
    )
    configuration = (
        "as in nash_price with three sellers of equal costs and lambda = 1, brands.pricing = hill_climb (steps of 3"
        " % every four weeks), from a high and from a low list price"
    )
    statistic = (
        "mean list price in years six to eight over seeds, beside both formulas; share of reviews in which all move"
        " alike"
    )
    tolerance = (
        "claimed is only that the largest town ends between both prices, higher than the smallest, and more in step"
    )
    x_axis, y_axis = "people (log10)", "price, yuan"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield mean prices by size of the town and start, how often all move alike, and where the largest ends."""
        nash, together = price(1), price(SELLERS)
        ends, alike = [], []
        for n_people in effort.pick((200, 5_000), (200, 1_000, 5_000, 20_000, 50_000)):
            seeds = range(effort.seed, effort.seed + (effort.pick(3, 8) if n_people < 5_000 else 2))
            log_size = math.log10(n_people)
            for start, markup in STARTS.items():
                paths = [path(n_people, seed, markup) for seed in seeds]
                mean = float(np.mean(paths))
                label = f"{n_people} people from {start}: {mean / nash - 1:+.0%} above Nash"
                yield shown(label, log_size, nash, mean, f"from {start}, beside Nash")
                label = f"{n_people} people from {start}, beside the best for all"
                yield shown(label, log_size, together, mean, "best for all together")
            ends.append(mean)
            alike.append(float(np.mean([moves_alike(each) for each in paths])))
            yield shown(f"{n_people} people, share of reviews in which all move alike", math.nan, math.nan, alike[-1])
        yield Point("largest town, low start, ends between both", math.nan, math.nan, ends[-1], nash, together)
        yield positive("price in the largest town less that in the smallest, yuan", ends[-1] - ends[0])
        yield positive("the same of the share of reviews in which all move alike", alike[-1] - alike[0])


def price(n_together: int) -> float:
    """Return the price at which a group of `n_together` sellers gains most, if all sellers do so, yuan."""

    def excess(tried: float) -> float:
        each = math.exp(utility(0.02, 220, TRUST, 0.0, tried, HASSLE))
        share = each / (1 + SELLERS * each)
        return tried - UNIT_COST - SERVICE - 1 / (0.02 * (1 - n_together * share))

    return float(brentq(excess, UNIT_COST, 10 * UNIT_COST))


def path(n_people: int, seed: int, list_markup: float) -> Doubles:
    """Return list prices of a market by review after it settled, yuan; (n_reviews, SELLERS)."""
    brands = Brands(
        n_brands=SELLERS, pricing="hill_climb", service_cost=SERVICE, cost_per_quality=0, cost_base=UNIT_COST,
        list_markup=list_markup,
    )  # fmt: skip
    market = brand_stores(
        n_people, seed, trust=TRUST, brands=brands, demand=Demand(dissimilarity=1, hassle_direct=HASSLE),
        shops=unheard(price_step=0.03),
    ).run(SETTLED)  # fmt: skip
    return np.array([market.run(REVIEW).brands.list_price / 100 for _ in range(WATCHED // REVIEW)])


def moves_alike(prices: Doubles) -> float:
    """Return the share of reviews in which all sellers move in the same direction."""
    signs = np.sign(np.diff(prices, axis=0))
    return float((np.abs(signs.sum(axis=1)) == SELLERS).mean())
