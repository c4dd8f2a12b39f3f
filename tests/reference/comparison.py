"""Where two markets differ first: every column of the plain one against the arrays of the other."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.ledger import PER_ONE
from sim.model import Market
from sim.parameters import VENUES
from tests.reference.agents import Shop
from tests.reference.market import Purchase, ReferenceMarket

PERSON_DRAWN = (
    "key", "value", "price_sensitivity", "need_per_week", "is_naive", "uses_bazaar", "uses_mall", "uses_rival",
    "wealth", "outside_income", "conscience", "risk_bias",
)  # fmt: skip
SHOP_SETTINGS = (
    "owner", "tier", "unit_cost", "price", "platform", "n_posts", "aggressiveness", "sells_fakes", "likes",
)  # fmt: skip
PURCHASE = ("buyer", "venue", "brand", "price", "belief", "trust", "is_genuine", "is_satisfied", "is_refunded")
BRAND = ("quality", "cost", "wholesale", "list_price", "fake_cost")


class DifferenceError(AssertionError):
    """The two markets differ; the message is one line: week, who, field, both values."""


def same(week: int, who: str, field: str, expected: Iterable[Any], found: Any) -> None:
    """Raise DifferenceError at the first element of `found` that is not exactly the expected one."""
    expected, found = np.asarray(list(expected)), np.asarray(found)
    if len(expected) != len(found):
        raise DifferenceError(f"week {week}: {len(found)} x {who} {field}, the reference has {len(expected)}")
    if expected.size == 0:
        return
    is_same = np.equal(expected, found)
    if not is_same.all():
        at = tuple(int(i) for i in np.argwhere(~is_same)[0])
        place = f"{who} {at[0]}, {field}" + "".join(f"[{i}]" for i in at[1:])
        raise DifferenceError(f"week {week}, {place}: {found[at].item()!r}, the reference has {expected[at].item()!r}")


def compare_set_up(reference: ReferenceMarket, market: Market) -> None:
    """Compare what week 0 begins with and what never changes."""
    for name in PERSON_DRAWN:
        same(0, "person", name, [getattr(p, name) for p in reference.people], getattr(market.people, name))
    for name in BRAND:
        same(0, "brand", name, [getattr(b, name) for b in reference.brands], getattr(market.brands, name))
    for name in SHOP_SETTINGS:
        same(0, "shop", name, [getattr(s, name) for s in reference.shops], getattr(market.shops, name))
    row = rows_of_shops(reference)
    same(0, "shop", "brand", [s.brand.number for s in reference.shops], market.shops.brand)
    same(0, "shop", "upline", [row[s.upline] for s in reference.shops], market.shops.upline)
    for name, column in (("number", "seller"), ("venue", "venue"), ("price", "price"), ("sells_fakes",) * 2):
        same(0, "listing", column, [getattr(s, name) for s in reference.listings], getattr(market.listings, column))
    same(0, "listing", "brand", [s.brand.number for s in reference.listings], market.listings.brand)
    compare_state(reference, market, week=0)


def compare_week(reference: ReferenceMarket, market: Market) -> None:
    """Compare this week's purchases, and all that they have left behind."""
    week = reference.week - 1
    if market.week != reference.week:
        raise DifferenceError(f"week {week}: the market says it is week {market.week}, the reference {reference.week}")
    compare_feeds(reference, market, week)
    compare_purchases(reference, market, week)
    compare_state(reference, market, week)


def compare_feeds(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare counts of the week; fractions were counted in whole units, at most half of one off a person."""
    tally, n_people = market.tallies[-1], len(reference.people)
    for name, expected, unit in (
        ("muted", reference.n_muted, 0),
        ("needs", reference.n_needs, 0),
        ("ads_share", reference.advertising_share, 1 / PER_ONE),
        ("ads_seen", reference.advertising_seen, 1 / 1000),
    ):
        found = int(getattr(tally, name)[0]) * (unit or 1)
        if abs(found - expected) > 0.51 * unit * n_people:
            raise DifferenceError(f"week {week}, all people, {name}: {found!r}, the reference has {expected!r}")


def compare_purchases(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare who bought what, where, why and how it went."""
    orders = market.orders
    ours, theirs = {p.buyer for p in reference.purchases}, set(orders.buyer.tolist())
    if ours != theirs:
        person = min(ours ^ theirs)
        raise DifferenceError(
            f"week {week}, person {person}, buys: {person in theirs}, the reference has {person in ours}"
        )
    row_of_owner = {shop.owner: row for row, shop in enumerate(reference.shops)}
    row_of_listing = {(s.venue, s.brand.number, s.number): row for row, s in enumerate(reference.listings)}

    def row(purchase: Purchase, is_shop: bool) -> int:
        if (purchase.channel == 0) != is_shop:
            return -1
        if is_shop:
            return row_of_owner[purchase.seller]
        return row_of_listing[purchase.venue, purchase.brand, purchase.seller]

    buyers = [f"person {p.buyer}, purchase's" for p in reference.purchases]
    for name, expected, found in (
        ("shop", [row(p, True) for p in reference.purchases], orders.shop),
        ("listing", [row(p, False) for p in reference.purchases], orders.listing),
        *((name, [getattr(p, name) for p in reference.purchases], getattr(orders, name)) for name in PURCHASE),
    ):
        for buyer, ours, theirs in zip(buyers, expected, found.tolist(), strict=True):
            if ours != theirs:
                raise DifferenceError(f"week {week}, {buyer} {name}: {theirs!r}, the reference has {ours!r}")


def compare_state(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare people, sellers and money as they are now."""
    people, found = reference.people, market.people
    for code, venue in enumerate(VENUES):
        same(week, "person", f"trust in {venue}", [p.trust[code] for p in people], found.trust[:, code])
    n_brands = len(reference.brands)
    same(week, "person", "knows", [[b in p.knows for b in range(n_brands)] for p in people], found.knows)
    compare_slots(reference, market, week)
    for name in ("spent", "surplus", "informed_surplus"):
        same(week, "person", name, [getattr(p, name) for p in people], getattr(found, name))
    compare_ratings("shop", reference.shops, market.shops, week)
    compare_ratings("listing", reference.listings, market.listings, week)
    for ours, theirs in (("income_retail", "income_from_retail"), ("income_wholesale", "income_from_wholesale")):
        same(week, "shop", theirs, [getattr(s, ours) for s in reference.shops], getattr(market.shops, theirs))
    same(week, "shop", "n_contacts", [s.n_contacts for s in reference.shops], market.shops.n_contacts)
    balances = market.ledger.balances()
    if balances != dict(reference.accounts):
        wrong = next(name for name in reference.accounts if balances.get(name) != reference.accounts[name])
        raise DifferenceError(
            f"week {week}, account {wrong}: {balances.get(wrong)!r}, the reference has {reference.accounts[wrong]!r}"
        )


def compare_slots(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare the shops held and, where one is held, the evidence about it."""
    row, found = rows_of_shops(reference), market.people
    holds = [[row[slot.shop] if slot else -1 for slot in p.slots] for p in reference.people]
    same(week, "person", "slot_shop", holds, found.slot_shop)
    is_held = np.array(holds) >= 0

    def column(name: str) -> list[list[float]]:
        return [[getattr(slot, name) if slot else 0 for slot in p.slots] for p in reference.people]

    for name in ("is_friend", "satisfied", "total", "last_week"):
        theirs = np.where(is_held, getattr(found, f"slot_{name}"), 0)
        same(week, "person", f"slot_{name}", column(name), theirs)


def compare_ratings(who: str, sellers: list[Any], found: Any, week: int) -> None:
    """Compare public ratings."""
    for ours, theirs in (("satisfied", "satisfied"), ("total", "total"), ("last_week", "week")):
        expected = [getattr(seller.ratings, ours) for seller in sellers]
        same(week, who, f"rating_{theirs}", expected, getattr(found, f"rating_{theirs}"))


def rows_of_shops(reference: ReferenceMarket) -> dict[Shop | None, int]:
    """Return shop -> row, and None -> -1."""
    return {None: -1} | {shop: row for row, shop in enumerate(reference.shops)}
