"""The choice step of `sim/mechanisms/demand.py` in numpy, over flat arrays, for `choice_step.py` to time."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms import demand
from sim.orders import Orders, taste_of, venue_terms
from sim.parameters import WEEKS_PER_YEAR
from sim.randomness import Purpose
from sim.week import Week


def growth(week: Week) -> float:
    """Return the factor on needs."""
    return (1.0 + week.parameters.population.demand_growth_per_year) ** (week.number / WEEKS_PER_YEAR)


def uniform_pair(seed: int, purpose: int, week: int, person: Any, block: Any) -> tuple[Any, Any]:
    """Return Philox uniforms of items 2*block and 2*block + 1, arrays as the arguments broadcast."""
    u64, low, half = np.uint64, np.uint64(0xFFFFFFFF), np.uint64(32)
    person, block = np.broadcast_arrays(person, block)
    block, c2 = block.astype(u64), person.astype(u64)
    c0, c1, c3 = block & low, block >> half, u64(week)
    for r in range(10):
        p0, p1 = u64(0xD2511F53) * c0, u64(0xCD9E8D57) * c2
        k0, k1 = u64((seed + r * 0x9E3779B9) % 2**32), u64((purpose + r * 0xBB67AE85) % 2**32)
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ k0, p1 & low, (p0 >> half) ^ c3 ^ k1, p0 & low
    pairs = ((high << half | lower) >> u64(12) for high, lower in ((c0, c1), (c2, c3)))
    return tuple((x.astype(np.float64) + 0.5) * 2.0**-52 for x in pairs)


def uniform(seed: int, purpose: int, week: int, person: Any, item: Any) -> NDArray[np.float64]:
    """Return Philox uniforms of items."""
    even, odd = uniform_pair(seed, purpose, week, person, np.asarray(item) >> 1)
    return np.where(np.asarray(item) & 1, odd, even)


def gumbel(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard Gumbel variates."""
    return -np.log(-np.log(u))


def needing(week: Week) -> NDArray[np.int64]:
    """Return the rows of people with a need."""
    key, x = week.people.key, week.people.need_per_week.astype(np.float64) * growth(week)
    return np.flatnonzero(uniform(week.seed, Purpose.NEED, week.number, key, 0) < 1.0 - np.exp(-x))


def numpy_step(week: Week, orders: Orders) -> Callable[[Any], int]:
    """Return the step over flat arrays: of people with a need, of their offers, of their nests."""
    people, shops, listings, brands = week.state
    taste, terms, seed, now = (
        taste_of(week.parameters),
        venue_terms(week.parameters, week.rules),
        week.seed,
        week.number,
    )
    n_brands, n_sellers, most, d = (
        brands.quality.size,
        taste.n_bazaar_sellers,
        taste.n_brands_considered,
        taste.dissimilarity,
    )

    def step(tally: Any) -> int:
        rows = needing(week)
        key, alpha = people.key[rows], people.price_sensitivity[rows].astype(np.float64)

        # shops: k the place of the person in `rows`, one entry a shop held, then noticed, then considered
        held = people.slot_shop[rows]
        k, slot = np.nonzero((held >= 0) & ((shops.platform[held] != demand.RIVAL) | people.uses_rival[rows, None]))
        shop = held[k, slot]
        u, rank = uniform_pair(seed, Purpose.NOTICE, now, key[k], shops.owner[shop])
        seen = u < 1.0 - np.exp(-taste.notice * week.scratch.share_seen[rows[k]] * shops.n_posts[shop])
        k, slot, shop, rank = k[seen], slot[seen], shop[seen], rank[seen]
        by_rank = np.lexsort((shops.owner[shop], rank, k))
        by_rank = by_rank[np.arange(k.size) - np.searchsorted(k, k) < taste.n_shops_considered]
        k, slot, shop = k[by_rank], slot[by_rank], shop[by_rank]
        at, left = (rows[k], slot), week.decay[now - people.slot_last_week[rows[k], slot]]
        likes = np.where(
            people.is_naive[rows[k]], np.minimum(taste.likes_counted, shops.likes[shop].astype(float)), 0.0
        )
        evidence = [
            column[at] * left + shops.badge[shop] + likes for column in (people.slot_satisfied, people.slot_total)
        ]
        friend = people.slot_is_friend[at]

        # listings
        salience = np.stack(uniform_pair(seed, Purpose.SALIENCE, now, key[:, None], np.arange((n_brands + 1) // 2)), -1)
        order = np.argsort(salience.reshape(rows.size, -1)[:, :n_brands], axis=1, kind="stable")
        told = people.knows[rows]
        untold, brand = np.nonzero(~told)
        told[untold, brand] = (
            -np.log(uniform(seed, Purpose.AWARENESS, 0, key[untold], brand)) <= brands.awareness[brand]
        )
        known = np.take_along_axis(told, order, axis=1)
        k_direct, place = np.nonzero(known & (np.cumsum(known, axis=1) <= most))
        direct, order = order[k_direct, place], order[:, :most]
        user = np.flatnonzero(people.uses_bazaar[rows]) if n_sellers else np.empty(0, np.int64)
        seller = order[user, :, None] * n_sellers + np.arange(n_sellers)
        luck, is_open = np.full(seller.shape, 2.0), listings.is_open[2 * n_brands + seller]
        of_open = np.broadcast_to(key[user, None, None], seller.shape)[is_open]
        luck[is_open] = uniform(seed, Purpose.LISTING, now, of_open, seller[is_open])
        k_bazaar, place = np.nonzero(is_open.any(axis=2))
        bazaar = 2 * n_brands + seller[k_bazaar, place, luck[k_bazaar, place].argmin(axis=1)]
        goes = people.uses_mall[rows]
        if terms.mall_entry > 0.0:
            goes |= uniform(seed, Purpose.MALL_ENTRY, 0, key, 0) < terms.mall_entry
        k_mall = np.repeat(np.flatnonzero(goes), order.shape[1])
        mall = n_brands + order[goes].ravel()

        # offers: by person, then by channel
        parts = (k, shop), (k_direct, direct), (user[k_bazaar], bazaar), (k_mall, mall)
        sizes = [part[0].size for part in parts]
        nest = np.concatenate([part[0] for part in parts]) * 4 + np.repeat(np.arange(4), sizes)
        by_nest = np.argsort(nest, kind="stable")
        listed = np.concatenate([direct, bazaar, mall])

        def offered(of_shop: Any, of_listing: Any) -> Any:
            return np.concatenate((of_shop[shop], of_listing[listed]))[by_nest]

        def padded(of_shop: Any) -> Any:
            return np.concatenate((of_shop, np.zeros(listed.size, of_shop.dtype)))[by_nest]

        nest, source = nest[by_nest], np.concatenate((shop, listed))[by_nest]
        k, channel = nest >> 2, nest & 3
        venue = np.concatenate(
            (shops.platform[shop], np.repeat([demand.DIRECT, demand.BAZAAR, demand.MALL], sizes[1:]))
        )
        venue, friend, satisfied, total = venue[by_nest], padded(friend), *map(padded, evidence)
        faded = week.decay[now - offered(shops.rating_week, listings.rating_week)]
        rated = offered(shops.rating_total, listings.rating_total) * faded
        share = terms.rating_weight[venue] * np.minimum(1.0, taste.ratings_read / np.maximum(rated, 1e-300))
        good = taste.prior_weight * people.trust[rows[k], venue].astype(np.float64) + satisfied
        good += share * (offered(shops.rating_satisfied, listings.rating_satisfied) * faded)
        belief = good / (taste.prior_weight + share * rated + total)
        maker, fake = offered(shops.brand, listings.brand), offered(shops.ships_fakes, listings.sells_fakes)
        true_chance = np.where(fake, taste.quality_fake, brands.quality[maker])
        price, refund = offered(shops.price, listings.price), terms.refund[venue]
        bonus = np.where(friend, taste.tie_value, 0.0) - price / 100.0 - terms.hassle[venue]
        worth, back = people.value[rows[k]].astype(np.float64), refund * (price / 100.0)
        V, V_true = (alpha[k] * (worth * q + back * (1.0 - q) + bonus) for q in (belief, true_chance))

        # the choice: one Kanter draw a nest, one Gumbel draw an offer
        of_nest = np.flatnonzero(np.diff(nest, prepend=-1))
        k_nest, in_nest = k[of_nest], np.cumsum(np.diff(nest, prepend=-1) != 0) - 1
        u, v = uniform_pair(seed, Purpose.NEST, now, key[k_nest], channel[of_nest])
        theta = np.pi * u
        stable = np.zeros(u.size)
        if d < 1.0:
            rest = np.log(np.sin((1.0 - d) * theta)) - np.log(-np.log(v))
            stable = np.log(np.sin(d * theta)) - np.log(np.sin(theta)) / d + ((1.0 - d) / d) * rest
        identity = ((channel * 8192 + maker.astype(np.int64)) << 32) + offered(shops.owner, listings.seller)
        U = V + d * (gumbel(uniform(seed, Purpose.TASTE, now, key[k], identity)) + stable[in_nest])
        best = gumbel(uniform(seed, Purpose.OUTSIDE, now, key, 0))
        of_person = np.flatnonzero(np.diff(k, prepend=-1))
        best[k[of_person]] = np.maximum(best[k[of_person]], np.maximum.reduceat(U, of_person))
        bought = np.flatnonzero(best[k] == U)

        # surpluses
        def logsum(V: Any) -> tuple[Any, Any, Any, Any]:
            peak = np.maximum.reduceat(V / d, of_nest)
            weight = np.exp(V / d - peak[in_nest])
            total = np.add.reduceat(weight, of_nest)
            inclusive = d * (peak + np.log(total))
            top = np.zeros(rows.size)
            np.maximum.at(top, k_nest, inclusive)
            every = np.exp(-top) + np.bincount(k_nest, np.exp(inclusive - top[k_nest]), rows.size)
            return top + np.log(every), inclusive, weight, total

        perceived, inclusive, weight, total = logsum(V)
        shift = np.add.reduceat(weight * (V_true - V), of_nest) / total
        expected = np.bincount(k_nest, np.exp(inclusive - perceived[k_nest]) * shift, rows.size)
        surplus = np.rint(demand.MICRO * ((perceived + expected) / alpha)).astype(np.int64)
        informed = np.rint(demand.MICRO * (logsum(V_true)[0] / alpha)).astype(np.int64)
        people.surplus[rows] += surplus
        people.informed_surplus[rows] += informed
        np.add.at(tally.surplus, people.wealth_fifth[rows], surplus)
        for name, many in (("needs", rows.size), ("informed_surplus", informed.sum())):
            getattr(tally, name)[0] += many
        tally.surplus_naive[0] += surplus[people.is_naive[rows]].sum()

        # orders
        buyer, from_shop = rows[k[bought]], channel[bought] == 0
        columns = (
            buyer, venue[bought], np.where(from_shop, source[bought], -1), np.where(from_shop, -1, source[bought]),
            maker[bought], friend[bought], price[bought], belief[bought], people.trust[buyer, venue[bought]],
            true_chance[bought], ~fake[bought],
        )  # fmt: skip
        for column, value in zip(orders, columns, strict=False):
            column[: bought.size] = value
        return bought.size

    return step
