"""A town of 200 people and one brand, for tests by hand."""

from sim.parameters import Brands, Parameters, Population, Shops
from tests.reference.accounts import Accounts
from tests.reference.market import ReferenceMarket
from tests.reference.sellers import Shop

NOBODY_IN_NEED = Population(n_people=200, need_per_week=0.0, wealth_median=1e7)


def brands(**given) -> Brands:
    """Return one brand of quality .84, whose units cost 53.60 yuan, but for what is given."""
    return Brands(
        **{
            "n_brands": 1,
            "quality_low": 0.72,
            "quality_high": 0.96,
            "quality_fake": 0.35,
            "cost_base": 20.0,
            "cost_per_quality": 40.0,
            "wholesale_markup": 0.4,
            "list_markup": 0.75,
            "fake_cost_share": 0.25,
            "service_cost": 8.0,
        }
        | given
    )


def shops(**given) -> Shops:
    """Return shops that add a half to their cost and a fifth to that of the tier above, but for what is given."""
    return Shops(
        **{"retail_markup": 0.5, "tier_markup": 0.2, "initial_share": 0.005, "share_buying_fakes": 0.0} | given
    )


def small_world(friendships=(), **groups) -> ReferenceMarket:
    """Build 200 people who, by default, need nothing; only the given pairs are friends."""
    friends = [set() for _ in range(200)]
    for a, b in friendships:
        friends[a].add(b)
        friends[b].add(a)
    groups = {"population": NOBODY_IN_NEED, "brands": brands(), "shops": shops()} | groups
    return ReferenceMarket(Parameters(**groups), seed=1, friends=[sorted(keys) for keys in friends])


def chain(market: ReferenceMarket) -> list[Shop]:
    """Replace all shops by three of owners 0, 1, 2, each supplied by the one before; shelves and books are empty."""
    brand = market.brands[0]
    brand.made = brand.faked = brand.cash = 0
    market.accounts = Accounts()
    for person in market.people:
        person.slots, person.shop, person.last_opening = [None] * 12, None, -1
    first = Shop(market, 0, brand, None, 7504)
    second = Shop(market, 1, brand, first, 9005)
    third = Shop(market, 2, brand, second, 10806)
    market.shops = [first, second, third]
    for shop in market.shops:
        market.people[shop.owner].shop = shop
    return market.shops


def changed(market: ReferenceMarket) -> dict[str, int]:
    """Return the balances that are not 0."""
    return {name: balance for name, balance in market.accounts.items() if balance}
