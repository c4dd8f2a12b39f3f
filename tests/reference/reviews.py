"""What shops review every four weeks: the next lot, the price, the platform (docs/odd.md, 7.7, 7.8, 7.11)."""

import math
from typing import TYPE_CHECKING

from sim.parameters import Venue
from sim.randomness import Purpose
from tests.reference.pricing import price_of_shop
from tests.reference.sellers import Brand, Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


def review(market: "ReferenceMarket", shop: Shop) -> None:
    """Let a shop review lot, price and platform."""
    bought_fakes = shop.buys_fakes
    shop.buys_fakes = prefers_fakes(market, shop)
    market.seen["turned to fakes"] += shop.buys_fakes and not bought_fakes
    market.seen["turned honest"] += bought_fakes and not shop.buys_fakes
    price_of_shop(market, shop)
    if shop.platform == Venue.RESALE_WECHAT and is_better_off_elsewhere(market, shop):
        move(market, shop)


def join_exodus(market: "ReferenceMarket", shop: Shop) -> None:
    """Move a shop to the rival platform if it is among those who leave whether it pays or not."""
    u = market.luck.u(Purpose.EXODUS, 0, shop.owner)
    if shop.platform == Venue.RESALE_WECHAT and u < market.rules.exodus_share:
        move(market, shop)
        market.seen["exodus"] += 1


def multiplier(market: "ReferenceMarket", owner: int) -> float:
    """Return M, by which the owner perceives a risk as larger or smaller than it is said to be."""
    z, sigma = market.people[owner].risk_bias, market.rules.ambiguity
    return math.exp(sigma * z - sigma * sigma / 2)


def perceived(market: "ReferenceMarket", shop: Shop, risk: float) -> float:
    """Return a risk as the shop's owner perceives it; on the rival platform there is none."""
    if shop.platform == Venue.RESALE_RIVAL:
        return 0.0
    return perceived_by(market, shop.owner, risk)


def perceived_by(market: "ReferenceMarket", key: int, risk: float) -> float:
    """Return a risk on WeChat as a person perceives it."""
    return min(1.0, risk * multiplier(market, key))


def sourcing_risk(market: "ReferenceMarket") -> float:
    """Return R_0, what the risk of dealing in fakes is said to be, over four weeks (7.14)."""
    learnt, rules = market.parameters.sourcing.learnt_risk, market.rules
    by_inspection = min(1.0, rules.inspection_rate * rules.inspection_power)
    by_licence = min(1.0, rules.licence_detection)
    spared = (1 - by_inspection) * (1 - by_licence)  # y
    return learnt + (1 - learnt) * (1 - ((spared * spared) * spared) * spared)


def loss_at_risk(market: "ReferenceMarket", shop: Shop) -> float:
    """Return what is lost if a shop is found to deal in fakes, in yuan (7.14)."""
    return (market.rules.fine + shop.deposit_held / 100) + 26 * max(0.0, shop.profit_smoothed)


def prefers_fakes(market: "ReferenceMarket", shop: Shop) -> bool:
    """Tell whether fakes gain a shop more than conscience, risk and lost custom weigh."""
    owner, sales = market.people[shop.owner], shop.sales_smoothed
    margin = (shop.unit_cost - shop.brand.fake_cost) / 100
    gain = (4 * margin) * sales
    risk = perceived(market, shop, sourcing_risk(market))
    loss = loss_at_risk(market, shop)
    lost_custom = repeat_custom(
        market,
        shop.brand,
        market.parameters.sourcing.repeat_share,
        max(0, shop.price - shop.unit_cost),
        sales,
        owner.patience,
    )
    return gain > (owner.conscience + risk * loss) + lost_custom


def repeat_custom(
    market: "ReferenceMarket", brand: Brand, share: float, margin: int, sales: float, patience: float
) -> float:
    """Return D, the repeat custom that is lost by selling fakes, in yuan."""
    worse = max(0.0, brand.quality - market.parameters.brands.quality_fake)
    return ((((share * worse) * (margin / 100)) * (4 * sales)) * market.parameters.sourcing.horizon) * patience


def is_better_off_elsewhere(market: "ReferenceMarket", shop: Shop) -> bool:
    """Tell whether 26 weeks on the rival platform are worth more, by the hurdle of moving."""
    profit = max(0.0, shop.profit_smoothed)
    risk = perceived(market, shop, sourcing_risk(market))
    at_risk = ((6.5 * risk) * loss_at_risk(market, shop)) * shop.buys_fakes
    here = profit * (26 - max(0, shop.suspended_until - market.week)) - at_risk
    there = (share_of_contacts_on_rival(market, shop) * 26) * profit
    return there > (1 + market.parameters.regulator.moving_hurdle) * max(0.0, here)


def share_of_contacts_on_rival(market: "ReferenceMarket", shop: Shop) -> float:
    """Return phi; 0 of a shop without contacts."""
    holders = market.holders(shop)
    return sum(person.uses_rival for person, _ in holders) / len(holders) if holders else 0.0


def move(market: "ReferenceMarket", shop: Shop) -> None:
    """Move a shop to the rival platform, where only its users can follow."""
    market.seen["moved to the rival"] += 1
    market.seen["moved while suspended"] += shop.suspended_until > market.week
    shop.platform = Venue.RESALE_RIVAL
    shop.suspended_until = 0
    for person, slot in market.holders(shop):
        if not person.uses_rival:
            person.drop(slot)
