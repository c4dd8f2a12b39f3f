"""Small worlds in bulk: runs a second, and what a run costs outside the engine."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sim.bench.base import FEW, Part, Row, alone, seconds, town, typical
from sim.parameters import Settings
from sim.scenario import load

PEOPLE, WEEKS, RUNS = 2_000, 156, 20
LARGER = 20_000


def one_world(n_people: int, weeks: int) -> tuple[float, float, float]:
    """Return the seconds of a run, of its graph and people, and of its measures; called in a process of its own."""
    from sim.model import Market

    Market(parameters=town(200)).run(weeks)  # machine code is loaded, or compiled
    parameters = town(n_people)
    market = Market(parameters=parameters)
    begin = typical(lambda: Market(parameters=parameters), FEW)
    live = seconds(lambda: market.run(weeks))
    measure = seconds(lambda: (market.weekly, market.run_level()))
    return begin + live + measure, begin, measure


def bulk(runs: int, workers: int, n_people: int, weeks: int) -> float:
    """Return the seconds of `weishang run` with so many seeds, starting processes included."""
    from sim.study.runner import run_scenario

    scenario = load("baseline", overrides={"population": {"n_people": n_people}})
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(replications=runs, weeks=weeks, workers=workers, output=str(Path(folder) / "run"))
        return seconds(lambda: run_scenario(scenario, settings, command="weishang bench"))


def a_run(workers: int) -> tuple[float, float]:
    """Return the seconds that one more run takes, and those that a bulk takes whatever its size."""
    _, few, many = (bulk(runs, workers, PEOPLE, WEEKS) for runs in (workers, workers, RUNS))  # the first compiles
    each = (many - few) / (RUNS - workers)
    return each, few - workers * each


class SmallWorlds(Part):
    """Worlds for sweeps, in as many processes as there are cores."""

    title = f"Small worlds in bulk: {PEOPLE} people, {WEEKS} weeks"

    def rows(self, *, is_large: bool) -> Iterator[Row]:
        """Yield the parts of one run, and runs a second from the slope of two bulks."""
        whole, begin, measure = alone(one_world, PEOPLE, WEEKS)
        yield Row("one run in a warm process", whole, "s")
        yield Row("  of that, graph and people", begin, "s")
        yield Row("  of that, its measures", measure, "s")
        alone_a_run, _ = a_run(1)
        yield Row("runs a second, one worker", 1 / alone_a_run, "runs/s")
        yield Row("  cost of a run outside the engine", 1e3 * (alone_a_run - whole), "ms", 3)
        workers = min(2, os.cpu_count() or 1)
        each, begin = a_run(workers)
        yield Row(f"runs a second, {workers} workers", 1 / each, "runs/s", 40, at_least=True)
        yield Row("  starting the workers and writing the results, once", begin, "s")
        if is_large:
            yield Row(f"{LARGER} people, {WEEKS} weeks, one thread", alone(one_world, LARGER, WEEKS)[0], "s", 1.5)
