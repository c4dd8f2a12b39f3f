"""Attention: a feed is read, or part of it; too much advertising gets a shop muted (odd.md 7.1)."""

import numpy as np

from sim.compiled import kernel
from sim.ledger import PER_ONE, Tally
from sim.randomness import Purpose, uniform
from sim.slots import EMPTY, drop, judgement, least_believed
from sim.week import Week


def attend(week: Week) -> None:
    """Let everyone read the feed and mute a shop perhaps."""
    given, scratch = week.parameters.attention, week.scratch

    def read(first: int, last: int, part: Tally) -> int:
        read_feeds(
            first, last, week.seed, week.number, week.people.key, week.people.slot_shop, week.shops.n_posts,
            given.organic_posts, given.posts_read, given.mute_hazard, given.ads_tolerated, given.post_disutility,
            scratch.share_seen, scratch.muting, part.ads_share, part.ads_seen, part.annoyance,
        )  # fmt: skip
        return 0

    week.over_people(read)
    mute(
        week.number, week.people, week.shops, scratch.muting, week.decay,
        judgement(week.parameters, week.rules), week.tally.muted,
    )  # fmt: skip


@kernel
def read_feeds(  # type: ignore[no-untyped-def]
    first, last, seed, week, key, slot_shop, n_posts, organic_posts, posts_read, mute_hazard,
    ads_tolerated, post_disutility, share_seen, muting, ads_share, ads_seen, annoyance,
):  # fmt: skip
    """Read the feeds of rows first ... last-1.

    `share_seen` float64 (n_people,) receives min(1, posts_read / L), L = organic posts + posts
    of the shops held; `muting` bool (n_people,) who mutes a shop, with chance
    mute_hazard * max(0, advertising share - ads_tolerated). Sums over people are added to
    `ads_share` (PER_ONE), `ads_seen` (thousandths) and `annoyance` (micro-yuan), int64 (1,).
    """
    total_share, total_seen, total_annoyance = np.int64(0), np.int64(0), np.int64(0)
    for person in range(first, last):
        ads = np.int64(0)
        for slot in range(slot_shop.shape[1]):
            shop = slot_shop[person, slot]
            if shop >= 0:
                ads += n_posts[shop]
        feed = organic_posts + ads
        seen = min(1.0, posts_read / feed) if feed > 0 else 1.0
        share = ads / feed if feed > 0 else 0.0
        share_seen[person] = seen
        hazard = mute_hazard * max(0.0, share - ads_tolerated)
        muting[person] = hazard > 0.0 and uniform(seed, Purpose.MUTE, week, key[person], 0) < hazard
        total_share += np.int64(np.rint(share * PER_ONE))
        total_seen += np.int64(np.rint(1000.0 * seen * ads))
        total_annoyance += np.int64(np.rint(1e6 * post_disutility * seen * ads))
    ads_share[0] += total_share
    ads_seen[0] += total_seen
    annoyance[0] += total_annoyance


@kernel
def mute(week, people, shops, muting, decay, judgement, n_muted):  # type: ignore[no-untyped-def]
    """Empty, for everyone in `muting`, the slot of the shop believed in least (ties: lowest key)."""
    for person in np.flatnonzero(muting):
        slot = least_believed(person, week, people, shops, decay, judgement)
        if slot != EMPTY:
            drop(person, slot, people.slot_shop, shops.n_contacts)
            n_muted[0] += 1
