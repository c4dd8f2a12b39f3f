"""How units come down the chain of supply, and who earns by it (docs/odd.md, 7.5)."""

import math
from typing import TYPE_CHECKING

from sim.randomness import Purpose
from tests.reference.sellers import Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


def would_ship_fake(shop: Shop | None) -> bool:
    """Tell whether the next unit from a shop would be a fake; None stands for the brand."""
    if shop is None:
        return False
    if shop.stock:
        return shop.stock_genuine == 0
    return would_ship_fake(shop.upline)


def one_unit(market: "ReferenceMarket", shop: Shop) -> tuple[bool, int]:
    """Ship one unit from a shop; return whether it is a fake, and what it cost the shop."""
    shop.n_units += 1
    if shop.stock_genuine:
        shop.stock_genuine -= 1
        return False, shop.unit_cost
    if shop.stock_fake:
        return True, take_fakes(shop, 1)
    price = round(market.parameters.shops.drop_markup * shop.unit_cost)
    if shop.upline is None:
        market.accounts.buy_from_maker(shop, 1, price)
        market.seen["drop-shipped by the brand"] += 1
        return False, price
    market.seen["drop-shipped by an upline"] += 1
    market.seen["drop-shipped through several levels"] += shop.upline.stock == 0 and shop.upline.upline is not None
    market.accounts.pay(shop, shop.upline, price)
    is_fake, cost = one_unit(market, shop.upline)
    shop.upline.income_wholesale += price - cost
    market.seen["fake drop-shipped"] += is_fake
    return is_fake, price


def take_fakes(holder: Shop, units: int) -> int:
    """Take fakes out of a shop's stock; return what they had cost it."""
    cost = holder.cost_of_fakes * units // holder.stock_fake
    holder.cost_of_fakes -= cost
    holder.stock_fake -= units
    return cost


def sell_in_resale(market: "ReferenceMarket", shop: Shop) -> bool:
    """Sell one unit to a consumer; return whether it is a fake."""
    market.accounts.pay("consumers", shop, shop.price)
    is_fake, cost = one_unit(market, shop)
    shop.income_retail += shop.price - cost
    market.charge(shop, "platform", round(market.rules.sales_fee[shop.venue] * shop.price))
    shop.sales_of_year += shop.price
    if shop.sales_of_year / 100 > market.rules.tax_threshold:
        market.charge(shop, "state", round(market.rules.tax_rate * shop.price))
        market.seen["tax"] += 1
    return is_fake


def lot_from_chain(market: "ReferenceMarket", shop: Shop, units: int, is_opening: bool = False) -> None:
    """Bring a lot from the chain into a shop's stock, at its unit cost."""
    if units == 0:
        return
    genuine, fakes = order(market, shop, units, is_opening)
    shop.stock_genuine += genuine
    shop.stock_fake += fakes
    shop.cost_of_fakes += fakes * shop.unit_cost
    market.seen["lot with fakes carried down the chain"] += fakes > 0


def order(market: "ReferenceMarket", orderer: Shop, units: int, is_opening: bool) -> tuple[int, int]:
    """Pay the upline, or the brand, for a lot; return how many units are genuine and how many are fakes."""
    paid, holder = units * orderer.unit_cost, orderer.upline
    if holder is None:
        market.accounts.buy_from_maker(orderer, units, paid)
        return units, 0
    market.accounts.pay(orderer, holder, paid)
    holder.n_units += units
    genuine = min(units, holder.stock_genuine)
    fakes = min(units - genuine, holder.stock_fake)
    rest = units - genuine - fakes
    market.seen["lot from an upline's stock"] += genuine + fakes > 0
    market.seen["lot ordered on"] += rest > 0
    holder.stock_genuine -= genuine
    cost = genuine * holder.unit_cost
    if fakes:
        cost += take_fakes(holder, fakes)
    if rest:
        cost += rest * holder.unit_cost
        more_genuine, more_fakes = order(market, holder, rest, is_opening)
        genuine, fakes = genuine + more_genuine, fakes + more_fakes
    if is_opening:
        holder.income_recruits += paid - cost
    else:
        holder.income_wholesale += paid - cost
    return genuine, fakes


def lot_of_fakes(market: "ReferenceMarket", shop: Shop, units: int) -> None:
    """Buy a lot from the counterfeiter."""
    market.accounts.buy_fakes(shop, units)
    shop.stock_fake += units
    shop.cost_of_fakes += units * shop.brand.fake_cost


def serve(market: "ReferenceMarket") -> None:
    """Serve and pay all orders, those in resale one at a time."""

    def turn(buyer: int) -> tuple[float, int]:
        return market.luck.u(Purpose.SERVICE, market.week, buyer), buyer

    for person, seller, purchase in sorted(market.orders, key=lambda order: turn(order[0].key)):
        if isinstance(seller, Shop):
            is_fake = sell_in_resale(market, seller)
            person.has_bought = True
        else:
            is_fake = seller.sells_fakes
            market.accounts.sale_of_listing(seller, market.parameters, market.rules)
        person.spent += seller.price
        purchase.is_genuine = not is_fake
        if is_fake:
            seller.brand.consumed_fakes += 1
        else:
            seller.brand.consumed += 1


def reorder(market: "ReferenceMarket") -> None:
    """Let shops that run out order their next lot, deepest tier first."""
    for shop in sorted(market.open_shops(), key=lambda shop: (-shop.tier, shop.owner)):
        if not shop.is_active or shop.stock >= shop.sales_smoothed:
            continue
        units = max(market.parameters.shops.lot_units, math.ceil(4 * shop.sales_smoothed))
        unit_cost = shop.brand.fake_cost if shop.buys_fakes else shop.unit_cost
        if 100 * market.people[shop.owner].wealth + shop.cash < units * unit_cost:
            market.seen["lot that cannot be paid"] += 1
        elif shop.buys_fakes:
            lot_of_fakes(market, shop, units)
            market.seen["reorder of fakes"] += 1
        else:
            lot_from_chain(market, shop, units)
            market.seen["reorder from the chain"] += 1
