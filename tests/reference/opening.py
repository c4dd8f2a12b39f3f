"""The sellers of week 0: listings, shops and who holds them (docs/odd.md, section 5)."""

import math
from typing import TYPE_CHECKING

from sim.parameters import Venue
from sim.randomness import Purpose
from tests.reference.chain import lot_of_fakes
from tests.reference.luck import normal, single
from tests.reference.sellers import Brand, Listing, Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket


def direct_listing(model: "ReferenceMarket", brand: Brand) -> Listing:
    """Return the offer of a brand's own store."""
    return Listing(model, Venue.DIRECT, brand, 0, brand.list_price)


def mall_listing(model: "ReferenceMarket", brand: Brand) -> Listing:
    """Return the offer of a brand in the mall."""
    return Listing(model, Venue.MALL, brand, 0, mall_price(model, brand))


def mall_price(model: "ReferenceMarket", brand: Brand) -> int:
    """Return the price in the mall, which follows from the list price."""
    return round(brand.list_price * (1 + model.parameters.mall.commission))


def bazaar_place(model: "ReferenceMarket", brand: Brand, i: int) -> Listing:
    """Return the i-th place for bazaar sellers of a brand."""
    given = model.parameters.bazaar
    number = brand.number * given.sellers_at_most + i
    sells_fakes = model.luck.u(Purpose.LISTING_SOURCING, 0, 0, number) < given.share_fakes
    place = Listing(model, Venue.BAZAAR, brand, number, bazaar_price(model, brand, sells_fakes))
    place.sells_fakes = sells_fakes
    place.is_open = i < given.sellers_per_brand
    z = normal(model.luck.u(Purpose.LISTING_PATIENCE, 0, 0, number))
    place.patience = single(math.exp(model.parameters.sourcing.patience_sigma * z))
    return place


def bazaar_price(model: "ReferenceMarket", brand: Brand, sells_fakes: bool) -> int:
    """Return the price in the bazaar, which follows from what is sold."""
    given = model.parameters.bazaar
    if sells_fakes:
        return round(brand.wholesale * (1 + given.markup) * (1 - given.fake_discount))
    return round(brand.wholesale * (1 + given.markup))


def open_first_shops(model: "ReferenceMarket") -> None:
    """Open the shops of week 0, one after the other."""
    n_people, n_brands = len(model.people), len(model.brands)
    wanted = max(n_brands, round(model.parameters.shops.initial_share * n_people))
    for key in sorted(range(n_people), key=lambda key: (model.luck.u(Purpose.OPENING, 0, key), key)):
        if len(model.shops) == wanted:
            break
        shop = try_to_open(model, key)
        if shop is not None:
            model.shops.append(shop)
            model.people[key].shop, model.people[key].last_opening = shop, 0
            show_to_friends(model, shop)
            show_to_strangers(model, shop)


def try_to_open(model: "ReferenceMarket", key: int) -> Shop | None:
    """Return the shop that the visited person opens, with its stock, or None if that cannot be paid for."""
    given = model.parameters.shops
    brand, upline = brand_and_upline(model, key)
    if upline is None:
        unit_cost, units = brand.wholesale, given.opening_units_first
    else:
        unit_cost, units = round(upline.unit_cost * (1 + given.tier_markup)), given.opening_units_below
    if 100 * model.people[key].wealth < units * unit_cost:
        return None
    shop = Shop(model, key, brand, upline, unit_cost)
    shop.buys_fakes = model.luck.u(Purpose.SHOP_SOURCING, 0, key) < given.share_buying_fakes
    if shop.buys_fakes:
        lot_of_fakes(model, shop, units)
    else:  # supplied by the brand, whatever the tier
        model.accounts.buy_from_maker(shop, units, units * unit_cost)
        shop.stock_genuine = units
    return shop


def brand_and_upline(model: "ReferenceMarket", key: int) -> tuple[Brand, Shop | None]:
    """Return what the person would sell, and from whom (None: the brand)."""
    n_brands, n_open = len(model.brands), len(model.shops)
    if n_open < n_brands:
        return model.brands[n_open], None
    tiers = model.parameters.shops.initial_tiers
    friends = set(model.people[key].friends)
    uplines = [shop for shop in model.shops if shop.owner in friends and shop.tier < tiers]
    if tiers > 1 and uplines:
        upline = min(uplines, key=lambda shop: (model.luck.u(Purpose.UPLINE, 0, key, shop.owner), shop.owner))
        return upline.brand, upline
    return model.brands[math.floor(n_brands * model.luck.u(Purpose.SHOP_BRAND, 0, key))], None


def show_to_friends(model: "ReferenceMarket", shop: Shop) -> None:
    """Let every friend of the owner with an empty slot hold the shop."""
    for friend in model.people[shop.owner].friends:
        model.people[friend].take(shop, is_friend=True)


def show_to_strangers(model: "ReferenceMarket", shop: Shop) -> None:
    """Let strangers drawn at random hold the shop."""
    n_people = len(model.people)
    for k in range(model.parameters.shops.initial_strangers):
        stranger = model.people[math.floor(n_people * model.luck.u(Purpose.STRANGER, 0, shop.owner, k))]
        if stranger.key != shop.owner and stranger.slot_of(shop) is None:
            stranger.take(shop, is_friend=False)
