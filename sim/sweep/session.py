"""The runs of one session of a sweep: handed to a team, settled as they come back, kept chunk by chunk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from sim.sweep.chunks import Chunks, Place
from sim.sweep.faults import failure, recipe_of
from sim.sweep.living import Run, Yielded
from sim.sweep.plan import Sweep
from sim.sweep.teams import LostTeamError, Outcome, Team, is_fatal

Progress = Callable[[int, int], None]
"""Called with the runs done so far and the runs to do."""


@dataclass
class Throughput:
    """How much a team did."""

    n_runs: int = 0
    n_workers: int = 0
    seconds_lived: float = 0.0
    seconds: float = 0.0

    @property
    def efficiency(self) -> float:
        """Share of the time of all workers that was spent in runs."""
        whole = self.n_workers * self.seconds
        return self.seconds_lived / whole if whole else float("nan")


@dataclass
class Session:
    """Runs what is missing.

    code: hash of the sources that workers must have too
    """

    sweep: Sweep
    chunks: Chunks
    code: str
    progress: Progress
    threads: int = 1
    run_limit: float | None = None
    config_dirs: tuple[str, ...] = ()
    done: Throughput = field(default_factory=Throughput)
    _missing: dict[Place, list[int]] = field(default_factory=dict)
    _finished: dict[Place, list[Yielded]] = field(default_factory=dict)
    _n_settled: int = 0
    _n_missing: int = 0

    def run(self, replications: range, start: Callable[[], Team]) -> None:
        """Run all that is missing of some replications; whatever happens, what came back is kept."""
        places = [(replication, chunk) for replication in replications for chunk in range(self.sweep.n_chunks)]
        self._missing = {place: worlds for place in places if (worlds := self.chunks.missing(*place))}
        self._finished = {place: [] for place in self._missing}
        self._n_settled, self._n_missing = 0, sum(map(len, self._missing.values()))
        if not self._missing:
            return
        self.progress(0, self._n_missing)
        try:
            self._run(start())
        finally:
            for place in [place for place, there in self._finished.items() if there]:
                self._keep(place)

    def _run(self, crew: Team) -> None:
        clock, before = monotonic(), self.done.seconds
        for run in self._runs():
            while not crew.has_place():
                self._settle(crew.outcomes(), crew, before + monotonic() - clock)
            crew.take(run)
        while self._n_settled < self._n_missing:
            self._settle(crew.outcomes(), crew, before + monotonic() - clock)

    def _runs(self) -> Iterator[Run]:
        """Yield the missing runs."""
        sweep = self.sweep
        for (replication, _), worlds in list(self._missing.items()):
            for world in list(worlds):
                yield Run(
                    (world, replication), recipe_of(sweep, sweep.worlds[world]), sweep.seed + replication, sweep.weeks,
                    "", self.code, self.chunks.columns.series, self.threads, self.run_limit, sweep.network_sha256,
                )  # fmt: skip

    # settling ---------------------------------------------------------------------------------

    def _settle(self, outcomes: list[Outcome], crew: Team, seconds: float) -> None:
        for outcome in outcomes:
            world, replication = outcome.run.number
            chunk = world // self.chunks.worlds_a_chunk
            if outcome.yielded is None:
                assert outcome.error is not None
                if is_fatal(outcome.error):
                    raise LostTeamError(str(outcome.error)) from outcome.error
                self._fail(world, replication, chunk, outcome.error)
                continue
            self._finished[replication, chunk].append(outcome.yielded)
            self.done.n_runs += 1
            self.done.seconds_lived += outcome.yielded.seconds
            self._settled(world, replication, chunk)
        self.done.n_workers, self.done.seconds = crew.n_workers, seconds
        self.progress(self._n_settled, self._n_missing)

    def _fail(self, world: int, replication: int, chunk: int, error: BaseException) -> None:
        self.chunks.give_up(failure(self.sweep, world, replication, error, self.config_dirs))
        self._settled(world, replication, chunk)

    def _settled(self, world: int, replication: int, chunk: int) -> None:
        left = self._missing[replication, chunk]
        left.remove(world)
        self._n_settled += 1
        if not left:
            self._keep((replication, chunk))

    def _keep(self, place: Place) -> None:
        finished, self._finished[place] = self._finished[place], []
        if finished:
            self.chunks.add(*place, finished)
