"""The market of arrays against the plain market of tests/reference, object by object, to the last bit."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from sim.parameters import Channel, Venue
from tests.reference.comparison import DifferenceError, compare_set_up, compare_week
from tests.reference.market import ReferenceMarket
from tests.reference.worlds import World, governed_world, lively_world, random_world

PATHS_OF_SELLERS = (
    "drop-shipped by the brand", "drop-shipped by an upline", "drop-shipped through several levels",
    "fake drop-shipped", "reorder from the chain", "reorder of fakes", "lot that cannot be paid",
    "lot from an upline's stock", "lot ordered on", "lot with fakes carried down the chain",
    "turned to fakes", "turned honest", "markup cut", "markup raised", "list price changed", "hill climber turned",
    "moved to the rival", "moved while suspended", "opened on the rival",
    "campaign", "campaign found too risky", "contact by campaign", "stranger added", "slot replaced",
    "offer above the limit", "purged stranger", "purged friend",
    "strike 1", "strike 2", "strike 3", "suspension", "permanent ban", "follower removed",
    "closed: banned", "closed: broke", "closed: gave up", "disappointed friend",
    "attached to an ancestor", "attached to the brand",
    "opened: joined a shop", "opened: recruited by a brand", "opened again", "joiner too poor",
    "bonus at level 1", "bonus at level 2", "bonus at level 3",
    "imitation", "more effort", "less effort", "bazaar entry", "bazaar exit", "bazaar seller turned",
)  # fmt: skip
"""What tests/reference counts by itself, in `seen`."""

PATHS_OF_THE_GOVERNOR = (
    "deposit paid at opening", "deposit paid later", "deposit owed", "deposit given back", "deposit lost",
    "closed: deposit owed", "inspection", "inspection above the budget", "false alarm", "fakes overlooked",
    "without a licence", "tier too deep", "found twice", "fine", "tax", "burst", "no burst", "adapted to complaints",
    "tier limit keeps from recruiting", "level that may not be paid", "exodus", "strike 4", "closed: banned",
)  # fmt: skip


def compare(world: World) -> ReferenceMarket:
    """Run both markets side by side; raises DifferenceError at the first thing that is not the same."""
    reference, market = world.reference(), world.market()
    compare_set_up(reference, market)
    for _ in range(world.weeks):
        reference.step()
        market.step()
        compare_week(reference, market)
    return reference


def comparing(**kwargs):  # a world follows from its number alone: there is nothing to shrink
    phases = (Phase.explicit, Phase.generate)
    checks = list(HealthCheck)
    return settings(deadline=None, database=None, phases=phases, suppress_health_check=checks, **kwargs)


@comparing(max_examples=16, derandomize=True)
@given(st.integers(0, 2**64 - 1))
def test_random_worlds_are_the_same(number):
    world = random_world(number)
    note(world)
    compare(world)


@pytest.mark.slow
@comparing(max_examples=1000)
@given(st.integers(0, 2**64 - 1))
def test_many_random_worlds_are_the_same(number):
    world = random_world(number)
    note(world)
    compare(world)


def test_a_lively_world_is_the_same_and_takes_every_path():
    world = lively_world()
    reference, market = world.reference(), world.market()
    compare_set_up(reference, market)
    seen, own = Counter(), set()
    for _ in range(world.weeks):
        reference.step()
        market.step()
        compare_week(reference, market)
        seen["muted"] += reference.n_muted
        for person, seller, purchase in reference.orders:
            slot = person.slot_of(seller)
            own.add((person, seller))
            seen[purchase.venue.name] += 1
            seen[f"refund in {purchase.venue.name}"] += purchase.is_refunded
            seen[f"complaint in {purchase.channel.name}"] += purchase.is_complaint
            seen["complaint about a friend"] += purchase.is_complaint and purchase.is_friend
            seen[f"fake in {purchase.channel.name}"] += not purchase.is_genuine
            seen["disappointment"] += not purchase.is_satisfied
            seen["from a friend"] += slot is not None and slot.is_friend
            seen["from a stranger"] += slot is not None and not slot.is_friend
            seen["above list price"] += purchase.price > seller.brand.list_price
            seen["likes counted"] += person.is_naive and getattr(seller, "likes", 0) > 0
            seen[f"tier {getattr(seller, 'tier', 0)}"] += 1
    slots = [(person, slot) for person in reference.people for slot in person.slots if slot]
    seen["hearsay"] = sum(slot.total > 0 and (person, slot.shop) not in own for person, slot in slots)
    seen["praise"] = sum(len(person.knows) for person in reference.people)
    paths = [venue.name for venue in Venue] + [f"refund in {venue.name}" for venue in Venue]
    paths += ["fake in RESALE", "fake in BAZAAR", "disappointment", "from a friend", "from a stranger"]
    paths += ["above list price", "likes counted", "tier 1", "tier 2", "tier 3", "tier 4", "muted", "hearsay", "praise"]
    paths += [f"complaint in {channel.name}" for channel in Channel] + ["complaint about a friend"]
    assert {path: seen[path] for path in paths if seen[path] < 5} == {}
    assert {path: reference.seen[path] for path in PATHS_OF_SELLERS if reference.seen[path] < 3} == {}


def test_a_governed_world_is_the_same_and_takes_every_path():
    world = governed_world()
    seen = compare(world).seen
    assert {path: seen[path] for path in PATHS_OF_THE_GOVERNOR if seen[path] < 3} == {}


def test_a_difference_is_told_in_one_line():
    world = lively_world()
    reference, market = world.reference(), world.market()
    market.people.value[17] += np.float32(1)
    with pytest.raises(DifferenceError, match=r"^week 0, person 17, value: .*, the reference has .*$"):
        compare_set_up(reference, market)
    reference.step()
    market.step()
    market.people.trust[41, Venue.MALL] = 0.25
    with pytest.raises(DifferenceError, match=r"^week 0, person 41, trust in mall: .*0.25.*, the reference has"):
        compare_week(reference, market)
