"""Worlds in parallel: spawned processes, one world at a time each.

Processes are spawned, never forked (a fork after a parallel kernel hangs). They leave Ctrl-C to
their parent and end when it does. What a world yields is written by the process that ran it.
"""

import ctypes
import dataclasses
import math
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sim.parameters import Parameters
from sim.study.store import code_hash
from sim.study.worlds import SECONDS_BETWEEN_REPORTS, Job, simulate, spread

if TYPE_CHECKING:
    from sim.network import Network

Progress = Callable[[int, int], None]
"""Called with the weeks lived so far and the weeks to live, over all worlds still to be run."""

_THREAD_LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LARGE_TOWN = 100_000
_SMALL_WORK = 4_000_000
"""Person-weeks that one process lives through in the time that others take to start."""

_STATE_BYTES_PER_PERSON = 600
"""People, orders and scratch arrays, measured and rounded up; the friend graph comes on top."""


Team = Callable[[Sequence[Job], Callable[[int], None]], None]
"""Runs jobs; the second argument is told how many weeks the team has lived, over all that it was given so far."""


def run_jobs(
    batches: Iterable[Sequence[Job]], workers: int | None, network: "Network | None", scratch: Path, progress: Progress
) -> None:
    """Run the jobs in `workers` processes (None: as many as there are cores and memory).

    batches: each is asked for when the one before is finished, and may depend on what that yielded
    network: the friend graph if all worlds share it; scratch: a folder for what workers share
    """
    with ExitStack() as stack:
        team: Team | None = None
        total = 0
        for jobs in batches:
            if not jobs:
                continue
            if team is None:
                workers = min(workers or default_workers(jobs), sum(len(job.worlds) for job in jobs))
                here = _working_here(network) if workers == 1 else None
                team = stack.enter_context(here or _pool(workers, jobs[0], network, scratch))
            total += sum(job.weeks_to_live for job in jobs)
            team(spread(jobs, workers or 1), lambda lived, total=total: progress(lived, total))  # type: ignore[misc]


def default_workers(jobs: Sequence[Job]) -> int:
    """Return how many processes pay: by the cores, the work and, for large towns, the memory."""
    job, parameters = jobs[0], jobs[0].worlds[0].parameters
    if sum(job.weeks_to_live for job in jobs) * parameters.population.n_people < _SMALL_WORK:
        return 1
    return cores_for(parameters, job.threads, 2 if job.trunk else 1)


def cores_for(parameters: Parameters, threads: int, states: int = 1) -> int:
    """Return how many processes of so many threads the cores and, for large towns, the memory have room for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = max(1, cores // threads)
    is_large = parameters.population.n_people >= _LARGE_TOWN
    return min(workers, worlds_in_memory(parameters, states)) if is_large else workers


def worlds_in_memory(parameters: Parameters, states: int = 1) -> int:
    """Return how many such worlds fit into the memory at once; at least one, which may then refuse itself.

    states: twins that live at a time in each, on one friend graph
    """
    from sim.network import available_memory, memory_needed

    given, n_people = parameters.network, parameters.population.n_people
    scale = 1.0 if given.friends_scale is None else given.friends_scale
    mean_degree = min(math.exp(given.log_mean + given.log_sd**2 / 2) * scale, n_people)
    needed = memory_needed(n_people, mean_degree) + states * _STATE_BYTES_PER_PERSON * n_people
    available = available_memory()
    return sys.maxsize if available is None else max(1, int(available // needed))


@contextmanager
def _working_here(network: "Network | None") -> Iterator[Team]:
    """Give the team that is this process."""
    before = 0

    def run(jobs: Sequence[Job], report: Callable[[int], None]) -> None:
        nonlocal before
        for job in jobs:
            with _failure_named(job):
                simulate(job, network, lambda weeks, before=before: report(before + weeks))  # type: ignore[misc]
            before += job.weeks_to_live

    yield run


@contextmanager
def _pool(workers: int, first: Job, network: "Network | None", scratch: Path) -> Iterator[Team]:
    """Give a team of spawned processes, which is ended at once if anything goes wrong."""
    context = multiprocessing.get_context("spawn")
    lived, n_begun = context.RawArray("q", workers), context.Value("i", 0)
    shared = None if network is None else share_network(network, scratch)
    with spawned(workers, first.threads, first.worlds[0].parameters, _begin_worker, (lived, n_begun, shared)) as pool:

        def run(jobs: Sequence[Job], report: Callable[[int], None]) -> None:
            with spawning():
                futures = {pool.submit(_work, job): job for job in jobs}
            _wait(futures, lambda: report(sum(lived)))

        yield run


@contextmanager
def spawned(
    workers: int,
    threads: int,
    parameters: Parameters,
    begin: Callable[..., None] | None = None,
    given: tuple[Any, ...] = (),
) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes with compiled kernels; it ends at once if anything goes wrong, and with its parent.

    threads: of numerical libraries in each; begin(*given) is called in each. Submit within `spawning()`.
    """
    context = multiprocessing.get_context("spawn")
    with (
        threads_limited(threads),
        ProcessPoolExecutor(workers, context, _begin_process, (begin, given)) as pool,
    ):
        others = set(multiprocessing.active_children())
        try:
            _compile_once(pool, parameters)
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


def _compile_once(pool: ProcessPoolExecutor, parameters: Parameters) -> None:
    """Compile all kernels into the cache unless that was done before."""
    if (mark := warm_mark()).exists():
        return
    with spawning():
        compiling = compile_kernels(pool, parameters)
    for part in compiling:
        part.result()
    with suppress(OSError):  # without a cache every process compiles for itself
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _wait(futures: "dict[Future[None], Job]", report: Callable[[], None]) -> None:
    pending = set(futures)
    while pending:
        finished, pending = wait(pending, SECONDS_BETWEEN_REPORTS, FIRST_COMPLETED)
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


def _begin_process(begin: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    """Prepare a spawned process: it leaves Ctrl-C to its parent and ends when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch_parent, daemon=True).start()
    if begin is not None:
        begin(*given)


def _begin_worker(lived: Any, n_begun: Any, shared: "dict[str, Any] | None") -> None:
    """Put a counter and the graph in place."""
    global _lived, _network
    with n_begun.get_lock():
        mine = ctypes.c_int64.from_buffer(lived, n_begun.value * ctypes.sizeof(ctypes.c_int64))
        n_begun.value += 1
    _lived, _network = mine, None if shared is None else open_network(shared)


def watch_parent() -> None:
    """End this process when its parent ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(job: Job) -> None:
    before = _lived.value

    def count(weeks: int) -> None:
        _lived.value = before + weeks

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
def threads_limited(threads: int) -> Iterator[None]:
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
def spawning() -> Iterator[None]:
    """Spawn processes to which Ctrl-C means nothing and which do not run the user's script again.

    Spawned processes inherit what is blocked here, and import what `__main__` says that it is: a
    script that calls `sim.compare` would otherwise need `if __name__ == "__main__"`.
    """
    blocks = hasattr(signal, "pthread_sigmask")  # not on Windows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if blocks:
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

    parameters = dataclasses.replace(
        parameters,
        recruitment=dataclasses.replace(parameters.recruitment, agents_recruited=1.0),
        exit=dataclasses.replace(parameters.exit, weeks_before_exit=1, exit_share=10.0, exit_chance=1.0),
    )  # so that within four weeks everything happens: shops open, lose money and close
    nobody_knows_anybody = Network(np.zeros(201, np.int64), np.empty(0, np.int32))
    Market(parameters=parameters, seed=1, network=nobody_knows_anybody).run(4)
