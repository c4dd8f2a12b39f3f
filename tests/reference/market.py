"""One week after the other, in the named phases of docs/odd.md, section 3."""

import math
from collections import Counter
from dataclasses import dataclass

import mesa

from sim.parameters import Channel, Parameters, Venue
from sim.randomness import Purpose
from tests.reference.accounts import Accounts
from tests.reference.agents import Brand, Feed, Listing, Offer, Person, Seller, Shop
from tests.reference.evidence import Fading
from tests.reference.luck import Luck, gumbel, log_stable
from tests.reference.opening import bazaar_listing, direct_listing, mall_listing, open_shops
from tests.reference.welfare import added, experienced_surplus, informed_surplus


@dataclass
class Purchase:
    """A unit bought: who, where, at what price and with what result."""

    buyer: int
    venue: Venue
    channel: Channel
    seller: int
    """Owner's key in resale, else the seller number."""
    brand: int
    price: int
    belief: float
    trust: float
    is_genuine: bool
    is_satisfied: bool = False
    is_refunded: bool = False


class ReferenceMarket(mesa.Model):
    """The market with one object a person."""

    def __init__(self, parameters: Parameters, *, seed: int, friends: list[list[int]]) -> None:
        """Set up week 0; `friends[i]` are the keys of person i's friends in ascending order."""
        super().__init__(rng=seed)
        self.parameters = parameters
        self.luck = Luck(seed)
        self.fading = Fading(parameters.trust.evidence_half_life)
        self.week = 0
        self.apply_rules()
        self.people = [Person(self, key, friends[key]) for key in range(parameters.population.n_people)]
        self.brands = [Brand(self, number) for number in range(parameters.brands.n_brands)]
        self.direct = [direct_listing(self, brand) for brand in self.brands]
        self.mall = [mall_listing(self, brand) for brand in self.brands]
        n_sellers = parameters.bazaar.sellers_per_brand
        self.bazaar = [[bazaar_listing(self, brand, i) for i in range(n_sellers)] for brand in self.brands]
        self.shops: list[Shop] = []
        open_shops(self)
        self.accounts = Accounts()
        self.purchases: list[Purchase] = []

    @property
    def listings(self) -> list[Listing]:
        """Return all listings: direct, mall, bazaar, each by brand."""
        return self.direct + self.mall + [listing for of_brand in self.bazaar for listing in of_brand]

    # the week

    def step(self) -> None:
        """Run one week."""
        self.apply_rules()
        self.break_scandals()
        self.read_feeds()
        self.meet_needs()
        self.trade()
        self.experience()
        self.spread_the_word()
        self.rate()
        self.advertise()
        self.accounts.must_balance()
        self.week += 1

    def apply_rules(self) -> None:
        """Set this week's rules, neutral in this version, by venue."""
        platform, demand = self.parameters.platform, self.parameters.demand
        resale = (Venue.RESALE_WECHAT, Venue.RESALE_RIVAL)
        self.refund = dict.fromkeys(resale, platform.refund_resale) | {
            Venue.DIRECT: platform.refund_direct,
            Venue.BAZAAR: platform.refund_bazaar,
            Venue.MALL: platform.refund_mall,
        }
        self.hassle = dict.fromkeys(resale, demand.hassle_resale) | {
            Venue.DIRECT: demand.hassle_direct,
            Venue.BAZAAR: demand.hassle_bazaar,
            Venue.MALL: demand.hassle_mall,
        }
        self.rating_weight = {
            venue: platform.rating_weight_resale if venue in resale else platform.rating_weight_elsewhere
            for venue in Venue
        }

    def break_scandals(self) -> None:
        """Cut everyone's trust in the venues exposed this week (7.4)."""
        for scandal in self.parameters.scandals:
            if scandal.week == self.week:
                venue = Venue[scandal.venue.upper()]
                for person in self.people:
                    person.lose_trust(venue, scandal.cut)

    def read_feeds(self) -> None:
        """Let everyone read the feed, then perhaps mute a shop (7.1)."""
        self.feeds: list[Feed] = [person.read_feed() for person in self.people]
        self.advertising_share = added([feed.advertising_share for feed in self.feeds])
        self.advertising_seen = added([feed.share_seen * feed.advertising_posts for feed in self.feeds])
        self.n_muted = sum(person.maybe_mute(feed) for person, feed in zip(self.people, self.feeds, strict=True))

    def meet_needs(self) -> None:
        """Let those in need consider and choose, all before anything is bought (7.2)."""
        self.n_needs = 0
        self.orders: list[tuple[Person, Seller, Purchase]] = []
        for person, feed in zip(self.people, self.feeds, strict=True):
            if person.has_need():
                self.n_needs += 1
                considered = person.considered(feed)
                self.add_surplus(person, considered)
                choice = person.choose(considered)
                if choice is not None:
                    self.order(person, choice.seller)
        self.purchases = [purchase for _, _, purchase in self.orders]

    def order(self, person: Person, seller: Seller) -> None:
        """Note what is to be bought, with the belief and trust that led to it."""
        purchase = Purchase(
            buyer=person.key,
            venue=seller.venue,
            channel=seller.channel,
            seller=seller.number,
            brand=seller.brand.number,
            price=seller.price,
            belief=person.belief(seller),
            trust=person.trust[seller.venue],
            is_genuine=not seller.sells_fakes,
        )
        self.orders.append((person, seller, purchase))

    def trade(self) -> None:
        """Pay for the orders all along the chain (7.5)."""
        for person, seller, _ in self.orders:
            self.accounts.sale(seller, self.parameters)
            person.spent += seller.price

    def experience(self) -> None:
        """Satisfy, refund, and let every buyer learn from the own purchase (7.3, 7.4)."""
        for person, seller, purchase in self.orders:
            purchase.is_satisfied = person.draw(Purpose.SATISFACTION) < seller.true_chance
            if not purchase.is_satisfied and person.draw(Purpose.REFUND) < self.refund[seller.venue]:
                purchase.is_refunded = True
                self.accounts.refund(seller)
                person.spent -= seller.price
            person.experience(seller, purchase.is_satisfied)

    def spread_the_word(self) -> None:
        """Tell friends: first all good news, then all bad news (7.4)."""
        for is_good in (True, False):
            for person, seller, purchase in self.orders:
                if purchase.is_satisfied == is_good:
                    for friend in person.friends_told():
                        self.people[friend].hear(person.key, seller, is_good)

    def rate(self) -> None:
        """Add the week's purchases to the public ratings of their sellers (7.4)."""
        rated: Counter[Seller] = Counter()
        satisfied: Counter[Seller] = Counter()
        for _, seller, purchase in self.orders:
            rated[seller] += 1
            satisfied[seller] += purchase.is_satisfied
        for seller, count in rated.items():
            seller.ratings.add(self.week, self.fading, satisfied[seller], count)

    def advertise(self) -> None:
        """Let every brand pay for this week's advertising (7.5)."""
        given = self.parameters.brands
        bill = round(100 * given.advertising_cost * given.reach_per_medium * len(self.people))
        for _ in self.brands:
            self.accounts.pay("brands", "outside", given.n_media * bill)

    # what people need to know of the market

    def advertising_so_far(self) -> float:
        """Return H(w): a store is known to those whose threshold is not above it (7.6)."""
        given = self.parameters.brands
        at_first = -math.log(1 - given.known_initially) if given.known_initially < 1 else math.inf
        if self.week == 0 or given.n_media == 0:
            return at_first
        weekly = -given.n_media * math.log(1 - given.reach_per_medium) if given.reach_per_medium < 1 else math.inf
        return at_first + self.week * weekly

    def outside_utility(self, key: int) -> float:
        """Return U_0 of not buying (7.2)."""
        return gumbel(self.luck.u(Purpose.OUTSIDE, self.week, key))

    def taste(self, key: int, seller: Seller) -> float:
        """Return Gumbel + ln S_g, the person's error for an offer in units of dissimilarity (7.2)."""
        own = gumbel(self.luck.u(Purpose.TASTE, self.week, key, seller.identity))
        shared = log_stable(
            self.parameters.demand.dissimilarity,
            self.luck.u(Purpose.NEST, self.week, key, 2 * seller.channel),
            self.luck.u(Purpose.NEST, self.week, key, 2 * seller.channel + 1),
        )
        return own + shared

    def add_surplus(self, person: Person, considered: list[list[Offer]]) -> None:
        """Add what this need was worth, as believed and as it would be with true beliefs (7.2)."""
        believed = [[person.utility(offer, person.belief(offer.seller)) for offer in channel] for channel in considered]
        true = [[person.utility(offer, offer.seller.true_chance) for offer in channel] for channel in considered]
        dissimilarity = self.parameters.demand.dissimilarity
        person.surplus += experienced_surplus(believed, true, dissimilarity, person.price_sensitivity)
        person.informed_surplus += informed_surplus(true, dissimilarity, person.price_sensitivity)
