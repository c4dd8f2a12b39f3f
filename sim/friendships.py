"""Friend graphs drawn by a rule.

A generated town is a configuration model on a ring. People sit on a ring in key order; each
holds as many stubs as friends are intended, throws most of them near home and the rest anywhere,
and stubs that fall side by side are paired. Rows close to each other are therefore acquainted:
communities and memory locality in one. Stubs lost to self-loops and doubles are then placed by
switching (a friendship c-d gives way to a-c and b-d), which leaves every degree as intended.

Sources: Bollobas (1980), European Journal of Combinatorics 1, 311 (stub matching); Watts &
Strogatz (1998), Nature 393, 440 (local ties and shortcuts on a ring, clustering coefficient);
Fosdick, Larremore, Nishimura & Ugander (2018), SIAM Review 60, 315 (switching).
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel, scalar
from sim.network import Network, NetworkError, checked_seed, fill_rows, memory_needed, packed, require_memory, sort_rows
from sim.parameters import MEAN_FRIENDS
from sim.randomness import Purpose, keyed_uniforms, uniform_pair

SHARE_LOCAL = 0.95
"""Share of stubs thrown near home. Friendships across the ring (about a tenth) keep paths short."""

BREADTH = 3.5
"""Width of the neighbourhood, in people per intended friend: clustering .2 (3: .25, 5: .15)."""

LARGEST_SHARE_OF_TOWN = 0.1
"""A small town's default scale lets people know this share of it on average."""

_MATCHING, _SWITCHING = np.int64(0), np.int64(1)  # stages, in the week's word
_STUB, _SHUFFLE = np.int64(Purpose.STUB), np.int64(Purpose.SHUFFLE)
_PLACE_BITS = np.int64(3)  # people per place, 2**3: pairs form among the stubs of eight neighbours
_MOST_FAILURES = 1024  # switches tried in a row before a person's missing friends are given up
_WIDENING = 1.1  # of the neighbourhood searched, after each failure
_1 = np.uint64(1)


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
    key = np.int64(checked_seed(seed))
    intended = min(n_people - 1, math.exp(min(log_mean + log_sd**2 / 2 + math.log(friends_scale), 700)))
    require_memory(memory_needed(n_people, intended), f"n_people={n_people} with {intended:.3g} friends each")
    degrees = _intended_degrees(n_people, seed, log_mean, log_sd, friends_scale)
    first = np.zeros(n_people + 1, np.int64)
    np.cumsum(degrees, out=first[1:])
    widths = np.minimum(breadth * degrees, float(n_people))
    pairs = np.empty(first[-1], np.int32)
    _match(_throw(degrees, widths, float(share_local), key, pairs), pairs, key)
    rows = np.empty_like(pairs)
    last = fill_rows(pairs, first, rows)
    last = sort_rows(first, last, rows, pairs)  # the rows are in `pairs` now
    _complete(first, last, pairs, widths, key)
    last = sort_rows(first, last, pairs, rows)
    del pairs
    return Network(*packed(first, last, rows))


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
