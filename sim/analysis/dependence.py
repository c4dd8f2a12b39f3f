"""Dependence: the mean of y along one factor, over all that the others do."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sim.analysis.intervals import Flags, block_mean, seed_table
from sim.analysis.responses import AnalysisError

if TYPE_CHECKING:
    import pandas as pd

MOST_BINS = 10
POINTS_PER_BIN = 10
MOST_VALUES = 12
"""Different numbers up to which a factor is shown number by number."""

FEWEST = 4


def dependence(
    points: "pd.DataFrame", y: ArrayLike, keys: Sequence[str], blocks: ArrayLike, *, is_sample: bool = True
) -> "pd.DataFrame":
    """Return one row a factor and bin: factor, value, x, low, high, y, ci_low, ci_high, n.

        y_j(x) = E[y | x_j = x]

    In grid, Latin hypercube, Sobol and Morris designs the factors are independent, so that this conditional mean is
    the partial dependence E over the others of y(x, others); in a design of one's own it need not be.

    points: a column a factor, shape (n_points, ...); y: shape (n_points, n_seeds), or (n_points,) for one seed, nan
    where missing; blocks: which points are not independent of each other, shape (n_points,). Bins hold equally many
    points (up to 10 bins); texts, and numbers of up to 12 kinds, are taken one by one. x: mean of the factor in the
    bin, nan for texts; low, high: least and largest value in it; y in its unit with the interval over points and seeds
    of `sim.analysis.intervals.contrast`, also for is_sample.
    Source: Friedman 2001, Annals of Statistics 29: 1189-1232. Raises AnalysisError with fewer than four values.
    """
    import pandas as pd

    (values, means), groups = seed_table(y), np.asarray(blocks)
    known = ~np.isnan(means)
    if known.sum() < FEWEST:
        raise AnalysisError(f"{int(known.sum())} points have a value; {FEWEST} are needed")
    rows = []
    for key in keys:
        for value, x, low, high, inside in bins(points[key], known):
            mean, ci_low, ci_high, n = block_mean(values[inside], groups[inside], is_sample=is_sample)
            rows.append((key, value, x, low, high, mean, ci_low, ci_high, n))
    return pd.DataFrame(rows, columns=["factor", "value", "x", "low", "high", "y", "ci_low", "ci_high", "n"])


def is_number(column: "pd.Series[Any]") -> bool:
    """Return whether a factor's values are numbers."""
    return column.dtype.kind in "iuf"


def texts(column: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    """Return the values of a factor as texts, shape (n_points,); nothing is `null`."""
    return np.array(["null" if missing else str(each) for each, missing in zip(column, column.isna(), strict=True)])


def spanned(low: float, high: float) -> str:
    """Return a range of a factor's values in words, a single value with more digits.

    >>> spanned(0.12345, 0.45678), spanned(0.12345, 0.12345), spanned(674.2, 1829.4)
    ('0.123 to 0.457', '0.12345', '674 to 1829')
    """
    if low == high:
        return f"{low:.6g}"
    return " to ".join(f"{each:.0f}" if abs(each) >= 1000 else f"{each:.3g}" for each in (low, high))


def bins(column: "pd.Series[Any]", known: Flags) -> Iterator[tuple[str, float, float, float, Flags]]:
    """Yield value, mean, least, largest value and which points, for every bin of a factor that has points."""
    if not is_number(column):
        names = texts(column)
        for name in dict.fromkeys(sorted(names[known])):
            yield name, np.nan, np.nan, np.nan, known & (names == name)
        return
    numbers = column.to_numpy(np.float64)
    known = known & ~np.isnan(numbers)
    distinct = np.unique(numbers[known])
    if distinct.size <= MOST_VALUES:
        places = np.searchsorted(distinct, numbers)
    else:
        n_bins = int(np.clip(known.sum() // POINTS_PER_BIN, 2, MOST_BINS))
        edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, n_bins + 1)[1:-1]))
        places = np.searchsorted(edges, numbers, side="left")
    for place in np.unique(places[known]):
        inside = known & (places == place)
        low, high = float(numbers[inside].min()), float(numbers[inside].max())
        yield spanned(low, high), float(numbers[inside].mean()), low, high, inside
