"""Spill-over: whom policies reach by their rules, whom only through others, and where twins part."""

import dataclasses

import numpy as np
import pytest

from sim.model import Market
from sim.parameters import Bazaar, Brands
from sim.policies import catalogue
from sim.study.spillover import GROUPS, first_difference, has_changed, spill_over
from tests.worlds import LIVELY


def twins(policies, weeks=12, **world):
    """Return a market and its twin with policies, after some weeks, not yet apart."""
    market = Market(parameters=dataclasses.replace(LIVELY, policies=()), seed=2, **world).run(weeks)
    return market.fork(), market.fork(policies=policies)


def test_every_policy_says_whom_it_reaches():
    assert {policy.reaches for policy in catalogue().values()} <= set(GROUPS)


def test_groups_hold_everybody_once_and_their_changes_are_the_whole_change():
    one, other = twins({"inspection": {"rate": 0.3}})
    one.run(20)
    other.run(20)
    table = spill_over(one, other).set_index("reached")
    assert table.n_people.sum() == 600
    assert min(table.n_people["through others"], table.n_people["directly"]) > 20
    whole = (other.people.surplus.sum() - one.people.surplus.sum()) / 1e6 / (one.week / 52)
    assert (table.n_people * table.consumer_surplus).sum() == pytest.approx(whole)
    untouched = ~has_changed(one, other)
    np.testing.assert_array_equal(one.people.spent[untouched], other.people.spent[untouched])
    assert table.loc["not at all", ["consumer_surplus", "spending", "trust.resale"]].abs().sum() == 0


def test_a_policy_without_effect_reaches_nobody():
    one, other = twins({"friend_limit": {"limit": 100_000}})
    assert first_difference(one, other, 5) is None
    table = spill_over(one, other).set_index("reached")
    assert table.n_people["not at all"] == 600


def test_where_people_do_not_touch_each_other_nobody_is_reached_through_others():
    given = dataclasses.replace(
        LIVELY,
        policies=(),
        shops=dataclasses.replace(LIVELY.shops, posts_per_week=0),
        trust=dataclasses.replace(LIVELY.trust, n_friends_told=0),
        exit=dataclasses.replace(LIVELY.exit, disappointment=0),
        brands=Brands(n_brands=5, effort_step=0, imitation=0),
        bazaar=Bazaar(sellers_at_most=0),
        platform=dataclasses.replace(LIVELY.platform, rating_weight_elsewhere=0),
    )
    one, other = Market(parameters=given, seed=2), Market(parameters=given, seed=2).fork(policies={"mall_entry": True})
    one.run(30)
    other.run(30)
    table = spill_over(one, other).set_index("reached")
    assert table.n_people["directly"] > 50
    assert table.consumer_surplus["directly"] > 0
    assert table.n_people["through others"] == 0


@pytest.mark.parametrize(
    ("policies", "says"),
    [
        ({"entry_deposit": {}}, "held a deposit only with the policies"),
        ({"like_ban": {"detection": 1.0}}, "was suspended only with the policies"),
        ({"post_limit": {"limit": 1}}, "posted less with the policies"),
        ({"exodus": {"share": 1.0}}, "moved to the rival platform only with the policies"),
        ({"mall_entry": {"share": 1.0}}, "with the policies"),
    ],
)
def test_the_first_difference_is_told_in_a_line(policies, says):
    difference = first_difference(*twins(policies), 8)
    assert difference is not None
    assert says in difference.line or "with them" in difference.line
    assert difference.line.startswith(f"week {difference.week}: ")
    assert "\n" not in difference.line
