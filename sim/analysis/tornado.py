"""Tornado: how far y swings when one factor goes from its low to its high end."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sim.analysis.dependence import MOST_VALUES, is_number, spanned, texts
from sim.analysis.intervals import Flags, block_mean, contrast, seed_table, without_dust
from sim.analysis.responses import AnalysisError
from sim.study.pairs import paired
from sim.study.statistics import estimate
from sim.sweep.designs import typed
from sim.sweep.factors import Factor

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = [
    "factor", "end", "value", "y", "ci_low", "ci_high", "n", "swing_of", "swing", "swing_low", "swing_high", "middle",
]  # fmt: skip
HIGH_LESS_LOW, SPREAD = "high less low", "spread"
"""What a swing is of: a number's ends; a choice of more than two values: the largest mean less the smallest."""
FIFTH = 0.2


def tornado(
    points: "pd.DataFrame", y: ArrayLike, factors: Sequence[Factor], blocks: ArrayLike, *, is_sample: bool = True
) -> "pd.DataFrame":
    """Return the rows of every factor's ends: means of y in its lowest and highest fifth; each value of a choice.

        swing[j] = E[y | x_j in its highest fifth] - E[y | x_j in its lowest fifth]

    points: a column a factor, shape (n_points, ...); y: shape (n_points, n_seeds), or (n_points,) for one seed, nan
    where missing; blocks: which points are not independent of each other, shape (n_points,). The swing of a choice of
    two values is the mean with the second less that with the first, of more it is a spread without sign: the largest
    less the smallest mean. Columns: factor, end (low, high, or choice), value, y, ci_low, ci_high, n (points),
    swing_of (`high less low`, `on less off`, `spread`), swing, swing_low, swing_high, middle (mean of y over all
    points), sorted by the size of the swing; in the unit of y. Intervals are over points and seeds, see
    `sim.analysis.intervals.contrast`, also for is_sample.
    Source: Eschenbach 1992, Interfaces 22(6): 40-46. Raises AnalysisError if no point has a value.
    """
    (values, means), groups = seed_table(y), np.asarray(blocks)
    known = ~np.isnan(means)
    if not known.any():
        raise AnalysisError("no point has a value")
    middle, scale, rows = float(means[known].mean()), float(np.abs(means[known]).max()), []
    for factor in factors:
        ends = [
            (end, value, inside, block_mean(values[inside], groups[inside], is_sample=is_sample))
            for end, value, inside in ends_of(points[factor.key], factor, known)
        ]
        if len(ends) < 2:
            continue
        first, last, of = compared(
            [each[0] for each in ends], [each[1] for each in ends], [each[3].mean for each in ends]
        )
        swing = contrast(values, groups, ends[last][2], ends[first][2], is_sample=is_sample)[:3]
        told = (of, *without_dust(swing, scale), middle)
        rows += [(factor.key, end, value, *found, *told) for end, value, _, found in ends]
    return sorted_by_swing(rows)


def compared(ends: Sequence[str], values: Sequence[str], means: Sequence[float]) -> tuple[int, int, str]:
    """Return which end is taken from which other, its place last, and in words; see `tornado`.

    >>> compared(["choice"] * 2, ["off", "on"], [3.0, 1.0]), compared(["choice"] * 3, ["a", "b", "c"], [3.0, 1.0, 2.0])
    ((0, 1, 'on less off'), (1, 0, 'spread'))
    """
    if ends[0] != "choice":
        return 0, len(ends) - 1, HIGH_LESS_LOW
    if len(ends) == 2:
        return 0, 1, f"{values[1]} less {values[0]}"
    return int(np.argmin(means)), int(np.argmax(means)), SPREAD


def ends_of(column: "pd.Series[Any]", factor: Factor, known: Flags) -> Iterator[tuple[str, str, Flags]]:
    """Yield end, value in words and which points, for the lowest and highest fifth, or for each choice in order."""
    if is_listed(column, factor):
        names = texts(column)
        kinds = np.unique(column[known].dropna()).tolist() if is_number(column) else in_order(names[known], factor)
        for kind in kinds:
            yield "choice", named(kind), known & (np.asarray(column == kind) if is_number(column) else names == kind)
        return
    numbers = column.to_numpy(np.float64)
    known = known & ~np.isnan(numbers)
    low, high = np.quantile(numbers[known], [FIFTH, 1 - FIFTH]) if known.any() else (0.0, 0.0)
    if low < high:
        for end, inside in (("low", known & (numbers <= low)), ("high", known & (numbers >= high))):
            yield end, spanned(float(numbers[inside].min()), float(numbers[inside].max())), inside


def in_order(names: "np.ndarray[Any, Any]", factor: Factor) -> list[str]:
    """Return the different texts in the order in which the factor lists them."""
    listed = {typed(each): number for number, each in enumerate(dict.fromkeys(factor.values))}
    return sorted(set(names.tolist()), key=lambda name: (listed.get(name, len(listed)), name))


def is_listed(column: "pd.Series[Any]", factor: Factor) -> bool:
    """Return whether a factor has values of which each is shown: texts, or a short choice of numbers."""
    return not is_number(column) or (factor.law == "choice" and column.nunique() <= MOST_VALUES)


def named(value: Any) -> str:
    """Return a factor's value in words."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def tornado_oat(points: "pd.DataFrame", by_seed: "pd.DataFrame", factors: Sequence[Factor]) -> "pd.DataFrame":
    """Return what `tornado` does for a one-at-a-time design: exact, at the two end points of each factor.

        swing[j] = y(x_j at its high end) - y(x_j at its low end), all else as in the scenario

    by_seed: a row a point, a column a seed (see `responses.by_seed`). Both ends have the same seeds, so the interval
    of the swing is that of paired differences. middle: y at the scenario's own values; n counts seeds.
    """
    middle, rows = float(estimate(by_seed.reindex([points["point"].iloc[0]]).iloc[0]).mean), []
    scale = float(by_seed.abs().max().max())
    for factor, places in departures(points, factors):
        column = points[factor.key]
        ends = ["choice"] * len(places)
        if not is_listed(column, factor):
            places, ends = [places[0], places[-1]], ["low", "high"]
        elif not is_number(column):
            names = texts(column)[places]
            places = [places[names.tolist().index(name)] for name in in_order(names, factor)]
        runs = [by_seed.reindex([points["point"].iloc[place]]).iloc[0] for place in places]
        found = [estimate(each) for each in runs]
        values = (column.iloc[places].map(named) if is_number(column) else texts(column)[places]).tolist()
        kept = [k for k, each in enumerate(found) if each.n]
        if len(kept) < 2 or (ends[0] != "choice" and len(kept) < len(found)):
            continue
        first, last, of = compared(ends, [values[k] for k in kept], [found[k].mean for k in kept])
        swing = paired(runs[kept[last]], runs[kept[first]])
        told = (of, *without_dust([swing.difference, swing.low, swing.high], scale), middle)
        rows += [(factor.key, end, value, *each, *told) for end, value, each in zip(ends, values, found, strict=True)]
    if not rows:
        raise AnalysisError("no factor has values at two points")
    return sorted_by_swing(rows)


def oat_curves(points: "pd.DataFrame", by_seed: "pd.DataFrame", factors: Sequence[Factor]) -> "pd.DataFrame":
    """Return y along each factor of a one-at-a-time design, in the columns of `dependence`; n counts seeds."""
    import pandas as pd

    rows = []
    for factor, places in departures(points, factors):
        column = points[factor.key]
        names = column.map(named).to_numpy() if is_number(column) else texts(column)
        for place in places:
            x = float(column.iloc[place]) if is_number(column) else np.nan
            found = estimate(by_seed.reindex([points["point"].iloc[place]]).iloc[0])
            rows.append((factor.key, names[place], x, x, x, *found))
    return pd.DataFrame(rows, columns=["factor", "value", "x", "low", "high", "y", "ci_low", "ci_high", "n"])


def departures(points: "pd.DataFrame", factors: Sequence[Factor]) -> Iterator[tuple[Factor, list[int]]]:
    """Yield each factor with the rows that differ from the first, the centre, in it alone, and the centre, in order."""
    shown = {factor.key: texts(points[factor.key]) for factor in factors}
    differs = {key: names != names[0] for key, names in shown.items()}
    n_differing = np.sum(list(differs.values()), axis=0)
    for factor in factors:
        places = [0, *np.flatnonzero(differs[factor.key] & (n_differing == 1)).tolist()]
        column = points[factor.key]
        if is_number(column):
            places = sorted(
                (place for place in places if not np.isnan(column.iloc[place])), key=column.iloc.__getitem__
            )
        if len(places) > 1:
            yield factor, places


def sorted_by_swing(rows: list[tuple[Any, ...]]) -> "pd.DataFrame":
    """Return the rows as a table, largest swing first, the ends of one factor together."""
    import pandas as pd

    table = pd.DataFrame(rows, columns=COLUMNS)
    order = (-table["swing"].abs()).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)
