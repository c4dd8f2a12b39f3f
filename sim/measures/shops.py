"""Shops: how many, what they earn, how unequally."""

from collections.abc import Iterator

import numpy as np

from sim.ledger import N_TIERS_COUNTED
from sim.measures.base import FEN, Measure, Record, Series, Theme, column, total
from sim.parameters import WEEKS_PER_YEAR

GINI = "Chen, Tsaur & Rhai 1982 as normalised by Raffinetti et al. 2015: 0 to 1 also with losses"


def gini_weight(record: Record) -> Series:
    """Return (n - 1) times the sum of absolute profits, by week."""
    n_shops = record.tally.n_shops_by_tier.sum(axis=1)
    return np.maximum(n_shops - 1, 0) * (record.tally.profit_size[:, 0] / FEN)


def missing(record: Record) -> Series:
    """Return no value for any week."""
    return np.full(record.n_weeks, np.nan)


class Shops(Theme):
    """Number, income and inequality of shops; profit is cumulative retail plus wholesale income."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        count = total("n_shops_by_tier")
        yield Measure("n_shops", "shops", "open shops", "counted", count)
        people = lambda record: record.ones() * record.n_people  # noqa: E731
        yield Measure("shops_per_person", "share", "open shops / people", "counted", count, people)
        for t in range(N_TIERS_COUNTED):
            in_tier = column("n_shops_by_tier", t)
            yield Measure(f"n_shops.tier_{t + 1}", "shops", "open shops", "counted", in_tier)
            income = column("income_by_tier", t, FEN)
            formula = "cumulative retail and wholesale income of open shops / open shops"
            yield Measure(f"income_per_shop.tier_{t + 1}", "yuan", formula, "accounts", income, in_tier, is_total=True)
        sales = total("spent_by_tier", FEN / WEEKS_PER_YEAR)
        yield Measure("sales_per_shop", "yuan/year", "52 x weekly sales / open shops", "accounts", sales, count)
        spread = column("profit_spread", 0, FEN)
        formula = "sum_i (2i - n - 1) x_(i) / ((n - 1) sum |x|) over cumulative profits x"
        yield Measure("gini_shop_profit", "index", formula, GINI, spread, gini_weight)
        median = column("profit_median", 0, FEN)
        yield Measure("median_shop_profit", "yuan", "median of cumulative profits", "accounts", median, is_total=True)
        top, size = column("profit_top_fifth", 0, FEN), column("profit_size", 0, FEN)
        formula = "cumulative profit of the best fifth / sum of absolute cumulative profits"
        yield Measure("top_fifth_share", "share", formula, "Pareto's 80-20", top, size)
        formula = "spells with negative total profit / spells (missing: shops do not close in this version)"
        yield Measure("share_shops_lost", "share", formula, "accounts", missing)
