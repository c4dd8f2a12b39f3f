"""The card of one person: who they are, whom they follow, what they bought last and why, what they earned."""

from typing import Any

import numpy as np

from sim.explore.cast import ROLES, roles
from sim.explore.world import Choice, World
from sim.parameters import VENUES, Venue


def card(world: World, person: int) -> dict[str, Any]:
    """Return what is known of a person at the beginning of the week, as plain values; yuan, shares, rows of people."""
    state, network = world.market.state, world.market.network
    people = state.people
    friends = network.neighbours[network.offsets[person] : network.offsets[person + 1]]
    return {
        "person": person,
        "role": ROLES[int(roles(state)[person])],
        "naive": bool(people.is_naive[person]),
        "money": round(float(people.wealth[person])),
        "needs": round(52 * float(people.need_per_week[person]), 1),
        "trust": {venue: round(float(people.trust[person, number]), 3) for number, venue in enumerate(VENUES)},
        "friends": int(friends.size),
        "spent": round(float(people.spent[person]) / 100),
        "follows": follows(world, person),
        "shop": shop_of(world, person),
        "last": last_purchase(world, person),
    }


def follows(world: World, person: int) -> list[dict[str, Any]]:
    """Return the shops that a person pays attention to: owner, whether a friend, evidence of satisfaction."""
    people, shops = world.market.people, world.market.shops
    found = []
    for slot in np.flatnonzero(people.slot_shop[person] >= 0):
        shop = people.slot_shop[person, slot]
        found.append(
            {
                "owner": int(shops.owner_row[shop]),
                "friend": bool(people.slot_is_friend[person, slot]),
                "price": round(int(shops.price[shop]) / 100),
                "likes": round(float(shops.likes[shop])),
                "fakes": bool(shops.ships_fakes[shop]),
            }
        )
    return found


def shop_of(world: World, person: int) -> dict[str, Any] | None:
    """Return the shop that a person runs, or ran last; None if there was none."""
    shops = world.market.shops
    spells = np.flatnonzero(shops.owner_row == person)
    if spells.size == 0:
        return None
    shop = int(spells[-1])
    upline = int(shops.upline[shop])
    stock = int(shops.stock_genuine[shop] + shops.stock_fake[shop])
    return {
        "open": bool(shops.closed_week[shop] < 0),
        "opened": int(shops.opened_week[shop]),
        "closed": int(shops.closed_week[shop]),
        "tier": int(shops.tier[shop]),
        "brand": int(shops.brand[shop]),
        "upline": int(shops.owner_row[upline]) if upline >= 0 else None,
        "recruits": int(shops.n_recruits[shop]),
        "followers": int(shops.n_contacts[shop]),
        "price": round(int(shops.price[shop]) / 100),
        "cost": round(int(shops.unit_cost[shop]) / 100),
        "stock": stock,
        "fakes": bool(shops.ships_fakes[shop]),
        "sold": int(shops.units_sold[shop]),
        "retail": round(int(shops.income_from_retail[shop]) / 100),
        "wholesale": round(int(shops.income_from_wholesale[shop]) / 100),
        "recruiting": round(int(shops.income_from_recruits[shop]) / 100),
        "cash": round(int(shops.cash[shop]) / 100),
        "rival": bool(shops.platform[shop] == Venue.RESALE_RIVAL),
        "strikes": int(world.market.people.strikes[person]),
    }


def last_purchase(world: World, person: int) -> dict[str, Any] | None:
    """Return what a person bought last, and what else there was to choose from; None if nothing was bought."""
    for week in range(world.week - 1, -1, -1):
        rows = np.flatnonzero(world.sales[week].buyer == person)
        if rows.size:
            sales, row = world.sales[week], int(rows[0])
            in_resale = sales.venue[row] <= Venue.RESALE_RIVAL
            return {
                "week": week,
                "venue": VENUES[int(sales.venue[row])],
                "seller": int(sales.seller[row]) if in_resale else None,
                "brand": int(sales.brand[row]),
                "price": round(int(sales.price[row]) / 100),
                "friend": bool(sales.from_friend[row]),
                "genuine": bool(sales.is_genuine[row]),
                "satisfied": bool(sales.is_satisfied[row]),
                "refunded": bool(sales.is_refunded[row]),
                "offers": offers_of(world, world.choice(week, person), person),
            }
    return None


def offers_of(world: World, choice: Choice | None, person: int) -> list[dict[str, Any]]:
    """Return the offers in mind: price, believed and true chance, worth in yuan over not buying, and which was taken.

    worth = V / alpha: value x believed chance + refunds + the tie of a friend - price - hassle
    """
    if choice is None:
        return []
    alpha, offers = float(world.market.people.price_sensitivity[person]), choice.offers
    return [
        {
            "venue": VENUES[int(offers.venue[0, n])],
            "owner": int(choice.owner[n]) if choice.owner[n] >= 0 else None,
            "brand": int(choice.brand[n]),
            "friend": bool(offers.from_friend[0, n]),
            "price": round(int(choice.price[n]) / 100),
            "belief": round(float(offers.belief[0, n]), 3),
            "worth": round(float(offers.utility[0, n]) / alpha),
            "true_worth": round(float(offers.true_utility[0, n]) / alpha),
            "taken": n == choice.chosen,
        }
        for n in range(choice.price.size)
    ]
