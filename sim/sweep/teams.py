"""Who lives the runs of a sweep: this process, local processes, or the workers of a Dask cluster.

A team takes runs while it has places and gives outcomes back, in any order. Whatever happens to one
run (it raises, hangs, eats memory, its process is killed) is that run's outcome alone.
"""

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

from sim.fields import Group, ParameterError, field
from sim.parameters import Parameters
from sim.study.workers import spawned, spawning
from sim.sweep.living import OtherCodeError, Run, RunLimitError, Yielded, begin, live

KINDS = ("local", "dask", "here")
GRACE = 5.0
"""Seconds beyond its limit after which a run that does not end by itself is ended with its process."""
DEATHS = 2
"""Times that the process of a run, alone at work, may end before the run is given up."""
LOOK = 1.0
"""Seconds between two looks at the clock while nothing is finished."""
RUNS_A_THREAD = 2
"""Runs that wait at every thread of a cluster, so that it never waits for this process."""


# fmt: off
@dataclass(frozen=True)
class Executor(Group):
    """Where runs are lived."""

    kind: str = field("local", "local processes, an existing Dask cluster, or this process (for debugging)", "executor", source="docs/sweeps.md", tag="design", choices=KINDS)
    address: str | None = field(None, "address of the scheduler of executor=dask", "address", source="the user's cluster", tag="design")
# fmt: on


class LostTeamError(RuntimeError):
    """The team as a whole is gone; the message is one line."""


class Outcome(NamedTuple):
    """What came of a run: what it yielded, or why it did not."""

    run: Run
    yielded: Yielded | None
    error: BaseException | None


class Team(ABC):
    """Lives runs."""

    n_workers: int

    @abstractmethod
    def has_place(self) -> bool:
        """Tell whether it takes another run now."""

    @abstractmethod
    def take(self, run: Run) -> None:
        """Take a run."""

    @abstractmethod
    def outcomes(self) -> list[Outcome]:
        """Return what has come of runs taken, after waiting for a while if nothing has."""


class Here(Team):
    """The process itself: a run that hangs or eats memory takes it along."""

    n_workers = 1

    def __init__(self) -> None:
        """Have no run."""
        self.run: Run | None = None

    def has_place(self) -> bool:
        """Tell whether there is no run."""
        return self.run is None

    def take(self, run: Run) -> None:
        """Take a run."""
        self.run = run

    def outcomes(self) -> list[Outcome]:
        """Live the run."""
        if self.run is None:
            return []
        run, self.run = self.run, None
        try:
            return [Outcome(run, live(run), None)]
        except Exception as error:
            return [Outcome(run, None, error)]


class Local(Team):
    """Spawned processes.

    When one ends by force, all runs under way are suspects: each is run again alone, and given up if its
    process ends once more.
    """

    def __init__(self, n_workers: int, threads: int, parameters: Parameters, memory_limit: int | None) -> None:
        """Prepare; processes are started when the first run comes."""
        self.n_workers, self.threads, self.parameters, self.memory_limit = n_workers, threads, parameters, memory_limit
        self.pool: ProcessPoolExecutor | None = None
        self.context = ExitStack()
        self.under_way: dict[Future[Yielded], tuple[Run, float]] = {}
        self.suspects: deque[Run] = deque()
        self.deaths: Counter[tuple[int, int]] = Counter()

    def has_place(self) -> bool:
        """Tell whether a process is idle and no suspect waits for all the others to end."""
        return not self.suspects and len(self.under_way) < self.n_workers

    def take(self, run: Run) -> None:
        """Start a run, so that its time counts from now."""
        if self.pool is None:
            self.pool = self.context.enter_context(
                spawned(self.n_workers, self.threads, self.parameters, begin, (self.memory_limit,))
            )
        with spawning():
            try:
                future = self.pool.submit(live, run)
            except BrokenExecutor:  # a process ended while all were idle
                self.restart()
                self.take(run)
                return
        self.under_way[future] = (run, monotonic())

    def outcomes(self) -> list[Outcome]:
        """Wait for the next runs to end, and see to those that do not end."""
        if self.suspects and not self.under_way:
            self.take(self.suspects.popleft())
        if not self.under_way:
            return []
        done, _ = wait(self.under_way, LOOK, FIRST_COMPLETED)
        broken = any(isinstance(future.exception(), BrokenExecutor) for future in done)
        if broken:
            return self.after_a_death()
        found = [self.ended(future) for future in done]
        return found or self.overdue()

    def ended(self, future: "Future[Yielded]") -> Outcome:
        """Return the outcome of a run that ended by itself."""
        run, _ = self.under_way.pop(future)
        error = future.exception()
        return Outcome(run, None if error else future.result(), error)

    def after_a_death(self) -> list[Outcome]:
        """Start new processes; suspect the runs that were under way, or give up the one that was."""
        finished = [self.ended(each) for each in list(self.under_way) if each.done() and each.exception() is None]
        runs = [run for run, _ in self.under_way.values()]
        self.restart()
        if len(runs) == 1:
            self.deaths[runs[0].number] += 1
            if self.deaths[runs[0].number] >= DEATHS:
                lost = "its process was killed, perhaps for want of memory"
                return [*finished, Outcome(runs[0], None, MemoryError(lost))]
        self.suspects.extend(runs)
        return finished

    def overdue(self) -> list[Outcome]:
        """End the processes if a run does not come back; the others run again, none is suspected."""
        now = monotonic()
        late = [run for run, since in self.under_way.values() if run.limit and now - since > run.limit + GRACE]
        if not late:
            return []
        others = [run for run, _ in self.under_way.values() if run not in late]
        self.restart()
        for run in others:
            self.take(run)
        return [Outcome(run, None, RunLimitError(f"hung for longer than run_limit={run.limit:g} s")) for run in late]

    def restart(self) -> None:
        """End all processes at once; new ones are started when a run comes."""
        self.under_way.clear()
        pool, self.pool = self.pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):
                process.kill()
        self.context.close()


class Dask(Team):
    """The workers of an existing Dask cluster; it runs anew what lost workers had."""

    def __init__(self, client: Any) -> None:
        """Use a connected client."""
        self.client = client
        self.executor = client.get_executor(pure=False, retries=0)
        self.under_way: dict[Future[Yielded], Run] = {}
        self.n_workers, self.looked = 0, -LOOK
        self.count()

    def count(self) -> None:
        """Count the threads of the cluster now and then, as workers come and go."""
        if monotonic() - self.looked >= LOOK:
            self.n_workers = sum(self.client.nthreads().values())
            self.looked = monotonic()

    def has_place(self) -> bool:
        """Tell whether a thread would soon wait."""
        return len(self.under_way) < RUNS_A_THREAD * max(1, self.n_workers)

    def take(self, run: Run) -> None:
        """Send a run."""
        self.under_way[self.executor.submit(live, run)] = run

    def outcomes(self) -> list[Outcome]:
        """Wait for the next runs to end; raises LostTeamError if the cluster is gone."""
        if not self.under_way:
            return []
        done, _ = wait(self.under_way, LOOK, FIRST_COMPLETED)
        if not done and self.client.status != "running":
            raise LostTeamError("the Dask scheduler does not answer")
        found = []
        for future in done:
            run = self.under_way.pop(future)
            try:
                found.append(Outcome(run, future.result(), None))
            except CancelledError:
                raise LostTeamError("the Dask scheduler ended or dropped the runs") from None
            except Exception as error:
                found.append(Outcome(run, None, error))
        self.count()
        return found


@contextmanager
def team(
    executor: Executor, n_workers: int, threads: int, parameters: Parameters, memory_limit: int | None
) -> Iterator[Team]:
    """Give a team; it is ended at the end. Raises ParameterError, LostTeamError."""
    if executor.kind == "dask":
        with _client(executor.address) as client:
            yield Dask(client)
    elif executor.kind == "here":
        yield Here()
    else:
        local = Local(n_workers, threads, parameters, memory_limit)
        try:
            yield local
        except BaseException:
            local.restart()
            raise
        local.context.close()


@contextmanager
def _client(address: str | None) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise ParameterError(
            "executor=dask: needs distributed, missing here (pip install 'weishang[cluster]'); allowed without it is local"
        ) from None
    if address is None:
        raise ParameterError(
            "executor.address=None: executor=dask needs its scheduler's address, e.g. tcp://127.0.0.1:8786"
        )
    try:
        client = Client(address, timeout="20s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        said = " ".join(str(error).split())[:120]
        raise ParameterError(f"executor.address={address!r}: no Dask scheduler answers ({said})") from None
    with client:
        yield client


def is_fatal(error: BaseException) -> bool:
    """Tell whether an error is not of the run but of the worker: no other run would fare better."""
    return isinstance(error, OtherCodeError)
