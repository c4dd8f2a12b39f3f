"""The quality spiral: trust and honesty fall together, and public information lifts both."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model import Market
from sim.parameters import Venue
from sim.theory.base import NO_LEARNING, Benchmark, Effort, Point, positive, shown

Path = NDArray[np.float64]

STARTS = {"hopeful": (0.75, 0.05), "baseline": (0.65, 0.15), "wary": (0.4, 0.6), "ruined": (0.25, 0.95)}
"""Name -> trust in resale in week 0, share of its shops that begin with fakes."""
OPAQUE, PUBLIC, MYOPIC = "opaque", "public ratings", "public ratings, sellers who look a month ahead"
HONEST, FROZEN = "opaque, nobody sells fakes", "opaque, trust does not move"
WORLDS: dict[str, dict[str, Any]] = {
    OPAQUE: {},
    PUBLIC: {"platform": {"rating_weight_resale": 1.0}},
    MYOPIC: {"platform": {"rating_weight_resale": 1.0}, "sourcing": {"horizon": 1.0}},
    HONEST: {"sourcing": {"horizon": 1_000.0}},
    FROZEN: {"trust": NO_LEARNING, "exit": {"disappointment": 0.0}},
}
"""Name -> how it departs from the shipped baseline."""
STARTS_OF = {OPAQUE: tuple(STARTS), PUBLIC: tuple(STARTS), MYOPIC: ("hopeful", "ruined")}
"""Starting points of a world; of the others the hopeful one alone."""
WEEKS = 156
EVERY = 13


class QualitySpiral(Benchmark):
    """Paths of trust and of the share of honest shops, with and without public information."""

    title = "The quality spiral and its cure"
    statement = (
        "Where buyers cannot see records, from a hopeful start trust and honesty first fall together; honesty then "
        "recovers in part while trust goes on falling. Some of the fall is bad news weighing more than good; the "
        "rest is fakes. The spiral is no trap: the sourcing rule weighs gain and lost custom per unit sold, so that"
        " low sales leave conscience the upper hand, and honesty hardly depends on trust (shown with trust held "
        "still). Public ratings leave both higher after three years, from any start; far less so honesty where "
        "sellers look only a month ahead."
    )
    formula = (
        "signs: trust and honesty fall in year one if opaque; trust after three years is lower than without fakes; "
        "public less opaque is above 0 for both"
    )
    source = "Akerlof 1970, QJE 84(3); Klein & Leffler 1981, JPE 89(4); Shapiro 1983, QJE 98(4)"
    configuration = (
        "the shipped baseline from four starting points, opaque or with public ratings of weight 1; with "
        "sourcing.horizon = 1 (a month); without fakes (horizon 1000); with trust that does not move; same people "
        "and luck in all"
    )
    statistic = "trust in resale and the share of open shops that would not ship fakes, every quarter, mean over seeds"
    tolerance = "paths are shown; the signs are claimed of every start, as differences of means over the same seeds"
    x_axis, y_axis = "trust in resale", "share of honest shops"
    draws_paths = True

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the paths and the signs."""
        ends = {}
        quick = effort.pick(("hopeful", "baseline"), tuple(STARTS))
        for world in effort.pick((OPAQUE, PUBLIC, HONEST), tuple(WORLDS)):
            for start in (each for each in STARTS_OF.get(world, ("hopeful",)) if each in quick):
                path = mean_path(world, start, effort)
                ends[world, start] = path
                yield from self.along(path, f"{world}, {start}")
        yield from self.fall(ends[OPAQUE, "hopeful"], ends[HONEST, "hopeful"])
        for start in quick:
            gain = ends[PUBLIC, start][-1] - ends[OPAQUE, start][-1]
            yield positive(f"public ratings lift trust, {start} start", gain[0])
            yield positive(f"public ratings lift honesty, {start} start", gain[1])
        if (MYOPIC, "hopeful") in ends:
            lost = ends[PUBLIC, "hopeful"][-1] - ends[MYOPIC, "hopeful"][-1]
            yield positive("honesty lost where sellers look a month ahead, public ratings, hopeful start", lost[1])

    def along(self, path: Path, series: str) -> Iterator[Point]:
        """Yield the points of a path."""
        for n, (trust, honest) in enumerate(path):
            yield shown(f"{series}, week {n * EVERY}", trust, math.nan, honest, series)

    def fall(self, path: Path, honest: Path) -> Iterator[Point]:
        """Yield that trust and honesty fall together in the first year, and trust on, more than without fakes."""
        year = 52 // EVERY
        yield positive("trust falls in the first year, opaque, hopeful start", path[0, 0] - path[year, 0])
        yield positive("honesty falls in the first year, opaque, hopeful start", path[0, 1] - path[year, 1])
        yield positive("trust falls on in the next two years", path[year, 0] - path[-1, 0])
        yield positive("trust lost to fakes in three years", honest[-1, 0] - path[-1, 0])


def mean_path(world: str, start: str, effort: Effort) -> Path:
    """Return trust and honesty by quarter, mean over seeds; shape (WEEKS/EVERY + 1, 2)."""
    seeds = range(effort.seed, effort.seed + effort.pick(2, 4))
    return np.mean([path_of(world, start, seed, effort.pick(3_000, 8_000)) for seed in seeds], axis=0)


def path_of(world: str, start: str, seed: int, n_people: int) -> Path:
    """Return trust and honesty by quarter of one market."""
    trust, fakes = STARTS[start]
    departures: dict[str, Any] = {
        "trust": {"start_resale": trust},
        "shops": {"share_buying_fakes": 0 if world == HONEST else fakes},
    }
    for group, fields in WORLDS[world].items():
        departures[group] = departures.get(group, {}) | fields
    market = Market(seed=seed, n_people=n_people, **departures)
    path = [[trust, 1 - fakes]]
    for _ in range(0, WEEKS, EVERY):
        market.run(EVERY)
        tally = market.tallies[-1]
        path.append(
            [
                float(market.people.trust[:, Venue.RESALE_WECHAT].mean()),
                1 - tally.selling_fakes[0] / max(1, tally.n_shops_by_tier.sum()),
            ]
        )
    return np.array(path)
