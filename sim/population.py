"""The state of the market: people, shops and listings as structs of arrays; how week 0 is made.

Each struct is a NamedTuple of arrays, so that it reads as `people.trust` in Python and goes as
it is into compiled kernels. Identity is a permanent key (a person's key, a shop's owner); rows
are only where things are stored. Equations: docs/odd.md, sections 2 and 5.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

from sim.compiled import kernel
from sim.network import Network
from sim.parameters import N_SLOTS, VENUES, Parameters, Venue
from sim.randomness import Purpose, keyed_uniforms, uniform

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]
Rows = NDArray[np.int32]
Flags = NDArray[np.bool_]


class People(NamedTuple):
    """Everyone; all are consumers. Shape (n_people,) unless said."""

    key: Integers  # permanent identity
    value: Floats  # worth of a surely satisfying unit, yuan
    price_sensitivity: Floats  # alpha, 1/yuan
    need_per_week: Floats  # purchase occasions a week
    trust: Floats  # chance that a purchase satisfies, by venue (n_people, n_venues)
    is_naive: Flags  # counts likes as satisfied buyers
    uses_bazaar: Flags
    uses_mall: Flags
    uses_rival: Flags
    knows: Flags  # told of the brand's own store by a friend (n_people, n_brands)
    wealth: Floats  # money at hand, yuan
    wealth_fifth: NDArray[np.int8]  # 0 poorest ... 4 richest
    outside_income: Floats  # yuan/week
    conscience: Floats  # gain forgone to stay honest, yuan per four weeks
    risk_bias: Floats  # standard normal
    shop: Rows  # row of the shop this person runs, -1 if none
    slot_shop: Rows  # shops paid attention to, rows, -1 if empty (n_people, N_SLOTS)
    slot_is_friend: Flags  # the shop is a friend's (n_people, N_SLOTS)
    slot_satisfied: Floats  # evidence of satisfaction (n_people, N_SLOTS)
    slot_total: Floats  # all evidence (n_people, N_SLOTS)
    slot_last_week: NDArray[np.int16]  # week to which the evidence is faded (n_people, N_SLOTS)
    spent: Integers  # cumulative, fen, refunds deducted
    surplus: Integers  # cumulative experienced consumer surplus, micro-yuan
    informed_surplus: Integers  # the same with true beliefs, micro-yuan


class Shops(NamedTuple):
    """Resellers' shops in order of opening, shape (n_shops,)."""

    owner: Integers  # key of the owner: the shop's identity
    owner_row: Rows
    brand: Rows
    upline: Rows  # row of the supplying shop, -1 if supplied by the brand
    tier: Rows  # 1 = supplied by the brand
    unit_cost: Integers  # fen
    price: Integers  # fen
    platform: Rows  # venue
    n_posts: Rows  # posts a week
    aggressiveness: Floats
    sells_fakes: Flags
    likes: Floats  # seen likes
    n_contacts: Integers  # people who hold the shop in a slot
    rating_satisfied: Doubles  # public ratings
    rating_total: Doubles
    rating_week: Rows  # week to which the ratings are faded
    units_sold: Integers  # cumulative
    income_from_retail: Integers  # cumulative, fen
    income_from_wholesale: Integers  # cumulative, fen


class Listings(NamedTuple):
    """Offers of stores that are not shops: direct, mall, then bazaar; shape (n_listings,)."""

    venue: Rows
    brand: Rows
    seller: Rows  # number within the venue
    price: Integers  # fen
    sells_fakes: Flags
    rating_satisfied: Doubles
    rating_total: Doubles
    rating_week: Rows
    units_sold: Integers  # cumulative


class Brands(NamedTuple):
    """The makers, shape (n_brands,)."""

    quality: Doubles  # true chance of satisfaction
    cost: Integers  # fen a unit, paid to the factory
    wholesale: Integers  # fen
    list_price: Integers  # fen
    fake_cost: Integers  # fen a unit, paid to the counterfeiter
    awareness_start: Doubles  # cumulative advertising hazard at week 0
    awareness_per_week: Doubles  # advertising hazard a week


class State(NamedTuple):
    """Everything that changes or is particular to one world."""

    people: People
    shops: Shops
    listings: Listings
    brands: Brands


def copy_struct[Struct: (People, Shops, Listings, Brands)](struct: Struct) -> Struct:
    """Return a struct whose arrays are copies."""
    return type(struct)._make(column.copy() for column in struct)


def snapshot(state: State) -> State:
    """Return an independent copy of the state."""
    return State(
        copy_struct(state.people), copy_struct(state.shops), copy_struct(state.listings), copy_struct(state.brands)
    )


def restore(state: State, saved: State) -> None:
    """Set every array of `state` to the values in `saved`, in place."""
    for part, saved_part in zip(state, saved, strict=True):
        for column, saved_column in zip(part, saved_part, strict=True):
            column[...] = saved_column


def populate(parameters: Parameters, seed: int, network: Network) -> State:
    """Return the state at the start of week 0 (docs/odd.md, section 5)."""
    brands = make_brands(parameters)
    people = make_people(parameters, seed, network.n_people)
    shops = open_shops(parameters, seed, network, people, brands)
    return State(people, shops, make_listings(parameters, seed, brands), brands)


@kernel
def exponentials(x):  # type: ignore[no-untyped-def]
    """Return exp of an array, element by element with the C library's scalar exp."""
    out = np.empty(x.size, np.float64)
    for row in range(x.size):
        out[row] = math.exp(x[row])
    return out


def make_people(parameters: Parameters, seed: int, n_people: int) -> People:
    """Return people 0 ... n_people-1 with keyed attributes and empty slots."""
    given = parameters.population
    keys = np.arange(n_people, dtype=np.int64)

    def u(purpose: Purpose, item: int = 0) -> Doubles:
        return keyed_uniforms(seed, purpose, keys, item=item)

    def lognormal(median: float, sigma: float, purpose: Purpose) -> Floats:
        return exponentials(math.log(median) + sigma * ndtri(u(purpose))).astype(np.float32)

    needs = given.need_per_week / given.need_shape * gammaincinv(given.need_shape, u(Purpose.NEED_RATE))
    wealth = lognormal(given.wealth_median, given.wealth_sigma, Purpose.WEALTH)
    fifths = np.searchsorted(np.quantile(wealth, (0.2, 0.4, 0.6, 0.8)), wealth).astype(np.int8)
    slots = (n_people, N_SLOTS)
    return People(
        key=keys,
        value=lognormal(given.value_median, given.value_sigma, Purpose.VALUE),
        price_sensitivity=lognormal(given.price_sensitivity, given.price_sensitivity_sigma, Purpose.PRICE_SENSITIVITY),
        need_per_week=needs.astype(np.float32),
        trust=np.tile(starting_trust(parameters), (n_people, 1)),
        is_naive=u(Purpose.NAIVE) < given.share_naive,
        uses_bazaar=u(Purpose.USES, 0) < given.share_using_bazaar,
        uses_mall=u(Purpose.USES, 1) < given.share_using_mall,
        uses_rival=u(Purpose.USES, 2) < given.share_using_rival,
        knows=np.zeros((n_people, parameters.brands.n_brands), np.bool_),
        wealth=wealth,
        wealth_fifth=fifths,
        outside_income=lognormal(given.outside_income_median, given.outside_income_sigma, Purpose.OUTSIDE_INCOME),
        conscience=lognormal(given.conscience_median, given.conscience_sigma, Purpose.CONSCIENCE),
        risk_bias=ndtri(u(Purpose.RISK_BIAS)).astype(np.float32),
        shop=np.full(n_people, -1, np.int32),
        slot_shop=np.full(slots, -1, np.int32),
        slot_is_friend=np.zeros(slots, np.bool_),
        slot_satisfied=np.zeros(slots, np.float32),
        slot_total=np.zeros(slots, np.float32),
        slot_last_week=np.zeros(slots, np.int16),
        spent=np.zeros(n_people, np.int64),
        surplus=np.zeros(n_people, np.int64),
        informed_surplus=np.zeros(n_people, np.int64),
    )


def starting_trust(parameters: Parameters) -> Floats:
    """Return trust at the start, by venue, shape (n_venues,)."""
    given = parameters.trust
    start = np.empty(len(VENUES), np.float32)
    start[Venue.RESALE_WECHAT] = given.start_resale
    start[Venue.RESALE_RIVAL] = given.start_resale * given.spill_over
    start[Venue.DIRECT] = given.start_direct
    start[Venue.BAZAAR] = given.start_bazaar
    start[Venue.MALL] = given.start_mall
    return start


def hazard(chance: float) -> float:
    """Return -ln(1 - chance); infinite for a chance of 1."""
    return -math.log(1.0 - chance) if chance < 1.0 else math.inf


def make_brands(parameters: Parameters) -> Brands:
    """Return brands with qualities evenly spread and prices built up from unit cost."""
    given = parameters.brands
    low, high, n = given.quality_low, given.quality_high, given.n_brands
    quality = np.array([low + (high - low) * b / (n - 1) if n > 1 else (low + high) / 2 for b in range(n)])
    cost = np.rint(100 * (given.cost_base + given.cost_per_quality * quality))
    wholesale = np.rint(cost * (1 + given.wholesale_markup))
    per_week = given.n_media * hazard(given.reach_per_medium) if given.n_media else 0.0
    return Brands(
        quality=quality,
        cost=cost.astype(np.int64),
        wholesale=wholesale.astype(np.int64),
        list_price=np.rint(wholesale * (1 + given.list_markup)).astype(np.int64),
        fake_cost=np.rint(wholesale * given.fake_cost_share).astype(np.int64),
        awareness_start=np.full(n, hazard(given.known_initially)),
        awareness_per_week=np.full(n, per_week),
    )


def make_listings(parameters: Parameters, seed: int, brands: Brands) -> Listings:
    """Return the direct, mall and bazaar listings, in this order, by brand."""
    n, n_sellers = brands.quality.size, parameters.bazaar.sellers_per_brand
    sellers = np.arange(n * n_sellers)
    luck = [uniform(seed, int(Purpose.LISTING_SOURCING), 0, 0, seller) for seller in sellers]
    is_fake = np.array(luck) < parameters.bazaar.share_fakes
    honest = brands.wholesale[sellers // max(n_sellers, 1)] * (1 + parameters.bazaar.markup)
    bazaar_price = np.where(is_fake, honest * (1 - parameters.bazaar.fake_discount), honest)
    price = np.concatenate(
        (brands.list_price, np.rint(brands.list_price * (1 + parameters.mall.commission)), np.rint(bazaar_price))
    )
    n_listings = price.size
    return Listings(
        venue=np.repeat([Venue.DIRECT, Venue.MALL, Venue.BAZAAR], [n, n, sellers.size]).astype(np.int32),
        brand=np.concatenate((np.arange(n), np.arange(n), sellers // max(n_sellers, 1))).astype(np.int32),
        seller=np.concatenate((np.zeros(2 * n), sellers)).astype(np.int32),
        price=price.astype(np.int64),
        sells_fakes=np.concatenate((np.zeros(2 * n, np.bool_), is_fake)),
        rating_satisfied=np.zeros(n_listings),
        rating_total=np.zeros(n_listings),
        rating_week=np.zeros(n_listings, np.int32),
        units_sold=np.zeros(n_listings, np.int64),
    )


def open_shops(parameters: Parameters, seed: int, network: Network, people: People, brands: Brands) -> Shops:
    """Open the shops of week 0 and return them; sets `people.shop` and the slots of followers."""
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
    owner = owner[:n_open]
    normal = ndtri(keyed_uniforms(seed, Purpose.AGGRESSIVENESS, owner))
    aggressiveness = exponentials(given.aggressiveness_sigma * normal).astype(np.float32)
    posts = np.maximum(1, np.rint(given.posts_per_week * aggressiveness.astype(np.float64)))
    zeros, counts = np.zeros(n_open), np.zeros(n_open, np.int64)
    shops = Shops(
        owner=owner,
        owner_row=owner.astype(np.int32),
        brand=brand[:n_open],
        upline=upline[:n_open],
        tier=tier[:n_open],
        unit_cost=unit_cost[:n_open],
        price=np.rint(unit_cost[:n_open] * (1 + given.retail_markup)).astype(np.int64),
        platform=np.full(n_open, Venue.RESALE_WECHAT, np.int32),
        n_posts=(posts if given.posts_per_week else zeros).astype(np.int32),
        aggressiveness=aggressiveness,
        sells_fakes=keyed_uniforms(seed, Purpose.SHOP_SOURCING, owner) < given.share_buying_fakes,
        likes=np.zeros(n_open, np.float32),
        n_contacts=counts,
        rating_satisfied=zeros,
        rating_total=zeros.copy(),
        rating_week=np.zeros(n_open, np.int32),
        units_sold=counts.copy(),
        income_from_retail=counts.copy(),
        income_from_wholesale=counts.copy(),
    )
    gather_followers(
        seed, given.initial_strangers, network.offsets, network.neighbours,
        shops.owner, shops.n_contacts, people.slot_shop, people.slot_is_friend,
    )  # fmt: skip
    return shops


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
def gather_followers(seed, n_strangers, offsets, neighbours, owner, n_contacts, slot_shop, slot_is_friend):  # type: ignore[no-untyped-def]
    """Let friends, then drawn strangers, take each new shop into a free slot, in order of opening."""
    n_people, n_slots = slot_shop.shape
    for shop in range(owner.size):
        first, last = offsets[owner[shop]], offsets[owner[shop] + 1]
        for candidate in range(last - first + n_strangers):
            is_friend = candidate < last - first
            if is_friend:
                person = np.int64(neighbours[first + candidate])
            else:
                u = uniform(seed, Purpose.STRANGER, 0, owner[shop], candidate - (last - first))
                person = np.int64(n_people * u)
            free = -1
            for slot in range(n_slots - 1, -1, -1):
                if slot_shop[person, slot] == shop:
                    free = -2
                    break
                if slot_shop[person, slot] < 0:
                    free = slot
            if free >= 0 and person != owner[shop]:
                slot_shop[person, free] = shop
                slot_is_friend[person, free] = is_friend
                n_contacts[shop] += 1
