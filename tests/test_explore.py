"""The students' page without a browser: worlds that can be rewound, policies in time, sessions, lessons, words."""

import copy
import dataclasses
import json
import math
import random
import re
import string
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import measures
from sim.explore import lesson as lessons
from sim.explore import setup as setups
from sim.explore import timeline, views
from sim.explore import towns as other_towns
from sim.explore.cards import card
from sim.explore.cast import ROLES, brand_name, person_name, roles
from sim.explore.charts import MEASURES, both, charts
from sim.explore.frames import SERIES, SMOOTH, chain_prices, map_of, measure_of, people_of, settling_trust, smoothed
from sim.explore.lesson import Look, compared, lesson_of, level, outcome, read_lessons
from sim.explore.lesson_view import guide, lesson_view
from sim.explore.moves import Buyer, Seller, buyer, options, seller
from sim.explore.same import why_same
from sim.explore.sandbox import AT_ONCE, MOST_BRANCHES
from sim.explore.session import WISHES, Session
from sim.explore.setup import CHECKS, Setup
from sim.explore.side import ASKED, own_difference, side
from sim.explore.words import controls, front_words, named, say, strings
from sim.explore.world import EVERY, World
from sim.fields import ParameterError
from sim.measures.base import sides
from sim.model import Market
from sim.parameters import VENUES
from sim.report.words import strings as report_strings
from sim.scenario import LANGUAGES, build, build_policies, declared_at, policy_groups
from tests.worlds import LIVELY, assert_same_state

TOWN = dataclasses.replace(LIVELY, population=dataclasses.replace(LIVELY.population, n_people=300))
NONE = dataclasses.replace(TOWN, policies=())
CLASSROOM = Setup().parameters(is_yours=False)
SHORT = Setup(weeks=26, seed=5, town={"population.n_people": 200})
SMALL = SHORT.parameters(is_yours=False)
SEED = 3
EXPLORE = Path(views.__file__).parent


def world_of(policies, week, parameters=NONE):
    """Return a world with policies given as mappings, lived straight up to a week."""
    world = World(dataclasses.replace(parameters, policies=build_policies(policies)), SEED)
    world.go(week)
    return world


# worlds ---------------------------------------------------------------------------------------

LAST = 18


@pytest.fixture(scope="module")
def straight():
    """The digest of each week of a lively town that was never rewound."""
    world, digests = World(TOWN, SEED), []
    for week in range(LAST + 1):
        world.go(week)
        digests.append(world.digest())
    return digests


@pytest.fixture(scope="module")
def lively():
    """A lively town after 18 weeks, to look at."""
    world = World(TOWN, SEED)
    world.go(LAST)
    return world


def test_every_week_is_unlike_the_others(straight):
    assert len(set(straight)) == LAST + 1


@pytest.mark.parametrize("order", [
    range(LAST, -1, -1), [0, LAST, 0, 1, LAST - 1], [EVERY, EVERY - 1, EVERY + 1, 2 * EVERY, EVERY, 0, 2 * EVERY + 1],
    random.Random(1).choices(range(LAST + 1), k=12),
], ids=["back", "ends", "saved weeks", "any"])  # fmt: skip
def test_a_week_is_the_same_however_it_is_come_to(straight, order):
    world = World(TOWN, SEED)
    for week in order:
        world.go(week)
        assert (world.week, world.digest()) == (week, straight[week])


def test_a_world_lives_as_the_market_does(lively):
    market = Market(parameters=TOWN, seed=SEED)
    for week in range(LAST):
        market.step()
        orders, sales = market.orders, lively.sales[week]
        for name in ("buyer", "venue", "brand", "price", "from_friend", "is_genuine", "is_satisfied", "is_refunded"):
            np.testing.assert_array_equal(getattr(orders, name), getattr(sales, name), err_msg=f"week {week}: {name}")
        for shop, listing, seller_row in zip(orders.shop, orders.listing, sales.seller, strict=True):
            assert seller_row == (market.shops.owner_row[shop] if shop >= 0 else listing)
    assert_same_state(market, lively.market)


def test_a_rewound_world_is_the_market_of_that_week():
    world = World(TOWN, SEED)
    world.go(LAST)
    world.go(11)
    assert_same_state(Market(parameters=TOWN, seed=SEED).run(11), world.market)
    assert world.record.n_weeks == 11


BAN, CAP = {"detection": 0.5, "remove_followers": True}, {"limit": 30, "mode": "purge"}
EDITS = {
    "switched on now": ({}, {"like_ban": {**BAN, "start_week": 12}}, None),
    "switched on in the past": ({}, {"like_ban": {**BAN, "start_week": 9}}, 9),
    "switched off": ({"friend_limit": CAP}, {"friend_limit": {**CAP, "end_week": 10}}, 10),
    "switched off as of now": ({"friend_limit": CAP}, {"friend_limit": {**CAP, "end_week": 12}}, None),
    "removed": ({"friend_limit": {**CAP, "start_week": 5}}, {}, 5),
    "dragged into the past": ({"like_ban": {**BAN, "start_week": 10}}, {"like_ban": {**BAN, "start_week": 3}}, 3),
    "dragged into the future": ({"like_ban": {**BAN, "start_week": 7}}, {"like_ban": {**BAN, "start_week": 40}}, 7),
    "changed in a week": (
        {"friend_limit": CAP}, {"friend_limit": [{**CAP, "end_week": 8}, {**CAP, "limit": 5, "start_week": 8}]}, 8
    ),
    "one for another": ({"friend_limit": CAP}, {"like_ban": {**BAN, "start_week": 11}}, 0),
    "as it was": ({"friend_limit": CAP}, {"friend_limit": CAP}, None),
    "without force": ({}, {"public_ratings": {"weight": 0}}, None),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_amending_policies_is_as_if_they_had_always_been_so(edit):
    before, after, first = EDITS[edit]
    world, made_so = world_of(before, 12, SMALL), world_of(after, 14, SMALL)
    last = made_so.digest()
    assert world.amend(build_policies(after)) == first
    for week in (12, 7, 14):
        world.go(week)
        made_so.go(week)
        assert world.digest() == made_so.digest()
    assert world.parameters == made_so.parameters
    assert world.digest() == last
    is_same = last == world_of(before, 14, SMALL).digest()
    assert is_same == (edit in ("as it was", "without force"))


def test_edits_one_after_the_other_leave_no_trace():
    world = world_of({}, 14)
    for policies in (BAN, {**BAN, "start_week": 5}, {**BAN, "start_week": 5, "end_week": 9}, {**BAN, "start_week": 10}):
        world.amend(build_policies({"like_ban": policies}))
    assert world.digest() == world_of({"like_ban": {**BAN, "start_week": 10}}, 14).digest()
    assert world.amend(()) == 10
    assert world.digest() == world_of({}, 14).digest()


def test_what_was_lived_after_this_week_is_forgotten_when_rules_change():
    world = world_of({}, 18)
    world.go(10)
    after = {"like_ban": {**BAN, "start_week": 12}}
    assert world.amend(build_policies(after)) is None
    assert world.digest() == world_of({}, 10).digest()
    world.go(18)
    assert world.digest() == world_of(after, 18).digest() != world_of({}, 18).digest()


@pytest.mark.parametrize("start", [0, 5, 30])
def test_a_world_beside_another_shares_the_past_with_it_and_nothing_else(start):
    after = {"friend_limit": {**CAP, "start_week": start}}
    twin = World(SMALL, SEED)
    yours = other_towns.beside(twin, dataclasses.replace(SMALL, policies=build_policies(after)), 10)
    digests = []
    for world in (yours, twin, yours):
        for week in (12, 3, 10):
            world.go(week)
            digests.append(world.digest())
    made_so = [world_of(policies, week, SMALL).digest() for policies in (after, {}, after) for week in (12, 3, 10)]
    assert digests == made_so
    yours.amend(())
    assert yours.is_like(twin)


def test_worlds_are_alike_when_their_digests_are():
    one, other, another = (
        world_of({}, 9),
        world_of({"friend_limit": {"limit": 5000}}, 9),
        world_of({"like_ban": BAN}, 9),
    )
    assert one.is_like(other) and one.digest() == other.digest()
    assert not one.is_like(another) and one.digest() != another.digest()
    other.go(8)
    assert not one.is_like(other)


def test_sides_by_week_are_those_of_the_whole_record(lively):
    asked = tuple(measure_of(name) for name in SERIES)
    world = world_of({"friend_limit": CAP}, 9)
    world.weekly_sides(asked)
    for act in (lambda: world.go(17), lambda: world.amend(build_policies({"like_ban": BAN})), lambda: world.go(14)):
        act()
        for mine, whole in zip(world.weekly_sides(asked), sides(asked, world.record), strict=True):
            np.testing.assert_array_equal(mine, whole)
            assert mine.shape == (len(SERIES), world.week)


def lived_choices(world, n, seed=0):
    """Yield (week, row of the week's sales, choice) for some purchases of a world."""
    drawn = random.Random(seed)
    for _ in range(n):
        week = drawn.randrange(world.week)
        row = drawn.randrange(world.sales[week].buyer.size)
        yield week, row, world.choice(week, int(world.sales[week].buyer[row]))


@pytest.fixture(scope="module")
def asked(lively):
    """Some purchases of the lively town with what their buyers had in mind, and the digest before they were asked."""
    before = lively.digest()
    return before, list(lived_choices(lively, 30))


def test_a_choice_is_what_was_then_bought(lively, asked):
    venues = set()
    for week, row, choice in asked[1]:
        sales, n = lively.sales[week], choice.chosen
        assert 0 <= n < choice.price.size
        venue = int(choice.offers.venue[0, n])
        venues.add(venue)
        taken = choice.owner[n] if choice.owner[n] >= 0 else choice.offers.source[0, n]
        assert venue == sales.venue[row]
        assert taken == sales.seller[row]
        assert (choice.price[n], choice.brand[n]) == (sales.price[row], sales.brand[row])
        assert choice.is_fake[n] == (not sales.is_genuine[row])
        assert choice.offers.from_friend[0, n] == sales.from_friend[row]
    assert len(venues) >= 3


def test_asking_changes_nothing(lively, asked):
    assert lively.digest() == asked[0]
    assert lively.week == LAST


def test_what_an_option_would_have_brought_is_what_it_brought(lively, asked):
    told = []
    for week, row, choice in asked[1]:
        found = options(lively, week, int(lively.sales[week].buyer[row]), choice)
        (taken,) = [each for each in found if each.was_taken]
        assert taken.satisfies == lively.sales[week].is_satisfied[row]
        assert taken.price == round(lively.sales[week].price[row] / 100)
        assert taken.is_fake == (not lively.sales[week].is_genuine[row])
        told.append(taken.satisfies)
    assert 3 < sum(told) < 30


def test_a_buyer_to_be_is_one_of_last_week_and_a_seller_has_a_shop(lively):
    found, shop = buyer(lively), seller(lively)
    assert found.person in lively.sales[LAST - 1].buyer
    assert sum(each.was_taken for each in found.options) == 1
    assert 0 < sum(each.is_fake for each in found.options) < len(found.options)
    state = lively.market.shops
    rows = np.flatnonzero((state.owner_row == shop.person) & (state.closed_week < 0))
    assert shop.n_shops == ((state.closed_week < 0) & (state.platform == 0)).sum()
    assert shop.price == round(state.price[rows[0]] / 100)
    assert shop.extra_a_month == pytest.approx((shop.cost - shop.fake_cost) * shop.sold_a_month, rel=0.05, abs=2)
    assert buyer(World(CLASSROOM, 1)) is None


# why there is no difference -------------------------------------------------------------------

REASONS = {
    "same_no_policy": ({}, 6, {}),
    "same_not_begun": ({"like_ban": BAN}, 0, {}),
    "same_later": ({"like_ban": {**BAN, "start_week": 9}, "mall_entry": {"start_week": 12}}, 6,
                   {"policy": "like_ban", "week": 9}),
    "same_rules": ({"public_ratings": {"weight": 0, "start_week": 2}}, 6, {"policy": "public_ratings"}),
    "same_untouched": ({"registration": {"threshold": 10_000_000, "start_week": 2}}, 6,
                       {"policy": "registration", "weeks": 4}),
    "same_cap": ({"friend_limit": {"limit": 5000, "start_week": 2}}, 6, {"policy": "friend_limit", "limit": 5000}),
}  # fmt: skip


@pytest.mark.parametrize("key", REASONS)
def test_it_says_why_there_is_no_difference(key):
    policies, week, values = REASONS[key]
    yours, twin = (world_of(each, week, CLASSROOM) for each in (policies, {}))
    reason = why_same(yours, twin)
    assert reason.key == key
    assert values.items() <= reason.values.items()
    if key == "same_cap":
        assert 0 < reason.values["most"] < CLASSROOM.population.n_people
    for language in LANGUAGES:
        assert say(key, language, **reason.values)


def test_there_is_no_reason_when_worlds_differ():
    yours, twin = (world_of(each, 6, CLASSROOM) for each in ({"like_ban": BAN, "post_limit": {"limit": 1}}, {}))
    assert why_same(yours, twin) is None


def test_a_policy_of_both_worlds_is_none_of_yours():
    yours, twin = (world_of({"like_ban": BAN}, 6, CLASSROOM) for _ in range(2))
    assert why_same(yours, twin).key == "same_no_policy"


def test_a_reason_is_found_where_yours_ended_a_rule_that_the_twin_keeps():
    twin = world_of({"friend_limit": {"limit": 5000}}, 10, CLASSROOM)
    yours = world_of({"friend_limit": {"limit": 4000, "end_week": 5}}, 10, CLASSROOM)
    assert why_same(yours, twin) is not None


# policies in time -----------------------------------------------------------------------------

WEEKS = 40
NAMES = ("like_ban", "friend_limit")
week = st.integers(0, WEEKS - 1)
EDIT = st.one_of(
    st.tuples(st.just("on"), st.sampled_from(NAMES), week),
    st.tuples(st.just("off"), st.sampled_from(NAMES), week),
    st.tuples(st.just("changed"), st.sampled_from(NAMES), week, st.integers(0, 4)),
    st.tuples(st.just("moved"), st.sampled_from(NAMES), st.integers(0, 3), st.integers(0, WEEKS),
    st.none() | st.integers(0, WEEKS)),
    st.tuples(st.just("removed"), st.sampled_from(NAMES), st.integers(0, 3)),
)  # fmt: skip
FIELD = {"like_ban": ("detection", lambda n: n / 8), "friend_limit": ("limit", lambda n: 100 + n)}


def edited(policies, edit):
    """Return policies after one edit of the timeline."""
    kind, name, *rest = edit
    field, value = FIELD[name]
    if kind == "on":
        return timeline.switched_on(policies, name, rest[0], {})
    if kind == "off":
        return timeline.switched_off(policies, name, rest[0])
    if kind == "changed":
        return timeline.changed(policies, name, rest[0], field, value(rest[1]))
    if kind == "moved" and rest[0] < len(policies.get(name, ())):
        return timeline.moved(policies, name, rest[0], rest[1], rest[2], WEEKS)
    is_there = kind == "removed" and rest[0] < len(policies.get(name, ()))
    return timeline.removed(policies, name, rest[0]) if is_there else policies


def in_force(policies, name):
    """Return what a policy is in each week: its fields, None where it does not act."""
    fields = []
    for each in range(WEEKS):
        acting = [phase for phase in policies.get(name, ()) if timeline.is_in_force(phase, each)]
        assert len(acting) <= 1
        fields.append({k: v for k, v in acting[0].items() if k not in timeline.TIMING} if acting else None)
    return fields


def history(edits):
    """Return the policies after a sequence of edits."""
    policies = {}
    for each in edits:
        policies = edited(policies, each)
    return policies


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(EDIT, max_size=14))
def test_phases_never_overlap_or_end_before_they_begin(edits):
    policies = {}
    for each in edits:
        before = copy.deepcopy(policies)
        policies, old = edited(policies, each), policies
        assert old == before
        build_policies(policies)
        for phases in policies.values():
            assert phases
            for one, another in pairwise(phases):
                assert one["end_week"] <= another["start_week"]
            for phase in phases:
                assert 0 <= phase["start_week"] < (phase.get("end_week") or WEEKS) <= WEEKS


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(EDIT, max_size=8), st.sampled_from(NAMES), week)
def test_switching_reaches_from_this_week_to_the_next_phase_and_no_further(edits, name, now):
    policies = history(edits)
    before = in_force(policies, name)
    on = timeline.switched_on(policies, name, now, {})
    off = timeline.switched_off(on, name, now)
    assert timeline.switched_on(on, name, now, {"x": 1}) == on
    assert timeline.switched_off(off, name, now) == off
    assert in_force(on, name)[now] is not None
    assert in_force(off, name)[now] is None
    assert in_force(on, name)[:now] == in_force(off, name)[:now] == before[:now]
    next_start = min((p["start_week"] for p in policies.get(name, ()) if p["start_week"] > now), default=WEEKS)
    assert in_force(on, name)[next_start:] == in_force(off, name)[next_start:] == before[next_start:]
    if before[now] is None:
        assert all(each == {} for each in in_force(on, name)[now:next_start])
    other = NAMES[name == NAMES[0]]
    assert on.get(other) == off.get(other) == policies.get(other)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(EDIT, max_size=8), st.sampled_from(NAMES), week)
def test_a_change_leaves_the_past_as_it_was(edits, name, now):
    policies, (field, value) = history(edits), FIELD[name]
    before, number = in_force(policies, name), timeline.now_in_force(policies, name, now)
    after = timeline.changed(policies, name, now, field, value(5))
    if number is None:
        assert after == policies
        return
    end = policies[name][number].get("end_week") or WEEKS
    expected = [{**each, field: value(5)} if now <= n < end else each for n, each in enumerate(before)]
    assert in_force(after, name) == expected
    assert timeline.changed(after, name, now, field, value(5)) == after
    throughout = timeline.changed_throughout(policies, name, field, value(5))
    assert in_force(throughout, name) == [None if each is None else {**each, field: value(5)} for each in before]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(EDIT, min_size=1, max_size=8), st.integers(0, 3), st.integers(0, WEEKS), st.none() | st.integers(0, WEEKS)
)
def test_a_dragged_phase_moves_alone_and_as_told_where_there_is_room(edits, number, start, end):
    policies = history([("on", "like_ban", 5), *edits])
    phases = policies.get("like_ban", ())
    if number >= len(phases):
        with pytest.raises(ParameterError, match="phase="):
            timeline.moved(policies, "like_ban", number, start, end, WEEKS)
        return
    after = timeline.moved(policies, "like_ban", number, start, end, WEEKS)["like_ban"]
    assert [each for n, each in enumerate(after) if n != number] == [e for n, e in enumerate(phases) if n != number]
    low = phases[number - 1]["end_week"] if number else 0
    high = phases[number + 1]["start_week"] if number + 1 < len(phases) else WEEKS
    asked = WEEKS if end is None else end
    if low <= start < asked <= high:
        assert (after[number]["start_week"], after[number].get("end_week") or WEEKS) == (start, asked)
    assert timeline.moved({"like_ban": after}, "like_ban", number, start, end, WEEKS)["like_ban"] == after
    gone = timeline.removed(policies, "like_ban", number).get("like_ban", [])
    assert gone == [each for n, each in enumerate(phases) if n != number]


@pytest.mark.parametrize("name", ["no_such", "", None, 3, ["like_ban"]])
def test_a_policy_that_is_none_is_refused(name):
    with pytest.raises((ParameterError, TypeError)):
        timeline.policy({"policy": name})


# sessions -------------------------------------------------------------------------------------


def drawn(session):
    """Return everything that the page shows, as it travels; raises if it cannot be shown."""
    series = both(session)
    shown = {
        "frame": views.frame(session), "line": views.line(session), "charts": charts(session, series),
        "side": side(session, series), "panel": views.panel(session), "town": views.town(session),
        "guide": guide(session), "link": session.link, "notes": session.notes,
    }  # fmt: skip
    json.dumps(shown, ensure_ascii=False, allow_nan=False).encode()
    return shown


def assert_holds(session):
    """What must be true of every session after every message."""
    assert session.yours.week == session.twin.week == session.setup.week <= session.setup.weeks
    assert session.twin.parameters.policies == build_policies(session.setup.both)
    assert session.yours.parameters.policies == build_policies({**session.setup.both, **session.setup.policies})
    assert session.yours.market.network is session.twin.market.network
    assert len(session.notes) <= 3 and len(session.branches) <= MOST_BRANCHES


def assert_made_as_said(session):
    """Both worlds are what the set-up says, to the last bit."""
    assert_holds(session)
    for is_yours, world in ((True, session.yours), (False, session.twin)):
        made_so = World(session.setup.parameters(is_yours=is_yours), session.setup.seed)
        made_so.go(session.setup.week)
        assert world.digest() == made_so.digest()


def acted(*messages, first=SHORT):
    """Return a session after some messages, none of which left a note."""
    session = Session(first)
    for name, fields in messages:
        session.act({"do": name, **fields})
        assert session.notes == []
    return session


def do(session, name, **fields):
    """Send a message."""
    session.act({"do": name, **fields})
    assert_holds(session)
    return session


ON = ("switch", {"policy": "like_ban", "on": True})
WEEK_9 = ("goto", {"week": 9})
IN_LESSON = ("lesson", {"lesson": "mine"})
VALID = {
    "open": ([], {"link": "", "language": "zh"}, lambda s: s.setup.language == "zh" and s.playing),
    "advance": ([], {"week": 5}, lambda s: s.setup.week == 5),
    "goto": ([], {"week": 6}, lambda s: s.setup.week == 6 and not s.playing),
    "play": ([("goto", {"week": 26})], {"on": True}, lambda s: s.setup.week == 0 and s.playing),
    "switch": ([WEEK_9], {"policy": "like_ban", "on": True},
    lambda s: s.setup.policies == {"like_ban": [{"start_week": 9}]}),
    "field": ([ON], {"policy": "like_ban", "field": "detection", "value": 0.9},
              lambda s: s.setup.policies == {"like_ban": [{"start_week": 0, "detection": 0.9}]}),
    "move": ([ON], {"policy": "like_ban", "phase": 0, "start": 3, "end": 8},
             lambda s: s.setup.policies == {"like_ban": [{"start_week": 3, "end_week": 8}]}),
    "remove": ([ON], {"policy": "like_ban", "phase": 0}, lambda s: s.setup.policies == {}),
    "clear": ([ON], {}, lambda s: s.setup.policies == {}),
    "branch": ([ON], {}, lambda s: s.branches[0].policies == s.setup.policies),
    "take_branch": ([("branch", {}), ON], {"branch": 0}, lambda s: s.setup.policies == {} and s.branches[0].policies),
    "drop_branch": ([("branch", {})], {"branch": 0}, lambda s: s.branches == []),
    "town": ([WEEK_9], {"key": "trust.gain_bad", "value": 0.5},
             lambda s: s.twin.parameters.trust.gain_bad == 0.5 and s.setup.week == 9),
    "new_town": ([WEEK_9], {"seed": "77"},
    lambda s: s.yours.market.seed == s.twin.market.seed == 77 and s.setup.week == 9),
    "reset": ([ON, WEEK_9], {}, lambda s: s.setup == SHORT and s.playing),
    "show": ([], {"person": 12}, lambda s: s.person == 12),
    "speak": ([], {"language": "zh"}, lambda s: s.setup.language == "zh"),
    "dismiss": ([], {}, lambda s: s.notes == []),
    "towns": ([], {"stop": True}, lambda s: s.towns is None),
    "share": ([], {"address": "http://127.0.0.1:8765/#abc"}, lambda s: s.qr.startswith("data:image/svg+xml")),
    "save": ([], {"kind": "yaml"}, lambda s: "scenario=my_town seed=5 weeks=26" in s.file["text"]),
    "guide": ([IN_LESSON], {}, lambda s: s.guide_asked == 1),
    "lesson": ([], {"lesson": "mine"}, lambda s: s.setup.week == 4 and s.lesson.name == "mine" and not s.playing),
    "turn": ([IN_LESSON], {"by": 1}, lambda s: s.setup.screen == 1),
    "pick": ([IN_LESSON], {"option": 1}, lambda s: s.picked == 1),
    "bet": ([IN_LESSON], {"answer": "same"}, lambda s: s.setup.answer == "same" and s.playing),
    "remember": ([], {"finished": ["way_out", "no_such"]}, lambda s: s.finished == ["way_out"]),
}  # fmt: skip
"""Wish -> what comes before, the message, and what is then true."""


@pytest.mark.parametrize("wish", sorted(WISHES))
def test_every_wish_is_granted(wish):
    before, fields, granted = VALID[wish]
    session = acted(*before)
    do(session, wish, **fields)
    assert session.notes == []
    assert granted(session)
    drawn(session)


def test_a_session_tells_when_there_is_something_new():
    told = []
    session = Session(SHORT, lambda: told.append(1))
    for n, message in enumerate(({"do": "goto", "week": 3}, {"do": "no_such"}, None), 1):
        session.act(message)
        assert len(told) == n


DEEP = {"a": {"b": [{"c": None}] * 3}}
GARBAGE = [
    None,
    True,
    -1,
    10**400,
    1e308,
    math.nan,
    math.inf,
    "",
    "x" * 10_000,
    "<script>alert(1)</script>",
    [],
    [[1]],
    {},
    DEEP,
    "\0\n\t",
]
FORGIVEN = {
    ("open", "link"), ("open", "language"), ("play", "on"), ("switch", "on"), ("towns", "stop"), ("remember",
    "finished"),
}  # fmt: skip
"""Fields of which anything will do."""
MEANS_SOMETHING = {
    (wish, key, value)
    for wish, key in [("move", "end"), ("show", "person"), ("lesson", "lesson"), ("new_town", "seed")]
    for value in ("None", "Ellipsis")
}
"""Wish, field and what it may be: nothing."""
FIELDS = [(wish, key) for wish, (_, fields, _) in VALID.items() for key in fields if (wish, key) not in FORGIVEN]


def is_a_number(wish, key, value):
    """Tell whether a field takes any number, and this is one."""
    is_number = isinstance(value, int) or value == 1e308
    is_far = wish in ("advance", "goto") and type(value) is int  # weeks beyond the ends are the ends
    return is_far or (is_number and (key == "phase" or (wish, key) == ("turn", "by")))


@pytest.mark.parametrize(("wish", "key"), FIELDS)
def test_a_wrong_field_leaves_a_note_and_the_session_as_it_was(wish, key):
    before, fields, granted = VALID[wish]
    session = acted(*before)
    setup, worlds = session.setup, (session.yours.digest(), session.twin.digest())
    for value in [*GARBAGE, ...]:
        if (wish, key, str(value)) in MEANS_SOMETHING or is_a_number(wish, key, value):
            continue
        session.notes = []
        do(session, wish, **{name: each for name, each in {**fields, key: value}.items() if each is not ...})
        assert len(session.notes) == 1, value
        assert session.setup == setup
    assert (session.yours.digest(), session.twin.digest()) == worlds
    drawn(session)
    session.notes = []
    do(session, wish, **fields)
    assert session.notes == [] and granted(session)


@pytest.mark.parametrize("message", [None, 3, "goto", [], ["goto"], {}, {"do": None}, {"do": ["goto"]},
    {"do": "__init__"}, {"do": {}}, {"DO": "goto"}, b"x", math.nan])  # fmt: skip
def test_what_is_no_wish_leaves_a_note(message):
    session = Session(SHORT)
    session.act(message)
    assert len(session.notes) == 1 and "no such wish" in session.notes[0]
    assert session.setup == SHORT
    assert_holds(session)


@pytest.mark.parametrize(
    ("wish", "key"), [each for each in FIELDS if each[0] not in ("turn", "pick", "save")] + [("open", "link")]
)
def test_a_script_in_a_field_is_nothing_but_text(wish, key):
    script = "<script>alert('x')</script>"
    before, fields, _ = VALID[wish]
    session = acted(*before)
    do(session, wish, **{**fields, key: script})
    shown = drawn(session)
    notes = shown.pop("notes")
    assert len(notes) == 1
    assert "<script" not in json.dumps(shown)
    assert wish == "open" or "<script>" in notes[0] or key in ("phase",)


def any_message(draw):
    """Return a message of a random wish with right, nearly right and wrong values."""
    wish = draw.choice([*WISHES, "no_such"] + ["goto", "switch", "field", "move", "remove", "advance"] * 2)
    numbers = [0, 1, 2, 5, 9, 13, 24, 26, 27, 200, -1, True, 0.5, 1e9, math.nan, math.inf, 2**70]
    any_of = {
        "week": numbers, "start": numbers, "end": [*numbers, None], "phase": [0, 1, 2, 7, math.nan, "x"],
        "policy": ["like_ban", "like_ban", "friend_limit", "public_ratings", "stance", "no", None, []],
        "field": ["detection", "limit", "weight", "sigma", "kind", "mode", "schedule", "no"],
        "value": [0, 0.3, 1, 100, 5000, 1e300, math.nan, "clear", "purge", None, [], {}], "on": [True, False, None, 7],
        "branch": numbers, "key": ["trust.gain_bad", "shops.initial_share", "population.n_people", "network.path",
        "a.b", "x", None],
        "seed": [None, 3, "4", -1, "x", 2**32, 1.5, []], "person": [*numbers, None], "language": ["en", "zh", "fr",
        None, []],
        "stop": [True], "address": ["http://x/", "ftp://x", "http://" + "y" * 3000, None], "kind": ["csv", "yaml",
        "exe", None],
        "lesson": ["mine", None, "no", []], "by": [1, -1, 1, "x", None], "option": numbers,
        "answer": ["falls", "same", "no", None, []], "finished": [[], ["way_out"], None, 3], "link": ["", "#x", None,
        3, "\ud800"],
    }  # fmt: skip
    keys = [*VALID[wish][1]] if wish in VALID else []
    message = {"do": wish} | {key: draw.choice(any_of[key]) for key in keys if draw.random() < 0.95}
    return message | ({draw.choice(string.ascii_letters): DEEP} if draw.random() < 0.1 else {})


@pytest.mark.parametrize("seed", range(2))
def test_no_message_breaks_a_session(seed):
    draw, session, done = random.Random(seed), Session(SHORT), set()
    for n in range(75):
        message = any_message(draw)
        before, notes = session.setup, list(session.notes)
        session.act(message)
        assert_holds(session)
        done |= {message["do"]} if session.setup != before and session.notes == notes else set()
        if n % 25 == 0:
            drawn(session)
            session = session if session.lesson is None else do(session, "lesson", lesson=None)
    assert "goto" in done and len(done) >= 3
    assert_made_as_said(session)
    drawn(do(session, "reset"))


TYPED = {
    "a number as text": [ON, ("field", {"policy": "like_ban", "field": "detection", "value": "0.3"})],
    "a week as text": [ON, ("field", {"policy": "like_ban", "field": "start_week", "value": "3"})],
    "a key that no encoding knows": [("town", {"key": "\ud800", "value": 1})],
}


@pytest.mark.parametrize("case", TYPED)
def test_whatever_was_accepted_can_be_drawn(case):
    session = Session(SHORT)
    for name, fields in TYPED[case]:
        do(session, name, **fields)
    assert drawn(session)


@pytest.mark.parametrize(
    "message", [{"do": "town", "key": "a." * 3000, "value": 1}, {"do": "goto", "week": "deep"}], ids=["dots", "depth"]
)
def test_depth_does_not_break_a_session(message):
    if message.get("week") == "deep":
        message["week"] = []
        for _ in range(5000):
            message["week"] = [message["week"]]
    session = Session(SHORT)
    session.act(message)
    assert len(session.notes) == 1


def test_a_phase_that_is_not_there_cannot_be_removed():
    assert do(acted(ON), "remove", policy="like_ban", phase=9).notes


def test_only_what_a_policy_is_can_be_set_ahead_not_when_it_acts():
    session = do(Session(SHORT), "field", policy="like_ban", field="end_week", value=3)
    do(do(session, "goto", week=9), "switch", policy="like_ban", on=True)
    assert session.setup.policies


def test_rewinding_brings_all_views_back():
    session = acted(
        ("switch", {"policy": "public_ratings", "on": True}), ("goto", {"week": 9}), ("show", {"person": 30})
    )
    then = drawn(session)
    assert then != drawn(do(session, "goto", week=13))
    do(session, "goto", week=3)
    assert drawn(do(session, "goto", week=9)) == then


def test_the_twin_never_has_a_policy_of_yours():
    session = acted(ON, WEEK_9, ("switch", {"policy": "stance", "on": True}))
    assert [each.name() for each in session.yours.parameters.policies] == ["like_ban", "stance"]
    assert session.twin.parameters.policies == ()
    in_lesson = acted(("lesson", {"lesson": "mine"}))
    assert [each.name() for each in in_lesson.twin.parameters.policies] == ["sales_fee"]
    assert [each.name() for each in in_lesson.yours.parameters.policies] == ["public_ratings", "sales_fee"]


SHARED = {
    "sandbox": [ON, ("town", {"key": "trust.gain_bad", "value": 0.3}), ("goto", {"week": 9}),
                ("switch", {"policy": "like_ban", "on": False}), ("new_town", {"seed": 8}), ("speak",
                {"language": "zh"})],
    "bet": [IN_LESSON, ("turn", {"by": 1}), ("turn", {"by": 1})],
    "see": [IN_LESSON, ("bet", {"answer": "rises"}), ("advance", {"week": 10})],
    "try": [IN_LESSON, ("bet", {"answer": "same"}), *[("turn", {"by": 1})] * 2,
            ("field", {"policy": "public_ratings", "field": "weight", "value": 0.5})],
}  # fmt: skip


@pytest.mark.parametrize("case", SHARED)
def test_a_link_opens_the_same_worlds_elsewhere(case):
    session = acted(*SHARED[case])
    do(session, "play", on=False)
    there = do(Session(Setup()), "open", link="#" + session.link)
    do(there, "play", on=False)
    assert there.notes == []
    assert (there.yours.digest(), there.twin.digest()) == (session.yours.digest(), session.twin.digest())
    assert there.setup == session.setup
    assert there.link == session.link
    if session.lesson is not None:
        assert lesson_view(there) == lesson_view(session)


@pytest.mark.parametrize("link", ["#", "", None, "#nonsense!", "x" * 30_000])
def test_a_link_that_cannot_be_read_begins_anew(link):
    session = do(acted(ON, WEEK_9), "open", link=link)
    assert session.setup in (SHORT, Setup())
    assert len(session.notes) == (link not in ("#", "", None))
    drawn(session)


def test_the_film_goes_on_by_what_is_drawn_and_no_further():
    session = acted(("advance", {"week": 3}))
    once = session.yours.digest()
    do(session, "advance", week=3)
    do(session, "advance", week=1)
    assert (session.setup.week, session.yours.digest()) == (3, once)
    assert do(session, "advance", week=26).setup.week == 3 + AT_ONCE
    assert session.yours.digest() == acted(("goto", {"week": 3 + AT_ONCE})).yours.digest()
    do(session, "play", on=False)
    assert do(session, "advance", week=13).setup.week == 3 + AT_ONCE
    do(session, "play", on=True)
    for _ in range(6):
        do(session, "advance", week=26)
    assert (session.setup.week, session.playing, session.notes) == (26, False, [])


def finished(towns):
    """Wait until a thread of other towns has ended."""
    end = time.monotonic() + 60
    while towns.is_running and time.monotonic() < end:
        time.sleep(0.01)
    assert not towns.is_running
    return towns.found


@pytest.mark.parametrize("before", [
    [("switch", {"policy": "public_ratings", "on": True}), ("goto", {"week": 8})], [("lesson", {"lesson": "mine"})],
], ids=["sandbox", "lesson"])  # fmt: skip
def test_other_towns_are_the_same_experiment_on_other_seeds(before, monkeypatch):
    monkeypatch.setattr(other_towns.differences, "__defaults__", (2,))
    session = acted(*before)
    do(session, "towns", **({} if session.lesson else {"measure": "share_fakes.resale"}))
    found = finished(session.towns)
    look = session.lesson.look if session.lesson else Look("share_fakes.resale", 26, "twin")
    weeks = session.setup.weeks if session.lesson else 8
    by_hand = []
    for seed in (session.setup.seed + 1, session.setup.seed + 2):
        levels = []
        for is_yours in (True, False):
            record = Market(parameters=session.setup.parameters(is_yours=is_yours), seed=seed).run(weeks).record
            over, under = (
                each[0, max(0, weeks - look.over) :].sum() for each in sides([measure_of(look.measure)], record)
            )
            levels.append(over / under)
        by_hand.append((seed, levels[0] - levels[1]))
    assert found == [(seed, pytest.approx(each, rel=1e-12)) for seed, each in by_hand]
    assert all(each != 0 for _, each in by_hand)
    assert say("towns_own", "en")[:5] in side(session, both(session))["towns"]["sentence"] or session.lesson
    drawn(session)


STOPS = {
    "told": ("towns", {"stop": True}),
    "other policies": ("switch", {"policy": "like_ban", "on": True}),
    "other town": ("new_town", {}),
    "other payoffs": ("town", {"key": "trust.gain_bad", "value": 0.4}),
    "a lesson": IN_LESSON,
    "asked again": ("towns", {}),
}


@pytest.mark.parametrize("case", STOPS)
def test_other_towns_stop(case):
    session = acted(("goto", {"week": 2}), ("towns", {}))
    run = session.towns
    name, fields = STOPS[case]
    do(session, name, **fields)
    assert session.towns is not run
    finished(run)
    assert len(run.found) < other_towns.N_TOWNS
    do(session, "towns", stop=True)


def test_other_towns_go_on_while_yours_plays():
    session = acted(("goto", {"week": 2}), ("towns", {}))
    run = session.towns
    for message in (("goto", {"week": 5}), ("show", {"person": 1}), ("speak", {"language": "zh"})):
        do(session, message[0], **message[1])
    assert session.towns is run
    do(session, "towns", stop=True)
    finished(run)


def test_the_dot_of_this_town_is_of_the_same_weeks_as_the_others(monkeypatch):
    monkeypatch.setattr(other_towns.differences, "__defaults__", (1,))
    session = acted(("switch", {"policy": "public_ratings", "on": True}), ("goto", {"week": 8}), ("towns", {}))
    finished(session.towns)
    then = own_difference(session)
    assert own_difference(do(session, "goto", week=13)) == then


@pytest.mark.parametrize("before", [[ON, WEEK_9, ("show", {"person": 40})], SHARED["see"]], ids=["sandbox", "lesson"])
def test_another_language_changes_words_and_nothing_else(before):
    session = acted(*before)
    do(session, "play", on=False)
    then, digests, setup = drawn(session), (session.yours.digest(), session.twin.digest()), session.setup
    now = drawn(do(session, "speak", language="zh"))
    assert (session.yours.digest(), session.twin.digest()) == digests
    assert session.setup == dataclasses.replace(setup, language="zh")

    def bare(view):
        if isinstance(view, dict):
            return {key: bare(each) for key, each in view.items()}
        if isinstance(view, list | tuple):
            return [bare(each) for each in view]
        return "" if isinstance(view, str) else view

    assert bare(now["frame"]) == bare(then["frame"])
    assert bare(now["charts"]) == bare(then["charts"])
    assert bare(now["line"]) == bare(then["line"])
    assert bare(now["panel"]) == bare(then["panel"])
    assert now["frame"]["when"] != then["frame"]["when"]
    assert not re.search("[\u4e00-\u9fff]", json.dumps(then, ensure_ascii=False))
    assert drawn(do(session, "speak", language="en")) == then


def test_another_town_is_lived_to_the_same_week_under_the_same_policies():
    session = acted(ON, ("goto", {"week": 9}), ("town", {"key": "shops.initial_share", "value": 0.06}))
    straight = World(session.setup.parameters(is_yours=True), SHORT.seed)
    straight.go(9)
    assert session.yours.digest() == straight.digest()
    assert session.twin.parameters.shops.initial_share == 0.06
    before = session.setup
    do(session, "town", key="shops.initial_share", value=2)
    assert session.setup == before and len(session.notes) == 1
    assert session.yours.digest() == straight.digest()


def test_branches_are_put_aside_taken_and_forgotten():
    session = acted(ON, ("goto", {"week": 8}))
    with_ban = session.yours.digest()
    do(session, "branch")
    do(session, "clear")
    without = session.yours.digest()
    assert without == session.twin.digest() != with_ban
    do(session, "take_branch", branch=0)
    assert session.yours.digest() == with_ban
    do(session, "take_branch", branch=0)
    assert session.yours.digest() == without
    for _ in range(MOST_BRANCHES - 1):
        do(session, "branch")
    assert session.notes == []
    do(session, "branch")
    assert len(session.branches) == MOST_BRANCHES and len(session.notes) == 1
    do(session, "drop_branch", branch=1)
    assert len(session.branches) == MOST_BRANCHES - 1
    assert len(drawn(session)["line"]["branches"]) == MOST_BRANCHES - 1


def test_every_scenario_makes_two_worlds_of_the_same_people():
    from sim.scenario import available

    for name in available():
        session = Session(Setup(scenario=name, weeks=26, week=1))
        assert session.yours.market.n_people == session.twin.market.n_people == 350


def test_sessions_do_not_share_anything():
    one, other = acted(ON, WEEK_9), acted(WEEK_9)
    assert other.setup.policies == {} and other.branches == []
    assert one.yours.digest() != other.yours.digest() == one.twin.digest()


# cards and frames -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    """A small town after 20 weeks."""
    world = World(SMALL, SEED)
    world.go(20)
    return world


def test_cards_tell_what_the_books_hold(lively):
    state, told = lively.market.state, {"shop": 0, "closed": 0, "last": 0, "follows": 0}
    for person in range(0, lively.market.n_people, 11):
        known = card(lively, person)
        json.dumps(known, allow_nan=False)
        assert known["spent"] == round(state.people.spent[person] / 100)
        assert known["role"] == ROLES[roles(state)[person]]
        assert known["friends"] == lively.market.network.degrees[person]
        assert {each["owner"] for each in known["follows"]} == {
            int(state.shops.owner_row[shop]) for shop in state.people.slot_shop[person] if shop >= 0
        }
        bought = [(n, row) for n, sales in enumerate(lively.sales) for row in np.flatnonzero(sales.buyer == person)]
        assert (known["last"] is None) == (not bought)
        if bought:
            n, row = bought[-1]
            last, sales = known["last"], lively.sales[n]
            assert (last["week"], last["price"]) == (n, round(sales.price[row] / 100))
            assert (last["satisfied"], last["genuine"]) == (sales.is_satisfied[row], sales.is_genuine[row])
            (taken,) = [each for each in last["offers"] if each["taken"]]
            assert (taken["venue"], taken["owner"], taken["price"]) == (last["venue"], last["seller"], last["price"])
            assert taken["venue"] == VENUES[sales.venue[row]]
            told["last"] += 1
        shop = known["shop"]
        if shop is not None:
            number = np.flatnonzero(state.shops.owner_row == person)[-1]
            assert shop["open"] == (state.people.shop[person] == number)
            earned = (
                state.shops.income_from_retail,
                state.shops.income_from_wholesale,
                state.shops.income_from_recruits,
            )
            assert [shop[key] for key in ("retail", "wholesale", "recruiting")] == [
                round(each[number] / 100) for each in earned
            ]
            told["shop"] += 1
            told["closed"] += not shop["open"]
        told["follows"] += bool(known["follows"])
    assert min(told.values()) >= 1 and told["last"] > 10


def test_the_map_holds_everyone_every_friendship_and_every_purchase(small):
    network, shown = small.market.network, people_of(small)
    given = map_of(network, 5)
    assert len(given["links"]) == 2 * network.n_friendships
    assert all(0 <= place <= 1000 for axis in "xy" for place in given[axis])
    for first, second in list(zip(given["links"][::2], given["links"][1::2], strict=True))[:50]:
        assert second in network.neighbours[network.offsets[first] : network.offsets[first + 1]]
    assert len(given["x"]) == len(shown["trust"]) == len(shown["role"]) == small.market.n_people
    assert shown["bought"][::3] == small.sales[-1].buyer.tolist()
    shops = small.market.shops
    still_open = shops.closed_week < 0
    assert shown["tree"][::4] == shops.owner_row[still_open].tolist()
    for owner, boss, tier in zip(shown["tree"][::4], shown["tree"][1::4], shown["tree"][2::4], strict=True):
        upline = shops.upline[small.market.people.shop[owner]]
        assert (boss == shops.owner_row[upline]) if upline >= 0 else boss < 0 and tier >= 1


def test_series_are_averages_over_the_last_weeks(lively):
    shown = smoothed(lively)
    for name in ("price.resale", "share_fakes.resale", "n_shops"):
        over, under = (each[0] for each in sides([measure_of(name)], lively.record))
        for last in (0, 4, LAST - 1):
            first = last if name == "n_shops" else max(0, last - SMOOTH + 1)
            expected = over[first : last + 1].sum() / under[first : last + 1].sum()
            assert shown[name][last] == pytest.approx(expected, rel=1e-3)
    assert {len(each) for each in shown.values()} == {LAST}
    assert all(each == [] for each in smoothed(World(CLASSROOM, 1)).values())


def test_theory_lines_are_what_theory_says():
    world = World(CLASSROOM, 1)
    shops = world.market.shops
    tiers = np.unique(shops.tier)
    assert tiers.size > 2 and tiers[0] == 1
    assert len(chain_prices(world)) == 2
    for tier in tiers[:2]:
        assert chain_prices(world)[tier - 1] == pytest.approx(shops.price[shops.tier == tier].mean() / 100, rel=0.05)
    trust = CLASSROOM.trust
    level_at = settling_trust(CLASSROOM, 0.7)
    assert trust.gain_good * 0.7 * (1 - level_at) == pytest.approx(trust.gain_bad * 0.3 * level_at)
    assert settling_trust(CLASSROOM, None) is None


def test_people_and_brands_have_names_of_their_own():
    for language in LANGUAGES:
        assert len({person_name(key, language) for key in range(2_000)}) == 2_000
        assert len({brand_name(number, language) for number in range(26)}) == 26


# lessons --------------------------------------------------------------------------------------


def both_languages(text):
    return {"en": text, "zh": "文" + str(len(text))}


GUIDE = {"minutes": 5, "aim": "-", "before": "-", "ask": ["Why?"], "watch_out": "-", "further": "-"}
OWN = {
    "order": 5, "cast": "honest", "title": both_languages("Mine"), "idea": both_languages("One idea."),
    "town": {"seed": 6, "weeks": 26, "overrides": {"population.n_people": 200},
    "policies": {"sales_fee": {"resale": 0.02}}},
    "start": 4, "policies": {"public_ratings": {"weight": 1}},
    "control": {"key": "public_ratings.weight", "low": 0, "high": 1, "step": 0.25},
    "intro": [both_languages("First."), both_languages("Second.")],
    "bet": {"question": both_languages("What then?"),
            "answers": [{"key": key, **both_languages(key)} for key in ("falls", "rises", "same")]},
    "look": {"measure": "share_fakes.resale", "over": 10, "against": "twin", "small": 0},
    "charts": ["trust"],
    "replies": {key: {"right": both_languages(f"Yes {key}: {{yours}}, {{other}}, {{difference}}."),
                      "wrong": both_languages(f"Not {key}: {{yours}}, {{other}}.")} for key in ("falls", "rises",
                      "same")},
    "why": [both_languages("Because.")],
    "claims": [{"measure": "share_fakes.resale", "over": 10, "against": "twin", "sign": "falls", "word": "often"}],
    "try": both_languages("Try it."), "guide": {key: dict(GUIDE) for key in ("en", "zh")},
}  # fmt: skip


def changed(path, value):
    """Return the lesson of ours with another value at a dotted path, or without it."""
    content = copy.deepcopy(OWN)
    *above, last = path.split(".")
    place = content
    for key in above:
        place = place[int(key)] if isinstance(place, list) else place[key]
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return content


@pytest.fixture(scope="module", autouse=True)
def own(tmp_path_factory):
    """A folder of a teacher's own lessons, with one."""
    folder = tmp_path_factory.mktemp("lessons")
    write(folder, "mine", OWN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setups, "own_folders", [folder])
        yield folder


def lessons_in(*folders):
    """Return the lessons in some folders."""
    return read_lessons(tuple(path for folder in folders for path in sorted(folder.glob("*.yaml"))))


def write(folder, name, content):
    """Write a lesson, or any text."""
    text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_the_lessons_that_come_with_it_can_be_had():
    names = sorted(path.stem for path in setups.LESSONS.glob("*.yaml"))
    found = lessons_in(setups.LESSONS)
    assert sorted(found) == names and 6 <= len(names) <= 9
    orders = [each.order for each in found.values()]
    assert orders == sorted(set(orders))
    for each in found.values():
        assert each.setup.policies and each.claims and set(each.replies) == set(each.answers)
        assert each.start + each.look.over <= each.setup.weeks
        for claim in each.claims:
            assert each.start + claim.look.over <= each.setup.weeks
        assert set(each.guide) == set(LANGUAGES)


def test_all_numbers_that_texts_ask_for_are_there():
    for each in lessons_in(setups.LESSONS).values():
        for replies in each.replies.values():
            for text in replies.values():
                fields = [set(re.findall(r"{(\w*)}", text[language])) for language in LANGUAGES]
                assert fields[0] == fields[1] <= {"yours", "other", "difference"}
        plain = [each.title, each.idea, each.question, each.free_play, *each.intro, *each.why, *each.answers.values()]
        assert not any(re.search("[{}]", text[language]) for text in plain for language in LANGUAGES)


def test_a_folder_of_ones_own_adds_and_replaces_lessons(own, tmp_path):
    assert next(iter(lessons.catalogue())) == "mine"
    assert len(lessons.catalogue()) == len(lessons_in(setups.LESSONS)) + 1
    write(tmp_path, "mine", changed("title", both_languages("Other")))
    assert lessons_in(own, tmp_path)["mine"].title["en"] == "Other"
    assert CHECKS["lesson"]("mine", Setup()) == "mine"


WRONG = [
    # path, value, key that the error names
    *[(key, ..., key) for key in ("order", "cast", "title", "idea", "control", "intro", "look", "charts", "why",
    "claims", "try")],
    ("bet", ..., "answers"), ("replies", ..., "falls"), ("replies.same", ..., "same"), ("replies.same.wrong", ...,
    "wrong"),
    ("title.zh", ..., "title.zh"), ("title.en", 3, "title.en"), ("title", "Mine", "title"), ("idea.en", " ", "idea.en"),
    ("why.0.en", "word " * 61, "why[0].en: 61 words"), ("intro.1.zh", "字" * 111, "intro[1].zh: 111"),
    ("bet.question.en", ..., "bet.question.en"), ("bet.answers.0.key", "explodes", "bet.answers"),
    ("bet.answers", OWN["bet"]["answers"][:1], "bet.answers"), ("bet.answers.2.en", ..., "bet.answers[2].en"),
    ("bet.answers.1", "rises", "key"), ("look.measure", "share_fake.resale", "look.measure='share_fake.resale'"),
    ("look.measure", ..., "look.measure"), ("look.over", 0, "look.over"), ("look.against", "nobody", "against"),
    ("look.small", -1, "look.small"), ("look.small", math.nan, "look.small"), ("look", [1], "look"), ("extra", 1,
    "extra"),
    ("claims.0.measure", "x", "claims[0].measure"), ("claims.0.sign", "up", "sign"), ("claims.0.word", "always",
    "word"),
    ("claims.0", 3, "claims[0]"), ("control.key", "like_ban.detection", "control.key"), ("control.step", 0, "control"),
    ("control.key", "public_ratings.no", "control.key"), ("control.high", 2, "weight"), ("control.step", ...,
    "control.step"),
    ("control.values", ["x"], "control.values"), ("control", 3, "control"), ("move", "thief", "move"), ("cast", "king",
    "cast"),
    ("charts", ["weather"], "charts"), ("charts", "trust", "charts"), ("order", "first", "order"), ("start", 25,
    "start"),
    ("start", -1, "start"), ("town.weeks", 10, "town.weeks"), ("town.seed", 1.5, "town.seed"), ("town", [1], "town"),
    ("town.overrides", {"trust.gain_badd": 1}, "trust.gain_badd"), ("town.overrides", {"network.path": "/etc/passwd"},
    "network.path"),
    ("town.overrides", {"population.n_people": 100_000}, "n_people"), ("town.policies", {"no_such": {}}, "no_such"),
    ("policies.public_ratings.weight", 7, "weight"), ("policies", {"no_such": {}}, "no_such"), ("guide", [1], "guide"),
    ("look.smal", 1, "look.smal: no such key; nearest is small"), ("claims.0.wrd", "often", "claims[0].wrd: no such"),
    ("bet.qustion", "?", "bet.qustion"), ("control.vals", [1], "control.vals"), ("guide.en.aim", ..., "aim: missing"),
    ("guide.fr", {}, "guide.fr"), ("guide.zh", ..., "missing"), ("bet.answers.1.key", "falls", "bet.answers"),
    ("why.0.en", "It is {yuors}.", "why[0].en: {yuors} is no number"), ("replies.falls.right.zh", "是{}", "replies"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "says"), WRONG)
def test_a_wrong_lesson_is_one_line_that_names_file_and_key(tmp_path, path, value, says):
    write(tmp_path, "mine", changed(path, value))
    with pytest.raises(ParameterError, match=r"^[^\n]*$") as refusal:
        lessons_in(tmp_path)
    assert "mine.yaml: " in str(refusal.value)
    assert says in str(refusal.value).partition("mine.yaml: ")[2]


@pytest.mark.parametrize(("name", "text"), [
    ("mine", ""), ("mine", "- 1\n"), ("mine", "text"), ("mine", "a: [\n"), ("mine", "order: 1\norder: 2\n"), ("mine",
    "\0"),
    ("My Lesson", yaml.safe_dump(OWN)), ("1st", yaml.safe_dump(OWN)),
])  # fmt: skip
def test_a_file_that_is_no_lesson_is_one_line_that_names_it(tmp_path, name, text):
    write(tmp_path, name, text)
    with pytest.raises(ParameterError, match=r"^[^\n]*$") as refusal:
        lessons_in(tmp_path)
    assert f"{name}.yaml" in str(refusal.value)


SILENT = {
    "policy off": ("policies", {"public_ratings": {"weight": 1}, "like_ban": False}),
    "policy in phases": ("policies", {"public_ratings": [{"start_week": 20, "weight": 0.5}]}),
    "policy of the town on": ("town.policies", {"like_ban": True}),
    "typo in town": ("town.sead", 3),
    "guide is text": ("guide", {"en": "a text", "zh": "x"}),
}


@pytest.mark.parametrize("case", SILENT)
def test_a_lesson_is_as_its_file_says_or_refused(case):
    path, value = SILENT[case]
    try:
        made = lesson_of("mine", changed(path, value))
    except ParameterError:
        return
    assert path != "town.sead"
    for language in LANGUAGES:
        assert made.guide.get(language, {}).get
    said = dict(OWN["policies"]) if path != "policies" else value
    assert build_policies(made.setup.policies) == build_policies(
        {key: {"start_week": 4} | each if isinstance(each, dict) else each for key, each in said.items()}
    )


def turned(session, by=1):
    """Turn a screen and return its kind."""
    do(session, "turn", by=by)
    assert session.notes == []
    return lesson_view(session)["kind"]


@pytest.fixture(scope="module")
def by_hand():
    """The measure of our own lesson in both worlds, by markets of our own."""
    made, levels = lesson_of("mine", OWN), []
    for policies in ({**made.setup.both, **made.setup.policies}, made.setup.both):
        parameters = dataclasses.replace(SMALL, policies=build_policies(policies))
        record = Market(parameters=parameters, seed=6).run(26).record
        over, under = (each[0, 16:].sum() for each in sides([measure_of("share_fakes.resale")], record))
        levels.append(over / under)
    return levels


@pytest.mark.parametrize("answer", ["falls", "same"])
def test_a_lesson_is_walked_through_by_messages(by_hand, answer):
    session = acted(IN_LESSON, first=Setup())
    assert (session.setup.week, session.setup.seed, session.setup.weeks) == (4, 6, 26)
    assert lesson_view(session)["texts"] == ["First."]
    assert [turned(session), turned(session)] == ["intro", "bet"]
    do(session, "turn", by=1)
    assert lesson_view(session)["kind"] == "bet" and len(session.notes) == 1
    assert not lesson_view(session)["may_next"]
    do(session, "dismiss")
    do(session, "bet", answer=answer)
    assert (session.setup.answer, lesson_view(session)["kind"], session.playing) == (answer, "see", True)
    assert lesson_view(session)["running"] and not lesson_view(session)["reply"]
    while session.playing:
        do(session, "advance", week=26)
    view, words, (mine, other) = lesson_view(session), named("en"), by_hand
    assert mine != other
    happened = "falls" if mine < other else "rises"
    level_of_mine, level_of_other = (words.level("share_fakes.resale", each, 1) for each in by_hand)
    start = f"Yes {answer}: " if answer == happened else f"Not {answer}: "
    assert view["reply"].startswith(f"{start}{level_of_mine}, {level_of_other}")
    assert "{" not in view["reply"]
    assert say(f"{happened}_twin", "en") in view["happened"]
    assert "mine" not in session.finished
    assert [turned(session), turned(session)] == ["why", "try"]
    assert session.finished == ["mine"]


def test_after_the_moral_one_control_is_free():
    session = acted(IN_LESSON, ("bet", {"answer": "same"}), *[("turn", {"by": 1})] * 2)
    view = drawn(session)["panel"]["lesson"]
    assert view["control"]["values"] == [0, 0.25, 0.5, 0.75, 1] and view["idea"] == "One idea."
    do(session, "field", policy="public_ratings", field="weight", value=0)
    assert session.setup.policies == {"public_ratings": [{"start_week": 4, "weight": 0}]}
    assert session.yours.digest() == session.twin.digest()
    assert say("same_twin", "en") in lesson_view(session)["happened"]
    for _ in range(3):
        turned(session, -1)
    assert lesson_view(session)["kind"] == "bet" and session.setup.week == 4
    assert session.setup.policies == {"public_ratings": [{"start_week": 4, "weight": 1}]}


def test_skipping_to_the_end_shows_what_watching_shows():
    session = acted(IN_LESSON, ("bet", {"answer": "same"}), ("goto", {"week": 26}))
    watched = acted(IN_LESSON, ("bet", {"answer": "same"}), *[("advance", {"week": 26})] * 4)
    assert lesson_view(session) == lesson_view(watched)


@pytest.mark.parametrize(("kind", "cls", "told"), [("buyer", Buyer, 3), ("seller", Seller, 2)])
def test_a_first_move_is_made_before_the_bet(tmp_path, monkeypatch, kind, cls, told):
    write(tmp_path, "mine", OWN | {"move": kind})
    monkeypatch.setattr(setups, "LESSONS", tmp_path)
    monkeypatch.setattr(setups, "own_folders", [])
    session = acted(IN_LESSON)
    view = lesson_view(session)
    assert view["kind"] == "move" and isinstance(session.first_move, cls)
    assert view["move"]["told"] == [] and len(view["move"]["options"]) >= 2
    assert "{" not in json.dumps(view["move"]["options"][0]["text"])
    for option in range(2):
        do(session, "pick", option=option)
        for language in LANGUAGES:
            do(session, "speak", language=language)
            assert len(lesson_view(session)["move"]["told"]) == told
    assert session.notes == []
    assert do(session, "pick", option=len(view["move"]["options"])).notes
    assert turned(do(session, "dismiss")) == "intro"


def test_leaving_a_lesson_keeps_its_worlds():
    session = acted(IN_LESSON, ("bet", {"answer": "same"}), ("goto", {"week": 20}))
    digests = (session.yours.digest(), session.twin.digest())
    do(session, "lesson", lesson=None, keep=True)
    assert session.lesson is None and (session.yours.digest(), session.twin.digest()) == digests
    assert session.setup.answer is None
    assert "there is no lesson at hand" in do(session, "turn", by=1).notes[0]


def test_levels_are_means_or_ratios_of_sums(lively):
    over, under = (each[0] for each in sides([measure_of("price.resale")], lively.record))
    assert measure_of("price.resale").is_weighted and not measure_of("n_shops").is_weighted
    assert level(lively.record, "price.resale", 4, 15) == pytest.approx(over[4:15].sum() / under[4:15].sum())
    over, under = (each[0] for each in sides([measure_of("n_shops")], lively.record))
    assert level(lively.record, "n_shops", -3, 15) == pytest.approx(np.mean(over[:15] / under[:15]))
    look = Look("n_shops", 5, "before")
    mine, before = compared(look, lively.record, None, 12)
    assert mine == level(lively.record, "n_shops", LAST - 5, LAST) and before == level(lively.record, "n_shops", 7, 12)
    mine, twin = compared(Look("n_shops", 26, "twin"), lively.record, world_of({}, LAST).record, 12)
    assert mine == level(lively.record, "n_shops", 12, LAST) != twin


def test_outcomes_are_signs_beyond_what_is_small():
    assert [outcome(each, 0.1) for each in (-0.2, -0.1, 0, 0.1, 0.2, math.nan)] == [
        "falls",
        "same",
        "same",
        "same",
        "rises",
        "same",
    ]


# words ----------------------------------------------------------------------------------------

PYTHON = {path.name: path.read_text(encoding="utf-8") for path in EXPLORE.glob("*.py")}
VUE = {path.name: path.read_text(encoding="utf-8") for path in (EXPLORE / "front").glob("*.vue")}
FAMILIES = {
    "said": {
        "unit_": [*MEASURES], "strip_": [name.replace(".", "_") for name in views.STRIP],
        "place_": ["direct", "bazaar", "mall"], "happened_": lessons.AGAINST, "move_lot_told_": ["0", "1"],
        "guide_": ["minutes", "aim", "before", "ask", "watch_out", "further"], "line_tier_": ["1", "2"],
        "": [*(f"{each}_{other}" for each in lessons.OUTCOMES for other in lessons.AGAINST), *MEASURES],
    },
    "front": {"help_": ["1", "2", "3", "4", "1_head", "2_head", "3_head", "4_head"], "tab_": ["rules", "people",
    "payoffs"],
              "": ["start", "end", "share", "help", "guide"]},
}  # fmt: skip
"""Keys that are put together while the page runs."""


def put_together(part):
    return {f"{head}{tail}" for head, tails in FAMILIES[part].items() for tail in tails}


def test_every_sentence_that_is_said_is_there_and_every_one_there_is_said():
    source = "\n".join(text for name, text in PYTHON.items() if name != "server.py")
    there = set(strings()["said"])
    asked = set(re.findall(r'\bsay\(\s*"(\w+)"', source)) | put_together("said")
    asked |= set(re.findall(r'Reason\("(\w+)"', source))
    assert asked <= there
    quoted = set(re.findall(r'"(\w+)"', source))
    assert there - asked <= quoted
    heads = set(re.findall(r'(?:say\(|key in \()f"(\w+_){', source))
    assert heads <= set(FAMILIES["said"])


def test_every_word_of_the_page_is_there_and_every_one_there_is_used():
    source = "\n".join(VUE.values())
    there = set(strings()["front"])
    asked = set(re.findall(r"\bwords\.(\w+)", source)) - {"roles"}
    assert asked <= there
    assert put_together("front") <= there
    assert there - asked <= put_together("front")
    dynamic = set(re.findall(r"\bwords\[([^\]]+)\]", source))
    assert dynamic == {"shown", "which", "'tab_' + tab", "'help_' + n", "'help_' + n + '_head'"}
    assert set(strings()["roles"]) == {*ROLES, "brand"} == {*lessons.CAST} | {"buyer"}


def every_text(tree, path=""):
    """Yield (path, texts by language) for all texts in a file of words."""
    for key, value in tree.items():
        here = f"{path}.{key}"
        if isinstance(value, dict) and set(value) & set(LANGUAGES):
            yield here, value
        elif isinstance(value, dict):
            yield from every_text(value, here)


def test_every_text_is_in_both_languages_with_the_same_values():
    texts = [*every_text(strings()), *every_text(controls())]
    assert len(texts) > 250
    for path, text in texts:
        assert set(LANGUAGES) <= set(text), path
        assert all(isinstance(text[each], str) and text[each].strip() for each in LANGUAGES), path
        assert sorted(re.findall(r"{\w*}", text["en"])) == sorted(re.findall(r"{\w*}", text["zh"])), path
        assert not re.search("[\u4e00-\u9fff]", text["en"].replace("微商", "")), path
    assert front_words("en").keys() == front_words("zh").keys()


def test_every_policy_is_on_the_page_once():
    listed = [name for group in controls()["groups"].values() for name in group["policies"]]
    names = [each.partition(".")[2] for each in policy_groups()]
    assert sorted(listed) == sorted(names)
    assert sorted(controls()["policies"]) == sorted(names)
    for language in LANGUAGES:
        labels = [named(language).of("policies", name) for name in names]
        assert len(set(labels)) == len(names) and not set(labels) & set(names)


STOPS_OF = [
    (f"policies.{policy}.{field}", entry)
    for policy, of in controls()["policies"].items()
    for field, entry in of["fields"].items()
]
STOPS_OF += [(field, entry) for of in controls()["town"].values() for field, entry in of["fields"].items()]


@pytest.mark.parametrize(("key", "entry"), STOPS_OF, ids=[key for key, _ in STOPS_OF])
def test_every_stop_of_a_slider_can_be_set(key, entry):
    declared = declared_at(key)
    assert entry["unit"] in controls()["units"]
    for value in entry["values"]:
        build({key: value})
    if entry["unit"] == "words":
        assert set(entry["words"]) == set(entry["values"]) == set(declared.metadata["choices"])
    else:
        assert entry["values"] == sorted(set(entry["values"]))
    if key.startswith("policies."):
        assert declared.default in entry["values"]


def test_every_measure_that_is_spoken_of_has_a_name():
    spoken = {*ASKED, *SERIES, *(name for each in MEASURES.values() for name in each)}
    for each in lessons.catalogue().values():
        spoken.add(each.look.measure)
    known = {each.name for each in measures.catalogue()}
    for name in spoken:
        assert name in known
        assert {name, name.partition(".")[0]} & set(report_strings()["measures"]), name
        for language in LANGUAGES:
            heading = named(language).heading(name)
            assert heading.lower() != name.lower() or name.isalpha(), name
            assert re.search("[\u4e00-\u9fff]", heading) if language == "zh" else heading.isascii()
