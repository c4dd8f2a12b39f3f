"""Experience: satisfaction, refunds, trust, evidence, and what friends hear (odd.md 7.3, 7.4)."""

from typing import NamedTuple

import numpy as np

from sim.beliefs import trust_after_message, trust_after_purchase
from sim.compiled import kernel
from sim.ledger import Account
from sim.orders import Orders
from sim.parameters import Parameters, Venue
from sim.randomness import Purpose, uniform, uniform_pair
from sim.rules import Rules
from sim.slots import find_slot
from sim.week import Week

CONSUMERS, SHOPS, BRANDS = int(Account.CONSUMERS), int(Account.SHOPS), int(Account.BRANDS)
BAZAAR_SELLERS = int(Account.BAZAAR_SELLERS)
DIRECT, BAZAAR = int(Venue.DIRECT), int(Venue.BAZAAR)


class Learning(NamedTuple):
    """Scalars of learning."""

    gain_good: float
    gain_bad: float
    message_weight: float
    n_friends_told: int
    learn_brand: float
    overpayment_penalty: float
    price_transparency: float
    complaint_resale: float
    complaint_elsewhere: float
    complaint_to_friend: float


def learning(parameters: Parameters, rules: Rules) -> Learning:
    """Return the scalars of learning under this week's rules."""
    given, platform = parameters.trust, parameters.platform
    return Learning(
        gain_good=given.gain_good,
        gain_bad=given.gain_bad,
        message_weight=given.message_weight,
        n_friends_told=given.n_friends_told,
        learn_brand=given.learn_brand,
        overpayment_penalty=given.overpayment_penalty,
        price_transparency=rules.price_transparency,
        complaint_resale=platform.complaint_resale,
        complaint_elsewhere=platform.complaint_elsewhere,
        complaint_to_friend=platform.complaint_to_friend,
    )


def find_out(week: Week, orders: Orders) -> None:
    """Let buyers find out what they bought; refunds, complaints, own trust and evidence."""
    experience(
        week.seed, week.number, orders, week.people, week.shops, week.listings, week.brands, week.decay,
        learning(week.parameters, week.rules), np.array(week.rules.refund), week.tally.flow, week.tally.complaints,
    )  # fmt: skip


def spread_the_word(week: Week, orders: Orders) -> None:
    """Let buyers tell friends: first all praise is heard, then all complaints."""
    tell_friends(
        week.seed, week.number, orders, week.people, week.network.offsets, week.network.neighbours, week.decay,
        learning(week.parameters, week.rules),
    )  # fmt: skip


def rate_sellers(week: Week, orders: Orders) -> None:
    """Add the week's purchases to the public ratings."""
    for seller, sellers in ((orders.shop, week.shops), (orders.listing, week.listings)):
        rate(
            week.number, seller, orders.is_satisfied, sellers.rating_satisfied, sellers.rating_total,
            sellers.rating_week, week.decay,
        )  # fmt: skip


@kernel
def add_evidence(people, person, slot, week, decay, satisfied, total):  # type: ignore[no-untyped-def]
    """Fade the slot's evidence to this week, then add to it; stored as float32."""
    left = decay[week - people.slot_last_week[person, slot]]
    people.slot_satisfied[person, slot] = np.float32(people.slot_satisfied[person, slot] * left) + satisfied
    people.slot_total[person, slot] = np.float32(people.slot_total[person, slot] * left) + total
    people.slot_last_week[person, slot] = week


@kernel
def experience(  # type: ignore[no-untyped-def]
    seed, week, orders, people, shops, listings, brands, decay, learning, refund_chance, flow, complaints
):
    """Let every buyer find out, be refunded and complain perhaps, and update own trust and evidence."""
    for n in range(orders.buyer.size):
        person, venue, shop = orders.buyer[n], orders.venue[n], orders.shop[n]
        key, price = people.key[person], orders.price[n]
        good = uniform(seed, Purpose.SATISFACTION, week, key, 0) < orders.true_chance[n]
        orders.is_satisfied[n] = good
        refunded = not good and uniform(seed, Purpose.REFUND, week, key, 0) < refund_chance[venue]
        orders.is_refunded[n] = refunded
        if refunded:
            people.spent[person] -= price
            refund(venue, shop, orders.listing[n], orders.brand[n], price, shops, listings, brands, flow)
        chance = learning.complaint_resale if shop >= 0 else learning.complaint_elsewhere
        if orders.from_friend[n]:
            chance *= learning.complaint_to_friend
        orders.is_complaint[n] = not good and uniform(seed, Purpose.COMPLAINT, week, key, 0) < chance
        complaints[venue] += orders.is_complaint[n]
        if shop >= 0:
            shops.complaints[shop] += np.float32(orders.is_complaint[n])
        trust = trust_after_purchase(
            np.float64(people.trust[person, venue]), good, learning.gain_good, learning.gain_bad
        )
        people.trust[person, venue] = trust
        if shop >= 0:
            slot = find_slot(people.slot_shop, person, shop)
            if slot >= 0:
                add_evidence(people, person, slot, week, decay, 1.0 if good else 0.0, 1.0)
        list_price = brands.list_price[orders.brand[n]]
        is_dearer = venue != DIRECT and price > list_price
        if is_dearer and uniform(seed, Purpose.COMPARE_PRICE, week, key, 0) < learning.price_transparency:
            overpaid = min(1.0, (price - list_price) / list_price)
            trust = np.float64(people.trust[person, venue])
            people.trust[person, venue] = trust * (1.0 - learning.overpayment_penalty * overpaid)


@kernel
def refund(venue, shop, listing, brand, price, shops, listings, brands, flow):  # type: ignore[no-untyped-def]
    """Give the price back at the seller's cost."""
    if shop >= 0:
        flow[SHOPS, CONSUMERS] += price
        shops.cash[shop] -= price
        shops.income_from_retail[shop] -= price
    elif venue == BAZAAR:
        flow[BAZAAR_SELLERS, CONSUMERS] += price
        listings.income[listing] -= price
    else:
        flow[BRANDS, CONSUMERS] += price
        brands.cash[brand] -= price


@kernel
def tell_friends(seed, week, orders, people, offsets, neighbours, decay, learning):  # type: ignore[no-untyped-def]
    """Address the week's messages, then let all praise be heard, then all complaints."""
    n_told = learning.n_friends_told
    order_of, receiver_of = (
        np.empty(orders.buyer.size * n_told, np.int64),
        np.empty(orders.buyer.size * n_told, np.int64),
    )
    n_messages = address_messages(seed, week, orders, people, offsets, neighbours, n_told, order_of, receiver_of)
    for is_good in (True, False):
        hear(seed, week, is_good, n_messages, order_of, receiver_of, orders, people, decay, learning)


@kernel
def address_messages(seed, week, orders, people, offsets, neighbours, n_told, order_of, receiver_of):  # type: ignore[no-untyped-def]
    """Write which friends hear of which order; return the number of messages.

    The r-th message goes to position floor(degree * u_r) among the friends in order of key; a
    position taken already by this buyer moves on to the next.
    """
    n_messages = 0
    taken = np.empty(max(n_told, 1), np.int64)
    for n in range(orders.buyer.size):
        person = orders.buyer[n]
        first, degree = offsets[person], offsets[person + 1] - offsets[person]
        even, odd = 0.0, 0.0
        for r in range(min(n_told, degree)):
            if r % 2 == 0:
                even, odd = uniform_pair(seed, Purpose.TELL, week, people.key[person], r // 2)
            place = np.int64(degree * (odd if r % 2 else even))
            clear = False
            while not clear:
                clear = True
                for earlier in range(r):
                    if taken[earlier] == place:
                        place = (place + 1) % degree
                        clear = False
            taken[r] = place
            order_of[n_messages] = n
            receiver_of[n_messages] = neighbours[first + place]
            n_messages += 1
    return n_messages


@kernel
def hear(seed, week, is_good, n_messages, order_of, receiver_of, orders, people, decay, learning):  # type: ignore[no-untyped-def]
    """Apply all messages of one kind (praise or complaint) to their receivers, one by one."""
    weight = learning.message_weight
    for m in range(n_messages):
        n, hearer = order_of[m], receiver_of[m]
        if orders.is_satisfied[n] != is_good:
            continue
        venue, shop, brand = orders.venue[n], orders.shop[n], orders.brand[n]
        people.trust[hearer, venue] = trust_after_message(
            np.float64(people.trust[hearer, venue]), is_good, learning.gain_good, learning.gain_bad, weight
        )
        if shop >= 0:
            slot = find_slot(people.slot_shop, hearer, shop)
            if slot >= 0:
                add_evidence(people, hearer, slot, week, decay, weight if is_good else 0.0, weight)
        if is_good and not people.knows[hearer, brand]:
            teller = people.key[orders.buyer[n]]
            u = uniform(seed, Purpose.LEARN_BRAND, week, people.key[hearer], teller)
            people.knows[hearer, brand] = u < learning.learn_brand


@kernel
def rate(week, seller_of_order, is_satisfied, rating_satisfied, rating_total, rating_week, decay):  # type: ignore[no-untyped-def]
    """Add the week's purchases to the public ratings of sellers (shops or listings)."""
    n_sellers = rating_total.size
    units, good = np.zeros(n_sellers, np.int64), np.zeros(n_sellers, np.int64)
    for n in range(seller_of_order.size):
        if seller_of_order[n] >= 0:
            units[seller_of_order[n]] += 1
            good[seller_of_order[n]] += is_satisfied[n]
    for seller in np.flatnonzero(units):
        left = decay[week - rating_week[seller]]
        rating_satisfied[seller] = rating_satisfied[seller] * left + good[seller]
        rating_total[seller] = rating_total[seller] * left + units[seller]
        rating_week[seller] = week
