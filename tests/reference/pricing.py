"""How shops and brands set prices at a review (docs/odd.md, 7.8)."""

import math
from typing import TYPE_CHECKING

from tests.reference.luck import single
from tests.reference.sellers import Climb, Seller, Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


def price_of_shop(market: "ReferenceMarket", shop: Shop) -> None:
    """Let a shop set its price by the rule of shops."""
    rule = market.parameters.shops.pricing
    if rule == "cost_plus":
        cost_plus(market, shop)
    elif rule == "best_response":
        set_price(shop, best_response(market, shop, shop.unit_cost))
    elif rule == "hill_climb":
        set_price(shop, hill_climb(market, shop.climb, shop.price, shop.unit_cost, shop.total_income))


def set_price(shop: Shop, price: int | None) -> None:
    """Change a shop's price and its mark-up with it; None leaves both."""
    if price is not None:
        shop.price = price
        shop.markup = single(price / shop.unit_cost - 1) if shop.unit_cost else 0.0


def prices_of_brands(market: "ReferenceMarket") -> None:
    """Let brands set list prices by the rule of brands; the prices in their stores follow."""
    rule = market.parameters.brands.pricing
    for brand in market.brands:
        cost, price = brand.cost_of_direct_sale, None
        if rule == "best_response":
            price = best_response(market, market.direct[brand.number], cost)
        elif rule == "hill_climb":
            price = hill_climb(market, brand.climb, brand.list_price, cost, brand.cash)
        if price is not None:
            market.seen["list price changed"] += price != brand.list_price
            brand.list_price = price
            market.price_stores(brand)


def cost_plus(market: "ReferenceMarket", shop: Shop) -> None:
    """Cut the mark-up on dead stock, raise it on an empty shelf."""
    given = market.parameters.shops
    if shop.stock > 0 and shop.stock > given.dead_weeks * shop.sales_smoothed:
        shop.markup = single(shop.markup * (1 - given.markup_step))
        market.seen["markup cut"] += 1
    elif shop.stock == 0 and shop.sales_smoothed > 0:
        shop.markup = single(shop.markup * (1 + given.markup_step))
        market.seen["markup raised"] += 1
    shop.markup = min(max(shop.markup, single(given.markup_least)), single(given.markup_most))
    shop.price = round(shop.unit_cost * (1 + shop.markup))


def best_response(market: "ReferenceMarket", seller: Seller, unit_cost: int) -> int | None:
    """Return the price of the first-order condition of a nested-logit seller, or None if there is none."""
    n_needs, of_seller, of_channel = market.last_weeks(4, seller)
    if n_needs == 0 or of_channel == 0:
        return None
    lam, alpha = market.parameters.demand.dissimilarity, market.parameters.population.price_sensitivity
    cost, today = unit_cost / 100, seller.price / 100
    in_channel, channel = of_seller / of_channel, of_channel / n_needs

    def denominator(p: float) -> float:
        x = math.exp(min(700.0, -alpha * (p - today) / lam))
        r = 1 - in_channel + in_channel * x
        w = in_channel * x / r
        g = channel * r**lam / (1 - channel + channel * r**lam)
        return 1 - (1 - lam) * w - lam * w * g

    low = cost + lam / alpha
    if denominator(low) <= 0:
        return None
    high = cost + lam / alpha / denominator(low)
    for _ in range(60):
        p = (low + high) / 2
        if denominator(p) <= 0 or p <= cost + lam / alpha / denominator(p):
            low = p
        else:
            high = p
    market.seen["best response"] += 1
    return round(100 * (low + high) / 2)


def hill_climb(market: "ReferenceMarket", climb: Climb, price: int, unit_cost: int, income: int) -> int:
    """Return the price one step further in the direction that paid."""
    before = climb.direction
    climb.turn(income)
    market.seen["hill climber turned"] += climb.direction != before
    return max(unit_cost, round(price * (1 + climb.direction * market.parameters.shops.price_step)))
