"""Recruitment: who opens a shop, below whom, and with what stock (odd.md 7.6b)."""

import math
from typing import NamedTuple

import numpy as np

from sim.chain import supply_lot
from sim.compiled import kernel
from sim.ledger import Account, Integers
from sim.opening import gather_followers, joined, spells
from sim.parameters import WEEKS_PER_YEAR, Venue
from sim.population import Rows, Shops
from sim.randomness import Purpose, uniform, uniform_pair
from sim.week import HALF_YEAR, REVIEW, Week

SHOPS, BRANDS, DEPOSITS = int(Account.SHOPS), int(Account.BRANDS), int(Account.DEPOSITS)
WECHAT = int(Venue.RESALE_WECHAT)
A_YEAR = WEEKS_PER_YEAR
WEEKS_TO_RECOVER = HALF_YEAR
PERIODS = HALF_YEAR / REVIEW
MANY = 1_000
"""A tier that no rule means."""


class Recruits(NamedTuple):
    """Who opens a shop this week, in order of rows; shape (n_recruits,)."""

    person: Integers  # row
    upline: Rows  # row of a shop, -1 if recruited by the brand
    brand: Rows
    tier: Rows
    unit_cost: Integers  # fen
    platform: Rows


class Offer(NamedTuple):
    """What recruits are offered, and how they decide."""

    look: float
    hype: float
    choosiness: float
    agents_recruited: float
    deepest_tier: int
    tier_markup: float
    units_first: int
    units_below: int
    deposit: int  # fen, on WeChat
    interest: float  # a week
    risk: float  # announced chance of forfeiting the deposit in four weeks
    ambiguity: float
    tier_limit: int


def recruit(week: Week) -> Shops:
    """Open shops for those who join; return all shops with the new rows at the end."""
    recruits = find_recruits(week)
    if recruits.person.size == 0:
        return week.shops
    order = np.argsort(week.people.key[recruits.person])
    recruits = Recruits._make(column[order] for column in recruits)
    given, old, people = week.parameters.shops, week.shops, week.people
    new = spells(
        week.parameters, week.seed, owner=people.key[recruits.person], owner_row=recruits.person,
        brand=recruits.brand, upline=recruits.upline, tier=recruits.tier, unit_cost=recruits.unit_cost,
        platform=recruits.platform, opened_week=week.number + 1,
    )  # fmt: skip
    stock_up(
        old, new, week.brands, given.opening_units_first, given.opening_units_below, given.bonus,
        given.bonus_levels, min(given.bonus_levels, week.rules.paid_levels), week.rules.deposit,
        week.tally.flow, week.tally.made,
    )  # fmt: skip
    shops = joined(old, new)
    people.shop[recruits.person] = np.arange(old.owner.size, shops.owner.size)
    people.last_opening[recruits.person] = week.number + 1
    week.tally.opened[0] += recruits.person.size
    gather_followers(
        week.seed, week.number, old.owner.size, 0, week.rules.contact_limit,
        week.network.offsets, week.network.neighbours, people, shops,
    )  # fmt: skip
    return shops


def find_recruits(week: Week) -> Recruits:
    """Return who joins a shop or a brand this week."""
    shops, how, rules = week.parameters.shops, week.parameters.recruitment, week.rules
    offer = Offer(
        how.look, min(how.hype, rules.hype_cap), how.choosiness, how.agents_recruited, shops.deepest_tier,
        shops.tier_markup, shops.opening_units_first, shops.opening_units_below, rules.deposit, how.interest,
        week.announced_risk(), rules.ambiguity, rules.tier_limit,
    )  # fmt: skip
    brands, people = week.brands, week.people
    n_people = people.key.size
    rows = [np.empty(n_people, np.int32) for _ in range(4)]
    found = Recruits(np.empty(n_people, np.int64), rows[0], rows[1], rows[2], np.empty(n_people, np.int64), rows[3])
    n = decide(week.seed, week.number, people, week.shops, brands.wholesale, brands.effort, offer, found)
    return Recruits._make(column[:n] for column in found)


@kernel
def decide(seed, week, people, shops, wholesale, effort, offer, found):  # type: ignore[no-untyped-def]
    """Fill `found` with those who open a shop; return their number.

    x = (hype * smoothed income - opening stock / 26 - outside income) / (choosiness * outside income);
    joins with probability 1 / (1 + exp(-x)) if the stock can be paid.
    """
    n_found = 0
    for person in range(people.key.size):
        key = people.key[person]
        looks, is_asked = uniform_pair(seed, Purpose.LOOK, week, key, 0)
        looks_here, is_agent = looks < offer.look, is_asked < offer.agents_recruited
        if not (looks_here or is_agent) or people.shop[person] >= 0 or people.is_banned[person]:
            continue
        last = people.last_opening[person]
        if last >= 0 and week - last < A_YEAR:
            continue
        money = 100.0 * people.wealth[person]
        if looks_here:
            upline = recruiter(seed, week, person, people, shops, offer)
            if upline >= 0:
                cost = np.int64(np.rint(shops.unit_cost[upline] * (1.0 + offer.tier_markup)))
                outside = np.float64(people.outside_income[person])
                income = offer.hype * np.float64(shops.profit_smoothed[upline])
                deposit = offer.deposit if shops.platform[upline] == WECHAT else 0
                entry = (offer.units_below * cost / 100.0) / WEEKS_TO_RECOVER
                if deposit > 0:
                    entry += deposit_cost(np.float64(people.risk_bias[person]), deposit / 100.0, offer)
                x = ((income - entry) - outside) / (offer.choosiness * outside)
                joins = uniform(seed, Purpose.JOIN, week, key, 0) < 1.0 / (1.0 + math.exp(-x))
                if joins and money >= offer.units_below * cost + deposit:
                    found.person[n_found], found.upline[n_found] = person, upline
                    found.brand[n_found], found.tier[n_found] = shops.brand[upline], shops.tier[upline] + 1
                    found.unit_cost[n_found], found.platform[n_found] = cost, shops.platform[upline]
                    n_found += 1
                    continue
        if is_agent:
            u, v = uniform_pair(seed, Purpose.SHOP_BRAND, week, key, 0)
            brand = np.int64(wholesale.size * u)
            if v < 1.0 - effort[brand] and money >= offer.units_first * wholesale[brand] + offer.deposit:
                found.person[n_found], found.upline[n_found] = person, -1
                found.brand[n_found], found.tier[n_found] = brand, 1
                found.unit_cost[n_found], found.platform[n_found] = wholesale[brand], WECHAT
                n_found += 1
    return n_found


@kernel
def deposit_cost(bias, deposit, offer):  # type: ignore[no-untyped-def]
    """Return a deposit's cost a week, yuan: its interest of 26 weeks and the part feared lost, over 26 weeks."""
    sigma = offer.ambiguity
    risk = min(1.0, offer.risk * math.exp(sigma * bias - sigma * sigma / 2))
    return (deposit * (WEEKS_TO_RECOVER * offer.interest + min(1.0, PERIODS * risk))) / WEEKS_TO_RECOVER


@kernel
def deepest_recruiter(shop, people, shops, offer):  # type: ignore[no-untyped-def]
    """Return the tier below which a shop recruits, as its owner understands the rules."""
    if shops.platform[shop] != WECHAT or offer.tier_limit >= MANY:
        return offer.deepest_tier
    limit = np.float64(offer.tier_limit)
    if offer.ambiguity > 0.0:
        limit = max(1.0, np.rint(limit - offer.ambiguity * np.float64(people.risk_bias[shops.owner_row[shop]])))
    return min(offer.deepest_tier, np.int64(limit))


@kernel
def recruiter(seed, week, person, people, shops, offer):  # type: ignore[no-untyped-def]
    """Return the followed active shop at which a person looks: that of the smallest keyed uniform, -1 if none."""
    chosen, smallest = -1, 2.0
    for slot in range(people.slot_shop.shape[1]):
        shop = people.slot_shop[person, slot]
        if shop < 0 or week < shops.suspended_until[shop]:
            continue
        if shops.tier[shop] >= deepest_recruiter(shop, people, shops, offer):
            continue
        u = uniform(seed, Purpose.UPLINE, week, people.key[person], shops.owner[shop])
        if u < smallest or (u == smallest and shops.owner[shop] < shops.owner[chosen]):
            chosen, smallest = shop, u
    return chosen


@kernel
def stock_up(  # type: ignore[no-untyped-def]
    old, new, brands, units_first, units_below, bonus, bonus_levels, paid_levels, deposit, flow, made
):
    """Ship and pay the opening stock of new shops one after the other, the bonuses on it, and deposits."""
    for n in range(new.owner.size):
        upline, brand = new.upline[n], new.brand[n]
        units = np.int64(units_first if upline < 0 else units_below)
        paid = units * new.unit_cost[n]
        fakes = supply_lot(upline, brand, units, new.unit_cost[n], old, brands, old.income_from_recruits, flow, made)
        new.stock_genuine[n], new.stock_fake[n] = units - fakes, fakes
        new.cost_of_fakes[n] = fakes * new.unit_cost[n]
        new.cash[n] -= paid
        if upline >= 0:
            old.n_recruits[upline] += 1
        if new.platform[n] == WECHAT:
            flow[SHOPS, DEPOSITS] += deposit
            new.cash[n] -= deposit
            new.deposit_held[n] = deposit
        level, holder = 0, upline
        while holder >= 0 and level < (paid_levels if new.platform[n] == WECHAT else bonus_levels):
            reward = np.int64(np.rint(bonus * paid))
            flow[BRANDS, SHOPS] += reward
            brands.cash[brand] -= reward
            old.cash[holder] += reward
            old.income_from_recruits[holder] += reward
            holder = old.upline[holder]
            level += 1
