"""Where two markets differ first: every column of the plain one against the arrays of the other."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.ledger import PER_ONE
from sim.model import Market
from sim.parameters import VENUES
from tests.reference.market import ReferenceMarket
from tests.reference.sellers import Seller, Shop

PERSON_DRAWN = (
    "key", "value", "price_sensitivity", "need_per_week", "is_naive", "uses_bazaar", "uses_mall", "uses_rival",
    "outside_income", "conscience", "risk_bias", "patience",
)  # fmt: skip
PERSON = ("wealth", "last_opening", "strikes", "is_banned", "has_bought", "spent", "surplus", "informed_surplus")
SLOT = ("is_friend", "from_campaign", "satisfied", "total", "last_week")
SHOP = (
    "owner", "tier", "opened_week", "closed_week", "unit_cost", "markup", "price", "platform", "posts",
    "aggressiveness", "growth", "suspended_until", "buys_fakes", "stock_genuine", "stock_fake", "cost_of_fakes",
    "n_contacts", "n_recruits", "cash", "charges", "deposit_held", "sales_smoothed", "profit_smoothed",
)  # fmt: skip
OPEN_SHOP = (
    "ships_fakes", "likes", "ran_campaign", "sales_of_year", "complaints", "weeks_owing", "badge_lost",
)  # fmt: skip  # of no account once the shop has closed
SHOP_RENAMED = {
    "n_units": "units_moved",
    "income_retail": "income_from_retail",
    "income_wholesale": "income_from_wholesale",
    "income_recruits": "income_from_recruits",
}
LISTING = (
    "venue", "price", "is_open", "opened_week", "sells_fakes", "patience", "income", "sales_smoothed",
    "profit_smoothed",
)  # fmt: skip
LISTING_RENAMED = {"number": "seller", "n_units": "units_sold"}
BRAND_DRAWN = ("quality", "cost", "wholesale", "fake_cost")
BRAND = ("list_price", "effort", "awareness", "cash", "profit_of_quarter")
PURCHASE = (
    "buyer", "venue", "brand", "price", "belief", "trust", "is_genuine", "is_satisfied", "is_refunded", "is_complaint",
)  # fmt: skip
GOODS = ("made", "faked", "consumed", "consumed_fakes", "written_off", "written_off_fakes")


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
    compare_columns("person", reference.people, market.people, 0, {name: name for name in PERSON_DRAWN})
    compare_columns("brand", reference.brands, market.brands, 0, {name: name for name in BRAND_DRAWN})
    compare_state(reference, market, week=0)


def compare_columns(who: str, ours: list[Any], theirs: Any, week: int, names: dict[str, str]) -> None:
    """Compare attributes of objects with the columns in which they are kept."""
    for attribute, column in names.items():
        same(week, who, column, [getattr(each, attribute) for each in ours], getattr(theirs, column))


def compare_week(reference: ReferenceMarket, market: Market) -> None:
    """Compare this week's purchases, and all that they have left behind."""
    week = reference.week - 1
    if market.week != reference.week:
        raise DifferenceError(f"week {week}: the market says it is week {market.week}, the reference {reference.week}")
    compare_feeds(reference, market, week)
    compare_purchases(reference, market, week)
    compare_state(reference, market, week)
    compare_balances(reference, market, week)


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
    rows = rows_of_shops(reference) | {listing: row for row, listing in enumerate(reference.listings)}

    def row(seller: Seller, is_shop: bool) -> int:
        return rows[seller] if isinstance(seller, Shop) == is_shop else -1

    sellers = [seller for _, seller, _ in reference.orders]
    buyers = [f"person {p.buyer}, purchase's" for p in reference.purchases]
    for name, expected, found in (
        ("shop", [row(seller, True) for seller in sellers], orders.shop),
        ("listing", [row(seller, False) for seller in sellers], orders.listing),
        *((name, [getattr(p, name) for p in reference.purchases], getattr(orders, name)) for name in PURCHASE),
    ):
        for buyer, ours, theirs in zip(buyers, expected, found.tolist(), strict=True):
            if ours != theirs:
                raise DifferenceError(f"week {week}, {buyer} {name}: {theirs!r}, the reference has {ours!r}")


def compare_state(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare brands, sellers and people as they are now."""
    compare_columns("brand", reference.brands, market.brands, week, {name: name for name in BRAND})
    compare_shops(reference, market, week)
    compare_listings(reference, market, week)
    people, found, row = reference.people, market.people, rows_of_shops(reference)
    for code, venue in enumerate(VENUES):
        same(week, "person", f"trust in {venue}", [p.trust[code] for p in people], found.trust[:, code])
    n_brands = len(reference.brands)
    same(week, "person", "knows", [[b in p.knows for b in range(n_brands)] for p in people], found.knows)
    same(week, "person", "shop", [row[p.shop] for p in people], found.shop)
    compare_slots(reference, market, week)
    compare_columns("person", people, found, week, {name: name for name in PERSON})


def compare_shops(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare all spells, those that have ended too."""
    shops, found, row = reference.shops, market.shops, rows_of_shops(reference)
    compare_columns("shop", shops, found, week, {name: name for name in SHOP} | SHOP_RENAMED)
    same(week, "shop", "brand", [s.brand.number for s in shops], found.brand)
    same(week, "shop", "upline", [row[s.upline] for s in shops], found.upline)
    is_open = np.array([s.is_open for s in shops])
    has_posted = np.array([s.opened_week < reference.week for s in shops])  # it will set its first posts next week
    same(week, "shop", "n_posts", [s.n_posts for s in shops] * has_posted, found.n_posts * has_posted)
    for name in OPEN_SHOP:
        same(week, "shop", name, [getattr(s, name) for s in shops] * is_open, getattr(found, name) * is_open)
    compare_ratings("shop", shops, found, week)


def compare_listings(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare stores that are not shops, places of the bazaar without a seller too."""
    listings, found = reference.listings, market.listings
    compare_columns("listing", listings, found, week, {name: name for name in LISTING} | LISTING_RENAMED)
    same(week, "listing", "brand", [s.brand.number for s in listings], found.brand)
    compare_ratings("listing", listings, found, week)


def compare_balances(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare money and goods."""
    balances = market.ledger.balances()
    if balances != dict(reference.accounts):
        wrong = next(name for name in reference.accounts if balances.get(name) != reference.accounts[name])
        raise DifferenceError(
            f"week {week}, account {wrong}: {balances.get(wrong)!r}, the reference has {reference.accounts[wrong]!r}"
        )
    for name in GOODS:
        same(week, "brand", name, [getattr(brand, name) for brand in reference.brands], market.ledger.goods[name])


def compare_slots(reference: ReferenceMarket, market: Market, week: int) -> None:
    """Compare the shops held and, where one is held, the evidence about it."""
    row, found = rows_of_shops(reference), market.people
    holds = [[row[slot.shop] if slot else -1 for slot in p.slots] for p in reference.people]
    same(week, "person", "slot_shop", holds, found.slot_shop)
    is_held = np.array(holds) >= 0

    def column(name: str) -> list[list[float]]:
        return [[getattr(slot, name) if slot else 0 for slot in p.slots] for p in reference.people]

    for name in SLOT:
        theirs = np.where(is_held, getattr(found, f"slot_{name}"), 0)
        same(week, "person", f"slot_{name}", column(name), theirs)


def compare_ratings(who: str, sellers: list[Any], found: Any, week: int) -> None:
    """Compare public ratings."""
    for ours, theirs in (("satisfied", "satisfied"), ("total", "total"), ("last_week", "week")):
        expected = [getattr(seller.ratings, ours) * (seller.ratings.total > 0) for seller in sellers]
        same(week, who, f"rating_{theirs}", expected, getattr(found, f"rating_{theirs}") * (found.rating_total > 0))


def rows_of_shops(reference: ReferenceMarket) -> dict[Shop | None, int]:
    """Return shop -> row, and None -> -1."""
    return {None: -1} | {shop: row for row, shop in enumerate(reference.shops)}
