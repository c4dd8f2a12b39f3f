"""The governor of WeChat and its levers against paper and pencil; the three shops of test_supply_by_hand.py."""

import math

import pytest

from sim.parameters import Recruitment, Regulator, Sourcing, Venue
from sim.policies.authorisation import Authorisation
from sim.policies.commission_ban import CommissionBan
from sim.policies.direct_support import DirectSupport
from sim.policies.entry_deposit import EntryDeposit
from sim.policies.exodus import Exodus
from sim.policies.inspection import Inspection
from sim.policies.like_ban import LikeBan
from sim.policies.mall_entry import MallEntry
from sim.policies.post_limit import PostLimit
from sim.policies.recruit_disclosure import RecruitDisclosure
from sim.policies.registration import Registration
from sim.policies.sales_fee import SalesFee
from sim.policies.stance import Stance
from sim.policies.tier_limit import TierLimit
from tests.reference import governor, makers, turnover
from tests.reference.agents import Feed
from tests.reference.chain import sell_in_resale
from tests.reference.luck import single
from tests.reference.reviews import loss_at_risk, perceived, sourcing_risk
from tests.reference.small import brands, chain, changed, shops, small_world

QUIET = Feed(0, 50, 1.0, 0.0)


def governed(*policies, **groups):
    """Return a market under policies, and the three shops."""
    market = small_world(policies=policies, **groups)
    return market, chain(market)


def test_an_inspection_fines_suspends_and_takes_deposit_and_badge():
    market, (first, second, third) = governed(
        Inspection(rate=1.0, power=1.0, false_positives=0.0, targeting=0.0, fine=200.0),
        EntryDeposit(amount=100.0),
        Authorisation(badge=3.0, detection=0.0),
        regulator=Regulator(inspection_cost=40.0),
    )
    first.stock_fake, second.buys_fakes, third.stock_genuine = 1, True, 5
    governor.settle_deposits(market)
    assert [shop.deposit_held for shop in (first, second, third)] == [10_000] * 3
    assert third.shows_badge
    governor.enforce(market)
    assert [shop.suspended_until for shop in (first, second, third)] == [2, 2, 0]
    assert [shop.shows_badge for shop in (first, second, third)] == [False, False, True]
    assert [shop.charges for shop in (first, second, third)] == [20_000, 20_000, 0]
    assert [shop.cash for shop in (first, second, third)] == [-30_000, -30_000, -10_000]
    assert changed(market) == {"shops": -70_000, "platform": 48_000, "deposits": 10_000, "outside": 12_000}
    market.week = 51
    assert not first.shows_badge
    market.week = 52
    assert first.shows_badge


def test_honest_shops_may_be_found_guilty_and_the_budget_limits_inspections():
    given = {"rate": 1.0, "power": 0.0, "false_positives": 1.0, "fine": 0.0}
    market, (first, *_) = governed(Inspection(**given))
    first.buys_fakes = True
    governor.enforce(market)
    assert [market.people[key].strikes for key in range(3)] == [0, 1, 1]
    market, _ = governed(Inspection(budget=700.0, **given))  # 2.1 of three shops
    governor.enforce(market)
    assert sum(market.people[key].strikes for key in range(3)) == 2


def test_complaints_draw_inspections():
    market, (first, second, _) = governed(
        Inspection(rate=0.1, power=0.0, false_positives=1.0, targeting=3.0, fine=0.0), LikeBan(ladder="7")
    )
    first.complaints, second.complaints = 3.0, 1.0  # chances 1, .4, .1
    n_weeks = 2_000
    for market.week in range(n_weeks):
        governor.enforce(market)
    shares = [market.people[key].strikes / n_weeks for key in range(3)]
    assert shares == [1.0, pytest.approx(0.4, abs=0.04), pytest.approx(0.1, abs=0.03)]


def test_one_strike_for_all_that_is_found_in_a_week():
    market, (first, second, third) = governed(
        LikeBan(detection=1.0), TierLimit(limit=1, detection=1.0), Authorisation(detection=1.0)
    )
    third.ran_campaign, third.buys_fakes = True, True
    governor.enforce(market)
    assert [market.people[key].strikes for key in range(3)] == [0, 1, 1]
    assert (first.suspended_until, second.suspended_until, third.suspended_until) == (0, 2, 2)
    third.platform = Venue.RESALE_RIVAL
    governor.enforce(market)
    assert [market.people[key].strikes for key in range(3)] == [0, 2, 1]


def test_deposits_are_owed_for_four_weeks_and_given_back_after_a_move():
    market, (first, second, _) = governed(EntryDeposit(amount=100.0, end_week=5))
    market.people[0].wealth, first.cash = 99.0, 99
    for weeks in (1, 2, 3):
        governor.settle_deposits(market)
        assert (first.weeks_owing, first.deposit_held, second.deposit_held) == (weeks, 0, 10_000)
    first.cash = 100
    governor.settle_deposits(market)
    assert (first.weeks_owing, first.deposit_held, first.cash) == (0, 10_000, -9900)
    second.platform = Venue.RESALE_RIVAL
    governor.settle_deposits(market)
    assert (second.deposit_held, second.cash) == (0, 0)
    first.deposit_held, first.weeks_owing, market.people[0].wealth = 0, 3, 99.0
    governor.settle_deposits(market)
    turnover.close_shops(market)
    assert (first.is_open, second.is_open) == (False, True)


def test_a_recruit_pays_a_deposit_and_reckons_with_its_loss():
    market, (first, *_) = governed(
        EntryDeposit(amount=1000.0),
        RecruitDisclosure(cap=2.0),
        recruitment=Recruitment(hype=7.0, choosiness=1.0, interest=0.001),
        sourcing=Sourcing(learnt_risk=0.01),
        shops=shops(opening_units_below=10),
    )
    person = market.people[50]
    person.outside_income, first.profit_smoothed = 100.0, 100.0
    # 200 a week are promised; stock of 900.50, and a deposit of 1000 at .026 interest and .065 risk, over 26 weeks
    x = (200 - 900.5 / 26 - 1000 * 0.091 / 26 - 100) / 100
    chance = turnover.chance_to_join(market, person, first, 90_050)
    assert chance == pytest.approx(1 / (1 + math.exp(-x)))
    turnover.open_shop(market, turnover.Entry(person, market.brands[0], first, 9005, 10))
    assert (person.shop.deposit_held, person.shop.cash) == (100_000, -190_050)
    person.is_banned = True
    turnover.close_shops(market)
    salvage = round(market.parameters.shops.salvage * 90_050)
    assert (market.shops[-1].cash, market.shops[-1].deposit_held) == (salvage - 90_050, 0)
    assert market.accounts["deposits"] == 0


def test_zeal_comes_in_bursts_and_follows_complaints():
    market, _ = governed(Stance(kind="ambiguous", burst_share=0.25))
    seen = []
    for market.week in range(1000):
        seen.append(governor.zeal_of_the_week(market))
    assert set(seen) == {0.0, 4.0}
    assert sum(seen) / len(seen) == pytest.approx(1, abs=0.2)
    market, _ = governed(Stance(kind="adaptive", delay=2))
    market.complaints = [0, 0, 8, 8, 8, 100, 100]
    # nothing is known before week 5; then weeks 0 to 3, in week 6 also week 4: means 6 and 4.8
    for market.week, zeal in ((4, 1.0), (5, 1.0), (6, 1.25)):
        assert governor.zeal_of_the_week(market) == pytest.approx(zeal)
    market.week, market.complaints = 14, [0] * 9 + [5] * 4  # mean 5 of the last four, 20/13 in all: more than 3
    assert governor.zeal_of_the_week(market) == 3.0


def test_the_risk_is_what_is_announced():
    market, (first, *_) = governed(
        Inspection(rate=0.2, power=0.5, fine=300.0), Authorisation(detection=0.1), sourcing=Sourcing(learnt_risk=0.1)
    )
    assert sourcing_risk(market) == pytest.approx(1 - 0.9 * (0.9 * 0.9) ** 4)
    first.profit_smoothed, first.deposit_held = 10.0, 5000
    assert loss_at_risk(market, first) == 300 + 50 + 260
    assert perceived(market, first, 0.25) == 0.25
    market, (first, *_) = governed(Stance(kind="ambiguous", sigma=2.0))
    market.people[0].risk_bias = 1.5
    assert perceived(market, first, 0.25) == pytest.approx(0.25 * math.exp(2 * 1.5 - 2))
    market.people[0].risk_bias = 3.0
    assert perceived(market, first, 0.25) == 1.0


def test_tier_limits_are_read_with_a_bias():
    market, (first, second, _) = governed(TierLimit(limit=2), shops=shops(deepest_tier=5))
    assert [turnover.deepest_tier(market, shop) for shop in (first, second)] == [2, 2]
    second.platform = Venue.RESALE_RIVAL
    assert turnover.deepest_tier(market, second) == 5
    market, (first, second, _) = governed(TierLimit(limit=2), Stance(sigma=1.0), shops=shops(deepest_tier=5))
    market.people[0].risk_bias, market.people[1].risk_bias = -1.6, 1.8
    assert [turnover.deepest_tier(market, shop) for shop in (first, second)] == [4, 1]


def test_fees_and_taxes_are_charges_and_not_refunded():
    market, (first, *_) = governed(SalesFee(resale=0.02), Registration(threshold=200.0, rate=0.1))
    first.stock_genuine = 3
    for charges in (225, 450 + 1126, 675 + 2252):  # fees of 225.12; 112.56, 225.12 and 337.68 yuan of sales
        sell_in_resale(market, first)
        assert first.charges == charges
    market.accounts.refund(first, first.price)
    assert (market.accounts["platform"], market.accounts["state"]) == (675, 2252)
    assert first.total_profit == first.total_income - 675 - 2252
    first.smooth()
    assert first.profit_smoothed == single(first.total_profit / 100)


def test_support_for_brands_stores():
    market, _ = governed(DirectSupport(fee_cut=0.3, traffic=0.5), MallEntry(share=1.0))
    brand = market.brands[0]
    market.accounts.sale_of_listing(market.direct[0], market.parameters, market.rules)
    assert changed(market)["platform"] == -240
    assert brand.cash == 13132 - 5360 - 560
    market.week, before, brand.effort = 1, brand.awareness, 0.0
    makers.lead_brands(market)
    assert brand.awareness == before + 0.5
    person = market.people[10]
    person.uses_mall = False
    assert len(person.considered(QUIET)[3]) == 1


def test_small_levers():
    market, (first, second, third) = governed(
        PostLimit(limit=3), Exodus(share=1.0, start_week=1), CommissionBan(levels=1), Authorisation(badge=4.0)
    )
    first.posts, third.posts = 10, 2
    person = market.people[10]
    person.is_naive = False
    trust, k = market.parameters.trust.start_resale, market.parameters.trust.prior_weight
    assert person.belief(first) == pytest.approx((k * single(trust) + 4) / (k + 4))
    market.prepare_shops()
    assert [shop.n_posts for shop in (first, third)] == [3, 2]
    entry = turnover.Entry(person, market.brands[0], third, 12967, 1)
    turnover.open_shop(market, entry)
    bonus = round(market.parameters.shops.bonus * 12967)
    assert third.income_recruits == 12967 - 10806 + bonus
    assert [shop.income_recruits for shop in (first, second)] == [9005 - 7504, 10806 - 9005]  # no bonus
    market.week = 1
    market.set_rules()
    market.prepare_shops()
    assert {shop.platform for shop in market.open_shops()} == {Venue.RESALE_RIVAL}
    assert person.belief(first) == pytest.approx(single(trust * market.parameters.trust.spill_over))


def test_effort_needs_a_higher_return_under_ambiguity():
    given = brands(
        known_initially=0.5, effort=0.5, effort_spread=0.0, effort_step=0.05, hurdle=1.0, hurdle_ambiguity=1.0,
        advertising_cost=1.0,
    )  # fmt: skip
    for sigma, effort in ((0.0, 0.55), (1.0, 0.5)):
        market, _ = governed(Stance(sigma=sigma, burst_share=1.0), brands=given)
        market.direct[0].sales_smoothed = 0.14  # worth 2.5 yuan, see test_shops_by_hand.py; hurdles 2 and 3
        makers.review_effort(market, market.brands[0])
        assert market.brands[0].effort == pytest.approx(effort)
