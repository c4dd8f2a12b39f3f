"""Intervals of means over points that come in blocks, as those of Sobol and Morris designs do."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.study.statistics import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def block_mean(y: ArrayLike, blocks: ArrayLike) -> Estimate:
    """Return the mean of y with an interval; points of one block need not be independent of each other.

    y, blocks: one a point, shape (n_points,), y without nan. See `contrast`; n counts points.
    """
    values = np.asarray(y, np.float64)
    return contrast(values, blocks, np.ones(values.size, bool), np.zeros(values.size, bool))


def contrast(y: ArrayLike, blocks: ArrayLike, is_high: Flags, is_low: Flags) -> Estimate:
    """Return mean(y | high) - mean(y | low) with an interval that is robust to dependence within blocks.

    With e the deviations from the mean of their own group, and for every block b

        psi[b] = sum over high points of b of e / n_high - sum over low points of b of e / n_low,

    the variance is B / (B - 1) sum psi[b]^2 for B blocks, the interval Student's t with B - 1 degrees of freedom
    (linearisation: Liang & Zeger 1986, Biometrika 73: 13-22). Where every point is its own block and there is no low
    group this is the usual interval of a mean. No interval (nan) with fewer than two blocks.

    >>> [round(number, 3) for number in block_mean([1.0, 2.0, 3.0], [0, 1, 2])]
    [2.0, -0.484, 4.484, 3]
    """
    from scipy.special import stdtrit

    values = np.asarray(y, np.float64)
    mean, influence = 0.0, np.zeros(values.size)
    for sign, group in ((1, is_high), (-1, is_low)):
        if group.any():
            centre = float(values[group].mean())
            mean += sign * centre
            influence[group] += sign * (values[group] - centre) / group.sum()
    used = is_high | is_low
    _, places = np.unique(np.asarray(blocks)[used], return_inverse=True)
    psi = np.bincount(places, weights=influence[used])
    n, n_blocks = int(used.sum()), psi.size
    if n_blocks < 2:
        return Estimate(mean if n else math.nan, math.nan, math.nan, n)
    error = math.sqrt(n_blocks / (n_blocks - 1) * float((psi**2).sum()))
    half_width = float(stdtrit(n_blocks - 1, 0.5 + CONFIDENCE / 2)) * error
    return Estimate(mean, mean - half_width, mean + half_width, n)
