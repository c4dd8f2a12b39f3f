"""Awareness of a brand's store: Bass on the complete graph, Fibich and Gibori on the ring."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.model import Market
from sim.network import Network
from sim.parameters import Brands, Demand, Parameters
from sim.theory.base import (
    NO_BAZAAR,
    Benchmark,
    Effort,
    Point,
    alike,
    cliques,
    near,
    ring,
    share_point,
    strangers,
    unheard,
    unlearning,
)

Curve = NDArray[np.float64]

ADVERTISING, IMITATION = 0.002, 0.02
"""p and q a week: so small that the weeks of the market are near continuous time."""
WEEKS = 320
SHOWN_EVERY = 40
TOLD = 5
"""Friends told each week where everybody is a friend; each message teaches with chance IMITATION / TOLD."""


class BassAwareness(Benchmark):
    """The share who know a store, by week, on graphs at both ends of what is possible."""

    title = "Awareness spreads as in Bass's model"
    statement = (
        "People learn of a store by advertising (hazard p) and from satisfied buyers (hazard q times their share). "
        "Where everybody may tell everybody the share who know follows Bass; on a ring it follows Fibich and "
        "Gibori's slower curve; other graphs, with the same p and q, are conjectured to lie between; without "
        "imitation it is 1 - e^(-pt)."
    )
    formula = "complete: F = (1 - e^(-(p+q)t))/(1 + (q/p)e^(-(p+q)t)); ring: F = 1 - exp(-(p+q)t + (q/p)(1 - e^(-pt)))"
    source = "Bass 1969, Management Science 15(5); Fibich & Gibori 2010, Operations Research 58(5)"
    configuration = (
        "one brand whose units always satisfy; who knows its store buys there every week; full advertising effort "
        "with p = .002 a week; q = .02: five of all others, or one of two neighbours, or two of ten, hear of every "
        "purchase and learn with chance q over the number told"
    )
    statistic = "share of needs met in the store, by week, mean over runs"
    tolerance = (
        "2.5/sqrt(N), within which 95 % of the largest deviations of single simulated Bass runs stayed for N from "
        "200 to 20 000, over the root of the number of runs, plus .004 for the week as a step of time (half a "
        "week's growth is at most .003); advertising alone: four binomial standard errors"
    )
    x_axis, y_axis = "week", "share who know the store"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the share who know the store every few weeks on the graphs."""
        n_people, n_runs = effort.pick(1_000, 3_000), effort.pick(3, 8)
        band = 2.5 / math.sqrt(n_people * n_runs) + 0.004
        weeks = np.arange(WEEKS)
        complete = self.mean_share(cliques(1, n_people), TOLD, n_runs, effort.seed)
        on_ring = self.mean_share(ring(n_people), 1, n_runs, effort.seed)
        between = self.mean_share(ring(n_people, reach=5), 2, n_runs, effort.seed)
        for series, curve, observed in (("complete graph", bass, complete), ("ring", fibich_gibori, on_ring)):
            for week in weeks[::SHOWN_EVERY]:
                yield near(f"{series}, week {week}", week, curve(week), observed[week], band, series)
        for week in weeks[::SHOWN_EVERY]:
            low, high = fibich_gibori(week) - band, bass(week) + band
            label = f"ring of ten neighbours, week {week}"
            yield Point(label, week, math.nan, between[week], low, high, "ring of ten neighbours (between)")
        yield from self.by_advertising_alone(effort)

    def mean_share(self, graph: Network, told: int, n_runs: int, seed: int) -> Curve:
        """Return the share who know the store by week, shape (WEEKS,)."""
        return np.mean([shares(market_of(graph, told, seed + n), WEEKS) for n in range(n_runs)], axis=0)

    def by_advertising_alone(self, effort: Effort) -> Iterable[Point]:
        """Yield the share reached on one and on three media, of which nobody tells."""
        n_people = effort.pick(20_000, 200_000)
        for n_media, step in ((1, 10), (3, 4)):
            market = market_of(strangers(n_people), 0, effort.seed, n_media=n_media, reach_per_medium=0.02)
            observed = shares(market, 31)
            for week in range(0, 31, step):
                predicted = 1 - (1 - 0.02) ** (n_media * week)
                series = f"advertising alone, media: {n_media}"
                yield share_point(f"{series}, week {week}", week, predicted, observed[week], 0.999 * n_people, series)


def market_of(graph: Network, told: int, seed: int, **brands: float) -> Market:
    """Return a market of one store, in which whoever knows it buys there every week and tells friends."""
    made = {"reach_per_medium": ADVERTISING, "effort": 1, "effort_spread": 0, "effort_step": 0} | brands
    parameters = Parameters(
        population=alike(graph.n_people),
        trust=unlearning(n_friends_told=told, learn_brand=IMITATION / max(told, 1)),
        brands=Brands(n_brands=1, quality_low=1, quality_high=1, known_initially=0, **made),  # type: ignore[arg-type]
        demand=Demand(hassle_direct=-10_000),
        bazaar=NO_BAZAAR,
        shops=unheard(),
    )
    return Market(parameters=parameters, network=graph, seed=seed)


def shares(market: Market, n_weeks: int) -> Curve:
    """Return the share of needs met in the store, by week."""
    return np.array([tally.units.sum() / tally.needs[0] for tally in market.run(n_weeks).tallies])


def bass(t: float) -> float:
    """Return F(t) of the complete graph."""
    p, q = ADVERTISING, IMITATION
    left = math.exp(-(p + q) * t)
    return (1 - left) / (1 + q / p * left)


def fibich_gibori(t: float) -> float:
    """Return F(t) of the ring."""
    p, q = ADVERTISING, IMITATION
    return -math.expm1(-(p + q) * t + q / p * -math.expm1(-p * t))
