"""Trade: every order is served and paid up its chain; then shops reorder (odd.md 7.5)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.chain import obtain_unit, supply_lot
from sim.compiled import kernel
from sim.ledger import Account
from sim.orders import Orders
from sim.parameters import Venue
from sim.population import Integers
from sim.randomness import Purpose, uniform
from sim.week import REVIEW, Week

CONSUMERS, SHOPS, BRANDS = int(Account.CONSUMERS), int(Account.SHOPS), int(Account.BRANDS)
BAZAAR_SELLERS, MALL_OPERATOR = int(Account.BAZAAR_SELLERS), int(Account.MALL)
PLATFORM, STATE = int(Account.PLATFORM), int(Account.STATE)
FACTORIES, COUNTERFEITERS, OUTSIDE = int(Account.FACTORIES), int(Account.COUNTERFEITERS), int(Account.OUTSIDE)
DIRECT, BAZAAR = int(Venue.DIRECT), int(Venue.BAZAAR)
COVER = REVIEW
"""Weeks of sales that a reorder covers at least."""


class TradeTerms(NamedTuple):
    """What is charged in trade."""

    service_cost: int  # fen a direct sale
    mall_commission: float  # share of the direct price
    drop_markup: float  # price of a single unit from the upline over unit cost
    quality_fake: float  # true chance of satisfaction of a fake
    fee_cut: int  # fen of the service cost that the operator bears
    sales_fee: NDArray[np.float64]  # share of the price that the operator keeps (n_venues,)
    tax_threshold: float  # fen of sales in a year
    tax_rate: float


def note_what_ships(week: Week) -> None:
    """Note of every shop whether it would ship a fake."""
    shops = week.shops
    look_up_the_chain(shops.closed_week, shops.upline, shops.stock_genuine, shops.stock_fake, shops.ships_fakes)


@kernel
def look_up_the_chain(closed_week, upline, stock_genuine, stock_fake, ships_fakes):  # type: ignore[no-untyped-def]
    """Set `ships_fakes`: from stock, genuine first; without stock as the upline, which has a lower row."""
    for shop in range(upline.size):
        if closed_week[shop] < 0:
            if stock_genuine[shop] > 0 or (stock_fake[shop] == 0 and upline[shop] < 0):
                ships_fakes[shop] = False
            else:
                ships_fakes[shop] = stock_fake[shop] > 0 or ships_fakes[upline[shop]]


def trade(week: Week, orders: Orders, advertising: Integers) -> None:
    """Serve and pay the orders; brands pay their `advertising` bills, fen (n_brands,)."""
    given, tally = week.parameters, week.tally
    terms = TradeTerms(
        service_cost=round(100 * given.brands.service_cost),
        mall_commission=given.mall.commission,
        drop_markup=given.shops.drop_markup,
        quality_fake=given.brands.quality_fake,
        fee_cut=round(100 * given.brands.service_cost * week.rules.direct_fee_cut),
        sales_fee=np.array(week.rules.sales_fee),
        tax_threshold=100.0 * week.rules.tax_threshold,
        tax_rate=week.rules.tax_rate,
    )
    serve(
        week.seed, week.number, orders, week.people, week.shops, week.listings, week.brands, terms,
        tally.flow, tally.made, tally.faked, tally.first_purchases,
    )  # fmt: skip
    week.brands.cash[:] -= advertising
    tally.flow[BRANDS, OUTSIDE] += advertising.sum()


@kernel
def serve(  # type: ignore[no-untyped-def]
    seed, week, orders, people, shops, listings, brands, terms, flow, made, faked, first_purchases
):
    """Serve and pay all orders."""
    serve_listings(orders, people.spent, listings, brands, terms, flow, made, faked)
    serve_shops(seed, week, orders, people, shops, brands, terms, flow, made, first_purchases)


@kernel
def serve_listings(orders, spent, listings, brands, terms, flow, made, faked):  # type: ignore[no-untyped-def]
    """Serve and pay the orders at brands' stores, the bazaar and the mall."""
    for n in range(orders.buyer.size):
        if orders.shop[n] >= 0:
            continue
        price, brand, genuine, listing = orders.price[n], orders.brand[n], orders.is_genuine[n], orders.listing[n]
        spent[orders.buyer[n]] += price
        listings.units_sold[listing] += 1
        if genuine:
            made[brand] += 1
            flow[BRANDS, FACTORIES] += brands.cost[brand]
            brands.cash[brand] -= brands.cost[brand]
        venue = orders.venue[n]
        fee = np.int64(np.rint(terms.sales_fee[venue] * price))
        if venue == BAZAAR:
            flow[BAZAAR_SELLERS, PLATFORM] += fee
            listings.income[listing] -= fee
            flow[CONSUMERS, BAZAAR_SELLERS] += price
            if genuine:
                flow[BAZAAR_SELLERS, BRANDS] += brands.wholesale[brand]
                brands.cash[brand] += brands.wholesale[brand]
                listings.income[listing] += price - brands.wholesale[brand]
            else:
                faked[brand] += 1
                flow[BAZAAR_SELLERS, COUNTERFEITERS] += brands.fake_cost[brand]
                listings.income[listing] += price - brands.fake_cost[brand]
            continue
        flow[CONSUMERS, BRANDS] += price
        flow[BRANDS, PLATFORM if venue == DIRECT else MALL_OPERATOR] += fee
        brands.cash[brand] -= fee
        if venue == DIRECT:
            flow[BRANDS, OUTSIDE] += terms.service_cost - terms.fee_cut
            flow[PLATFORM, OUTSIDE] += terms.fee_cut
            brands.cash[brand] += price - (terms.service_cost - terms.fee_cut)
        else:
            rate = terms.mall_commission
            commission = np.int64(np.rint(price * rate / (1.0 + rate)))
            flow[BRANDS, MALL_OPERATOR] += commission
            brands.cash[brand] += price - commission


@kernel
def serve_shops(seed, week, orders, people, shops, brands, terms, flow, made, first_purchases):  # type: ignore[no-untyped-def]
    """Serve the orders in resale in ascending keyed uniform of the buyer; the chain decides what is shipped."""
    in_resale = np.flatnonzero(orders.shop >= 0)
    luck = np.empty(in_resale.size)
    for k in range(in_resale.size):
        luck[k] = uniform(seed, Purpose.SERVICE, week, people.key[orders.buyer[in_resale[k]]], 0)
    for n in in_resale[np.argsort(luck)]:
        price, brand, shop, buyer = orders.price[n], orders.brand[n], orders.shop[n], orders.buyer[n]
        people.spent[buyer] += price
        first_purchases[0] += not people.has_bought[buyer]
        people.has_bought[buyer] = True
        flow[CONSUMERS, SHOPS] += price
        shops.cash[shop] += price
        shops.units_sold[shop] += 1
        charge(shop, price, orders.venue[n], shops, terms, flow)
        cost, genuine = obtain_unit(shop, shops, brands, terms.drop_markup, flow, made)
        shops.income_from_retail[shop] += price - cost
        orders.is_genuine[n] = genuine
        orders.true_chance[n] = brands.quality[brand] if genuine else terms.quality_fake


@kernel
def charge(shop, price, venue, shops, terms, flow):  # type: ignore[no-untyped-def]
    """Take the operator's fee, and the tax once the year's sales are above the threshold."""
    fee = np.int64(np.rint(terms.sales_fee[venue] * price))
    shops.sales_of_year[shop] += price
    is_taxed = terms.tax_rate > 0.0 and shops.sales_of_year[shop] > terms.tax_threshold
    tax = np.int64(np.rint(terms.tax_rate * price)) if is_taxed else np.int64(0)
    flow[SHOPS, PLATFORM] += fee
    flow[SHOPS, STATE] += tax
    shops.cash[shop] -= fee + tax
    shops.charges[shop] += fee + tax


def reorder(week: Week) -> None:
    """Let active shops with less than a week's sales in stock buy a lot, deepest tier first, then by owner key."""
    shops, tally = week.shops, week.tally
    is_active = (shops.closed_week < 0) & (week.number >= shops.suspended_until)
    shop = np.flatnonzero(is_active & (shops.sales_smoothed > 0))
    shop = shop[np.lexsort((shops.owner[shop], -shops.tier[shop]))]
    buy_lots(
        shop, shops, week.brands, week.people.wealth, week.parameters.shops.lot_units,
        tally.flow, tally.made, tally.faked,
    )  # fmt: skip


@kernel
def buy_lots(order, shops, brands, wealth, lot_units, flow, made, faked):  # type: ignore[no-untyped-def]
    """Let shops buy lots one after the other: fakes from the counterfeiter, or what the chain ships."""
    for shop in order:
        sales = np.float64(shops.sales_smoothed[shop])
        if shops.stock_genuine[shop] + shops.stock_fake[shop] >= sales:
            continue
        units = max(np.int64(lot_units), np.int64(math.ceil(COVER * sales)))
        brand = shops.brand[shop]
        cost = brands.fake_cost[brand] if shops.buys_fakes[shop] else shops.unit_cost[shop]
        if 100.0 * wealth[shops.owner_row[shop]] + shops.cash[shop] < units * cost:
            continue
        shops.cash[shop] -= units * cost
        if shops.buys_fakes[shop]:
            flow[SHOPS, COUNTERFEITERS] += units * cost
            faked[brand] += units
            fakes = units
        else:
            fakes = supply_lot(
                shops.upline[shop], brand, units, cost, shops, brands, shops.income_from_wholesale, flow, made
            )
        shops.stock_genuine[shop] += units - fakes
        shops.stock_fake[shop] += fakes
        shops.cost_of_fakes[shop] += fakes * cost
