"""Exits: smoothed accounts, closings, and the disappointment of those who lost (odd.md 7.5, 7.9)."""

import numpy as np

from sim.compiled import kernel
from sim.ledger import Account, Integers
from sim.randomness import Purpose
from sim.slots import release
from sim.week import Week

UNPROFITABLE, OUT_OF_MONEY, BANNED = 0, 1, 2
WEEKS_TO_PAY = 4
"""Weeks within which a deposit has to be paid."""


def smooth_accounts(week: Week) -> None:
    """Bring smoothed sales and profits of shops and listings up to date: the mean of the first weeks, then fading."""
    shops, listings = week.shops, week.listings
    incomes = shops.income_from_retail + shops.income_from_wholesale + shops.income_from_recruits
    for sellers, is_open, units, money in (
        (shops, shops.closed_week < 0, shops.units_moved, incomes - shops.charges),
        (listings, listings.is_open, listings.units_sold, listings.income),
    ):
        smooth(
            week.number, week.parameters.shops.smoothing, is_open, units, money, sellers.opened_week,
            sellers.units_counted, sellers.income_counted, sellers.sales_smoothed, sellers.profit_smoothed,
        )  # fmt: skip


@kernel
def smooth(  # type: ignore[no-untyped-def]
    week, least_weight, is_open, units, money, opened_week, units_counted, money_counted, sales, profit
):
    """Bring smoothed sales (units) and profits (yuan) of open sellers up to date with cumulative units and money."""
    for seller in np.flatnonzero(is_open):
        weight = max(1.0 / (week - opened_week[seller] + 1), least_weight)
        old, new = np.float64(sales[seller]), np.float64(units[seller] - units_counted[seller])
        sales[seller] = old + weight * (new - old)
        old, new = np.float64(profit[seller]), (money[seller] - money_counted[seller]) / 100
        profit[seller] = old + weight * (new - old)
        units_counted[seller], money_counted[seller] = units[seller], money[seller]


def close_shops(week: Week) -> None:
    """Close shops that do not pay, have run out of money or are banned; supply those below them from above."""
    given, shops, people = week.parameters.exit, week.shops, week.people
    shop = week.open_shops()
    owner = shops.owner_row[shop]
    is_broke = 100.0 * people.wealth[owner].astype(np.float64) + shops.cash[shop] < 0
    is_broke |= shops.weeks_owing[shop] >= WEEKS_TO_PAY
    is_judged = week.number - shops.opened_week[shop] + 1 >= given.weeks_before_exit
    expected = given.exit_share * people.outside_income[owner].astype(np.float64)
    pays = shops.profit_smoothed[shop].astype(np.float64) >= expected
    gives_up = is_judged & ~pays & (week.luck(Purpose.EXIT, shops.owner[shop]) < given.exit_chance)
    is_banned = people.is_banned[owner]
    closing = shop[is_banned | is_broke | gives_up]
    if closing.size == 0:
        return
    week.tally.closed[BANNED] += is_banned.sum()
    week.tally.closed[OUT_OF_MONEY] += (is_broke & ~is_banned).sum()
    week.tally.closed[UNPROFITABLE] += (gives_up & ~is_broke & ~is_banned).sum()
    settle(week, closing)
    reattach(shops.closed_week, shops.upline)
    disappoint(week, closing[shops.cash[closing] < 0])


def settle(week: Week, shop: Integers) -> None:
    """Sell the stock of closing shops at salvage value, return what is left to the owners, let go the followers."""
    shops, people, tally = week.shops, week.people, week.tally
    cost = shops.stock_genuine[shop] * shops.unit_cost[shop] + shops.cost_of_fakes[shop]
    salvage = np.rint(week.parameters.shops.salvage * cost).astype(np.int64)
    shops.cash[shop] += salvage + shops.deposit_held[shop]
    tally.flow[Account.OUTSIDE, Account.SHOPS] += salvage.sum()
    tally.flow[Account.DEPOSITS, Account.SHOPS] += shops.deposit_held[shop].sum()
    tally.loss_on_stock[0] += (cost - salvage).sum()
    np.add.at(tally.written_off, shops.brand[shop], shops.stock_genuine[shop])
    np.add.at(tally.written_off_fakes, shops.brand[shop], shops.stock_fake[shop])
    owner = shops.owner_row[shop]
    people.wealth[owner] = np.maximum(0.0, people.wealth[owner].astype(np.float64) + shops.cash[shop] / 100)
    people.shop[owner] = -1
    shops.closed_week[shop] = week.number
    for column in (
        shops.stock_genuine, shops.stock_fake, shops.cost_of_fakes, shops.n_contacts, shops.n_posts, shops.deposit_held,
    ):  # fmt: skip
        column[shop] = 0
    is_closing = np.zeros(shops.owner.size, np.bool_)
    is_closing[shop] = True
    release(is_closing, people.slot_shop)


@kernel
def reattach(closed_week, upline):  # type: ignore[no-untyped-def]
    """Let every open shop below a closed one be supplied by its first open ancestor, or by the brand."""
    for shop in range(upline.size):
        if closed_week[shop] < 0:
            while upline[shop] >= 0 and closed_week[upline[shop]] >= 0:
                upline[shop] = upline[upline[shop]]


def disappoint(week: Week, shop: Integers) -> None:
    """Let friends of owners who lost money trust the platform less, once for each such friend."""
    if shop.size:
        loss = week.parameters.exit.disappointment * week.parameters.trust.gain_bad
        tell_of_loss(
            week.shops.owner_row[shop], week.shops.platform[shop], week.network.offsets, week.network.neighbours,
            1.0 - loss, week.people.trust,
        )  # fmt: skip


@kernel
def tell_of_loss(owner, platform, offsets, neighbours, factor, trust):  # type: ignore[no-untyped-def]
    """Multiply the trust of each owner's friends in the platform by a factor."""
    for n in range(owner.size):
        for link in range(offsets[owner[n]], offsets[owner[n] + 1]):
            friend = neighbours[link]
            trust[friend, platform[n]] = np.float64(trust[friend, platform[n]]) * factor
