"""Word of mouth spreads if each satisfied buyer tells enough people, however long their lists of friends are."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
from scipy.optimize import brentq
from scipy.sparse import csr_array

from sim.model import Market
from sim.network import Network
from sim.parameters import Brands, Demand, Parameters, Platform
from sim.theory.base import (
    NO_BAZAAR,
    STANDARD_ERRORS,
    Benchmark,
    Effort,
    Point,
    alike,
    near,
    unheard,
    unlearning,
)

SEEDS = 0.005
"""Share of people who know the store at first."""
FEW = 0.02
"""Share of buyers up to which growth is counted: so few that messages seldom meet."""
WEEKS = 12
MEAN_FRIENDS = 180


class WordOfMouth(Benchmark):
    """Growth and endemic level of an epidemic of purchases that are told to a fixed number of friends."""

    title = "Word of mouth: the threshold is 1/A whatever the lists of friends"
    statement = (
        "A satisfied buyer tells A friends and buys again, a disappointed one stops until praise comes again. "
        "Purchases spread if satisfied ones per disappointing one, q/(1-q), exceed 1/A. As A is fixed, hubs and "
        "caps on the number of friends do not move the threshold (if all friends were told, it would be <k>/<k^2>: "
        "Pastor-Satorras & Vespignani 2001)."
    )
    formula = "growth a week m = q(1+A), threshold q = 1/(1+A); buyers settle where x = xq + (1-xq)(1-e^(-Aqx))"
    source = "Yang et al. 2006 (arXiv:physics/0611095); Harris 1963, The Theory of Branching Processes"
    configuration = (
        "a brand's own store that one in 200 knows; praise makes friends know it; trust starts at 1, falls to 0 "
        "after a disappointment and rises with praise; who trusts at all buys every week; three random graphs of "
        "about 180 friends: all alike, lognormal (deviation .98 of the logarithm), and the same capped at 300"
    )
    statistic = "buyers next week over buyers this week, while they are few; then the share of buyers in the long run"
    tolerance = (
        "growth: four standard errors of Harris's estimator, and 3 % for messages that meet (buyers are up to 2 % "
        "of people, A of 180 friends told); long run: 3 %, for the mean field neglects who told whom"
    )
    x_axis, y_axis = "chance of satisfaction q", "growth of buyers a week"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield growth by q, number told and graph, the thresholds, and the shares in the long run."""
        graphs = dict(random_graphs(effort.pick(20_000, 30_000), effort.seed))
        for told in effort.pick((3,), (3, 6)):
            for name, graph in graphs.items():
                series = f"{told} friends told, friends {name}"
                yield from self.growth(told, graph, series, effort)
        for told, chance in effort.pick(((3, 0.3), (6, 0.3)), ((3, 0.3), (3, 0.6), (6, 0.3))):
            yield self.endemic(chance, told, graphs["all alike"], effort)

    def growth(self, told: int, graph: Network, series: str, effort: Effort) -> Iterator[Point]:
        """Yield the growth of buyers against q(1+A) at several q, and the threshold where it is 1."""
        expected = children_in_all = variance = 0.0
        for times in effort.pick((0.8, 1.25), (0.8, 0.95, 1.1, 1.3)):
            chance = times / (1 + told)
            runs = [buyers_by_week(chance, told, graph, effort.seed + n) for n in range(effort.pick(5, 8))]
            parents, children = (sum(sum(run[cut]) for run in runs) for cut in (slice(None, -1), slice(1, None)))
            own_variance = (1 + told) ** 2 * chance * (1 - chance) * parents
            tolerance = STANDARD_ERRORS * math.sqrt(own_variance) / parents + 0.03 * times
            yield near(f"q = {chance:.3g}, {series}", chance, times, children / parents, tolerance, series)
            expected, children_in_all = expected + chance * parents, children_in_all + children
            variance += own_variance
        exact, tolerance = 1 / (1 + told), STANDARD_ERRORS * math.sqrt(variance) / children_in_all + 0.03
        yield near(f"threshold implied, {series}", exact, exact, expected / children_in_all, tolerance * exact)

    def endemic(self, chance: float, told: int, graph: Network, effort: Effort) -> Point:
        """Return the share of people who buy in the long run against the mean field."""
        market = market_of(chance, told, graph, effort.seed, 0.5)
        shares = [tally.units.sum() / market.n_people for tally in market.run(40).tallies[-20:]]

        def excess(x: float) -> float:
            return x * chance + (1 - x * chance) * -math.expm1(-told * chance * x) - x

        predicted = float(brentq(excess, 1e-6, 1.0))
        observed = float(np.mean(shares))
        return near(f"long run, q = {chance}, {told} told", chance, predicted, observed, 0.03 * predicted, "long run")


def market_of(chance: float, told: int, graph: Network, seed: int, known: float) -> Market:
    """Return a market of one store whose buyers are satisfied with a chance and tell a number of friends."""
    parameters = Parameters(
        population=alike(graph.n_people, value_median=100_000, price_sensitivity=10),
        trust=unlearning(
            start_direct=1, gain_good=1, gain_bad=1, n_friends_told=told, message_weight=0.1, learn_brand=1
        ),
        brands=Brands(
            n_brands=1, quality_low=chance, quality_high=chance, cost_base=1, cost_per_quality=0,
            known_initially=known, reach_per_medium=0,
        ),
        platform=Platform(rating_weight_elsewhere=0),
        demand=Demand(dissimilarity=1, hassle_direct=10),
        bazaar=NO_BAZAAR,
        shops=unheard(),
    )  # fmt: skip
    return Market(parameters=parameters, network=graph, seed=seed)


def buyers_by_week(chance: float, told: int, graph: Network, seed: int) -> list[int]:
    """Return the number of buyers of each week while they are few."""
    market = market_of(chance, told, graph, seed, SEEDS)
    buyers: list[int] = []
    while market.week < WEEKS and (not buyers or buyers[-1] < FEW * market.n_people):
        market.step()
        buyers.append(market.orders.buyer.size)
    return buyers


def random_graphs(n_people: int, seed: int) -> Iterator[tuple[str, Network]]:
    """Yield name and graph: same mean number of friends, none, much, and capped spread."""
    luck = np.random.default_rng(seed)
    spread = 0.978
    lognormal = MEAN_FRIENDS * np.exp(spread * luck.standard_normal(n_people) - spread**2 / 2)
    for name, degrees in (
        ("all alike", np.full(n_people, MEAN_FRIENDS)),
        ("lognormal", lognormal),
        ("capped at 300", np.minimum(lognormal, 300)),
    ):
        yield name, configuration_graph(np.maximum(np.rint(degrees), 20).astype(np.int64), luck)


def configuration_graph(degrees: np.ndarray, luck: np.random.Generator) -> Network:
    """Return a random graph of about the given degrees: ends of friendships are paired, loops and doubles dropped."""
    ends = luck.permutation(np.repeat(np.arange(degrees.size), degrees))
    left, right = ends[: ends.size // 2], ends[ends.size // 2 : 2 * (ends.size // 2)]
    shape = (degrees.size, degrees.size)
    graph = csr_array((np.ones(2 * left.size, np.int8), (np.append(left, right), np.append(right, left))), shape)
    graph.sum_duplicates()
    graph.setdiag(0)
    graph.eliminate_zeros()
    return Network(graph.indptr.astype(np.int64), graph.indices.astype(np.int32))
