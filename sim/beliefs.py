"""The arithmetic of belief: trust, evidence and their fading. Scalars only, for all mechanisms.

Public functions are compiled and inlined into kernels; equations are in docs/odd.md, 7.4.
"""

import numpy as np
from numpy.typing import NDArray

from sim.compiled import scalar
from sim.fields import MAX_WEEKS


def decay_table(half_life: float) -> NDArray[np.float64]:
    """Return what is left of evidence after t weeks, shape (MAX_WEEKS + 1,).

    decay[0] = 1, decay[t] = decay[t-1] * 0.5**(1/half_life), by repeated multiplication.
    """
    factors = np.full(MAX_WEEKS + 1, 0.5 ** (1.0 / half_life))
    factors[0] = 1.0
    return np.multiply.accumulate(factors)


@scalar
def rating_share_read(rating_weight, rated_total, ratings_read):  # type: ignore[no-untyped-def]
    """Return f*w: the weight of each public rating, f = min(1, ratings_read / rated_total)."""
    return rating_weight * (ratings_read / rated_total) if rated_total > ratings_read else rating_weight


@scalar
def believed_chance(  # type: ignore[no-untyped-def]
    prior_weight, trust, rating_share, rated_satisfied, rated_total, satisfied, total, likes
):
    """Return Q = (k*T + fw*S + s + l) / (k + fw*N + n + l), the believed chance of satisfaction.

    A beta belief (Josang & Ismail 2002) whose prior has the weight of `prior_weight` purchases
    and the mean `trust`; S of N are public ratings, s of n private evidence, l counted likes.
    """
    good = prior_weight * trust + rating_share * rated_satisfied + satisfied + likes
    return good / (prior_weight + rating_share * rated_total + total + likes)


@scalar
def trust_after_purchase(trust, is_satisfied, gain_good, gain_bad):  # type: ignore[no-untyped-def]
    """Return T + g*(y - T) with g by the sign of the experience."""
    return trust + gain_good * (1.0 - trust) if is_satisfied else trust + gain_bad * (0.0 - trust)


@scalar
def trust_after_message(trust, is_good, gain_good, gain_bad, message_weight):  # type: ignore[no-untyped-def]
    """Return 1 - (1-T)*(1 - w*g_good) after praise, T*(1 - w*g_bad) after a complaint."""
    if is_good:
        return 1.0 - (1.0 - trust) * (1.0 - message_weight * gain_good)
    return trust * (1.0 - message_weight * gain_bad)
