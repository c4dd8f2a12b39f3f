"""The quality spiral: trust and honesty fall together, and public information lifts both."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from sim.model import Market
from sim.parameters import Venue
from sim.theory.base import Benchmark, Effort, Point, positive, shown

Path = NDArray[np.float64]

STARTS = {"hopeful": (0.75, 0.05), "baseline": (0.65, 0.15), "wary": (0.4, 0.6), "ruined": (0.25, 0.95)}
"""Name -> trust in resale in week 0, share of its shops that begin with fakes."""
OPAQUE, PUBLIC, MYOPIC = "opaque", "public ratings", "public ratings, sellers who look a month ahead"
WORLDS = {OPAQUE: (0.0, None), PUBLIC: (1.0, None), MYOPIC: (1.0, 1.0)}
"""Name -> weight of public ratings in resale, and horizon of repeat custom (none: as shipped)."""
WEEKS = 156
EVERY = 13


class QualitySpiral(Benchmark):
    """Paths of trust and of the share of honest shops, with and without public information."""

    title = "The quality spiral and its cure"
    statement = (
        "Where buyers cannot see records, shops turn to fakes, disappointed buyers trust less, and trust and "
        "honesty fall together, until the custom that a cheat loses pays for honesty; the share of honest shops "
        "ends near the same wherever it starts (it is no trap). Public ratings tell shops apart and lift both; far "
        "less where sellers look only a month ahead, for then no record is worth keeping."
    )
    formula = (
        "signs: from high trust and honesty both fall if opaque; public less opaque is above 0 for both at the end"
    )
    source = "Akerlof 1970, QJE 84(3); Klein & Leffler 1981, JPE 89(4); Shapiro 1983, QJE 98(4)"
    configuration = (
        "the shipped baseline, with four starting points, public ratings of weight 0 or 1, and sourcing.horizon as "
        "shipped or 1; same people and luck in all"
    )
    statistic = "trust in resale and the share of open shops that would not ship fakes, every quarter, mean over seeds"
    tolerance = "paths are shown; the signs are claimed of every start, as differences of means over the same seeds"
    x_axis, y_axis = "trust in resale", "share of honest shops"
    draws_paths = True

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the paths and the signs."""
        ends = {}
        starts: tuple[str, ...] = effort.pick(("hopeful", "baseline"), tuple(STARTS))
        for world in effort.pick((OPAQUE, PUBLIC), tuple(WORLDS)):
            for start in starts:
                path = mean_path(world, start, effort)
                ends[world, start] = path
                yield from self.along(path, f"{world}, {start}")
        yield from self.fall(ends[OPAQUE, "hopeful"])
        for start in starts:
            gain = ends[PUBLIC, start][-1] - ends[OPAQUE, start][-1]
            yield positive(f"public ratings lift trust, {start} start", gain[0])
            yield positive(f"public ratings lift honesty, {start} start", gain[1])

    def along(self, path: Path, series: str) -> Iterator[Point]:
        """Yield the points of a path."""
        for n, (trust, honest) in enumerate(path):
            yield shown(f"{series}, week {n * EVERY}", trust, math.nan, honest, series)

    def fall(self, path: Path) -> Iterator[Point]:
        """Yield that trust and honesty fall together along a path, in the first year and to its end."""
        for name, last in (("in the first year", 52 // EVERY), ("in three years", -1)):
            yield positive(f"trust falls {name}, opaque, hopeful start", path[0, 0] - path[last, 0])
            yield positive(f"honesty falls {name}, opaque, hopeful start", path[0, 1] - path[last, 1])


def mean_path(world: str, start: str, effort: Effort) -> Path:
    """Return trust and honesty by quarter, mean over seeds; shape (WEEKS/EVERY + 1, 2)."""
    seeds = range(effort.seed, effort.seed + effort.pick(2, 4))
    return np.mean([path_of(world, start, seed, effort.pick(3_000, 8_000)) for seed in seeds], axis=0)


def path_of(world: str, start: str, seed: int, n_people: int) -> Path:
    """Return trust and honesty by quarter of one market."""
    trust, fakes = STARTS[start]
    weight, horizon = WORLDS[world]
    market = Market(
        seed=seed,
        n_people=n_people,
        trust={"start_resale": trust},
        shops={"share_buying_fakes": fakes},
        platform={"rating_weight_resale": weight},
        sourcing={} if horizon is None else {"horizon": horizon},
    )
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
