"""The response: one number a point, y, of one measure, with the error that the luck of the seeds leaves in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.intervals import SAME

if TYPE_CHECKING:
    import pandas as pd


class AnalysisError(ValueError):
    """A method that these data do not allow; the message is one line that says why."""


@contextmanager
def needed(package: str) -> Iterator[None]:
    """Say which extra brings a package that is not installed: an import within raises AnalysisError."""
    try:
        yield
    except ImportError:
        raise AnalysisError(f"needs {package}, missing here (pip install 'weishang[sensitivity]')") from None


def by_seed(swept: "pd.DataFrame", against: "pd.DataFrame | None", measure: str) -> "pd.DataFrame":
    """Return the measure by point and seed: its level or, with `against`, the difference of the twin worlds.

        d[p, s] = m(swept)[p, s] - m(against)[p, s]

    swept, against: a row a point and seed, with columns `point`, `seed` and the measure. Returned: a row a point, a
    column a seed, nan where one of the two worlds or its value is missing, in the unit of the measure;
    a difference that is rounding is 0.
    """
    wide = _wide(swept, measure)
    if against is not None:
        ours, theirs = wide.align(_wide(against, measure), join="left")
        scale = ours.abs().where(ours.abs() > theirs.abs(), theirs.abs())
        wide = (ours - theirs).mask((ours - theirs).abs() <= SAME * scale, 0.0)
    return wide.sort_index().sort_index(axis=1)


def _wide(runs: "pd.DataFrame", measure: str) -> "pd.DataFrame":
    values = runs[["point", "seed"]].assign(value=runs[measure].astype("float64"))
    values.loc[~np.isfinite(values["value"]), "value"] = np.nan
    return values.drop_duplicates(["point", "seed"]).pivot(index="point", columns="seed", values="value")


def responses(values: "pd.DataFrame") -> "pd.DataFrame":
    """Return y, its standard error over seeds and their number n, a row a point.

        y[p] = mean over s of d[p, s],    error[p] = sd over s of d[p, s] / sqrt(n)

    values: as from `by_seed`, shape (n_points, n_seeds); a seed without a value is left out of its point alone.
    The error is nan for one seed. All points have the same seeds, so errors of different points are not
    independent: what luck adds to all points alike is in none of their differences.
    """
    import pandas as pd

    n = values.notna().sum(axis=1)
    error = values.std(axis=1, ddof=1) / np.sqrt(n.where(n > 1))
    return pd.DataFrame({"y": values.mean(axis=1), "error": error, "n": n})


def luck_of(values: "pd.DataFrame") -> float:
    """Return the variance that luck leaves in y beside what a seed does at all points alike, in the unit of y squared.

    In the two-way layout d[p, s] = y[p] + shift[s] + e[p, s] of P points and S seeds

        luck = sum of e^2 / ((P - 1) (S - 1)) / S

    The shift is in no difference between points, so it cannot pass for a factor; e can. values: as from `by_seed`;
    points without a value under every seed are left out. nan with one seed or one point.

    >>> import pandas as pd
    >>> luck_of(pd.DataFrame([[1.0, 11.0], [3.0, 13.0], [3.0, 11.0]]))  # e: -+ 1/3, -+ 1/3, +- 2/3
    0.3333333333333333
    """
    d = values.dropna().to_numpy(np.float64)
    n_points, n_seeds = d.shape
    if n_points < 2 or n_seeds < 2:
        return float("nan")
    e = d - d.mean(axis=1, keepdims=True) - d.mean(axis=0) + d.mean()
    return float((e**2).sum() / ((n_points - 1) * (n_seeds - 1)) / n_seeds)
