"""Who sells: brands, listings, shops (docs/odd.md, sections 2 and 5)."""

import math
from typing import TYPE_CHECKING

import mesa

from sim.parameters import Channel, Venue
from sim.randomness import Purpose
from tests.reference.evidence import Ratings
from tests.reference.luck import normal, single

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket

CHANNEL_OF_VENUE = {
    Venue.RESALE_WECHAT: Channel.RESALE,
    Venue.RESALE_RIVAL: Channel.RESALE,
    Venue.DIRECT: Channel.DIRECT,
    Venue.BAZAAR: Channel.BAZAAR,
    Venue.MALL: Channel.MALL,
}


class Brand(mesa.Agent):
    """A maker: quality, its costs and prices in fen, its effort, and the units that it and its fakers made."""

    account = "brands"

    def __init__(self, model: "ReferenceMarket", number: int) -> None:
        """Set quality, prices and effort (docs/odd.md, 5)."""
        super().__init__(model)
        given = model.parameters.brands
        self.number = number
        if given.n_brands == 1:
            self.quality = (given.quality_low + given.quality_high) / 2
        else:
            self.quality = given.quality_low + (given.quality_high - given.quality_low) * number / (given.n_brands - 1)
        self.cost = round(100 * (given.cost_base + given.cost_per_quality * self.quality))
        self.wholesale = round(self.cost * (1 + given.wholesale_markup))
        self.list_price = round(self.wholesale * (1 + given.list_markup))
        self.fake_cost = round(self.wholesale * given.fake_cost_share)
        spread = given.effort_spread * (2 * model.luck.u(Purpose.EFFORT, 0, 0, number) - 1)
        self.effort = min(1.0, max(given.effort_least, given.effort + spread))
        self.awareness = -math.log(1 - given.known_initially) if given.known_initially < 1 else math.inf  # H_b
        self.cash = 0
        self.cash_at_quarter = 0
        self.profit_of_quarter = 0
        self.climb = Climb()
        self.made = self.consumed = self.written_off = 0
        self.faked = self.consumed_fakes = self.written_off_fakes = 0

    def receive(self, amount: int) -> None:
        """Be paid, or pay if the amount is negative."""
        self.cash += amount

    def close_quarter(self) -> None:
        """Note what was earned in the quarter that is over."""
        self.profit_of_quarter = self.cash - self.cash_at_quarter
        self.cash_at_quarter = self.cash

    @property
    def cost_of_direct_sale(self) -> int:
        """Return what a unit sold in the own store costs, with service."""
        whole = 100 * self.model.parameters.brands.service_cost
        return self.cost + round(whole) - round(whole * self.model.rules.direct_fee_cut)


class Climb:
    """What hill-climbing pricing remembers (7.8)."""

    def __init__(self) -> None:
        """Begin upwards, with nothing earned before."""
        self.direction = 1
        self.income = 0
        """All income at the last review."""
        self.earned = 0
        """Income of the four weeks before the last review."""

    def turn(self, income: int) -> None:
        """Turn if the four weeks up to now earned less than the four before them."""
        earned = income - self.income
        if earned < self.earned:
            self.direction = -self.direction
        self.income, self.earned = income, earned


class Seller(mesa.Agent):
    """What shops and listings have in common: an offer of a brand, public ratings, smoothed sales and profit."""

    venue: Venue
    number: int
    """Owner's key of a shop, else the seller number."""

    def __init__(self, model: "ReferenceMarket", brand: Brand, price: int, opened_week: int) -> None:
        """Set up the offer."""
        super().__init__(model)
        self.brand = brand
        self.price = price
        self.opened_week = opened_week
        self.ratings = Ratings()
        self.sales_smoothed = 0.0
        self.profit_smoothed = 0.0
        self.n_units = 0
        """Units sold, or supplied to downlines, in all."""
        self.smoothed_up_to = (0, 0)
        """Units and profit when they were smoothed last."""

    @property
    def offers_fakes(self) -> bool:
        """Tell whether a buyer would get a fake, as it looks before this week's trade."""
        raise NotImplementedError

    @property
    def total_profit(self) -> int:
        """Return what was earned in all, in fen."""
        raise NotImplementedError

    @property
    def true_chance(self) -> float:
        """Return the true chance of satisfaction by the unit that would be shipped (7.3)."""
        return self.chance_of(self.offers_fakes)

    def chance_of(self, is_fake: bool) -> float:
        """Return the true chance of satisfaction by a genuine unit or a fake."""
        return self.model.parameters.brands.quality_fake if is_fake else self.brand.quality

    @property
    def channel(self) -> Channel:
        """Return the channel, the nest of demand."""
        return CHANNEL_OF_VENUE[self.venue]

    @property
    def identity(self) -> int:
        """Return e_j, the item of the draws for this offer (7.2)."""
        return ((self.channel * 8192 + self.brand.number) << 32) + self.number

    @property
    def age(self) -> int:
        """Return the weeks since it opened."""
        return self.model.week - self.opened_week

    def smooth(self) -> None:
        """Bring smoothed sales and profit up to date (7.5)."""
        weight = max(1 / (self.age + 1), self.model.parameters.shops.smoothing)
        units, earned = self.smoothed_up_to
        sales, profit = self.n_units - units, (self.total_profit - earned) / 100
        self.sales_smoothed = single(self.sales_smoothed + weight * (sales - self.sales_smoothed))
        self.profit_smoothed = single(self.profit_smoothed + weight * (profit - self.profit_smoothed))
        self.smoothed_up_to = (self.n_units, self.total_profit)


class Listing(Seller):
    """An offer of a store that is not a shop; in the bazaar a place, with whoever has taken it."""

    account = "bazaar_sellers"

    def __init__(self, model: "ReferenceMarket", venue: Venue, brand: Brand, number: int, price: int) -> None:
        """Set up an open place; `number` is the seller number."""
        super().__init__(model, brand, price, opened_week=0)
        self.venue = venue
        self.number = number
        self.is_open = True
        self.sells_fakes = False
        self.patience = 1.0
        self.income = 0

    @property
    def offers_fakes(self) -> bool:
        """Tell whether it sells fakes."""
        return self.sells_fakes

    @property
    def total_profit(self) -> int:
        """Return what a bazaar seller earned; the stores of brands earn for the brand."""
        return self.income

    def receive(self, amount: int) -> None:
        """Be paid, or pay if the amount is negative."""
        self.income += amount


class Shop(Seller):
    """One spell of a reseller's shop; its identity is its owner's key."""

    account = "shops"

    def __init__(
        self,
        model: "ReferenceMarket",
        owner: int,
        brand: Brand,
        upline: "Shop | None",
        unit_cost: int,
        *,
        opened_week: int = 0,
    ) -> None:
        """Open the shop below `upline`, or below the brand if None (docs/odd.md, 5)."""
        given = model.parameters.shops
        self.markup = single(given.retail_markup)
        super().__init__(model, brand, round(unit_cost * (1 + self.markup)), opened_week)
        self.owner = self.number = owner
        self.upline = upline
        self.tier = 1 if upline is None else upline.tier + 1
        self.unit_cost = unit_cost
        self.platform = Venue.RESALE_WECHAT
        z = normal(model.luck.u(Purpose.AGGRESSIVENESS, 0, owner))
        self.aggressiveness = single(math.exp(given.aggressiveness_sigma * z))
        self.posts = max(1, round(given.posts_per_week * self.aggressiveness)) if given.posts_per_week else 0
        self.n_posts = 0
        self.growth = 0.0
        if model.luck.u(Purpose.GROWER, 0, owner) >= given.share_not_growing:
            spread = given.growth_sigma
            self.growth = single(math.exp(spread * z - spread * spread / 2) / (1 - given.share_not_growing))
        self.closed_week = -1
        self.suspended_until = 0
        self.stock_genuine = self.stock_fake = 0
        self.cost_of_fakes = 0
        self.buys_fakes = self.ships_fakes = False
        self.likes = 0.0
        self.ran_campaign = False
        self.n_contacts = self.n_recruits = 0
        self.cash = 0
        self.income_retail = self.income_wholesale = self.income_recruits = 0
        self.charges = 0
        """Fees, taxes and fines paid."""
        self.sales_of_year = 0
        self.complaints = 0.0
        self.deposit_held = 0
        self.weeks_owing = 0
        self.badge_lost = -1
        self.climb = Climb()

    @property
    def venue(self) -> Venue:
        """Return the resale venue on which the shop is."""
        return self.platform

    @property
    def offers_fakes(self) -> bool:
        """Tell whether it would have shipped a fake at the beginning of this week's trade."""
        return self.ships_fakes

    @property
    def total_income(self) -> int:
        """Return what was earned in retail, wholesale and by recruiting."""
        return self.income_retail + self.income_wholesale + self.income_recruits

    @property
    def total_profit(self) -> int:
        """Return what was earned less charges."""
        return self.total_income - self.charges

    @property
    def violates(self) -> bool:
        """Tell whether it deals in fakes."""
        return self.stock_fake > 0 or self.buys_fakes

    @property
    def shows_badge(self) -> bool:
        """Tell whether it shows the brand's licence, where such are shown."""
        is_lost = self.badge_lost != -1 and self.model.week - self.badge_lost < 52
        return self.platform == Venue.RESALE_WECHAT and not is_lost

    @property
    def is_open(self) -> bool:
        """Tell whether the spell still lasts."""
        return self.closed_week == -1

    @property
    def is_active(self) -> bool:
        """Tell whether it is open and not suspended this week."""
        return self.is_open and self.model.week >= self.suspended_until

    @property
    def stock(self) -> int:
        """Return the units in stock, genuine and fake."""
        return self.stock_genuine + self.stock_fake

    def receive(self, amount: int) -> None:
        """Be paid, or pay if the amount is negative."""
        self.cash += amount

    def above(self) -> "list[Shop]":
        """Return its upline, the upline of that, and so on."""
        return [] if self.upline is None else [self.upline, *self.upline.above()]
