"""Brands and the sellers of the bazaar (docs/odd.md, 7.5, 7.6, 7.12, 7.13)."""

import math
from typing import TYPE_CHECKING

from sim.randomness import Purpose
from tests.reference.evidence import Ratings
from tests.reference.opening import bazaar_price
from tests.reference.pricing import prices_of_brands
from tests.reference.reviews import repeat_custom
from tests.reference.sellers import Brand, Listing

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


def lead_brands(market: "ReferenceMarket") -> None:
    """Let brands imitate, review their effort, set prices and advertise."""
    if market.week > 0 and market.week % 13 == 0:
        imitate(market)
    if market.week > 0 and market.week % 4 == 0:
        for brand in market.brands:
            review_effort(market, brand)
        prices_of_brands(market)
    if market.week > 0:
        for brand in market.brands:
            brand.awareness += hazard(market, brand)
            brand.awareness += market.rules.direct_traffic


def imitate(market: "ReferenceMarket") -> None:
    """Move efforts towards those of brands that earned more in the last quarter."""
    share, n_brands = market.parameters.brands.imitation, len(market.brands)
    for brand in market.brands:
        brand.close_quarter()
    efforts = []
    for brand in market.brands:
        other = market.brands[math.floor(n_brands * market.luck.u(Purpose.IMITATION, market.week, 0, brand.number))]
        effort = brand.effort
        if other.profit_of_quarter > brand.profit_of_quarter:
            effort = effort + share * (other.effort - effort)
            market.seen["imitation"] += 1
        efforts.append(effort)
    for brand, effort in zip(market.brands, efforts, strict=True):
        brand.effort = effort


def review_effort(market: "ReferenceMarket", brand: Brand) -> None:
    """Let a brand put more effort into its store if reaching one more person is worth it, or less."""
    given, n_people = market.parameters.brands, len(market.people)
    sales = market.direct[brand.number].sales_smoothed
    told = sum(brand.number in person.knows for person in market.people) / n_people  # k_b
    known = 1 - math.exp(-brand.awareness) * (1 - told)  # K
    margin = (brand.list_price - brand.cost_of_direct_sale) / 100
    worth = (1 - known) * ((52 * (sales / (n_people * known))) * margin) if known > 0 else 0.0
    if worth > (1 + (given.hurdle + given.hurdle_ambiguity * market.rules.ambiguity)) * given.advertising_cost:
        brand.effort = min(1.0, brand.effort + given.effort_step)
        market.seen["more effort"] += 1
    elif worth < given.advertising_cost:
        brand.effort = max(given.effort_least, brand.effort - given.effort_step)
        market.seen["less effort"] += 1


def hazard(market: "ReferenceMarket", brand: Brand) -> float:
    """Return by how much this week's advertising raises H_b."""
    given = market.parameters.brands
    if given.n_media == 0:
        return 0.0
    if given.reach_per_medium == 1:
        return math.inf
    return brand.effort * (-given.n_media * math.log(1 - given.reach_per_medium))


def pay_for_advertising(market: "ReferenceMarket") -> None:
    """Let every brand pay for this week's advertising."""
    given, n_people = market.parameters.brands, len(market.people)
    for brand in market.brands:
        bill = round(100 * given.advertising_cost * given.reach_per_medium * brand.effort * n_people)
        market.accounts.pay(brand, "outside", given.n_media * bill)


# the bazaar (7.13)


def turn_over_bazaar(market: "ReferenceMarket") -> None:
    """Let sellers come and go every four weeks, and those who stay choose what to sell."""
    if market.week == 0 or market.week % 4:
        return
    needed = market.parameters.bazaar.income_needed * len(market.people) / 20000
    for places in market.bazaar:
        open_places = [place for place in places if place.is_open]
        has_room = not open_places or mean_profit(open_places) > needed
        for place in places:
            acts = market.luck.u(Purpose.BAZAAR_TURNOVER, market.week, 0, place.number) < (
                market.parameters.bazaar.turnover
            )
            if place not in open_places:
                if acts and has_room:
                    take_place(market, place)
            elif acts and place.age >= 4 and place.profit_smoothed < needed:
                place.is_open = False
                market.seen["bazaar exit"] += 1
            else:
                choose_goods(market, place)


def mean_profit(places: list[Listing]) -> float:
    """Return the mean smoothed profit, added in the order of places."""
    total = 0.0
    for place in places:
        total = total + place.profit_smoothed
    return total / len(places)


def take_place(market: "ReferenceMarket", place: Listing) -> None:
    """Let a new seller take a closed place."""
    market.seen["bazaar entry"] += 1
    place.is_open = True
    place.opened_week = market.week
    place.ratings = Ratings()
    place.sales_smoothed = place.profit_smoothed = 0.0
    u = market.luck.u(Purpose.LISTING_SOURCING, market.week, 0, place.number)
    sell(market, place, u < market.parameters.bazaar.share_fakes)


def choose_goods(market: "ReferenceMarket", place: Listing) -> None:
    """Let a seller who stays choose between genuine units and fakes."""
    brand, sales = place.brand, place.sales_smoothed
    honest_price, price_of_fakes = (bazaar_price(market, brand, fakes) for fakes in (False, True))
    margin = ((price_of_fakes - brand.fake_cost) - (honest_price - brand.wholesale)) / 100
    gain = (4 * margin) * sales
    lost_custom = repeat_custom(
        market,
        brand,
        market.parameters.bazaar.repeat_share,
        max(0, honest_price - brand.wholesale),
        sales,
        place.patience,
    )
    prefers_fakes = gain > lost_custom
    market.seen["bazaar seller turned"] += prefers_fakes != place.sells_fakes
    sell(market, place, prefers_fakes)


def sell(market: "ReferenceMarket", place: Listing, sells_fakes: bool) -> None:
    """Sell fakes or genuine units from now on, at the price that goes with them."""
    place.sells_fakes = sells_fakes
    place.price = bazaar_price(market, place.brand, sells_fakes)
