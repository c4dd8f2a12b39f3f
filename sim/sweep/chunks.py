"""Where the runs of a sweep are kept until it is finished: plain Parquet files, each of some worlds of one replication.

    parts/REPLICATION-CHUNK-HASH.parquet    a row a run: `world`, `replication`, `seed`, `key` (hash of all that the
                                            run depends on), `n_people`, `notes`, the measures, and `weekly.NAME`,
                                            a list with the series of a measure
    parts/REPLICATION-WORLD.failed          a run that failed: error, configuration, the line that replays it

A file is written whole or not at all and named by the hash of its bytes and of the sweep: one that was
cut or changed, or belongs elsewhere, is noticed, and its runs are done again.
"""

import errno
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.study.files import write_bytes, write_json
from sim.study.store import PLAN, read_plan
from sim.sweep.living import Yielded

if TYPE_CHECKING:
    import pyarrow as pa

IDENTITY = ("world", "replication", "seed", "key", "n_people", "notes")
SERIES = "weekly."
_HASH = 32
_NAME = re.compile(rf"(\d{{6,}})-(\d{{6,}})-([0-9a-f]{{{_HASH}}})\.parquet")
_CHUNKS_IN_MEMORY = 8

Place = tuple[int, int]
"""Replication and chunk."""


@dataclass(frozen=True)
class Columns:
    """Measures of a row, and those whose series are kept, in order."""

    measures: tuple[str, ...]
    series: tuple[str, ...]


@dataclass
class Chunks:
    """The chunks and failures in a folder, all intact; use it while the folder is held."""

    folder: Path
    columns: Columns
    n_worlds: int
    worlds_a_chunk: int
    files: dict[Place, Path] = field(default_factory=dict)
    failed: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    n_damaged: int = 0
    _done: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    _only_reads: bool = False

    # what is there ----------------------------------------------------------------------------

    def look(self, *, only_reading: bool = False) -> None:
        """Find what is there; damaged and superseded files are removed unless this process only reads."""
        self._only_reads = only_reading
        for path in sorted(self.folder.glob("*.parquet")):
            if (place := place_of(path)) is not None:
                self._look_at(path, place)
        for path in sorted(self.folder.glob("*.failed")):
            said = said_in(path)
            if said is None or said["world"] >= self.n_worlds:
                self._discard(path)
            else:
                self.failed[said["replication"], said["world"]] = said
        for replication, world in list(self.failed):
            if self.is_done(replication, world):  # done after all
                del self.failed[replication, world]

    def _look_at(self, path: Path, place: Place) -> None:
        worlds = intact_worlds(path, self._identity)
        if worlds is None:
            self._discard(path)
            return
        before = self.files.get(place)
        if before is not None:  # a larger one took its place, but the process was killed before this was removed
            known = intact_worlds(before, self._identity)
            if known is not None and known.size >= worlds.size:
                self._remove(path)
                return
            self._remove(before)
        self.files[place] = path
        done = self._done.setdefault(place[0], np.zeros(self.n_worlds, np.bool_))
        done[worlds] = True

    @cached_property
    def _identity(self) -> bytes:
        """The sweep that the chunks belong to, by its plan: configuration and code."""
        plan = read_plan(self.folder / PLAN)
        return b"" if plan is None else f"{plan['configuration_hash']} {plan['code_hash']} ".encode()

    def _discard(self, path: Path) -> None:
        self._remove(path)
        self.n_damaged += 1

    def _remove(self, path: Path) -> None:
        if not self._only_reads:
            path.unlink(missing_ok=True)

    def is_done(self, replication: int, world: int) -> bool:
        """Tell whether a run is kept."""
        done = self._done.get(replication)
        return done is not None and bool(done[world])

    def missing(self, replication: int, chunk: int) -> list[int]:
        """Return the worlds of a chunk that are neither kept nor given up."""
        first = chunk * self.worlds_a_chunk
        worlds = range(first, min(first + self.worlds_a_chunk, self.n_worlds))
        return [
            each for each in worlds if not self.is_done(replication, each) and (replication, each) not in self.failed
        ]

    @property
    def n_done(self) -> int:
        """Runs that are kept."""
        return sum(int(done.sum()) for done in self._done.values())

    # adding -----------------------------------------------------------------------------------

    def add(self, replication: int, chunk: int, yielded: Sequence[Yielded]) -> None:
        """Keep runs of a chunk beside those of it that are kept already."""
        import pyarrow as pa

        table = self._table(replication, yielded)
        before = self.files.get((replication, chunk))
        if before is not None:
            table = pa.concat_tables([self._read(before), table])
        table = table.sort_by("world")
        content = parquet(table)
        name = f"{replication:06d}-{chunk:06d}-{seal(content, self._identity)}.parquet"
        write_bytes(self.folder / name, content)
        if before is not None and before.name != name:
            before.unlink(missing_ok=True)
        self.files[replication, chunk] = self.folder / name
        done = self._done.setdefault(replication, np.zeros(self.n_worlds, np.bool_))
        done[table["world"].to_numpy()] = True

    def _table(self, replication: int, yielded: Sequence[Yielded]) -> "pa.Table":
        import pyarrow as pa

        columns: dict[str, Any] = {
            "world": pa.array([each.number[0] for each in yielded], pa.int64()),
            "replication": pa.array([replication] * len(yielded), pa.int64()),
            "seed": pa.array([each.seed for each in yielded], pa.int64()),
            "key": pa.array([each.key for each in yielded], pa.string()),
            "n_people": pa.array([each.n_people for each in yielded], pa.int64()),
            "notes": pa.array([json.dumps(each.notes) for each in yielded], pa.string()),
        }
        values = np.array([placed(each, self.columns.measures) for each in yielded])
        values = values.reshape(len(yielded), len(self.columns.measures))  # also where there are none
        columns |= {name: pa.array(values[:, place]) for place, name in enumerate(self.columns.measures)}
        ends = np.cumsum([0, *(each.n_weeks for each in yielded)]).astype(np.int32)
        for place, name in enumerate(self.columns.series):
            series = np.concatenate([np.empty(0), *(each.series[place] for each in yielded)])
            columns[f"{SERIES}{name}"] = pa.ListArray.from_arrays(ends, series)
        return pa.table(columns)

    def give_up(self, said: Mapping[str, Any]) -> None:
        """Note that a run failed."""
        replication, world = said["replication"], said["world"]
        write_json(self.folder / failed_name(replication, world), said)
        self.failed[replication, world] = dict(said)

    def forgive(self) -> int:
        """Forget all failures, so that these runs are missing again; return how many there were."""
        n_failed = len(self.failed)
        for path in self.folder.glob("*.failed"):
            path.unlink()
        self.failed.clear()
        return n_failed

    # reading ----------------------------------------------------------------------------------

    def _read(self, path: Path, columns: tuple[str, ...] | None = None) -> "pa.Table":
        return read_chunk(path, self._identity, columns)

    def rows(self, replication: int, worlds: NDArray[np.int64]) -> "tuple[pa.Table, NDArray[np.bool_]]":
        """Return the rows of worlds in the order asked for, and which of these are there."""
        import pyarrow as pa

        done = self._done.get(replication, np.zeros(self.n_worlds, np.bool_))
        there = done[worlds]
        tables, row_of, n_rows = [], {}, 0
        for chunk in np.unique(worlds[there] // self.worlds_a_chunk):
            table = self._read(self.files[replication, int(chunk)])
            for row, world in enumerate(table["world"].to_pylist()):
                row_of[world] = n_rows + row
            n_rows += len(table)
            tables.append(table)
        if not tables:
            return self._table(replication, []), there
        return pa.concat_tables(tables).take(np.array([row_of[each] for each in worlds[there].tolist()])), there

    def column(self, replication: int, name: str) -> NDArray[np.float64]:
        """Return one measure of every world, nan where there is no run."""
        values = np.full(self.n_worlds, np.nan)
        for (of_replication, _), path in self.files.items():
            if of_replication == replication:
                table = self._read(path, ("world", name))
                values[table["world"].to_numpy()] = table[name].to_numpy()
        return values

    def notes(self) -> Iterator[tuple[int, int, str]]:
        """Yield world, seed and text of every note."""
        for path in self.files.values():
            for row in self._read(path, ("world", "seed", "notes")).to_pylist():
                yield from ((row["world"], row["seed"], text) for text in json.loads(row["notes"]))


def placed(yielded: Yielded, names: Sequence[str]) -> NDArray[np.float64]:
    """Return what was measured at the places of names, nan where a world has no such measure."""
    own = own_names(yielded.n_brands)
    if own == tuple(names):
        return yielded.measured
    found = dict(zip(own, yielded.measured, strict=True))
    return np.array([found.get(name, np.nan) for name in names])


@lru_cache(maxsize=16)
def own_names(n_brands: int) -> tuple[str, ...]:
    """Return the names of all measures of a world with so many brands."""
    from sim.measures import catalogue

    return tuple(each.name for each in catalogue(n_brands))


def place_of(path: Path) -> Place | None:
    """Return replication and chunk of a file by its name, None if that is no name of ours."""
    name = _NAME.fullmatch(path.name)
    return None if name is None else (int(name[1]), int(name[2]))


def seal(content: bytes, identity: bytes) -> str:
    """Return what the name of a file ends in."""
    return hashlib.sha256(identity + content).hexdigest()[:_HASH]


def intact_content(path: Path, identity: bytes) -> bytes | None:
    """Return the bytes of a file, None if they are not those it was named by."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # another process, which this one only watches, put a larger one in its place
        return None
    return content if seal(content, identity) == path.stem.rpartition("-")[2] else None


def said_in(path: Path) -> dict[str, Any] | None:
    """Return what is noted of a failed run, None if that is damaged."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        is_whole = path.name == failed_name(said["replication"], said["world"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return said if is_whole else None


def failed_name(replication: int, world: int) -> str:
    """Return the name of the file about a failed run."""
    return f"{replication:06d}-{world:06d}.failed"


def intact_worlds(path: Path, identity: bytes) -> NDArray[np.int64] | None:
    """Return the worlds in a file, None if it is not as it was written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = intact_content(path, identity)
    if content is None:
        return None
    return np.asarray(pq.read_table(pa.BufferReader(content), columns=["world"])["world"].to_numpy(), np.int64)


@lru_cache(maxsize=_CHUNKS_IN_MEMORY)
def read_chunk(path: Path, identity: bytes, columns: tuple[str, ...] | None = None) -> "pa.Table":
    """Return a chunk, or some of its columns; raises OSError if it was damaged since it was looked at."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = intact_content(path, identity)
    if content is None:
        raise OSError(errno.EIO, f"{path} was damaged")
    return pq.read_table(pa.BufferReader(content), columns=None if columns is None else list(columns))


def parquet(table: "pa.Table") -> bytes:
    """Return a table as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_statistics=False, use_dictionary=False)
    return bytes(sink.getvalue())
