"""Slots: the shops that a person pays attention to. Compiled functions that mechanisms share."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.beliefs import believed_chance, rating_share_read
from sim.compiled import kernel
from sim.parameters import Parameters
from sim.rules import Rules

EMPTY = -1
HELD_ALREADY = -2


class Judgement(NamedTuple):
    """What goes into the belief in a shop (docs/odd.md 7.4)."""

    prior_weight: float
    ratings_read: float
    likes_counted: float
    rating_weight: NDArray[np.float64]  # (n_venues,)


def judgement(parameters: Parameters, rules: Rules) -> Judgement:
    """Return what goes into beliefs under this week's rules."""
    given = parameters.trust
    return Judgement(given.prior_weight, given.ratings_read, given.likes_counted, np.array(rules.rating_weight))


@kernel
def find_slot(slot_shop, person, shop):  # type: ignore[no-untyped-def]
    """Return the slot in which the person holds the shop, -1 if none."""
    for slot in range(slot_shop.shape[1]):
        if slot_shop[person, slot] == shop:
            return slot
    return EMPTY


@kernel
def free_slot(slot_shop, person, shop):  # type: ignore[no-untyped-def]
    """Return the lowest empty slot, EMPTY (-1) if there is none, HELD_ALREADY (-2) if the shop is held."""
    free = EMPTY
    for slot in range(slot_shop.shape[1] - 1, -1, -1):
        if slot_shop[person, slot] == shop:
            return HELD_ALREADY
        if slot_shop[person, slot] < 0:
            free = slot
    return free


@kernel
def take(person, slot, shop, is_friend, from_campaign, week, people, n_contacts):  # type: ignore[no-untyped-def]
    """Put a shop into an empty slot, without evidence."""
    people.slot_shop[person, slot] = shop
    people.slot_is_friend[person, slot] = is_friend
    people.slot_from_campaign[person, slot] = from_campaign
    people.slot_satisfied[person, slot] = 0.0
    people.slot_total[person, slot] = 0.0
    people.slot_last_week[person, slot] = week
    n_contacts[shop] += 1


@kernel
def drop(person, slot, slot_shop, n_contacts):  # type: ignore[no-untyped-def]
    """Empty a slot."""
    n_contacts[slot_shop[person, slot]] -= 1
    slot_shop[person, slot] = EMPTY


@kernel
def least_believed(person, week, people, shops, decay, judgement):  # type: ignore[no-untyped-def]
    """Return the slot of the shop believed in least (ties: lowest owner key), -1 if none is held."""
    worst, worst_slot = 2.0, EMPTY
    for slot in range(people.slot_shop.shape[1]):
        shop = people.slot_shop[person, slot]
        if shop < 0:
            continue
        left = decay[week - people.slot_last_week[person, slot]]
        ratings_left = decay[week - shops.rating_week[shop]]
        rated_total = shops.rating_total[shop] * ratings_left
        venue = shops.platform[shop]
        belief = believed_chance(
            judgement.prior_weight,
            np.float64(people.trust[person, venue]),
            rating_share_read(judgement.rating_weight[venue], rated_total, judgement.ratings_read),
            shops.rating_satisfied[shop] * ratings_left,
            rated_total,
            people.slot_satisfied[person, slot] * left + shops.badge[shop],
            people.slot_total[person, slot] * left + shops.badge[shop],
            min(judgement.likes_counted, np.float64(shops.likes[shop])) if people.is_naive[person] else 0.0,
        )
        is_lower_key = belief == worst and shops.owner[shop] < shops.owner[people.slot_shop[person, worst_slot]]
        if belief < worst or is_lower_key:
            worst, worst_slot = belief, slot
    return worst_slot


@kernel
def release(is_released, slot_shop):  # type: ignore[no-untyped-def]
    """Empty every slot that holds one of the shops in `is_released` (n_spells,)."""
    for person in range(slot_shop.shape[0]):
        for slot in range(slot_shop.shape[1]):
            shop = slot_shop[person, slot]
            if shop >= 0 and is_released[shop]:
                slot_shop[person, slot] = EMPTY
