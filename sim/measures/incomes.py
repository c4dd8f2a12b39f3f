"""Incomes of shops: what a spell earns, who loses, how unequally, and from what."""

from collections.abc import Iterator

import numpy as np

from sim.ledger import N_TIERS_COUNTED
from sim.measures.base import FEN, Measure, Record, Series, Theme, change, column, so_far, some, total

GINI = "Chen, Tsaur & Rhai 1982 as normalised by Raffinetti et al. 2015: 0 to 1 also with losses"
GINI_POSITIVE = "Gini's mean difference over twice the mean, n - 1 for n: free of the bias of few shops"
TOTAL_PROFIT = "cash received less paid, deposit held, stock at salvage value"
ACCOUNTS = "accounts"


def profit_weight(record: Record) -> Series:
    """Return (n - 1) times the sum of absolute profits of open shops, by week."""
    n_shops = record.tally.n_shops_by_tier.sum(axis=1)
    return np.maximum(n_shops - 1, 0) * (record.tally.profit_size[:, 0] / FEN)


def income_weight(record: Record) -> Series:
    """Return (n - 1) times the sum of positive incomes of open shops, by week."""
    return np.maximum(record.tally.n_with_income[:, 0] - 1, 0) * (record.tally.income_size[:, 0] / FEN)


class Incomes(Theme):
    """Losers, profit by tier, inequality, and the share that comes from recruits.

    Income is margin on sales to consumers and downlines and pay for recruiting; total profit also
    counts stock bought, charges and losses.
    """

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        yield from self.losers()
        yield from self.inequality()
        yield from self.by_tier()
        income = change(total("income_by_source", FEN))
        recruits = change(column("income_by_source", 2, FEN))
        formula = "income from recruits (bonuses, margin on their opening stock) / income, of the period"
        source = "pyramid test: pay for recruiting against retail; FTC v. Koscot 1975"
        yield Measure("share_income_from_recruits", "share", formula, source, recruits, income, is_weighted=True)

    def losers(self) -> Iterator[Measure]:
        """Yield the shares of spells that lost, and how much."""
        spells, lost = total("spells_by_tier"), total("lost_by_tier")
        formula = f"spells with negative total profit / spells so far, open ones included; profit is {TOTAL_PROFIT}"
        yield Measure("share_shops_lost", "share", formula, ACCOUNTS, lost, spells, is_total=True)
        closed = so_far(total("closed"))
        formula = "closed spells with negative total profit / closed spells so far"
        yield Measure(
            "share_shops_lost.closed", "share", formula, ACCOUNTS, total("closed_lost"), closed, is_total=True
        )
        for t in range(N_TIERS_COUNTED):
            part, whole = column("lost_by_tier", t), column("spells_by_tier", t)
            formula = f"the same of tier {t + 1}, open spells included"
            yield Measure(f"share_shops_lost.tier_{t + 1}", "share", formula, ACCOUNTS, part, whole, is_total=True)
        formula = "mean total loss of the spells that lost so far"
        yield Measure("loss_per_loser", "yuan", formula, ACCOUNTS, total("sum_of_losses", -FEN), lost, is_total=True)

    def inequality(self) -> Iterator[Measure]:
        """Yield median, Gini indices and the share of the best fifth of open shops."""
        spread = column("profit_spread", 0, FEN)
        formula = "sum_i (2i - n - 1) x_(i) / ((n - 1) sum |x|) over total profits x of open shops"
        yield Measure("gini_shop_profit", "index", formula, GINI, spread, profit_weight)
        formula = "sum_i (2i - n - 1) x_(i) / ((n - 1) sum x) over incomes x above 0 of open shops since their opening"
        spread = column("income_spread", 0, FEN)
        yield Measure("gini_shop_income", "index", formula, GINI_POSITIVE, spread, income_weight)
        median, shops = column("profit_median", 0, FEN), some(total("n_shops_by_tier"))
        yield Measure("median_shop_profit", "yuan", "median of total profits of open shops", ACCOUNTS, median, shops)
        top, size = column("profit_top_fifth", 0, FEN), column("profit_size", 0, FEN)
        formula = "total profit of the best fifth of open shops / sum of absolute total profits"
        yield Measure("top_fifth_share", "share", formula, "Pareto's 80-20", top, size)

    def by_tier(self) -> Iterator[Measure]:
        """Yield income and total profit per spell, and per week lived, by tier."""
        for t in range(N_TIERS_COUNTED):
            name, spells = f"tier_{t + 1}", column("spells_by_tier", t)
            income, profit = column("income_by_tier", t, FEN), column("profit_by_tier", t, FEN)
            formula = "income of all spells so far / spells"
            yield Measure(f"income_per_spell.{name}", "yuan", formula, ACCOUNTS, income, spells, is_total=True)
            formula = f"total profit of all spells so far / spells; {TOTAL_PROFIT}"
            yield Measure(f"profit_per_spell.{name}", "yuan", formula, ACCOUNTS, profit, spells, is_total=True)
            formula = "the same / weeks lived by them"
            weeks = column("weeks_by_tier", t)
            yield Measure(f"profit_per_shop_week.{name}", "yuan/week", formula, ACCOUNTS, profit, weeks, is_total=True)
