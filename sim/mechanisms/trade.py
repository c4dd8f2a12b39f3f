"""Trade: every order is paid for up its chain (odd.md 7.5)."""

from typing import NamedTuple

import numpy as np

from sim.compiled import kernel
from sim.ledger import Account
from sim.parameters import Parameters, Venue

CONSUMERS, SHOPS, BRANDS = int(Account.CONSUMERS), int(Account.SHOPS), int(Account.BRANDS)
BAZAAR_SELLERS, MALL_OPERATOR = int(Account.BAZAAR_SELLERS), int(Account.MALL)
FACTORIES, COUNTERFEITERS, OUTSIDE = int(Account.FACTORIES), int(Account.COUNTERFEITERS), int(Account.OUTSIDE)
DIRECT, BAZAAR = int(Venue.DIRECT), int(Venue.BAZAAR)


class TradeTerms(NamedTuple):
    """What sellers pay to others."""

    service_cost: int  # fen a direct sale
    mall_commission: float  # share of the direct price
    advertising: int  # fen a brand and week


def trade_terms(parameters: Parameters, n_people: int) -> TradeTerms:
    """Return what sellers pay to others in a town of `n_people`."""
    given = parameters.brands
    return TradeTerms(
        service_cost=round(100 * given.service_cost),
        mall_commission=parameters.mall.commission,
        advertising=given.n_media * round(100 * given.advertising_cost * given.reach_per_medium * n_people),
    )


@kernel
def trade(orders, people, shops, listings, brands, terms, flow, made, faked):  # type: ignore[no-untyped-def]
    """Serve and pay the orders; brands pay for advertising.

    `flow` (payer, payee) receives fen; `made`, `faked` (n_brands,) the units shipped.
    """
    for n in range(orders.buyer.size):
        price, brand, genuine, shop = orders.price[n], orders.brand[n], orders.is_genuine[n], orders.shop[n]
        people.spent[orders.buyer[n]] += price
        if genuine:
            made[brand] += 1
        else:
            faked[brand] += 1
        if shop >= 0:
            sell_in_resale(shop, price, brand, genuine, shops, brands, flow)
        else:
            listings.units_sold[orders.listing[n]] += 1
            sell_from_listing(orders.venue[n], price, brand, genuine, brands, terms, flow)
    flow[BRANDS, OUTSIDE] += terms.advertising * brands.cost.size


@kernel
def sell_in_resale(shop, price, brand, genuine, shops, brands, flow):  # type: ignore[no-untyped-def]
    """Pay for one unit from a shop: a genuine unit climbs the chain, a fake is bought aside."""
    shops.units_sold[shop] += 1
    flow[CONSUMERS, SHOPS] += price
    if not genuine:
        shops.income_from_retail[shop] += price - brands.fake_cost[brand]
        flow[SHOPS, COUNTERFEITERS] += brands.fake_cost[brand]
        return
    shops.income_from_retail[shop] += price - shops.unit_cost[shop]
    seller = shop
    while shops.upline[seller] >= 0:
        upline = shops.upline[seller]
        flow[SHOPS, SHOPS] += shops.unit_cost[seller]
        shops.income_from_wholesale[upline] += shops.unit_cost[seller] - shops.unit_cost[upline]
        seller = upline
    flow[SHOPS, BRANDS] += shops.unit_cost[seller]
    flow[BRANDS, FACTORIES] += brands.cost[brand]


@kernel
def sell_from_listing(venue, price, brand, genuine, brands, terms, flow):  # type: ignore[no-untyped-def]
    """Pay for one unit from a brand's store, the mall or a bazaar seller."""
    if venue == BAZAAR:
        flow[CONSUMERS, BAZAAR_SELLERS] += price
        if genuine:
            flow[BAZAAR_SELLERS, BRANDS] += brands.wholesale[brand]
            flow[BRANDS, FACTORIES] += brands.cost[brand]
        else:
            flow[BAZAAR_SELLERS, COUNTERFEITERS] += brands.fake_cost[brand]
        return
    flow[CONSUMERS, BRANDS] += price
    flow[BRANDS, FACTORIES] += brands.cost[brand]
    if venue == DIRECT:
        flow[BRANDS, OUTSIDE] += terms.service_cost
    else:
        rate = terms.mall_commission
        flow[BRANDS, MALL_OPERATOR] += np.int64(np.rint(price * rate / (1.0 + rate)))
