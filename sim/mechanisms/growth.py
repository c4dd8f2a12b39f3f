"""Growth: like campaigns, strangers, and who finds a place in whose attention (odd.md 7.10)."""

from typing import NamedTuple

import numpy as np

from sim.compiled import kernel
from sim.parameters import MEAN_FRIENDS, WEEKS_PER_YEAR, Venue
from sim.population import Flags, Integers
from sim.randomness import Purpose, uniform, uniform_pair
from sim.slots import EMPTY, HELD_ALREADY, drop, free_slot, judgement, least_believed, take
from sim.week import HALF_YEAR, Week

WECHAT, RIVAL = int(Venue.RESALE_WECHAT), int(Venue.RESALE_RIVAL)


class Offers(NamedTuple):
    """Shops offered to people this week, shape (n_offers,)."""

    shop: Integers  # row
    person: Integers  # row
    from_campaign: Flags


def fade(week: Week) -> None:
    """Let likes and complaints fade; begin the year's sales anew after 52 weeks."""
    shops = week.shops
    shops.likes[:] = shops.likes.astype(np.float64) * 0.5 ** (1.0 / week.parameters.campaigns.likes_half_life)
    shops.complaints[:] *= np.float32(0.75)
    shops.sales_of_year[(week.number - shops.opened_week) % WEEKS_PER_YEAR == 0] = 0


def post(week: Week) -> None:
    """Set the week's posts: none while suspended, no more than the rules allow."""
    shops = week.shops
    is_active = (shops.closed_week < 0) & (week.number >= shops.suspended_until)
    shops.n_posts[:] = np.where(is_active, np.minimum(shops.posts, week.rules.post_limit), 0)


def show_badges(week: Week) -> None:
    """Let shops on WeChat show the brand's licence, unless they lost it within a year."""
    shops = week.shops
    has_lost = (shops.badge_lost >= 0) & (week.number - shops.badge_lost < WEEKS_PER_YEAR)
    shops.badge[:] = np.where((shops.platform == WECHAT) & ~has_lost, week.rules.badge_evidence, 0.0)


def grow(week: Week) -> None:
    """Let active shops run campaigns and add strangers, within the limit of contacts."""
    shops = week.shops
    shop = np.flatnonzero((shops.closed_week < 0) & (week.number >= shops.suspended_until))
    shops.ran_campaign[:] = False
    shops.ran_campaign[shop] = runs_campaign(week, shop)
    week.tally.campaigns[0] += shops.ran_campaign.sum()
    given = week.parameters.campaigns
    n_strangers = strangers_tried(week, shop)
    room = np.maximum(0, week.rules.contact_limit - shops.n_contacts[shop])
    most = np.minimum(room, n_strangers + given.campaign_reach * shops.ran_campaign[shop])
    offers = Offers(*(np.empty(most.sum(), kind) for kind in (np.int64, np.int64, np.bool_)))
    n_offers = make_offers(
        week.seed, week.number, shop, n_strangers, room, week.network.offsets, week.network.neighbours,
        shops.owner, shops.owner_row, shops.ran_campaign, shops.likes,
        week.row_of_key, given.campaign_reach, given.campaign_like, given.campaign_join, offers,
    )  # fmt: skip
    offers = Offers._make(column[:n_offers] for column in offers)
    luck = grant_luck(week.seed, week.number, offers, shops.owner, week.people.key)
    order = np.lexsort((shops.owner[offers.shop], luck, week.people.key[offers.person]))
    grant(
        week.seed, week.number, order, offers, week.parameters.shops.replace, week.network.offsets,
        week.network.neighbours, week.people, shops, week.decay, judgement(week.parameters, week.rules),
    )  # fmt: skip


def runs_campaign(week: Week, shop: Integers) -> Flags:
    """Return who runs a like campaign: where 26 weeks of what the new contacts bring beat the risk.

    26 * reach * join > perceived detection * weeks of the next sanction * contacts (profit cancels out).
    """
    given, shops = week.parameters.campaigns, week.shops
    chance = given.campaign_rate * shops.aggressiveness[shop].astype(np.float64)
    decided: Flags = week.luck(Purpose.CAMPAIGN, shops.owner[shop]) < chance
    wanting = shop[decided]
    if wanting.size:
        risk = week.perceived(week.rules.campaign_detection, wanting)
        weeks = week.weeks_of_step(week.people.strikes[shops.owner_row[wanting]])
        worth = HALF_YEAR * (given.campaign_reach * given.campaign_join)
        decided[decided] = worth > (risk * weeks) * shops.n_contacts[wanting]
    return decided


def strangers_tried(week: Week, shop: Integers) -> Integers:
    """Return how many strangers each shop tries to add: floor(rate + u), scaled up in sparse networks."""
    n_people = week.people.key.size
    scale = MEAN_FRIENDS / max(1.0, week.rules.mean_degree)
    rate = (week.parameters.shops.strangers_per_week * week.shops.growth[shop].astype(np.float64)) * scale
    tried = np.floor(rate + week.luck(Purpose.ADD, week.shops.owner[shop]))
    return np.minimum(tried, n_people).astype(np.int64)


@kernel
def make_offers(  # type: ignore[no-untyped-def]
    seed, week, shop, n_strangers, room, offsets, neighbours, owner, owner_row, ran_campaign, likes,
    row_of_key, reach, like_chance, join_chance, offers,
):  # fmt: skip
    """Fill `offers`, those of campaigns before strangers, at most `room` a shop; add likes; return their number."""
    n_people, n_offers = offsets.size - 1, 0
    for n in range(shop.size):
        its, key, home = shop[n], owner[shop[n]], owner_row[shop[n]]
        n_made, n_likes = 0, 0
        degree = offsets[home + 1] - offsets[home]
        for k in range(reach if ran_campaign[its] and degree > 0 else 0):
            x, y = uniform_pair(seed, Purpose.CAMPAIGN_PATH, week, key, k)
            friend = neighbours[offsets[home] + np.int64(degree * x)]
            n_theirs = offsets[friend + 1] - offsets[friend]
            person = np.int64(neighbours[offsets[friend] + np.int64(n_theirs * y)])
            u = uniform(seed, Purpose.CAMPAIGN_ANSWER, week, key, k)
            n_likes += person != home and u < like_chance
            if person != home and u < join_chance and n_made < room[n]:
                offers.shop[n_offers], offers.person[n_offers], offers.from_campaign[n_offers] = its, person, True
                n_made += 1
                n_offers += 1
        likes[its] = likes[its] + np.float32(n_likes)
        for k in range(1, n_strangers[n] + 1):
            if n_made == room[n]:
                break
            person = row_of_key[np.int64(n_people * uniform(seed, Purpose.ADD, week, key, k))]
            offers.shop[n_offers], offers.person[n_offers], offers.from_campaign[n_offers] = its, person, False
            n_made += 1
            n_offers += 1
    return n_offers


@kernel
def grant_luck(seed, week, offers, owner, key):  # type: ignore[no-untyped-def]
    """Return the uniforms that rank an offer among others to the same person."""
    rank = np.empty(offers.shop.size)
    for n in range(offers.shop.size):
        rank[n] = uniform(seed, Purpose.OFFER, week, key[offers.person[n]], owner[offers.shop[n]])
    return rank


@kernel
def grant(  # type: ignore[no-untyped-def]
    seed, week, order, offers, replace, offsets, neighbours, people, shops, decay, judgement
):
    """Grant offers one by one: the lowest empty slot, or perhaps that of the shop believed in least."""
    for n in order:
        shop, person = offers.shop[n], offers.person[n]
        owner = shops.owner_row[shop]
        if person == owner or (shops.platform[shop] == RIVAL and not people.uses_rival[person]):
            continue
        slot = free_slot(people.slot_shop, person, shop)
        if slot == HELD_ALREADY:
            continue
        if slot == EMPTY:
            if uniform(seed, Purpose.REPLACE, week, people.key[person], shops.owner[shop]) >= replace:
                continue
            slot = least_believed(person, week, people, shops, decay, judgement)
            drop(person, slot, people.slot_shop, shops.n_contacts)
        is_friend = False
        for link in range(offsets[owner], offsets[owner + 1]):
            is_friend |= neighbours[link] == person
        take(person, slot, shop, is_friend, offers.from_campaign[n], week, people, shops.n_contacts)


def purge(week: Week) -> None:
    """Cut the contacts above the limit: strangers first, then least evidence, then highest key."""
    shops, limit = week.shops, week.rules.contact_limit
    if not week.rules.purges_contacts:
        return
    people = week.people
    for shop in np.flatnonzero((shops.closed_week < 0) & (shops.n_contacts > limit)):
        person, slot = np.nonzero(people.slot_shop == shop)
        left = week.decay[week.number - people.slot_last_week[person, slot]]
        evidence = people.slot_total[person, slot] * left
        order = np.lexsort((-people.key[person], evidence, people.slot_is_friend[person, slot]))
        cut = order[: shops.n_contacts[shop] - limit]
        people.slot_shop[person[cut], slot[cut]] = EMPTY
        week.tally.purged[0] += cut.size
        shops.n_contacts[shop] -= cut.size
