"""Worlds in parallel: spawned processes, one world at a time each.

Processes are spawned, never forked (a fork after a parallel kernel hangs). They leave Ctrl-C to
their parent and end when it does. What a world yields is written by the process that ran it.
"""

import dataclasses
import math
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sim.parameters import Parameters
from sim.study.store import Part, code_hash, write_part

if TYPE_CHECKING:
    from sim.network import Network

Progress = Callable[[int, int], None]
"""Called with the weeks lived so far and the weeks to live, over all worlds still to be run."""

_SECONDS_BETWEEN_REPORTS = 0.2
_THREAD_LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LARGE_TOWN = 100_000
_SMALL_WORK = 4_000_000
"""Person-weeks that one process lives through in the time that others take to start."""

_STATE_BYTES_PER_PERSON = 600
"""People, orders and scratch arrays, measured and rounded up; the friend graph comes on top."""


@dataclass(frozen=True)
class Job:
    """One world to run, and where to keep what it yields."""

    parameters: Parameters
    seed: int
    weeks: int
    threads: int
    part: Path


def run_jobs(
    jobs: Sequence[Job], workers: int | None, network: "Network | None", scratch: Path, progress: Progress
) -> None:
    """Run the jobs in `workers` processes (None: as many as there are cores and memory).

    network: the friend graph if all worlds share it; scratch: a folder for what workers share
    """
    if not jobs:
        return
    workers = min(workers or default_workers(jobs), len(jobs))
    if workers == 1:
        _run_here(jobs, network, progress)
    else:
        _run_in_pool(jobs, workers, network, scratch, progress)


def default_workers(jobs: Sequence[Job]) -> int:
    """Return how many processes pay: by the cores, the work and, for large towns, the memory."""
    job, n_people = jobs[0], jobs[0].parameters.population.n_people
    if len(jobs) * n_people * job.weeks < _SMALL_WORK:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = max(1, cores // job.threads)
    return min(workers, worlds_in_memory(job.parameters)) if n_people >= _LARGE_TOWN else workers


def worlds_in_memory(parameters: Parameters) -> int:
    """Return how many such worlds fit into the memory at once; at least one, which may then refuse itself."""
    from sim.network import available_memory, memory_needed

    given, n_people = parameters.network, parameters.population.n_people
    scale = 1.0 if given.friends_scale is None else given.friends_scale
    mean_degree = min(math.exp(given.log_mean + given.log_sd**2 / 2) * scale, n_people)
    needed = memory_needed(n_people, mean_degree) + _STATE_BYTES_PER_PERSON * n_people
    available = available_memory()
    return sys.maxsize if available is None else max(1, int(available // needed))


def simulate(job: Job, network: "Network | None", lived: Callable[[int], None]) -> None:
    """Run one world and keep what it yields; `lived` is told the weeks lived so far."""
    from sim.model import Market

    market = Market(parameters=job.parameters, seed=job.seed, network=network, threads=job.threads)
    weeks_at_once = 1
    while market.week < job.weeks:
        started = perf_counter()
        market.run(min(weeks_at_once, job.weeks - market.week))
        is_quick = perf_counter() - started < _SECONDS_BETWEEN_REPORTS / 2
        weeks_at_once = weeks_at_once * 2 if is_quick else weeks_at_once
        lived(market.week)
    write_part(job.part, Part(job.seed, market.weekly, market.run_level(), list(market.notes), market.n_people))


def _run_here(jobs: Sequence[Job], network: "Network | None", progress: Progress) -> None:
    total = sum(job.weeks for job in jobs)
    for number, job in enumerate(jobs):
        before = number * job.weeks
        with _failure_named(job):
            simulate(job, network, lambda weeks, before=before: progress(before + weeks, total))  # type: ignore[misc]


def _run_in_pool(
    jobs: Sequence[Job], workers: int, network: "Network | None", scratch: Path, progress: Progress
) -> None:
    total = sum(job.weeks for job in jobs)
    context = multiprocessing.get_context("spawn")
    lived = context.RawArray("q", len(jobs))
    shared = None if network is None else share_network(network, scratch)
    with (
        _threads_limited(jobs[0].threads),
        ProcessPoolExecutor(workers, context, _begin_worker, (lived, shared)) as pool,
    ):
        others = set(multiprocessing.active_children())
        futures = {}
        try:
            with _interrupt_held():  # spawned processes inherit that Ctrl-C is not for them
                compiling = [] if (mark := warm_mark()).exists() else compile_kernels(pool, jobs[0].parameters)
            for part in compiling:
                part.result()
            with suppress(OSError):  # without a cache every process compiles for itself
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
            with _interrupt_held():
                for number, job in enumerate(jobs):
                    futures[pool.submit(_work, number, job)] = job
            _wait(futures, lambda: progress(sum(lived), total))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


def _wait(futures: "dict[Future[None], Job]", report: Callable[[], None]) -> None:
    pending = set(futures)
    while pending:
        finished, pending = wait(pending, _SECONDS_BETWEEN_REPORTS, FIRST_COMPLETED)
        report()
        for future in finished:
            with _failure_named(futures[future]):
                future.result()


@contextmanager
def _failure_named(job: Job) -> Iterator[None]:
    """Add the seed to whatever goes wrong."""
    try:
        yield
    except Exception as error:
        error.add_note(f"(in the world of seed {job.seed}; to replay it add seed={job.seed} replications=1)")
        raise


# in the worker processes ----------------------------------------------------------------------

_lived: Any = None
_network: "Network | None" = None


def _begin_worker(lived: Any, shared: "dict[str, Any] | None") -> None:
    """Prepare a spawned process: counters and graph in place, and an end when the parent ends."""
    global _lived, _network
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _lived, _network = lived, None if shared is None else open_network(shared)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(number: int, job: Job) -> None:
    def count(weeks: int) -> None:
        _lived[number] = weeks

    simulate(job, _network, count)


# what processes share -------------------------------------------------------------------------


def share_network(network: "Network", scratch: Path) -> dict[str, Any]:
    """Lay the arrays of a friend graph down as files that all processes map; return what finds them."""
    import numpy as np

    fields: dict[str, Any] = {}
    for declared in dataclasses.fields(network):
        value = getattr(network, declared.name)
        if isinstance(value, np.ndarray):
            value = scratch / f"network-{declared.name}.npy"
            np.save(value, getattr(network, declared.name))
        fields[declared.name] = value
    return fields | {"labels": None}


def open_network(shared: dict[str, Any]) -> "Network":
    """Return the friend graph behind `share_network`, mapped (copy on write), not read."""
    import numpy as np

    from sim.network import Network

    fields: dict[str, Any] = {
        name: np.asarray(np.load(value, mmap_mode="c")) if isinstance(value, Path) else value
        for name, value in shared.items()
    }
    return Network(**fields)


@contextmanager
def _threads_limited(threads: int) -> Iterator[None]:
    """Let processes spawned inside start with so many threads for numerical libraries."""
    before = {name: os.environ.get(name) for name in _THREAD_LIMITS}
    os.environ.update(dict.fromkeys(_THREAD_LIMITS, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _interrupt_held() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def warm_mark() -> Path:
    """Return the file that tells that these kernels were compiled before, by these versions."""
    from importlib.metadata import version

    from platformdirs import user_cache_path

    python = ".".join(map(str, sys.version_info[:2]))
    return user_cache_path("weishang") / "warm" / f"{code_hash()[:16]}-python-{python}-numba-{version('numba')}"


def compile_kernels(pool: ProcessPoolExecutor, parameters: Parameters) -> "list[Future[None]]":
    """Compile all kernels into the cache once, half in one process and half in another, before work begins."""
    small = dataclasses.replace(parameters.population, n_people=200)
    network = dataclasses.replace(parameters.network, kind="generated", path=None)
    parameters = dataclasses.replace(parameters, population=small, network=network)
    return [pool.submit(_compile_network, parameters), pool.submit(_compile_market, parameters)]


def _compile_network(parameters: Parameters) -> None:
    from sim.model import make_network

    make_network(parameters, seed=1)


def _compile_market(parameters: Parameters) -> None:
    import numpy as np

    from sim.model import Market
    from sim.network import Network

    nobody_knows_anybody = Network(np.zeros(201, np.int64), np.empty(0, np.int32))
    Market(parameters=parameters, seed=1, network=nobody_knows_anybody).run(1)
