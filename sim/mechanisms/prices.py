"""Prices are reviewed every four weeks by the rules of the configuration (odd.md 7.8)."""

import numpy as np

from sim.ledger import Integers
from sim.parameters import Venue
from sim.population import mall_price
from sim.pricing import rule
from sim.pricing.base import Sellers
from sim.week import REVIEW, Week

RESALE = [int(Venue.RESALE_WECHAT), int(Venue.RESALE_RIVAL)]


def recent(week: Week, counts: str, columns: list[int]) -> int:
    """Return the sum of some columns of a count over the last four weeks."""
    return int(week.past.of(counts)[-REVIEW:, columns].sum())


def review_shops(week: Week) -> None:
    """Let shops at their review set mark-up and price."""
    shops = week.shops
    shop = np.flatnonzero((shops.closed_week < 0) & week.is_reviewed(shops.opened_week))
    if shop.size == 0:
        return
    income = (shops.income_from_retail + shops.income_from_wholesale + shops.income_from_recruits)[shop]
    sellers = Sellers(
        price=shops.price[shop],
        unit_cost=shops.unit_cost[shop],
        markup=shops.markup[shop],
        stock=shops.stock_genuine[shop] + shops.stock_fake[shop],
        sales=shops.sales_smoothed[shop].astype(np.float64),
        units=shops.units_sold[shop] - shops.units_at_review[shop],
        channel_units=recent(week, "units", RESALE),
        needs=recent(week, "needs", [0]),
        income=income - shops.income_at_review[shop],
        income_before=shops.income_of_period[shop],
        direction=shops.price_direction[shop],
    )
    chosen = rule("shops.pricing", week.parameters.shops.pricing)
    shops.price[shop], shops.markup[shop] = chosen.prices(sellers, week.parameters)
    shops.price_direction[shop] = sellers.direction
    shops.income_of_period[shop], shops.income_at_review[shop] = sellers.income, income
    shops.units_at_review[shop] = shops.units_sold[shop]


def review_brands(week: Week) -> None:
    """Let brands set their list prices, on which the mall's follow."""
    if week.number == 0 or week.number % REVIEW:
        return
    brands, listings, n = week.brands, week.listings, week.brands.quality.size
    cost = brands.cost + week.service_cost()
    sold: Integers = listings.units_sold[:n].copy()
    nothing = np.zeros(n, np.int64)
    sellers = Sellers(
        price=brands.list_price,
        unit_cost=cost,
        markup=nothing.astype(np.float32),
        stock=nothing,
        sales=listings.sales_smoothed[:n].astype(np.float64),
        units=sold - brands.units_at_review,
        channel_units=recent(week, "units", [int(Venue.DIRECT)]),
        needs=recent(week, "needs", [0]),
        income=brands.cash - brands.cash_at_review,
        income_before=brands.income_of_period.copy(),
        direction=brands.price_direction,
    )
    brands.list_price[:], _ = rule("brands.pricing", week.parameters.brands.pricing).prices(sellers, week.parameters)
    brands.income_of_period[:], brands.cash_at_review[:] = sellers.income, brands.cash
    brands.units_at_review[:] = sold
    listings.price[:n], listings.price[n : 2 * n] = brands.list_price, mall_price(week.parameters, brands)
