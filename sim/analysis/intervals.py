"""Intervals of means over points and seeds; points may come in blocks, as those of Sobol and Morris designs do."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.study.statistics import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SAME = 1e-12
"""Difference, over the largest of the numbers it is of, that is rounding."""


def seed_table(y: ArrayLike) -> tuple[Floats, Floats]:
    """Return values by point and seed, shape (n_points, n_seeds), and their means by point, nan where all are missing.

    >>> [each.tolist() for each in seed_table([[1.0, 3.0], [5.0, np.nan]])]
    [[[1.0, 3.0], [5.0, nan]], [2.0, 5.0]]
    """
    table = np.asarray(y, np.float64)
    table = table[:, None] if table.ndim == 1 else table
    return table, column_means(table.T)


def column_means(table: Floats) -> Floats:
    """Return the means of columns over what is not missing, shape (n_columns,)."""
    n = (~np.isnan(table)).sum(axis=0)
    return np.where(n > 0, np.nansum(table, axis=0) / np.maximum(n, 1), np.nan)


def without_dust(values: ArrayLike, scale: float) -> list[float]:
    """Return numbers, 0 for those that are rounding of numbers as large as `scale`.

    >>> without_dust([1e-15, -2.0, np.nan], 3.0)
    [0.0, -2.0, nan]
    """
    given = np.asarray(values, np.float64)
    return [float(each) for each in np.where(np.abs(given) <= SAME * scale, 0.0, given)]


def block_mean(y: ArrayLike, blocks: ArrayLike, *, is_sample: bool = True) -> Estimate:
    """Return the mean of y over points and seeds with an interval; see `contrast`; n counts points."""
    values = np.asarray(y, np.float64)
    return contrast(values, blocks, np.ones(len(values), bool), np.zeros(len(values), bool), is_sample=is_sample)


def contrast(y: ArrayLike, blocks: ArrayLike, is_high: Flags, is_low: Flags, *, is_sample: bool = True) -> Estimate:
    """Return mean(y | high) - mean(y | low) with an interval over points and seeds; n counts points.

    All points have the same seeds, so that the luck of a seed moves all points together. The statistic is therefore
    taken seed by seed, c[s] = mean over high points of y[., s] - mean over low points of y[., s], and

        variance = var(c) / S + variance over points,

    S seeds. The second is that of the contrast of the points' means (see `points_variance`), which is robust to
    dependence within blocks. The interval is Student's t with the smaller of S - 1 and B - 1 degrees of freedom, B
    blocks; it is a little too wide, for what seeds do at single points is in both variances.

    y: shape (n_points, n_seeds), or (n_points,) for one seed; nan where missing, but every point used has a value.
    is_sample: the points stand for others between them, as in all designs but a grid. No interval (nan) with one
    seed; nor, in a sample, with a group of one block. In a grid such a group is all there is: the interval is then
    over seeds.

    >>> high, low = np.array([True, False]), np.array([False, True])
    >>> found = contrast([[1.0, 2.0], [0.0, 3.0]], [0, 1], high, low, is_sample=False)
    >>> [round(number, 3) for number in found]  # of +1 and -1: t(1) = 12.706
    [0.0, -12.706, 12.706, 2]
    """
    from scipy.special import stdtrit

    table, y_mean = seed_table(y)
    groups = [(sign, group) for sign, group in ((1, is_high), (-1, is_low)) if group.any()]
    n = int((is_high | is_low).sum())
    mean = sum(sign * float(y_mean[group].mean()) for sign, group in groups) if n else math.nan
    by_seed = sum((sign * column_means(table[group]) for sign, group in groups), np.zeros(table.shape[1]))
    by_seed = by_seed[~np.isnan(by_seed)]
    is_single = any(np.unique(np.asarray(blocks)[group]).size < 2 for _, group in groups)
    if not n or by_seed.size < 2 or (is_single and is_sample):
        return Estimate(mean, math.nan, math.nan, n)
    over_points, n_blocks = points_variance(y_mean, blocks, is_high, is_low)
    freedom = by_seed.size - 1 if is_single else min(by_seed.size, n_blocks) - 1
    error = math.sqrt(float(by_seed.var(ddof=1)) / by_seed.size + over_points)
    half_width = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2)) * error
    return Estimate(mean, mean - half_width, mean + half_width, n)


def points_variance(y: Floats, blocks: ArrayLike, is_high: Flags, is_low: Flags) -> tuple[float, int]:
    """Return the variance of mean(y | high) - mean(y | low) over points, and of how many blocks they are.

    With e the deviations from the mean of their own group, and for every block b

        psi[b] = sum over high points of b of e / n_high - sum over low points of b of e / n_low,

    the variance is B / (B - 1) sum psi[b]^2 for B blocks (linearisation: Liang & Zeger 1986, Biometrika 73: 13-22).
    Where every point is its own block and there is no low group this is the usual variance of a mean; 0 of one block.

    >>> points_variance(np.array([1.0, 2.0, 3.0]), [0, 1, 2], np.ones(3, bool), np.zeros(3, bool))[1]
    3
    """
    influence = np.zeros(y.size)
    for sign, group in ((1, is_high), (-1, is_low)):
        if group.any():
            influence[group] += sign * (y[group] - y[group].mean()) / group.sum()
    used = is_high | is_low
    _, places = np.unique(np.asarray(blocks)[used], return_inverse=True)
    psi = np.bincount(places, weights=influence[used])
    return (psi.size / (psi.size - 1) * float((psi**2).sum()) if psi.size > 1 else 0.0), psi.size
