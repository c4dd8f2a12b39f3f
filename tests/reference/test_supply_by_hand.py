"""Supply and reviews of shops in the plain market against paper and pencil: three shops in a chain.

The brand pays 5360 fen for a unit, takes 7504 and 13132 in its store, a fake costs 1876; the shops pay 7504, 9005 and
10806 fen and take 11256, 13508 and 16209.
"""

import math
from collections import Counter

import pytest

from sim.parameters import Sourcing, Venue
from tests.reference.chain import lot_from_chain, reorder, sell_in_resale, would_ship_fake
from tests.reference.luck import single
from tests.reference.pricing import price_of_shop, prices_of_brands
from tests.reference.reviews import is_better_off_elsewhere, move, prefers_fakes
from tests.reference.small import brands, chain, changed, shops, small_world

DEAR = 16209


# supply (7.5)


def test_opening_stock_of_week_0_is_paid_at_once():
    for share, stock in ((0.0, (100, 0, 0)), (1.0, (0, 100, 100 * 1876))):
        market = small_world(shops=shops(opening_units_first=100, share_buying_fakes=share))
        (shop,) = market.shops
        assert (shop.stock_genuine, shop.stock_fake, shop.cost_of_fakes) == stock
        honest = {"shops": -750_400, "brands": 214_400, "factories": 536_000}
        assert changed(market) == (honest if share == 0 else {"shops": -187_600, "counterfeiters": 187_600})
        assert shop.cash == market.accounts["shops"]
        assert market.people[shop.owner].shop is shop
        assert market.people[shop.owner].last_opening == 0


def test_a_unit_comes_down_the_chain_when_no_shop_has_stock():
    market = small_world()
    first, second, third = chain(market)
    assert sell_in_resale(market, third) is False
    # 1.10 * 10806 = 11886.6, 1.10 * 9005 = 9905.5 (just above, as 1.10 is in binary), 1.10 * 7504 = 8254.4
    assert [shop.income_retail for shop in (first, second, third)] == [0, 0, DEAR - 11887]
    assert [shop.income_wholesale for shop in (first, second, third)] == [9906 - 8254, 11887 - 9906, 0]
    assert [shop.cash for shop in (first, second, third)] == [9906 - 8254, 11887 - 9906, DEAR - 11887]
    assert [shop.n_units for shop in (first, second, third)] == [1, 1, 1]
    assert changed(market) == {
        "consumers": -DEAR, "shops": DEAR - 8254, "brands": 8254 - 5360, "factories": 5360
    }  # fmt: skip
    market.accounts.refund(third, DEAR)
    assert (third.income_retail, third.cash, market.accounts["consumers"]) == (-11887, -11887, 0)


def test_genuine_units_go_first_and_fakes_cost_what_was_paid_for_them():
    market = small_world()
    first, second, third = chain(market)
    second.stock_genuine, second.stock_fake, second.cost_of_fakes = 1, 3, 100
    assert would_ship_fake(third) is False
    assert [sell_in_resale(market, third) for _ in range(4)] == [False, True, True, True]
    assert second.income_wholesale == 4 * 11887 - 9005 - 100  # fakes: 100 // 3, 67 // 2, 34
    assert (second.stock, second.cost_of_fakes, third.n_units, second.n_units, first.n_units) == (0, 0, 4, 4, 0)
    first.stock_fake = 1
    assert [would_ship_fake(shop) for shop in (None, first, second, third)] == [False, True, True, True]


def test_a_lot_takes_what_lies_on_the_way_and_carries_fakes_down():
    market = small_world()
    first, second, third = chain(market)
    second.stock_genuine, second.stock_fake, second.cost_of_fakes = 2, 3, 100
    first.stock_fake, first.cost_of_fakes = 4, 50
    lot_from_chain(market, third, 10)
    # 2 genuine and 3 fakes from the second, 4 fakes from the first, 1 from the brand
    assert (third.stock_genuine, third.stock_fake, third.cost_of_fakes) == (3, 7, 7 * 10806)
    assert second.income_wholesale == 10 * 10806 - (2 * 9005 + 100 + 5 * 9005)
    assert first.income_wholesale == 5 * 9005 - (50 + 1 * 7504)
    assert [shop.n_units for shop in (first, second, third)] == [5, 10, 0]
    assert [shop.stock for shop in (first, second)] == [0, 0]
    assert changed(market) == {"shops": -7504, "brands": 2144, "factories": 5360}
    first.stock_fake, first.cost_of_fakes = 3, 100
    lot_from_chain(market, second, 2, is_opening=True)
    assert first.cost_of_fakes == 100 - 66  # 200 / 3 rounded down
    assert first.income_recruits == 2 * 9005 - 66


def test_the_deepest_shops_reorder_first_and_only_what_they_can_pay():
    market = small_world(shops=shops(lot_units=5))
    first, second, third = chain(market)
    third.sales_smoothed, third.stock_genuine = 2.3, 2  # 4 * 2.3 = 9.2: ten units
    second.sales_smoothed, second.buys_fakes = 0.5, True  # five fakes
    first.sales_smoothed, first.stock_genuine = 3.0, 3  # not below its sales until the third has ordered
    reorder(market)
    assert (third.stock_genuine, third.stock_fake) == (12, 0)
    assert (second.stock_genuine, second.stock_fake, second.cost_of_fakes) == (0, 5, 5 * 1876)
    assert first.stock_genuine == 12  # none left: twelve units from the brand
    market.people[0].wealth = 0.0
    first.sales_smoothed = 20.0
    first.cash = 80 * 7504 - 1
    reorder(market)
    assert first.stock == 12
    first.cash += 1
    first.suspended_until = 1
    reorder(market)
    assert first.stock == 12
    first.suspended_until = 0
    reorder(market)
    assert first.stock == 92


def test_smoothed_sales_are_a_mean_at_first():
    market = small_world(shops=shops(smoothing=0.125))
    shop = chain(market)[0]
    for market.week, units, expected in ((0, 4, 4.0), (1, 0, 2.0), (2, 8, 4.0)):
        shop.n_units += units
        shop.income_retail += 100 * units
        shop.smooth()
        assert (shop.sales_smoothed, shop.profit_smoothed) == (expected, expected)
    market.week = 50
    shop.smooth()
    assert shop.sales_smoothed == 3.5


# reviews (7.7, 7.8, 7.11)


@pytest.mark.parametrize(("conscience", "buys"), [(458.0, True), (459.0, False)])
def test_fakes_are_bought_when_they_gain_more_than_they_lose(conscience, buys):
    market = small_world(sourcing=Sourcing(repeat_share=0.3, horizon=6.0, learnt_risk=0.001))
    shop = chain(market)[0]
    shop.sales_smoothed, shop.profit_smoothed = 5.0, 200.0
    owner = market.people[0]
    owner.conscience, owner.patience = conscience, 1.0
    # gain 4 * 56.28 * 5 = 1125.6; risk .001 * 26 * 200 = 5.2; custom lost .3 * .49 * 37.52 * 20 * 6 = 661.85
    assert prefers_fakes(market, shop) is buys
    shop.platform = Venue.RESALE_RIVAL  # no risk there: 5.2 less to lose
    assert prefers_fakes(market, shop) is True


def test_markups_fall_on_dead_stock_and_rise_on_empty_shelves():
    market = small_world(shops=shops(markup_step=0.1, dead_weeks=10.0, markup_most=0.52, markup_least=0.3))
    shop = chain(market)[0]
    shop.sales_smoothed, shop.stock_genuine = 1.0, 10
    price_of_shop(market, shop)
    assert (shop.markup, shop.price) == (0.5, 11256)
    shop.stock_fake = 1
    price_of_shop(market, shop)
    assert (shop.markup, shop.price) == (single(0.45), 10881)  # 10880.8
    shop.stock_genuine = shop.stock_fake = 0
    for markup in (single(0.45) * 1.1, 0.52):
        price_of_shop(market, shop)
        assert shop.markup == single(markup)
    shop.sales_smoothed, shop.markup = 0.0, 0.1
    price_of_shop(market, shop)
    assert (shop.markup, shop.price) == (single(0.3), 9755)


def test_hill_climbers_turn_when_income_falls():
    market = small_world(shops=shops(pricing="hill_climb", price_step=0.1), brands=brands(pricing="hill_climb"))
    shop, brand = chain(market)[0], market.brands[0]
    for income, price in ((100, 12382), (150, 11144), (190, 12258), (290, 13484)):  # earned 100, 50, 40, 100
        shop.income_retail = income
        price_of_shop(market, shop)
        assert (shop.price, shop.markup) == (price, single(price / 7504 - 1))
    brand.cash = -1
    brand.list_price = 6300
    prices_of_brands(market)
    assert (brand.list_price, market.direct[0].price, market.mall[0].price) == (6160, 6160, 6653)  # cost and service


def test_best_response_is_the_most_profitable_price():
    market = small_world(shops=shops(pricing="best_response"))
    shop = chain(market)[0]
    given, today = market.parameters, shop.price / 100
    market.sales = [(10, Counter({shop: 2, market.direct[0]: 1})), (10, Counter({shop: 2, market.shops[1]: 4}))]
    price_of_shop(market, shop)  # 4 of 8 units in resale, 8 of 20 needs
    lam, alpha = given.demand.dissimilarity, given.population.price_sensitivity

    def profit(price: float) -> float:
        own, others = 0.5 * math.exp(-alpha * (price - today) / lam), 0.5
        pull = 8 / 12 * (own + others) ** lam
        return (price - 75.04) * own / (own + others) * pull / (1 + pull)

    best = max(range(7504, 30000), key=lambda fen: profit(fen / 100))
    assert abs(shop.price - best) <= 1
    before = shop.price
    market.sales = [(0, Counter())] * 4
    price_of_shop(market, shop)
    assert shop.price == before


def test_shops_move_when_fakes_or_suspension_make_staying_worse():
    market = small_world(sourcing=Sourcing(learnt_risk=0.1))
    shop = chain(market)[0]
    for key, uses in ((5, True), (6, True), (7, False)):
        market.people[key].uses_rival = uses
        market.people[key].take(shop, is_friend=False)
    shop.profit_smoothed = 100.0
    assert not is_better_off_elsewhere(market, shop)  # 2/3 * 26 * 100 < 1.1 * 26 * 100
    shop.buys_fakes = True  # here (26 - .65 * 26) * 100 = 910, there 1733
    assert is_better_off_elsewhere(market, shop)
    shop.buys_fakes, shop.suspended_until = False, 10  # here 16 weeks: 1.1 * 1600 = 1760
    assert not is_better_off_elsewhere(market, shop)
    shop.suspended_until = 11
    assert is_better_off_elsewhere(market, shop)
    move(market, shop)
    assert (shop.venue, shop.is_active, shop.n_contacts) == (Venue.RESALE_RIVAL, True, 2)
    assert market.people[7].slots == [None] * 12
