"""What a benchmark is: one formula of theory held against the production market in the limit where it is exact.

A benchmark configures `Market` until the formula's assumptions hold, runs it, and compares what
came out with what the formula says. It never computes by itself what the market computes: the
formula is one side, the market's own arrays the other.
"""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from sim.model import Market
from sim.network import Network
from sim.parameters import (
    Attention,
    Bazaar,
    Brands,
    Campaigns,
    Demand,
    Exit,
    Parameters,
    Platform,
    Population,
    Recruitment,
    Shops,
    Sourcing,
    Trust,
)

STANDARD_ERRORS = 4.0
"""Half-width of a stochastic tolerance: one point in 16 000 misses by luck, one gallery in a hundred."""

BUYERS_ALIKE: dict[str, Any] = {
    "value_sigma": 0, "need_per_week": 10, "need_shape": 100, "demand_growth_per_year": 0,
    "share_using_bazaar": 0, "share_using_mall": 0, "share_using_rival": 0, "share_naive": 0,
}  # fmt: skip
"""Of `Population`: everybody the same, with a need every week (chance .99995), and neither bazaar nor mall."""

NO_LEARNING: dict[str, Any] = {
    "gain_good": 0, "gain_bad": 0, "n_friends_told": 0, "overpayment_penalty": 0, "learn_brand": 0,
}  # fmt: skip
"""Of `Trust`: venue trust stays as it starts and nobody is told anything (evidence on a shop is still gathered)."""

SILENT_SHOPS: dict[str, Any] = {"initial_strangers": 0, "posts_per_week": 0, "strangers_per_week": 0}
"""Of `Shops`: nobody hears of a shop; the shops that every market has sell nothing."""

NO_BAZAAR = Bazaar(sellers_at_most=0)


class Effort(NamedTuple):
    """How much is run."""

    is_quick: bool = False
    seed: int = 1

    def pick[Size](self, quick: Size, full: Size) -> Size:
        """Return `quick` for a quick look, else `full`."""
        return quick if self.is_quick else full


class Point(NamedTuple):
    """One comparison of a prediction with what the market did."""

    label: str
    x: float  # place on the horizontal axis
    predicted: float  # nan: theory gives only the range
    observed: float
    low: float  # range of the observed that counts as met, ends included
    high: float
    series: str = ""  # points of one line
    spread: float = math.nan  # standard error of the observed, if it is a mean of independent luck

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or `shown` where nothing is claimed."""
        if math.isinf(self.low) and math.isinf(self.high):
            return "shown"
        return "met" if self.low <= self.observed <= self.high else "missed"


def near(label: str, x: float, predicted: float, observed: float, tolerance: float, series: str = "") -> Point:
    """Return a point that is met within `tolerance` of the prediction."""
    return Point(label, x, predicted, observed, predicted - tolerance, predicted + tolerance, series)


def share_point(label: str, x: float, predicted: float, observed: float, n: float, series: str = "") -> Point:
    """Return a point of a share among `n` independent trials, met within `STANDARD_ERRORS` binomial ones."""
    spread = math.sqrt(max(predicted * (1 - predicted), 0) / n)
    return near(label, x, predicted, observed, STANDARD_ERRORS * spread, series)._replace(spread=spread)


def mean_point(label: str, x: float, predicted: float, sample: Sequence[float] | Any, series: str = "") -> Point:
    """Return a point of a mean of independent numbers, met within `STANDARD_ERRORS` of its own."""
    values = np.asarray(sample, np.float64)
    spread = float(values.std(ddof=1)) / math.sqrt(values.size)
    observed = float(values.mean())
    return near(label, x, predicted, observed, STANDARD_ERRORS * spread, series)._replace(spread=spread)


def shown(label: str, x: float, predicted: float, observed: float, series: str = "") -> Point:
    """Return a point that is shown beside theory without a claim."""
    return Point(label, x, predicted, observed, -math.inf, math.inf, series)


def positive(label: str, observed: float) -> Point:
    """Return a point that claims no more than that a difference is above 0."""
    return Point(label, math.nan, math.nan, observed, math.nextafter(0, 1), math.inf)


class Benchmark:
    """One formula of theory; one subclass a file of this folder.

    Everything but `points` is text for the reader: what theory says (`statement`, `formula`,
    `source`), how the market is brought into its limit (`configuration`), what is compared
    (`statistic`), and how far apart both may be, and why (`tolerance`).
    """

    title: ClassVar[str]
    statement: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    configuration: ClassVar[str]
    statistic: ClassVar[str]
    tolerance: ClassVar[str]
    x_axis: ClassVar[str]
    y_axis: ClassVar[str]
    draws_paths: ClassVar[bool] = False  # points of a series are a path, in their order

    def points(self, effort: Effort) -> Iterable[Point]:
        """Run the market and yield what it did beside what theory says."""
        raise NotImplementedError


TEXTS = tuple(name for name in Benchmark.__annotations__ if name != "draws_paths")
"""What every benchmark says of itself."""


def utility(alpha: float, value: float, chance: Any, refund: float, price: Any, hassle: float) -> Any:
    """Return V = alpha*(value*Q + refund*(1-Q)*price - price - hassle), money in yuan (odd.md 7.2)."""
    return alpha * (value * chance + refund * (1 - chance) * price - price - hassle)


# limits that several benchmarks use -----------------------------------------------------------


def alike(n_people: int, **others: Any) -> Population:
    """Return buyers who are all the same and need something every week, but for what is given."""
    return Population(**{**BUYERS_ALIKE, "n_people": n_people, **others})


def unlearning(**others: Any) -> Trust:
    """Return trust that stays as it starts, but for what is given."""
    return Trust(**{**NO_LEARNING, **others})


def unheard(**others: Any) -> Shops:
    """Return shops that nobody hears of, but for what is given."""
    return Shops(**{**SILENT_SHOPS, **others})


def strangers(n_people: int) -> Network:
    """Return a graph in which nobody knows anybody."""
    return Network(np.zeros(n_people + 1, np.int64), np.empty(0, np.int32))


def cliques(n_groups: int, size: int) -> Network:
    """Return separate groups in which everybody knows everybody: persons g*size ... (g+1)*size - 1."""
    person = np.arange(n_groups * size).reshape(n_groups, size)
    friends = np.stack([np.delete(person, column, axis=1) for column in range(size)], axis=1)
    offsets = np.arange(n_groups * size + 1, dtype=np.int64) * (size - 1)
    return Network(offsets, friends.reshape(-1).astype(np.int32))


def brand_stores(n_people: int, seed: int, *, trust: float, demand: Demand, brands: Brands, **others: Any) -> Market:
    """Return a market of brands' own stores alone, which everybody knows, without refunds, ratings or learning.

    trust: what everybody believes; others: whole groups of parameters that differ.
    """
    made: dict[str, Any] = {
        "population": alike(n_people),
        "trust": unlearning(start_direct=trust),
        "brands": dataclasses.replace(brands, known_initially=1, advertising_cost=0),
        "platform": Platform(refund_direct=0, rating_weight_elsewhere=0),
        "demand": dataclasses.replace(demand, n_brands_considered=8),
        "bazaar": NO_BAZAAR,
        "shops": unheard(),
    }
    return Market(parameters=Parameters(**made | others), network=strangers(n_people), seed=seed)


def captive_groups(
    n_groups: int, size: int, seed: int, *, population: Any = None, shops: Any = None, **others: Any
) -> Market:
    """Return separate groups of friends, some with shops, from which the others buy every week whatever they believe.

    Shops are supplied unit by unit at unit cost and keep their price; nobody comes, goes, learns or is heard of
    elsewhere. population, shops: fields that differ; others: whole groups of parameters that differ.
    """
    people = {"wealth_median": 1e6, "wealth_sigma": 0, "conscience_median": 0.01, "conscience_sigma": 0}
    sellers = {
        "posts_per_week": 10, "initial_share": 1 / size, "opening_units_first": 0, "drop_markup": 1,
        "lot_units": 100_000, "pricing": "fixed", "share_buying_fakes": 0,
    }  # fmt: skip
    made: dict[str, Any] = {
        "population": alike(n_groups * size, **people | (population or {})),
        "shops": Shops(**SILENT_SHOPS | sellers | (shops or {})),
        "sourcing": Sourcing(learnt_risk=0, horizon=1_000),
        "recruitment": Recruitment(look=0, agents_recruited=0),
        "exit": Exit(exit_chance=0),
        "campaigns": Campaigns(campaign_rate=0),
        "attention": Attention(mute_hazard=0, notice=10),
        "demand": Demand(dissimilarity=1, hassle_resale=-10_000),
        "trust": unlearning(),
        "brands": Brands(n_brands=1, known_initially=0, reach_per_medium=0),
        "bazaar": NO_BAZAAR,
    }
    return Market(parameters=Parameters(**made | others), network=cliques(n_groups, size), seed=seed)


def is_alone(market: Market, size: int) -> Any:
    """Return whether each shop of `captive_groups` is the only one of its group; (n_shops,)."""
    group = market.shops.owner // size
    return np.bincount(group)[group] == 1


def ring(n_people: int, reach: int = 1) -> Network:
    """Return a ring in which everybody knows the `reach` nearest people on either side."""
    steps = np.concatenate((np.arange(-reach, 0), np.arange(1, reach + 1)))
    friends = np.sort((np.arange(n_people)[:, None] + steps) % n_people, axis=1)
    return Network(np.arange(n_people + 1, dtype=np.int64) * 2 * reach, friends.reshape(-1).astype(np.int32))
