"""One run, lived in a worker process anywhere: what is asked for, and what it yields.

Parameters are composed where they are lived, which takes as long as a week of a small world. A worker
keeps the friend graph of its last run, as the next has the same seed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.scenario import compose, to_mapping
from sim.study.store import code_hash, configuration_hash, file_hash

if TYPE_CHECKING:
    from sim.network import Network

WEEKS_AT_ONCE = 8
"""Weeks between two looks at the clock."""


class RunLimitError(RuntimeError):
    """A run took longer than it may."""


class OtherCodeError(RuntimeError):
    """A worker has other sources, or another network file, than the process that asked for the run."""


@dataclass(frozen=True)
class Recipe:
    """What parameters are composed from: a scenario's departures, and values laid on them."""

    departures: Mapping[str, Any]
    values: Mapping[str, Any]

    def parameters(self) -> Parameters:
        """Return the parameters; raises ParameterError where values do not go together."""
        return compose("", "", self.departures, self.values).parameters


@dataclass(frozen=True)
class Run:
    """One run to be lived.

    number: world and replication, as the caller counts them
    key: hash of all that it depends on; if empty, made where it is lived
    series: measures of which the series of weeks are wanted
    limit: seconds that it may take
    """

    number: tuple[int, int]
    made_from: Parameters | Recipe
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
    """What a run yielded: measures in the order of the catalogue of `n_brands`, the series asked for.

    series: shape (n_series, n_weeks), nan where a world has no such measure
    """

    number: tuple[int, int]
    seed: int
    key: str
    n_brands: int
    n_people: int
    n_weeks: int
    measured: NDArray[np.float64]
    series: NDArray[np.float64]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


def live(run: Run) -> Yielded:
    """Live one run. Raises whatever the market raises, RunLimitError, OtherCodeError."""
    from sim import measures
    from sim.model import Market

    prepare()
    started, clock = perf_counter(), monotonic()
    if run.code != _own_code():
        raise OtherCodeError(f"the worker has other sources (code hash {_own_code()[:8]}, not {run.code[:8]})")
    given = run.made_from.parameters() if isinstance(run.made_from, Recipe) else run.made_from
    market = Market(parameters=given, seed=run.seed, network=_graph(run, given), threads=run.threads)
    while market.week < run.weeks:
        market.run(min(WEEKS_AT_ONCE, run.weeks - market.week))
        if run.limit is not None and monotonic() - clock > run.limit:
            raise RunLimitError(f"took longer than run_limit={run.limit:g} s (week {market.week} of {run.weeks})")
    record, n_brands = market.record, given.brands.n_brands
    key = run.key or run_key(given, run.seed, run.weeks, run.network_sha256, run.code)
    wanted, unknown = set(run.series), np.full(run.weeks, np.nan)
    weekly = {each.name: each.weekly(record) for each in measures.catalogue(n_brands) if each.name in wanted}
    return Yielded(
        run.number, run.seed, key, n_brands, market.n_people, run.weeks,
        np.array(list(measures.run_level(record, n_brands).values())),
        np.array([weekly.get(name, unknown) for name in run.series]).reshape(len(run.series), run.weeks),
        tuple(market.notes), perf_counter() - started,
    )  # fmt: skip


def run_key(parameters: Parameters, seed: int, weeks: int, network_sha256: str | None, code: str) -> str:
    """Return the hash of all that a run depends on: parameters, seed, weeks, network file, code."""
    whole = {"parameters": to_mapping(parameters), "seed": seed, "weeks": weeks, "network_sha256": network_sha256}
    return hashlib.sha256(f"{configuration_hash(whole)} {code}".encode()).hexdigest()[:32]


@cache
def prepare() -> None:
    """Load the kernels, so that the first run of a process takes as long as any other."""
    from sim.model import Market

    given = Parameters()
    few = replace(given, population=replace(given.population, n_people=200))
    Market(parameters=few, seed=0).run(1)


@cache
def _own_code() -> str:
    return code_hash()


_last: "dict[Any, Network]" = {}
"""The friend graph of the last run by what it was made for."""


def _graph(run: Run, parameters: Parameters) -> "Network":
    """Return the friend graph of a run, that of the last if it is the same."""
    from sim.model import make_network

    given = parameters.network
    if given.path is None:
        made_for: Any = (given, parameters.population.n_people, run.seed if given.seed is None else None)
    else:
        made_for = (given, run.network_sha256)
    known = _last.get(made_for)  # a thread of a cluster's worker may clear it at any moment
    if known is not None:
        return known
    _last.clear()  # not two at a time in memory
    if given.path is not None and file_hash(Path(given.path)) != run.network_sha256:
        raise OtherCodeError(f"{given.path} is another file here than where the sweep was begun")
    graph = _last[made_for] = make_network(parameters, run.seed)
    return graph


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
