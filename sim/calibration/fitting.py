"""The fit: a search, a few Gauss-Newton steps, then what the moments tell of the parameters.

Its folder holds, beside `manifest.json`: `scenario/fitted.yaml`, a scenario file; `parameters.csv`, `moments.csv`,
`trials.csv`, `profile.csv`, `sensitivity.csv`; `fit.md`, the page; `trials.journal`, the search as optuna keeps it.
"""

import dataclasses
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calibration.evaluation import Evaluated, Evaluator
from sim.calibration.fit_page import page
from sim.calibration.fit_tables import Outcome, fitted_yaml, losses, tables
from sim.calibration.free import Point, own_values
from sim.calibration.identifiability import (
    STEP,
    Identifiability,
    gauss_newton,
    identify,
    profile_coordinates,
    slopes,
    steps,
)
from sim.calibration.moments import Floats, Values, covariance_over_seeds, distances, loss
from sim.calibration.proposals import Trials, require_optuna, values_of
from sim.calibration.task import CHECK_SEEDS, GAUSS_NEWTON_ROUNDS, PROFILE_VALUES, STEP_LENGTHS, Task
from sim.fields import ParameterError
from sim.study import store
from sim.study.export import csv_bytes
from sim.study.provenance import git_state, versions
from sim.study.runner import Interrupted, UnfinishedError, Work, shared_network
from sim.study.store import Folder
from sim.study.workers import Progress, run_jobs
from sim.study.worlds import Job

if TYPE_CHECKING:
    import pandas as pd

JOURNAL = "trials.journal"


@dataclass(frozen=True)
class Fit:
    """A finished fit: where it is, its manifest (losses, notes), its tables, and whether it was made just now."""

    folder: Path
    manifest: Mapping[str, Any]
    tables: "Mapping[str, pd.DataFrame]"
    is_new: bool


def fit(task: Task, *, command: str = "", progress: Progress | None = None) -> Fit:
    """Search, identify, write; what is there already is not run again, more trials are added to those there are.

    Raises ParameterError, StoreError, NetworkError (nothing is written then), and UnfinishedError or Interrupted
    (finished worlds are kept, the same call goes on).
    """
    require_optuna()
    if task.check_seeds.stop > 2**32:
        raise ParameterError(f"seed={task.settings.seed}: allowed is up to {2**32 - len(task.seeds) - CHECK_SEEDS}")
    work = Work("calibrate-fit", (task.scenario,), task.settings, task.configuration())
    identity = store.configuration_hash(work.configuration)
    path = work.folder(identity)
    plan = {
        "schema_version": store.SCHEMA_VERSION,
        "command": command,
        "configuration": dict(work.configuration),
        "configuration_hash": identity,
        "code_hash": store.code_hash(),
        "started": _now(),
    }
    folder = Folder(path, plan)
    is_new = not _is_done(folder, task)
    if is_new:
        network = None if any(each.key.startswith(("network.", "population.n_p")) for each in task.free) else work
        with folder.opened(), _resumable(path, task):
            if not _is_done(folder, task):
                _carry_out(task, folder, shared_network(network) if network else None, progress)
    return read_fit(path, is_new=is_new)


def read_fit(path: Path, *, is_new: bool = False) -> Fit:
    """Return a finished fit; raises StoreError if there is none, or a table is missing."""
    import pandas as pd

    manifest = store.read_manifest(path)
    try:
        found = {name: pd.read_csv(path / f"{name}.csv") for name in manifest["tables"]}
    except (OSError, ValueError, KeyError):
        raise store.StoreError(f"{path}: missing or damaged tables; remove the folder and run the line again") from None
    return Fit(path, manifest, found, is_new)


def _is_done(folder: Folder, task: Task) -> bool:
    return folder.is_finished and store.read_manifest(folder.path).get("trials", 0) >= task.n_trials


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _carry_out(task: Task, folder: Folder, network: Any, progress: Progress | None) -> None:
    parts = folder.path / store.PARTS
    parts.mkdir(exist_ok=True)  # a finished fit has none, and more trials need some
    evaluator = Evaluator(task.scenario, task.free, task.moments, task.settings, parts)
    workers = task.settings.workers or evaluator.default_workers(task.n_worlds)
    course = Course(task, evaluator, Trials(folder.path / JOURNAL, task.free, task.settings.seed))
    weeks = task.n_worlds * task.settings.weeks
    run_jobs(
        course.jobs(),
        workers,
        network,
        parts,
        lambda done, total: progress(done, max(total, weeks)) if progress else None,
    )
    outcome = course.outcome()
    found = tables(outcome)
    entries = {
        "finished": _now(), "trials": len(course.trials), "losses": losses(outcome), "tables": list(found),
        "result_hash": store.result_hash(found), "versions": versions(), **git_state(),
    }  # fmt: skip
    (folder.path / "scenario").mkdir(exist_ok=True)
    files = {f"{name}.csv": csv_bytes(table) for name, table in found.items()}
    files |= {"scenario/fitted.yaml": fitted_yaml(outcome).encode(), "fit.md": page(outcome, found).encode()}
    folder.finish({**folder.plan, **entries}, files)


@contextmanager
def _resumable(path: Path, task: Task) -> Iterator[None]:
    """Say how to go on after Ctrl-C, a full disk, too little memory or a killed process."""
    go_on = f"what is finished is kept in {path}; run the same line again to go on"
    try:
        yield
    except BaseException as error:
        journal = path / JOURNAL
        if not any((path / store.PARTS).glob("*.part")) and not (path / store.MANIFEST).is_file():
            journal.unlink(missing_ok=True)
            go_on = "nothing was finished; run the same line again"
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(f"interrupted: {go_on}") from None
        if isinstance(error, OSError):
            raise UnfinishedError(f"{error.strerror or error}: {go_on}") from error
        if isinstance(error, BrokenExecutor | MemoryError):
            raise UnfinishedError(f"out of memory, or a process was killed: {go_on}, with fewer workers") from error
        raise


class Course:
    """The steps of a fit, each of which yields the worlds that it needs.

    jobs(): all of them, in order; outcome(): what they came to, afterwards
    """

    def __init__(self, task: Task, evaluator: Evaluator, trials: Trials) -> None:
        """Begin, or go on with the trials that there are."""
        self.task, self.evaluator, self.trials = task, evaluator, trials
        self.polished: list[tuple[Point, Values]] = []
        self.found: Outcome | None = None

    def outcome(self) -> Outcome:
        """Return what the fit came to; all jobs must have been run."""
        assert self.found is not None
        return self.found

    def jobs(self) -> Generator[list[Job], None, None]:
        """Yield what must be run, step after step."""
        task = self.task
        yield from self._search()
        best = min(self.trials.finished, key=lambda each: (each.value, each.number))
        values = values_of(best)
        point: Point = self._plain(best.params)
        point, values, jacobian = yield from self._polished(point, values)
        own = own_values(task.scenario, task.free)
        (before,) = yield from self.evaluator.at([own], task.seeds)
        fresh, fresh_before = yield from self.evaluator.at([point, own], task.check_seeds)
        known = identify(
            self._coordinates(point), jacobian, distances(task.slopeful, values), task.slopeful,
            covariance_over_seeds(task.slopeful, fresh), len(task.seeds),
        )  # fmt: skip
        self.found = Outcome(task, own, point, before, values, fresh_before, fresh, known, self.trials.finished)
        profile = yield from self._profile(known)
        self.found = dataclasses.replace(self.found, profile=profile, polished=self.polished)

    def _search(self) -> Generator[list[Job], None, None]:
        own = own_values(self.task.scenario, self.task.free)
        first = {each.key: each.value(each.coordinate(own[each.key])) for each in self.task.free}
        for each in self.task.free:
            if each.low <= own[each.key] <= each.high:
                first[each.key] = own[each.key]  # not by way of a logarithm and back
        while batch := self.trials.next_batch(first, self.task.n_trials):
            shown = yield from self.evaluator.at(batch, self.task.seeds)
            for point, values in zip(batch, shown, strict=True):
                self.trials.tell(point, loss(self.task.moments, values), values)

    def _polished(self, point: Point, values: Values) -> Generator[list[Job], None, tuple[Point, Values, Floats]]:
        """Go Gauss-Newton steps as long as worlds say that they help."""
        moments = self.task.slopeful
        jacobian = yield from self._jacobian(point)
        for _ in range(GAUSS_NEWTON_ROUNDS):
            here = self._coordinates(point)
            there = gauss_newton(here, jacobian, distances(moments, values))
            tried = [self._point(here + length * (there - here)) for length in STEP_LENGTHS]
            shown = yield from self.evaluator.at(tried, self.task.seeds)
            self.polished += zip(tried, shown, strict=True)
            n_better = min(range(len(shown)), key=lambda n: loss(self.task.moments, shown[n]))
            better = shown[n_better]
            if loss(self.task.moments, better) >= loss(self.task.moments, values):
                break
            point, values = tried[n_better], better
            jacobian = yield from self._jacobian(point)
        return point, values, jacobian

    def _jacobian(self, point: Point) -> Generator[list[Job], None, Floats]:
        """Return central differences at a point, under the seeds of the search."""
        widths = [max(STEP, 1 / (each.high - each.low)) if each.is_integer else STEP for each in self.task.free]
        pairs = steps(self._coordinates(point), np.array(widths))
        points = [self._point(each) for pair in pairs for each in pair]
        shown = yield from self._distances(points)
        exact = [self._coordinates(each) for each in points]
        between = [(float(exact[2 * k][k]), float(exact[2 * k + 1][k])) for k in range(len(pairs))]
        return slopes(between, shown[::2], shown[1::2])

    def _distances(self, points: Sequence[Point]) -> Generator[list[Job], None, list[Floats]]:
        shown = yield from self._at(points)
        return [distances(self.task.slopeful, values) for values in shown]

    def _at(self, points: Sequence[Point]) -> Evaluated:
        return self.evaluator.at(points, self.task.seeds)

    def _profile(self, known: Identifiability) -> Generator[list[Job], None, list[tuple[str, Point, Values]]]:
        """Live the points of each parameter's profile."""
        wanted = [
            (each.key, self._point(coordinates))
            for k, each in enumerate(self.task.free)
            for coordinates in profile_coordinates(known, k, PROFILE_VALUES)
        ]
        shown = yield from self._at([point for _, point in wanted])
        return [(key, point, values) for (key, point), values in zip(wanted, shown, strict=True)]

    def _coordinates(self, point: Point) -> Floats:
        return np.array([each.coordinate(point[each.key]) for each in self.task.free])

    def _point(self, coordinates: Floats) -> dict[str, float]:
        return {each.key: each.value(float(u)) for each, u in zip(self.task.free, coordinates, strict=True)}

    def _plain(self, point: Mapping[str, Any]) -> dict[str, float]:
        return {each.key: float(point[each.key]) for each in self.task.free}
