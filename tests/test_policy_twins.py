"""Policies in twin worlds: without force they change nothing, to the last bit; with force, only what follows."""

import dataclasses

import pytest

import sim
from sim.fields import ParameterError
from sim.model import Market
from sim.parameters import Campaigns
from sim.policies import catalogue
from sim.policies.friend_limit import FriendLimit
from sim.policies.like_ban import LikeBan
from sim.policies.registration import Registration
from sim.policies.stance import Stance
from tests.worlds import LIVELY, assert_same_state

TOWN = dataclasses.replace(
    LIVELY,
    shops=dataclasses.replace(LIVELY.shops, strangers_per_week=20.0),
    campaigns=Campaigns(campaign_rate=0.3),
)
"""The lively town with shops that grow fast, in every way that policies look at."""

WEEKS, SEED = 24, 3
STRONG = {
    "friend_limit": FriendLimit(limit=30),
    "like_ban": LikeBan(detection=0.9, remove_followers=True),
    "registration": Registration(threshold=500),
    "stance": Stance(),
}
BITING = {name: STRONG.get(name) or cls() for name, cls in catalogue().items()}
"""Each policy so strong that the town feels it; some do not with their defaults."""

every_policy = pytest.mark.parametrize("name", sorted(catalogue()))


def town(*policies):
    """Return the town under policies, in week 0."""
    return Market(parameters=dataclasses.replace(TOWN, policies=policies), seed=SEED)


@pytest.fixture(scope="module")
def baseline():
    """The town without policies, at the end of its run."""
    return town().run(WEEKS)


@every_policy
def test_a_policy_in_force_is_felt(name, baseline):
    """Guard: equality below is only worth something if the policy does something."""
    under = town(BITING[name]).run(WEEKS)
    with pytest.raises(AssertionError):
        assert_same_state(baseline, under)


@every_policy
def test_a_policy_without_intensity_changes_nothing(name, baseline):
    without = dataclasses.replace(BITING[name], schedule=((0, 0.0),))
    assert_same_state(baseline, town(without).run(WEEKS))


@every_policy
def test_a_policy_that_starts_after_the_end_changes_nothing(name, baseline):
    late = dataclasses.replace(BITING[name], start_week=WEEKS)
    assert_same_state(baseline, town(late).run(WEEKS))


@every_policy
def test_a_policy_that_starts_later_shares_the_past_and_only_the_past(name):
    market, under = town(), town(dataclasses.replace(BITING[name], start_week=8))
    assert_same_state(market.run(8), under.run(8))
    with pytest.raises(AssertionError):
        assert_same_state(market.run(WEEKS - 8), under.run(WEEKS - 8))


@every_policy
def test_a_fork_with_a_policy_equals_the_run_in_which_it_starts_there(name):
    fields = {each.name: getattr(BITING[name], each.name) for each in dataclasses.fields(BITING[name])}
    given = {key: value for key, value in fields.items() if key != "start_week"}
    twin = town().run(8).fork(policies={name: given})
    assert twin.parameters.policies == (dataclasses.replace(BITING[name], start_week=8),)
    straight = town(dataclasses.replace(BITING[name], start_week=8)).run(WEEKS)
    assert_same_state(straight, twin.run(WEEKS - 8))


@every_policy
def test_a_fork_without_a_policy_equals_the_run_in_which_it_ends_there(name):
    twin = town(BITING[name]).run(8).fork(policies={name: "off"})
    assert_same_state(town(dataclasses.replace(BITING[name], end_week=8)).run(WEEKS), twin.run(WEEKS - 8))


def test_a_fork_keeps_the_policies_that_it_does_not_name():
    market = town(*BITING.values()).run(8)
    assert market.fork().parameters.policies == tuple(BITING.values())
    twin = market.fork(policies={"friend_limit": {"limit": 25}})
    ended, begun = dataclasses.replace(BITING["friend_limit"], end_week=8), FriendLimit(start_week=8, limit=25)
    others = [each for name, each in BITING.items() if name != "friend_limit"]
    assert set(twin.parameters.policies) == {ended, begun, *others}
    assert_same_state(market, twin)


def test_policies_combine_in_any_order(baseline):
    one, other = (town(*order).run(WEEKS) for order in (BITING.values(), reversed(BITING.values())))
    assert_same_state(one, other)


def test_a_market_takes_policies_as_a_scenario_file_does():
    market = sim.market("classroom", seed=SEED, policies={"friend_limit": {"limit": 20}})
    assert market.parameters.policies == (FriendLimit(limit=20),)
    with pytest.raises(ParameterError, match="nearest is policies.friend_limit"):
        market.fork(policies={"friend_limt": {"limit": 20}})


def test_the_rules_of_the_week_follow_the_policies():
    market = town(dataclasses.replace(BITING["friend_limit"], start_week=1, end_week=2))
    limits = []
    for _ in range(3):
        market.step()
        limits.append(market.rules.contact_limit)
    assert limits[1] == 30
    assert limits[0] == limits[2] > 10**9
