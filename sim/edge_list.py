"""Friend graphs read from an edge list: text or CSV, plain or gzipped, any ids."""

import csv
import gzip
import io
import re
import zlib
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.network import Network, NetworkError, fill_rows, memory_needed, packed, require_memory, sort_rows

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")  # int() takes no more than 4300 digits
_QUOTED = re.compile(r'"[^"]*"')
_UNDECODED = re.compile("[\0\ud800-\udfff]")
_HEADERS = {("source", "target"), ("src", "dst"), ("from", "to"), ("node1", "node2"), ("id1", "id2"), ("id_1", "id_2")}
_CHECK_EVERY = 2**20  # lines
_LONGEST_LINE = 2**20  # bytes; a small gzip file can hold one that no memory does


def read_edge_list(path: str | Path) -> Network:
    """Return the network of a file with one friendship a line; order of lines and of ends is no matter.

    Text or CSV in UTF-8, plain or gzipped (told by content). The first two fields of a line are ids and
    further ones are ignored; blank lines and lines that start with # or % are skipped. The first line sets
    the separator: a tab unless it starts with two integers, else a semicolon, else a comma, else white
    space; an id that holds the separator stands in double quotes. The first line is a header, and
    skipped, if it has no integer where all other ids are integers, or reads source,target (src,dst
    from,to node1,node2 id1,id2 id_1,id_2). A person's key is the rank of the id: by value if all ids are
    integers (of any size), else as text. Self-loops and doubles, either way round, are dropped and counted.

    Raises NetworkError, one line with file, line number and what was found there.
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise NetworkError(f"{path}: not a file")
    labels, pairs = _read_pairs(path)
    n_people, n_lines = len(labels), pairs.size // 2
    n_self_loops = int(np.count_nonzero(pairs[::2] == pairs[1::2]))
    if n_self_loops == n_lines:
        raise NetworkError(f"{path}: no friendship between two people in {n_lines} lines of data")
    require_memory(memory_needed(n_people, pairs.size / n_people), str(path))
    first = np.zeros(n_people + 1, np.int64)
    for part in np.array_split(pairs, pairs.size // _CHECK_EVERY + 1):
        first[1:] += np.bincount(part, minlength=n_people)
    np.cumsum(first, out=first)
    rows = np.empty_like(pairs)
    last = fill_rows(pairs, first, rows)
    last = sort_rows(first, last, rows, pairs)
    del rows
    offsets, neighbours = packed(first, last, pairs)
    return Network(offsets, neighbours, labels, n_self_loops, n_lines - n_self_loops - neighbours.size // 2)


def _read_pairs(path: Path) -> tuple[list[int] | list[str], NDArray[np.int32]]:
    """Return the ids by key and the keys at the ends of every line, int32, shape (2 * n_lines,)."""
    integers = _read_integers(path)
    if integers is None:
        return _read_texts(path)
    labels = np.unique(integers)
    pairs = np.empty(integers.size, np.int32)
    for start in range(0, pairs.size, _CHECK_EVERY):
        pairs[start : start + _CHECK_EVERY] = np.searchsorted(labels, integers[start : start + _CHECK_EVERY])
    return labels.tolist(), pairs


def _read_integers(path: Path) -> NDArray[np.int64] | None:
    """Return the ids at the ends of every line if all are plain digits, the common case, else None."""
    ends = array("q")
    fields = _fields(path)
    _, *top = next(fields, (0, "", ""))
    for _, a, b in fields:
        both = a + b
        if not (both.isdecimal() and both.isascii() and len(a) < 19 and len(b) < 19):
            return None
        ends.append(int(a))
        ends.append(int(b))
    if all(end.isdecimal() and end.isascii() and len(end) < 19 for end in top):
        ends.extend(map(int, top))
    elif not ends or any(map(_INTEGER.fullmatch, top)):
        return None
    return np.frombuffer(ends, np.int64)


def _read_texts(path: Path) -> tuple[list[int] | list[str], NDArray[np.int32]]:
    """Return what _read_pairs does, for ids of any kind."""
    codes: defaultdict[str, int] = defaultdict(count().__next__)
    ends = array("i")
    fields = _fields(path)
    _, *top = next(fields, (0, "", ""))
    for _, a, b in fields:
        ends.append(codes[a])
        ends.append(codes[b])
    if top[0] and not _is_header(top, codes):
        ends.extend(codes[end] for end in top)
    values: list[Any] = list(codes)
    if all(map(_INTEGER.fullmatch, values)):
        values = [int(text) for text in values]
    labels = sorted(set(values))
    rank = {label: key for key, label in enumerate(labels)}
    ranks = np.fromiter((rank[value] for value in values), np.int32, len(values))
    return labels, ranks[np.frombuffer(ends, np.int32)]


def _is_header(fields: list[str], ids: Collection[str]) -> bool:
    if any(map(_INTEGER.fullmatch, fields)):
        return False
    return tuple(map(str.lower, fields)) in _HEADERS or (len(ids) > 0 and all(map(_INTEGER.fullmatch, ids)))


def _fields(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line number and the two ids of every line of data."""
    separator: str | None = ""
    for number, text in _lines(path):
        if separator == "":
            separator = _separator(text)
        fields = _unquoted(text, separator) if '"' in text else text.split(separator, 2)
        a, b = (fields[0].strip(), fields[1].strip()) if len(fields) > 1 else ("", "")
        if not a or not b:
            raise NetworkError(f"{path}, line {number}: expected two ids, found {text[:60]!r}")
        if not number % _CHECK_EVERY:
            require_memory(16 * number, f"{path} to line {number}")
        yield number, a, b


def _separator(text: str) -> str | None:
    bare = _QUOTED.sub('"', text)
    if "\t" in bare and not all(map(_INTEGER.fullmatch, bare.split()[:2])):
        return "\t"
    return next((mark for mark in ";," if mark in bare), None)


def _unquoted(text: str, separator: str | None) -> list[str]:
    line = text if separator else text.replace("\t", " ")
    try:
        return next(csv.reader([line], delimiter=separator or " ", skipinitialspace=True, strict=True))
    except csv.Error:
        return []


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line number and stripped text of every line that is neither blank nor a comment."""
    number = 0
    try:
        with path.open("rb") as file:
            stream = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == b"\x1f\x8b" else file
            with io.TextIOWrapper(_Bounded(stream), "utf-8-sig", "surrogateescape") as lines:  # type: ignore[type-var]
                for number, line in enumerate(lines, 1):
                    text = line.strip()
                    if not text or text[0] in "#%":
                        continue
                    if "\0" in text or (not text.isascii() and _UNDECODED.search(text)):
                        raise NetworkError(f"{path}, line {number}: expected UTF-8 text, found {text[:20]!r}")
                    yield number, text
    except _LongLineError:
        expected = f"expected two ids, found more than {_LONGEST_LINE} bytes"
        raise NetworkError(f"{path}, after line {number}: {expected}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NetworkError(f"{path}, after line {number}: damaged gzip file ({error})") from None
    except OSError as error:
        raise NetworkError(f"{path}: {error.strerror or error}") from None


class _LongLineError(ValueError):
    """A line that is no line of an edge list."""


class _Bounded(io.BufferedIOBase):
    """Bytes as they come, refused where no line ends for too long."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._n_open = stream, 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Return some bytes; raises _LongLineError."""
        content: bytes = self._stream.read1(size)
        end = max(content.rfind(b"\n"), content.rfind(b"\r"))
        self._n_open = len(content) - 1 - end + (self._n_open if end < 0 else 0)
        if self._n_open > _LONGEST_LINE:
            raise _LongLineError
        return content
