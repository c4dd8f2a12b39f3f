"""Prices, trust, market share, welfare and the rest, as functions of the weekly records."""

import sys
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim.discovery import discover
from sim.measures.base import Measure, Record, Theme, by_week, of_run
from sim.parameters import START_DATE, Parameters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Measure", "Record", "catalogue", "run_level", "weekly_table"]

FIRST = ("prices", "trust", "shares")
"""Themes that come first among the columns; the others follow by name."""


@cache
def catalogue(n_brands: int = Parameters().brands.n_brands) -> tuple[Measure, ...]:
    """Return all measures in column order; names are unique."""
    themes = discover(sys.modules[__name__], Theme)
    order = sorted(themes, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    measures = tuple(measure for name in order for measure in themes[name]().measures(n_brands))
    names = [measure.name for measure in measures]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ImportError(f"measures defined twice: {', '.join(sorted(twice))}")
    return measures


def weekly_table(record: Record, n_brands: int) -> "pd.DataFrame":
    """Return week, date (Monday) and one column a measure, one row a week."""
    import pandas as pd

    measures = catalogue(n_brands)
    table = pd.DataFrame(by_week(measures, record).T, columns=[measure.name for measure in measures])
    weeks = np.arange(record.n_weeks)
    table.insert(0, "week", weeks)
    table.insert(1, "date", np.datetime64(START_DATE, "s") + 7 * weeks.astype("timedelta64[D]"))
    return table


def run_level(record: Record, n_brands: int) -> dict[str, float]:
    """Return measure -> value of the run."""
    measures = catalogue(n_brands)
    return dict(zip((measure.name for measure in measures), of_run(measures, record).tolist(), strict=True))
