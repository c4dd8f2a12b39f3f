"""What a part of the bench is: measurements of this machine, in one run, beside the targets."""

import multiprocessing
import resource
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from time import perf_counter
from typing import ClassVar, NamedTuple

from sim.parameters import Network, Parameters, Population
from sim.study.workers import spawning

FEW, MANY = 3, 9
"""Repetitions whose median is taken, of what takes seconds and of what takes less."""


class Row(NamedTuple):
    """One measurement: what, how much, in which unit, and the most (or with `at_least` the least) that it should be."""

    what: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """`met`, or how many times the target it is off; empty without a target.

        >>> Row("a week", 3.0, "s", 2.0).verdict, Row("speed", 1.0, "runs/s", 2.0, at_least=True).verdict
        ('1.5 times', '0.50 of it')
        """
        if self.target is None:
            return ""
        if self.value >= self.target if self.at_least else self.value <= self.target:
            return "met"
        ratio = self.value / self.target
        return f"{ratio:.2f} of it" if self.at_least else f"{ratio:.1f} times"


class Part:
    """One thing measured, a file each: `rows` yields its measurements as they are made.

    `is_large` asks for the sizes that take gigabytes and minutes.
    """

    title: ClassVar[str]

    def rows(self, *, is_large: bool) -> Iterator[Row]:
        """Measure."""
        raise NotImplementedError


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def typical(work: Callable[[], object], times: int) -> float:
    """Return the median time of several calls, seconds."""
    return median(seconds(work) for _ in range(times))


def alone[T](work: Callable[..., T], *given: object) -> T:
    """Return what a function returns in a process of its own, whose memory no one else used."""
    with spawning(), ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *given).result()


def peak_bytes() -> int:
    """Return the largest memory that this process had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def town(n_people: int, friends_scale: float = 1.0) -> Parameters:
    """Return the baseline with so many people, and so many of the friends."""
    return Parameters(population=Population(n_people=n_people), network=Network(friends_scale=friends_scale))
