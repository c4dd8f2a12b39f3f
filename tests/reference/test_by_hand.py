"""Buyers of the plain market against paper and pencil: one brand of quality .84."""

import math
from collections import Counter

import pytest

from sim.parameters import (
    Attention,
    Bazaar,
    Demand,
    Platform,
    Population,
    Scandal,
    Trust,
    Venue,
)
from tests.reference import Purchase, Slot
from tests.reference.agents import Feed, Offer
from tests.reference.evidence import Fading, Ratings
from tests.reference.luck import single
from tests.reference.makers import lead_brands
from tests.reference.small import brands, chain, changed, shops, small_world
from tests.reference.welfare import experienced_surplus, inclusive_value, informed_surplus


def test_prices_of_one_brand():
    brand = small_world().brands[0]
    # cost 20 + 40 * .84 = 53.60; wholesale * 1.4; list * 1.75; a fake costs a quarter of wholesale
    assert (brand.cost, brand.wholesale, brand.list_price, brand.fake_cost) == (5360, 7504, 13132, 1876)
    market = small_world(bazaar=Bazaar(sellers_at_most=1, sellers_per_brand=1, share_fakes=0.0))
    assert [listing.price for listing in market.listings] == [13132, 14183, 10881]  # 14182.56, 10880.80
    market = small_world(bazaar=Bazaar(sellers_at_most=1, sellers_per_brand=1, share_fakes=1.0))
    assert market.listings[2].price == 9793  # 9792.72


def test_qualities_lie_evenly_between_low_and_high():
    market = small_world(brands=brands(n_brands=3, quality_low=0.5, quality_high=1.0))
    assert [brand.quality for brand in market.brands] == [0.5, 0.75, 1.0]


def test_shops_open_in_chains_through_friendship():
    # everyone is a friend of everyone: after the first, each visited person finds an upline; tiers end at 2
    everyone = [(a, b) for a in range(200) for b in range(a)]
    market = small_world(everyone, shops=shops(initial_share=0.1, initial_tiers=2, initial_strangers=0))
    assert [shop.tier for shop in market.shops] == [1] + 19 * [2]
    assert all(shop.upline is market.shops[0] for shop in market.shops[1:])
    assert [shop.unit_cost for shop in market.shops[:2]] == [7504, 9005]
    assert [shop.price for shop in market.shops[:2]] == [11256, 13508]  # 13507.5 is rounded to even
    for person in market.people:  # the first twelve shops opened by others, in order
        shown = [shop for shop in market.shops if shop.owner != person.key][:12]
        assert [slot.shop for slot in person.slots] == shown
        assert all(slot.is_friend for slot in person.slots)


def test_only_those_who_can_pay_the_stock_open_a_shop():
    population = Population(n_people=200, need_per_week=0.0, wealth_median=7504.0, wealth_sigma=0.9)
    market = small_world(population=population, shops=shops(initial_share=0.5, opening_units_first=100))
    able = [person.key for person in market.people if person.wealth >= 7504]
    assert 80 < len(able) < 120
    assert sorted(shop.owner for shop in market.shops) == sorted(able)[: len(market.shops)] or len(able) > 100


@pytest.mark.parametrize(
    ("row", "share_fakes", "expected"),
    [
        (0, 0.0, {"consumers": -13132, "brands": 6972, "factories": 5360, "outside": 800}),
        (1, 0.0, {"consumers": -14183, "brands": 7772, "factories": 5360, "mall": 1051}),  # 1050.59
        (2, 0.0, {"consumers": -10881, "bazaar_sellers": 3377, "brands": 2144, "factories": 5360}),
        (2, 1.0, {"consumers": -9793, "bazaar_sellers": 7917, "counterfeiters": 1876}),
    ],
)
def test_who_is_paid_outside_resale(row, share_fakes, expected):
    market = small_world(bazaar=Bazaar(sellers_at_most=1, sellers_per_brand=1, share_fakes=share_fakes))
    chain(market)
    seller = market.listings[row]
    market.accounts.sale_of_listing(seller, market.parameters, market.rules)
    assert changed(market) == expected
    payer = "bazaar_sellers" if row == 2 else "brands"
    assert (market.brands[0].cash, seller.income) == (expected.get("brands", 0), expected.get("bazaar_sellers", 0))
    market.accounts.refund(seller, seller.price)
    assert changed(market).get("consumers", 0) == 0
    assert market.accounts[payer] == expected[payer] + expected["consumers"]


def test_evidence_fades_by_half_lives():
    fading = Fading(1.0)
    assert [fading.after(weeks) for weeks in range(4)] == [1.0, 0.5, 0.25, 0.125]
    slot = Slot(None, False, satisfied=4.0, total=8.0, last_week=2)
    assert slot.read(5, fading) == (0.5, 1.0)
    slot.add(5, fading, 0.3, is_good=False)
    assert (slot.satisfied, slot.total, slot.last_week) == (0.5, single(1.3), 5)
    slot.add(5, fading, 0.3, is_good=True)
    assert (slot.satisfied, slot.total) == (single(0.8), single(single(1.3) + 0.3))
    ratings = Ratings(satisfied=3.0, total=6.0, last_week=0)
    ratings.add(1, fading, satisfied=1, total=2)
    assert (ratings.satisfied, ratings.total, ratings.last_week) == (2.5, 5.0, 1)


def test_belief_is_a_weighted_mean_of_trust_ratings_evidence_and_likes():
    market = small_world(
        trust=Trust(start_resale=0.5, prior_weight=4.0, ratings_read=8.0, likes_counted=1.0),
        platform=Platform(rating_weight_resale=1.0),
    )
    person, shop = market.people[10], chain(market)[0]
    person.is_naive, shop.likes, shop.ratings = True, 7.0, Ratings(12.0, 16.0, 0)
    person.slots[3] = Slot(shop, False, satisfied=2.0, total=3.0)
    # half of 16 ratings are read: (4 * .5 + 12 / 2 + 2 + 1) / (4 + 16 / 2 + 3 + 1)
    assert person.belief(shop) == 11 / 16
    person.is_naive = False
    assert person.belief(shop) == 10 / 15
    person.slots[3] = None
    assert person.belief(shop) == 8 / 12


def test_own_experience_moves_trust():
    market = small_world(
        trust=Trust(start_resale=0.5, start_direct=0.5, gain_good=0.05, gain_bad=0.15, overpayment_penalty=0.3),
        platform=Platform(price_transparency=1.0),
    )
    first, _, third = chain(market)
    person = market.people[10]
    person.experience(market.listings[0], is_satisfied=True)
    assert person.trust[Venue.DIRECT] == single(0.525)
    person.experience(first, is_satisfied=False)  # 112.56 yuan is below the list price
    assert person.trust[Venue.RESALE_WECHAT] == single(0.425)
    person.experience(third, is_satisfied=True)  # 162.09 is 30.77 above the list price of 131.32
    learnt = single(single(0.425) + 0.05 * (1 - single(0.425)))
    assert person.trust[Venue.RESALE_WECHAT] == single(learnt * (1 - 0.3 * (3077 / 13132)))


def test_messages_reach_every_friend_once_and_move_trust_and_evidence():
    friendships = [(0, 1), (0, 2), (0, 3)]
    market = small_world(
        friendships,
        trust=Trust(
            n_friends_told=50, start_resale=0.5, message_weight=0.5, gain_good=0.1, gain_bad=0.2, learn_brand=1.0
        ),
    )
    shop = chain(market)[0]
    buyer, friend = market.people[0], market.people[2]
    friend.slots[5] = Slot(shop, False)
    assert sorted(buyer.friends_told()) == [1, 2, 3]
    for is_good, trust, satisfied, total in ((True, 0.525, 0.5, 0.5), (False, 0.4725, 0.5, 1.0)):
        purchase = Purchase(0, shop.venue, shop.channel, 0, 0, shop.price, 0.5, 0.5, False, is_satisfied=is_good)
        market.orders = [(buyer, shop, purchase)]
        market.spread_the_word()
        assert friend.trust[Venue.RESALE_WECHAT] == pytest.approx(trust, abs=1e-7)
        assert (friend.slots[5].satisfied, friend.slots[5].total) == (satisfied, total)
        assert [market.people[key].knows for key in range(5)] == [set(), {0}, {0}, {0}, set()]


def test_a_full_feed_is_read_in_part_and_mutes_the_shop_least_believed():
    market = small_world(
        attention=Attention(organic_posts=40, posts_read=20.0, mute_hazard=1.0, ads_tolerated=0.0),
        shops=shops(initial_strangers=0),
    )
    person, (first, second, _) = market.people[10], chain(market)
    first.n_posts, second.n_posts = 10, 30
    person.slots[0], person.slots[4] = Slot(first, False, satisfied=1.0, total=1.0), Slot(second, False, total=1.0)
    assert person.read_feed() == Feed(advertising_posts=40, posts=80, share_seen=0.25, advertising_share=0.5)
    assert market.people[11].read_feed() == Feed(0, 40, 0.5, 0.0)
    second.n_contacts = 1
    assert person.maybe_mute(Feed(40, 40, 0.5, 1.0))  # a feed of advertising alone: muted for sure
    assert [slot.shop for slot in person.slots if slot is not None] == [first]
    assert second.n_contacts == 0


def test_utility_in_yuan():
    market = small_world(demand=Demand(tie_value=10.0, hassle_resale=5.0), platform=Platform(refund_resale=0.5))
    person, shop = market.people[10], chain(market)[0]
    person.value, person.price_sensitivity = 200.0, 0.5
    # 200 * .75 + .5 * .25 * 112.56 + 10 - 112.56 - 5 = 56.51
    assert person.utility(Offer(shop, is_friend=True), 0.75) == pytest.approx(0.5 * 56.51)
    assert person.utility(Offer(shop), 0.75) == pytest.approx(0.5 * 46.51)


def test_welfare_of_two_equal_offers_in_one_nest():
    v = 0.5 * math.log(2)  # with dissimilarity .5 the pair is worth .5 ln(2 + 2) = ln 2, not buying 0
    total, chances = inclusive_value([[], [v, v], [], []], 0.5)
    assert total == pytest.approx(math.log(3))
    assert chances[1] == pytest.approx([1 / 3, 1 / 3])
    believed, true = [[], [v, v], [], []], [[], [v - 0.3, v], [], []]
    assert experienced_surplus(believed, true, 0.5, 0.02) == round(1e6 * (math.log(3) - 0.1) / 0.02)
    assert informed_surplus(believed, 0.5, 0.02) == round(1e6 * math.log(3) / 0.02)
    assert experienced_surplus([[]] * 4, [[]] * 4, 0.5, 0.02) == 0


def test_choices_follow_the_nested_logit():
    market = small_world(
        demand=Demand(dissimilarity=0.5, hassle_resale=0.0, hassle_direct=0.0),
        trust=Trust(start_resale=0.5, start_direct=0.5),
        platform=Platform(refund_resale=0.0, refund_direct=0.0),
    )
    person, (first, second, _) = market.people[10], chain(market)
    person.price_sensitivity, person.value = 1.0, 240.0  # belief .5: worth 120 yuan before the price
    first.price, second.price, market.direct[0].price = 11950, 12025, 12000  # V = .5, -.25, 0
    considered = [[Offer(first), Offer(second)], [Offer(market.direct[0])], [], []]
    _, chances = inclusive_value([[0.5, -0.25], [0.0], [], []], 0.5)
    n_weeks, chosen = 20_000, Counter()
    for market.week in range(n_weeks):
        choice = person.choose(considered)
        chosen[choice.seller if choice else None] += 1
    for seller, chance in zip((first, second, market.direct[0]), (*chances[0], *chances[1]), strict=True):
        assert chosen[seller] / n_weeks == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / n_weeks))


def test_advertising_makes_stores_known():
    given = brands(known_initially=0.5, n_media=2, reach_per_medium=0.5, effort=0.5, effort_spread=0.0)
    market = small_world(brands=given)
    brand = market.brands[0]
    assert brand.awareness == pytest.approx(math.log(2))
    for market.week in range(3):
        lead_brands(market)
    # in weeks 1 and 2 each of two media misses with the root of a half: .5 * .5^2 do not know the store
    assert math.exp(-brand.awareness) == pytest.approx(0.5 * 0.5**2)
    for known, reach in ((1.0, 0.0), (0.0, 1.0)):
        sure = small_world(brands=brands(known_initially=known, reach_per_medium=reach))
        assert sure.brands[0].awareness == (math.inf if known else 0.0)
        sure.week = 1
        lead_brands(sure)
        assert sure.brands[0].awareness == math.inf


def test_a_scandal_cuts_trust_at_the_start_of_its_week():
    market = small_world(scandals=(Scandal(week=1, venue="mall", cut=0.25),), trust=Trust(start_mall=0.8))
    market.step()
    assert market.people[0].trust[Venue.MALL] == single(0.8)
    market.step()
    assert {person.trust[Venue.MALL] for person in market.people} == {single(single(0.8) * 0.75)}


def test_a_week_in_which_all_in_need_buy_in_the_only_store():
    market = small_world(
        population=Population(
            n_people=200, need_per_week=10.0, need_shape=100.0, share_using_bazaar=0.0, share_using_mall=0.0
        ),
        shops=shops(initial_strangers=0),
        brands=brands(
            quality_low=1.0,
            quality_high=1.0,
            known_initially=1.0,
            advertising_cost=2.0,
            reach_per_medium=0.002,
            effort=0.5,
            effort_spread=0.0,
        ),
        demand=Demand(hassle_direct=-10_000.0),
        trust=Trust(start_direct=0.5),
    )
    chain(market)
    market.step()
    # cost 60 yuan, wholesale 84, list price 147; everyone is satisfied
    n = market.n_needs
    assert n >= 195
    buyers = {purchase.buyer for purchase in market.purchases}
    assert len(buyers) == len(market.purchases) == n
    assert {(p.venue, p.brand, p.price, p.belief, p.trust) for p in market.purchases} == {
        (Venue.DIRECT, 0, 14700, 0.5, 0.5)
    }
    assert all(purchase.is_satisfied and not purchase.is_refunded for purchase in market.purchases)
    advertising = 40  # 2 yuan for each of the .2 people reached
    assert market.accounts["consumers"] == -14700 * n
    assert market.accounts["brands"] == (14700 - 6000 - 800) * n - advertising
    assert market.accounts["outside"] == 800 * n + advertising
    assert (market.direct[0].ratings.satisfied, market.direct[0].ratings.total) == (n, n)
    for person in market.people:
        surplus = 1e6 * (person.value - 147 + 10_000) if person.key in buyers else 0
        assert person.surplus == pytest.approx(surplus, abs=2)
        assert person.trust[Venue.DIRECT] == (single(0.525) if person.key in buyers else 0.5)


def test_nobody_buys_from_the_own_shop_and_only_users_buy_on_the_rival():
    market = small_world(attention=Attention(notice=10.0, posts_read=1000.0))
    person, (first, second, third) = market.people[0], chain(market)  # the first shop is person 0's own
    for number, shop in enumerate((first, second, third)):
        shop.n_posts = 100
        person.slots[number] = Slot(shop, False)
    second.platform = Venue.RESALE_RIVAL
    for person.uses_rival in (False, True):
        in_mind = {offer.seller for offer in person.shops_in_mind(person.read_feed())}
        assert in_mind == ({second, third} if person.uses_rival else {third})
