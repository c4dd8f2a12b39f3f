"""Counts of a week: what orders, shops and people add up to, in the fields of a `Tally`.

All are sums of integers, so that they do not depend on the order of rows, on chunks or on threads.
"""

import numpy as np

from sim.compiled import kernel
from sim.ledger import N_TIERS_COUNTED, PER_ONE, Integers, Tally
from sim.parameters import WEEKS_PER_YEAR, Venue
from sim.population import Brands

DECEIVED_BY = 0.1
"""A purchase deceives when the unit's believed chance exceeds the true one by this much."""

NEAR_LIMIT = 4_500
"""Contacts within a tenth of WeChat's cap of 5 000."""

DIRECT = int(Venue.DIRECT)
YEAR = WEEKS_PER_YEAR


@kernel
def count_market(  # type: ignore[no-untyped-def]
    week, orders, people, shops, listings, brands, service_cost, salvage, contact_limit, tally
):
    """Count the week's orders and all shops; return total profits and incomes of open shops, fen."""
    count_orders(orders, people, shops, listings, brands, service_cost, tally)
    return count_shops(week, shops, people.outside_income, salvage, contact_limit, tally)


@kernel
def count_orders(orders, people, shops, listings, brands, service_cost, tally):  # type: ignore[no-untyped-def]
    """Count the week's orders by venue, tier, brand and seller (not the money flows)."""
    by_shop, by_listing = np.zeros(shops.brand.size, np.int64), np.zeros(listings.brand.size, np.int64)
    for n in range(orders.buyer.size):
        venue, brand, price, true = orders.venue[n], orders.brand[n], orders.price[n], orders.true_chance[n]
        genuine = orders.is_genuine[n]
        tally.units[venue] += 1
        tally.spent[venue] += price
        tally.squared_price[venue] += price * price
        tally.satisfied[venue] += orders.is_satisfied[n]
        tally.fakes[venue] += not genuine
        tally.true_chance[venue] += np.int64(np.rint(true * PER_ONE))
        tally.trust_at_purchase[venue] += np.int64(np.rint(np.float64(orders.trust[n]) * PER_ONE))
        tally.deceived[venue] += orders.belief[n] >= true + DECEIVED_BY
        tally.refunded[venue] += price * orders.is_refunded[n]
        tally.made_cost[venue] += brands.cost[brand] if genuine else brands.fake_cost[brand]
        tally.made_cost[venue] += service_cost * (venue == DIRECT)
        tally.served[0] += service_cost * (venue == DIRECT)
        tally.wholesale_value[venue] += brands.wholesale[brand]
        tally.overpaid[venue] += max(np.int64(0), price - brands.list_price[brand])
        tally.from_friends[0] += orders.from_friend[n]
        tally.spent_at_friends[0] += price * orders.from_friend[n]
        tally.units_by_brand[brand] += 1
        tally.spent_by_brand[brand] += price
        tally.consumed[brand] += genuine
        tally.consumed_fakes[brand] += not genuine
        if orders.shop[n] >= 0:
            tier = min(shops.tier[orders.shop[n]] - 1, N_TIERS_COUNTED - 1)
            tally.units_by_tier[tier] += 1
            tally.spent_by_tier[tier] += price
            by_shop[orders.shop[n]] += 1
            is_outsider = people.shop[orders.buyer[n]] < 0
            tally.bought_by_shopkeepers[0] += not is_outsider
            tally.genuine_to_outsiders[0] += is_outsider and genuine
        else:
            by_listing[orders.listing[n]] += 1
    tally.squared_units[0] += (by_shop * by_shop).sum()
    for listing in range(by_listing.size):
        tally.squared_units[listings.venue[listing] - 1] += by_listing[listing] * by_listing[listing]


@kernel
def count_shops(week, shops, outside_income, salvage, contact_limit, tally):  # type: ignore[no-untyped-def]
    """Count open shops and all spells at the week's end; return total profits and incomes of open shops, fen.

    `outside_income` float32 (n_people,) is what people would earn without a shop, yuan/week.
    """
    n_open = 0
    profits, incomes = np.empty(shops.owner.size, np.int64), np.empty(shops.owner.size, np.int64)
    for shop in range(shops.owner.size):
        tier = min(shops.tier[shop] - 1, N_TIERS_COUNTED - 1)
        profit, income = count_spell(week, shop, tier, shops, salvage, tally)
        closed = shops.closed_week[shop]
        if shops.opened_week[shop] <= week and (closed < 0 or closed == week):
            forgone = np.float64(outside_income[shops.owner_row[shop]])
            tally.owners_time_by_tier[tier] += np.int64(np.rint(100.0 * forgone))
        if closed < 0:
            count_open_shop(week, shop, tier, shops, contact_limit, tally)
            profits[n_open], incomes[n_open] = profit, income
            n_open += 1
    return profits[:n_open], incomes[:n_open]


@kernel
def count_spell(week, shop, tier, shops, salvage, tally):  # type: ignore[no-untyped-def]
    """Count one spell, open or closed; return its total profit and its income, fen.

    The profit of a spell is its cash, its deposit and the salvage value of the stock it still has.
    """
    stock_cost = shops.stock_genuine[shop] * shops.unit_cost[shop] + shops.cost_of_fakes[shop]
    held = shops.cash[shop] + shops.deposit_held[shop]
    profit = held + np.int64(np.rint(salvage * stock_cost))
    retail, wholesale = shops.income_from_retail[shop], shops.income_from_wholesale[shop]
    recruits = shops.income_from_recruits[shop]
    opened, closed = shops.opened_week[shop], shops.closed_week[shop]
    tally.spells_by_tier[tier] += 1
    tally.lost_by_tier[tier] += profit < 0
    tally.closed_lost[0] += profit < 0 and closed >= 0
    tally.sum_of_losses[0] += min(profit, np.int64(0))
    tally.profit_by_tier[tier] += profit
    tally.income_by_tier[tier] += retail + wholesale + recruits
    tally.surplus_by_tier[tier] += held + stock_cost
    tally.stock_cost[0] += stock_cost
    tally.weeks_by_tier[tier] += max(0, (week if closed < 0 else closed) - opened + 1)
    tally.income_by_source[0] += retail
    tally.income_by_source[1] += wholesale
    tally.income_by_source[2] += recruits
    tally.recruited_nobody[0] += shops.n_recruits[shop] == 0
    was_open = opened <= week - YEAR and (closed < 0 or closed > week - YEAR)
    tally.open_a_year_ago[0] += was_open
    tally.closed_since[0] += was_open and closed >= 0
    return profit, retail + wholesale + recruits


@kernel
def count_open_shop(week, shop, tier, shops, contact_limit, tally):  # type: ignore[no-untyped-def]
    """Count what only open shops have: stock, contacts, likes, a suspension."""
    brand, contacts = shops.brand[shop], shops.n_contacts[shop]
    tally.n_shops_by_tier[tier] += 1
    tally.stock_by_tier[tier] += shops.stock_genuine[shop] + shops.stock_fake[shop]
    tally.stocked[brand] += shops.stock_genuine[shop]
    tally.stocked_fakes[brand] += shops.stock_fake[shop]
    tally.suspended[0] += shops.suspended_until[shop] > week
    tally.likes[0] += np.int64(np.rint(np.float64(shops.likes[shop]) * PER_ONE))
    tally.contacts[0] += contacts
    tally.most_contacts[0] = max(tally.most_contacts[0], contacts)
    tally.near_limit[0] += contacts >= NEAR_LIMIT
    tally.at_limit[0] += contacts >= contact_limit
    tally.selling_fakes[0] += shops.ships_fakes[shop]


def count_costs(brands: Brands, tally: Tally) -> None:
    """Value the units written off and in stock at what it cost to make them."""
    tally.waste[0] = (tally.written_off * brands.cost + tally.written_off_fakes * brands.fake_cost).sum()
    tally.stock_made_cost[0] = (tally.stocked * brands.cost + tally.stocked_fakes * brands.fake_cost).sum()


def count_inequality(profits: Integers, incomes: Integers, tally: Tally) -> None:
    """Take the figures of the distributions of total profit and of positive income over open shops."""
    n, ordered, with_income = profits.size, np.sort(profits), np.sort(incomes[incomes > 0])
    tally.profit_spread[0], tally.profit_size[0] = spread(ordered), np.abs(profits).sum()
    tally.income_spread[0], tally.income_size[0] = spread(with_income), with_income.sum()
    tally.n_with_income[0] = with_income.size
    tally.profit_top_fifth[0] = ordered[n - max(1, n // 5) :].sum() if n else 0
    if n > 0:
        tally.profit_median[0] = (ordered[(n - 1) // 2] + ordered[n // 2]) // 2


def spread(ordered: Integers) -> int:
    """Return sum_i (2i - n - 1) x_(i) of amounts in ascending order, the numerator of a Gini index."""
    n = ordered.size
    return int((np.arange(1 - n, n, 2) * ordered).sum())


@kernel
def count_trust(first, last, trust, sum_of_trust, n_trusting):  # type: ignore[no-untyped-def]
    """Add up trust of rows first ... last-1 by venue, and how many trust (.5 or more)."""
    for venue in range(trust.shape[1]):
        total, trusting = np.int64(0), np.int64(0)
        for person in range(first, last):
            total += np.int64(np.rint(np.float64(trust[person, venue]) * PER_ONE))
            trusting += trust[person, venue] >= np.float32(0.5)
        sum_of_trust[venue] += total
        n_trusting[venue] += trusting
