"""Where results are kept: whole files or none, never mixed with those of another configuration.

A folder of results holds the files of one configuration, made by one state of the code:

    manifest.json     what was run, by what, when; it is written last, so its presence means finished
    weekly.parquet, runs.parquet, measures.csv; of comparisons effects.parquet, people.parquet, of sweeps points.parquet
    parts/            while work is under way: plan.json (the manifest to be) and one sealed file a world,
                      or, of a sweep, one file a chunk of worlds (sim/sweep/chunks.py)

Every file is written beside its place, flushed to the disk and renamed.
"""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.study import holding
from sim.study.files import write_bytes, write_json

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 2
MANIFEST, PARTS, PLAN = "manifest.json", "parts", "plan.json"
_TABLES = ("weekly", "runs", "effects", "people", "points")
_OURS = {PARTS, holding.LOCK, "measures.csv", *(f"{name}.parquet" for name in _TABLES)}
_KEPT = (".part", ".parquet", ".failed")
"""Endings of files among the parts that hold what was yielded."""
is_held = holding.is_held
_SEAL = 64  # hexadecimal digits of SHA-256 before the content of a part
_SIZE = 8  # bytes in which the content says how long its first table is


class StoreError(ValueError):
    """Results that cannot be kept or used; the message is one line."""


# identity -------------------------------------------------------------------------------------


def canonical(content: Any) -> bytes:
    """Return the one JSON text of plain mappings, lists, texts and numbers."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def configuration_hash(configuration: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of a configuration without any `network.path`.

    A network file counts by its content (`network_sha256`), not by where it lies.
    """
    return hashlib.sha256(canonical(_placeless(configuration))).hexdigest()


def _placeless(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of nested mappings without `path` in those named `network`."""
    copy = {key: _placeless(value) if isinstance(value, Mapping) else value for key, value in mapping.items()}
    if isinstance(copy.get("network"), dict):
        copy["network"].pop("path", None)
    return copy


def code_hash() -> str:
    """Return the SHA-256 of the sources of `sim` but for rooms that only read results or time them."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if relative.parts[0] not in ("analysis", "bench", "explore", "report"):
            digest.update(f"{relative.as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ResultHash:
    """The SHA-256 of the values in tables, which may come in pieces, whatever file format or library held them."""

    def __init__(self) -> None:
        """Start with no tables."""
        self._columns: dict[str, dict[str, tuple[str, Any]]] = {}
        self._sizes: dict[tuple[str, str], int] = {}

    def add(self, name: str, table: "pd.DataFrame") -> None:
        """Take in the next rows of a table."""
        columns = self._columns.setdefault(name, {})
        for column in table.columns:
            kind, content = _column_bytes(table[column])
            kind, digest = columns.setdefault(column, (kind, hashlib.sha256()))
            digest.update(content)
            self._sizes[name, column] = self._sizes.get((name, column), 0) + len(content)

    def hexdigest(self) -> str:
        """Return the hash of all that was taken in."""
        whole = hashlib.sha256()
        for name in sorted(self._columns):
            for column, (kind, digest) in self._columns[name].items():
                whole.update(f"{name}\0{column}\0{kind}\0{self._sizes[name, column]}\0".encode())
                whole.update(digest.digest())
        return whole.hexdigest()


def result_hash(tables: Mapping[str, "pd.DataFrame"]) -> str:
    """Return the SHA-256 of the values in whole tables."""
    found = ResultHash()
    for name, table in tables.items():
        found.add(name, table)
    return found.hexdigest()


def _column_bytes(values: "pd.Series[Any]") -> tuple[str, bytes]:
    """Return the kind and the bytes of a column: one bit pattern a value."""
    import numpy as np

    kind = values.dtype.kind
    if kind == "f":
        floats = values.to_numpy(np.float64) + 0.0  # no negative zero
        floats[np.isnan(floats)] = np.nan  # one bit pattern
        return "float", floats.astype("<f8").tobytes()
    if kind in "iub":
        return "integer", values.to_numpy().astype("<i8").tobytes()
    if kind == "M":
        return "date", values.to_numpy().astype("datetime64[D]").astype("<i8").tobytes()
    texts = (None if is_missing else str(each) for each, is_missing in zip(values, values.isna(), strict=True))
    return "text", b"".join(canonical(each) + b"\n" for each in texts)


# tables ---------------------------------------------------------------------------------------


def parquet_bytes(table: "pd.DataFrame", metadata: Mapping[bytes, bytes] | None = None) -> bytes:
    """Return a table as a Parquet file; the same values make the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(metadata)
    pq.write_table(arrow, sink, compression="zstd", coerce_timestamps="ms")
    return bytes(sink.getvalue())


def read_parquet(path: Path, columns: list[str] | None = None) -> "pd.DataFrame":
    """Return a table, or some of its columns; raises StoreError if the file is missing or damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table: pd.DataFrame = pq.read_table(pa.BufferReader(path.read_bytes()), columns=columns).to_pandas()
        return table
    except (OSError, pa.ArrowException):
        raise StoreError(f"{path}: missing or damaged; remove the folder and run the same line again") from None


# parts ----------------------------------------------------------------------------------------


class Part(NamedTuple):
    """What one world yields."""

    seed: int
    weekly: "pd.DataFrame"
    run_level: dict[str, float]
    notes: list[str]
    n_people: int
    people: "pd.DataFrame | None" = None  # one row a person, if these are kept; see `read_people`


def write_part(path: Path, part: Part) -> None:
    """Write a part sealed with the hash of its content, atomically."""
    facts = {"seed": part.seed, "run_level": part.run_level, "notes": part.notes, "n_people": part.n_people}
    weekly = parquet_bytes(part.weekly, {b"weishang": json.dumps(facts).encode()})
    people = b"" if part.people is None else parquet_bytes(part.people)
    content = len(weekly).to_bytes(_SIZE, "little") + weekly + people
    write_bytes(path, hashlib.sha256(content).hexdigest().encode() + content)


def read_part(path: Path) -> Part:
    """Return a part without its people; raises StoreError if it is missing or its seal is broken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(_content(path)[0]))
    facts = json.loads(table.schema.metadata[b"weishang"])
    return Part(facts["seed"], table.to_pandas(), facts["run_level"], facts["notes"], facts["n_people"])


def read_people(path: Path) -> "pd.DataFrame":
    """Return the people of a part that kept them; raises StoreError as `read_part` does."""
    import pandas as pd

    return pd.read_parquet(io.BytesIO(_content(path)[1]))


def _content(path: Path) -> tuple[bytes, bytes]:
    """Return the two tables of a part as Parquet; raises StoreError."""
    content = _unsealed(path)
    if content is None:
        raise StoreError(f"{path}: missing or damaged; run the same line again")
    middle = _SIZE + int.from_bytes(content[:_SIZE], "little")
    return content[_SIZE:middle], content[middle:]


def is_intact(path: Path) -> bool:
    """Return whether a part is there with its seal unbroken."""
    return _unsealed(path) is not None


def _unsealed(path: Path) -> bytes | None:
    """Return the content of a part, None if it is not what was sealed."""
    sealed = path.read_bytes() if path.is_file() else b""
    seal, content = sealed[:_SEAL], sealed[_SEAL:]
    return content if seal == hashlib.sha256(content).hexdigest().encode() else None


# the folder -----------------------------------------------------------------------------------


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a folder of results; raises StoreError if there is none."""
    manifest = read_plan(path / MANIFEST)
    if manifest is None:
        raise StoreError(f"{path}: no finished results ({MANIFEST} is missing)")
    return manifest


def read_plan(path: Path) -> dict[str, Any] | None:
    """Return a manifest or plan, None if there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; allowed is a folder that can be read") from None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not content.keys() >= {"configuration", "configuration_hash", "code_hash"}:
        raise StoreError(f"{path}: no manifest of weishang, or damaged; choose another output")
    return content


class Folder:
    """The results of one configuration under one state of the code."""

    def __init__(self, path: Path, plan: Mapping[str, Any]) -> None:
        """Look at the folder without touching it.

        plan: what the manifest will hold of `configuration`, `configuration_hash`, `code_hash` ...
        Raises StoreError if the folder cannot be used, or holds something else.
        """
        self.path, self.plan = path, plan
        self.is_finished = self.is_begun = False
        if not self._recognise():
            self._require_free()

    def _recognise(self) -> bool:
        """Look at what is there by now; tell whether it is the same work, begun or finished."""
        manifest = read_plan(self.path / MANIFEST)
        found = manifest or read_plan(self.path / PARTS / PLAN)
        if found is None:  # another process may have finished between these two looks
            found = manifest = read_plan(self.path / MANIFEST)
        self.is_finished, self.is_begun = manifest is not None, found is not None
        if found is not None:
            self._require_same(found)
            self.plan = found
        return self.is_begun

    def _require_same(self, found: Mapping[str, Any]) -> None:
        way_out = f"choose another output or remove {self.path}"
        if found["configuration_hash"] != self.plan["configuration_hash"]:
            key, there, here = first_difference(found["configuration"], self.plan["configuration"])
            raise StoreError(
                f"output={self.path}: holds another configuration ({key}={there!r}, not {here!r}); {way_out}"
            )
        if found["code_hash"] != self.plan["code_hash"]:
            codes = f"{str(found['code_hash'])[:8]}, now {self.plan['code_hash'][:8]}"
            raise StoreError(f"output={self.path}: the same configuration, run by other code ({codes}); {way_out}")

    def _require_free(self) -> None:
        """Raise StoreError unless the folder is absent or holds nothing but leftovers of ours."""
        existing = next(each for each in (self.path, *self.path.absolute().parents) if each.exists())
        if not existing.is_dir():
            raise StoreError(f"output={self.path}: {existing} is a file; allowed is a folder")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise StoreError(f"output={self.path}: {existing} cannot be written to; allowed is a folder of yours")
        if existing == self.path:
            ours = (PARTS, holding.LOCK)
            others = [each.name for each in self.path.iterdir() if each.name not in ours and not _is_temporary(each)]
            if others:
                raise StoreError(
                    f"output={self.path}: holds other files ({min(others)}); allowed is a new or an empty folder"
                )

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Make the folder, hold it for this process and note the plan in it.

        If no part comes of it, everything made here is taken back. Raises StoreError.
        """
        made = [each for each in (self.path, *self.path.parents) if not each.exists()]
        try:
            with self._held():
                there = {each.name for each in self.path.iterdir()}
                try:
                    self._begin()
                    yield
                except BaseException:
                    if not there & {PARTS, MANIFEST}:
                        self._take_back(there)
                    raise
        except BaseException:
            for folder in made:
                try:
                    folder.rmdir()
                except OSError:  # gone, or something lies there
                    break
            raise

    @contextmanager
    def _held(self) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                stack.enter_context(holding.held(self.path))
            except BlockingIOError:
                raise StoreError(f"output={self.path}: another process is writing to it; wait for it") from None
            except OSError as error:
                raise self._unwritable(error) from None
            yield

    def _begin(self) -> None:
        """Look once more, now that no other process writes here, and note the plan if none is."""
        parts = self.path / PARTS
        try:
            for leftover in (*self.path.glob(".*.tmp"), *parts.glob(".*.tmp")):
                leftover.unlink(missing_ok=True)
            if not self._recognise():
                parts.mkdir(exist_ok=True)
                write_json(parts / PLAN, self.plan)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(f"output={self.path}: {error.strerror}; allowed is a folder that can be written")

    def _take_back(self, there: set[str]) -> None:
        """Remove what came to what was there before, unless something was yielded."""
        parts = self.path / PARTS
        if (self.path / MANIFEST).exists() or any(each.suffix in _KEPT for each in parts.glob("*")):
            return
        for name in {each.name for each in self.path.iterdir() if each.is_file()} & _OURS - there - {holding.LOCK}:
            (self.path / name).unlink(missing_ok=True)
        shutil.rmtree(parts, ignore_errors=True)  # last: without the plan in it the others would be a stranger's

    def part(self, seed: int, twin: int = 0) -> Path:
        """Return where a world of a seed is kept until the work is finished; `twin` numbers worlds of that seed."""
        return self.path / PARTS / (f"seed-{seed}-{twin}.part" if twin else f"seed-{seed}.part")

    def finish(self, manifest: Mapping[str, Any], files: Mapping[str, bytes], *, keeps_parts: bool = False) -> None:
        """Write the final files, the manifest last, and remove the parts unless something of them is needed again."""
        for name, content in files.items():
            write_bytes(self.path / name, content)
        write_json(self.path / MANIFEST, manifest)
        self.is_finished = True
        if not keeps_parts:
            self._remove_parts()

    def _remove_parts(self) -> None:
        shutil.rmtree(self.path / PARTS, ignore_errors=True)

    def tidy(self) -> None:
        """Remove the parts that a process killed at its very end left beside finished work."""
        if (self.path / PARTS).is_dir():
            with suppress(OSError), holding.held(self.path):
                self._remove_parts()


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(".tmp")


def first_difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """Return the first dotted key at which two configurations differ, and both values."""
    for key in sorted({*there, *here}):
        one, other = there.get(key), here.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            name, one, other = first_difference(one, other)
            if name:
                return (name if key == "parameters" else f"{key}.{name}"), one, other
        elif one != other:
            return key, one, other
    return "", None, None
