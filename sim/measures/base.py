"""What a measure is: a ratio of two weekly series, with unit, formula and source.

The market records what each week adds up to (`Tally`); a measure only reads these records, for
all weeks at once. The run-level value covers the last min(52, weeks) weeks: a *weighted* measure
is the ratio of the sums (so prices are weighted by units), any other the mean of its weeks, a
*total* its last week. Weeks without a value are skipped; a value is missing only if all are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Tally
from sim.parameters import WEEKS_PER_YEAR, Channel

Series = NDArray[np.float64]


class Record(NamedTuple):
    """What all weeks so far added up to: a Tally whose arrays have a first axis of weeks."""

    tally: Tally
    n_people: int
    n_weeks: int

    def ones(self) -> Series:
        """Return the denominator of a measure that is no ratio."""
        return np.ones(self.n_weeks)


WeeklyFunction = Callable[[Record], Series]

FEN = 100
MICRO = 1_000_000


def total(counts: str, per: float = 1) -> WeeklyFunction:
    """Return the function that sums a field of the tally within each week, divided by `per`."""
    return lambda record: getattr(record.tally, counts).sum(axis=1) / per


def column(counts: str, index: int, per: float = 1) -> WeeklyFunction:
    """Return the function that takes one column of a field of the tally, divided by `per`."""
    return lambda record: getattr(record.tally, counts)[:, index] / per


def of_channel(counts: str, channel: int, per: float = 1) -> WeeklyFunction:
    """Return the function that takes one channel of a field by venue (resale: both venues)."""
    if channel == Channel.RESALE:
        return lambda record: getattr(record.tally, counts)[:, :2].sum(axis=1) / per
    return column(counts, channel + 1, per)


def people(record: Record) -> Series:
    """Return the number of people, by week."""
    return record.ones() * record.n_people


def paid(payer: int | None, payee: int | None) -> WeeklyFunction:
    """Return the function for what one account paid another, yuan a week; None stands for all accounts."""
    rows, columns = (slice(None) if each is None else [each] for each in (payer, payee))
    return lambda record: record.tally.flow[:, rows][:, :, columns].sum(axis=(1, 2)) / FEN


def net(account: int) -> WeeklyFunction:
    """Return the function for what an account received less what it paid, yuan a week."""
    received, spent = paid(None, account), paid(account, None)
    return lambda record: received(record) - spent(record)


def change(weekly: WeeklyFunction) -> WeeklyFunction:
    """Return the function for the growth of a cumulative count within each week, from 0 before week 0."""
    return lambda record: np.diff(weekly(record), prepend=0.0)


def so_far(weekly: WeeklyFunction) -> WeeklyFunction:
    """Return the function for the sum of all weeks up to each week."""
    return lambda record: np.cumsum(weekly(record))


def less(first: WeeklyFunction, *others: WeeklyFunction) -> WeeklyFunction:
    """Return the function for one series less others."""
    return lambda record: first(record) - sum(other(record) for other in others)


def plus(*parts: WeeklyFunction) -> WeeklyFunction:
    """Return the function for the sum of series."""
    return lambda record: np.sum([part(record) for part in parts], axis=0)


def yuan_per_person_year(weekly: WeeklyFunction) -> WeeklyFunction:
    """Return the function that turns yuan a week into yuan per person and year."""
    return lambda record: weekly(record) * (WEEKS_PER_YEAR / record.n_people)


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
        above, below = self.numerator(record), self.denominator(record)
        return np.divide(above, below, out=np.full(record.n_weeks, np.nan), where=below != 0)

    def run_level(self, record: Record) -> float:
        """Return the value of the run (see the head of this file), nan if no week has one."""
        last = slice(-min(WEEKS_PER_YEAR, record.n_weeks), None)
        if self.is_total:
            return float(self.weekly(record)[-1]) if record.n_weeks else float("nan")
        if self.is_weighted:
            above, below = self.numerator(record)[last].sum(), self.denominator(record)[last].sum()
            return float(above / below) if below else float("nan")
        weeks = self.weekly(record)[last]
        weeks = weeks[~np.isnan(weeks)]
        return float(weeks.mean()) if weeks.size else float("nan")


class Theme:
    """A group of measures that belong together; one subclass a file of this folder."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        raise NotImplementedError
