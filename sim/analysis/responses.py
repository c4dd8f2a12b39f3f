"""The response: one number a point, y, of one measure, with the error that the luck of the seeds leaves in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

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
    column a seed, nan where one of the two worlds or its value is missing, in the unit of the measure.
    """
    wide = _wide(swept, measure)
    if against is not None:
        ours, theirs = wide.align(_wide(against, measure), join="left")
        wide = ours - theirs
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
