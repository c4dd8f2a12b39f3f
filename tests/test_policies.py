"""What every policy promises: it says what it is, acts when it should, and changes only its levers."""

import dataclasses

import pytest
import yaml

from sim.fields import MAX_WEEKS, ParameterError
from sim.parameters import Parameters
from sim.policies import catalogue
from sim.policies.base import Policy, blended, limit_at
from sim.policies.friend_limit import FriendLimit
from sim.policies.like_ban import LikeBan
from sim.rules import NO_LIMIT, PERMANENT, Rules, neutral
from sim.scenario import build, departures, to_mapping

RULES = neutral(Parameters(), mean_degree=182.0)
TAGS = {"measured", "theory", "design", "assumption"}
TEXTS = {"ladder": ("30 permanent", "3")}
"""Values of fields of text for which no choices are declared."""

POLICIES = sorted(catalogue().items())
FIELDS = [(name, declared) for name, cls in POLICIES for declared in dataclasses.fields(cls)]

every_policy = pytest.mark.parametrize("cls", [cls for _, cls in POLICIES], ids=[name for name, _ in POLICIES])


def own_fields(cls):
    """Return the fields that a policy has beside those of all policies."""
    common = {declared.name for declared in dataclasses.fields(Policy)}
    return [declared for declared in dataclasses.fields(cls) if declared.name not in common]


def variants(cls):
    """Yield policies of which one field has each of its choices, or an end or the middle of its range."""
    yield cls()
    for declared in own_fields(cls):
        low, high, values = declared.metadata["low"], declared.metadata["high"], declared.metadata["choices"]
        if declared.type is bool:
            values = (False, True)
        elif low is not None:
            middle = (low + high) / 2
            values = (low, high, int(middle) if "int" in str(declared.type) else middle)
        for value in values or TEXTS.get(declared.name, ()):
            yield cls(**{declared.name: value})


def changed(rules):
    """Return the names of the rules that differ from those without policies."""
    return {each.name for each in dataclasses.fields(Rules) if getattr(rules, each.name) != getattr(RULES, each.name)}


# what it says of itself -----------------------------------------------------------------------


def test_the_policies_there_are():
    assert {"friend_limit", "like_ban"} <= set(catalogue())
    assert all(issubclass(cls, Policy) and cls.name() == name for name, cls in POLICIES)


@every_policy
def test_it_says_what_it_is_what_it_stands_for_and_where_that_is_found(cls):
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{cls.__name__}(")  # what dataclass writes where there is none
    assert cls.__doc__.partition("\n")[0].endswith(".")
    for text in (cls.counterpart, cls.source):
        assert len(text) > 10
        assert "\n" not in text
    assert set(cls.levers) <= {each.name for each in dataclasses.fields(Rules)}
    assert cls.levers


@pytest.mark.parametrize(("name", "declared"), FIELDS, ids=lambda each: getattr(each, "name", each))
def test_every_field_says_what_it_is(name, declared):
    facts = declared.metadata
    assert [key for key in ("meaning", "unit", "source") if not facts.get(key)] == [], f"{name}.{declared.name}"
    assert facts["tag"] in TAGS
    if declared.type in (int, float, int | None, float | None):
        assert facts["low"] < facts["high"]
        assert declared.default is None or facts["low"] <= declared.default <= facts["high"]
    elif declared.type is str:
        assert declared.default in (facts["choices"] or [declared.default])


# when it acts ---------------------------------------------------------------------------------


@every_policy
def test_it_acts_from_its_start_to_before_its_end(cls):
    policy = cls(start_week=10, end_week=20)
    assert [week for week in range(40) if policy.intensity(week)] == list(range(10, 20))
    for week in (0, 9, 20, MAX_WEEKS):
        assert policy.amend(RULES, week) is RULES
    assert cls(start_week=10).intensity(MAX_WEEKS) == 1
    assert cls().amend(RULES, 0) == cls().amend(RULES, 500)


@every_policy
def test_a_schedule_says_how_strongly_it_acts(cls):
    policy = cls(start_week=5, end_week=50, schedule=((10, 0.5), (20, 0.0), (30, 2.0)))
    expected = {0: 0, 5: 0, 9: 0, 10: 0.5, 19: 0.5, 20: 0, 29: 0, 30: 2, 49: 2, 50: 0}
    assert {week: policy.intensity(week) for week in expected} == expected
    assert policy.first_week == 10
    assert cls(start_week=15, schedule=((10, 0.5),)).first_week == 15
    assert [week for week, x in expected.items() if policy.amend(RULES, week) is RULES] == [
        week for week, x in expected.items() if x == 0
    ]


@every_policy
def test_without_intensity_nothing_changes(cls):
    for policy in variants(cls):
        assert dataclasses.replace(policy, schedule=((0, 0.0),)).amend(RULES, 30) is RULES


@every_policy
def test_it_changes_its_levers_and_nothing_else(cls):
    before = dataclasses.replace(RULES)
    moved = set()
    for policy in variants(cls):
        for x in (1e-300, 0.3, 1.0, 10.0):
            amended = dataclasses.replace(policy, schedule=((0, x),)).amend(RULES, 0)
            assert type(amended) is Rules
            moved |= changed(amended)
    assert moved == set(cls.levers)
    assert before == RULES


@every_policy
@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4), (0, 0)])
def test_an_end_that_is_not_after_the_start_is_refused(cls, start, end):
    line = rf"^policies\.{cls.name()}\.end_week={end}: allowed is [^\n]* after start_week={start}$"
    with pytest.raises(ParameterError, match=line):
        cls(start_week=start, end_week=end)


@every_policy
@pytest.mark.parametrize(
    "schedule", [((3, 0.5), (2, 1.0)), ((3, 0.5), (3, 1.0)), ((-1, 1.0),), ((0, -0.1),), ((0, 11.0),), ((0,),), (0, 1)]
)
def test_a_schedule_that_is_none_is_refused(cls, schedule):
    with pytest.raises(ParameterError, match=rf"^policies\.{cls.name()}\.schedule=[^\n]*weeks ascending"):
        cls(schedule=schedule)


# there and back -------------------------------------------------------------------------------


@every_policy
def test_it_goes_through_yaml_and_back(cls):
    for policy in variants(cls):
        dated = dataclasses.replace(policy, start_week=3, end_week=90, schedule=((4, 0.25), (8, 1.0)))
        for phases in ((policy,), (dated,), (dated, dataclasses.replace(policy, start_week=90))):
            parameters = dataclasses.replace(Parameters(), policies=phases)
            for written in (to_mapping(parameters), departures(parameters)):
                assert build(yaml.safe_load(yaml.safe_dump(written))) == parameters


# the two levers of intensity, and what the policies of this version do -------------------------


def test_intensity_blends_chances_and_divides_limits():
    assert blended(0.1, 0.5, 0.0) == 0.1
    assert blended(0.1, 0.5, 0.5) == pytest.approx(0.3)
    assert [limit_at(500, x) for x in (0.0, 0.5, 1.0, 10.0)] == [NO_LIMIT, 1000, 500, 50]
    assert limit_at(5, 2.0) == 2  # half to even
    assert limit_at(500, 5e-324) == NO_LIMIT


def test_the_friend_limit_is_in_people_or_in_mean_degrees():
    assert FriendLimit(limit=500).amend(RULES, 0).contact_limit == 500
    assert FriendLimit(limit=500, limit_ratio=2.5).amend(RULES, 0).contact_limit == 455
    assert not FriendLimit().amend(RULES, 0).purges_contacts
    assert FriendLimit(mode="purge").amend(RULES, 0).purges_contacts
    tighter = FriendLimit(limit=100).amend(RULES, 0)
    assert FriendLimit(limit=500).amend(tighter, 0).contact_limit == 100


def test_the_like_ban_raises_detection_and_climbs_its_ladder():
    rules = LikeBan(detection=0.5, ladder="30 permanent", remove_followers=True).amend(RULES, 0)
    assert rules.campaign_detection == 0.5
    assert rules.ladder == (4, PERMANENT)
    assert rules.removes_followers
    half = LikeBan(detection=0.5, schedule=((0, 0.5),)).amend(RULES, 0)
    assert half.campaign_detection == pytest.approx((RULES.campaign_detection + 0.5) / 2)


@pytest.mark.parametrize("ladder", ["", " ", "7 weeks", "0", "-7", "7.5", "36501", "permanently", "²"])
def test_a_ladder_that_is_none_is_refused(ladder):
    with pytest.raises(ParameterError, match=r"^policies\.like_ban\.ladder=[^\n]*days"):
        LikeBan(ladder=ladder)
