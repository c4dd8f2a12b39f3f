"""A published agent-based model docked: Izquierdo and Izquierdo (2007) on quality uncertainty."""

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from sim.model import Market
from sim.network import Network
from sim.parameters import WEEKS_PER_YEAR, Brands, Demand, Parameters, Platform, Venue
from sim.theory.base import (
    NO_BAZAAR,
    Benchmark,
    Effort,
    Point,
    alike,
    mean_point,
    positive,
    ring,
    strangers,
    unheard,
    unlearning,
)

FORCED = -10_000.0
"""Hassle, in yuan, at which everybody buys whatever they believe."""
ORDINARY = 20.0


class Sharing(NamedTuple):
    """Whom buyers tell, and of how much weight that is."""

    name: str
    reach: int  # neighbours on either side of a ring
    told: int


ALONE = Sharing("nobody told", 0, 0)
NEIGHBOURS = Sharing("two of two neighbours told", 1, 2)
CIRCLE = Sharing("four of ten neighbours told", 5, 4)


class Outcome(NamedTuple):
    """How a market ended: belief less true quality, over it; price in yuan; total surplus a need in yuan."""

    misjudgement: float
    price: float
    welfare: float


class Docking(Benchmark):
    """The same qualitative results as the published model's, from this market configured to match."""

    title = "Docked: quality uncertainty without asymmetric information"
    statement = (
        "In Izquierdo and Izquierdo's model buyers who learn quality without bias from their own purchases end up "
        "underestimating it, because those who were unlucky stop buying and never find out; price and total surplus"
        " fall, belief the more so the more variable quality is; sharing experience in a network repairs much of "
        "it. Nobody knows more than anybody else. The same signs appear here (the published model was not run "
        "again; the signs come from its text)."
    )
    formula = (
        "signs: (belief - q)/q < 0, price and total surplus below those under true belief, all nearer to it if "
        "shared; 0 if buyers have no choice"
    )
    source = "Izquierdo & Izquierdo 2007, Journal of Business Research 60, 858-867 (model MEQU)"
    configuration = (
        "one store that everybody knows, no refunds, no ratings; units satisfy with chance q, beliefs start at q "
        "and move by the same gain (.1 or .3) after good and bad; prices by best response; friends on a ring. "
        "Different there: quality is continuous, a call market of many sellers clears the price, there are also "
        "random, preferential and star networks. Here quality is satisfied or not, one seller posts prices, choice "
        "has noise of 10 yuan, and messages weigh half an experience; variance q(1-q) rises only as mean quality "
        "falls"
    )
    statistic = (
        "after four years: mean trust over q less 1, list price; in the fifth, consumers' experienced surplus plus "
        "profit, a need"
    )
    tolerance = "signs only, as the published results are qualitative; without choice: four standard errors over people"
    x_axis, y_axis = "variance of quality q(1-q)", "misjudgement of quality, share of q"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield misjudgement by variance, gain and sharing, and the signs."""
        for gain in effort.pick((0.3,), (0.1, 0.3)):
            alone = []
            for quality in effort.pick((0.95, 0.8), (0.95, 0.9, 0.8, 0.7)):
                ends = {how.name: outcome(quality, gain, how, effort) for how in (ALONE, NEIGHBOURS, CIRCLE)}
                informed = outcome(quality, 0.0, ALONE, effort)
                alone.append((quality, ends[ALONE.name]))
                yield from self.signs(quality, gain, ends, informed)
                yield self.without_choice(quality, gain, effort)
            for (quality, end), (worse, next_end) in itertools.pairwise(alone):
                label = f"more variable, more misjudged: q = {worse} than {quality}, gain {gain}"
                yield positive(label, end.misjudgement - next_end.misjudgement)

    def signs(self, quality: float, gain: float, ends: dict[str, Outcome], informed: Outcome) -> Iterator[Point]:
        """Yield misjudgement, and whether price and surplus suffer, and recover by sharing."""
        variance, setting = quality * (1 - quality), f"q = {quality}, gain {gain}"
        for how, end in ends.items():
            yield Point(
                f"misjudgement, {how}, {setting}",
                variance,
                math.nan,
                end.misjudgement,
                -1.0,
                -math.nextafter(0, 1),
                f"{how}, gain {gain}",
            )
        alone, shared = ends[ALONE.name], ends[CIRCLE.name]
        yield positive(f"price lost, {setting}, yuan", informed.price - alone.price)
        yield positive(f"total surplus lost, {setting}, yuan a need", informed.welfare - alone.welfare)
        yield positive(f"belief repaired by sharing, {setting}, share", shared.misjudgement - alone.misjudgement)
        yield positive(f"price repaired by sharing, {setting}, yuan", shared.price - alone.price)
        yield positive(f"total surplus repaired by sharing, {setting}, yuan a need", shared.welfare - alone.welfare)

    def without_choice(self, quality: float, gain: float, effort: Effort) -> Point:
        """Return the misjudgement of people who buy every week whatever they believe: none."""
        market = market_of(quality, gain, ALONE, effort, FORCED)
        trust = market.people.trust[:, Venue.DIRECT].astype(np.float64)
        label = f"misjudgement without choice, q = {quality}, gain {gain}"
        return mean_point(label, quality * (1 - quality), 0.0, trust / quality - 1, f"no choice, gain {gain}")


def outcome(quality: float, gain: float, how: Sharing, effort: Effort) -> Outcome:
    """Return how a market ended, in its fifth year."""
    market = market_of(quality, gain, how, effort, ORDINARY)
    cash = market.brands.cash[0]
    year = market.run(WEEKS_PER_YEAR).tallies[-WEEKS_PER_YEAR:]
    consumers = sum(int(week.surplus.sum()) for week in year) / 1e6
    welfare = (consumers + (market.brands.cash[0] - cash) / 100) / sum(int(week.needs[0]) for week in year)
    trust = float(market.people.trust[:, Venue.DIRECT].mean())
    return Outcome(trust / quality - 1, market.brands.list_price[0] / 100, float(welfare))


def market_of(quality: float, gain: float, how: Sharing, effort: Effort, hassle: float) -> Market:
    """Return a market of one store after four years."""
    n_people = effort.pick(2_000, 8_000)
    graph: Network = ring(n_people, how.reach) if how.reach else strangers(n_people)
    parameters = Parameters(
        population=alike(n_people, value_sigma=0.35, price_sensitivity=0.1),
        trust=unlearning(
            start_direct=quality, gain_good=gain, gain_bad=gain, n_friends_told=how.told, message_weight=0.5
        ),
        brands=Brands(
            n_brands=1, quality_low=quality, quality_high=quality, cost_base=100, cost_per_quality=0, service_cost=0,
            wholesale_markup=0.2, list_markup=0.2, known_initially=1, advertising_cost=0, pricing="best_response",
        ),
        platform=Platform(refund_direct=0, rating_weight_elsewhere=0),
        demand=Demand(dissimilarity=1, hassle_direct=hassle),
        bazaar=NO_BAZAAR,
        shops=unheard(),
    )  # fmt: skip
    return Market(parameters=parameters, network=graph, seed=effort.seed).run(4 * WEEKS_PER_YEAR)
