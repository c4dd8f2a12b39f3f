"""Prices: what is paid and where, over what the brand asks its first tier, how widely it varies, for what quality."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.ledger import N_TIERS_COUNTED
from sim.measures.base import (
    FEN,
    MICRO,
    Measure,
    Record,
    Theme,
    WeeklyFunction,
    column,
    less,
    of_channel,
    some,
    total,
)
from sim.parameters import CHANNELS

SOURCE = "Baye, Morgan & Scholten 2006 (levels and dispersion of prices paid)"


def price_deviation(channel: int) -> WeeklyFunction:
    """Return the function that gives the coefficient of variation of each week's prices."""
    counts = [of_channel(name, channel) for name in ("units", "spent", "squared_price")]

    def relative(record: Record) -> NDArray[np.float64]:
        units, spent, squares = (record.series(count) for count in counts)
        mean_square = np.divide(units * squares, spent**2, out=np.ones(record.n_weeks), where=spent > 0)
        return np.sqrt(np.maximum(mean_square - 1.0, 0.0))

    return relative


def after_refunds(channel: int) -> WeeklyFunction:
    """Return the function that gives what was paid less what was refunded, yuan a week."""
    return less(of_channel("spent", channel, FEN), of_channel("refunded", channel, FEN))


def surplus_forgone(record: Record) -> NDArray[np.float64]:
    """Return, by week, what its needs would yield at the offers of week 0 less what they yield, yuan."""
    needs, surplus = record.series(total("needs")), record.series(total("informed_surplus", MICRO))
    at_first = surplus[:1] / np.where(needs[:1] > 0, needs[:1], np.nan)
    return needs * at_first - surplus


class Prices(Theme):
    """Mean price paid, mark-up over ex-factory, price per satisfying unit, dispersion."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        for c, name in enumerate(CHANNELS):
            units, spent = of_channel("units", c), of_channel("spent", c, FEN)
            yield Measure(
                f"price.{name}", "yuan", "sum of prices paid, before refunds / units", SOURCE, spent, units, True
            )
            formula = "sum of prices paid / sum of the brands' wholesale prices of the same units"
            wholesale = of_channel("wholesale_value", c, FEN)
            yield Measure(f"price_over_wholesale.{name}", "ratio", formula, SOURCE, spent, wholesale, True)
            formula = "(sum of prices paid - refunds) / units that satisfied"
            source = "price per unit of true quality"
            satisfied, kept = of_channel("satisfied", c), after_refunds(c)
            yield Measure(f"price_per_satisfied.{name}", "yuan", formula, source, kept, satisfied, True)
            formula = "standard deviation / mean of the prices paid in a week, all brands together"
            yield Measure(f"price_cv.{name}", "ratio", formula, SOURCE, price_deviation(c), some(units))
        for t in range(N_TIERS_COUNTED):
            units, spent = column("units_by_tier", t), column("spent_by_tier", t, FEN)
            formula = f"sum of prices paid / units, shops of tier {t + 1}" + " or deeper" * (t + 1 == N_TIERS_COUNTED)
            yield Measure(f"price.tier_{t + 1}", "yuan", formula, SOURCE, spent, units, True)
        yield from self.to_whom()
        formula = "informed surplus per need in week 0 less that of the week: cost of equal quality and choice"
        source = "logit cost of living, -(1/alpha) d ln sum exp V at true quality: Small & Rosen 1981"
        yield Measure("quality_adjusted_price", "yuan/need", formula, source, surplus_forgone, total("needs"), True)

    def to_whom(self) -> Iterator[Measure]:
        """Yield the mean prices in resale at friends' and at strangers' shops."""
        units, spent = of_channel("units", 0), of_channel("spent", 0, FEN)
        friends, paid = total("from_friends"), total("spent_at_friends", FEN)
        formula = "sum of prices paid / units, shops of the buyers' friends"
        yield Measure("price.at_friends", "yuan", formula, SOURCE, paid, friends, True)
        formula = "sum of prices paid / units, shops of strangers"
        yield Measure("price.at_strangers", "yuan", formula, SOURCE, less(spent, paid), less(units, friends), True)
