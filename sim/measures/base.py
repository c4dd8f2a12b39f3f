"""What a measure is: a ratio of two weekly series, with unit, formula and source.

The market records what each week adds up to (`Tally`); a measure only reads these records, for
all weeks at once. The run-level value covers the last min(52, weeks) weeks: a *weighted* measure
is the ratio of the sums (so prices are weighted by units), any other the mean of its weeks, a
*total* its last week. Weeks without a value are skipped; a value is missing only if all are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Tally
from sim.parameters import WEEKS_PER_YEAR, Channel

Series = NDArray[np.float64]
WeeklyFunction = Callable[["Record"], Series]


@dataclass(frozen=True)
class Record:
    """What all weeks so far added up to: a Tally whose arrays have a first axis of weeks."""

    tally: Tally
    n_people: int
    n_weeks: int
    known: dict[WeeklyFunction, Series] = field(default_factory=dict, repr=False, compare=False)

    def series(self, weekly: WeeklyFunction) -> Series:
        """Return a function's series, worked out once; nobody may write into it."""
        if weekly not in self.known:
            self.known[weekly] = weekly(self)
        return self.known[weekly]

    def ones(self) -> Series:
        """Return the denominator of a measure that is no ratio."""
        return np.ones(self.n_weeks)


FEN = 100
MICRO = 1_000_000

# Each of these makes one function for the same arguments, so that a record works it out once.


@cache
def total(counts: str, per: float = 1) -> WeeklyFunction:
    """Return the function that sums a field of the tally within each week, divided by `per`."""
    return lambda record: getattr(record.tally, counts).sum(axis=1) / per


@cache
def column(counts: str, index: int, per: float = 1) -> WeeklyFunction:
    """Return the function that takes one column of a field of the tally, divided by `per`."""
    return lambda record: getattr(record.tally, counts)[:, index] / per


@cache
def of_channel(counts: str, channel: int, per: float = 1) -> WeeklyFunction:
    """Return the function that takes one channel of a field by venue (resale: both venues)."""
    if channel == Channel.RESALE:
        return lambda record: getattr(record.tally, counts)[:, :2].sum(axis=1) / per
    return column(counts, channel + 1, per)


def people(record: Record) -> Series:
    """Return the number of people, by week."""
    return record.ones() * record.n_people


@cache
def paid(payer: int | None, payee: int | None) -> WeeklyFunction:
    """Return the function for what one account paid another, yuan a week; None stands for all accounts."""
    rows, columns = (slice(None) if each is None else slice(each, each + 1) for each in (payer, payee))
    return lambda record: record.tally.flow[:, rows, columns].sum(axis=(1, 2)) / FEN


@cache
def net(account: int) -> WeeklyFunction:
    """Return the function for what an account received less what it paid, yuan a week."""
    return less(paid(None, account), paid(account, None))


@cache
def change(weekly: WeeklyFunction) -> WeeklyFunction:
    """Return the function for the growth of a cumulative count within each week, from 0 before week 0."""

    def growth(record: Record) -> Series:
        grown = record.series(weekly).copy()
        grown[1:] -= record.series(weekly)[:-1]
        return grown

    return growth


@cache
def so_far(weekly: WeeklyFunction) -> WeeklyFunction:
    """Return the function for the sum of all weeks up to each week."""
    return lambda record: np.cumsum(record.series(weekly))


@cache
def less(first: WeeklyFunction, *others: WeeklyFunction) -> WeeklyFunction:
    """Return the function for one series less others."""
    rest = plus(*others)
    return lambda record: record.series(first) - record.series(rest)


@cache
def plus(*parts: WeeklyFunction) -> WeeklyFunction:
    """Return the function for the sum of series."""
    return lambda record: reduce(np.add, (record.series(part) for part in parts))


@cache
def some(weekly: WeeklyFunction) -> WeeklyFunction:
    """Return the function that is 1 in weeks with a count above 0, else 0."""
    return lambda record: np.sign(record.series(weekly))


@cache
def yuan_per_person_year(weekly: WeeklyFunction) -> WeeklyFunction:
    """Return the function that turns yuan a week into yuan per person and year."""
    return lambda record: record.series(weekly) * (WEEKS_PER_YEAR / record.n_people)


@dataclass(frozen=True)
class Measure:
    """One column of the results."""

    name: str
    unit: str
    formula: str
    source: str
    numerator: WeeklyFunction
    denominator: WeeklyFunction = Record.ones
    is_weighted: bool = False
    is_total: bool = False

    def weekly(self, record: Record) -> Series:
        """Return the value of every week, nan where the denominator is zero, shape (n_weeks,)."""
        return by_week([self], record)[0]

    def run_level(self, record: Record) -> float:
        """Return the value of the run (see the head of this file), nan if no week has one."""
        return float(of_run([self], record)[0])


def sides(measures: Sequence[Measure], record: Record) -> tuple[Series, Series]:
    """Return numerators and denominators, shape (n_measures, n_weeks)."""
    above = np.array([record.series(measure.numerator) for measure in measures], np.float64)
    return above, np.array([record.series(measure.denominator) for measure in measures], np.float64)


def ratio(above: Series, below: Series) -> Series:
    """Return above / below, nan where the denominator is zero."""
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)


def by_week(measures: Sequence[Measure], record: Record) -> Series:
    """Return the values of every week, nan where the denominator is zero, shape (n_measures, n_weeks)."""
    return ratio(*sides(measures, record))


def of_run(measures: Sequence[Measure], record: Record) -> Series:
    """Return the values of the run (see the head of this file), nan if no week has one, shape (n_measures,)."""
    if record.n_weeks == 0:
        return np.full(len(measures), np.nan)
    above, below = (side[:, -WEEKS_PER_YEAR:] for side in sides(measures, record))
    weeks = ratio(above, below)
    weighted = ratio(above.sum(axis=1), below.sum(axis=1))
    means = weeks.sum(axis=1) / weeks.shape[1]
    is_total = np.array([measure.is_total for measure in measures])
    is_weighted = np.array([measure.is_weighted for measure in measures])
    for row in np.flatnonzero(np.isnan(means) & ~is_total & ~is_weighted):
        present = weeks[row][~np.isnan(weeks[row])]
        means[row] = present.mean() if present.size else np.nan
    return np.where(is_total, weeks[:, -1], np.where(is_weighted, weighted, means))


class Theme:
    """A group of measures that belong together; one subclass a file of this folder."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        raise NotImplementedError
