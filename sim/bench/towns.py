"""Towns of every size: graph, a week, snapshot and restore, memory."""

from collections.abc import Iterator
from time import perf_counter
from typing import NamedTuple

from sim.bench.base import FEW, Part, Row, alone, peak_bytes, town, typical

WEEKS = 12
SPARSE = 0.1
"""Of the friends that the survey has, in the curve over sizes: ten million people fit into the memory."""

MILLION = 1_000_000


class Town(NamedTuple):
    """What a town of `n_people` costs."""

    n_people: int
    graph: float  # seconds
    people: float  # seconds: everyone and the first shops
    week: float  # seconds, median of the first `WEEKS` after the first
    snapshot: float  # seconds
    restore: float  # seconds
    peak: int  # bytes
    empty: int  # bytes of the process before


def measured(n_people: int, friends_scale: float) -> Town:
    """Live a few weeks of a town; called in a process of its own."""
    from sim.model import Market, make_network

    Market(parameters=town(200)).run(2)  # machine code is loaded, or compiled
    empty, parameters = peak_bytes(), town(n_people, friends_scale)
    start = perf_counter()
    network = make_network(parameters, 1)
    graph, start = perf_counter() - start, perf_counter()
    market = Market(parameters=parameters, seed=1, network=network)
    people = perf_counter() - start
    market.run(1)
    week, peak = typical(market.step, WEEKS), peak_bytes()
    saved = market.snapshot()
    snapshot, restore = typical(market.snapshot, FEW), typical(lambda: market.restore(saved), FEW)
    return Town(n_people, graph, people, week, snapshot, restore, peak, empty)


class Towns(Part):
    """The curve of costs over sizes, and with `is_large` one and ten million people."""

    title = f"Towns of every size, one thread, the first {WEEKS} weeks; friends x {SPARSE} but in the last"

    def rows(self, *, is_large: bool) -> Iterator[Row]:
        """Yield nanoseconds a person-week by size; of large towns, everything."""
        smallest = 0.0
        for size in (10_000, 100_000, *((MILLION, 10 * MILLION) if is_large else ())):
            one = alone(measured, size, SPARSE)
            smallest = smallest or one.week / size
            yield Row(f"{size} people: a person-week", 1e9 * one.week / size, "ns")
            most = {MILLION: 2.5, 10 * MILLION: 3.5}.get(size)
            yield Row("  times that of the smallest", one.week / size / smallest, "", most)
            week, peak = (5.0, 14.0) if size == 10 * MILLION else (None, None)
            yield from costs(one, week=week, peak=peak)
        if is_large:
            yield from costs(alone(measured, MILLION, 1.0), f"{MILLION} people, mean degree 182: ", 1 / 3, 30.0, 4.0)


def costs(
    one: Town, whose: str = "  ", week: float | None = None, graph: float | None = None, peak: float | None = None
) -> Iterator[Row]:
    """Yield what a town costs, with the targets given."""
    yield Row(f"{whose}a week", one.week, "s", week)
    yield Row("  graph", one.graph, "s", graph)
    yield Row("  people and first shops", one.people, "s")
    yield Row("  snapshot", one.snapshot, "s")
    yield Row("  restore", one.restore, "s")
    yield Row("  peak memory", one.peak / 2**30, "GiB", peak)
    yield Row("  memory a person", (one.peak - one.empty) / one.n_people, "bytes")
