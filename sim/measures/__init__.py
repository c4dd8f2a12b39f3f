"""Prices, trust, market share, welfare and the rest, as functions of the weekly records."""

import sys
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sim.discovery import discover
from sim.measures.base import Measure, Record, Theme
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

    dates = [pd.Timestamp(START_DATE + timedelta(weeks=week)) for week in range(record.n_weeks)]
    columns = {measure.name: measure.weekly(record) for measure in catalogue(n_brands)}
    return pd.DataFrame({"week": range(record.n_weeks), "date": pd.DatetimeIndex(dates)} | columns)


def run_level(record: Record, n_brands: int) -> dict[str, float]:
    """Return measure -> value of the run."""
    return {measure.name: measure.run_level(record) for measure in catalogue(n_brands)}
