"""How shops close and open (docs/odd.md, 7.9, 7.6b)."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.parameters import Venue
from sim.randomness import Purpose
from tests.reference.agents import Person
from tests.reference.chain import lot_from_chain
from tests.reference.governor import pay_deposit
from tests.reference.luck import single
from tests.reference.reviews import perceived_by, sourcing_risk
from tests.reference.sellers import Brand, Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


def close_shops(market: "ReferenceMarket") -> None:
    """Close shops, attach those below them anew, and let their friends hear of losses."""
    closing = [shop for shop in market.open_shops() if must_or_will_close(market, shop)]
    for shop in closing:
        close(market, shop)
    for shop in market.open_shops():
        attach_anew(market, shop)
    for shop in closing:
        if shop.cash < 0:
            disappoint_friends(market, shop)


def must_or_will_close(market: "ReferenceMarket", shop: Shop) -> bool:
    """Tell whether the owner is banned, broke, or gives up."""
    owner, given = market.people[shop.owner], market.parameters.exit
    if owner.is_banned:
        cause = "banned"
    elif 100 * owner.wealth + shop.cash < 0:
        cause = "broke"
    elif shop.weeks_owing >= 4:
        cause = "deposit owed"
    elif (
        shop.age + 1 >= given.weeks_before_exit
        and shop.profit_smoothed < given.exit_share * owner.outside_income
        and market.luck.u(Purpose.EXIT, market.week, shop.owner) < given.exit_chance
    ):
        cause = "gave up"
    else:
        return False
    market.seen[f"closed: {cause}"] += 1
    return True


def close(market: "ReferenceMarket", shop: Shop) -> None:
    """End a spell: sell the stock for salvage, take the cash home, leave all slots."""
    owner = market.people[shop.owner]
    worth = shop.stock_genuine * shop.unit_cost + shop.cost_of_fakes
    market.accounts.pay("outside", shop, round(market.parameters.shops.salvage * worth))
    pay_deposit(market, shop, -shop.deposit_held)
    shop.brand.written_off += shop.stock_genuine
    shop.brand.written_off_fakes += shop.stock_fake
    shop.stock_genuine = shop.stock_fake = shop.cost_of_fakes = 0
    owner.wealth = single(max(0.0, owner.wealth + shop.cash / 100))
    owner.shop = None
    shop.closed_week = market.week
    shop.n_posts = 0
    for person, slot in market.holders(shop):
        person.drop(slot)


def attach_anew(market: "ReferenceMarket", shop: Shop) -> None:
    """Supply a shop by its first open ancestor, or by the brand."""
    if shop.upline is not None and not shop.upline.is_open:
        shop.upline = next((ancestor for ancestor in shop.above() if ancestor.is_open), None)
        market.seen["attached to the brand" if shop.upline is None else "attached to an ancestor"] += 1


def disappoint_friends(market: "ReferenceMarket", shop: Shop) -> None:
    """Lower the trust of the friends of one who lost, in the shop's platform."""
    cut = market.parameters.exit.disappointment * market.parameters.trust.gain_bad
    for friend in market.people[shop.owner].friends:
        market.people[friend].lose_trust(shop.platform, cut)
        market.seen["disappointed friend"] += 1


# entry (7.6b)


@dataclass(frozen=True)
class Entry:
    """A decision to open a shop below `upline`, or below the brand if None."""

    person: Person
    brand: Brand
    upline: Shop | None
    unit_cost: int
    units: int


def enter(market: "ReferenceMarket") -> None:
    """Let people decide on what they see, then open one after the other."""
    entries = [decision(market, person) for person in market.people]
    for entry in entries:
        if entry is not None:
            open_shop(market, entry)


def decision(market: "ReferenceMarket", person: Person) -> Entry | None:
    """Return what a person without a shop decides to open, if anything."""
    opened_lately = person.last_opening != -1 and market.week - person.last_opening < 52
    if person.shop is not None or person.is_banned or opened_lately:
        return None
    given = market.parameters.recruitment
    if person.draw(Purpose.LOOK, 0) < given.look:
        entry = decision_after_look(market, person)
        if entry is not None:
            return entry
    if person.draw(Purpose.LOOK, 1) < given.agents_recruited:
        return decision_of_recruited(market, person)
    return None


def decision_after_look(market: "ReferenceMarket", person: Person) -> Entry | None:
    """Return whether the person joins one of the shops followed."""
    followed = [slot.shop for slot in person.slots if slot is not None]
    eligible = [shop for shop in followed if shop.is_active and shop.tier < deepest_tier(market, shop)]
    if not eligible:
        return None
    upline = min(eligible, key=lambda shop: (person.draw(Purpose.UPLINE, shop.owner), shop.owner))
    shops = market.parameters.shops
    cost, units = round(upline.unit_cost * (1 + shops.tier_markup)), shops.opening_units_below
    if person.draw(Purpose.JOIN) < chance_to_join(market, person, upline, units * cost):
        if 100 * person.wealth >= units * cost + deposit_on(market, upline.platform):
            return Entry(person, upline.brand, upline, cost, units)
        market.seen["joiner too poor"] += 1
    return None


def deepest_tier(market: "ReferenceMarket", shop: Shop) -> int:
    """Return below which tier a shop may recruit, as its owner understands the rules."""
    deepest, limit = market.parameters.shops.deepest_tier, market.rules.tier_limit
    if shop.platform == Venue.RESALE_RIVAL:
        return deepest
    if market.rules.ambiguity > 0:
        limit = max(1, round(limit - market.rules.ambiguity * market.people[shop.owner].risk_bias))
    market.seen["tier limit keeps from recruiting"] += limit <= shop.tier < deepest
    return min(deepest, limit)


def deposit_on(market: "ReferenceMarket", platform: Venue) -> int:
    """Return the deposit of a new shop, in fen."""
    return market.rules.deposit if platform == Venue.RESALE_WECHAT else 0


def cost_of_deposit(market: "ReferenceMarket", person: Person, platform: Venue) -> float:
    """Return what a deposit costs a recruit a week, in yuan: interest, and the risk of losing it."""
    risk = perceived_by(market, person.key, sourcing_risk(market))
    interest = 26 * market.parameters.recruitment.interest
    return ((deposit_on(market, platform) / 100) * (interest + min(1.0, 6.5 * risk))) / 26


def chance_to_join(market: "ReferenceMarket", person: Person, upline: Shop, stock: int) -> float:
    """Return the chance that what the upline seems to earn persuades."""
    given, outside = market.parameters.recruitment, person.outside_income
    perceived = min(given.hype, market.rules.hype_cap) * upline.profit_smoothed
    entry_cost = (stock / 100) / 26 + cost_of_deposit(market, person, upline.platform)
    x = ((perceived - entry_cost) - outside) / (given.choosiness * outside)
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0  # exp would overflow


def decision_of_recruited(market: "ReferenceMarket", person: Person) -> Entry | None:
    """Return whether a brand recruits the person."""
    brand = market.brands[math.floor(len(market.brands) * person.draw(Purpose.SHOP_BRAND, 0))]
    units = market.parameters.shops.opening_units_first
    is_recruited = person.draw(Purpose.SHOP_BRAND, 1) < 1 - brand.effort
    if is_recruited and 100 * person.wealth >= units * brand.wholesale + market.rules.deposit:
        return Entry(person, brand, None, brand.wholesale, units)
    return None


def open_shop(market: "ReferenceMarket", entry: Entry) -> None:
    """Open a shop that is active from the next week."""
    person, upline, opened_week = entry.person, entry.upline, market.week + 1
    shop = Shop(market, person.key, entry.brand, upline, entry.unit_cost, opened_week=opened_week)
    market.shops.append(shop)
    market.seen["opened again"] += person.last_opening != -1
    person.shop, person.last_opening = shop, opened_week
    lot_from_chain(market, shop, entry.units, is_opening=True)
    if upline is None:
        market.seen["opened: recruited by a brand"] += 1
    else:
        market.seen["opened: joined a shop"] += 1
        market.seen["opened on the rival"] += upline.platform == Venue.RESALE_RIVAL
        shop.platform = upline.platform
        upline.n_recruits += 1
    pay_deposit(market, shop, deposit_on(market, shop.platform))
    market.seen["deposit paid at opening"] += shop.deposit_held > 0
    pay_bonus(market, shop, entry)
    show_to_friends(market, shop)


def pay_bonus(market: "ReferenceMarket", shop: Shop, entry: Entry) -> None:
    """Let the brand pay the shops above for the recruit."""
    given = market.parameters.shops
    bonus = round(given.bonus * entry.units * entry.unit_cost)
    levels = given.bonus_levels
    if shop.platform == Venue.RESALE_WECHAT:
        market.seen["level that may not be paid"] += market.rules.paid_levels < min(levels, len(shop.above()))
        levels = min(levels, market.rules.paid_levels)
    for level, above in enumerate(shop.above()[:levels]):
        market.accounts.pay(shop.brand, above, bonus)
        above.income_recruits += bonus
        market.seen[f"bonus at level {level + 1}"] += 1


def show_to_friends(market: "ReferenceMarket", shop: Shop) -> None:
    """Let friends of the owner with an empty slot hold the new shop, below the limit."""
    for key in market.people[shop.owner].friends:
        friend = market.people[key]
        if shop.platform == Venue.RESALE_RIVAL and not friend.uses_rival:
            continue
        if shop.n_contacts < market.rules.contact_limit:
            friend.take(shop, is_friend=True)
