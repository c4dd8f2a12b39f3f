"""What the governor of WeChat sees, finds and punishes (docs/odd.md, 7.14, 7.15)."""

import math
from typing import TYPE_CHECKING

from sim.parameters import Venue
from sim.randomness import Purpose
from sim.rules import PERMANENT
from tests.reference.sellers import Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


def sanction(market: "ReferenceMarket", strikes: int) -> int:
    """Return the step of the ladder after so many strikes."""
    ladder = market.rules.ladder
    return ladder[min(strikes, len(ladder)) - 1]


def settle_deposits(market: "ReferenceMarket") -> None:
    """Ask shops for what their deposits lack, and give back what is too much."""
    for shop in market.open_shops():
        lacking = (market.rules.deposit if shop.platform == Venue.RESALE_WECHAT else 0) - shop.deposit_held
        if lacking <= 0:
            shop.weeks_owing = 0
            pay_deposit(market, shop, lacking)
            market.seen["deposit given back"] += lacking < 0
        elif 100 * market.people[shop.owner].wealth + shop.cash >= lacking:
            shop.weeks_owing = 0
            pay_deposit(market, shop, lacking)
            market.seen["deposit paid later"] += 1
        else:
            shop.weeks_owing += 1
            market.seen["deposit owed"] += 1


def pay_deposit(market: "ReferenceMarket", shop: Shop, amount: int) -> None:
    """Let a shop pay towards its deposit, or get back if the amount is negative."""
    market.accounts.pay(shop, "deposits", amount)
    shop.deposit_held += amount


def enforce(market: "ReferenceMarket") -> None:
    """Look for campaigns, fakes, shops without a licence and tiers too deep, then sanction whoever is found."""
    on_wechat = [shop for shop in market.open_shops() if shop.platform == Venue.RESALE_WECHAT]
    zeal = zeal_of_the_week(market)
    by_campaign = {shop for shop in on_wechat if campaign_is_detected(market, shop, zeal)}
    for shop in by_campaign:
        undo_campaign(market, shop)
    cheats = {shop for shop in inspected(market, on_wechat, zeal) if is_found_guilty(market, shop)}
    cheats |= {shop for shop in on_wechat if has_no_licence(market, shop, zeal)}
    too_deep = {shop for shop in on_wechat if tier_is_found(market, shop, zeal)}
    for shop in on_wechat:
        if shop in by_campaign | cheats | too_deep:
            market.seen["found twice"] += (shop in by_campaign) + (shop in cheats) + (shop in too_deep) > 1
            punish(market, shop, is_fined=shop in cheats)


def zeal_of_the_week(market: "ReferenceMarket") -> float:
    """Return Z, by which enforcement is stronger or weaker this week."""
    zeal, rules = 1.0, market.rules
    if rules.burst_share < 1:
        has_burst = market.luck.u(Purpose.STANCE, market.week, 0) < rules.burst_share
        zeal = 1 / rules.burst_share if has_burst else 0.0
        market.seen["burst" if has_burst else "no burst"] += 1
    if rules.follows_complaints and market.week >= rules.delay + 3:
        known = market.complaints[: market.week - rules.delay + 1]
        mean = sum(known) / len(known)
        if mean > 0:
            zeal *= min(3.0, (sum(known[-4:]) / 4) / mean)
            market.seen["adapted to complaints"] += 1
    return zeal


def happens(market: "ReferenceMarket", purpose: Purpose, shop: Shop, chance: float) -> bool:
    """Tell whether the shop's draw of this week is below a chance."""
    return market.luck.u(purpose, market.week, shop.owner) < min(1.0, chance)


def campaign_is_detected(market: "ReferenceMarket", shop: Shop, zeal: float) -> bool:
    """Tell whether the shop ran a campaign that is detected."""
    chance = zeal * market.rules.campaign_detection
    return shop.ran_campaign and happens(market, Purpose.CAMPAIGN_DETECTION, shop, chance)


def undo_campaign(market: "ReferenceMarket", shop: Shop) -> None:
    """Remove a shop's likes and, if the rules say so, the followers gained by campaigns."""
    shop.likes = 0.0
    if market.rules.removes_followers:
        for person, slot in market.holders(shop):
            if slot.from_campaign:
                person.drop(slot)
                market.seen["follower removed"] += 1


def inspected(market: "ReferenceMarket", on_wechat: list[Shop], zeal: float) -> list[Shop]:
    """Return the shops inspected, within the budget; each costs the operator something."""
    rules = market.rules
    chosen = []
    for shop in on_wechat:
        chance = (zeal * rules.inspection_rate) * (1 + rules.inspection_targeting * shop.complaints)
        if happens(market, Purpose.INSPECTION, shop, chance):
            chosen.append(shop)
    if rules.budget < math.inf:
        chosen.sort(key=lambda shop: (market.luck.u(Purpose.INSPECTION, market.week, shop.owner), shop.owner))
        affordable = math.floor(rules.budget * len(on_wechat) / 1000)
        market.seen["inspection above the budget"] += len(chosen) > affordable
        chosen = chosen[:affordable]
    for _ in chosen:
        market.accounts.pay("platform", "outside", round(100 * market.parameters.regulator.inspection_cost))
        market.seen["inspection"] += 1
    return chosen


def is_found_guilty(market: "ReferenceMarket", shop: Shop) -> bool:
    """Return the verdict of an inspection, which may be wrong."""
    chance = market.rules.inspection_power if shop.violates else market.rules.false_positives
    is_guilty = happens(market, Purpose.VERDICT, shop, chance)
    market.seen["false alarm"] += is_guilty and not shop.violates
    market.seen["fakes overlooked"] += shop.violates and not is_guilty
    return is_guilty


def has_no_licence(market: "ReferenceMarket", shop: Shop, zeal: float) -> bool:
    """Tell whether a shop that violates is found without a licence."""
    is_found = shop.violates and happens(market, Purpose.LICENCE, shop, zeal * market.rules.licence_detection)
    market.seen["without a licence"] += is_found
    return is_found


def tier_is_found(market: "ReferenceMarket", shop: Shop, zeal: float) -> bool:
    """Tell whether a shop is of a tier too deep and found."""
    is_found = shop.tier > market.rules.tier_limit and happens(
        market, Purpose.TIER_CONTROL, shop, zeal * market.rules.tier_detection
    )
    market.seen["tier too deep"] += is_found
    return is_found


def punish(market: "ReferenceMarket", shop: Shop, is_fined: bool) -> None:
    """Give the owner a strike and the sanction that goes with it."""
    owner = market.people[shop.owner]
    owner.strikes += 1
    market.seen[f"strike {owner.strikes}"] += 1
    weeks = sanction(market, owner.strikes)
    if weeks == PERMANENT:
        owner.is_banned = True
        market.seen["permanent ban"] += 1
    else:
        shop.suspended_until = market.week + 1 + weeks
        market.seen["suspension"] += 1
    if is_fined:
        market.charge(shop, "platform", round(100 * market.rules.fine))
        market.seen["fine"] += 1
    market.seen["deposit lost"] += shop.deposit_held > 0
    market.accounts.pay("deposits", "platform", shop.deposit_held)
    shop.deposit_held = 0
    shop.badge_lost = market.week
