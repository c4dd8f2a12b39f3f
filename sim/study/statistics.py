"""Statistics over seeds: independent runs of one market that differ in luck alone."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A mean over seeds with its interval; `low` and `high` are nan where there is none."""

    mean: float
    low: float
    high: float
    n: int


def estimate(values: ArrayLike, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean of the runs that have a value, and its Student t interval.

    mean +- t(1 - (1 - confidence)/2; n - 1) * s / sqrt(n), s with n - 1 in its denominator.
    values: one a run, shape (n_runs,), nan where missing. One value has no interval, none no mean.

    >>> [round(number, 3) for number in estimate([1.0, 2.0, 3.0, float("nan")])]
    [2.0, -0.484, 4.484, 3]
    """
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    given = np.asarray(values, np.float64)
    given = given[~np.isnan(given)]
    n = given.size
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float(given.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    half_width = float(stdtrit(n - 1, 0.5 + confidence / 2) * given.std(ddof=1) / math.sqrt(n))
    return Estimate(mean, mean - half_width, mean + half_width, n)
