"""Enforcement: what the platform detects, and the ladder of sanctions (odd.md 7.14)."""

import numpy as np

from sim.ledger import Integers
from sim.parameters import Venue
from sim.randomness import Purpose
from sim.rules import PERMANENT
from sim.slots import EMPTY
from sim.week import Week


def detect_campaigns(week: Week) -> None:
    """Detect like campaigns on WeChat and sanction them."""
    shops = week.shops
    shop = np.flatnonzero(shops.ran_campaign & (shops.platform == Venue.RESALE_WECHAT))
    found = shop[week.luck(Purpose.CAMPAIGN_DETECTION, shops.owner[shop]) < week.rules.campaign_detection]
    week.tally.detected[0] += found.size
    sanction(week, found)
    shops.likes[found] = 0.0
    if week.rules.removes_followers:
        remove_followers(week, found)


def sanction(week: Week, shop: Integers) -> None:
    """Give a strike to the shops' owners: suspension by the ladder's step, or the end."""
    people, shops, ladder = week.people, week.shops, np.array(week.rules.ladder)
    owner = shops.owner_row[shop]
    step = ladder[np.minimum(people.strikes[owner], ladder.size - 1)]
    people.strikes[owner] += 1
    people.is_banned[owner[step == PERMANENT]] = True
    lasting = step != PERMANENT
    shops.suspended_until[shop[lasting]] = week.number + 1 + step[lasting]


def remove_followers(week: Week, shop: Integers) -> None:
    """Empty the slots that came by campaigns of these shops."""
    if shop.size == 0:
        return
    people = week.people
    person, slot = np.nonzero(people.slot_from_campaign & np.isin(people.slot_shop, shop))
    np.subtract.at(week.shops.n_contacts, people.slot_shop[person, slot], 1)
    people.slot_shop[person, slot] = EMPTY
    week.tally.purged[0] += person.size
