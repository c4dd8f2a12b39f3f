"""The patterns of `targets.csv`, computed from the measures of one run: one function each.

Week 0 begins on 2014-01-06 and week w on the Monday w weeks later. A year is the 52 weeks whose
Monday is in it: 2015 is weeks 52 to 103, 2016 weeks 104 to 155; April 2016 is weeks 117 to 120.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from sim.counts import NEAR_LIMIT
from sim.parameters import CHANNELS, Parameters

if TYPE_CHECKING:
    import pandas as pd

YEAR_2015, YEAR_2016, APRIL_2016 = (52, 103), (104, 155), (117, 120)
MARKETPLACES = ("bazaar", "mall")


class Run(NamedTuple):
    """One world: its measures by week, those of the run, and what it was made of."""

    weekly: "pd.DataFrame"  # one row a week, indexed by week
    level: "pd.Series[float]"  # run-level measures
    parameters: Parameters


class NotMeasurableError(ValueError):
    """A pattern that a run cannot show; the message says why."""


Pattern = Callable[[Run], float]


def weeks(run: Run, measure: str, span: tuple[int, int]) -> "pd.Series[float]":
    """Return a measure in the weeks `first` to `last`; raises NotMeasurableError if the run is shorter."""
    first, last = span
    if last not in run.weekly.index:
        raise NotMeasurableError(f"needs week {last}, the run ends with week {len(run.weekly) - 1}")
    return run.weekly.loc[first:last, measure]


def at(run: Run, measure: str, week: int) -> float:
    """Return a measure in one week."""
    return float(weeks(run, measure, (week, week)).iloc[0])


def people(run: Run) -> int:
    """Return how many live in the town; one whose graph is read from a file says so by its measures alone."""
    if run.parameters.network.kind == "generated":
        return run.parameters.population.n_people
    shops = run.weekly[run.weekly["n_shops"] > 0]
    return round(float((shops["n_shops"] / shops["shops_per_person"]).max())) if len(shops) else 0


def merchants_per_user_2015(run: Run) -> float:
    """Return shops per person in the last week of 2015."""
    return at(run, "shops_per_person", YEAR_2015[1])


def merchants_per_user_2016(run: Run) -> float:
    """Return shops per person in the last week of 2016."""
    return at(run, "shops_per_person", YEAR_2016[1])


def merchant_growth_2016(run: Run) -> float:
    """Return the growth of the number of shops from the last week of 2015 to that of 2016."""
    before = at(run, "n_shops", YEAR_2015[1])
    return at(run, "n_shops", YEAR_2016[1]) / before - 1 if before else float("nan")


def sales_of_year(run: Run, span: tuple[int, int]) -> float:
    """Return a year's sales in resale over the mean number of open shops, yuan."""
    shops, yearly_rate = weeks(run, "n_shops", span), weeks(run, "sales_per_shop", span)
    sales = (yearly_rate.fillna(0) * shops).mean()
    return float(sales / shops.mean()) if shops.any() else float("nan")


def sales_per_merchant_2015(run: Run) -> float:
    """Return the sales of 2015 per shop, yuan."""
    return sales_of_year(run, YEAR_2015)


def sales_per_merchant_2016(run: Run) -> float:
    """Return the sales of 2016 per shop, yuan."""
    return sales_of_year(run, YEAR_2016)


def tier_ratio(run: Run) -> float:
    """Return the ratio of unit costs that is set."""
    return 1 + run.parameters.shops.tier_markup


def retail_over_ex_factory(run: Run) -> float:
    """Return prices in resale over wholesale prices of the same units."""
    return float(run.level["price_over_wholesale.resale"])


def tiers_in_use(run: Run) -> float:
    """Return the deepest tier in use, mean over weeks."""
    return float(run.level["deepest_tier"])


def trust_resale_2016(run: Run) -> float:
    """Return the share who trust resale in April 2016."""
    return float(weeks(run, "share_trusting.resale", APRIL_2016).mean())


def bought_from_resale_2016(run: Run) -> float:
    """Return the share who ever bought in resale by April 2016."""
    return float(weeks(run, "share_ever_bought", APRIL_2016).mean())


def quality_order(run: Run) -> float:
    """Return 1 if both mall and direct satisfy more often than bazaar and resale, else 0."""
    satisfaction = {channel: run.level[f"satisfaction.{channel}"] for channel in CHANNELS}
    if any(math.isnan(value) for value in satisfaction.values()):
        raise NotMeasurableError("a channel sold nothing")
    return float(
        min(satisfaction["mall"], satisfaction["direct"]) > max(satisfaction["bazaar"], satisfaction["resale"])
    )


def shop_churn(run: Run) -> float:
    """Return the share of shops closed a year later, mean over the weeks after the first year."""
    if len(run.weekly) <= YEAR_2015[0]:
        raise NotMeasurableError(f"needs more than 52 weeks, the run has {len(run.weekly)}")
    return float(run.weekly["shop_churn"].mean())


def share_shops_lost(run: Run) -> float:
    """Return the share of spells with negative total profit at the end."""
    return float(run.level["share_shops_lost"])


def recruit_nobody(run: Run) -> float:
    """Return the share of spells without a recruit at the end."""
    return float(run.level["share_recruiting_nobody"])


def gini_shop_income(run: Run) -> float:
    """Return the Gini index of positive incomes."""
    return float(run.level["gini_shop_income"])


def near_friend_cap(run: Run) -> float:
    """Return the shops with 4 500 contacts or more per person at the end of 2016."""
    if people(run) <= NEAR_LIMIT:
        raise NotMeasurableError(f"the town has {people(run)} people: no shop can have {NEAR_LIMIT} contacts")
    return at(run, "share_near_friend_cap", YEAR_2016[1])


def complaints_vs_harm_resale(run: Run) -> float:
    """Return complaints per disappointed purchase of 2016, resale over bazaar and mall together."""
    ratios = []
    for channels in (("resale",), MARKETPLACES):
        complaints = sum(weeks(run, f"complaints.{channel}", YEAR_2016).sum() for channel in channels)
        harm = sum(weeks(run, f"disappointed.{channel}", YEAR_2016).sum() for channel in channels)
        ratios.append(complaints / harm if harm else float("nan"))
    resale, elsewhere = ratios
    return float(resale / elsewhere) if elsewhere else float("nan")


PATTERNS: dict[str, Pattern] = {
    pattern.__name__: pattern
    for pattern in (
        merchants_per_user_2015, merchants_per_user_2016, merchant_growth_2016, sales_per_merchant_2015,
        sales_per_merchant_2016, tier_ratio, retail_over_ex_factory, tiers_in_use, trust_resale_2016,
        bought_from_resale_2016, quality_order, shop_churn, share_shops_lost, recruit_nobody, gini_shop_income,
        near_friend_cap, complaints_vs_harm_resale,
    )
}  # fmt: skip
"""Name in `targets.csv` -> its function."""
