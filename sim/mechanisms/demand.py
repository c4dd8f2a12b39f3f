"""Demand: needs, consideration, and the nested-logit choice with keyed errors (odd.md 7.2).

A block of people with a need goes through the stages together: their offers lie in scratch
arrays that stay in cache. Stages are compiled functions over arrays; inside their loops only
scalar functions are called.
"""

import math

import numpy as np

from sim.beliefs import believed_chance, rating_share_read
from sim.compiled import kernel, scalar
from sim.ledger import Tally
from sim.orders import Offers, Orders, taste_of, venue_terms
from sim.parameters import CHANNELS, N_SLOTS, WEEKS_PER_YEAR, Venue
from sim.randomness import Purpose, gumbel, log_positive_stable, uniform, uniform_pair
from sim.week import Week

BLOCK = 256
N_CHANNELS = len(CHANNELS)
MICRO = 1e6

DIRECT, BAZAAR, MALL = int(Venue.DIRECT), int(Venue.BAZAAR), int(Venue.MALL)
RIVAL = int(Venue.RESALE_RIVAL)


def meet_needs(week: Week) -> Orders:
    """Let people need, consider and choose; return the week's orders."""
    growth = (1.0 + week.parameters.population.demand_growth_per_year) ** (week.number / WEEKS_PER_YEAR)
    taste, terms = taste_of(week.parameters), venue_terms(week.parameters, week.rules)
    room = week.scratch.orders

    def work(first: int, last: int, part: Tally) -> int:
        return int(
            consume(
                first, last, week.seed, week.number, growth, week.people, week.shops, week.listings,
                week.brands, week.decay, week.scratch.share_seen, taste, terms, room,
                part.needs, part.surplus, part.surplus_naive, part.informed_surplus,
            )
        )  # fmt: skip

    n_orders = 0
    for first, count in week.over_people(work):
        if first > n_orders:
            for column in room:
                column[n_orders : n_orders + count] = column[first : first + count]
        n_orders += count
    return Orders._make(column[:n_orders].copy() for column in room)


def considered(week: Week, person: int) -> tuple[Offers, int]:
    """Return the offers that come to a person's mind this week, (1, n), and the index of the best, -1 for none.

    Asked before the week's purchases; whether there is a need is another matter.
    """
    taste, terms = taste_of(week.parameters), venue_terms(week.parameters, week.rules)
    rows, chosen, decay = np.array([person], np.int32), np.empty(1, np.int32), week.decay
    people, shops, listings, brands = week.state
    offers = room_for_offers(1, taste)
    consider_shops(
        week.seed, week.number, rows, people, shops, brands, decay, week.scratch.share_seen, taste, terms, offers
    )
    find_listings(week.seed, week.number, rows, people, brands, listings.is_open, taste, terms.mall_entry, offers)
    value_listings(week.number, rows, people, listings, brands, decay, taste, terms, offers)
    choose(week.seed, week.number, rows, people, shops, listings, taste.dissimilarity, offers, chosen)
    return offers, int(chosen[0])


@scalar
def utility(alpha, value, chance, refund, price, tie, hassle):  # type: ignore[no-untyped-def]
    """Return V = alpha*(value*Q + refund*(1-Q)*p + tie - p - hassle); yuan, alpha in 1/yuan."""
    return alpha * ((((value * chance + (refund * (1.0 - chance)) * price) + tie) - price) - hassle)


@scalar
def identity(channel, brand, seller):  # type: ignore[no-untyped-def]
    """Return the permanent identity of an offer, the item of its taste draw."""
    return ((np.int64(channel) * 8192 + np.int64(brand)) << 32) + np.int64(seller)


@kernel
def find_needs(first, last, seed, week, growth, people, rows):  # type: ignore[no-untyped-def]
    """Write the rows of first ... last-1 that have a need this week; return how many.

    Chance 1 - exp(-x), x = need_per_week * growth; as 1 - exp(-x) <= x most exps are spared.
    """
    key, need_per_week = people.key, people.need_per_week
    n_needs = 0
    for person in range(first, last):
        x = need_per_week[person] * growth
        u = uniform(seed, Purpose.NEED, week, key[person], 0)
        if u < x and u < 1.0 - math.exp(-x):
            rows[n_needs] = person
            n_needs += 1
    return n_needs


@kernel
def consider_shops(seed, week, rows, people, shops, brands, decay, share_seen, taste, terms, offers):  # type: ignore[no-untyped-def]
    """Offer the shops that come to mind, smallest keyed uniform first."""
    slot_shop, n_slots, most = people.slot_shop, people.slot_shop.shape[1], taste.n_shops_considered
    owner, n_posts, platform = shops.owner, shops.n_posts, shops.platform
    slot_of, rank_of = np.empty(N_SLOTS, np.int32), np.empty(N_SLOTS, np.float64)
    for k in range(rows.size):
        person = rows[k]
        n_found = 0
        for slot in range(n_slots):
            shop = slot_shop[person, slot]
            if shop < 0 or (platform[shop] == RIVAL and not people.uses_rival[person]):
                continue
            u, rank = uniform_pair(seed, Purpose.NOTICE, week, people.key[person], owner[shop])
            if u >= 1.0 - math.exp(-taste.notice * share_seen[person] * n_posts[shop]):
                continue
            place = n_found
            while place > 0 and (
                rank < rank_of[place - 1]
                or (rank == rank_of[place - 1] and owner[shop] < owner[slot_shop[person, slot_of[place - 1]]])
            ):
                slot_of[place], rank_of[place] = slot_of[place - 1], rank_of[place - 1]
                place -= 1
            slot_of[place], rank_of[place] = slot, rank
            n_found += 1
        n_found = min(n_found, most)
        alpha, value = np.float64(people.price_sensitivity[person]), np.float64(people.value[person])
        for n in range(n_found):
            slot = slot_of[n]
            shop = slot_shop[person, slot]
            venue = platform[shop]
            ratings_left = decay[week - shops.rating_week[shop]]
            rated_total = shops.rating_total[shop] * ratings_left
            left = decay[week - people.slot_last_week[person, slot]]
            chance = believed_chance(
                taste.prior_weight,
                np.float64(people.trust[person, venue]),
                rating_share_read(terms.rating_weight[venue], rated_total, taste.ratings_read),
                shops.rating_satisfied[shop] * ratings_left,
                rated_total,
                people.slot_satisfied[person, slot] * left + shops.badge[shop],
                people.slot_total[person, slot] * left + shops.badge[shop],
                min(taste.likes_counted, np.float64(shops.likes[shop])) if people.is_naive[person] else 0.0,
            )
            true = taste.quality_fake if shops.ships_fakes[shop] else brands.quality[shops.brand[shop]]
            price, refund, hassle = shops.price[shop] / 100.0, terms.refund[venue], terms.hassle[venue]
            is_friend = people.slot_is_friend[person, slot]
            tie = taste.tie_value if is_friend else 0.0
            offers.source[k, n], offers.venue[k, n], offers.from_friend[k, n] = shop, venue, is_friend
            offers.belief[k, n] = chance
            offers.utility[k, n] = utility(alpha, value, chance, refund, price, tie, hassle)
            offers.true_utility[k, n] = utility(alpha, value, true, refund, price, tie, hassle)
        offers.end[k, 0] = n_found


@kernel
def find_listings(seed, week, rows, people, brands, is_open, taste, mall_entry, offers):  # type: ignore[no-untyped-def]
    """Look for brands in the order that they come to mind: in their stores, the bazaar, the mall."""
    n_brands, most, n_sellers = brands.quality.size, taste.n_brands_considered, taste.n_bazaar_sellers
    rank, order, unaware = np.empty(n_brands + 1), np.empty(n_brands, np.int64), np.exp(-brands.awareness)
    for k in range(rows.size):
        person, key = rows[k], people.key[rows[k]]
        for b in range(0, n_brands, 2):
            rank[b], rank[b + 1] = uniform_pair(seed, Purpose.SALIENCE, week, key, b >> 1)
        for b in range(n_brands):
            place = b
            while place > 0 and rank[b] < rank[order[place - 1]]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = b
        n = offers.end[k, 0]
        n_found = 0
        for b in order:
            if n_found == most:
                break
            if people.knows[person, b] or uniform(seed, Purpose.AWARENESS, 0, key, b) >= unaware[b]:
                offers.source[k, n], offers.venue[k, n] = b, DIRECT
                n_found += 1
                n += 1
        offers.end[k, 1] = n
        if people.uses_bazaar[person] and n_sellers > 0:
            for place in range(min(most, n_brands)):
                first = order[place] * n_sellers
                chosen, smallest = -1, 2.0
                for seller in range(first, first + n_sellers):
                    if is_open[2 * n_brands + seller]:
                        u = uniform(seed, Purpose.LISTING, week, key, seller)
                        if u < smallest:
                            chosen, smallest = seller, u
                if chosen >= 0:
                    offers.source[k, n], offers.venue[k, n] = 2 * n_brands + chosen, BAZAAR
                    n += 1
        offers.end[k, 2] = n
        sent = mall_entry > 0.0 and uniform(seed, Purpose.MALL_ENTRY, 0, key, 0) < mall_entry
        if people.uses_mall[person] or sent:
            for place in range(min(most, n_brands)):
                offers.source[k, n], offers.venue[k, n] = n_brands + order[place], MALL
                n += 1
        offers.end[k, 3] = n


@kernel
def value_listings(week, rows, people, listings, brands, decay, taste, terms, offers):  # type: ignore[no-untyped-def]
    """Fill belief and utilities of the offers that are listings."""
    for k in range(rows.size):
        person = rows[k]
        alpha, value = np.float64(people.price_sensitivity[person]), np.float64(people.value[person])
        for n in range(offers.end[k, 0], offers.end[k, 3]):
            listing, venue = offers.source[k, n], offers.venue[k, n]
            ratings_left = decay[week - listings.rating_week[listing]]
            rated_total = listings.rating_total[listing] * ratings_left
            chance = believed_chance(
                taste.prior_weight,
                np.float64(people.trust[person, venue]),
                rating_share_read(terms.rating_weight[venue], rated_total, taste.ratings_read),
                listings.rating_satisfied[listing] * ratings_left,
                rated_total,
                0.0,
                0.0,
                0.0,
            )
            fake = listings.sells_fakes[listing]
            true = taste.quality_fake if fake else brands.quality[listings.brand[listing]]
            price, refund, hassle = listings.price[listing] / 100.0, terms.refund[venue], terms.hassle[venue]
            offers.from_friend[k, n] = False
            offers.belief[k, n] = chance
            offers.utility[k, n] = utility(alpha, value, chance, refund, price, 0.0, hassle)
            offers.true_utility[k, n] = utility(alpha, value, true, refund, price, 0.0, hassle)


@kernel
def choose(seed, week, rows, people, shops, listings, dissimilarity, offers, chosen):  # type: ignore[no-untyped-def]
    """Write into `chosen` (n_rows,) the index of the best offer, -1 for not buying.

    U_j = V_j + lambda*(G_j + ln S_g) against a plain Gumbel: exactly nested logit.
    """
    for k in range(rows.size):
        key = people.key[rows[k]]
        best, best_identity = gumbel(uniform(seed, Purpose.OUTSIDE, week, key, 0)), np.int64(-1)
        chosen[k] = -1
        start = 0
        for channel in range(N_CHANNELS):
            end = offers.end[k, channel]
            if end > start:
                u, v = uniform_pair(seed, Purpose.NEST, week, key, channel)
                nest = log_positive_stable(dissimilarity, u, v)
                for n in range(start, end):
                    source = offers.source[k, n]
                    if channel == 0:
                        offer = identity(channel, shops.brand[source], shops.owner[source])
                    else:
                        offer = identity(channel, listings.brand[source], listings.seller[source])
                    noise = gumbel(uniform(seed, Purpose.TASTE, week, key, offer))
                    total = offers.utility[k, n] + dissimilarity * (noise + nest)
                    if total > best or (total == best and offer < best_identity):
                        best, best_identity, chosen[k] = total, offer, n
            start = end


@kernel
def surpluses(rows, people, dissimilarity, offers, surplus, informed):  # type: ignore[no-untyped-def]
    """Write experienced and informed consumer surplus of each need, micro-yuan, int64 (n_rows,).

    Nested logsum of perceived utilities, corrected for misperception (Train 2015):
    (ln(1 + sum_g (sum_j e^(V_j/lambda))^lambda) + sum_j P_j (V*_j - V_j)) / alpha.
    """
    inclusive, true_inclusive = np.empty(N_CHANNELS), np.empty(N_CHANNELS)
    correction = np.empty(N_CHANNELS)
    for k in range(rows.size):
        top, true_top = 0.0, 0.0
        start = 0
        for channel in range(N_CHANNELS):
            end = offers.end[k, channel]
            if end > start:
                peak, true_peak = -math.inf, -math.inf
                for n in range(start, end):
                    peak = max(peak, offers.utility[k, n] / dissimilarity)
                    true_peak = max(true_peak, offers.true_utility[k, n] / dissimilarity)
                total, true_total, shift = 0.0, 0.0, 0.0
                for n in range(start, end):
                    weight = math.exp(offers.utility[k, n] / dissimilarity - peak)
                    total += weight
                    shift += weight * (offers.true_utility[k, n] - offers.utility[k, n])
                    true_total += math.exp(offers.true_utility[k, n] / dissimilarity - true_peak)
                inclusive[channel] = dissimilarity * (peak + math.log(total))
                true_inclusive[channel] = dissimilarity * (true_peak + math.log(true_total))
                correction[channel] = shift / total
                top, true_top = max(top, inclusive[channel]), max(true_top, true_inclusive[channel])
            start = end
        sum_all, true_sum, expected = math.exp(-top), math.exp(-true_top), 0.0
        start = 0
        for channel in range(N_CHANNELS):
            if offers.end[k, channel] > start:
                sum_all += math.exp(inclusive[channel] - top)
                true_sum += math.exp(true_inclusive[channel] - true_top)
            start = offers.end[k, channel]
        logsum = top + math.log(sum_all)
        start = 0
        for channel in range(N_CHANNELS):
            if offers.end[k, channel] > start:
                expected += math.exp(inclusive[channel] - logsum) * correction[channel]
            start = offers.end[k, channel]
        alpha = np.float64(people.price_sensitivity[rows[k]])
        surplus[k] = np.int64(np.rint(MICRO * ((logsum + expected) / alpha)))
        informed[k] = np.int64(np.rint(MICRO * ((true_top + math.log(true_sum)) / alpha)))


@kernel
def place_orders(rows, people, shops, listings, brands, quality_fake, offers, chosen, orders, n_orders):  # type: ignore[no-untyped-def]
    """Append the purchases of a block to `orders`; return the new number of orders."""
    for k in range(rows.size):
        if chosen[k] < 0:
            continue
        person, n = rows[k], chosen[k]
        source, venue = offers.source[k, n], offers.venue[k, n]
        in_resale = n < offers.end[k, 0]
        brand = shops.brand[source] if in_resale else listings.brand[source]
        fake = shops.ships_fakes[source] if in_resale else listings.sells_fakes[source]
        orders.buyer[n_orders], orders.venue[n_orders], orders.brand[n_orders] = person, venue, brand
        orders.shop[n_orders] = source if in_resale else -1
        orders.listing[n_orders] = -1 if in_resale else source
        orders.price[n_orders] = shops.price[source] if in_resale else listings.price[source]
        orders.from_friend[n_orders] = offers.from_friend[k, n]
        orders.belief[n_orders] = offers.belief[k, n]
        orders.trust[n_orders] = people.trust[person, venue]
        orders.true_chance[n_orders] = quality_fake if fake else brands.quality[brand]
        orders.is_genuine[n_orders] = not fake
        n_orders += 1
    return n_orders


@kernel
def room_for_offers(n_rows, taste):  # type: ignore[no-untyped-def]
    """Return room for the offers that `n_rows` people consider."""
    width = taste.n_shops_considered + 3 * taste.n_brands_considered
    return Offers(
        np.empty((n_rows, width), np.int32),
        np.empty((n_rows, width), np.int32),
        np.empty((n_rows, width), np.bool_),
        np.empty((n_rows, width)),
        np.empty((n_rows, width)),
        np.empty((n_rows, width)),
        np.empty((n_rows, N_CHANNELS), np.int32),
    )


@kernel
def consume(  # type: ignore[no-untyped-def]
    first, last, seed, week, growth, people, shops, listings, brands, decay, share_seen, taste, terms,
    orders, needs, surplus_by_fifth, surplus_of_naive, informed_surplus,
):  # fmt: skip
    """Let rows first ... last-1 need, consider, choose; return the number of orders.

    Orders are written into `orders` from row `first` on; surpluses are added to people's own and
    to the counts (int64; micro-yuan; `surplus_by_fifth` has shape (5,), the others (1,)).
    """
    needing = np.empty(last - first, np.int32)
    n_needs = find_needs(first, last, seed, week, growth, people, needing)
    offers = room_for_offers(BLOCK, taste)
    chosen, surplus, informed = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    n_orders = first
    for start in range(0, n_needs, BLOCK):
        rows = needing[start : min(start + BLOCK, n_needs)]
        consider_shops(seed, week, rows, people, shops, brands, decay, share_seen, taste, terms, offers)
        find_listings(seed, week, rows, people, brands, listings.is_open, taste, terms.mall_entry, offers)
        value_listings(week, rows, people, listings, brands, decay, taste, terms, offers)
        choose(seed, week, rows, people, shops, listings, taste.dissimilarity, offers, chosen)
        surpluses(rows, people, taste.dissimilarity, offers, surplus, informed)
        for k in range(rows.size):
            person = rows[k]
            people.surplus[person] += surplus[k]
            people.informed_surplus[person] += informed[k]
            surplus_by_fifth[people.wealth_fifth[person]] += surplus[k]
            informed_surplus[0] += informed[k]
            if people.is_naive[person]:
                surplus_of_naive[0] += surplus[k]
        n_orders = place_orders(
            rows, people, shops, listings, brands, taste.quality_fake, offers, chosen, orders, n_orders
        )
    needs[0] += n_needs
    return n_orders - first
