"""Who is whose friend: the friend graph as compressed sparse rows, and what all ways of making one share.

A graph is drawn by `sim.friendships` or read by `sim.edge_list`. Kernels take rows in the making as
(first, last, rows): row i is rows[first[i]:last[i]] and has room up to first[i + 1].
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.randomness import MAX_SEED, Purpose, keyed_uniforms

_1 = np.uint64(1)
_SAMPLING = 2  # stage of the shuffling draws, in the week's word


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
            luck = keyed_uniforms(checked_seed(seed), Purpose.SHUFFLE, people, week=int(_SAMPLING))
            people = np.sort(people[np.argpartition(luck, sample)[:sample]])
        return share * _mean_clustering(self.offsets, self.neighbours, people) if people.size else 0.0


def memory_needed(n_people: int, mean_degree: float) -> int:
    """Return the most bytes held while a network is built, its result included.

    Two int32 arrays of n_people * mean_degree each and six int64 columns of people.
    """
    return int(n_people * (8 * mean_degree + 48))


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


def require_memory(needed: int, what: str) -> None:
    """Raise NetworkError, before anything is allocated, if `needed` bytes are not there for `what`."""
    available = available_memory()
    if available is not None and needed > available:
        raise NetworkError(
            f"{what}: building the network takes {needed / 2**30:.3g} GiB of memory "
            f"and {max(available, 0) / 2**30:.3g} GiB are available"
        )


def checked_seed(seed: int) -> int:
    """Return the seed; raises NetworkError if it is out of range."""
    if not 0 <= seed <= MAX_SEED:
        raise NetworkError(f"seed={seed!r}: allowed is 0 to {MAX_SEED}")
    return seed


@kernel
def fill_rows(pairs, first, rows):  # type: ignore[no-untyped-def]
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
def sort_rows(first, last, rows, out):  # type: ignore[no-untyped-def]
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


def packed(
    first: NDArray[np.int64], last: NDArray[np.int64], rows: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return offsets and neighbours of rows in the making, moved together in place."""
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
