"""Prices of sellers who know demand: Bertrand-Nash under nested logit."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root
from scipy.special import lambertw

from sim.model import Market
from sim.parameters import Brands, Demand, Parameters
from sim.theory.base import Benchmark, Effort, Point, brand_stores, near, positive, utility

Doubles = NDArray[np.float64]

TRUST, HASSLE, SERVICE = 0.8, 20.0, 8.0
REVIEW = 4


class NashPrice(Benchmark):
    """List prices of one to eight brands that set them by best response, against the Nash equilibrium."""

    title = "Best responses find the Nash price"
    statement = (
        "Single-product sellers who price by the first-order condition on the shares that they see settle at the "
        "Bertrand-Nash equilibrium of the nested logit: mark-ups fall as sellers are added, and a monopolist's "
        "price is given by Lambert's W."
    )
    formula = (
        "p_j = c_j + (lambda/alpha)/(1 - (1-lambda) s_(j|g) - lambda s_j); lambda = 1: c + 1/(alpha(1 - s)); one "
        "seller: c + (1 + W(e^(V - alpha c - 1)))/alpha"
    )
    source = (
        "Anderson, de Palma & Thisse 1992; Berry 1994, RAND 25(2); existence: Caplin & Nalebuff 1991, Econometrica "
        "59(1)"
    )
    configuration = (
        "people alike, a need every week; everybody knows and considers all brands' own stores and nothing else; no"
        " refunds, no ratings, no learning; brands.pricing = best_response every four weeks; unit costs equal or "
        "not"
    )
    statistic = "list price, mean over the reviews of the last year of three"
    tolerance = ".5 % of the price: the shares that sellers see are sampled, whose noise averages out over reviews"
    x_axis, y_axis = "sellers", "price, yuan"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield prices by number of sellers, dissimilarity, and for unequal costs."""
        for dissimilarity in (0.6, 1.0):
            for n_sellers in effort.pick((1, 3, 8), (1, 2, 3, 4, 6, 8)):
                series = f"equal costs, lambda = {dissimilarity}"
                yield from self.prices(n_sellers, dissimilarity, 0.0, series, effort)
            yield from self.prices(3, dissimilarity, 80.0, f"unequal costs, lambda = {dissimilarity}", effort)

    def prices(
        self, n_sellers: int, dissimilarity: float, cost_per_quality: float, series: str, effort: Effort
    ) -> Iterator[Point]:
        """Yield each price (one if all are alike) of a market against its equilibrium."""
        market = market_of(n_sellers, dissimilarity, cost_per_quality, effort)
        market.run(104)
        seen = []
        for _ in range(52 // REVIEW):
            seen.append(market.run(REVIEW).brands.list_price / 100)
        mean = np.mean(seen, axis=0)
        costs = market.brands.cost / 100 + SERVICE
        predicted = equilibrium(costs, market.parameters)
        if cost_per_quality == 0:
            mean, predicted = mean[:1] * 0 + mean.mean(), predicted[:1]
        for n, (observed, exact) in enumerate(zip(mean, predicted, strict=True)):
            label = (
                f"{n_sellers} seller{'s' * (n_sellers > 1)}"
                if cost_per_quality == 0
                else f"seller {n + 1} of {n_sellers}"
            )
            yield near(f"{label}, {series}", n_sellers, float(exact), float(observed), 0.005 * exact, series)
        if n_sellers == 3 and cost_per_quality == 0:
            yield from self.deviations(market, dissimilarity)
        if n_sellers == 1 and dissimilarity == 1:
            alpha, value = market.parameters.population.price_sensitivity, market.parameters.population.value_median
            v = utility(alpha, value, TRUST, 0.0, 0.0, HASSLE)
            exact = costs[0] + (1 + lambertw(math.exp(v - alpha * costs[0] - 1)).real) / alpha
            yield near("one seller, by Lambert's W", math.nan, exact, float(mean[0]), 0.005 * exact)

    def deviations(self, market: Market, dissimilarity: float) -> Iterator[Point]:
        """Yield what the first seller loses, with the same luck, by a price a fifth higher or lower."""
        market.run(1)  # a review is behind, three weeks of settled prices ahead
        profits = {}
        for factor in (0.8, 1.0, 1.2):
            twin = market.fork()
            twin.listings.price[0] = round(factor * twin.listings.price[0])
            margin = (twin.listings.price[0] - twin.brands.cost[0]) / 100 - SERVICE
            before = int(twin.listings.units_sold[0])
            profits[factor] = float(margin * (twin.run(REVIEW - 1).listings.units_sold[0] - before))
        for factor, name in ((0.8, "lower"), (1.2, "higher")):
            label = f"share of profit lost by a price a fifth {name}, lambda = {dissimilarity}"
            yield positive(label, 1 - profits[factor] / profits[1.0])


def equilibrium(costs: Doubles, given: Parameters) -> Doubles:
    """Return the prices at which every seller's first-order condition holds, yuan; (n_sellers,)."""
    scale, alpha = given.demand.dissimilarity, given.population.price_sensitivity

    def excess(prices: Doubles) -> Doubles:
        v = utility(alpha, given.population.value_median, TRUST, 0.0, prices, HASSLE)
        each = np.exp(v / scale)
        within = each / each.sum()
        share = within * each.sum() ** scale / (1 + each.sum() ** scale)
        return prices - costs - scale / alpha / (1 - (1 - scale) * within - scale * share)

    found = root(excess, costs + 1 / alpha, tol=1e-12)
    return np.asarray(found.x)


def market_of(n_sellers: int, dissimilarity: float, cost_per_quality: float, effort: Effort) -> Market:
    """Return a market of brands that price by best response."""
    brands = Brands(
        n_brands=n_sellers, pricing="best_response", service_cost=SERVICE, cost_per_quality=cost_per_quality,
        cost_base=80 - 0.84 * cost_per_quality,
    )  # fmt: skip
    demand = Demand(dissimilarity=dissimilarity, hassle_direct=HASSLE)
    return brand_stores(effort.pick(5_000, 20_000), effort.seed, trust=TRUST, demand=demand, brands=brands)
