"""Twin worlds: the same people, the same luck, whatever the machine does and whatever else differs."""

import dataclasses
import pickle

import numpy as np
import pytest

from sim.model import Market
from sim.network import Network
from sim.parameters import Bazaar, Brands, Parameters, Platform, Population, Scandal, Shops, Trust
from sim.population import State
from tests.worlds import LIVELY, assert_same_state, columns, without_friends


@pytest.fixture(scope="module")
def straight():
    """A lively town after 30 weeks."""
    return Market(parameters=LIVELY, seed=3).run(30)


def test_every_path_is_walked(straight):
    """Guard: equality below is only worth something if these things happen in this town."""
    total = {name: sum(getattr(tally, name) for tally in straight.tallies) for name in straight.tallies[0]._fields}
    assert (np.delete(total["units"], 1) > 100).all()
    assert min(total["units"][1], total["moved"][0]) > 0
    assert (total["units_by_tier"][:3] > 20).all()
    assert min(total["muted"][0], total["refunded"][0], total["fakes"][0], total["from_friends"][0]) > 5
    assert straight.people.knows.any()
    shops = straight.shops
    assert min(shops.income_from_wholesale.sum(), shops.income_from_recruits.sum()) > 0
    assert min(total[name][0] for name in ("opened", "campaigns", "detected", "purged", "suspended", "likes")) > 5
    assert (total["closed"] > 0)[[0, 2]].all()
    assert (shops.closed_week >= 0).sum() > 10
    assert min(np.delete(total["complaints"], 1).min(), total["stocked_fakes"].sum(), total["written_off"].sum()) > 0


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_and_chunks_do_not_matter(straight, threads):
    assert_same_state(straight, Market(parameters=LIVELY, seed=3, threads=threads).run(30))


def test_a_fork_without_change_equals_the_straight_run(straight):
    market = Market(parameters=LIVELY, seed=3).run(12)
    twin = market.fork()
    market.run(18)
    assert twin.week == 12
    twin.run(18)
    assert_same_state(straight, market)
    assert_same_state(straight, twin)
    assert twin.time == market.time


def test_a_fork_with_a_change_shares_the_past_and_only_the_past():
    market = Market(parameters=LIVELY, seed=3).run(12)
    twin = market.fork(scandals=[Scandal(week=20, venue="resale_wechat", cut=0.5)])
    market.run(8)
    twin.run(8)
    assert_same_state(market, twin)
    market.run(6)
    twin.run(6)
    assert (market.people.trust[:, 0] != twin.people.trust[:, 0]).mean() > 0.9
    assert market.tallies[-1].units[0] > twin.tallies[-1].units[0]


def test_an_event_after_the_end_or_without_force_changes_nothing(straight):
    for scandal in (Scandal(week=30, cut=0.9), Scandal(week=4, cut=0.0)):
        parameters = dataclasses.replace(LIVELY, scandals=(scandal,))
        assert_same_state(straight, Market(parameters=parameters, seed=3).run(30))


def test_restore_brings_everything_back(straight):
    market = Market(parameters=LIVELY, seed=3).run(10)
    saved = market.snapshot()
    market.run(9)
    market.restore(saved)
    assert market.week == 10
    assert_same_state(straight, market.run(20))


def test_a_pickled_market_goes_on_alike(straight):
    market = pickle.loads(pickle.dumps(Market(parameters=LIVELY, seed=3).run(10)))
    assert_same_state(straight, market.run(20))


def test_the_seed_matters(straight):
    other = Market(parameters=LIVELY, seed=4).run(30)
    assert not np.array_equal(other.people.trust, straight.people.trust)


def permuted(market, order):
    """Return a market whose rows of people are stored in another order; keys stay."""
    row_of = np.argsort(order)
    old = market.network
    lengths = old.degrees[order]
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    lists = [row_of[old.neighbours[old.offsets[row] : old.offsets[row + 1]]] for row in order]
    network = Network(offsets, np.concatenate(lists).astype(np.int32))
    people = type(market.people)(*(column[order] for column in market.people))
    shops = market.shops._replace(owner_row=row_of[market.shops.owner_row].astype(np.int32))
    state = State(people, shops, market.listings, market.brands)
    return Market(parameters=market.parameters, seed=market.seed, network=network, state=state)


def test_the_order_of_rows_does_not_matter(straight):
    order = np.random.default_rng(0).permutation(600)
    moved = permuted(Market(parameters=LIVELY, seed=3), order).run(30)
    for name, column in columns(straight.people).items():
        np.testing.assert_array_equal(column[order], getattr(moved.people, name), err_msg=name)
    for one, another in zip(straight.tallies, moved.tallies, strict=True):
        for name, counts in columns(one).items():
            np.testing.assert_array_equal(counts, getattr(another, name), err_msg=name)


QUIET = Parameters(
    population=Population(n_people=4_000, need_per_week=3),
    brands=Brands(n_brands=4, known_initially=0.5),
    shops=Shops(initial_strangers=0, posts_per_week=0),
    trust=Trust(n_friends_told=0),
    platform=Platform(rating_weight_elsewhere=0),
)
"""No follows, no friends, no public ratings: people do not touch each other."""


def choices(market):
    """Return buyer -> (venue, listing, price) of this week's orders."""
    orders = market.orders
    chosen = zip(orders.venue.tolist(), orders.listing.tolist(), orders.price.tolist(), strict=True)
    return dict(zip(orders.buyer.tolist(), chosen, strict=True))


def test_removing_an_offer_changes_only_those_who_had_chosen_it():
    whole = Market(parameters=QUIET, seed=1, network=without_friends(4_000))
    fewer = Market(parameters=QUIET, seed=1, network=without_friends(4_000))
    n_brands, removed = 4, 2 * 4 + 9  # the second bazaar seller of brand 1 asks a price no one pays
    fewer.listings.price[removed] = 10**9
    whole.step()
    fewer.step()
    before, after = choices(whole), choices(fewer)
    chose_it = {buyer for buyer, choice in before.items() if choice[1] == removed}
    assert len(chose_it) > 20
    assert n_brands == whole.brands.quality.size
    assert {buyer: c for buyer, c in before.items() if buyer not in chose_it} == {
        buyer: c for buyer, c in after.items() if buyer not in chose_it
    }
    assert not any(choice[1] == removed for choice in after.values())


def test_people_whom_a_change_does_not_reach_are_equal_to_the_last_bit():
    changed = dataclasses.replace(QUIET, bazaar=Bazaar(markup=0.9))
    one, other = (Market(parameters=p, seed=1, network=without_friends(4_000)).run(40) for p in (QUIET, changed))
    untouched = ~one.people.uses_bazaar
    assert 500 < untouched.sum() < 3_500
    for name, column in columns(one.people).items():
        np.testing.assert_array_equal(column[untouched], getattr(other.people, name)[untouched], err_msg=name)
    touched = one.people.spent[~untouched] != other.people.spent[~untouched]
    assert touched.mean() > 0.5


def test_one_more_person_changes_nobody_else():
    parameters = dataclasses.replace(QUIET, population=dataclasses.replace(QUIET.population, n_people=4_001))
    one = Market(parameters=QUIET, seed=1, network=without_friends(4_000)).run(20)
    more = Market(parameters=parameters, seed=1, network=without_friends(4_001)).run(20)
    for name in ("value", "trust", "spent", "surplus", "is_naive"):
        np.testing.assert_array_equal(getattr(one.people, name), getattr(more.people, name)[:-1], err_msg=name)
