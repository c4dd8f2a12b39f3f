"""Market shares follow the nested logit."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from sim.model import Market
from sim.parameters import Bazaar, Brands, Demand, Parameters, Venue
from sim.theory.base import (
    Benchmark,
    Effort,
    Point,
    alike,
    share_point,
    strangers,
    unheard,
    unlearning,
    utility,
)

VENUES = (Venue.DIRECT, Venue.BAZAAR, Venue.MALL)


class NestedLogit(Benchmark):
    """Shares of six offers in three channels and of not buying, at four dissimilarities."""

    title = "Shares of the nested logit"
    statement = (
        "Buyers with random utility choose each offer with the nested-logit probability: alternatives within a "
        "channel are closer substitutes than those of different channels."
    )
    formula = "s_j = e^(V_j/lambda)/D_g * D_g^lambda/(1 + sum_h D_h^lambda), D_g = sum of e^(V_k/lambda) over channel g"
    source = "McFadden 1978; Train, Discrete Choice Methods with Simulation (2009), ch. 4"
    configuration = "people alike, a need a week, no learning, two brands, all of whose listings everybody considers"
    statistic = "share of needs that each listing meets in one week"
    tolerance = "four binomial standard errors: every need is an independent draw"
    x_axis, y_axis = "share by the formula", "share of needs"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the share of each listing and of not buying."""
        for dissimilarity in (0.3, 0.6, 0.9, 1.0):
            market = self.market(effort, dissimilarity)
            market.step()
            needs = int(market.tallies[0].needs[0])
            series = f"lambda = {dissimilarity}"
            bought = 0.0
            for row, predicted in self.shares(market).items():
                observed = float((market.orders.listing == row).sum() / needs)
                bought += predicted
                venue, brand = Venue(market.listings.venue[row]).name.lower(), market.listings.brand[row] + 1
                yield share_point(f"{venue} {brand}, {series}", predicted, predicted, observed, needs, series)
            outside = 1 - market.orders.buyer.size / needs
            yield share_point(f"not buying, {series}", 1 - bought, 1 - bought, outside, needs, series)

    def market(self, effort: Effort, dissimilarity: float) -> Market:
        """Return a market in which everybody sees two offers in each of three channels."""
        n_people = effort.pick(50_000, 1_000_000)
        parameters = Parameters(
            population=alike(n_people, share_using_bazaar=1, share_using_mall=1),
            trust=unlearning(),
            brands=Brands(n_brands=2, known_initially=1),
            bazaar=Bazaar(sellers_at_most=1, sellers_per_brand=1, share_fakes=0),
            shops=unheard(),
            demand=Demand(dissimilarity=dissimilarity),
        )
        return Market(parameters=parameters, network=strangers(n_people), seed=effort.seed)

    def shares(self, market: Market) -> dict[int, float]:
        """Return row of a listing -> its share by the formula."""
        utilities = {venue: self.utilities(market, venue) for venue in VENUES}
        scale = market.parameters.demand.dissimilarity
        inclusive = {v: sum(math.exp(u / scale) for u in of.values()) for v, of in utilities.items()}
        total = 1 + sum(value**scale for value in inclusive.values())
        return {
            row: math.exp(u / scale) / inclusive[venue] * inclusive[venue] ** scale / total
            for venue, of in utilities.items()
            for row, u in of.items()
        }

    def utilities(self, market: Market, venue: Venue) -> dict[int, float]:
        """Return row -> V of the listings of a venue, from the parameters."""
        given, channel = market.parameters, venue.name.lower()
        population = given.population
        trust: float = getattr(given.trust, f"start_{channel}")
        refund: float = getattr(given.platform, f"refund_{channel}")
        hassle: float = getattr(given.demand, f"hassle_{channel}")
        rows: Sequence[int] = np.flatnonzero(market.listings.venue == venue).tolist()
        return {row: utility(population.price_sensitivity, population.value_median, trust, refund,
                             market.listings.price[row] / 100, hassle) for row in rows}  # fmt: skip
