"""How shops gain contacts, and lose those above the limit (docs/odd.md, 7.10)."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.parameters import MEAN_FRIENDS, Venue
from sim.randomness import Purpose
from sim.rules import PERMANENT
from tests.reference.agents import Person
from tests.reference.evidence import Slot
from tests.reference.governor import sanction
from tests.reference.luck import single
from tests.reference.reviews import perceived
from tests.reference.sellers import Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


@dataclass(frozen=True)
class OfferedShop:
    """A shop offered to a person's attention."""

    shop: Shop
    person: int
    from_campaign: bool = False


def purge(market: "ReferenceMarket") -> None:
    """Cut the contacts above the limit, if the rules say so."""
    if not market.rules.purges_contacts:
        return
    for shop in market.open_shops():
        excess = shop.n_contacts - market.rules.contact_limit
        if excess > 0:
            for person, slot in sorted(market.holders(shop), key=lambda held: last_to_go(market, *held))[:excess]:
                person.drop(slot)
                market.seen["purged friend" if slot.is_friend else "purged stranger"] += 1


def last_to_go(market: "ReferenceMarket", person: Person, slot: Slot) -> tuple[bool, float, int]:
    """Return what holders are sorted by: those who go first, first."""
    _, total = slot.read(market.week, market.fading)
    return slot.is_friend, total, -person.key


def grow(market: "ReferenceMarket") -> None:
    """Run campaigns, approach strangers, and grant what is offered within the limit."""
    offers: list[OfferedShop] = []
    for shop in market.open_shops():
        shop.ran_campaign = shop.is_active and wants_campaign(market, shop)
        if shop.is_active:
            made = (campaign(market, shop) if shop.ran_campaign else []) + strangers(market, shop)
            room = max(0, market.rules.contact_limit - shop.n_contacts)
            market.seen["offer above the limit"] += len(made) > room
            offers += made[:room]
    grant(market, offers)


def wants_campaign(market: "ReferenceMarket", shop: Shop) -> bool:
    """Tell whether a shop thinks of a campaign and finds it worth the risk."""
    given, owner = market.parameters.campaigns, market.people[shop.owner]
    if market.luck.u(Purpose.CAMPAIGN, market.week, shop.owner) >= given.campaign_rate * shop.aggressiveness:
        return False
    weeks = sanction(market, owner.strikes + 1)
    if weeks == PERMANENT:
        weeks = 26
    risk = perceived(market, shop, market.rules.campaign_detection)
    is_worth_it = (26 * (given.campaign_reach * given.campaign_join)) > ((risk * weeks) * shop.n_contacts)
    market.seen["campaign" if is_worth_it else "campaign found too risky"] += 1
    return is_worth_it


def campaign(market: "ReferenceMarket", shop: Shop) -> list[OfferedShop]:
    """Collect likes among friends of friends; return whom the shop is offered to."""
    given, friends = market.parameters.campaigns, market.people[shop.owner].friends
    offers, n_likes = [], 0
    for k in range(given.campaign_reach if friends else 0):
        friend = market.people[at_random(market, friends, shop, 2 * k)]
        reached = at_random(market, friend.friends, shop, 2 * k + 1)
        if reached == shop.owner:
            continue
        u = market.luck.u(Purpose.CAMPAIGN_ANSWER, market.week, shop.owner, k)
        n_likes += u < given.campaign_like
        if u < given.campaign_join:
            offers.append(OfferedShop(shop, reached, from_campaign=True))
    shop.likes = single(shop.likes + n_likes)
    return offers


def at_random(market: "ReferenceMarket", friends: list[int], shop: Shop, item: int) -> int:
    """Return one of the friends, by the shop's draw of this item."""
    return friends[math.floor(len(friends) * market.luck.u(Purpose.CAMPAIGN_PATH, market.week, shop.owner, item))]


def strangers(market: "ReferenceMarket", shop: Shop) -> list[OfferedShop]:
    """Return the strangers whom the shop tries to add."""
    n_people, mean_degree = len(market.people), market.rules.mean_degree
    rate = (market.parameters.shops.strangers_per_week * shop.growth) * (MEAN_FRIENDS / max(1, mean_degree))

    def u(k: int) -> float:
        return market.luck.u(Purpose.ADD, market.week, shop.owner, k)

    n_tried = min(n_people, math.floor(rate + u(0)))
    return [OfferedShop(shop, math.floor(n_people * u(k))) for k in range(1, n_tried + 1)]


def grant(market: "ReferenceMarket", offers: list[OfferedShop]) -> None:
    """Let people take the shops offered to them, each in an order of their own."""

    def turn(offer: OfferedShop) -> tuple[int, float, int]:
        u = market.luck.u(Purpose.OFFER, market.week, offer.person, offer.shop.owner)
        return offer.person, u, offer.shop.owner

    for offer in sorted(offers, key=turn):
        person, shop = market.people[offer.person], offer.shop
        if person.key == shop.owner or person.slot_of(shop) is not None:
            continue
        if shop.platform == Venue.RESALE_RIVAL and not person.uses_rival:
            continue
        if None not in person.slots:
            if market.luck.u(Purpose.REPLACE, market.week, person.key, shop.owner) >= market.parameters.shops.replace:
                continue
            person.drop(person.least_believed())
            market.seen["slot replaced"] += 1
        person.take(shop, is_friend=shop.owner in person.friends, from_campaign=offer.from_campaign)
        market.seen["contact by campaign" if offer.from_campaign else "stranger added"] += 1
