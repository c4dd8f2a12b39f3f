"""Which points a search tries, and its trials on disk.

Trials are proposed in batches of BATCH. A batch depends on the seed and on the trials of the batches before
alone: the first trial is the scenario itself, a scrambled Sobol sequence follows (Owen 1998), then the
tree-structured Parzen estimator (Bergstra et al. 2011) with a sampler made anew for each batch. So a search that
was stopped, or continued with more trials, proposes what an uninterrupted one would have.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.calibration.evaluation import numbers, plain
from sim.calibration.free import Free, Point
from sim.calibration.moments import Values
from sim.fields import ParameterError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

BATCH = 4
"""Trials that are proposed, and run, at a time."""

STUDY = "fit"


def require_optuna() -> None:
    """Raise ParameterError, before anything is run, if optuna is missing."""
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise ParameterError("calibrate fit: needs optuna, missing here (pip install 'weishang[fit]')") from None


def n_start_up(free: Sequence[Free]) -> int:
    """Return how many trials come before the estimator has enough to learn from: whole batches, at least 8."""
    return BATCH * max(2, -(-2 * len(free) // BATCH))


class Trials:
    """The finished trials of a search, kept in optuna's journal.

    path: the journal; it can be opened by other tools, study `fit`
    """

    def __init__(self, path: Path, free: Sequence[Free], seed: int) -> None:
        """Open the journal, or begin it; a line torn by a kill is cut off, as is a lock left by one."""
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        _mend(path)
        self.free, self.seed = tuple(free), seed
        storage = JournalStorage(JournalFileBackend(str(path)))
        self.study: Study = optuna.create_study(storage=storage, study_name=STUDY, load_if_exists=True)
        self.distributions: dict[str, BaseDistribution] = {each.key: _distribution(each) for each in free}

    def __len__(self) -> int:
        """Return how many trials are finished."""
        return len(self.study.get_trials(deepcopy=False))

    @property
    def finished(self) -> "list[FrozenTrial]":
        """Return the finished trials in their order."""
        return self.study.get_trials(deepcopy=False)

    def tell(self, point: Point, loss: float, values: Values) -> None:
        """Keep a finished trial: one line of the journal."""
        from optuna.trial import create_trial

        attributes = {"moments": plain(values), "phase": self.phase(len(self))}
        given = self._given(point)
        self.study.add_trial(
            create_trial(params=given, distributions=self.distributions, value=loss, user_attrs=attributes)
        )

    def phase(self, number: int) -> str:
        """Return how a trial was proposed."""
        return "scenario" if number == 0 else "Sobol" if number < n_start_up(self.free) else "TPE"

    def next_batch(self, first: Point, n_trials: int) -> list[Point]:
        """Return the points that are still to be tried of the next batch; none beyond `n_trials`.

        first: the scenario's own values, cut to the ranges
        """
        done = len(self)
        if done >= n_trials:
            return []
        number, within = divmod(done, BATCH)
        whole = self._start_up(number, first) if number * BATCH < n_start_up(self.free) else self._learnt(number)
        return whole[within : within + n_trials - done]

    def _start_up(self, number: int, first: Point) -> list[Point]:
        from scipy.stats.qmc import Sobol

        n = n_start_up(self.free)
        unit = Sobol(len(self.free), rng=self.seed).random_base2((n - 1).bit_length())
        points: list[Point] = [first]
        points += [{each.key: each.value(u) for each, u in zip(self.free, row, strict=True)} for row in unit[: n - 1]]
        return points[number * BATCH : (number + 1) * BATCH]

    def _learnt(self, number: int) -> list[Point]:
        import optuna

        sampler = optuna.samplers.TPESampler(
            seed=self.seed % 2**31 + number, multivariate=True, n_startup_trials=n_start_up(self.free)
        )
        study = optuna.create_study(sampler=sampler)
        study.add_trials(self.finished[: number * BATCH])
        return [{key: float(value) for key, value in self._asked(study).items()} for _ in range(BATCH)]

    def _asked(self, study: "Study") -> Mapping[str, Any]:
        return study.ask(self.distributions).params

    def _given(self, point: Point) -> dict[str, Any]:
        return {each.key: int(point[each.key]) if each.is_integer else point[each.key] for each in self.free}


def values_of(trial: "FrozenTrial") -> Values:
    """Return the moments of a finished trial."""
    return numbers(trial.user_attrs["moments"])


def _distribution(each: Free) -> "BaseDistribution":
    from optuna.distributions import FloatDistribution, IntDistribution

    if each.is_integer:
        return IntDistribution(int(each.low), int(each.high), log=each.is_log)
    return FloatDistribution(each.low, each.high, log=each.is_log)


def _mend(path: Path) -> None:
    """Cut a journal after its last whole line; nobody else writes to it, the folder is locked."""
    path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
    if path.is_file():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with path.open("r+b") as file:
                file.truncate(whole)
