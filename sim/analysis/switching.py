"""Switching values: where along a factor the difference between two scenarios changes its sign."""

import itertools
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.intervals import Floats

if TYPE_CHECKING:
    import pandas as pd

NONE = "none within the range"
COLUMNS = ["factor", "switches_at", "turn", "is_certain", "y_first", "y_last", "said"]


def switching_values(curves: "pd.DataFrame") -> "pd.DataFrame":
    """Return one row a factor and change of sign (or one that says there is none).

    Between neighbours x, x' with y, y' of opposite sign y is taken as a line:

        switches_at = x - y (x' - x) / (y' - y)

    curves: as from `dependence` or `oat_curves`: factor, value, x, y, ci_low, ci_high. Columns returned: factor,
    switches_at (unit of the factor, nan if there is none), turn (`up`: from below zero to above, `down`), is_certain
    (on both sides, up to the next change, some interval of y leaves zero out), y_first, y_last (ends of the curve),
    said (in words; for texts: the values with either sign). Source: switching values as in HM Treasury 2022, The Green
    Book.
    """
    import pandas as pd

    rows = []
    for factor, curve in curves.dropna(subset=["y"]).groupby("factor", sort=False):
        ends = float(curve["y"].iloc[0]), float(curve["y"].iloc[-1])
        if curve["x"].isna().any():
            rows.append((factor, np.nan, "", has_both_signs(curve), *ends, signs_in_words(curve)))
            continue
        ordered = curve.sort_values("x", kind="stable")
        x, y = ordered["x"].to_numpy(np.float64), ordered["y"].to_numpy(np.float64)
        found = crossings(x, y)
        sides = certain_sides(ordered, [at for at, _ in found])
        for number, (at, turn) in enumerate(found):
            is_certain = sides[number] and sides[number + 1]
            rows.append((factor, at, turn, is_certain, *ends, f"{at:.4g}{'' if is_certain else ' (uncertain)'}"))
        if not found:
            rows.append((factor, np.nan, "", False, *ends, NONE))
    return pd.DataFrame(rows, columns=COLUMNS)


def crossings(x: Floats, y: Floats) -> list[tuple[float, str]]:
    """Return where a line through the points changes its sign, and which way.

    >>> crossings(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 3.0]))
    [(0.5, 'up')]
    """
    found = []
    signed = np.flatnonzero(y)
    for i, j in itertools.pairwise(signed):
        if y[i] * y[j] < 0:
            between = x[i + 1 : j]
            at = between.mean() if between.size else x[i] - y[i] * (x[j] - x[i]) / (y[j] - y[i])
            found.append((float(at), "up" if y[j] > 0 else "down"))
    return found


def certain_sides(curve: "pd.DataFrame", switches: list[float]) -> list[bool]:
    """Return, for each stretch between changes of sign, whether some interval of y in it leaves zero out."""
    edges = [-np.inf, *switches, np.inf]
    leaves_out = (curve["ci_low"] > 0) | (curve["ci_high"] < 0)
    return [bool(leaves_out[(curve["x"] > low) & (curve["x"] < high)].any()) for low, high in itertools.pairwise(edges)]


def has_both_signs(curve: "pd.DataFrame") -> bool:
    """Return whether some interval of y lies above zero and another below."""
    return bool((curve["ci_low"] > 0).any() and (curve["ci_high"] < 0).any())


def signs_in_words(curve: "pd.DataFrame") -> str:
    """Return which texts go with which sign, `none within the range` if there is one sign alone."""
    below = [str(each) for each in curve["value"][curve["y"] < 0]]
    above = [str(each) for each in curve["value"][curve["y"] > 0]]
    if not (below and above):
        return NONE
    return f"below zero with {' or '.join(below)}; above with {' or '.join(above)}"
