"""First moves: before a bet, be one buyer or one seller of this town for a minute."""

from dataclasses import dataclass

import numpy as np

from sim.explore.world import Choice, World
from sim.parameters import VENUES, Venue
from sim.randomness import Purpose, keyed_uniforms

KINDS = ("buyer", "seller")
TRIES = 16
"""Buyers looked at for one whose choice is instructive."""

FEWEST, MOST = 3, 6
"""Offers of an instructive choice."""

WEEKS_A_MONTH = 4


@dataclass(frozen=True)
class Option:
    """One thing to pick; `true_chance` and `satisfies` are told afterwards."""

    venue: str
    owner: int | None
    brand: int
    is_friend: bool
    likes: int
    price: int
    belief: float
    is_fake: bool
    true_chance: float
    satisfies: bool
    was_taken: bool


@dataclass(frozen=True)
class Buyer:
    """A person of this town in the week before the lesson's rules, and what came to mind."""

    person: int
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Seller:
    """A shop of this town that sells, and what its next lot may be; yuan, a month has four weeks."""

    person: int
    price: int
    cost: int
    fake_cost: int
    sold_a_month: float
    extra_a_month: float
    quality: float
    fake_quality: float
    n_shops: int
    n_with_fakes: int


def buyer(world: World) -> Buyer | None:
    """Return a buyer of the week before this one with fakes among some offers; None if nobody bought.

    What is told is what this person faced, with the luck it had: the market itself, nothing made up.
    """
    week = world.week - 1
    if week < 0:
        return None
    best: tuple[int, Buyer] | None = None
    for person in dict.fromkeys(world.sales[week].buyer[:TRIES].tolist()):
        choice = world.choice(week, person)
        if choice is None or choice.price.size < 2:
            continue
        found = Buyer(person, options(world, week, person, choice))
        n, fakes = len(found.options), sum(each.is_fake for each in found.options)
        score = 4 * (0 < fakes < n) + 2 * (FEWEST <= n <= MOST) + (len({each.venue for each in found.options}) > 1)
        if best is None or score > best[0]:
            best = (score, found)
    return best[1] if best else None


def options(world: World, week: int, person: int, choice: Choice) -> tuple[Option, ...]:
    """Return what a person faced in a week, and what each offer would have brought: u < chance, u keyed to both."""
    brands, given = world.market.brands, world.parameters.brands
    key = world.market.people.key[person : person + 1]
    u = float(keyed_uniforms(world.market.seed, Purpose.SATISFACTION, key, week=week)[0])
    true = np.where(choice.is_fake, given.quality_fake, brands.quality[choice.brand])
    return tuple(
        Option(
            venue=VENUES[int(choice.offers.venue[0, n])],
            owner=int(choice.owner[n]) if choice.owner[n] >= 0 else None,
            brand=int(choice.brand[n]),
            is_friend=bool(choice.offers.from_friend[0, n]),
            likes=round(float(choice.likes[n])),
            price=round(int(choice.price[n]) / 100),
            belief=float(choice.offers.belief[0, n]),
            is_fake=bool(choice.is_fake[n]),
            true_chance=float(true[n]),
            satisfies=u < float(true[n]),
            was_taken=n == choice.chosen,
        )
        for n in range(choice.price.size)
    )


def seller(world: World) -> Seller | None:
    """Return the open shop on WeChat that sells most to consumers in these weeks; None if there is none."""
    shops, brands = world.market.shops, world.market.brands
    shop = np.flatnonzero((shops.closed_week < 0) & (shops.platform == Venue.RESALE_WECHAT))
    if shop.size == 0:
        return None
    chosen = int(shop[np.argmax(shops.sales_smoothed[shop])])
    brand = int(shops.brand[chosen])
    sold = WEEKS_A_MONTH * float(shops.sales_smoothed[chosen])
    cost, fake_cost = int(shops.unit_cost[chosen]) / 100, int(brands.fake_cost[brand]) / 100
    return Seller(
        person=int(shops.owner_row[chosen]),
        price=round(int(shops.price[chosen]) / 100),
        cost=round(cost),
        fake_cost=round(fake_cost),
        sold_a_month=sold,
        extra_a_month=(cost - fake_cost) * sold,
        quality=float(brands.quality[brand]),
        fake_quality=world.parameters.brands.quality_fake,
        n_shops=int(shop.size),
        n_with_fakes=int(shops.ships_fakes[shop].sum()),
    )


def move_of(world: World, kind: str) -> Buyer | Seller | None:
    """Return the move of a kind in this town now."""
    return buyer(world) if kind == "buyer" else seller(world)
