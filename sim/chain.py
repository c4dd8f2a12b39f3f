"""The chain: how a unit or a lot comes down from the brand, and who is paid (docs/odd.md 7.5).

Compiled functions that trade and entry share. `flow` (payer, payee) receives fen, `made` (n_brands,)
the genuine units that brands ship.
"""

import numpy as np

from sim.compiled import kernel
from sim.ledger import Account

SHOPS, BRANDS, FACTORIES = int(Account.SHOPS), int(Account.BRANDS), int(Account.FACTORIES)


@kernel
def take_from_stock(shop, n_genuine, n_fake, shops):  # type: ignore[no-untyped-def]
    """Take units out of a shop's stock; return what they cost it, fen."""
    fakes_cost = np.int64(0)
    if n_fake > 0:
        fakes_cost = shops.cost_of_fakes[shop] * n_fake // shops.stock_fake[shop]
    shops.stock_genuine[shop] -= n_genuine
    shops.stock_fake[shop] -= n_fake
    shops.cost_of_fakes[shop] -= fakes_cost
    return n_genuine * shops.unit_cost[shop] + fakes_cost


@kernel
def brand_ships(brand, n_units, price, brands, flow, made):  # type: ignore[no-untyped-def]
    """Let the brand make and ship units to a shop at a price each, fen."""
    flow[SHOPS, BRANDS] += n_units * price
    flow[BRANDS, FACTORIES] += n_units * brands.cost[brand]
    brands.cash[brand] += n_units * (price - brands.cost[brand])
    made[brand] += n_units


@kernel
def obtain_unit(shop, shops, brands, drop_markup, flow, made):  # type: ignore[no-untyped-def]
    """Let a shop get one unit from its stock or through its uplines; return (its cost in fen, is genuine).

    A shop without stock pays its upline round(drop_markup * unit cost), which gets the unit in the same way.
    """
    first_cost, received, holder = np.int64(-1), np.int64(0), shop
    while True:
        shops.units_moved[holder] += 1
        has_genuine = shops.stock_genuine[holder] > 0
        has_stock = has_genuine or shops.stock_fake[holder] > 0
        if has_stock:
            cost = take_from_stock(holder, np.int64(has_genuine), np.int64(not has_genuine), shops)
        else:
            cost = np.int64(np.rint(drop_markup * shops.unit_cost[holder]))
            shops.cash[holder] -= cost
        if first_cost < 0:
            first_cost = cost
        else:
            shops.cash[holder] += received
            shops.income_from_wholesale[holder] += received - cost
        if has_stock:
            return first_cost, has_genuine
        if shops.upline[holder] < 0:
            brand_ships(shops.brand[holder], np.int64(1), cost, brands, flow, made)
            return first_cost, True
        flow[SHOPS, SHOPS] += cost
        received, holder = cost, shops.upline[holder]


@kernel
def supply_lot(upline, brand, n_units, unit_cost, shops, brands, income, flow, made):  # type: ignore[no-untyped-def]
    """Let the chain from `upline` (-1: the brand) ship a lot at the orderer's unit cost; return the fakes in it.

    Each holder ships what it has and orders the rest at its own unit cost; its margin is added to
    `income` (n_spells,). The orderer's own payment is left to the caller.
    """
    n_fakes, asked, price, holder = np.int64(0), np.int64(n_units), np.int64(unit_cost), upline
    while holder >= 0 and asked > 0:
        flow[SHOPS, SHOPS] += asked * price
        shops.units_moved[holder] += asked
        genuine = min(asked, shops.stock_genuine[holder])
        fakes = min(asked - genuine, shops.stock_fake[holder])
        ordered_on = asked - genuine - fakes
        cost = take_from_stock(holder, genuine, fakes, shops)
        paid_on = ordered_on * shops.unit_cost[holder]
        shops.cash[holder] += asked * price - paid_on
        income[holder] += asked * price - paid_on - cost
        n_fakes += fakes
        asked, price, holder = ordered_on, shops.unit_cost[holder], shops.upline[holder]
    if asked > 0:
        brand_ships(brand, asked, price, brands, flow, made)
    return n_fakes
