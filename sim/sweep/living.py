"""One run, lived in a worker process anywhere: what is asked for, and what it yields.

A worker keeps the friend graph of its last run, as the next has the same seed.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.study.store import code_hash, file_hash

if TYPE_CHECKING:
    from sim.network import Network

WEEKS_AT_ONCE = 8
"""Weeks between two looks at the clock."""


class RunLimitError(RuntimeError):
    """A run took longer than it may."""


class OtherCodeError(RuntimeError):
    """A worker has other sources, or another network file, than the process that asked for the run."""


@dataclass(frozen=True)
class Run:
    """One run to be lived.

    number: world and replication, as the caller counts them
    series: measures of which the series of weeks are wanted
    limit: seconds that it may take
    """

    number: tuple[int, int]
    parameters: Parameters
    seed: int
    weeks: int
    key: str
    code: str
    series: tuple[str, ...] = ()
    threads: int = 1
    limit: float | None = None
    network_sha256: str | None = None


@dataclass(frozen=True)
class Yielded:
    """What a run yielded: measures in the order of the catalogue of `n_brands`, series of weeks by name."""

    number: tuple[int, int]
    seed: int
    key: str
    n_brands: int
    n_people: int
    n_weeks: int
    measured: NDArray[np.float64]
    series: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


def live(run: Run) -> Yielded:
    """Live one run. Raises whatever the market raises, RunLimitError, OtherCodeError."""
    from sim import measures
    from sim.model import Market

    started, clock = perf_counter(), monotonic()
    if run.code != _own_code():
        raise OtherCodeError(f"the worker has other sources (code hash {_own_code()[:8]}, not {run.code[:8]})")
    market = Market(parameters=run.parameters, seed=run.seed, network=_graph(run), threads=run.threads)
    while market.week < run.weeks:
        market.run(min(WEEKS_AT_ONCE, run.weeks - market.week))
        if run.limit is not None and monotonic() - clock > run.limit:
            raise RunLimitError(f"took longer than run_limit={run.limit:g} s (week {market.week} of {run.weeks})")
    record, n_brands = market.record, run.parameters.brands.n_brands
    wanted = set(run.series)
    return Yielded(
        run.number, run.seed, run.key, n_brands, market.n_people, run.weeks,
        np.array(list(measures.run_level(record, n_brands).values())),
        {each.name: each.weekly(record) for each in measures.catalogue(n_brands) if each.name in wanted},
        tuple(market.notes), perf_counter() - started,
    )  # fmt: skip


@cache
def _own_code() -> str:
    return code_hash()


_last: "dict[Any, Network]" = {}
"""The friend graph of the last run by what it was made for."""


def _graph(run: Run) -> "Network":
    """Return the friend graph of a run, that of the last if it is the same."""
    from sim.model import make_network

    given = run.parameters.network
    if given.path is None:
        made_for: Any = (given, run.parameters.population.n_people, run.seed if given.seed is None else None)
    else:
        made_for = (given, run.network_sha256)
    if made_for in _last:
        return _last[made_for]
    _last.clear()  # not two at a time in memory
    if given.path is not None and file_hash(Path(given.path)) != run.network_sha256:
        raise OtherCodeError(f"{given.path} is another file here than where the sweep was begun")
    _last[made_for] = make_network(run.parameters, run.seed)
    return _last[made_for]


def begin(memory_limit: int | None) -> None:
    """Prepare a worker process: at most so many bytes of its own, whatever a run may ask for."""
    if memory_limit is None:
        return
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = memory_limit if most == resource.RLIM_INFINITY else min(memory_limit, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
