"""Growth, enforcement, exit and entry of shops, brands' effort and the bazaar against paper and pencil.

The same three shops in a chain as in test_supply_by_hand.py.
"""

import math

import pytest

from sim.parameters import Bazaar, Campaigns, Exit, Recruitment, Venue
from sim.policies.friend_limit import FriendLimit
from sim.policies.like_ban import LikeBan
from tests.reference import governor, growth, makers, turnover
from tests.reference.chain import lot_from_chain, lot_of_fakes
from tests.reference.evidence import Ratings, Slot
from tests.reference.luck import single
from tests.reference.small import brands, chain, shops, small_world

# growth and enforcement (7.10, 7.14)


@pytest.mark.parametrize(("strikes", "weeks"), [(0, 1), (1, 2), (2, 4), (3, 26), (9, 26)])
def test_a_campaign_is_worth_it_up_to_so_many_contacts(strikes, weeks):
    ban = LikeBan(detection=0.5, ladder="7 15 30 permanent")
    market = small_world(campaigns=Campaigns(campaign_rate=1.0, campaign_reach=50, campaign_join=0.06), policies=(ban,))
    shop = chain(market)[0]
    shop.aggressiveness = 1.0
    market.people[0].strikes = strikes
    shop.n_contacts = math.ceil(78 / (0.5 * weeks)) - 1  # 26 * 50 * .06 = 78 against .5 * weeks * contacts
    assert growth.wants_campaign(market, shop)
    shop.n_contacts += 1 + (156 % weeks == 0)
    assert not growth.wants_campaign(market, shop)
    shop.platform = Venue.RESALE_RIVAL
    assert growth.wants_campaign(market, shop)


def test_a_campaign_reaches_friends_of_friends():
    market = small_world([(0, 1), (1, 2)], campaigns=Campaigns(campaign_reach=40, campaign_like=1.0, campaign_join=1.0))
    shop = chain(market)[0]
    offers = growth.campaign(market, shop)
    assert 0 < len(offers) < 40  # half of the paths lead back to the owner
    assert {(offer.person, offer.from_campaign) for offer in offers} == {(2, True)}
    assert shop.likes == len(offers)
    growth.grant(market, offers)
    (slot,) = [slot for slot in market.people[2].slots if slot is not None]
    assert (slot.shop, slot.is_friend, slot.from_campaign, shop.n_contacts) == (shop, False, True, 1)


def test_offers_above_the_limit_are_not_made_and_the_purge_cuts_strangers_first():
    limit = FriendLimit(limit=30, mode="purge", start_week=1)
    market = small_world(
        [(0, key) for key in range(100, 103)],
        shops=shops(strangers_per_week=1000.0),
        campaigns=Campaigns(campaign_rate=0.0),
        policies=(limit,),
    )
    shop = chain(market)[0]
    market.shops[1:] = []
    shop.growth = 1.0
    growth.grow(market)
    assert shop.n_contacts == len(market.holders(shop)) > 100
    for key in (100, 101, 102):
        if market.people[key].slot_of(shop) is None:
            market.people[key].take(shop, is_friend=True)
    believers = [person.key for person, slot in market.holders(shop) if not slot.is_friend][:10]
    for key in believers:
        market.people[key].slot_of(shop).total = 1.0
    strangers = [person.key for person, slot in market.holders(shop) if not slot.is_friend]
    market.week = 1
    market.set_rules()
    growth.purge(market)
    left = sorted(set(strangers) - set(believers))[:17]
    assert [person.key for person, _ in market.holders(shop)] == sorted([100, 101, 102, *believers, *left])
    growth.grow(market)
    assert shop.n_contacts == 30


def test_a_full_person_replaces_the_shop_least_believed():
    market = small_world(shops=shops(replace=1.0))
    first, second, third = chain(market)
    person = market.people[10]
    person.slots = [Slot(second, False, satisfied=1.0, total=1.0) for _ in range(12)]
    person.slots[7] = Slot(first, False, total=1.0)
    first.n_contacts = 1
    growth.grant(market, [growth.OfferedShop(third, 10), growth.OfferedShop(third, 2)])  # the latter is its owner
    assert (person.slots[7].shop, person.slots[7].total, first.n_contacts, third.n_contacts) == (third, 0.0, 0, 1)


def test_strikes_lead_up_the_ladder():
    market = small_world(policies=(LikeBan(detection=1.0, ladder="7 15 permanent", remove_followers=True),))
    shop, owner = chain(market)[0], market.people[0]
    market.people[5].take(shop, is_friend=False, from_campaign=True)
    market.people[6].take(shop, is_friend=True)
    for strikes, until, is_banned in ((1, 2, False), (2, 3, False), (3, 3, True)):
        shop.ran_campaign, shop.likes = True, 5.0
        governor.enforce(market)
        assert (owner.strikes, shop.suspended_until, owner.is_banned) == (strikes, until, is_banned)
        assert (shop.likes, shop.n_contacts) == (0.0, 1)
    market.week = 2
    assert not shop.is_active
    turnover.close_shops(market)
    assert (shop.closed_week, shop.n_contacts, owner.shop) == (2, 0, None)


# exit and entry (7.9, 7.6b)


def test_closing_settles_everything():
    market = small_world(
        [(1, 20), (1, 21)], shops=shops(salvage=0.3), exit=Exit(disappointment=0.5, weeks_before_exit=500)
    )
    first, second, third = chain(market)
    lot_from_chain(market, second, 10)
    lot_of_fakes(market, second, 2)
    market.accounts.pay(second, "outside", 1_000_000)
    market.people[1].wealth = 500.0
    market.people[30].take(second, is_friend=False)
    before = market.people[20].trust[Venue.RESALE_WECHAT]
    turnover.close_shops(market)
    # salvage .3 * (10 * 9005 + 2 * 1876) = 28140.6
    assert second.cash == -(10 * 9005 + 2 * 1876 + 1_000_000) + 28_141
    assert (second.is_open, second.stock, second.cost_of_fakes, second.n_contacts) == (False, 0, 0, 0)
    assert (market.brands[0].written_off, market.brands[0].written_off_fakes) == (10, 2)
    assert (market.people[1].wealth, market.people[1].shop, market.people[30].slots) == (0.0, None, [None] * 12)
    assert third.upline is first
    gain_bad = market.parameters.trust.gain_bad
    assert {market.people[key].trust[Venue.RESALE_WECHAT] for key in (20, 21)} == {
        single(before * (1 - 0.5 * gain_bad))
    }
    market.accounts.must_balance(market)
    market.people[0].is_banned = True
    turnover.close_shops(market)
    assert third.upline is None


def test_owners_give_up_when_a_shop_earns_too_little_for_long():
    market = small_world(exit=Exit(weeks_before_exit=4, exit_share=0.5, exit_chance=1.0))
    first, second, third = chain(market)
    for shop, profit in ((first, 49.0), (second, 50.0), (third, -10.0)):
        shop.profit_smoothed = profit
        market.people[shop.owner].outside_income = 100.0
    third.opened_week = 1
    market.week = 2
    turnover.close_shops(market)
    assert len(market.open_shops()) == 3
    market.week = 3
    turnover.close_shops(market)
    assert market.open_shops() == [second, third]
    market.week = 4
    turnover.close_shops(market)
    assert market.open_shops() == [second]


def test_a_recruit_buys_the_opening_stock_and_the_brand_pays_a_bonus():
    market = small_world(
        [(50, 60), (50, 61)],
        shops=shops(opening_units_below=40, bonus=0.05, bonus_levels=2),
        recruitment=Recruitment(hype=7.0, choosiness=1.0),
    )
    first, second, third = chain(market)
    person = market.people[50]
    person.outside_income, third.profit_smoothed = 100.0, 60.0
    cost = 12967  # 1.2 * 10806 = 12967.2
    x = ((7 * 60 - 40 * cost / 100 / 26) - 100) / 100
    assert turnover.chance_to_join(market, person, third, 40 * cost) == pytest.approx(1 / (1 + math.exp(-x)))
    third.stock_fake, third.cost_of_fakes, third.platform = 30, 300, Venue.RESALE_RIVAL
    market.people[60].uses_rival, market.people[61].uses_rival = True, False
    turnover.open_shop(market, turnover.Entry(person, market.brands[0], third, cost, 40))
    shop = market.shops[-1]
    assert (shop.tier, shop.opened_week, person.last_opening, shop.is_active) == (4, 1, 1, True)
    assert (shop.stock_genuine, shop.stock_fake, shop.cost_of_fakes) == (10, 30, 30 * cost)
    bonus = 25934  # .05 * 40 * 12967
    assert third.income_recruits == 40 * cost - 300 - 10 * 10806 + bonus
    assert second.income_recruits == 10 * (10806 - 9005) + bonus
    assert first.income_recruits == 10 * (9005 - 7504)
    assert market.brands[0].cash == 10 * (7504 - 5360) - 2 * bonus
    assert [shop.n_recruits for shop in (first, second, third)] == [0, 0, 1]
    assert (shop.venue, shop.n_contacts) == (Venue.RESALE_RIVAL, 1)
    assert market.people[60].slot_of(shop).is_friend


def test_nobody_opens_twice_within_a_year_and_nobody_below_the_deepest_tier():
    market = small_world(
        shops=shops(deepest_tier=3, opening_units_below=1), recruitment=Recruitment(look=1.0, hype=100.0)
    )
    _, second, third = chain(market)
    person = market.people[50]
    second.profit_smoothed = third.profit_smoothed = 1e6
    person.take(third, is_friend=False)
    assert turnover.decision(market, person) is None  # it would be of tier 4
    person.take(second, is_friend=False)
    assert turnover.decision(market, person).upline is second
    person.last_opening, market.week = 1, 52
    assert turnover.decision(market, person) is None
    market.week = 53
    assert turnover.decision(market, person).upline is second
    second.suspended_until = 54
    assert turnover.decision(market, person) is None
    second.suspended_until, person.is_banned = 0, True
    assert turnover.decision(market, person) is None


def test_brands_recruit_with_what_effort_they_do_not_put_into_their_store():
    for effort, recruits in ((0.0, 197), (1.0, 0)):
        market = small_world(
            brands=brands(effort=effort, effort_spread=0.0, effort_least=0.0),
            shops=shops(opening_units_first=10),
            recruitment=Recruitment(look=0.0, agents_recruited=1.0),
        )
        chain(market)
        turnover.enter(market)
        assert len(market.shops) == 3 + recruits
        assert market.accounts["factories"] == recruits * 53600
        assert {shop.stock_genuine for shop in market.shops[3:]} == ({10} if recruits else set())


# brands and the bazaar (7.12, 7.13)


def test_effort_follows_the_worth_of_one_more_person_reached():
    for sales, effort in ((1.0, 0.55), (0.1, 0.5), (0.01, 0.45)):
        market = small_world(
            brands=brands(
                known_initially=0.5, effort=0.5, effort_spread=0.0, effort_step=0.05, hurdle=1.0, advertising_cost=1.0
            )
        )
        market.direct[0].sales_smoothed = sales
        # half know the store; worth .5 * 52 * sales/100 * (131.32 - 53.60 - 8) = 18.1 * sales, against 1 and 2 yuan
        makers.review_effort(market, market.brands[0])
        assert market.brands[0].effort == pytest.approx(effort)


def test_brands_imitate_the_one_that_earned_more():
    market = small_world(brands=brands(n_brands=2, imitation=0.5, effort_spread=0.0))
    rich, poor = market.brands
    rich.effort, poor.effort = 0.9, 0.1
    seen = set()
    for market.week in range(13, 130, 13):
        rich.cash, rich.cash_at_quarter, poor.cash, poor.cash_at_quarter = 100, 0, 50, 0
        makers.imitate(market)
        assert rich.effort == 0.9
        seen.add(round(poor.effort, 6))
        poor.effort = 0.1
    assert seen == {0.1, 0.5}  # it looks at itself, or moves half the way


def test_bazaar_sellers_come_and_go():
    market = small_world(
        bazaar=Bazaar(
            sellers_at_most=3, sellers_per_brand=2, income_needed=1000.0, turnover=1.0, repeat_share=0.5, markup=0.45,
            share_fakes=1.0, fake_discount=0.1,
        )
    )  # fmt: skip
    one, two, three = market.bazaar[0]
    assert (one.is_open, two.is_open, three.is_open) == (True, True, False)
    market.week = 4
    one.profit_smoothed, two.profit_smoothed = 9.0, 12.0  # 1000 * 200/20000 = 10 are needed, the mean is 10.5
    one.sales_smoothed = two.sales_smoothed = 1.0
    two.patience = 1000.0
    three.ratings = Ratings(3.0, 4.0, 0)
    makers.turn_over_bazaar(market)
    assert (one.is_open, two.is_open, three.is_open) == (False, True, True)
    assert (two.sells_fakes, two.price) == (False, 10881)  # the patient seller turned honest
    assert (three.sells_fakes, three.price, three.opened_week, three.ratings.total) == (True, 9793, 4, 0.0)
    market.week, two.patience = 8, 0.0
    two.profit_smoothed = 8.0
    one.profit_smoothed = 100.0  # of the last seller there
    makers.turn_over_bazaar(market)
    assert (one.is_open, two.is_open, three.is_open) == (False, False, False)
    market.week = 12
    makers.turn_over_bazaar(market)  # nobody is open: all places are taken
    assert (one.is_open, two.is_open, three.is_open, one.profit_smoothed) == (True, True, True, 0.0)
