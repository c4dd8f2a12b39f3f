"""The life of shops: single mechanisms against numbers and probabilities worked out by hand."""

import dataclasses
import math

import numpy as np
import pytest

from sim.ledger import Account, empty_tally
from sim.mechanisms import enforcement, exits, growth, recruitment, sourcing
from sim.model import Market
from sim.parameters import Parameters, Venue
from sim.pricing import catalogue
from sim.pricing.base import Sellers
from sim.rules import PERMANENT
from tests.worlds import LIVELY


def town(**rules):
    """Return a lively town after three weeks, and a week of it under amended rules."""
    market = Market(parameters=LIVELY, seed=1).run(3)
    return market, week_of(market, **rules)


def week_of(market, **rules):
    """Return this week of a market under amended rules."""
    market.rules = dataclasses.replace(market.rules, **rules)
    return market.this_week(empty_tally(market.parameters.brands.n_brands))


def sellers(**columns):
    """Return one seller at a review."""
    usual = {"price": 150_00, "unit_cost": 100_00, "markup": 0.5, "stock": 10, "sales": 1.0, "units": 4}
    usual |= {"channel_units": 10, "needs": 100, "income": 200, "income_before": 100, "direction": 1}
    kinds = {"markup": np.float32, "sales": np.float64, "direction": np.int8}
    values = usual | columns
    return Sellers(
        **{
            name: value if name in ("channel_units", "needs") else np.array([value], kinds.get(name, np.int64))
            for name, value in values.items()
        }
    )


@pytest.mark.parametrize(
    ("rule", "columns", "price"),
    [
        ("fixed", {}, 150_00),
        ("cost_plus", {}, 150_00),
        ("cost_plus", {"stock": 27}, 147_50),  # more than 26 weeks' sales
        ("cost_plus", {"stock": 0}, 152_50),
        ("cost_plus", {"stock": 0, "sales": 0.0}, 150_00),
        ("cost_plus", {"stock": 0, "markup": 2.0}, 300_00),  # the largest mark-up
        ("best_response", {"channel_units": 0}, 150_00),
        ("hill_climb", {}, 154_50),
        ("hill_climb", {"income": 50}, 145_50),
        ("hill_climb", {"income": 50, "price": 101_00}, 100_00),
    ],
)
def test_pricing_rules(rule, columns, price):
    prices, markups = catalogue()[rule]().prices(sellers(**columns), Parameters())
    assert prices.tolist() == [price]
    assert markups[0] == pytest.approx(price / 100_00 - 1, abs=1e-6)


def profit_a_need(price, *, cost=100.0, today=150.0, share=0.04, of_channel=0.1, scale=0.6, alpha=0.02):
    """A nested-logit seller's profit a need if only its price changes, from its shares at today's price."""
    others = of_channel * (1 - share / of_channel)  # in units of the inclusive sum of today
    own = share * np.exp(-alpha * (price - today) / scale)
    pull = ((own + others) / of_channel) ** scale * of_channel / (1 - of_channel)
    return (price - cost) * own / (own + others) * pull / (1 + pull)


def test_best_response_is_the_most_profitable_price():
    prices, markups = catalogue()["best_response"]().prices(sellers(), Parameters())
    tried = np.arange(101, 300, 0.01)
    assert prices[0] / 100 == pytest.approx(tried[profit_a_need(tried).argmax()], abs=0.011)
    assert markups[0] == pytest.approx(prices[0] / 100_00 - 1, abs=1e-6)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 1.5])
def test_ambiguity_spreads_perceived_risk_around_the_same_mean(sigma):
    _, week = town(ambiguity=sigma)
    shop = np.zeros(200_000, np.int64)
    from scipy.special import ndtri

    bias = ndtri((np.arange(shop.size) + 0.5) / shop.size)
    people = week.people._replace(risk_bias=bias.astype(np.float32))
    shops = week.shops._replace(owner_row=np.arange(shop.size), platform=np.zeros(shop.size, np.int32))
    state = week.state._replace(people=people, shops=shops)
    perceived = week._replace(state=state).perceived(0.01, np.arange(shop.size))
    assert perceived.mean() == pytest.approx(0.01, rel=0.01)
    gain, fine = 1.0, 80.0  # violates where gain > perceived risk * fine
    share = (gain > perceived * fine).mean()
    x = (math.log(gain / (fine * 0.01)) + sigma**2 / 2) / sigma
    assert share == pytest.approx(0.5 * math.erfc(-x / math.sqrt(2)), abs=0.001)


def test_a_shop_cheats_if_repeat_custom_is_worth_less_than_the_gain():
    _, week = town()
    shops, people = week.shops, week.people
    shop = week.open_shops()
    shops.opened_week[shop] = week.number - 4
    shops.sales_smoothed[shop] = 2.0
    people.conscience[:] = 10.0
    people.patience[:] = 0.0
    sourcing.choose_lots(week)
    assert shops.buys_fakes[shop].all()
    people.patience[:] = 100.0
    sourcing.choose_lots(week)
    assert not shops.buys_fakes[shop].any()
    people.patience[:], people.conscience[:] = 0.0, 1e6
    sourcing.choose_lots(week)
    assert not shops.buys_fakes[shop].any()


def test_between_reviews_nothing_is_decided():
    _, week = town()
    week.shops.opened_week[:] = week.number - 3
    before = week.shops.buys_fakes.copy()
    week.shops.sales_smoothed[:] = 50.0
    sourcing.choose_lots(week)
    np.testing.assert_array_equal(before, week.shops.buys_fakes)


def test_the_ladder_is_climbed_step_by_step():
    _, week = town(ladder=(1, 2, 4, PERMANENT))
    shop = week.open_shops()[:1]
    owner = week.shops.owner_row[shop[0]]
    week.people.strikes[owner] = 0
    until = []
    for _ in range(4):
        enforcement.sanction(week, shop)
        until.append(int(week.shops.suspended_until[shop[0]]) - week.number - 1)
    assert until == [1, 2, 4, 4]
    assert week.people.strikes[owner] == 4
    assert week.people.is_banned[owner]
    exits.close_shops(week)
    assert week.shops.closed_week[shop[0]] == week.number
    assert week.tally.closed.tolist()[exits.BANNED] == 1


def test_contacts_never_exceed_the_limit_and_a_purge_cuts_strangers_first():
    _, week = town(contact_limit=25, purges_contacts=True)
    shops, people = week.shops, week.people
    large = int(np.argmax(shops.n_contacts))
    held = people.slot_shop == large
    friends = int((held & people.slot_is_friend).sum())
    assert shops.n_contacts[large] > 25
    growth.purge(week)
    growth.grow(week)
    assert shops.n_contacts.max() <= 25
    kept = people.slot_shop == large
    assert (kept & people.slot_is_friend).sum() == min(friends, 25)


def test_a_suspended_shop_posts_nothing_and_comes_to_nobodys_mind():
    market = Market(parameters=LIVELY, seed=1).run(3)
    market.shops.suspended_until[:] = 99
    market.step()
    assert market.shops.n_posts.sum() == 0
    assert market.tallies[-1].units[:2].sum() == 0
    assert market.tallies[-1].units[2:].sum() > 50


def test_closing_pays_salvage_and_hands_the_rest_to_the_owner():
    _, week = town()
    shops, people = week.shops, week.people
    shop = week.open_shops()[:1]
    owner = shops.owner_row[shop[0]]
    shops.stock_genuine[shop], shops.stock_fake[shop], shops.cost_of_fakes[shop] = 10, 4, 4_000
    shops.unit_cost[shop], shops.cash[shop], people.wealth[owner] = 6_000, -50_000, 1_000.0
    exits.settle(week, shop)
    salvage = round(0.2 * (60_000 + 4_000))
    assert shops.cash[shop[0]] == -50_000 + salvage
    assert people.wealth[owner] == pytest.approx(1_000 - 500 + salvage / 100)
    assert people.shop[owner] == -1
    assert week.tally.loss_on_stock[0] == 64_000 - salvage
    assert not (people.slot_shop == shop[0]).any()


def test_shops_below_a_closed_one_are_supplied_by_its_first_open_ancestor():
    closed = np.array([-1, 5, 5, -1, -1], np.int32)
    upline = np.array([-1, 0, 1, 2, 3], np.int32)
    exits.reattach(closed, upline)
    assert upline.tolist() == [-1, 0, 1, 0, 3]


def test_recruits_join_with_the_logit_probability():
    recruiting = dataclasses.replace(LIVELY.recruitment, look=1.0, agents_recruited=0.0)
    given = dataclasses.replace(LIVELY, recruitment=recruiting, policies=())
    market = Market(parameters=given, seed=1)
    people, shops = market.people, market.shops
    shops.profit_smoothed[:], people.outside_income[:], people.wealth[:] = 30.0, 100.0, 1e6
    shops.unit_cost[:], shops.tier[:] = 10_000, 2
    people.slot_shop[:, 1:] = -1
    candidates = (people.slot_shop[:, 0] >= 0) & (people.shop < 0)
    found = recruitment.find_recruits(week_of(market))
    entry = 6 * 120.0 / 26
    x = (20 * 30.0 - entry - 100.0) / (given.recruitment.choosiness * 100.0)
    expected = 1 / (1 + math.exp(-x))
    n = int(candidates.sum())
    assert n > 100
    assert found.person.size / n == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / n) + 1e-9)
    assert set(found.tier) == {3}
    assert set(found.unit_cost) == {12_000}


def test_bonuses_are_paid_for_as_many_levels_as_the_plan_pays():
    recruiting = dataclasses.replace(LIVELY.recruitment, look=1.0, hype=100.0, agents_recruited=0.0)
    market = Market(parameters=dataclasses.replace(LIVELY, recruitment=recruiting, policies=()), seed=1)
    week, old = week_of(market), market.shops.owner.size
    market.people.wealth[:], market.shops.profit_smoothed[:] = 1e6, 100.0
    shops = recruitment.recruit(week)
    new = np.arange(old, shops.owner.size)
    assert new.size > 20
    levels = np.minimum(shops.tier[new] - 1, 2)
    assert set(levels) == {1, 2}
    bonus = np.rint(0.05 * 6 * shops.unit_cost[new])
    assert week.tally.flow[Account.BRANDS, Account.SHOPS] == (levels * bonus).sum()
    np.testing.assert_array_equal(shops.n_recruits[:old], np.bincount(shops.upline[new], minlength=old))


def test_a_person_opens_at_most_once_a_year_and_never_after_a_ban():
    recruiting = dataclasses.replace(LIVELY.recruitment, look=1.0, hype=100.0)
    market = Market(parameters=dataclasses.replace(LIVELY, recruitment=recruiting, policies=()), seed=1)
    people = market.people
    people.wealth[:], market.shops.profit_smoothed[:] = 1e6, 100.0
    people.is_banned[:300], people.last_opening[300:450] = True, -1
    people.last_opening[450:] = 0
    found = recruitment.find_recruits(week_of(market)).person
    assert found.size > 20
    assert found.min() >= 300
    assert found.max() < 450


def test_shops_flee_to_the_rival_platform_when_enforcement_costs_more_than_followers():
    risky = dataclasses.replace(
        LIVELY,
        sourcing=dataclasses.replace(LIVELY.sourcing, horizon=0.0, learnt_risk=0.03),
        population=dataclasses.replace(LIVELY.population, conscience_median=0.01, conscience_sigma=0.0),
        policies=(),
    )
    safe = dataclasses.replace(risky, sourcing=dataclasses.replace(risky.sourcing, learnt_risk=0.0))
    fled = Market(parameters=risky, seed=1).run(20)
    stayed = Market(parameters=safe, seed=1).run(20)
    assert sum(tally.moved[0] for tally in fled.tallies) > 5
    assert sum(tally.moved[0] for tally in stayed.tallies) == 0
    on_rival = (fled.shops.platform == Venue.RESALE_RIVAL) & (fled.shops.closed_week < 0)
    followers = np.isin(fled.people.slot_shop, np.flatnonzero(on_rival)).any(axis=1)
    assert fled.people.uses_rival[followers].all()
