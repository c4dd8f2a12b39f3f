"""Worlds at given points of the free parameters: run once under the same seeds, then remembered.

Every point is lived under the same seeds (common random numbers), so that points differ by their parameters and
not by luck. What a point showed is kept in the folder's `parts` until the fit is finished.
"""

import hashlib
import json
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.calibration.free import Free, Point, placed
from sim.calibration.moments import Moment, Values, measured
from sim.calibration.patterns import Run
from sim.parameters import Settings
from sim.scenario import Scenario
from sim.study import store
from sim.study.files import write_bytes
from sim.study.workers import default_workers
from sim.study.worlds import Job, World

Evaluated = Generator[list[Job], None, list[Values]]
"""Yields the jobs that must be run before it goes on; returns the moments of each point."""


@dataclass(frozen=True)
class Evaluator:
    """Moments of a scenario at points of its free parameters.

    parts: folder in which worlds under way and points that are done are kept
    """

    scenario: Scenario
    free: tuple[Free, ...]
    moments: tuple[Moment, ...]
    settings: Settings
    parts: Path

    def at(self, points: Sequence[Point], seeds: range) -> Evaluated:
        """Yield the worlds that are not there yet; return the moments of each point in each seed."""
        missing = [point for point in points if not self._kept(point, seeds).is_file()]
        if missing:
            yield self._jobs(missing, seeds)
            for point in missing:
                self._keep(point, seeds)
        return [self._read(point, seeds) for point in points]

    def _jobs(self, points: Sequence[Point], seeds: range) -> list[Job]:
        """Return the missing worlds, those of a seed together: they share a friend graph, which is made once."""
        n_together = max(1, len(points) * len(seeds) // (4 * (self.settings.workers or 16)))
        jobs = []
        for seed in seeds:
            worlds = [
                World(placed(self.scenario, point, self.free).parameters, path)
                for point in points
                if not store.is_intact(path := self._world(point, seed))
            ]
            for start in range(0, len(worlds), n_together):
                together = tuple(worlds[start : start + n_together])
                jobs.append(Job(together, seed, self.settings.weeks, self.settings.threads))
        return jobs

    def default_workers(self, n_worlds: int) -> int:
        """Return how many processes pay for so many worlds."""
        world = World(self.scenario.parameters, self.parts)
        return default_workers([Job((world,), 0, self.settings.weeks, self.settings.threads)] * n_worlds)

    def _keep(self, point: Point, seeds: range) -> None:
        """Write down what a point's worlds show, and remove these."""
        parameters = placed(self.scenario, point, self.free).parameters
        values: dict[str, list[float | None]] = {moment.name: [] for moment in self.moments}
        for seed in seeds:
            part = store.read_part(self._world(point, seed))
            for name, value in measured(self.moments, _run(part, parameters)).items():
                values[name].append(None if math.isnan(value) else value)
        content = {"point": dict(point), "seeds": list(seeds), "values": values}
        write_bytes(self._kept(point, seeds), store.canonical(content))
        for seed in seeds:
            self._world(point, seed).unlink()

    def _read(self, point: Point, seeds: range) -> Values:
        return numbers(json.loads(self._kept(point, seeds).read_bytes())["values"])

    def _kept(self, point: Point, seeds: range) -> Path:
        return self.parts / f"point-{_name(point)}-{seeds.start}-{len(seeds)}.part"

    def _world(self, point: Point, seed: int) -> Path:
        return self.parts / f"world-{_name(point)}-{seed}.part"


def numbers(values: dict[str, list[float | None]]) -> dict[str, list[float]]:
    """Return values read from JSON, null as nan."""
    return {name: [math.nan if each is None else each for each in row] for name, row in values.items()}


def plain(values: Values) -> dict[str, list[float | None]]:
    """Return values for JSON, nan as null."""
    return {name: [None if math.isnan(each) else each for each in row] for name, row in values.items()}


def _name(point: Point) -> str:
    return hashlib.sha256(store.canonical(dict(point))).hexdigest()[:16]


def _run(part: store.Part, parameters: object) -> Run:
    import pandas as pd

    return Run(part.weekly.set_index("week"), pd.Series(part.run_level), parameters)  # type: ignore[arg-type]
