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
from sim.parameters import N_SLOTS, VENUES, Parameters, Venue
from sim.randomness import Purpose, keyed_uniforms, uniforms_of_items

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
    patience: Floats  # factor on the horizon of repeat custom
    shop: Rows  # row of the shop this person runs, -1 if none
    last_opening: Rows  # week in which a shop was last opened, -1 never
    strikes: Rows  # sanctions so far
    is_banned: Flags  # barred from running a shop for good
    has_bought: Flags  # ever bought in resale
    slot_shop: Rows  # shops paid attention to, rows, -1 if empty (n_people, N_SLOTS)
    slot_is_friend: Flags  # the shop is a friend's (n_people, N_SLOTS)
    slot_from_campaign: Flags  # a like campaign brought it (n_people, N_SLOTS)
    slot_satisfied: Floats  # evidence of satisfaction (n_people, N_SLOTS)
    slot_total: Floats  # all evidence (n_people, N_SLOTS)
    slot_last_week: NDArray[np.int16]  # week to which the evidence is faded (n_people, N_SLOTS)
    spent: Integers  # cumulative, fen, refunds deducted
    surplus: Integers  # cumulative experienced consumer surplus, micro-yuan
    informed_surplus: Integers  # the same with true beliefs, micro-yuan


class Shops(NamedTuple):
    """Resellers' shops, one row a spell from opening to closing, in order of opening; (n_spells,)."""

    owner: Integers  # key of the owner: the shop's identity
    owner_row: Rows
    brand: Rows
    upline: Rows  # row of the supplying shop, -1 if supplied by the brand
    tier: Rows  # 1 = supplied by the brand
    unit_cost: Integers  # fen
    markup: Floats  # price over unit cost, less one
    price: Integers  # fen
    platform: Rows  # venue
    posts: Rows  # posts a week when nothing hinders
    n_posts: Rows  # posts this week
    aggressiveness: Floats
    growth: Floats  # strangers added over the mean
    opened_week: Rows  # first week of activity
    closed_week: Rows  # -1 while open
    suspended_until: Rows  # first week of activity after a suspension
    stock_genuine: Integers  # units
    stock_fake: Integers  # units
    cost_of_fakes: Integers  # fen paid for the fakes in stock
    buys_fakes: Flags  # the next lot will be fakes
    ships_fakes: Flags  # what it would ship at the beginning of the week's trade
    likes: Floats  # seen likes
    ran_campaign: Flags  # this week
    n_contacts: Integers  # people who hold the shop in a slot
    n_recruits: Integers  # shops opened below it
    rating_satisfied: Doubles  # public ratings
    rating_total: Doubles
    rating_week: Rows  # week to which the ratings are faded
    units_sold: Integers  # to consumers, cumulative
    units_moved: Integers  # to consumers and downlines, cumulative
    sales_smoothed: Floats  # units moved, units/week
    profit_smoothed: Floats  # yuan/week
    cash: Integers  # received less paid in this spell, fen
    income_from_retail: Integers  # cumulative, fen
    income_from_wholesale: Integers  # cumulative, fen
    income_from_recruits: Integers  # cumulative, fen
    income_counted: Integers  # income up to the last smoothing, fen
    units_counted: Integers  # units moved up to the last smoothing
    income_at_review: Integers  # income up to the last review of the price, fen
    income_of_period: Integers  # income of the four weeks before that, fen
    units_at_review: Integers  # units sold up to the last review of the price
    price_direction: NDArray[np.int8]  # of a hill-climbing price
    deposit_held: Integers  # fen
    weeks_owing: Integers  # weeks in which the deposit could not be paid
    badge_lost: Rows  # week in which the badge was lost, -1 never
    badge: Doubles  # satisfied purchases that the badge is worth this week
    complaints: Floats  # faded complaints of buyers
    charges: Integers  # fees, taxes and fines, cumulative, fen
    sales_of_year: Integers  # retail sales of the running year, fen


class Listings(NamedTuple):
    """Offers of stores that are not shops: direct, mall, then places in the bazaar; shape (n_listings,)."""

    venue: Rows
    brand: Rows
    seller: Rows  # number within the venue
    price: Integers  # fen
    is_open: Flags
    opened_week: Rows
    sells_fakes: Flags
    patience: Floats  # factor on the horizon of repeat custom
    rating_satisfied: Doubles
    rating_total: Doubles
    rating_week: Rows
    units_sold: Integers  # cumulative
    sales_smoothed: Floats  # units/week
    income: Integers  # of bazaar sellers, cumulative, fen
    profit_smoothed: Floats  # of bazaar sellers, yuan/week
    units_counted: Integers  # units sold up to the last smoothing
    income_counted: Integers  # income up to the last smoothing, fen


class Brands(NamedTuple):
    """The makers, shape (n_brands,)."""

    quality: Doubles  # true chance of satisfaction
    cost: Integers  # fen a unit, paid to the factory
    wholesale: Integers  # fen
    list_price: Integers  # fen
    fake_cost: Integers  # fen a unit, paid to the counterfeiter
    effort: Doubles  # share of effort that goes into the own store
    awareness: Doubles  # cumulative advertising hazard
    cash: Integers  # received less paid, cumulative, fen
    cash_at_quarter: Integers  # cash at the last end of a quarter, fen
    profit_of_quarter: Integers  # of the last quarter, fen
    cash_at_review: Integers  # cash at the last review of the price, fen
    income_of_period: Integers  # growth of cash in the four weeks before that, fen
    units_at_review: Integers  # units sold in the own store up to that review
    price_direction: NDArray[np.int8]  # of a hill-climbing price


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
        patience=lognormal(1.0, parameters.sourcing.patience_sigma, Purpose.PATIENCE),
        shop=np.full(n_people, -1, np.int32),
        last_opening=np.full(n_people, -1, np.int32),
        strikes=np.zeros(n_people, np.int32),
        is_banned=np.zeros(n_people, np.bool_),
        has_bought=np.zeros(n_people, np.bool_),
        slot_shop=np.full(slots, -1, np.int32),
        slot_is_friend=np.zeros(slots, np.bool_),
        slot_from_campaign=np.zeros(slots, np.bool_),
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


def make_brands(parameters: Parameters, seed: int) -> Brands:
    """Return brands with qualities evenly spread and prices built up from unit cost."""
    given = parameters.brands
    low, high, n = given.quality_low, given.quality_high, given.n_brands
    quality = np.array([low + (high - low) * b / (n - 1) if n > 1 else (low + high) / 2 for b in range(n)])
    cost = np.rint(100 * (given.cost_base + given.cost_per_quality * quality))
    wholesale = np.rint(cost * (1 + given.wholesale_markup))
    luck = uniforms_of_items(seed, int(Purpose.EFFORT), 0, 0, n)
    nothing = np.zeros(n, np.int64)
    return Brands(
        quality=quality,
        cost=cost.astype(np.int64),
        wholesale=wholesale.astype(np.int64),
        list_price=np.rint(wholesale * (1 + given.list_markup)).astype(np.int64),
        fake_cost=np.rint(wholesale * given.fake_cost_share).astype(np.int64),
        effort=np.minimum(1.0, np.maximum(given.effort_least, given.effort + given.effort_spread * (2 * luck - 1))),
        awareness=np.full(n, hazard(given.known_initially)),
        cash=nothing,
        cash_at_quarter=nothing.copy(),
        profit_of_quarter=nothing.copy(),
        cash_at_review=nothing.copy(),
        income_of_period=nothing.copy(),
        units_at_review=nothing.copy(),
        price_direction=np.ones(n, np.int8),
    )


def make_listings(parameters: Parameters, seed: int, brands: Brands) -> Listings:
    """Return the direct, mall and bazaar listings, in this order, by brand."""
    given = parameters.bazaar
    n, n_places = brands.quality.size, given.sellers_at_most
    places = np.arange(n * n_places)
    its_brand, number = places // max(n_places, 1), places % max(n_places, 1)
    is_fake = place_uniforms(seed, Purpose.LISTING_SOURCING, 0, places.size) < given.share_fakes
    normal = ndtri(place_uniforms(seed, Purpose.LISTING_PATIENCE, 0, places.size))
    honest, fake = bazaar_prices(parameters, brands)
    n_listings = 2 * n + places.size
    return Listings(
        venue=np.repeat([Venue.DIRECT, Venue.MALL, Venue.BAZAAR], [n, n, places.size]).astype(np.int32),
        brand=np.concatenate((np.arange(n), np.arange(n), its_brand)).astype(np.int32),
        seller=np.concatenate((np.zeros(2 * n), places)).astype(np.int32),
        price=np.concatenate(
            (brands.list_price, mall_price(parameters, brands), np.where(is_fake, fake[its_brand], honest[its_brand]))
        ),
        is_open=np.concatenate((np.ones(2 * n, np.bool_), number < given.sellers_per_brand)),
        opened_week=np.zeros(n_listings, np.int32),
        sells_fakes=np.concatenate((np.zeros(2 * n, np.bool_), is_fake)),
        patience=np.concatenate((np.ones(2 * n), exponentials(parameters.sourcing.patience_sigma * normal))).astype(
            np.float32
        ),
        rating_satisfied=np.zeros(n_listings),
        rating_total=np.zeros(n_listings),
        rating_week=np.zeros(n_listings, np.int32),
        units_sold=np.zeros(n_listings, np.int64),
        sales_smoothed=np.zeros(n_listings, np.float32),
        income=np.zeros(n_listings, np.int64),
        profit_smoothed=np.zeros(n_listings, np.float32),
        units_counted=np.zeros(n_listings, np.int64),
        income_counted=np.zeros(n_listings, np.int64),
    )


def place_uniforms(seed: int, purpose: Purpose, week: int, n_places: int) -> Doubles:
    """Return a uniform for each place in the bazaar, shape (n_places,)."""
    luck: NDArray[np.float64] = uniforms_of_items(seed, int(purpose), week, 0, n_places)
    return luck


def bazaar_prices(parameters: Parameters, brands: Brands) -> tuple[Integers, Integers]:
    """Return the bazaar's prices of genuine units and of fakes by brand, fen."""
    honest = brands.wholesale * (1 + parameters.bazaar.markup)
    fake = honest * (1 - parameters.bazaar.fake_discount)
    return np.rint(honest).astype(np.int64), np.rint(fake).astype(np.int64)


def mall_price(parameters: Parameters, brands: Brands) -> Integers:
    """Return the mall's prices by brand, fen."""
    return np.rint(brands.list_price * (1 + parameters.mall.commission)).astype(np.int64)
