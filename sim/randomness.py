"""Luck: every draw is a pure function of (seed, purpose, week, person, item).

There is no stream and no state. The same person in the same week meets the same luck in every
counterfactual world, whatever else happened there, in whatever order, on however many threads.

The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as
easy as 1, 2, 3", SC'11), a bijection of a 128-bit counter under a 64-bit key, checked in the
tests against the authors' published vectors. Its layout here:

    key      (seed, purpose)                             two 32-bit words
    counter  (item // 2 low, item // 2 high, person, week)   four 32-bit words
    output   words x0 x1 x2 x3; item even takes (x0, x1), item odd takes (x2, x3)
    u        ((((high << 32) | low) >> 12) + 0.5) * 2**-52, high the first of the two words

so u lies strictly between 0 and 1 (with 53 bits the largest would round to 1), and two
neighbouring items cost one evaluation.
`item` is the permanent identity of the thing drawn for (a shop's owner, an offer, a brand).
"""

import math
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel, scalar


class Purpose(IntEnum):
    """What a draw is for. Numbers are permanent: a new purpose takes a new number."""

    # the friend graph (drawn under the network's own seed)
    DEGREE = 1
    STUB = 2
    SHUFFLE = 3
    # who people are
    VALUE = 10
    PRICE_SENSITIVITY = 11
    NEED_RATE = 12
    NAIVE = 13
    USES = 14
    WEALTH = 15
    OUTSIDE_INCOME = 16
    CONSCIENCE = 17
    RISK_BIAS = 18
    AWARENESS = 19
    PATIENCE = 8
    # the shops and listings of week 0
    OPENING = 20
    UPLINE = 21
    SHOP_BRAND = 22
    AGGRESSIVENESS = 23
    SHOP_SOURCING = 24
    LISTING_SOURCING = 25
    STRANGER = 26
    GROWER = 27
    EFFORT = 28
    LISTING_PATIENCE = 29
    # the week of a consumer
    NEED = 30
    NOTICE = 31
    SALIENCE = 32
    LISTING = 33
    TASTE = 34
    NEST = 35
    OUTSIDE = 36
    SATISFACTION = 37
    REFUND = 38
    TELL = 39
    LEARN_BRAND = 40
    COMPARE_PRICE = 41
    MUTE = 42
    COMPLAINT = 43
    # the week of a seller
    SERVICE = 50
    ADD = 51
    OFFER = 52
    REPLACE = 53
    CAMPAIGN = 54
    CAMPAIGN_PATH = 55
    CAMPAIGN_ANSWER = 56
    CAMPAIGN_DETECTION = 57
    EXIT = 58
    LOOK = 59
    JOIN = 60
    BAZAAR_TURNOVER = 61
    IMITATION = 62
    STANCE = 63
    INSPECTION = 64
    VERDICT = 65
    LICENCE = 66
    TIER_CONTROL = 67
    EXODUS = 68
    MALL_ENTRY = 69


MAX_SEED = 2**32 - 1

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _32, _12, _1 = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(12), np.uint64(1)


@scalar
def philox4x32(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Return the four output words of Philox4x32-10; all arguments and results are uint64 < 2**32."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@scalar
def unit(high, low):  # type: ignore[no-untyped-def]
    """Return the double in (0, 1) made of the first 52 bits of two 32-bit words."""
    return (np.float64(((high << _32) | low) >> _12) + 0.5) * 2.0**-52


@scalar
def uniform_pair(seed, purpose, week, person, block):  # type: ignore[no-untyped-def]
    """Return the uniforms of items 2*block and 2*block + 1."""
    b = np.uint64(block)
    x0, x1, x2, x3 = philox4x32(
        b & _LOW, b >> _32, np.uint64(person), np.uint64(week), np.uint64(seed), np.uint64(purpose)
    )
    return unit(x0, x1), unit(x2, x3)


@scalar
def uniform(seed, purpose, week, person, item):  # type: ignore[no-untyped-def]
    """Return the uniform in (0, 1) of (seed, purpose, week, person, item)."""
    i = np.uint64(item)
    even, odd = uniform_pair(seed, purpose, week, person, i >> _1)
    return odd if i & _1 else even


@scalar
def gumbel(u):  # type: ignore[no-untyped-def]
    """Return the standard Gumbel variate -ln(-ln u)."""
    return -math.log(-math.log(u))


@scalar
def log_positive_stable(dissimilarity, u, v):  # type: ignore[no-untyped-def]
    """Return ln S, S positive stable with Laplace transform exp(-t**dissimilarity).

    Kanter's (1975) formula with theta = pi*u and W = -ln v,
    ln S = ln sin(d*theta) - ln sin(theta)/d + ((1-d)/d) * (ln sin((1-d)*theta) - ln W),
    and ln S = 0 at d = 1. Added to Gumbel errors of one nest it makes them nested-logit errors.
    """
    d = dissimilarity
    if d == 1.0:
        return 0.0
    theta = math.pi * u
    rest = math.log(math.sin((1.0 - d) * theta)) - math.log(-math.log(v))
    return math.log(math.sin(d * theta)) - math.log(math.sin(theta)) / d + ((1.0 - d) / d) * rest


@kernel
def uniforms(seed, purpose, week, people, item):  # type: ignore[no-untyped-def]
    """Return float64 uniforms of one item for an array of person keys, shape (n_people,)."""
    out = np.empty(people.size, np.float64)
    for row in range(people.size):
        out[row] = uniform(seed, purpose, week, people[row], item)
    return out


@kernel
def uniforms_of_items(seed, purpose, week, person, n_items):  # type: ignore[no-untyped-def]
    """Return float64 uniforms of items 0 ... n_items - 1 of one person, shape (n_items,)."""
    out = np.empty(n_items, np.float64)
    for item in range(n_items):
        out[item] = uniform(seed, purpose, week, person, item)
    return out


def keyed_uniforms(
    seed: int, purpose: Purpose, people: NDArray[np.int64], *, week: int = 0, item: int = 0
) -> NDArray[np.float64]:
    """Return the uniforms in (0, 1) of `item` for person keys `people`, shape (n_people,)."""
    return uniforms(np.int64(seed), np.int64(purpose), np.int64(week), people, np.int64(item))
