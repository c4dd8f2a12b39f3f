"""Who is whose friend: graphs drawn by a rule, or read from an edge list.

A generated town is a configuration model on a ring. People sit on a ring in key order; each
holds as many stubs as friends are intended, throws most of them near home and the rest anywhere,
and stubs that fall side by side are paired. Rows close to each other are therefore acquainted:
communities and memory locality in one. Stubs lost to self-loops and doubles are then placed by
switching (a friendship c-d gives way to a-c and b-d), which leaves every degree as intended.

Sources: Bollobas (1980), European Journal of Combinatorics 1, 311 (stub matching); Watts &
Strogatz (1998), Nature 393, 440 (local ties and shortcuts on a ring, clustering coefficient);
Fosdick, Larremore, Nishimura & Ugander (2018), SIAM Review 60, 315 (switching).
"""

import csv
import gzip
import io
import math
import os
import re
import zlib
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel, scalar
from sim.randomness import MAX_SEED, Purpose, keyed_uniforms, uniform_pair

SHARE_LOCAL = 0.95
"""Share of stubs thrown near home. Friendships across the ring (about a tenth) keep paths short."""

BREADTH = 3.5
"""Width of the neighbourhood, in people per intended friend: clustering .2 (3: .25, 5: .15)."""

MEAN_FRIENDS = 182
"""Mean degree of the survey fit at log_mean 4.728, log_sd .978 (see the parameters)."""

LARGEST_SHARE_OF_TOWN = 0.1
"""A small town's default scale lets people know this share of it on average."""

_MATCHING, _SWITCHING, _SAMPLING = np.int64(0), np.int64(1), np.int64(2)  # stages, in the week's word
_STUB, _SHUFFLE = np.int64(Purpose.STUB), np.int64(Purpose.SHUFFLE)
_PLACE_BITS = np.int64(3)  # people per place, 2**3: pairs form among the stubs of eight neighbours
_MOST_FAILURES = 1024  # switches tried in a row before a person's missing friends are given up
_WIDENING = 1.1  # of the neighbourhood searched, after each failure
_1 = np.uint64(1)


class NetworkError(ValueError):
    """A network that cannot be made; the message is one line that says what was found where."""


@dataclass(frozen=True, eq=False)
class Network:
    """Undirected friendships as compressed sparse rows; a person's key is the row.

    offsets: first slot of each row and the end of the last, int64, shape (n_people + 1,)
    neighbours: keys of friends, ascending within a row, int32, shape (2 * n_friendships,);
        symmetric, no self-loops, no doubles
    labels: the ids of the file by person key, ascending; None for a generated network
    n_self_loops_dropped, n_doubles_dropped: lines of the file left out; 0 for a generated network
    """

    offsets: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    labels: list[int] | list[str] | None = None
    n_self_loops_dropped: int = 0
    n_doubles_dropped: int = 0

    @property
    def n_people(self) -> int:
        """Return the number of people, friendless ones included."""
        return self.offsets.size - 1

    @property
    def n_friendships(self) -> int:
        """Return the number of pairs of friends."""
        return self.neighbours.size // 2

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Return friends per person, int64, shape (n_people,)."""
        return np.diff(self.offsets)

    @property
    def mean_degree(self) -> float:
        """Return the mean number of friends, people."""
        return self.neighbours.size / self.n_people

    def friends(self, person: int) -> NDArray[np.int32]:
        """Return a read-only view of the keys of a person's friends, ascending, shape (degree,)."""
        if not 0 <= person < self.n_people:
            raise IndexError(f"person {person} is not one of 0 to {self.n_people - 1}")
        view = self.neighbours[self.offsets[person] : self.offsets[person + 1]]
        view.flags.writeable = False
        return view

    def clustering(self, *, sample: int | None = 2000, seed: int = 0) -> float:
        """Return the mean local clustering coefficient, a share in [0, 1].

        C_i = (pairs of friends of i who are friends) / (d_i (d_i - 1) / 2), and 0 where d_i < 2, as
        in Watts & Strogatz (1998) and networkx. Measured on the `sample` people of smallest keyed
        uniform among those with d_i >= 2 (None: on all of them).
        """
        people = np.flatnonzero(self.degrees >= 2)
        share = people.size / self.n_people
        if sample is not None and sample < people.size:
            luck = keyed_uniforms(_checked_seed(seed), Purpose.SHUFFLE, people, week=int(_SAMPLING))
            people = np.sort(people[np.argpartition(luck, sample)[:sample]])
        return share * _mean_clustering(self.offsets, self.neighbours, people) if people.size else 0.0


def generate(
    n_people: int,
    *,
    seed: int,
    log_mean: float = 4.728,
    log_sd: float = 0.978,
    friends_scale: float | None = None,
    share_local: float = SHARE_LOCAL,
    breadth: float = BREADTH,
) -> Network:
    """Return a clustered network with lognormal degrees; it depends on the arguments alone.

    Intended degree: d_i = exp(log_mean + log_sd * z_i) * friends_scale, z_i standard normal, rounded
    down or up at random with mean d_i and held between 1 and n_people - 1. A stub of i lands with
    probability `share_local` uniformly within breadth * d_i people around i, else uniformly on the ring.
    Degrees come out as intended (save a last odd stub) wherever such a graph can be found; where the
    best known know most of the town, a little of the tail is lost (1 % of friendships at 350 people).

    n_people: people, from 2; seed: 0 to 2**32 - 1; log_mean, log_sd: of ln people
    friends_scale: factor on degrees, None for min(1, .1 * n_people / 182)
    Raises NetworkError for arguments out of range and above available memory.
    """
    if friends_scale is None:
        friends_scale = min(1.0, LARGEST_SHARE_OF_TOWN * n_people / MEAN_FRIENDS)
    _check_arguments(n_people, log_mean, log_sd, friends_scale, share_local, breadth)
    key = np.int64(_checked_seed(seed))
    intended = min(n_people - 1, math.exp(min(log_mean + log_sd**2 / 2 + math.log(friends_scale), 700)))
    _require_memory(memory_needed(n_people, intended), f"n_people={n_people} with {intended:.3g} friends each")
    degrees = _intended_degrees(n_people, seed, log_mean, log_sd, friends_scale)
    first = np.zeros(n_people + 1, np.int64)
    np.cumsum(degrees, out=first[1:])
    widths = np.minimum(breadth * degrees, float(n_people))
    pairs = np.empty(first[-1], np.int32)
    _match(_throw(degrees, widths, float(share_local), key, pairs), pairs, key)
    rows = np.empty_like(pairs)
    last = _fill_rows(pairs, first, rows)
    last = _sort_rows(first, last, rows, pairs)  # the rows are in `pairs` now
    _complete(first, last, pairs, widths, key)
    last = _sort_rows(first, last, pairs, rows)
    del pairs
    return Network(*_packed(first, last, rows))


def memory_needed(n_people: int, mean_degree: float) -> int:
    """Return the most bytes held while a network is built, its result included.

    Two int32 arrays of n_people * mean_degree each and ten int64 columns of people.
    """
    return int(n_people * (8 * mean_degree + 80))


def available_memory() -> int | None:
    """Return the bytes this process can still take, None where the system does not tell.

    The lesser of MemAvailable (else all physical memory) and what the control group leaves.
    """
    group, limits = Path("/sys/fs/cgroup"), []
    with suppress(AttributeError, ValueError, OSError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        limits.append(next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")))
    with suppress(OSError, StopIteration, ValueError):  # no such group, or its limit is "max"
        limit = int((group / "memory.max").read_text())
        lines = (group / "memory.stat").read_text().splitlines()
        reclaimable = next(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
        limits.append(limit - int((group / "memory.current").read_text()) + reclaimable)
    return min(limits, default=None)


def _require_memory(needed: int, what: str) -> None:
    available = available_memory()
    if available is not None and needed > available:
        raise NetworkError(
            f"{what}: building the network takes {needed / 2**30:.3g} GiB of memory "
            f"and {max(available, 0) / 2**30:.3g} GiB are available"
        )


def _checked_seed(seed: int) -> int:
    if not 0 <= seed <= MAX_SEED:
        raise NetworkError(f"seed={seed!r}: allowed is 0 to {MAX_SEED}")
    return seed


def _check_arguments(
    n_people: int, log_mean: float, log_sd: float, friends_scale: float, share_local: float, breadth: float
) -> None:
    largest = np.iinfo(np.int32).max
    for name, value, fits, allowed in (
        ("n_people", n_people, 2 <= n_people <= largest, f"2 to {largest}"),
        ("log_mean", log_mean, math.isfinite(log_mean), "a finite number"),
        ("log_sd", log_sd, 0 <= log_sd < math.inf, "0 or more"),
        ("friends_scale", friends_scale, 0 < friends_scale < math.inf, "more than 0"),
        ("share_local", share_local, 0 <= share_local <= 1, "0 to 1"),
        ("breadth", breadth, 0 < breadth < math.inf, "more than 0"),
    ):
        if not fits:
            raise NetworkError(f"{name}={value!r}: allowed is {allowed}")


# Drawing: every kernel below takes CSR rows as (first, last, rows): row i is rows[first[i]:last[i]]
# and has room up to first[i + 1].


def _intended_degrees(n_people: int, seed: int, log_mean: float, log_sd: float, scale: float) -> NDArray[np.int64]:
    from scipy.special import ndtri  # a tenth of a second to import

    people = np.arange(n_people)
    normal = ndtri(keyed_uniforms(seed, Purpose.DEGREE, people))
    luck = keyed_uniforms(seed, Purpose.DEGREE, people, item=1)
    degrees: NDArray[np.int64] = _rounded_degrees(normal, luck, float(log_mean), float(log_sd), float(scale))
    return degrees


@kernel
def _rounded_degrees(normal, luck, log_mean, log_sd, scale):  # type: ignore[no-untyped-def]
    """Return exp(log_mean + log_sd z) * scale, stochastically rounded, in [1, n - 1]; int64."""
    degrees = np.empty(normal.size, np.int64)
    for person in range(normal.size):
        exact = min(math.exp(log_mean + log_sd * normal[person]) * scale, float(normal.size))
        whole = math.floor(exact)
        rounded = np.int64(whole) + np.int64(luck[person] < exact - whole)
        degrees[person] = min(max(rounded, 1), normal.size - 1)
    return degrees


@scalar
def _near(person, u, width, n_people):  # type: ignore[no-untyped-def]
    """Return the ring coordinate, 0 to n_people, at the share u of a person's neighbourhood."""
    x = person + 0.5 + (u - 0.5) * width
    return x + n_people if x < 0.0 else (x - n_people if x >= n_people else x)


@scalar
def _draw_places(places, person, n_stubs, width, share_local, n_people, seed):  # type: ignore[no-untyped-def]
    """Fill places[:n_stubs] with where a person's stubs land; a place is 2**_PLACE_BITS people."""
    for block in range(np.uint64(n_stubs + 1) >> _1):
        for half, u in enumerate(uniform_pair(seed, _STUB, _MATCHING, person, block)):
            near = _near(person, u / share_local, width, n_people)
            x = near if u < share_local else (u - share_local) / (1.0 - share_local) * n_people
            places[(block << _1) + np.uint64(half)] = min(np.int64(x), n_people - 1) >> _PLACE_BITS


@kernel
def _throw(degrees, widths, share_local, seed, stubs):  # type: ignore[no-untyped-def]
    """Fill `stubs` with person keys sorted by place; return the first stub of each place and the end.

    A counting sort that makes the draws twice rather than store them.
    """
    n_people = np.int64(degrees.size)
    starts = np.zeros(((n_people - 1) >> _PLACE_BITS) + 2, np.int64)
    places = np.empty(degrees.max() + 1, np.int64)
    for person in range(n_people):
        _draw_places(places, person, degrees[person], widths[person], share_local, n_people, seed)
        for stub in range(np.uint64(degrees[person])):
            starts[np.uint64(places[stub]) + _1] += 1
    for place in range(starts.size - 1):
        starts[place + 1] += starts[place]
    free = starts[:-1].copy()
    for person in range(n_people):
        _draw_places(places, person, degrees[person], widths[person], share_local, n_people, seed)
        for stub in range(np.uint64(degrees[person])):
            at = np.uint64(free[np.uint64(places[stub])])
            free[np.uint64(places[stub])] += 1
            stubs[at] = person
    return starts


@kernel
def _match(starts, stubs, seed):  # type: ignore[no-untyped-def]
    """Reorder `stubs` so that 2k and 2k + 1 make a pair: each in turn takes a later one of its place.

    A stub left over is the first of the next place.
    """
    luck = np.empty(np.max(np.diff(starts)) + 3)
    first = np.int64(0)
    for place in range(starts.size - 1):
        end = starts[place + 1]
        n_pairs = (end - first) >> 1
        for block in range((n_pairs + 1) >> 1):
            luck[2 * block], luck[2 * block + 1] = uniform_pair(seed, _SHUFFLE, _MATCHING, place, block)
        for pair in range(n_pairs):
            partner = first + 1 + np.int64(luck[pair] * np.float64(end - first - 1))
            stubs[first + 1], stubs[partner] = stubs[partner], stubs[first + 1]
            first += 2


@kernel
def _fill_rows(pairs, first, rows):  # type: ignore[no-untyped-def]
    """Write both sides of every pair into `rows`, self-loops left out; return the ends of rows."""
    last = first[:-1].copy()
    for pair in range(np.uint64(pairs.size) >> _1):
        a, b = np.uint64(pairs[pair << _1]), np.uint64(pairs[(pair << _1) + _1])
        if a != b:
            at_a, at_b = np.uint64(last[a]), np.uint64(last[b])
            last[a] += 1
            last[b] += 1
            rows[at_a] = b
            rows[at_b] = a
    return last


@kernel
def _sort_rows(first, last, rows, out):  # type: ignore[no-untyped-def]
    """Write the rows ascending and without doubles into `out`; return their ends.

    Symmetric rows are their own transpose, and transposing in key order sorts.
    """
    end = first[:-1].copy()
    for person in range(np.uint64(last.size)):
        for slot in range(np.uint64(first[person]), np.uint64(last[person])):
            friend = np.uint64(rows[slot])
            at = np.uint64(end[friend])
            if end[friend] == first[friend] or out[at - _1] != np.int64(person):
                end[friend] += 1
                out[at] = person
    return end


@scalar
def _slot(rows, start, end, person):  # type: ignore[no-untyped-def]
    """Return the slot in rows[start:end] that holds a person, -1 if none; no early exit, for SIMD."""
    found = np.int64(-1)
    for slot in range(np.uint64(start), np.uint64(end)):
        found = max(found, np.int64(slot) if rows[slot] == person else np.int64(-1))
    return found


@scalar
def _add(rows, last, person, friend):  # type: ignore[no-untyped-def]
    rows[last[person]] = friend
    last[person] += 1


@scalar
def _switched(a, b, c, luck, is_friend, first, last, rows):  # type: ignore[no-untyped-def]
    """Replace a friendship c-d by a-c and b-d if those are new; `is_friend` marks the friends of a."""
    if c in (a, b) or is_friend[c] or last[c] == first[c]:
        return False
    slot = first[c] + np.int64(luck * np.float64(last[c] - first[c]))
    d = np.int64(rows[slot])
    if d in (a, b) or (is_friend[d] if a == b else _slot(rows, first[b], last[b], np.int32(d)) >= 0):
        return False
    rows[slot] = a
    rows[_slot(rows, first[d], last[d], np.int32(c))] = b
    _add(rows, last, a, c)
    _add(rows, last, b, d)
    is_friend[c] = True
    is_friend[d] |= a == b
    return True


@kernel
def _complete(first, last, rows, widths, seed):  # type: ignore[no-untyped-def]
    """Give everybody the friends still missing, in place, by switching friendships of people near.

    Each takes two at a time; one missing alone takes turns with the next such person.
    """
    n_people = np.int64(last.size)
    is_friend = np.zeros(n_people, np.bool_)
    waiting = np.int64(-1)
    for a in range(n_people):
        if last[a] == first[a + 1]:
            continue
        is_friend[rows[first[a] : last[a]]] = True
        attempt, n_failed, width = 0, 0, widths[a]
        while last[a] < first[a + 1] and n_failed < _MOST_FAILURES:
            if waiting < 0 and first[a + 1] - last[a] == 1:
                waiting = np.int64(a)
                break
            u, v = uniform_pair(seed, _SHUFFLE, _SWITCHING, a, attempt)
            c = min(np.int64(_near(a, u, width, n_people)), n_people - 1)
            attempt += 1
            if _switched(a, a if waiting < 0 else waiting, c, v, is_friend, first, last, rows):
                n_failed, width, waiting = 0, widths[a], np.int64(-1)
            else:
                n_failed, width = n_failed + 1, min(width * _WIDENING, np.float64(n_people))
        is_friend[rows[first[a] : last[a]]] = False


@kernel
def _close_gaps(first, last, rows):  # type: ignore[no-untyped-def]
    """Move rows together in place; return their offsets."""
    offsets = np.zeros(first.size, np.int64)
    end = np.int64(0)
    for person in range(last.size):
        if end == first[person]:
            end = last[person]
        else:
            for slot in range(first[person], last[person]):
                rows[end] = rows[slot]
                end += 1
        offsets[person + 1] = end
    return offsets


def _packed(
    first: NDArray[np.int64], last: NDArray[np.int64], rows: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    offsets = _close_gaps(first, last, rows)
    return offsets, rows if rows.size == offsets[-1] else rows[: offsets[-1]].copy()


@kernel
def _mean_clustering(offsets, neighbours, people):  # type: ignore[no-untyped-def]
    """Return the mean of C_i over people who have two friends or more."""
    is_friend = np.zeros(offsets.size - 1, np.uint8)
    total = 0.0
    for person in people:
        friends = neighbours[offsets[person] : offsets[person + 1]]
        is_friend[friends] = 1
        n_closed = 0
        for friend in friends:
            for slot in range(np.uint64(offsets[friend]), np.uint64(offsets[friend + 1])):
                n_closed += is_friend[neighbours[slot]]
        is_friend[friends] = 0
        total += n_closed / (friends.size * (friends.size - 1))
    return total / people.size


# Reading.

_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")  # int() takes no more than 4300 digits
_QUOTED = re.compile(r'"[^"]*"')
_UNDECODED = re.compile("[\0\ud800-\udfff]")
_HEADERS = {("source", "target"), ("src", "dst"), ("from", "to"), ("node1", "node2"), ("id1", "id2"), ("id_1", "id_2")}
_CHECK_EVERY = 2**20  # lines


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
    labels, pairs = _read_pairs(path)
    n_people, n_lines = len(labels), pairs.size // 2
    n_self_loops = int(np.count_nonzero(pairs[::2] == pairs[1::2]))
    if n_self_loops == n_lines:
        raise NetworkError(f"{path}: no friendship between two people in {n_lines} lines of data")
    _require_memory(memory_needed(n_people, pairs.size / n_people), str(path))
    first = np.zeros(n_people + 1, np.int64)
    for part in np.array_split(pairs, pairs.size // _CHECK_EVERY + 1):
        first[1:] += np.bincount(part, minlength=n_people)
    np.cumsum(first, out=first)
    rows = np.empty_like(pairs)
    last = _fill_rows(pairs, first, rows)
    last = _sort_rows(first, last, rows, pairs)
    del rows
    offsets, neighbours = _packed(first, last, pairs)
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
            _require_memory(16 * number, f"{path} to line {number}")
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
            with io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape") as lines:
                for number, line in enumerate(lines, 1):
                    text = line.strip()
                    if not text or text[0] in "#%":
                        continue
                    if "\0" in text or (not text.isascii() and _UNDECODED.search(text)):
                        raise NetworkError(f"{path}, line {number}: expected UTF-8 text, found {text[:20]!r}")
                    yield number, text
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NetworkError(f"{path}, after line {number}: damaged gzip file ({error})") from None
    except OSError as error:
        raise NetworkError(f"{path}: {error.strerror or error}") from None
