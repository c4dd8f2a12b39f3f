"""A sweep that is there: read from its folder alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sim.study import store
from sim.study.store import StoreError
from sim.sweep.chunks import Chunks
from sim.sweep.designs import cell
from sim.sweep.factors import DUMMY
from sim.sweep.plan import Sweep, sweep_from
from sim.sweep.sweeping import columns_of

ANALYSIS = "analysis"
"""The folder beside the results of what was made of them."""


@dataclass(frozen=True)
class Opened:
    """A sweep with what its folder says of it."""

    folder: Path
    sweep: Sweep
    plan: dict[str, Any]
    is_finished: bool

    @property
    def command(self) -> str:
        """The line with which it was begun."""
        return str(self.plan["command"])


class State(NamedTuple):
    """How far a sweep has come."""

    n_done: int
    n_runs: int
    failed: list[dict[str, Any]]
    n_damaged: int
    is_running: bool
    n_bytes: int  # of results
    n_bytes_analysis: int


def opened(folder: str) -> Opened:
    """Return the sweep in a folder; raises StoreError with one line."""
    path = Path(folder)
    manifest = store.read_plan(path / store.MANIFEST)
    plan = manifest or store.read_plan(path / store.PARTS / store.PLAN)
    if plan is None:
        raise StoreError(f"{folder}: no sweep is there; allowed is the folder of one")
    configuration = plan["configuration"]
    if configuration.get("verb") != "sweep":
        raise StoreError(f"{folder}: holds results of `{configuration.get('verb')}`; allowed is the folder of a sweep")
    sweep = sweep_from(configuration, point_values(path, configuration))
    points = {"points_sha256": sweep.configuration()["points_sha256"]}
    if store.configuration_hash(configuration | points) != plan["configuration_hash"]:
        raise StoreError(f"{path / 'points.parquet'}: not the points of this sweep; run the same line again")
    return Opened(path, sweep, plan, manifest is not None)


def point_values(path: Path, configuration: dict[str, Any]) -> list[list[Any]]:
    """Return the values in points.parquet, a row a point, as they were before they were written."""
    table = store.read_parquet(path / "points.parquet")
    columns = []
    for factor in configuration["factors"]:
        if factor["key"] not in table:
            raise StoreError(f"{path / 'points.parquet'}: has no column {factor['key']}; run the same line again")
        values = table[factor["key"]].tolist()
        columns.append(values if factor["key"] == DUMMY else [typed_again(factor["key"], each) for each in values])
    return [list(row) for row in zip(*columns, strict=True)]


def typed_again(key: str, value: Any) -> Any:
    """Return a value of a column as the type its key declares."""
    from sim.scenario import declared_at
    from sim.scenario.values import converted

    if isinstance(value, str):
        return cell(key, value)
    declared = declared_at(key)
    return value if declared is None else converted(value, declared)


def size_of(folder: Path) -> Iterator[int]:
    """Yield the size of each file in a folder and below, in bytes."""
    return (each.stat().st_size for each in folder.rglob("*") if each.is_file())


def state_of(folder: str) -> State:
    """Return how far the sweep in a folder has come, without changing anything."""
    found = opened(folder)
    path = found.folder
    n_analysis = sum(size_of(path / ANALYSIS))
    n_bytes = sum(size_of(path)) - n_analysis
    if found.is_finished:
        for name in ("runs", "weekly"):
            store.read_parquet(path / f"{name}.parquet", ["point"])  # tells if it is damaged
        return State(
            found.plan["n_runs"],
            found.plan["n_runs"] + len(found.plan["failed"]),
            found.plan["failed"],
            0,
            False,
            n_bytes,
            n_analysis,
        )
    n_worlds = len(found.sweep.worlds)
    chunks = Chunks(path / store.PARTS, columns_of(found.sweep), n_worlds, found.sweep.worlds_a_chunk)
    chunks.look(only_reading=True)
    failed = [chunks.failed[place] for place in sorted(chunks.failed)]
    n_runs = n_worlds * found.sweep.most_replications
    return State(chunks.n_done, n_runs, failed, chunks.n_damaged, store.is_held(path), n_bytes, n_analysis)
