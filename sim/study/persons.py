"""What a world did to each of its people over the window in which its measures are taken.

One row a person, by key, so that the rows of two worlds of a seed belong to the same people
(`sim.study.gains` makes a table of that). The window is the last 52 weeks, or less if a run or
the worlds that fork in `fork_week` are shorter; what is over it is a difference of cumulative accounts.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.parameters import WEEKS_PER_YEAR, Venue
from sim.study.spillover import COMPARED, GROUPS, by_owner, owned

if TYPE_CHECKING:
    import pandas as pd

    from sim.model import Market

Integers = NDArray[np.int64]
Bits = NDArray[np.uint64]

NEVER, BEFORE, WITHIN = 0, 1, 2
"""When a person opened the first shop: not at all, before the window, in it."""


def window_start(weeks: int, fork_week: int = 0) -> int:
    """Return the week with which the window begins, in every world of a run of `weeks` weeks."""
    return max(weeks - WEEKS_PER_YEAR, fork_week, 0)


class Before(NamedTuple):
    """How people stood when the window began; shape (n_people,) in rows of the market."""

    week: int
    n_spells: int
    surplus: Integers  # micro-yuan
    spent: Integers  # fen
    owned: Integers  # in their shops, fen
    trust: NDArray[np.float32]
    has_bought: NDArray[np.bool_]


def before(market: "Market") -> Before:
    """Return how people stand now."""
    people = market.people
    return Before(
        market.week,
        market.shops.owner.size,
        people.surplus.copy(),
        people.spent.copy(),
        owned(market),
        people.trust[:, Venue.RESALE_WECHAT].copy(),
        people.has_bought.copy(),
    )


def persons(market: "Market", start: Before) -> "pd.DataFrame":
    """Return what came to each person since `start`, one row a person in order of keys.

    surplus: micro-yuan; shop, spent: fen; tier: of the last spell open in the window, 0 if none; entry: NEVER,
    BEFORE, WITHIN; has_bought, trust: at the start; digest, reached (one bit a group), trust_end: at the end
    """
    import pandas as pd

    people = market.people
    columns = {
        "surplus": people.surplus - start.surplus,
        "shop": owned(market) - start.owned - owners_time(market, start.week),
        "spent": people.spent - start.spent,
        "tier": tiers(market, start.week),
        "entry": entries(market, start.n_spells),
        "wealth_fifth": people.wealth_fifth,
        "trust": start.trust,
        "trust_end": people.trust[:, Venue.RESALE_WECHAT],
        "has_bought": start.has_bought,
        "digest": digests(market),
        "reached": reached(market),
    }
    by_key = np.argsort(people.key)
    return pd.DataFrame({name: column[by_key] for name, column in columns.items()})


# their shops ----------------------------------------------------------------------------------


def owners_time(market: "Market", first_week: int) -> Integers:
    """Return the outside income that each person gave up for shops since the beginning of `first_week`, fen."""
    shops = market.shops
    last = np.where(shops.closed_week < 0, market.week - 1, shops.closed_week)
    n_weeks = np.maximum(0, last - np.maximum(shops.opened_week, first_week) + 1).astype(np.int64)
    of_a_week = np.rint(100.0 * market.people.outside_income.astype(np.float64)).astype(np.int64)
    return by_owner(market, n_weeks) * of_a_week


def tiers(market: "Market", first_week: int) -> NDArray[np.int16]:
    """Return the tier of the last spell of each person that was open since `first_week`, 0 if none was."""
    shops = market.shops
    is_open = (shops.opened_week < market.week) & ((shops.closed_week < 0) | (shops.closed_week >= first_week))
    last = np.full(market.n_people, -1)
    np.maximum.at(last, shops.owner_row[is_open], np.flatnonzero(is_open))  # rows are in order of opening
    return np.append(shops.tier, 0)[last].astype(np.int16)


def entries(market: "Market", n_spells: int) -> NDArray[np.int8]:
    """Return when each person opened the first shop; there were `n_spells` at the beginning of the window."""
    shops = market.shops
    entry = np.full(market.n_people, NEVER, np.int8)
    entry[shops.owner_row[shops.opened_week < market.week]] = WITHIN
    entry[shops.owner_row[:n_spells]] = BEFORE
    return entry


# whom a policy reached ------------------------------------------------------------------------


def reached(market: "Market") -> NDArray[np.uint16]:
    """Return the groups of `spillover.GROUPS` to which each person belongs, one bit a group."""
    bits = np.zeros(market.n_people, np.uint16)
    for number, group in enumerate(GROUPS.values()):
        bits |= group(market).astype(np.uint16) << np.uint16(number)
    return bits


def digests(market: "Market") -> Bits:
    """Return a number a person that is another one if anything is that `spillover.has_changed` compares."""
    people, owner = market.people, np.append(market.shops.owner, -1)
    mixed = mix(as_bits(owned(market)))
    for name in COMPARED:
        column = getattr(people, name)
        for each in column.T if column.ndim == 2 else (column,):
            mixed = mix(mixed ^ as_bits(owner[each] if name == "slot_shop" else each))
    return mixed


def as_bits(column: NDArray[np.generic]) -> Bits:
    """Return the bits of values, the same for equal values."""
    if column.dtype.kind == "f":
        return (column.astype(np.float64) + 0.0).view(np.uint64)  # no negative zero
    return column.astype(np.int64).view(np.uint64)


def mix(bits: Bits) -> Bits:
    """Return bits well mixed, one to one (splitmix64, Steele, Lea & Flood 2014)."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
