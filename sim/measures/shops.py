"""Shops: how many and how deep, who comes and goes, whom they reach."""

from collections.abc import Iterator

import numpy as np

from sim.ledger import N_TIERS_COUNTED, PER_ONE
from sim.measures.base import FEN, Measure, Record, Series, Theme, column, people, some, total
from sim.parameters import WEEKS_PER_YEAR

CAUSES = ("unprofitable", "out_of_money", "banned")
IN_USE = 0.01
"""A tier is in use if this share of the shops is in it."""


def deepest_tier(record: Record) -> Series:
    """Return the deepest tier that holds at least a hundredth of the open shops, 0 without shops."""
    by_tier = record.tally.n_shops_by_tier
    in_use = by_tier >= np.maximum(IN_USE * by_tier.sum(axis=1, keepdims=True), 1)
    return np.asarray((in_use * np.arange(1, N_TIERS_COUNTED + 1)).max(axis=1), np.float64)


class Shops(Theme):
    """Number of shops by tier, openings, closings by cause, churn, contacts, moves to the rival platform."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        count = total("n_shops_by_tier")
        yield Measure("n_shops", "shops", "open shops", "counted", count)
        yield Measure("shops_per_person", "share", "open shops / people", "counted", count, people)
        for t in range(N_TIERS_COUNTED):
            in_tier = column("n_shops_by_tier", t)
            yield Measure(f"n_shops.tier_{t + 1}", "shops", "open shops", "counted", in_tier)
        formula = "deepest tier with at least 1 % of the open shops (8: 8 or deeper)"
        yield Measure("deepest_tier", "tiers", formula, "counted", deepest_tier, some(count))
        sales = total("spent_by_tier", FEN / WEEKS_PER_YEAR)
        yield Measure("sales_per_shop", "yuan/year", "52 x weekly sales / open shops", "accounts", sales, count)
        formula = "open shops whose next unit is a fake at the beginning of trade / open shops"
        yield Measure("share_shipping_fakes", "share", formula, "counted", total("selling_fakes"), count)
        yield from self.turnover()
        yield from self.reach()

    def turnover(self) -> Iterator[Measure]:
        """Yield openings, closings and churn."""
        yield Measure("shops_opened", "shops/week", "shops opened (active from next week)", "counted", total("opened"))
        yield Measure("shops_closed", "shops/week", "shops closed", "counted", total("closed"))
        for cause, name in enumerate(CAUSES):
            formula = f"shops closed, {name.replace('_', ' ')}" + ", or deposit owed for four weeks" * (cause == 1)
            yield Measure(f"shops_closed.{name}", "shops/week", formula, "counted", column("closed", cause))
        formula = "shops open 52 weeks ago that have closed since / shops open 52 weeks ago (missing in the first year)"
        gone, before = total("closed_since"), total("open_a_year_ago")
        yield Measure("shop_churn", "share/year", formula, "counted", gone, before, is_weighted=True)
        formula = "spells without a recruit / spells so far, however young"
        alone, spells = total("recruited_nobody"), total("spells_by_tier")
        yield Measure("share_recruiting_nobody", "share", formula, "counted", alone, spells, is_total=True)

    def reach(self) -> Iterator[Measure]:
        """Yield contacts, the limit on them, likes, and moves to the rival platform."""
        count = total("n_shops_by_tier")
        formula = "people who hold the shop in a slot, mean over open shops"
        yield Measure("contacts_per_shop", "people", formula, "counted", total("contacts"), count)
        formula = "the same of the shop with most"
        yield Measure("most_contacts", "people", formula, "counted", total("most_contacts"))
        formula = "open shops at this week's limit of contacts / open shops (0 without a limit)"
        yield Measure("share_at_contact_limit", "share", formula, "counted", total("at_limit"), count)
        formula = "open shops with 4 500 contacts or more / people: within a tenth of the cap of 5 000"
        yield Measure("share_near_friend_cap", "share", formula, "counted", total("near_limit"), people)
        likes = total("likes", PER_ONE)
        yield Measure("likes_per_shop", "likes", "likes seen, faded / open shops", "counted", likes, count)
        formula = "shops that moved to the rival platform"
        yield Measure("shops_moved_to_rival", "shops/week", formula, "counted", total("moved"))
