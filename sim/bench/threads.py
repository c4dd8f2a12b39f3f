"""Threads inside a world: the same bits, and what they gain."""

import os
from collections.abc import Iterator
from statistics import median

import numpy as np

from sim.bench.base import MANY, Part, Row, alone, seconds, town


def paired(n_people: int, threads: int) -> tuple[float, bool]:
    """Return how many times as fast several threads are as one, week by week in turns, and whether bits agree."""
    from sim.model import Market

    Market(parameters=town(200)).run(2)
    one = Market(parameters=town(n_people))
    several = Market(parameters=one.parameters, network=one.network, threads=threads)
    ratios = [seconds(one.step) / seconds(several.step) for _ in range(MANY + 1)]
    columns = [[column for struct in market.state for column in struct] for market in (one, several)]
    return median(ratios[1:]), all(map(np.array_equal, *columns))


class Threads(Part):
    """One thread against as many as there are cores, two at most."""

    title = "Threads inside one world"

    def rows(self, *, is_large: bool) -> Iterator[Row]:
        """Yield the speed-up by size."""
        threads = min(2, os.cpu_count() or 1)
        for size in (10_000, 100_000, *((1_000_000,) if is_large else ())):
            speed_up, is_same = alone(paired, size, threads)
            yield Row(f"{size} people: {threads} threads, times as fast as one", speed_up, "")
            yield Row("  bits that differ (1: some do)", float(not is_same), "", 0)
