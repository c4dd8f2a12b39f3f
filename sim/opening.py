"""How shops open: the rows of new spells, their first followers, and the shops of week 0 (odd.md 5)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.compiled import kernel
from sim.ledger import Account, Tally
from sim.network import Network
from sim.parameters import Parameters, Venue
from sim.population import (
    Brands,
    Doubles,
    Integers,
    People,
    Rows,
    Shops,
    State,
    exponentials,
    make_brands,
    make_listings,
    make_people,
)
from sim.randomness import Purpose, keyed_uniforms, uniform
from sim.rules import NO_LIMIT
from sim.slots import free_slot, take

RIVAL = int(Venue.RESALE_RIVAL)


def populate(parameters: Parameters, seed: int, network: Network) -> State:
    """Return the state at the start of week 0 (docs/odd.md, section 5)."""
    brands = make_brands(parameters, seed)
    people = make_people(parameters, seed, network.n_people)
    shops = open_first_shops(parameters, seed, network, people, brands)
    return State(people, shops, make_listings(parameters, seed, brands), brands)


def growths(parameters: Parameters, luck: Doubles, normal: Doubles) -> Doubles:
    """Return how many strangers shops add over the mean: none, or lognormal with that mean."""
    given = parameters.shops
    sigma, share_growing = given.growth_sigma, 1 - given.share_not_growing
    growing = exponentials(sigma * normal - sigma * sigma / 2) / (share_growing or 1.0)
    return np.where(luck < given.share_not_growing, 0.0, growing)


def spells(
    parameters: Parameters,
    seed: int,
    *,
    owner: Integers,
    owner_row: NDArray[np.int64],
    brand: Rows,
    upline: Rows,
    tier: Rows,
    unit_cost: Integers,
    platform: Rows,
    opened_week: int,
) -> Shops:
    """Return the rows of new shops, without stock and followers, shape (n_new,)."""
    given, n = parameters.shops, owner.size
    normal = ndtri(keyed_uniforms(seed, Purpose.AGGRESSIVENESS, owner))
    aggressiveness = exponentials(given.aggressiveness_sigma * normal).astype(np.float32)
    posts = np.maximum(1, np.rint(given.posts_per_week * aggressiveness.astype(np.float64)))
    markup = np.full(n, given.retail_markup, np.float32)
    given_columns = {
        "owner": owner,
        "owner_row": owner_row,
        "brand": brand,
        "upline": upline,
        "tier": tier,
        "unit_cost": unit_cost,
        "markup": markup,
        "price": np.rint(unit_cost * (1 + markup.astype(np.float64))),
        "platform": platform,
        "posts": posts if given.posts_per_week else np.zeros(n),
        "aggressiveness": aggressiveness,
        "growth": growths(parameters, keyed_uniforms(seed, Purpose.GROWER, owner), normal),
        "opened_week": np.full(n, opened_week),
        "closed_week": np.full(n, -1),
        "price_direction": np.ones(n),
        "badge_lost": np.full(n, -1),
    }
    return Shops(*(np.array(given_columns.get(name, np.zeros(n)), SPELL_KINDS[name]) for name in Shops._fields))


SPELL_KINDS: dict[str, type] = {
    name: kind
    for kind, names in {
        np.int32: "owner_row brand upline tier platform posts n_posts opened_week closed_week suspended_until "
        "rating_week badge_lost",
        np.float32: "markup aggressiveness growth likes sales_smoothed profit_smoothed complaints",
        np.float64: "rating_satisfied rating_total badge",
        np.bool_: "buys_fakes ships_fakes ran_campaign",
        np.int8: "price_direction",
        np.int64: "owner unit_cost price stock_genuine stock_fake cost_of_fakes n_contacts n_recruits units_sold "
        "units_moved cash income_from_retail income_from_wholesale income_from_recruits income_counted "
        "units_counted income_at_review income_of_period units_at_review deposit_held weeks_owing charges "
        "sales_of_year",
    }.items()
    for name in names.split()
}
"""Column of `Shops` -> type of its elements."""


def joined(shops: Shops, new: Shops) -> Shops:
    """Return the shops with new rows at the end."""
    columns: Any = zip(shops, new, strict=True)  # their types differ from column to column
    return Shops._make(np.concatenate(both) for both in columns)


def open_first_shops(parameters: Parameters, seed: int, network: Network, people: People, brands: Brands) -> Shops:
    """Open the shops of week 0 and return them; sets their owners' `shop` and the slots of followers."""
    given = parameters.shops
    n_wanted = max(brands.quality.size, round(given.initial_share * network.n_people))
    visited = np.lexsort((people.key, keyed_uniforms(seed, Purpose.OPENING, people.key)))
    upline = np.full(n_wanted, -1, np.int32)
    tier, brand = np.ones(n_wanted, np.int32), np.zeros(n_wanted, np.int32)
    owner, unit_cost = np.zeros(n_wanted, np.int64), np.zeros(n_wanted, np.int64)
    n_open = choose_owners(
        seed, visited, network.offsets, network.neighbours, people.wealth, brands.wholesale,
        given.initial_tiers, given.opening_units_first, given.opening_units_below, given.tier_markup,
        people.shop, owner, brand, upline, tier, unit_cost,
    )  # fmt: skip
    shops = spells(
        parameters, seed, owner=owner[:n_open], owner_row=owner[:n_open], brand=brand[:n_open], upline=upline[:n_open],
        tier=tier[:n_open], unit_cost=unit_cost[:n_open],
        platform=np.full(n_open, Venue.RESALE_WECHAT, np.int32), opened_week=0,
    )  # fmt: skip
    people.last_opening[shops.owner_row] = 0
    shops.n_posts[:] = shops.posts
    stock_first_shops(parameters, seed, shops, brands)
    gather_followers(
        seed, 0, 0, given.initial_strangers, NO_LIMIT, network.offsets, network.neighbours, people, shops,
    )  # fmt: skip
    return shops


def stock_first_shops(parameters: Parameters, seed: int, shops: Shops, brands: Brands) -> None:
    """Give the shops of week 0 their opening stock; genuine units come from the brand, whatever the tier."""
    given = parameters.shops
    shops.buys_fakes[:] = keyed_uniforms(seed, Purpose.SHOP_SOURCING, shops.owner) < given.share_buying_fakes
    units = np.where(shops.tier == 1, given.opening_units_first, given.opening_units_below)
    shops.stock_genuine[:] = np.where(shops.buys_fakes, 0, units)
    shops.stock_fake[:] = np.where(shops.buys_fakes, units, 0)
    shops.cost_of_fakes[:] = shops.stock_fake * brands.fake_cost[shops.brand]
    shops.cash[:] = -(shops.stock_genuine * shops.unit_cost + shops.cost_of_fakes)
    np.add.at(brands.cash, shops.brand, shops.stock_genuine * (shops.unit_cost - brands.cost[shops.brand]))


def post_opening(shops: Shops, brands: Brands, tally: Tally) -> None:
    """Enter the payments for the opening stock of week 0 into the books."""
    paid, to_factories = (shops.stock_genuine * shops.unit_cost).sum(), shops.stock_genuine * brands.cost[shops.brand]
    tally.flow[Account.SHOPS, Account.BRANDS] += paid
    tally.flow[Account.BRANDS, Account.FACTORIES] += to_factories.sum()
    tally.flow[Account.SHOPS, Account.COUNTERFEITERS] += shops.cost_of_fakes.sum()
    np.add.at(tally.made, shops.brand, shops.stock_genuine)
    np.add.at(tally.faked, shops.brand, shops.stock_fake)


@kernel
def choose_owners(  # type: ignore[no-untyped-def]
    seed, visited, offsets, neighbours, wealth, wholesale, n_tiers, units_first, units_below, tier_markup,
    shop_of_person, owner, brand, upline, tier, unit_cost,
):  # fmt: skip
    """Fill the arrays of new shops in order of opening; return how many could be opened."""
    n_brands, n_open = wholesale.size, 0
    for person in visited:
        if n_open == owner.size:
            break
        chosen, smallest = -1, 2.0
        if n_open >= n_brands and n_tiers > 1:
            for link in range(offsets[person], offsets[person + 1]):
                shop = shop_of_person[neighbours[link]]
                if shop >= 0 and tier[shop] < n_tiers:
                    u = uniform(seed, Purpose.UPLINE, 0, person, owner[shop])
                    if u < smallest:  # neighbours ascend, so a tie keeps the lower key
                        chosen, smallest = shop, u
        if chosen >= 0:
            its_brand, its_tier = brand[chosen], tier[chosen] + 1
            cost = np.int64(np.rint(unit_cost[chosen] * (1.0 + tier_markup)))
        else:
            drawn = np.int64(n_brands * uniform(seed, Purpose.SHOP_BRAND, 0, person, 0))
            its_brand, its_tier = (n_open if n_open < n_brands else drawn), 1
            cost = wholesale[its_brand]
        units = units_first if its_tier == 1 else units_below
        if 100.0 * wealth[person] < units * cost:
            continue
        owner[n_open], brand[n_open], upline[n_open] = person, its_brand, chosen
        tier[n_open], unit_cost[n_open], shop_of_person[person] = its_tier, cost, n_open
        n_open += 1
    return n_open


@kernel
def gather_followers(seed, week, first_shop, n_strangers, limit, offsets, neighbours, people, shops):  # type: ignore[no-untyped-def]
    """Let friends, then drawn strangers, take each shop from row `first_shop` on into a free slot."""
    n_people = people.slot_shop.shape[0]
    for shop in range(first_shop, shops.owner.size):
        owner = shops.owner_row[shop]
        first, last = offsets[owner], offsets[owner + 1]
        for candidate in range(last - first + n_strangers):
            is_friend = candidate < last - first
            if is_friend:
                person = np.int64(neighbours[first + candidate])
            else:
                u = uniform(seed, Purpose.STRANGER, week, shops.owner[shop], candidate - (last - first))
                person = np.int64(n_people * u)
            slot = free_slot(people.slot_shop, person, shop)
            if slot < 0 or person == owner or shops.n_contacts[shop] >= limit:
                continue
            if shops.platform[shop] == RIVAL and not people.uses_rival[person]:
                continue
            take(person, slot, shop, is_friend, False, week, people, shops.n_contacts)
