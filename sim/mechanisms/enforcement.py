"""Enforcement: what the platform finds, and the ladder of sanctions (odd.md 7.14)."""

import numpy as np

from sim.ledger import Account
from sim.parameters import Venue
from sim.population import Flags, Integers
from sim.randomness import Purpose
from sim.rules import PERMANENT
from sim.slots import EMPTY
from sim.week import Week

LAG = 4
"""Weeks of complaints that an adaptive governor looks at."""

MOST_ZEAL = 3.0


def enforce(week: Week) -> None:
    """Detect campaigns, inspect, check licences and tiers on WeChat; one sanction for whoever is found."""
    shops = week.shops
    shop = np.flatnonzero((shops.closed_week < 0) & (shops.platform == Venue.RESALE_WECHAT))
    zeal = zeal_of(week)
    cheats = (shops.stock_fake[shop] > 0) | shops.buys_fakes[shop]
    campaigned = find_campaigns(week, shop, zeal)
    guilty = inspect(week, shop, cheats, zeal) | check_licences(week, shop, cheats, zeal)
    too_deep = shops.tier[shop] > week.rules.tier_limit
    stopped = too_deep & is_found(week, Purpose.TIER_CONTROL, shop, zeal * week.rules.tier_detection)
    week.tally.violating[0] += (cheats | shops.ran_campaign[shop] | too_deep).sum()
    found = campaigned | guilty | stopped
    if not found.any():
        return
    is_innocent = found & ~campaigned & ~stopped & ~cheats
    week.tally.sanctioned[0] += found.sum()
    week.tally.false_alarms[0] += is_innocent.sum()
    is_barred = sanction(week, shop[found])
    week.tally.false_bans[0] += (is_barred & is_innocent[found]).sum()
    fine(week, shop[guilty])
    forfeit(week, shop[found])


def zeal_of(week: Week) -> float:
    """Return the factor on this week's enforcement: bursts of mean 1, and complaints seen with delay."""
    rules, zeal = week.rules, 1.0
    if rules.burst_share < 1:
        luck = week.luck(Purpose.STANCE, np.zeros(1, np.int64))[0]
        zeal = 1 / rules.burst_share if luck < rules.burst_share else 0.0
    last = week.number - rules.delay
    if rules.follows_complaints and last >= LAG - 1:
        seen = [*week.past.of("complaints"), week.tally.complaints][: last + 1]
        complaints = [int(by_venue[Venue.RESALE_WECHAT]) for by_venue in seen]
        usual = sum(complaints) / (last + 1)
        if usual > 0:
            zeal *= min(MOST_ZEAL, sum(complaints[-LAG:]) / LAG / usual)
    return zeal


def is_found(week: Week, purpose: Purpose, shop: Integers, chance: float) -> Flags:
    """Return whose luck is below a chance; nobody is drawn for at a chance of 0."""
    if chance <= 0:
        return np.zeros(shop.size, np.bool_)
    found: Flags = week.luck(purpose, week.shops.owner[shop]) < min(1.0, chance)
    return found


def find_campaigns(week: Week, shop: Integers, zeal: float) -> Flags:
    """Detect like campaigns; their likes vanish, and their followers if the rules say so."""
    ran = week.shops.ran_campaign[shop]
    found = ran & is_found(week, Purpose.CAMPAIGN_DETECTION, shop, zeal * week.rules.campaign_detection)
    week.tally.detected[0] += found.sum()
    week.shops.likes[shop[found]] = 0.0
    if week.rules.removes_followers:
        remove_followers(week, shop[found])
    return found


def inspect(week: Week, shop: Integers, cheats: Flags, zeal: float) -> Flags:
    """Inspect shops, more readily after complaints, within the budget; return who is found guilty, rightly or not."""
    rules, owner = week.rules, week.shops.owner[shop]
    if rules.inspection_rate <= 0 or zeal <= 0:
        return np.zeros(shop.size, np.bool_)
    luck = week.luck(Purpose.INSPECTION, owner)
    targeting = 1 + rules.inspection_targeting * week.shops.complaints[shop].astype(np.float64)
    is_inspected = luck < np.minimum(1.0, (zeal * rules.inspection_rate) * targeting)
    most = rules.budget * shop.size / 1000
    if is_inspected.sum() > most:
        drawn = np.flatnonzero(is_inspected)
        is_inspected[drawn[np.lexsort((owner[drawn], luck[drawn]))[int(most) :]]] = False
    n_inspected = int(is_inspected.sum())
    week.tally.inspected[0] += n_inspected
    cost = round(100 * week.parameters.regulator.inspection_cost)
    week.tally.enforcement_cost[0] += n_inspected * cost
    week.tally.flow[Account.PLATFORM, Account.OUTSIDE] += n_inspected * cost
    chance = np.where(cheats, rules.inspection_power, rules.false_positives)
    guilty: Flags = is_inspected & (week.luck(Purpose.VERDICT, owner) < chance)
    return guilty


def check_licences(week: Week, shop: Integers, cheats: Flags, zeal: float) -> Flags:
    """Return who deals in fakes and is found without the brand's licence."""
    return cheats & is_found(week, Purpose.LICENCE, shop, zeal * week.rules.licence_detection)


def sanction(week: Week, shop: Integers) -> Flags:
    """Give a strike to the shops' owners: suspension by the ladder's step, or the end; return for whom the end."""
    people, shops, ladder = week.people, week.shops, np.array(week.rules.ladder)
    owner = shops.owner_row[shop]
    step = ladder[np.minimum(people.strikes[owner], ladder.size - 1)]
    people.strikes[owner] += 1
    is_barred: Flags = step == PERMANENT
    people.is_banned[owner[is_barred]] = True
    shops.suspended_until[shop[~is_barred]] = week.number + 1 + step[~is_barred]
    shops.badge_lost[shop] = week.number
    return is_barred


def fine(week: Week, shop: Integers) -> None:
    """Let shops pay the fine to the operator."""
    amount = round(100 * week.rules.fine)
    week.shops.cash[shop] -= amount
    week.shops.charges[shop] += amount
    week.tally.fined[0] += amount * shop.size
    week.tally.flow[Account.SHOPS, Account.PLATFORM] += amount * shop.size


def forfeit(week: Week, shop: Integers) -> None:
    """Let shops lose their deposits to the operator."""
    lost = int(week.shops.deposit_held[shop].sum())
    week.tally.forfeited[0] += lost
    week.tally.flow[Account.DEPOSITS, Account.PLATFORM] += lost
    week.shops.deposit_held[shop] = 0


def remove_followers(week: Week, shop: Integers) -> None:
    """Empty the slots that came by campaigns of these shops."""
    if shop.size == 0:
        return
    people = week.people
    person, slot = np.nonzero(people.slot_from_campaign & np.isin(people.slot_shop, shop))
    np.subtract.at(week.shops.n_contacts, people.slot_shop[person, slot], 1)
    people.slot_shop[person, slot] = EMPTY
    week.tally.purged[0] += person.size


def collect_deposits(week: Week) -> None:
    """Let shops on WeChat pay the deposit that is asked for; give back what is held above it."""
    shops, wanted = week.shops, week.rules.deposit
    if wanted == 0 and not shops.deposit_held.any():
        return
    shop = week.open_shops()
    due = np.where(shops.platform[shop] == Venue.RESALE_WECHAT, wanted, 0) - shops.deposit_held[shop]
    money = 100.0 * week.people.wealth[shops.owner_row[shop]].astype(np.float64) + shops.cash[shop]
    can_pay = money >= due
    shops.weeks_owing[shop] = np.where(can_pay, 0, shops.weeks_owing[shop] + 1)
    paid = np.where(can_pay, due, 0)
    shops.cash[shop] -= paid
    shops.deposit_held[shop] += paid
    week.tally.flow[Account.SHOPS, Account.DEPOSITS] += np.maximum(paid, 0).sum()
    week.tally.flow[Account.DEPOSITS, Account.SHOPS] += np.maximum(-paid, 0).sum()
