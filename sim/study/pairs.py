"""Statistics of pairs: two worlds of one seed, twins, that differ in a scenario alone."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.study.statistics import CONFIDENCE

POWER = 0.8
_SAME = 1e-9
"""Differences whose spread over their mean is below this are one number, but for rounding."""


class Paired(NamedTuple):
    """The effect on one measure over the pairs that have a value in both worlds; nan where there is none."""

    mean: float
    """In the scenario."""
    mean_baseline: float
    difference: float
    """Mean of the paired differences, scenario less baseline."""
    low: float
    high: float
    n: int
    p_value: float
    """Two-sided; below 1 - confidence where the interval leaves zero out."""
    rho: float
    """Correlation of the two worlds over the seeds."""
    runs_needed: float
    """Runs of each scenario that independent seeds would have needed for the same width."""
    detectable: float
    """Smallest effect that so many pairs detect with a power of .8."""


def paired(values: ArrayLike, baseline: ArrayLike, confidence: float = CONFIDENCE) -> Paired:
    """Return the paired difference with an interval that holds for few pairs and skewed differences.

    values, baseline: one a seed, shape (n_seeds,), nan where missing: such a pair is left out.

    - interval: of the mean of the differences d, the wider on each side of Student t and of Hall's
      interval, in which the skewness of d is taken out (see `interval`). One pair has none.
    - runs_needed: n (var(values) + var(baseline)) / var(d), rounded up. The difference of two
      independent means of m runs has variance (var(values) + var(baseline)) / m, that of the pairs
      var(d) / n; with equal variances m = n / (1 - rho). Infinite if d is one number.
    - detectable: delta sd(d) / sqrt(n), where a noncentral t with n - 1 degrees of freedom and
      noncentrality delta exceeds the critical value of the t test with probability .8.

    >>> effect = paired([3.0, 5.0, 9.0], [1.0, 4.0, 6.0])
    >>> effect.difference, effect.n, effect.runs_needed
    (2.0, 3, 47.0)
    """
    pairs = np.column_stack([np.asarray(values, np.float64), np.asarray(baseline, np.float64)])
    ours, theirs = pairs[~np.isnan(pairs).any(axis=1)].T
    d = ours - theirs
    n = d.size
    if n < 2:
        ours, theirs, d = (each if n else np.array([math.nan]) for each in (ours, theirs, d))
        means = float(ours[0]), float(theirs[0]), float(d[0])
        return Paired(*means, math.nan, math.nan, n, math.nan, math.nan, math.nan, math.nan)
    low, high, p_value = interval(d, confidence)
    variances = float(ours.var(ddof=1) + theirs.var(ddof=1))
    return Paired(
        float(ours.mean()), float(theirs.mean()), float(d.mean()), low, high, n, p_value,
        correlation(ours, theirs), runs_needed(variances, float(d.var(ddof=1)), n), detectable(d, confidence),
    )  # fmt: skip


def interval(d: NDArray[np.float64], confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Return low, high and p-value for the mean of two or more independent differences.

    With T = (mean - mu) / (s / sqrt(n)) and G the sample skewness (with small-sample correction),

        h(T) = T + G T^2 / (3 sqrt(n)) + G^2 T^3 / (27 n) + G / (6 sqrt(n))

    has a law without first-order skewness and is monotone, so that |h(T)| <= t(n - 1) is an
    interval for mu [P. Hall 1992, J. R. Statist. Soc. B 54: 221-228]. It is right for skewed
    differences where Student t is too short on one side, and a little short for symmetric ones with
    heavy tails, for which Student t is right: the interval returned spans both, the p-value is the
    larger of the two. Coverage by simulation: docs/statistics.md.
    Differences that are all the same give that number, without width.
    """
    from scipy.special import stdtr, stdtrit

    n, mean, spread = d.size, float(d.mean()), float(d.std(ddof=1))
    if spread <= _SAME * abs(mean):
        return mean, mean, float(mean == 0.0)
    error, critical, skewness = spread / math.sqrt(n), float(stdtrit(n - 1, 0.5 + confidence / 2)), skewness_of(d)
    statistic = mean / error
    beyond = min(abs(statistic), abs(without_skewness(statistic, skewness, n)))
    low = mean - error * max(critical, with_skewness(critical, skewness, n))
    high = mean - error * min(-critical, with_skewness(-critical, skewness, n))
    return low, high, float(2 * stdtr(n - 1, -beyond))


def without_skewness(statistic: float, skewness: float, n: int) -> float:
    """Return h(T), see `interval`."""
    tilt = skewness / math.sqrt(n)
    return statistic + tilt * statistic**2 / 3 + tilt**2 * statistic**3 / 27 + tilt / 6


def with_skewness(value: float, skewness: float, n: int) -> float:
    """Return T of which h(T) = value.

    >>> round(without_skewness(with_skewness(1.5, 0.8, 9), 0.8, 9), 12)
    1.5
    """
    tilt = skewness / math.sqrt(n)
    if abs(tilt) < 1e-6:
        return value
    return 3 / tilt * (math.cbrt(1 + tilt * (value - tilt / 6)) - 1)


def skewness_of(d: NDArray[np.float64]) -> float:
    """Return the sample skewness with small-sample correction; 0 for two numbers, which have none."""
    from scipy.stats import skew

    return float(skew(d, bias=False)) if d.size > 2 else 0.0


def correlation(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """Return the correlation of three or more pairs; nan where one side does not vary."""
    if ours.size < 3 or min(np.ptp(ours), np.ptp(theirs)) == 0:
        return math.nan
    return float(np.corrcoef(ours, theirs)[0, 1])


def runs_needed(variances: float, variance_of_difference: float, n: int) -> float:
    """Return runs of each scenario by independent seeds for the width of n pairs, see `paired`."""
    if variance_of_difference == 0:
        return math.inf if variances > 0 else math.nan
    wanted = n * variances / variance_of_difference
    return float(math.ceil(wanted)) if math.isfinite(wanted) else math.nan  # numbers too large to be squared


def detectable(d: NDArray[np.float64], confidence: float = CONFIDENCE, power: float = POWER) -> float:
    """Return the smallest effect that a t test on so many such pairs detects with that power."""
    from scipy.special import nctdtrinc, stdtrit

    critical = stdtrit(d.size - 1, 0.5 + confidence / 2)
    return float(nctdtrinc(d.size - 1, 1 - power, critical) * d.std(ddof=1) / math.sqrt(d.size))
