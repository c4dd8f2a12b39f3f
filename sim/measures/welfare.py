"""Welfare in yuan per person and year: consumers as they experience it, sellers, annoyance."""

from collections.abc import Iterator

import numpy as np

from sim.ledger import Account
from sim.measures.base import (
    FEN,
    MICRO,
    Measure,
    Record,
    Series,
    Theme,
    WeeklyFunction,
    column,
    of_channel,
    total,
    yuan_per_person_year,
)
from sim.parameters import CHANNELS

UNIT = "yuan/person/year"
LOGSUM = "Small & Rosen 1981; misperception: Train 2015"
ACCOUNTS = "accounts"
PRODUCERS = {
    "shops": Account.SHOPS,
    "brands": Account.BRANDS,
    "bazaar_sellers": Account.BAZAAR_SELLERS,
    "mall_operator": Account.MALL,
}


def profit(account: int) -> WeeklyFunction:
    """Return the function that gives what an account received less what it paid, yuan a week."""
    return lambda r: (r.tally.flow[:, :, account].sum(axis=1) - r.tally.flow[:, account, :].sum(axis=1)) / FEN


def surplus_of_channel(channel: int) -> WeeklyFunction:
    """Return the function for revenue less refunds less cost of making and serving, yuan a week."""
    parts = [of_channel(name, channel, FEN) for name in ("spent", "refunded", "made_cost")]

    def surplus(record: Record) -> Series:
        spent, refunded, cost = (part(record) for part in parts)
        return spent - refunded - cost

    return surplus


def producers(record: Record) -> Series:
    """Return the profits of all sellers, yuan a week."""
    return np.sum([profit(account)(record) for account in PRODUCERS.values()], axis=0)


def consumers(record: Record) -> Series:
    """Return experienced consumer surplus, yuan a week."""
    return total("surplus", MICRO)(record)


def misinformation(record: Record) -> Series:
    """Return what consumers would gain from true beliefs at the same offers, yuan a week."""
    return total("informed_surplus", MICRO)(record) - consumers(record)


def annoyance(record: Record) -> Series:
    """Return the harm of advertising posts seen, yuan a week."""
    return total("annoyance", MICRO)(record)


def everyone(record: Record) -> Series:
    """Return consumers' and producers' surplus less annoyance, yuan a week."""
    return consumers(record) + producers(record) - annoyance(record)


class Welfare(Theme):
    """Experienced consumer surplus, producer surplus, annoyance by advertising, and their sum."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        formula = "sum over needs of (ln(1 + sum_g (sum_j e^(V_j/lambda))^lambda) + sum_j P_j (V*_j - V_j)) / alpha"
        yield Measure("consumer_surplus", UNIT, formula, LOGSUM, yuan_per_person_year(consumers))
        for fifth in range(5):
            group = f"wealth_{fifth + 1}"
            surplus = yuan_per_person_year(column("surplus", fifth, MICRO / 5))
            formula = f"the same per person of wealth fifth {fifth + 1} (1 poorest); wealth does not enter demand"
            yield Measure(f"consumer_surplus.{group}", UNIT, formula, LOGSUM, surplus)
        formula = "surplus if each seller's true chance were known at the same offers, less experienced surplus"
        yield Measure("loss.misinformation", UNIT, formula, LOGSUM, yuan_per_person_year(misinformation))
        formula = "advertising posts seen x attention.post_disutility"
        yield Measure("loss.spam", UNIT, formula, "docs/odd.md 7.1", yuan_per_person_year(annoyance))
        formula = "sum of the profits of shops, brands, bazaar sellers and mall operator"
        yield Measure("producer_surplus", UNIT, formula, ACCOUNTS, yuan_per_person_year(producers))
        for c, name in enumerate(CHANNELS):
            formula = "revenue - refunds - cost of making and serving the units sold (before advertising)"
            surplus = yuan_per_person_year(surplus_of_channel(c))
            yield Measure(f"producer_surplus.{name}", UNIT, formula, ACCOUNTS, surplus)
        for name, account in PRODUCERS.items():
            formula = "received - paid (the owners' own time is not charged)"
            yield Measure(f"profit.{name}", UNIT, formula, ACCOUNTS, yuan_per_person_year(profit(account)))
        formula = "consumer_surplus + producer_surplus - loss.spam (sellers' own time is not charged)"
        yield Measure("welfare", UNIT, formula, "sum", yuan_per_person_year(everyone))
        formula = "sum over all weeks so far, undiscounted"
        for name, weekly in (("consumer_surplus", consumers), ("producer_surplus", producers), ("welfare", everyone)):
            so_far = lambda r, weekly=weekly: np.cumsum(weekly(r))  # noqa: E731
            yield Measure(f"{name}_total", "yuan", formula, "sum", so_far, is_total=True)
