"""Migration: shops move to the rival platform where that pays more (odd.md 7.11)."""

import numpy as np

from sim.compiled import kernel
from sim.ledger import Integers
from sim.parameters import Venue
from sim.randomness import Purpose, keyed_uniforms
from sim.slots import EMPTY
from sim.week import HALF_YEAR, REVIEW, Week

PERIODS = HALF_YEAR / REVIEW


def migrate(week: Week) -> None:
    """Let shops at their review compare 26 weeks on each platform and move, with the followers who are there.

    here: P (26 - weeks of suspension left) - 6.5 R 26 P if it deals in fakes; there: (share of followers on the
    rival) 26 P; P smoothed profit, R perceived risk in four weeks.
    """
    shops = week.shops
    is_here = (shops.closed_week < 0) & (shops.platform == Venue.RESALE_WECHAT)
    shop = np.flatnonzero(is_here & week.is_reviewed(shops.opened_week))
    if shop.size == 0:
        return
    profit = np.maximum(0.0, shops.profit_smoothed[shop].astype(np.float64))
    risk = week.perceived(week.announced_risk(), shop)
    loss = (week.rules.fine + shops.deposit_held[shop] / 100) + HALF_YEAR * profit
    at_risk = np.where(shops.buys_fakes[shop], (PERIODS * risk) * loss, 0.0)
    here = profit * (HALF_YEAR - np.maximum(0, shops.suspended_until[shop] - week.number)) - at_risk
    threshold = (1 + week.parameters.regulator.moving_hurdle) * np.maximum(0.0, here)
    if not (HALF_YEAR * profit > threshold).any():  # even if all followers were there
        return
    on_rival = count_rival_followers(week.people.slot_shop, week.people.uses_rival, shops.owner.size)[shop]
    share = np.divide(on_rival, shops.n_contacts[shop], out=np.zeros(shop.size), where=shops.n_contacts[shop] > 0)
    move(week, shop[(share * HALF_YEAR) * profit > threshold])


def leave_all_at_once(week: Week) -> None:
    """Let shops whose keyed luck is below the rules' share leave WeChat, whether that pays or not."""
    if week.rules.exodus_share > 0:
        shops = week.shops
        shop = np.flatnonzero((shops.closed_week < 0) & (shops.platform == Venue.RESALE_WECHAT))
        luck = keyed_uniforms(week.seed, Purpose.EXODUS, shops.owner[shop])
        move(week, shop[luck < week.rules.exodus_share])


def move(week: Week, movers: Integers) -> None:
    """Move shops to the rival platform with the followers who are there."""
    if movers.size == 0:
        return
    shops = week.shops
    shops.platform[movers] = Venue.RESALE_RIVAL
    shops.suspended_until[movers] = 0
    week.tally.moved[0] += movers.size
    has_moved = np.zeros(shops.owner.size, np.bool_)
    has_moved[movers] = True
    leave_behind(has_moved, week.people.slot_shop, week.people.uses_rival, shops.n_contacts)


@kernel
def count_rival_followers(slot_shop, uses_rival, n_spells):  # type: ignore[no-untyped-def]
    """Return how many holders of each shop use the rival platform, int64 (n_spells,)."""
    count = np.zeros(n_spells, np.int64)
    for person in np.flatnonzero(uses_rival):
        for slot in range(slot_shop.shape[1]):
            if slot_shop[person, slot] >= 0:
                count[slot_shop[person, slot]] += 1
    return count


@kernel
def leave_behind(has_moved, slot_shop, uses_rival, n_contacts):  # type: ignore[no-untyped-def]
    """Empty the slots of those who do not use the rival platform from shops that have moved there."""
    for person in np.flatnonzero(~uses_rival):
        for slot in range(slot_shop.shape[1]):
            shop = slot_shop[person, slot]
            if shop >= 0 and has_moved[shop]:
                slot_shop[person, slot] = EMPTY
                n_contacts[shop] -= 1
