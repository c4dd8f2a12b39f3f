"""Policies in scenarios: one phase or several, amended from outside, and forked."""

import pytest

from sim.fields import ParameterError
from sim.parameters import Parameters
from sim.policies import catalogue
from sim.policies.friend_limit import FriendLimit
from sim.policies.like_ban import LikeBan
from sim.scenario import (
    all_keys,
    build,
    build_policies,
    compose,
    declared_at,
    departures,
    flattened,
    idle_notes,
    load,
    merge_fork,
    nearest,
    refuse_late,
    to_mapping,
)

TWO_BANS = {"like_ban": [{"start_week": 22, "end_week": 51}, {"start_week": 51, "remove_followers": True}]}
EARLY, LATE = LikeBan(start_week=22, end_week=51), LikeBan(start_week=51, remove_followers=True)

ACCEPTED = [
    # policies as given, policies built
    (None, ()),
    ({}, ()),
    ({"friend_limit": None}, (FriendLimit(),)),
    ({"friend_limit": {}}, (FriendLimit(),)),
    ({"friend_limit": True}, (FriendLimit(),)),
    ({"friend_limit": "on"}, (FriendLimit(),)),
    ({"friend_limit": False}, ()),
    ({"friend_limit": "off"}, ()),
    ({"friend_limit": []}, ()),
    ({"friend_limit": {"limit": 500, "start_week": 19}}, (FriendLimit(limit=500, start_week=19),)),
    ({"friend_limit.limit": "5e2", "friend_limit.start_week": 19.0}, (FriendLimit(limit=500, start_week=19),)),
    ({"friend_limit": [{"limit": 500}]}, (FriendLimit(limit=500),)),
    ({"friend_limit": {"limit_ratio": None}}, (FriendLimit(),)),
    (TWO_BANS, (EARLY, LATE)),
    ({"like_ban": TWO_BANS["like_ban"][::-1]}, (EARLY, LATE)),
    ({"like_ban": None, "friend_limit": {"limit": 500}}, (FriendLimit(limit=500), LikeBan())),
    (
        {"like_ban": {"schedule": [[22, "0.5"], (51.0, 1)]}},
        (LikeBan(schedule=((22, 0.5), (51, 1.0))),),
    ),
    ({"like_ban": {"schedule": []}}, (LikeBan(),)),
]

REFUSED = [
    # policies as given, what the one line must name
    ("like_ban", ["policies='like_ban'", "friend_limit, inspection, like_ban"]),
    (3, ["policies=3", "friend_limit, inspection, like_ban"]),
    ({"like_bann": None}, ["policies.like_bann=None", "no such key", "nearest is policies.like_ban", "friend_limit"]),
    ({"like_ban": 1}, ["policies.like_ban=1", "on, off", "detection, ladder"]),
    ({"like_ban": "yes"}, ["policies.like_ban='yes'", "on, off"]),
    ({"like_ban": ["off"]}, ["policies.like_ban[0]='off'", "mapping"]),
    ({"like_ban": [{}, 3]}, ["policies.like_ban[1]=3", "mapping"]),
    ({"like_ban": {"detecton": 0.5}}, ["policies.like_ban.detecton=0.5", "nearest is policies.like_ban.detection"]),
    ({"like_ban": [{"detecton": 0.5}]}, ["policies.like_ban[0].detecton=0.5", "policies.like_ban[0].detection"]),
    ({"like_ban": {"detection": 1.5}}, ["policies.like_ban.detection=1.5", "float from 0 to 1"]),
    ({"like_ban": [{"detection": "x"}]}, ["policies.like_ban[0].detection='x'", "float from 0 to 1"]),
    ({"like_ban": {"ladder": 30}}, ["policies.like_ban.ladder=30", "str"]),
    ({"like_ban": [{"ladder": "soon"}]}, ["policies.like_ban[0].ladder='soon'", "days"]),
    ({"friend_limit": {"limit": 0.5}}, ["policies.friend_limit.limit=0.5", "int from 1"]),
    ({"friend_limit": {"mode": "cut"}}, ["policies.friend_limit.mode='cut'", "grandfather, purge"]),
    ({"like_ban": {"end_week": 0}}, ["policies.like_ban.end_week=0", "after start_week=0"]),
    ({"like_ban": [{"end_week": 9}, {"start_week": 9, "end_week": 8}]}, ["policies.like_ban[1].end_week=8"]),
    ({"like_ban": {"start_week": 5201}}, ["policies.like_ban.start_week=5201", "int from 0 to 5200"]),
    ({"like_ban": {"schedule": 0.5}}, ["policies.like_ban.schedule=0.5", "list of [week, intensity]"]),
    ({"like_ban": {"schedule": [22, 0.5]}}, ["policies.like_ban.schedule=[22, 0.5]", "list of [week, intensity]"]),
    ({"like_ban": {"schedule": [[22.5, 1]]}}, ["policies.like_ban.schedule=[[22.5, 1]]", "weeks ascending"]),
    ({"like_ban": {"schedule": [[22, "x"]]}}, ["policies.like_ban.schedule=[[22, 'x']]", "weeks ascending"]),
    ({"like_ban": {"schedule": "[[22"}}, ["policies.like_ban.schedule='[[22'", "list of [week, intensity]"]),
    ({"like_ban": [{}, {}]}, ["policies.like_ban[1].start_week=0", "overlaps with policies.like_ban[0]", "null"]),
    (
        {"like_ban": [{"start_week": 3}, {"end_week": 4}]},
        ["policies.like_ban[0].start_week=3", "overlaps with policies.like_ban[1], whose end_week is 4"],
    ),
]


def one_line(refusal):
    line = str(refusal.value)
    assert "\n" not in line
    assert len(line) < 600
    return line


@pytest.mark.parametrize(("given", "expected"), ACCEPTED)
def test_policies_are_built_from_phases(given, expected):
    assert build({"policies": given}).policies == expected
    assert build_policies(given) == expected


@pytest.mark.parametrize(("given", "named"), REFUSED)
def test_what_is_wrong_with_a_policy_is_said_in_one_line(given, named):
    with pytest.raises(ParameterError) as refusal:
        build({"policies": given})
    line = one_line(refusal)
    assert [each for each in named if each not in line] == []


# there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [given for given, _ in ACCEPTED])
def test_policies_go_back_and_forth(given):
    parameters = build({"policies": given})
    assert build(to_mapping(parameters)) == parameters
    assert build(departures(parameters)) == parameters
    assert list(to_mapping(parameters)["policies"]) == sorted({each.name() for each in parameters.policies})


def test_one_phase_is_a_mapping_and_several_are_a_list():
    whole = to_mapping(build({"policies": {**TWO_BANS, "friend_limit": {"limit": 500}}}))["policies"]
    assert whole["friend_limit"]["limit"] == 500
    assert [each["start_week"] for each in whole["like_ban"]] == [22, 51]
    assert to_mapping(Parameters())["policies"] == {}


def test_departures_hold_what_differs_and_that_a_policy_is_on():
    given = {"friend_limit": {"limit": 500}, "like_ban": True}
    parameters = build({"policies": given})
    assert departures(parameters) == {"policies": given}
    assert flattened(departures(parameters)) == {"policies.friend_limit.limit": 500, "policies.like_ban": True}
    several = flattened(departures(build({"policies": TWO_BANS})))
    assert several["policies.like_ban[1].remove_followers"] is True
    dated = build({"policies": {"like_ban": {"schedule": [[3, 0.5]]}}})
    assert flattened(departures(dated)) == {"policies.like_ban.schedule": "[[3, 0.5]]"}


def test_every_field_of_a_policy_is_a_key():
    keys = set(all_keys())
    assert {"policies.like_ban", "policies.like_ban.detection", "policies.friend_limit.schedule"} <= keys
    assert all(declared_at(key) is not None for key in keys if key.count(".") == 2)
    assert declared_at("policies.like_ban.detection").default == 0.3
    assert declared_at("policies.like_ban.nothing") is declared_at("policies.nothing.at_all") is None
    assert nearest("like_ban.detecton", keys) == "; nearest is policies.like_ban.detection"
    assert nearest("friend_limt", keys) == "; nearest is policies.friend_limit"


# amended --------------------------------------------------------------------------------------


AMENDED = [
    # the scenario's policies, what is given besides, what comes of it
    ({}, {"like_ban": None}, (LikeBan(),)),
    ({}, {"like_ban": {"detection": 0.9}}, (LikeBan(detection=0.9),)),
    ({"like_ban": "off"}, {"like_ban": {"detection": 0.9}}, (LikeBan(detection=0.9),)),
    ({"like_ban": None}, {"like_ban": {"detection": 0.9}}, (LikeBan(detection=0.9),)),
    ({"like_ban": {"start_week": 3}}, {"like_ban": {"detection": 0.9}}, (LikeBan(start_week=3, detection=0.9),)),
    ({"like_ban": {"start_week": 3}}, {"like_ban": {"start_week": 9}}, (LikeBan(start_week=9),)),
    ({"like_ban": [{"start_week": 3}]}, {"like_ban": {"start_week": 9}}, (LikeBan(start_week=9),)),
    *(({"like_ban": {"start_week": 3}}, {"like_ban": on}, (LikeBan(start_week=3),)) for on in (None, True, "on", {})),
    *(({"like_ban": {"start_week": 3}}, {"like_ban": off}, ()) for off in (False, "off", [])),
    ({"like_ban": {"start_week": 3}}, None, (LikeBan(start_week=3),)),
    ({"like_ban": {"start_week": 3}}, {}, (LikeBan(start_week=3),)),
    (
        {"like_ban": {"start_week": 3}},
        {"friend_limit": {"limit": 500}},
        (FriendLimit(limit=500), LikeBan(start_week=3)),
    ),
    (TWO_BANS, {"like_ban": None}, (EARLY, LATE)),
    (TWO_BANS, {"like_ban": "off"}, ()),
    (TWO_BANS, {"like_ban": [{"detection": 0.9}]}, (LikeBan(detection=0.9),)),
    (
        TWO_BANS,
        {"like_ban": {"detection": 0.9}},
        (
            LikeBan(start_week=22, end_week=51, detection=0.9),
            LikeBan(start_week=51, remove_followers=True, detection=0.9),
        ),
    ),
]


@pytest.mark.parametrize(("scenario", "given", "expected"), AMENDED)
def test_what_is_given_besides_amends_the_scenario(scenario, given, expected):
    composed = compose("mine", "", {"policies": scenario}, {"policies": given})
    assert composed.parameters.policies == expected
    assert build(composed.departures).policies == expected


def test_keys_are_applied_in_the_order_in_which_they_stand():
    phases = [{"end_week": 9}, {"start_week": 9}]
    overrides = {"policies.like_ban": phases, "policies.like_ban.detection": 0.9}
    amended = compose("mine", "", {"policies": TWO_BANS}, overrides).parameters.policies
    assert amended == (LikeBan(end_week=9, detection=0.9), LikeBan(start_week=9, detection=0.9))
    overrides = {"policies.like_ban": "off", "policies.like_ban.detection": 0.9}
    assert compose("mine", "", {"policies": TWO_BANS}, overrides).parameters.policies == (LikeBan(detection=0.9),)
    overrides = {"policies.like_ban.detection": 0.9, "policies.like_ban": "off"}
    assert compose("mine", "", {"policies": TWO_BANS}, overrides).parameters.policies == ()


@pytest.mark.parametrize(("field", "value"), [("start_week", 9), ("end_week", None), ("schedule", [[0, 1]])])
def test_phases_cannot_share_their_time(field, value):
    with pytest.raises(ParameterError) as refusal:
        compose("mine", "", {"policies": TWO_BANS}, {f"policies.like_ban.{field}": value})
    line = one_line(refusal)
    assert line.startswith(f"policies.like_ban.{field}=")
    assert "2 phases" in line


# scenarios ------------------------------------------------------------------------------------


def test_the_record_has_its_dates():
    parameters = load("history").parameters
    assert [(each.name(), each.start_week, each.end_week) for each in parameters.policies] == [
        ("authorisation", 114, None),
        ("commission_ban", 58, None),
        ("friend_limit", 19, None),
        ("inspection", 18, None),
        ("like_ban", 22, 51),
        ("like_ban", 51, None),
        ("stance", 19, None),
        ("tier_limit", 131, 136),
        ("tier_limit", 136, None),
    ]
    limit, _, first, second, _, three, two = parameters.policies[2:]
    assert (limit.limit, limit.mode) == (5000, "grandfather")
    assert (first.ladder, first.remove_followers) == ("7 15 30 permanent", False)
    assert (second.ladder, second.remove_followers) == ("30 permanent", True)
    assert (three.limit, two.limit) == (3, 2)
    (scandal,) = parameters.scandals
    assert (scandal.week, scandal.venue, scandal.cut) == (65, "resale_wechat", 0.2)


def test_single_policies_act_from_the_first_week():
    assert load("friend_limit_500").parameters.policies == (FriendLimit(limit=500),)
    assert load("like_ban").parameters.policies == (LikeBan(detection=0.5, remove_followers=True),)


# too late -------------------------------------------------------------------------------------


def test_a_named_policy_that_starts_after_the_end_is_refused():
    policies = (FriendLimit(start_week=40), EARLY, LATE)
    refuse_late(policies, ["friend_limit", "like_ban"], 41)
    refuse_late(policies, ["like_ban"], 23)  # its first phase acts
    refuse_late(policies, [], 1)
    for name, weeks, named in (("friend_limit", 40, "start_week=40"), ("like_ban", 22, "start_week=22")):
        with pytest.raises(ParameterError) as refusal:
            refuse_late(policies, [name], weeks)
        line = one_line(refusal)
        assert line.startswith(f"policies.{name}.{named}: ")
        assert f"weeks={weeks}" in line
    with pytest.raises(ParameterError, match=r"policies\.like_ban\.schedule=\[\[30, 1\.0\]\]: "):
        refuse_late([LikeBan(schedule=((30, 1.0),))], ["like_ban"], 30)
    refuse_late([LikeBan(schedule=((0, 0.0),))], ["like_ban"], 1)  # no intensity is a value like any other


def test_policies_without_effect_in_a_run_are_noted():
    assert idle_notes((FriendLimit(), EARLY, LATE), 52) == []
    assert idle_notes((FriendLimit(), EARLY, LATE), 51) == ["like_ban from week 51: has no effect in a run of 51 weeks"]
    never = LikeBan(end_week=20, schedule=((22, 1.0),))
    assert idle_notes((never,), 100) == ["like_ban from week 22: has no effect in a run of 100 weeks"]


# forks ----------------------------------------------------------------------------------------


FORKED = [
    # policies of the past world, what the fork is given, the twin's policies; forked at week 30
    ((), {}, ()),
    ((EARLY, LATE), {}, (EARLY, LATE)),
    ((), {"friend_limit": {"limit": 500}}, (FriendLimit(limit=500, start_week=30),)),
    ((), {"friend_limit": None}, (FriendLimit(start_week=30),)),
    ((), {"friend_limit.limit": 500}, (FriendLimit(limit=500, start_week=30),)),
    ((), {"friend_limit": {"start_week": 40, "limit": 500}}, (FriendLimit(limit=500, start_week=40),)),
    ((), {"friend_limit": [{"end_week": 35}, {"start_week": 40}]}, (FriendLimit(30, 35), FriendLimit(40))),
    ((), {"friend_limit": {"start_week": 10}}, (FriendLimit(start_week=30),)),
    ((), {"friend_limit": {"start_week": 10, "end_week": 20}}, ()),
    ((LikeBan(),), {"friend_limit": {}}, (FriendLimit(start_week=30), LikeBan())),
    ((LikeBan(),), {"like_ban": "off"}, (LikeBan(end_week=30),)),
    ((LikeBan(start_week=30),), {"like_ban": "off"}, ()),
    ((LikeBan(end_week=20),), {"like_ban": "off"}, (LikeBan(end_week=20),)),
    ((EARLY, LATE), {"like_ban": {"detection": 0.9}}, (LikeBan(22, 30), LikeBan(30, detection=0.9))),
]


@pytest.mark.parametrize(("now", "given", "expected"), FORKED)
def test_a_fork_keeps_replaces_and_adds(now, given, expected):
    assert merge_fork(now, given, 30) == expected


@pytest.mark.parametrize(("now", "given", "expected"), FORKED)
def test_a_fork_leaves_the_past_alone(now, given, expected):
    forked = merge_fork(now, given, 30)
    for name in catalogue():
        for week in range(30):
            assert strengths(name, forked, week) == strengths(name, now, week)


def strengths(name, policies, week):
    """Return the phases of a policy that act in a week, whatever their end."""
    return [
        (each.intensity(week), each.start_week) for each in policies if each.name() == name and each.intensity(week) > 0
    ]


def test_a_fork_refuses_what_a_scenario_refuses():
    for given, named in (
        ({"friend_limt": {}}, "nearest is policies.friend_limit"),
        ({"friend_limit": {"limit": 0}}, "policies.friend_limit.limit=0"),
        (
            {"friend_limit": {"end_week": 20}},
            "policies.friend_limit.end_week=20: allowed is a week after start_week=30",
        ),
        ({"like_ban": [{}, {}]}, "overlaps"),
        ({"like_ban": 3}, "policies.like_ban=3"),
    ):
        with pytest.raises(ParameterError) as refusal:
            merge_fork((), given, 30)
        assert named in one_line(refusal)
