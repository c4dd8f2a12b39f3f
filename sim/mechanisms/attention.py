"""Attention: a feed is read, or part of it; too much advertising gets a shop muted (odd.md 7.1)."""

import numpy as np

from sim.beliefs import believed_chance, rating_share_read
from sim.compiled import kernel
from sim.ledger import PER_ONE
from sim.parameters import Venue
from sim.randomness import Purpose, uniform

NOBODY = -1
RESALE = int(Venue.RESALE_WECHAT)


@kernel
def read_feeds(  # type: ignore[no-untyped-def]
    first, last, seed, week, people, shops, organic_posts, posts_read, mute_hazard, ads_tolerated,
    post_disutility, share_seen, muting, ads_share, ads_seen, annoyance,
):  # fmt: skip
    """Read the feeds of rows first ... last-1.

    `share_seen` float64 (n_people,) receives min(1, posts_read / L), L = organic posts + posts
    of the shops held; `muting` bool (n_people,) who mutes a shop, with chance
    mute_hazard * max(0, advertising share - ads_tolerated). Sums over people are added to
    `ads_share` (PER_ONE), `ads_seen` (thousandths) and `annoyance` (micro-yuan), int64 (1,).
    """
    slot_shop, n_posts, key = people.slot_shop, shops.n_posts, people.key
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
def mute(  # type: ignore[no-untyped-def]
    week, people, shops, muting, decay, prior_weight, ratings_read, likes_counted, rating_weight, n_muted
):
    """Empty, for everyone in `muting`, the slot of the shop believed in least (ties: lowest key)."""
    for person in np.flatnonzero(muting):
        worst, worst_slot = 2.0, NOBODY
        for slot in range(people.slot_shop.shape[1]):
            shop = people.slot_shop[person, slot]
            if shop < 0:
                continue
            left = decay[week - people.slot_last_week[person, slot]]
            ratings_left = decay[week - shops.rating_week[shop]]
            rated_total = shops.rating_total[shop] * ratings_left
            venue = shops.platform[shop]
            belief = believed_chance(
                prior_weight,
                np.float64(people.trust[person, venue]),
                rating_share_read(rating_weight[venue], rated_total, ratings_read),
                shops.rating_satisfied[shop] * ratings_left,
                rated_total,
                people.slot_satisfied[person, slot] * left,
                people.slot_total[person, slot] * left,
                min(likes_counted, np.float64(shops.likes[shop])) if people.is_naive[person] else 0.0,
            )
            tied_lower = belief == worst and shops.owner[shop] < shops.owner[people.slot_shop[person, worst_slot]]
            if belief < worst or tied_lower:
                worst, worst_slot = belief, slot
        if worst_slot != NOBODY:
            shops.n_contacts[people.slot_shop[person, worst_slot]] -= 1
            people.slot_shop[person, worst_slot] = NOBODY
            n_muted[0] += 1
