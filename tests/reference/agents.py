"""People: what they read, believe, choose and learn (docs/odd.md, sections 2 and 7)."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from sim.parameters import N_SLOTS, Venue
from sim.randomness import Purpose
from tests.reference.evidence import Slot
from tests.reference.luck import gamma, normal, single
from tests.reference.sellers import Brand, Listing, Seller, Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


@dataclass(frozen=True)
class Feed:
    """What a person's feed holds this week (7.1)."""

    advertising_posts: int  # A_i
    posts: int  # L_i
    share_seen: float  # a_i
    advertising_share: float  # d_i


@dataclass(frozen=True)
class Offer:
    """A seller whom a person considers; `is_friend` says whether it is a friend's shop."""

    seller: Seller
    is_friend: bool = False


class Person(mesa.Agent):
    """A consumer, who may also own a shop."""

    def __init__(self, model: "ReferenceMarket", key: int, friends: list[int]) -> None:
        """Draw who the person is (docs/odd.md, 5)."""
        super().__init__(model)
        self.key = key
        self.friends = friends
        given = model.parameters.population
        self.value = self.lognormal(Purpose.VALUE, given.value_median, given.value_sigma)
        self.price_sensitivity = self.lognormal(
            Purpose.PRICE_SENSITIVITY, given.price_sensitivity, given.price_sensitivity_sigma
        )
        self.wealth = self.lognormal(Purpose.WEALTH, given.wealth_median, given.wealth_sigma)
        self.outside_income = self.lognormal(
            Purpose.OUTSIDE_INCOME, given.outside_income_median, given.outside_income_sigma
        )
        self.conscience = self.lognormal(Purpose.CONSCIENCE, given.conscience_median, given.conscience_sigma)
        self.patience = self.lognormal(Purpose.PATIENCE, 1.0, model.parameters.sourcing.patience_sigma)
        self.risk_bias = single(normal(model.luck.u(Purpose.RISK_BIAS, 0, key)))
        self.need_per_week = single(
            (given.need_per_week / given.need_shape) * gamma(given.need_shape, model.luck.u(Purpose.NEED_RATE, 0, key))
        )
        self.is_naive = model.luck.u(Purpose.NAIVE, 0, key) < given.share_naive
        self.uses_bazaar = model.luck.u(Purpose.USES, 0, key, 0) < given.share_using_bazaar
        self.uses_mall = model.luck.u(Purpose.USES, 0, key, 1) < given.share_using_mall
        self.uses_rival = model.luck.u(Purpose.USES, 0, key, 2) < given.share_using_rival
        trust = model.parameters.trust
        self.trust = [
            single(trust.start_resale),
            single(trust.start_resale * trust.spill_over),
            single(trust.start_direct),
            single(trust.start_bazaar),
            single(trust.start_mall),
        ]
        self.shop: Shop | None = None
        self.last_opening = -1
        self.strikes = 0
        self.is_banned = False
        self.has_bought = False
        self.knows: set[int] = set()
        self.slots: list[Slot | None] = [None] * N_SLOTS
        self.spent = 0
        self.surplus = 0
        self.informed_surplus = 0

    def lognormal(self, purpose: Purpose, median: float, sigma: float) -> float:
        """Draw exp(ln(median) + sigma z), z standard normal, as f32."""
        z = normal(self.model.luck.u(purpose, 0, self.key))
        return single(math.exp(math.log(median) + sigma * z))

    # slots

    def slot_of(self, shop: Shop) -> Slot | None:
        """Return the slot that holds `shop`, or None."""
        return next((slot for slot in self.slots if slot is not None and slot.shop is shop), None)

    def take(self, shop: Shop, is_friend: bool, from_campaign: bool = False) -> None:
        """Hold `shop` in the lowest-numbered empty slot, if there is one."""
        if None in self.slots:
            slot = Slot(shop, is_friend, from_campaign, last_week=self.model.week)
            self.slots[self.slots.index(None)] = slot
            shop.n_contacts += 1

    def drop(self, slot: Slot) -> None:
        """Empty a slot."""
        self.slots[self.slots.index(slot)] = None
        slot.shop.n_contacts -= 1

    def least_believed(self) -> Slot:
        """Return the slot whose shop is believed in least."""
        held = [slot for slot in self.slots if slot is not None]
        return min(held, key=lambda slot: (self.belief(slot.shop), slot.shop.owner))

    # attention (7.1)

    def read_feed(self) -> Feed:
        """Return what the feed holds this week."""
        given = self.model.parameters.attention
        advertising = sum(slot.shop.n_posts for slot in self.slots if slot is not None)
        posts = given.organic_posts + advertising
        if posts == 0:
            return Feed(0, 0, 1.0, 0.0)
        return Feed(advertising, posts, min(1.0, given.posts_read / posts), advertising / posts)

    def maybe_mute(self, feed: Feed) -> bool:
        """Empty the slot of the shop least believed in, with the chance given by the feed."""
        given = self.model.parameters.attention
        chance = given.mute_hazard * max(0.0, feed.advertising_share - given.ads_tolerated)
        if self.draw(Purpose.MUTE) >= chance:
            return False
        self.drop(self.least_believed())
        return True

    # belief (7.4)

    def belief(self, seller: Seller) -> float:
        """Return Q, the believed chance that buying from `seller` satisfies."""
        given, week, fading = self.model.parameters.trust, self.model.week, self.model.fading
        rated_satisfied, rated = seller.ratings.read(week, fading)
        read = given.ratings_read / rated if rated > given.ratings_read else 1.0
        weight = self.model.rules.rating_weight[seller.venue] * read
        slot = self.slot_of(seller)
        satisfied, total = slot.read(week, fading) if slot is not None else (0.0, 0.0)
        if isinstance(seller, Shop) and seller.shows_badge:
            satisfied += self.model.rules.badge_evidence
            total += self.model.rules.badge_evidence
        likes = 0.0
        if self.is_naive and isinstance(seller, Shop):
            likes = min(given.likes_counted, seller.likes)
        good = given.prior_weight * self.trust[seller.venue] + weight * rated_satisfied + satisfied + likes
        return good / (given.prior_weight + weight * rated + total + likes)

    def knows_store(self, brand: Brand) -> bool:
        """Tell whether advertising or a friend has made the brand's own store known (7.6)."""
        threshold = -math.log(self.model.luck.u(Purpose.AWARENESS, 0, self.key, brand.number))
        return threshold <= brand.awareness or brand.number in self.knows

    # demand (7.2)

    def has_need(self) -> bool:
        """Tell whether there is an occasion to buy this week."""
        week, growth = self.model.week, self.model.parameters.population.demand_growth_per_year
        rate = self.need_per_week * (1 + growth) ** (week / 52)
        return self.draw(Purpose.NEED) < 1 - math.exp(-rate)

    def considered(self, feed: Feed) -> list[list[Offer]]:
        """Return the offers considered, one list a channel."""
        brands = sorted(
            self.model.brands,
            key=lambda brand: (self.draw(Purpose.SALIENCE, brand.number), brand.number),
        )
        limit = self.model.parameters.demand.n_brands_considered
        known = [brand for brand in brands if self.knows_store(brand)]
        direct = [Offer(self.model.direct[brand.number]) for brand in known[:limit]]
        bazaar, mall = [], []
        if self.uses_bazaar:
            found = [self.first_listing(brand) for brand in brands[:limit]]
            bazaar = [Offer(listing) for listing in found if listing is not None]
        is_sent = self.model.luck.u(Purpose.MALL_ENTRY, 0, self.key) < self.model.rules.mall_entry
        if self.uses_mall or is_sent:
            mall = [Offer(self.model.mall[brand.number]) for brand in brands[:limit]]
        return [self.shops_in_mind(feed), direct, bazaar, mall]

    def shops_in_mind(self, feed: Feed) -> list[Offer]:
        """Return the shops considered, those that come to mind first at the front."""
        notice = self.model.parameters.attention.notice
        in_mind = []
        for slot in self.slots:
            if slot is None or slot.shop.owner == self.key:
                continue
            if slot.shop.platform == Venue.RESALE_RIVAL and not self.uses_rival:
                continue
            chance = 1 - math.exp(-notice * feed.share_seen * slot.shop.n_posts)
            if self.draw(Purpose.NOTICE, 2 * slot.shop.owner) < chance:
                in_mind.append(slot)
        in_mind.sort(key=lambda slot: (self.draw(Purpose.NOTICE, 2 * slot.shop.owner + 1), slot.shop.owner))
        limit = self.model.parameters.demand.n_shops_considered
        return [Offer(slot.shop, slot.is_friend) for slot in in_mind[:limit]]

    def first_listing(self, brand: Brand) -> Listing | None:
        """Return the open bazaar listing of `brand` that the person comes upon, if there is one."""
        return min(
            (place for place in self.model.bazaar[brand.number] if place.is_open),
            key=lambda place: (self.draw(Purpose.LISTING, place.number), place.number),
            default=None,
        )

    def utility(self, offer: Offer, chance: float) -> float:
        """Return V_j with `chance` of satisfaction, believed or true."""
        seller = offer.seller
        price = seller.price / 100
        tie = self.model.parameters.demand.tie_value if offer.is_friend else 0.0
        refund, hassle = self.model.rules.refund[seller.venue], self.model.hassle[seller.venue]
        return self.price_sensitivity * (
            (((self.value * chance + (refund * (1 - chance)) * price) + tie) - price) - hassle
        )

    def choose(self, channels: list[list[Offer]]) -> Offer | None:
        """Return the offer of the largest utility, or None for not buying."""
        dissimilarity = self.model.parameters.demand.dissimilarity
        best, best_utility = None, self.model.outside_utility(self.key)
        offers = [offer for channel in channels for offer in channel]
        for offer in sorted(offers, key=lambda offer: offer.seller.identity):
            error = self.model.taste(self.key, offer.seller)
            utility = self.utility(offer, self.belief(offer.seller)) + dissimilarity * error
            if utility > best_utility:
                best, best_utility = offer, utility
        return best

    def draw(self, purpose: Purpose, item: int = 0) -> float:
        """Return this week's draw of this person."""
        return self.model.luck.u(purpose, self.model.week, self.key, item)

    # experience (7.4)

    def experience(self, seller: Seller, is_satisfied: bool) -> None:
        """Learn from an own purchase."""
        given, venue = self.model.parameters.trust, seller.venue
        gain = given.gain_good if is_satisfied else given.gain_bad
        self.trust[venue] = single(self.trust[venue] + gain * (is_satisfied - self.trust[venue]))
        slot = self.slot_of(seller)
        if slot is not None:
            slot.add(self.model.week, self.model.fading, 1.0, is_satisfied)
        list_price = seller.brand.list_price
        compares = self.draw(Purpose.COMPARE_PRICE) < self.model.rules.price_transparency
        if venue != Venue.DIRECT and seller.price > list_price and compares:
            overpaid = min(1.0, (seller.price - list_price) / list_price)
            self.trust[venue] = single(self.trust[venue] * (1 - given.overpayment_penalty * overpaid))

    def lose_trust(self, venue: Venue, cut: float) -> None:
        """Trust a venue less after an exposure in the news."""
        self.trust[venue] = single(self.trust[venue] * (1 - cut))

    def friends_told(self) -> list[int]:
        """Return the keys of the friends told of this week's purchase."""
        n_friends = len(self.friends)
        told: list[int] = []
        for r in range(min(self.model.parameters.trust.n_friends_told, n_friends)):
            position = math.floor(n_friends * self.draw(Purpose.TELL, r))
            while position in told:
                position = (position + 1) % n_friends
            told.append(position)
        return [self.friends[position] for position in told]

    def hear(self, buyer: int, seller: Seller, is_good: bool) -> None:
        """Learn from a friend's message about a purchase."""
        given, venue = self.model.parameters.trust, seller.venue
        weight = given.message_weight
        if is_good:
            self.trust[venue] = single(1 - (1 - self.trust[venue]) * (1 - weight * given.gain_good))
            if self.draw(Purpose.LEARN_BRAND, buyer) < given.learn_brand:
                self.knows.add(seller.brand.number)
        else:
            self.trust[venue] = single(self.trust[venue] * (1 - weight * given.gain_bad))
        slot = self.slot_of(seller)
        if slot is not None:
            slot.add(self.model.week, self.model.fading, weight, is_good)
