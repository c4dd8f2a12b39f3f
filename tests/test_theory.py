"""Closed forms on the production market, configured into the limit where they are exact."""

import dataclasses
import math

import numpy as np
import pytest

from sim.model import Market
from sim.network import Network
from sim.parameters import (
    Bazaar,
    Brands,
    Demand,
    Parameters,
    Population,
    Shops,
    Trust,
)

ALIKE = Population(
    n_people=60_000,
    value_sigma=0,
    need_per_week=10,
    need_shape=100,
    demand_growth_per_year=0,
    share_using_bazaar=1,
    share_using_mall=1,
)
NO_LEARNING = Trust(gain_good=0, gain_bad=0, n_friends_told=0, overpayment_penalty=0)


def without_friends(n_people):
    return Network(np.zeros(n_people + 1, np.int64), np.empty(0, np.int32))


def nested_logit(utilities, dissimilarity):
    """Shares of the alternatives in `utilities`, a list of nests, against an outside option of 0."""
    inclusive = [sum(math.exp(v / dissimilarity) for v in nest) for nest in utilities]
    total = 1 + sum(value**dissimilarity for value in inclusive)
    return [
        [math.exp(v / dissimilarity) / value * value**dissimilarity / total for v in nest]
        for nest, value in zip(utilities, inclusive, strict=True)
    ]


@pytest.mark.parametrize("dissimilarity", [0.3, 0.6, 0.9, 1.0])
def test_choice_shares_follow_the_nested_logit(dissimilarity):
    parameters = Parameters(
        population=ALIKE,
        trust=NO_LEARNING,
        brands=Brands(n_brands=2, known_initially=1),
        bazaar=Bazaar(sellers_at_most=1, sellers_per_brand=1, share_fakes=0),
        shops=Shops(initial_strangers=0, posts_per_week=0),
        demand=Demand(dissimilarity=dissimilarity),
    )
    market = Market(parameters=parameters, network=without_friends(60_000), seed=5)
    market.step()
    assert market.tallies[0].needs[0] > 59_900
    people, listings = market.people, market.listings
    alpha, value = float(people.price_sensitivity[0]), float(people.value[0])
    refund, hassle = parameters.platform, parameters.demand
    terms = {2: (refund.refund_direct, hassle.hassle_direct), 3: (refund.refund_bazaar, hassle.hassle_bazaar)}
    terms[4] = (refund.refund_mall, hassle.hassle_mall)
    utilities = [[], [], []]
    order = [[], [], []]
    for row, venue in enumerate(listings.venue):
        trust, price = float(people.trust[0, venue]), listings.price[row] / 100
        back, effort = terms[int(venue)]
        utilities[venue - 2].append(alpha * (value * trust + back * (1 - trust) * price - price - effort))
        order[venue - 2].append(row)
    expected = nested_logit(utilities, dissimilarity)
    for nest, rows in zip(expected, order, strict=True):
        for share, row in zip(nest, rows, strict=True):
            observed = (market.orders.listing == row).mean() * market.orders.listing.size / 60_000
            assert observed == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 60_000))


def test_experienced_surplus_is_the_logsum_when_beliefs_are_true():
    quality = 0.8
    parameters = Parameters(
        population=ALIKE,
        trust=Trust(start_direct=quality, gain_good=0, gain_bad=0, n_friends_told=0),
        brands=Brands(n_brands=1, known_initially=1, quality_low=quality, quality_high=quality),
        bazaar=Bazaar(sellers_at_most=0),
        shops=Shops(initial_strangers=0, posts_per_week=0),
    )
    parameters = dataclasses.replace(parameters, population=dataclasses.replace(ALIKE, share_using_mall=0))
    market = Market(parameters=parameters, network=without_friends(60_000), seed=5)
    market.step()
    alpha, value = float(market.people.price_sensitivity[0]), float(market.people.value[0])
    price, trust = market.listings.price[0] / 100, float(market.people.trust[0, 2])
    chance = 4 * trust / 4
    back = parameters.platform.refund_direct
    v = alpha * (value * chance + back * (1 - chance) * price - price - parameters.demand.hassle_direct)
    per_need = math.log(1 + math.exp(v)) / alpha
    needs = market.tallies[0].needs[0]
    assert market.tallies[0].surplus.sum() / 1e6 / needs == pytest.approx(per_need, rel=1e-6)
    assert market.tallies[0].informed_surplus[0] / 1e6 / needs == pytest.approx(per_need, rel=1e-6)


@pytest.mark.parametrize(("quality", "gain_good", "gain_bad"), [(0.8, 0.05, 0.15), (0.6, 0.1, 0.1), (0.9, 0.02, 0.2)])
def test_trust_settles_at_its_stationary_mean(quality, gain_good, gain_bad):
    """Everyone buys every week at the mall: T has mean g_good q / (g_good q + g_bad (1-q))."""
    parameters = Parameters(
        population=Population(
            n_people=3_000, value_median=50_000, need_per_week=10, need_shape=100, share_using_mall=1,
            share_using_bazaar=0, demand_growth_per_year=0,
        ),
        trust=Trust(gain_good=gain_good, gain_bad=gain_bad, n_friends_told=0, overpayment_penalty=0),
        brands=Brands(n_brands=1, quality_low=quality, quality_high=quality, known_initially=0, reach_per_medium=0),
        shops=Shops(initial_strangers=0, posts_per_week=0),
    )  # fmt: skip
    market = Market(parameters=parameters, network=without_friends(3_000), seed=2)
    market.run(200)
    assert market.tallies[-1].units[4] > 2_900
    trust = np.concatenate([market.step() or market.people.trust[:, 4] for _ in range(20)])
    expected = gain_good * quality / (gain_good * quality + gain_bad * (1 - quality))
    assert trust.mean() == pytest.approx(expected, abs=5 * float(trust.std()) / math.sqrt(3_000))


def test_awareness_by_advertising_alone_follows_its_hazard():
    """Without word of mouth the share that knows a store in week w is 1 - (1-k)(1-r)^(m w)."""
    parameters = Parameters(
        population=ALIKE,
        trust=NO_LEARNING,
        brands=Brands(
            n_brands=1, known_initially=0.1, reach_per_medium=0.02, n_media=3, effort=1, effort_spread=0, effort_step=0
        ),
        bazaar=Bazaar(sellers_at_most=0),
        shops=Shops(initial_strangers=0, posts_per_week=0),
        demand=Demand(hassle_direct=-10_000),
    )
    parameters = dataclasses.replace(parameters, population=dataclasses.replace(ALIKE, share_using_mall=0))
    market = Market(parameters=parameters, network=without_friends(60_000), seed=5)
    for week in range(12):
        market.step()
        expected = 1 - 0.9 * 0.98 ** (3 * week)
        observed = market.orders.buyer.size / market.tallies[-1].needs[0]
        assert observed == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 59_900))
    assert (market.orders.venue == 2).all()
