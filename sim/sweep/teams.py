"""Who lives the runs of a sweep: this process, local processes, or the workers of a Dask cluster.

A team takes runs while it has places and gives outcomes back, in any order. Whatever happens to one
run (it raises, hangs, eats memory, its process is killed) is that run's outcome alone.
"""

import logging
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for_lines
from time import monotonic
from typing import Any, NamedTuple

from sim.fields import Group, ParameterError, field
from sim.parameters import Parameters
from sim.study.workers import spawned
from sim.sweep.living import OtherCodeError, Run, RunLimitError, Yielded, live
from sim.sweep.processes import Worker

KINDS = ("local", "dask", "here")
GRACE = 5.0
"""Seconds beyond its limit after which a run that does not end by itself is ended with its process."""
DEATHS = 3
"""Times that the process of a run may end by force before the run is given up."""
SECONDS_AHEAD, MOST_AHEAD = 0.2, 16
"""So much work, and at most so many runs, wait at a process, so that short runs never wait for this one."""
LOOK = 1.0
"""Seconds between two looks at the clock while nothing is finished."""
LOUD = ("distributed", "tornado", "asyncio")
"""Libraries that log what this process says in one line."""
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


class EndedError(RuntimeError):
    """The process of a run ended by force, again and again."""


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

    A run whose process ended by force is a suspect: it is run again when no other is, and given up when
    that has happened often enough. So is nothing else lost by a run that eats all memory.
    """

    def __init__(self, n_workers: int, threads: int, parameters: Parameters, memory_limit: int | None) -> None:
        """Prepare; processes are started when runs come."""
        self.n_workers, self.threads, self.parameters, self.memory_limit = n_workers, threads, parameters, memory_limit
        self.workers: list[Worker] = []
        self.returned: deque[Run] = deque()
        self.suspects: deque[Run] = deque()
        self.deaths: Counter[tuple[int, int]] = Counter()
        self.ahead, self.n_stillborn, self.is_compiled = 1, 0, False

    def has_place(self) -> bool:
        """Tell whether a process has place for another run, and none waits to be run again."""
        return not (self.returned or self.suspects or self.is_proving()) and self.has_room()

    def has_room(self) -> bool:
        """Tell whether a process could be started, or has place."""
        return len(self.workers) < self.n_workers or any(each.has_place(self.ahead) for each in self.workers)

    def is_proving(self) -> bool:
        """Tell whether a suspect is being run, alone."""
        return bool(self.deaths) and any(run.number in self.deaths for each in self.workers for run in each.runs)

    def take(self, run: Run) -> None:
        """Send a run to the process that has the fewest, a new one if all have some."""
        if not self.is_compiled:
            with spawned(min(2, self.n_workers), self.threads, self.parameters):
                self.is_compiled = True
        worker = min(self.workers, key=lambda each: len(each.runs), default=None)
        if worker is None or (worker.runs and len(self.workers) < self.n_workers):
            worker = Worker(self.threads, self.memory_limit)
            self.workers.append(worker)
        worker.send(run)

    def outcomes(self) -> list[Outcome]:
        """Wait for the next runs to end, and see to those that do not end."""
        self.send_again()
        lines = {each.line: each for each in self.workers}
        heard = wait_for_lines(list(lines), LOOK) if any(each.runs for each in self.workers) else []
        found = [outcome for line in heard for outcome in self.hear(lines[line])]  # type: ignore[index]
        return found + self.overdue()

    def send_again(self) -> None:
        """Send what came back from processes that ended: suspects alone, then the others."""
        if self.suspects:
            if not any(each.runs for each in self.workers):
                self.take(self.suspects.popleft())
            return
        while self.returned and not self.is_proving() and self.has_room():
            self.take(self.returned.popleft())

    def hear(self, worker: Worker) -> list[Outcome]:
        """Return the outcome that a process tells, if it does."""
        answer = worker.answer()
        if answer is None:
            return self.after_a_death(worker)
        if not worker.is_ready:
            if answer.error is not None:
                raise LostTeamError(f"worker processes cannot begin: {type(answer.error).__name__}: {answer.error}")
            worker.is_ready, worker.since, self.n_stillborn = True, monotonic(), 0
            return []
        if answer.yielded is not None:
            self.ahead = max(1, min(MOST_AHEAD, int(SECONDS_AHEAD / max(1e-6, answer.yielded.seconds))))
        return [Outcome(worker.settled(), *answer)]

    def after_a_death(self, worker: Worker) -> list[Outcome]:
        """Suspect the run that an ended process was living, or give it up; the runs behind it are run again."""
        self.workers.remove(worker)
        how = worker.bury()
        if not worker.is_ready:
            self.n_stillborn += 1
            if self.n_stillborn >= DEATHS:
                raise LostTeamError(f"worker processes end before they begin (the last {how})")
        elif worker.runs:
            run = worker.runs.popleft()
            self.deaths[run.number] += 1
            if self.deaths[run.number] >= DEATHS:
                self.returned.extend(worker.runs)
                return [Outcome(run, None, EndedError(f"its process {how}, {DEATHS} times"))]
            self.suspects.append(run)
        self.returned.extend(worker.runs)
        return []

    def overdue(self) -> list[Outcome]:
        """End the processes whose runs do not come back."""
        found, now = [], monotonic()
        for worker in [each for each in self.workers if each.runs and each.is_ready]:
            limit = worker.runs[0].limit
            if limit is not None and now - worker.since > limit + GRACE:
                worker.kill()
                self.workers.remove(worker)
                worker.bury()
                found.append(Outcome(worker.runs.popleft(), None, RunLimitError(f"hung, run_limit={limit:g} s")))
                self.returned.extend(worker.runs)
        return found

    def end(self) -> None:
        """End all processes at once."""
        for worker in self.workers:
            worker.kill()
        for worker in self.workers:
            worker.bury()
        self.workers.clear()


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
            with _answering():
                self.n_workers = sum(self.client.nthreads().values())
            self.looked = monotonic()

    def has_place(self) -> bool:
        """Tell whether a thread would soon wait."""
        return len(self.under_way) < RUNS_A_THREAD * max(1, self.n_workers)

    def take(self, run: Run) -> None:
        """Send a run."""
        with _answering():
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
                if type(error).__module__.startswith("distributed.comm"):
                    raise LostTeamError("the Dask scheduler does not answer") from error
                found.append(Outcome(run, None, error))
        self.count()
        return found


@contextmanager
def _answering() -> Iterator[None]:
    """Say in one line that a scheduler is gone."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise LostTeamError("the Dask scheduler does not answer") from error


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
        finally:
            local.end()


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
    with _silent():
        try:
            client = Client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            said = " ".join(str(error).split())[:120]
            raise ParameterError(f"executor.address={address!r}: no Dask scheduler answers ({said})") from None
        with client:
            yield client


@contextmanager
def _silent() -> Iterator[None]:
    """Let the libraries of the cluster say nothing of a lost scheduler: it is told in one line."""
    known = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in LOUD]
    before = {name: logging.getLogger(name).level for name in known}
    for name in known:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def is_fatal(error: BaseException) -> bool:
    """Tell whether an error is not of the run but of the worker: no other run would fare better."""
    return isinstance(error, OtherCodeError)
