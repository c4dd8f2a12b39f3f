"""One week after the other, in the named phases of docs/odd.md, section 3."""

from collections import Counter
from dataclasses import dataclass

import mesa

from sim.parameters import Channel, Parameters, Venue
from sim.randomness import Purpose
from sim.rules import neutral
from tests.reference import governor, growth, makers, reviews, turnover
from tests.reference.accounts import Accounts
from tests.reference.agents import Feed, Offer, Person
from tests.reference.chain import reorder, serve, would_ship_fake
from tests.reference.evidence import Fading, Slot
from tests.reference.luck import Luck, gumbel, log_stable, single
from tests.reference.opening import bazaar_place, direct_listing, mall_listing, mall_price, open_first_shops
from tests.reference.sellers import Brand, Listing, Seller, Shop
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
    is_friend: bool
    is_genuine: bool = True
    is_satisfied: bool = False
    is_refunded: bool = False
    is_complaint: bool = False


class ReferenceMarket(mesa.Model):
    """The market with one object a person."""

    def __init__(self, parameters: Parameters, *, seed: int, friends: list[list[int]]) -> None:
        """Set up week 0; `friends[i]` are the keys of person i's friends in ascending order."""
        super().__init__(rng=seed)
        self.parameters = parameters
        self.luck = Luck(seed)
        self.fading = Fading(parameters.trust.evidence_half_life)
        self.mean_degree = sum(len(keys) for keys in friends) / len(friends)
        self.week = 0
        self.seen: Counter[str] = Counter()
        """How often each path was taken; nothing depends on it."""
        self.set_rules()
        self.accounts = Accounts()
        self.people = [Person(self, key, friends[key]) for key in range(parameters.population.n_people)]
        self.brands = [Brand(self, number) for number in range(parameters.brands.n_brands)]
        self.direct = [direct_listing(self, brand) for brand in self.brands]
        self.mall = [mall_listing(self, brand) for brand in self.brands]
        n_places = parameters.bazaar.sellers_at_most
        self.bazaar = [[bazaar_place(self, brand, i) for i in range(n_places)] for brand in self.brands]
        self.shops: list[Shop] = []
        """All spells in order of opening."""
        open_first_shops(self)
        self.purchases: list[Purchase] = []
        self.sales: list[tuple[int, Counter[Seller]]] = []
        """Needs, and units sold to consumers, of every week."""
        self.complaints: list[int] = []
        """Complaints in resale on WeChat of every week."""

    @property
    def listings(self) -> list[Listing]:
        """Return all listings: direct, mall, places of the bazaar, each by brand."""
        return self.direct + self.mall + [listing for of_brand in self.bazaar for listing in of_brand]

    def open_shops(self) -> list[Shop]:
        """Return the shops that are open, in order of opening."""
        return [shop for shop in self.shops if shop.is_open]

    def holders(self, shop: Shop) -> list[tuple[Person, Slot]]:
        """Return who holds a shop, and in which slot."""
        return [(person, slot) for person in self.people if (slot := person.slot_of(shop)) is not None]

    # the week

    def step(self) -> None:
        """Run one week, phase by phase."""
        self.set_rules()
        self.break_scandals()

        makers.lead_brands(self)
        makers.turn_over_bazaar(self)

        self.prepare_shops()

        self.note_what_would_be_shipped()
        self.read_feeds()
        self.meet_needs()

        serve(self)
        reorder(self)

        self.experience()
        self.spread_the_word()
        self.rate()

        governor.settle_deposits(self)
        governor.enforce(self)
        self.smooth()

        turnover.close_shops(self)
        turnover.enter(self)

        makers.pay_for_advertising(self)
        self.accounts.must_balance(self)
        self.week += 1

    def set_rules(self) -> None:
        """Set this week's rules: neutral ones, amended by the policies in their order."""
        self.rules = neutral(self.parameters, self.mean_degree)
        for policy in self.parameters.policies:
            self.rules = policy.amend(self.rules, self.week)
        demand = self.parameters.demand
        self.hassle = (
            demand.hassle_resale,
            demand.hassle_resale,
            demand.hassle_direct,
            demand.hassle_bazaar,
            demand.hassle_mall,
        )

    def break_scandals(self) -> None:
        """Cut everyone's trust in the venues exposed this week (7.4)."""
        for scandal in self.parameters.scandals:
            if scandal.week == self.week:
                venue = Venue[scandal.venue.upper()]
                for person in self.people:
                    person.lose_trust(venue, scandal.cut)

    def prepare_shops(self) -> None:
        """Let likes fade, shops review, post, lose contacts above the limit and gain new ones."""
        left = 0.5 ** (1 / self.parameters.campaigns.likes_half_life)
        for shop in self.open_shops():
            shop.likes = single(shop.likes * left)
            shop.complaints = single(0.75 * shop.complaints)
            if shop.age % 52 == 0:
                shop.sales_of_year = 0
            if shop.age > 0 and shop.age % 4 == 0:
                reviews.review(self, shop)
            reviews.join_exodus(self, shop)
            shop.n_posts = min(shop.posts, self.rules.post_limit) if shop.is_active else 0
        growth.purge(self)
        growth.grow(self)

    def note_what_would_be_shipped(self) -> None:
        """Note of every shop whether it would ship a fake (7.5)."""
        for shop in self.open_shops():
            shop.ships_fakes = would_ship_fake(shop)

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
                    self.order(person, choice)
        self.purchases = [purchase for _, _, purchase in self.orders]

    def order(self, person: Person, choice: Offer) -> None:
        """Note what is to be bought, with the belief and trust that led to it."""
        seller = choice.seller
        purchase = Purchase(
            buyer=person.key,
            venue=seller.venue,
            channel=seller.channel,
            seller=seller.number,
            brand=seller.brand.number,
            price=seller.price,
            belief=person.belief(seller),
            trust=person.trust[seller.venue],
            is_friend=choice.is_friend,
        )
        self.orders.append((person, seller, purchase))

    def experience(self) -> None:
        """Satisfy, refund, hear complaints, and let buyers learn from their own purchase (7.3, 7.4)."""
        for person, seller, purchase in self.orders:
            chance = seller.chance_of(not purchase.is_genuine)
            purchase.is_satisfied = person.draw(Purpose.SATISFACTION) < chance
            if not purchase.is_satisfied:
                if person.draw(Purpose.REFUND) < self.rules.refund[seller.venue]:
                    purchase.is_refunded = True
                    self.accounts.refund(seller, purchase.price)
                    person.spent -= purchase.price
                purchase.is_complaint = person.draw(Purpose.COMPLAINT) < self.chance_of_complaint(purchase)
                if purchase.is_complaint and isinstance(seller, Shop):
                    seller.complaints = single(seller.complaints + 1)
            person.experience(seller, purchase.is_satisfied)
        on_wechat = [purchase for purchase in self.purchases if purchase.venue == Venue.RESALE_WECHAT]
        self.complaints.append(sum(purchase.is_complaint for purchase in on_wechat))

    def charge(self, shop: Shop, payee: str, amount: int) -> None:
        """Let a shop pay a fee, a tax or a fine."""
        self.accounts.pay(shop, payee, amount)
        shop.charges += amount

    def chance_of_complaint(self, purchase: Purchase) -> float:
        """Return the chance that a dissatisfied buyer complains (7.3)."""
        given = self.parameters.platform
        chance = given.complaint_resale if purchase.channel == Channel.RESALE else given.complaint_elsewhere
        return chance * given.complaint_to_friend if purchase.is_friend else chance

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

    def smooth(self) -> None:
        """Bring smoothed sales and profits of all who are open up to date (7.5)."""
        sold = Counter(seller for _, seller, _ in self.orders)
        self.sales.append((self.n_needs, sold))
        for seller in [*self.open_shops(), *self.listings]:
            if seller.is_open:
                seller.smooth()

    # what people and sellers need to know of the market

    def last_weeks(self, n_weeks: int, seller: Seller) -> tuple[int, int, int]:
        """Return needs, units sold by a seller, and units sold in its channel, in the last weeks."""
        last = self.sales[-n_weeks:]
        of_channel = sum(n for _, sold in last for other, n in sold.items() if other.channel == seller.channel)
        return sum(n_needs for n_needs, _ in last), sum(sold[seller] for _, sold in last), of_channel

    def price_stores(self, brand: Brand) -> None:
        """Let the prices in the brand's stores follow its list price."""
        self.direct[brand.number].price = brand.list_price
        self.mall[brand.number].price = mall_price(self, brand)

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
