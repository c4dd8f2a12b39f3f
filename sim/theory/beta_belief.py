"""Belief about one seller: a beta distribution fed by own purchases."""

import dataclasses
import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from sim.beliefs import believed_chance
from sim.model import Market
from sim.parameters import Brands, Demand, Platform
from sim.theory.base import (
    STANDARD_ERRORS,
    Benchmark,
    Effort,
    Point,
    captive_groups,
    is_alone,
    near,
    unlearning,
    utility,
)

GROUP = 5
"""People of a group; all others of it follow its shop and no other."""
QUALITY, TRUST = 0.84, 0.5
FOREVER = 1e6
Floats = NDArray[np.float64]


class BetaBelief(Benchmark):
    """Mean and spread of belief after n purchases, with and without forgetting, and what people do with it."""

    title = "Belief about a seller is a beta belief"
    statement = (
        "After n purchases of which s satisfied, the believed chance is (kT + s)/(k + n): it moves from the venue's"
        " trust T to the seller's true chance q with bias of order 1/n and spread of order 1/sqrt(n). With "
        "forgetting, n is replaced by a sum of fading weights and learning never ends. Buyers choose by this "
        "belief."
    )
    formula = (
        "mean (kT + nq)/(k + n), sd sqrt(n q(1-q))/(k + n); with forgetting d a week: n becomes d(1 - d^n)/(1 - d),"
        " in the root d^2(1 - d^2n)/(1 - d^2)"
    )
    source = "Josang & Ismail 2002, Bled eConference; forgetting: Josang, Hird & Faccer 2003"
    configuration = (
        "groups of five with one shop, whose four friends buy from it every week whatever they believe (hassle of "
        "-10 000 yuan); venue trust fixed at .5, k = 4; nobody tells anybody. For behaviour the hassle becomes "
        "ordinary in the running market"
    )
    statistic = "belief by the evidence in followers' slots, mean and standard deviation; then purchases of one week"
    tolerance = "four standard errors over people, for the deviation by its normal approximation"
    x_axis, y_axis = "purchases", "mean belief"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield mean and spread of belief by purchases, and purchases by belief."""
        for half_life in (FOREVER, 6.0):
            market = market_of(effort, half_life)
            name = "nothing forgotten" if half_life == FOREVER else f"half forgotten in {half_life:.0f} weeks"
            for n in effort.pick((1, 4, 12), (1, 2, 4, 8, 16, 32, 50)):
                market.run(n - market.week)
                yield from self.belief(market, n, half_life, name)
            if half_life == FOREVER:
                yield from self.behaviour(market)

    def belief(self, market: Market, n: int, half_life: float, name: str) -> Iterator[Point]:
        """Yield mean and standard deviation after n purchases."""
        left = 0.5 ** (1 / half_life)
        weight = left * (1 - left**n) / (1 - left) if half_life < FOREVER else n
        squares = left**2 * (1 - left ** (2 * n)) / (1 - left**2) if half_life < FOREVER else n
        prior = market.parameters.trust.prior_weight
        _, beliefs = believed(market)
        spread = math.sqrt(squares * QUALITY * (1 - QUALITY)) / (prior + weight)
        mean = (prior * TRUST + weight * QUALITY) / (prior + weight)
        tolerance = STANDARD_ERRORS * spread / math.sqrt(beliefs.size)
        yield near(f"mean after {n}, {name}", n, mean, float(beliefs.mean()), tolerance + 1e-4, name)
        tails = 1 + (1 - 6 * QUALITY * (1 - QUALITY)) / (2 * n * QUALITY * (1 - QUALITY))  # excess of a binomial
        tolerance = STANDARD_ERRORS * spread * math.sqrt(max(tails, 0.5) / (2 * beliefs.size))
        yield near(
            f"deviation after {n}, {name}", n, spread, float(beliefs.std()), tolerance + 1e-4, f"deviation, {name}"
        )

    def behaviour(self, market: Market) -> Iterator[Point]:
        """Yield purchases of a week in which people choose, of those who believe less and more, against the logit."""
        given = market.parameters
        market.parameters = dataclasses.replace(given, demand=Demand(dissimilarity=1, hassle_resale=60, tie_value=0))
        person, beliefs = believed(market)
        price, population = market.shops.price[0] / 100, given.population
        v = utility(population.price_sensitivity, population.value_median, beliefs, 0.0, price, 60)
        chance = 1 / (1 + np.exp(-v))
        buys = np.isin(person, market.run(1).orders.buyer)
        for name, mine in (("less", beliefs < np.median(beliefs)), ("more", beliefs >= np.median(beliefs))):
            spread = math.sqrt((chance * (1 - chance))[mine].sum())
            label = f"purchases of those who believe {name} than the median"
            yield near(label, math.nan, float(chance[mine].sum()), float(buys[mine].sum()), STANDARD_ERRORS * spread)


def believed(market: Market) -> tuple[NDArray[np.int64], Floats]:
    """Return followers of shops alone in their group, and their beliefs by the market's own arithmetic."""
    people, prior = market.people, market.parameters.trust.prior_weight
    alone = np.append(is_alone(market, GROUP), False)  # an empty slot is -1
    person, slot = np.nonzero(alone[people.slot_shop])
    left = 0.5 ** ((market.week - people.slot_last_week[person, slot]) / market.parameters.trust.evidence_half_life)
    good, total = people.slot_satisfied[person, slot] * left, people.slot_total[person, slot] * left
    beliefs = [believed_chance(prior, TRUST, 0, 0, 0, s, n, 0) for s, n in zip(good, total, strict=True)]
    return person, np.array(beliefs)


def market_of(effort: Effort, half_life: float) -> Market:
    """Return groups with shops and their buyers."""
    return captive_groups(
        effort.pick(1_000, 10_000), GROUP, effort.seed,
        trust=unlearning(start_resale=TRUST, evidence_half_life=half_life),
        platform=Platform(refund_resale=0),
        brands=Brands(n_brands=1, quality_low=QUALITY, quality_high=QUALITY, known_initially=0),
    )  # fmt: skip
