"""Running a sweep: the runs that are missing, by a team, chunk after chunk, until the final files are made."""

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.parameters import Settings
from sim.study import export, store
from sim.study.files import write_bytes
from sim.study.pairing import BATCH
from sim.study.pairs import Paired, paired
from sim.study.provenance import git_state, versions
from sim.study.runner import Interrupted, UnfinishedError
from sim.study.store import Folder, StoreError
from sim.study.workers import cores_for
from sim.sweep.assembling import assemble
from sim.sweep.chunks import Chunks, Columns
from sim.sweep.plan import CORE, Sweep
from sim.sweep.session import Progress, Session, Throughput
from sim.sweep.teams import Executor, LostTeamError, Team, team

if TYPE_CHECKING:
    import pandas as pd

GIB = 2**30


@dataclass(frozen=True)
class How:
    """How runs are lived, on which the results do not depend."""

    settings: Settings
    executor: Executor = field(default_factory=Executor)
    run_limit: float | None = None
    memory_limit: float | None = None
    command: str = ""
    config_dirs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Swept:
    """What a folder holds after a sweep, and what was done in this session."""

    folder: Path
    manifest: Mapping[str, Any]
    is_new: bool
    throughput: Throughput
    n_damaged: int = 0

    @property
    def failed(self) -> list[dict[str, Any]]:
        """What is said of every run that failed."""
        return list(self.manifest["failed"])

    def runs(self, columns: list[str] | None = None) -> "pd.DataFrame":
        """Return runs.parquet, or some of its columns; raises StoreError."""
        return store.read_parquet(self.folder / "runs.parquet", columns)


# running --------------------------------------------------------------------------------------


def run_sweep(sweep: Sweep, how: How, progress: Progress | None = None, *, again: bool = False) -> Swept:
    """Run what is missing of a sweep, make the final files; return what the folder then holds.

    again: whether runs that failed are run again
    Raises ParameterError, StoreError, NetworkError (nothing is written then), UnfinishedError, Interrupted
    (whatever was finished is kept; the same call goes on).
    """
    configuration = sweep.configuration()
    identity = store.configuration_hash(configuration)
    path = Path(how.settings.output or f"results/sweep/{sweep.name}-{sweep.design.kind}-{identity[:8]}")
    folder = Folder(path, plan(sweep, configuration, identity, how.command))
    done, n_damaged = Throughput(), 0
    is_new = not folder.is_finished or (again and bool(failed_in(store.read_manifest(path))))
    if is_new:
        with folder.opened():
            if again or not folder.is_finished:
                with resumable(folder):
                    n_damaged = carry_on(folder, sweep, how, done, progress or (lambda done, total: None), again=again)
    manifest = store.read_manifest(path)
    if not is_new and not failed_in(manifest):
        folder.tidy()
    for name in ("runs", "weekly", "points"):
        if not (path / f"{name}.parquet").is_file():
            raise StoreError(f"{path}: {name}.parquet is missing; remove the folder and run the line again")
    if how.settings.export:
        tables = {name: store.read_parquet(path / f"{name}.parquet") for name in ("runs", "weekly", "points")}
        export.export(path, how.settings.export, tables)
    return Swept(path, manifest, is_new, done, n_damaged)


def failed_in(manifest: Mapping[str, Any]) -> list[Any]:
    """Return what is said of the runs that failed; raises StoreError if nothing that can be read is."""
    if not isinstance(manifest.get("failed"), list):
        raise StoreError("manifest.json: damaged (`failed` is no list); remove the folder and run the line again")
    return list(manifest["failed"])


def plan(sweep: Sweep, configuration: Mapping[str, Any], identity: str, command: str) -> dict[str, Any]:
    """Return what is noted before anything is run."""
    return {
        "schema_version": store.SCHEMA_VERSION,
        "command": command,
        "configuration": dict(configuration),
        "configuration_hash": identity,
        "code_hash": store.code_hash(),
        "options": {each.name: each.at({}).wording for each in (*sweep.options.values(), *sweep.against)},
        "worlds_a_chunk": sweep.worlds_a_chunk,
        "n_worlds": len(sweep.worlds),
        "started": now(),
    }


def now() -> str:
    """Return the time as it is noted in manifests; nothing else depends on the clock."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def columns_of(sweep: Sweep) -> Columns:
    """Return the measures of a row, and those whose series are kept."""
    from sim.measures import catalogue

    counts = [option.at({}).parameters.brands.n_brands for option in (*sweep.options.values(), *sweep.against)]
    counts += [n for each in sweep.points.factors if each.key == "brands.n_brands" for n in each.ends()]
    names = tuple(each.name for each in catalogue(max(counts)))
    return Columns(names, {"none": (), "core": CORE, "all": names}[sweep.series])


def carry_on(folder: Folder, sweep: Sweep, how: How, done: Throughput, progress: Progress, *, again: bool) -> int:
    """Run what is missing and make the final files; return how many damaged files were found."""
    write_bytes(folder.path / "points.parquet", store.parquet_bytes(sweep.points.table()))
    chunks = Chunks(folder.path / store.PARTS, columns_of(sweep), len(sweep.worlds), sweep.worlds_a_chunk)
    chunks.look()
    if again:  # from now on it is a sweep that was begun, which the same line goes on with
        (folder.path / store.MANIFEST).unlink(missing_ok=True)
        chunks.forgive()
    session = Session(
        sweep, chunks, store.code_hash(), progress, how.settings.threads, how.run_limit, how.config_dirs, done
    )
    replications = run_batches(sweep, how, session)
    write_bytes(folder.path / "measures.csv", export.csv_bytes(dictionary(chunks)))
    result = assemble(folder.path, sweep, chunks, replications)
    manifest = {
        **folder.plan,
        "seeds": [sweep.seed + each for each in range(replications)],
        "finished": now(),
        "result_hash": result,
        "n_points": len(sweep.points.values),
        "n_runs": chunks.n_done,
        "failed": [chunks.failed[place] for place in sorted(chunks.failed)],
        "notes": notes(chunks),
        **stopping(sweep, chunks, replications),
        "versions": versions(),
        **git_state(),
    }
    folder.finish(manifest, {}, keeps_parts=bool(chunks.failed))
    return chunks.n_damaged


def dictionary(chunks: Chunks) -> "pd.DataFrame":
    """Return the data dictionary: a row a measure."""
    import pandas as pd

    from sim.measures import catalogue

    columns = ("name", "unit", "formula", "source")
    known = {each.name: each for each in catalogue(64)}
    rows = [[getattr(known[name], column) for column in columns] for name in chunks.columns.measures]
    return pd.DataFrame(rows, columns=list(columns))


def notes(chunks: Chunks, at_most: int = 20) -> list[str]:
    """Return what the markets noted, each text once, with the number of runs."""
    counted: dict[str, int] = {}
    for _, _, text in chunks.notes():
        counted[text] = counted.get(text, 0) + 1
    said = [f"{text} (in {count} runs)" for text, count in sorted(counted.items(), key=lambda each: -each[1])]
    return said[:at_most] + [f"and {len(said) - at_most} other notes"] * (len(said) > at_most)


@contextmanager
def resumable(folder: Folder) -> Iterator[None]:
    """Say how to go on after Ctrl-C, a full disk, too little memory or a lost cluster."""
    go_on = f"what was finished is kept in {folder.path}; run the same line again to go on"
    parts = folder.path / store.PARTS
    before = "nothing was finished; run the same line again"
    try:
        yield
    except KeyboardInterrupt:
        is_any = any(each.suffix in (".parquet", ".failed") for each in parts.iterdir())
        raise Interrupted(f"interrupted: {go_on if is_any else before}") from None
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {go_on}") from error
    except MemoryError as error:
        raise UnfinishedError(f"out of memory: {go_on}, with fewer workers") from error
    except LostTeamError as error:
        raise UnfinishedError(f"{error}: {go_on}") from error


# enough replications --------------------------------------------------------------------------


def run_batches(sweep: Sweep, how: How, session: Session) -> int:
    """Run replications until there are enough; return how many there are.

    With a target: until the paired interval of its measure is narrow enough at every point, at two looks
    running (to stop at the first would favour samples that happen to vary little).
    """
    total, was_narrow = sweep.most_replications, False
    step = total if sweep.target is None else BATCH
    with ExitStack() as stack:
        made: list[Team] = []

        def start() -> Team:
            if not made:
                made.append(stack.enter_context(new_team(sweep, how)))
            return made[0]

        for first in range(0, total, step):
            batch = range(first, min(first + step, total))
            session.run(batch, start)
            if sweep.target is not None:
                is_narrow = widest(sweep, session.chunks, batch.stop) <= wanted(sweep.target)[1]
                if is_narrow and was_narrow:
                    return batch.stop
                was_narrow = is_narrow
    return total


def new_team(sweep: Sweep, how: How) -> AbstractContextManager[Team]:
    """Return the team that the user asked for."""
    parameters, threads = sweep.first_parameters, how.settings.threads
    n_workers = how.settings.workers or cores_for(parameters, threads)
    n_workers = min(n_workers, len(sweep.worlds) * sweep.most_replications)
    return team(how.executor, n_workers, threads, parameters, memory_share(how.memory_limit, n_workers))


def memory_share(memory_limit: float | None, n_workers: int) -> int | None:
    """Return the bytes that each worker process may take: as told, or an equal share of what is free."""
    from sim.network import available_memory

    if memory_limit is not None:
        return round(memory_limit * GIB)
    available = available_memory()
    return None if available is None else max(GIB, int(available) // n_workers)


def wanted(target: str) -> tuple[str, float]:
    """Return measure and half-width of a checked target."""
    measure, _, text = target.partition(":")
    return measure, float(text)


def effects_by_point(sweep: Sweep, chunks: Chunks, measure: str, replications: int) -> list[Paired]:
    """Return the paired difference from the first of `against` at every point."""
    by_world = np.array([chunks.column(replication, measure) for replication in range(replications)])
    ours, theirs = by_world[:, sweep.world_of[:, 0]], by_world[:, sweep.world_of[:, 1]]
    return [paired(ours[:, point], theirs[:, point]) for point in range(ours.shape[1])]


def widest(sweep: Sweep, chunks: Chunks, replications: int) -> float:
    """Return the largest half-width over the points of the target's paired interval, infinite where there is none."""
    effects = effects_by_point(sweep, chunks, wanted(str(sweep.target))[0], replications)
    widths = [(each.high - each.low) / 2 for each in effects]
    return max(math.inf if math.isnan(each) else each for each in widths)


def stopping(sweep: Sweep, chunks: Chunks, replications: int) -> dict[str, Any]:
    """Return why no more replications were run, if that was to be found out."""
    if sweep.target is None:
        return {}
    measure, half_width = wanted(sweep.target)
    widest_found = widest(sweep, chunks, replications)
    return {
        "stopping": {
            "measure": measure,
            "wanted": half_width,
            "reached": widest_found <= half_width,
            "widest": None if math.isinf(widest_found) else widest_found,
        }
    }
