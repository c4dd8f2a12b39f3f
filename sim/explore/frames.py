"""What the page draws of a week, as plain lists: the town, and the series of its charts."""

import math
from functools import cache
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from sim import measures
from sim.explore.cast import roles
from sim.explore.world import World
from sim.measures.base import Measure, ratio
from sim.network import Network
from sim.parameters import Parameters, Venue

SMOOTH = 8
"""Weeks over which charts average: in a town of 350 one week holds a hundred purchases."""

SERIES = (
    "price.resale", "price.direct", "price.bazaar", "price.mall", "trust.resale", "satisfaction.resale", "share.resale",
    "share.direct", "share.bazaar", "share.mall", "n_shops", "trust.resale_rival",
    "share_shops_lost", "share_fakes.resale",
)  # fmt: skip
"""Measures that charts draw."""

UNSMOOTHED = ("n_shops", "trust.resale", "trust.resale_rival", "share_shops_lost")
"""Stocks: their weeks speak for themselves."""


@cache
def measure_of(name: str) -> Measure:
    """Return a measure by its name."""
    return next(each for each in measures.catalogue() if each.name == name)


def places(network: Network, seed: int) -> NDArray[np.float64]:
    """Return where people stand, so that friends are near (force-directed), (n_people, 2) within 0 and 1."""
    graph = nx.Graph()
    graph.add_nodes_from(range(network.n_people))
    first, second = pairs(network)
    graph.add_edges_from(zip(first.tolist(), second.tolist(), strict=True))
    spots = nx.spring_layout(graph, iterations=30, seed=seed % 2**32)
    place = np.array([spots[person] for person in range(network.n_people)])
    ranks = place.argsort(axis=0).argsort(axis=0) / max(1, network.n_people - 1)
    spread = (place - place.min(axis=0)) / np.maximum(np.ptp(place, axis=0), 1e-9)
    return 0.5 * ranks + 0.5 * spread  # half by rank: a crowd in the middle stays legible


def pairs(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two ends of each friendship."""
    first = np.repeat(np.arange(network.n_people), np.diff(network.offsets))
    second = network.neighbours.astype(np.int64)
    once = first < second
    return first[once], second[once]


def map_of(network: Network, seed: int) -> dict[str, Any]:
    """Return what of a town does not change: places in thousandths, and friendships."""
    place = np.rint(1000 * places(network, seed)).astype(int)
    first, second = pairs(network)
    links = np.stack((first, second), 1).ravel().tolist()
    return {"x": place[:, 0].tolist(), "y": place[:, 1].tolist(), "links": links}


def people_of(world: World) -> dict[str, Any]:
    """Return the people of a world as the map draws them."""
    state, market = world.market.state, world.market
    shop = np.flatnonzero(state.shops.closed_week < 0)
    upline = state.shops.upline[shop]
    boss = np.where(upline >= 0, state.shops.owner_row[upline], -1 - state.shops.brand[shop])
    bought: list[int] = []
    if market.week > 0:
        sales = world.sales[market.week - 1]
        seller = np.where(sales.venue <= Venue.RESALE_RIVAL, sales.seller, -1 - sales.brand)
        bought = np.stack((sales.buyer, seller, sales.is_satisfied), 1).ravel().tolist()
    trust = state.people.trust[:, Venue.RESALE_WECHAT].astype(np.float64)
    return {
        "trust": np.rint(100 * trust).astype(int).tolist(),
        "role": roles(state).tolist(),
        "tree": np.stack((state.shops.owner_row[shop], boss, state.shops.tier[shop], state.shops.platform[shop]), 1)
        .ravel()
        .tolist(),
        "bought": bought,
    }


def smoothed(world: World, names: tuple[str, ...] = SERIES) -> dict[str, list[float | None]]:
    """Return measure -> a value a week, over the last `SMOOTH` weeks (prices weighted by units); None where none is."""
    if world.week == 0:
        return {name: [] for name in names}
    above, below = world.weekly_sides(tuple(measure_of(name) for name in names))
    result: dict[str, list[float | None]] = {}
    for row, name in enumerate(names):
        over, under = (side[row] if name in UNSMOOTHED else moving(side[row]) for side in (above, below))
        values = ratio(over, under).tolist()
        result[name] = [None if math.isnan(each) else float(f"{each:.4g}") for each in values]
    return result


def moving(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sums over the last `SMOOTH` weeks up to each week."""
    total = np.concatenate(([0.0], np.cumsum(series)))
    now = np.arange(1, total.size)
    return total[now] - total[np.maximum(0, now - SMOOTH)]


def settling_trust(parameters: Parameters, satisfaction: float | None) -> float | None:
    """Return where trust settles if purchases satisfy with this chance: g_good q / (g_good q + g_bad (1 - q)).

    Stationary mean of docs/odd.md 7.4 under forced purchases; word of mouth, scandals and choice move it away.
    """
    if satisfaction is None:
        return None
    good, bad = parameters.trust.gain_good * satisfaction, parameters.trust.gain_bad * (1 - satisfaction)
    return good / (good + bad) if good + bad > 0 else None


def chain_prices(world: World) -> list[float]:
    """Return the retail price of the first two tiers by the arithmetic of the chain, yuan: w (1 + m)^(t-1) (1 + r).

    w: mean wholesale price over brands; m: mark-up between tiers; r: mark-up at which shops open
    """
    given, wholesale = world.parameters.shops, float(world.market.brands.wholesale.mean()) / 100
    return [wholesale * (1 + given.tier_markup) ** tier * (1 + given.retail_markup) for tier in range(2)]


def table(worlds: dict[str, World]) -> str:
    """Return all measures of some worlds by week as CSV, one row a world and week."""
    import pandas as pd

    tables = [world.market.weekly.assign(world=name) for name, world in worlds.items()]
    whole = pd.concat(tables, ignore_index=True)
    first = ["world", "week", "date"]
    return str(whole[[*first, *(name for name in whole.columns if name not in first)]].to_csv(index=False))
