"""Single steps of the week, from small arrays, against numbers worked out by hand."""

import math

import numpy as np
import pytest

from sim.beliefs import believed_chance, decay_table, rating_share_read, trust_after_message, trust_after_purchase
from sim.chain import supply_lot
from sim.ledger import ACCOUNTS, empty_tally
from sim.mechanisms import attention, demand, experience, trade
from sim.model import Market
from sim.orders import empty_orders
from sim.parameters import Venue
from sim.slots import Judgement
from tests.worlds import LIVELY

FLOW = {name: index for index, name in enumerate(ACCOUNTS)}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # prior weight, trust, rating share, rated satisfied, rated, satisfied, total, likes
        ((4, 0.65, 0, 0, 0, 0, 0, 0), 0.65),
        ((4, 0.65, 1, 15, 20, 0, 0, 0), (2.6 + 15) / 24),
        ((4, 0.65, 0, 15, 20, 1, 3, 0), (2.6 + 1) / 7),
        ((4, 0.65, 0, 0, 0, 0, 0, 6), (2.6 + 6) / 10),
    ],
)
def test_belief_is_a_weighted_mean(arguments, expected):
    assert believed_chance(*arguments) == pytest.approx(expected)


def test_no_more_than_a_page_of_ratings_counts():
    assert rating_share_read(1.0, 10.0, 20.0) == 1.0
    assert rating_share_read(0.5, 80.0, 20.0) * 80 == pytest.approx(10)


def test_trust_moves_by_its_gains():
    assert trust_after_purchase(0.6, True, 0.05, 0.15) == pytest.approx(0.62)
    assert trust_after_purchase(0.6, False, 0.05, 0.15) == pytest.approx(0.51)
    assert trust_after_message(0.6, True, 0.05, 0.15, 0.3) == pytest.approx(1 - 0.4 * 0.985)
    assert trust_after_message(0.6, False, 0.05, 0.15, 0.3) == pytest.approx(0.6 * 0.955)


def test_evidence_halves_in_its_half_life():
    decay = decay_table(26.0)
    assert decay[0] == 1
    assert decay[26] == pytest.approx(0.5)
    assert decay[78] == pytest.approx(0.125)


def town():
    """Return a lively town in week 0 whose slots are empty."""
    market = Market(parameters=LIVELY, seed=1)
    market.people.slot_shop[:] = -1
    return market


def read(market, **changes):
    """Read the feeds of everyone; return share seen, who mutes, and the three sums."""
    given = {"organic": 50, "read": 120.0, "hazard": 0.0, "tolerated": 0.4, "disutility": 0.01} | changes
    seen, muting = np.empty(600), np.empty(600, np.bool_)
    sums = [np.zeros(1, np.int64) for _ in range(3)]
    columns = market.people.key, market.people.slot_shop, market.shops.n_posts
    attention.read_feeds(0, 600, 1, 0, *columns, *given.values(), seen, muting, *sums)
    return seen, muting, [int(total[0]) for total in sums]


def test_a_feed_is_read_up_to_its_limit():
    market = town()
    market.shops.n_posts[:2] = (70, 30)
    market.people.slot_shop[5, 3], market.people.slot_shop[5, 7], market.people.slot_shop[6, 0] = 0, 1, 0
    seen, muting, (share, ads, annoyance) = read(market)
    assert seen[5] == 120 / 150
    assert seen[6] == seen[7] == 1.0
    assert not muting.any()
    assert share == round(100 / 150 * 2**30) + round(70 / 120 * 2**30)
    assert ads == round(1000 * 0.8 * 100) + 70_000
    assert annoyance == 10 * ads


def test_too_much_advertising_mutes_the_shop_believed_in_least():
    market = town()
    people, shops = market.people, market.shops
    shops.n_posts[:3], shops.n_contacts[:3] = 100, 1
    people.slot_shop[5, :3] = (0, 1, 2)
    people.slot_total[5, :3], people.slot_satisfied[5, :3] = 4, (4, 0, 2)
    people.is_naive[5] = False
    muting = np.zeros(600, np.bool_)
    muting[5] = True
    n_muted = np.zeros(1, np.int64)
    attention.mute(0, people, shops, muting, decay_table(52.0), Judgement(4.0, 20.0, 6.0, np.zeros(5)), n_muted)
    assert people.slot_shop[5, :3].tolist() == [0, -1, 2]
    assert shops.n_contacts[:3].tolist() == [1, 0, 1]
    assert n_muted[0] == 1


def test_muting_happens_as_often_as_its_hazard():
    market = town()
    market.shops.n_posts[0] = 50
    market.people.slot_shop[:, 0] = 0
    _, muting, _ = read(market, hazard=0.8, tolerated=0.1)
    assert muting.mean() == pytest.approx(0.8 * 0.4, abs=4 * math.sqrt(0.32 * 0.68 / 600))


def one_order(shop=-1, listing=-1, venue=0, price=10_000, genuine=True, true_chance=1.0, buyer=5):
    """Return the orders of a week with one purchase."""
    orders = empty_orders(1)
    given = {"buyer": buyer, "venue": venue, "shop": shop, "listing": listing, "brand": 0, "price": price}
    for name, value in (given | {"is_genuine": genuine, "true_chance": true_chance}).items():
        getattr(orders, name)[0] = value
    return orders


def pay(market, orders, **changes):
    """Trade; return (payer, payee) -> fen of what was paid, the units that the brand and counterfeiters made."""
    flow, made, faked = np.zeros((11, 11), np.int64), np.zeros(5, np.int64), np.zeros(5, np.int64)
    given = {"service_cost": 800, "mall_commission": 0.08, "drop_markup": 1.1, "quality_fake": 0.35, "fee_cut": 0}
    given |= {"sales_fee": np.zeros(5), "tax_threshold": math.inf, "tax_rate": 0.0} | changes
    terms = trade.TradeTerms(**given)
    people, shops, brands = market.people, market.shops, market.brands
    trade.serve_listings(orders, people.spent, market.listings, brands, terms, flow, made, faked)
    trade.serve_shops(1, 0, orders, people, shops, brands, terms, flow, made, np.zeros(1, np.int64))
    paid = {(ACCOUNTS[a], ACCOUNTS[b]): int(flow[a, b]) for a, b in np.argwhere(flow)}
    return paid, made[0], faked[0]


def chain(market):
    """Make shops 0, 1, 2 a chain of tiers 1, 2, 3 of brand 0 with costs 50, 60, 72 yuan and no stock."""
    shops, brands = market.shops, market.brands
    shops.brand[:3], shops.tier[:3], shops.upline[:3] = 0, (1, 2, 3), (-1, 0, 1)
    shops.unit_cost[:3] = (5_000, 6_000, 7_200)
    for column in (shops.stock_genuine, shops.stock_fake, shops.cost_of_fakes, shops.cash):
        column[:3] = 0
    brands.cost[0], brands.wholesale[0], brands.fake_cost[0], brands.list_price[0] = 3_000, 5_000, 1_000, 9_000


def test_a_unit_without_stock_is_shipped_down_the_chain():
    market = town()
    chain(market)
    paid, made, faked = pay(market, one_order(shop=2))
    assert paid == {
        ("consumers", "shops"): 10_000,
        ("shops", "shops"): 7_920 + 6_600,
        ("shops", "brands"): 5_500,
        ("brands", "factories"): 3_000,
    }
    assert (made, faked) == (1, 0)
    shops = market.shops
    assert shops.income_from_retail[:3].tolist() == [0, 0, 10_000 - 7_920]
    assert shops.income_from_wholesale[:3].tolist() == [6_600 - 5_500, 7_920 - 6_600, 0]
    assert shops.cash[:3].tolist() == [1_100, 1_320, 2_080]
    assert shops.units_moved[:3].tolist() == [1, 1, 1]


def test_a_unit_from_stock_costs_what_it_cost_and_genuine_units_go_first():
    market = town()
    chain(market)
    shops = market.shops
    shops.stock_genuine[2], shops.stock_fake[2], shops.cost_of_fakes[2] = 1, 3, 4_000
    orders = one_order(shop=2)
    paid, made, _ = pay(market, orders)
    assert (paid, made) == ({("consumers", "shops"): 10_000}, 0)
    assert orders.is_genuine[0]
    assert orders.true_chance[0] == market.brands.quality[0]
    pay(market, orders)
    assert not orders.is_genuine[0]
    assert orders.true_chance[0] == 0.35
    assert (shops.stock_genuine[2], shops.stock_fake[2], shops.cost_of_fakes[2]) == (0, 2, 4_000 - 1_333)
    assert shops.income_from_retail[2] == (10_000 - 7_200) + (10_000 - 1_333)


def test_fakes_in_an_uplines_stock_reach_the_buyer_of_a_shop_below():
    market = town()
    chain(market)
    shops = market.shops
    shops.stock_fake[0], shops.cost_of_fakes[0] = 5, 5_000
    orders = one_order(shop=2)
    paid, made, _ = pay(market, orders)
    assert paid == {("consumers", "shops"): 10_000, ("shops", "shops"): 7_920 + 6_600}
    assert made == 0
    assert not orders.is_genuine[0]
    assert shops.income_from_wholesale[:2].tolist() == [6_600 - 1_000, 7_920 - 6_600]


def test_a_lot_takes_the_uplines_stock_and_orders_the_rest():
    market = town()
    chain(market)
    shops, brands = market.shops, market.brands
    shops.stock_genuine[1], shops.stock_fake[0], shops.cost_of_fakes[0] = 4, 3, 3_000
    flow, made = np.zeros((11, 11), np.int64), np.zeros(5, np.int64)
    fakes = supply_lot(1, 0, 10, 7_200, shops, brands, shops.income_from_wholesale, flow, made)
    assert (fakes, made[0]) == (3, 3)
    assert shops.cash[:2].tolist() == [6 * 6_000 - 3 * 5_000, 10 * 7_200 - 6 * 6_000]
    assert shops.income_from_wholesale[:2].tolist() == [
        6 * 6_000 - 3 * 5_000 - 3_000,
        10 * 7_200 - 6 * 6_000 - 4 * 6_000,
    ]
    assert brands.cash[0] - Market(parameters=LIVELY, seed=1).brands.cash[0] == 3 * (5_000 - 3_000)
    assert shops.units_moved[:2].tolist() == [6, 10]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (
            {"listing": 0, "venue": Venue.DIRECT},
            {("consumers", "brands"): 10_000, ("brands", "factories"): 3_000, ("brands", "outside"): 800},
        ),
        (
            {"listing": 5, "venue": Venue.MALL, "price": 10_800},
            {("consumers", "brands"): 10_800, ("brands", "factories"): 3_000, ("brands", "mall"): 800},
        ),
        (
            {"listing": 10, "venue": Venue.BAZAAR},
            {
                ("consumers", "bazaar_sellers"): 10_000,
                ("bazaar_sellers", "brands"): 5_000,
                ("brands", "factories"): 3_000,
            },
        ),
        (
            {"listing": 10, "venue": Venue.BAZAAR, "genuine": False},
            {("consumers", "bazaar_sellers"): 10_000, ("bazaar_sellers", "counterfeiters"): 1_000},
        ),
    ],
)  # fmt: skip
def test_every_kind_of_sale_pays_whom_it_should(order, expected):
    market = town()
    chain(market)
    paid, made, faked = pay(market, one_order(**order))
    assert paid == expected
    assert (made, faked) == ((1, 0) if order.get("genuine", True) else (0, 1))


def test_fees_and_taxes_are_paid_out_of_the_sale():
    market = town()
    chain(market)
    market.shops.stock_genuine[2], market.shops.sales_of_year[2] = 5, 95_000
    fees = np.array([0.02, 0.0, 0.0, 0.01, 0.0])
    paid, _, _ = pay(market, one_order(shop=2), sales_fee=fees, tax_threshold=100_000.0, tax_rate=0.03)
    assert paid == {("consumers", "shops"): 10_000, ("shops", "platform"): 200, ("shops", "state"): 300}
    assert market.shops.charges[2] == 500
    assert market.shops.cash[2] == 9_500
    assert market.shops.income_from_retail[2] == 10_000 - 7_200
    paid, _, _ = pay(market, one_order(listing=10, venue=Venue.BAZAAR, genuine=False), sales_fee=fees)
    assert paid["bazaar_sellers", "platform"] == 100
    assert market.listings.income[10] == 10_000 - 1_000 - 100
    paid, _, _ = pay(market, one_order(listing=0, venue=Venue.DIRECT), fee_cut=300)
    assert (paid["brands", "outside"], paid["platform", "outside"]) == (500, 300)


def test_a_shop_reorders_when_less_than_a_weeks_sales_are_left():
    market = town()
    chain(market)
    shops, people = market.shops, market.people
    shops.sales_smoothed[:] = 0
    shops.sales_smoothed[1:3], shops.stock_genuine[1:3] = (3.0, 9.0), (3, 8)
    people.wealth[shops.owner_row[:3]] = 1e6
    trade.reorder(market.this_week(empty_tally(5)))
    assert shops.stock_genuine[:3].tolist() == [0, 0 + 12, 8 + 36]  # 2 takes what 1 has, which then is low
    assert shops.cash[2] == -36 * 7_200


def test_a_shop_that_cannot_pay_does_not_reorder():
    market = town()
    chain(market)
    shops = market.shops
    shops.sales_smoothed[:] = 0
    shops.sales_smoothed[2], market.people.wealth[shops.owner_row[2]] = 2.0, 100.0
    trade.reorder(market.this_week(empty_tally(5)))
    assert shops.stock_genuine[2] == 0


LEARNING = experience.Learning(0.05, 0.15, 0.3, 3, 0.2, 0.3, 1.0, 0.0, 0.0, 1.0)


def test_a_disappointed_buyer_is_refunded_and_learns():
    market = town()
    chain(market)
    people = market.people
    people.slot_shop[5, 2], people.slot_total[5, 2], people.slot_satisfied[5, 2] = 2, 2.0, 2.0
    people.trust[5] = 0.6
    orders, flow = one_order(shop=2, price=11_700, true_chance=0.0), np.zeros((11, 11), np.int64)
    complaints, complaining = np.zeros(5, np.int64), LEARNING._replace(complaint_resale=1.0)
    experience.experience(
        1,
        52,
        orders,
        people,
        market.shops,
        market.listings,
        market.brands,
        decay_table(52.0),
        complaining,
        np.ones(5),
        flow,
        complaints,
    )
    assert not orders.is_satisfied[0]
    assert orders.is_refunded[0]
    assert complaints.tolist() == [1, 0, 0, 0, 0]
    assert flow[FLOW["shops"], FLOW["consumers"]] == 11_700 == -people.spent[5] == -market.shops.income_from_retail[2]
    overpaid = (117 - 90) / 90
    assert people.trust[5, 0] == pytest.approx(0.6 * 0.85 * (1 - 0.3 * overpaid), rel=1e-6)
    assert people.trust[5, 1:] == pytest.approx([0.6] * 4)
    assert people.slot_total[5, 2] == pytest.approx(2 * 0.5 + 1)
    assert people.slot_satisfied[5, 2] == pytest.approx(2 * 0.5)
    assert people.slot_last_week[5, 2] == 52


def test_messages_reach_distinct_friends_and_only_friends():
    market = Market(parameters=LIVELY, seed=1).run(3)
    orders, network = market.orders, market.network
    order_of, receiver_of = np.empty(orders.buyer.size * 3, np.int64), np.empty(orders.buyer.size * 3, np.int64)
    n = experience.address_messages(
        1, 2, orders, market.people, network.offsets, network.neighbours, 3, order_of, receiver_of
    )
    told = {}
    for order, receiver in zip(order_of[:n], receiver_of[:n], strict=True):
        told.setdefault(int(orders.buyer[order]), []).append(int(receiver))
    for buyer, receivers in told.items():
        friends = network.friends(buyer)
        assert len(set(receivers)) == len(receivers) == min(3, friends.size)
        assert np.isin(receivers, friends).all()
    assert len(told) == (network.degrees[orders.buyer] > 0).sum()


def test_praise_is_heard_before_complaints_and_counts_as_evidence():
    market = town()
    people = market.people
    people.trust[:] = 0.5
    people.slot_shop[9, 4] = 2
    orders = empty_orders(2)
    orders.buyer[:], orders.venue[:], orders.shop[:], orders.brand[:] = (5, 6), 0, 2, 1
    orders.is_satisfied[:] = (False, True)
    order_of, receiver_of = np.array([0, 1]), np.array([9, 9])
    for is_good in (True, False):
        experience.hear(
            1,
            0,
            is_good,
            2,
            order_of,
            receiver_of,
            orders,
            people,
            decay_table(52.0),
            LEARNING._replace(learn_brand=1.0),
        )
    assert people.trust[9, 0] == pytest.approx((1 - 0.5 * 0.985) * 0.955, rel=1e-6)
    assert people.slot_total[9, 4] == pytest.approx(0.6, rel=1e-6)
    assert people.slot_satisfied[9, 4] == pytest.approx(0.3, rel=1e-6)
    assert people.knows[9].tolist() == [False, True, False, False, False]


def test_utility_is_yuan_worth_of_what_is_believed():
    v = demand.utility(0.02, 220.0, 0.75, 0.5, 130.0, 10.0, 5.0)
    assert v == pytest.approx(0.02 * (220 * 0.75 + 0.5 * 0.25 * 130 + 10 - 130 - 5))
