"""Layers of mark-up: n tiers add n/alpha to cost where shares are small."""

import math
from collections.abc import Generator, Iterable
from typing import NamedTuple

import numpy as np

from sim.model import Market
from sim.parameters import Brands, Demand, Platform
from sim.theory.base import Benchmark, Effort, Point, brand_stores, captive_groups, near, unlearning

ALPHA, COST, TRUST, VALUE = 0.02, 40.0, 0.65, 220.0
MARGIN = 1 / ALPHA
GROUP = 20
GRID = (0.5, 0.75, 1.0, 1.25, 1.5)
"""Margins tried, over 1/alpha."""
LOGIT = -5.5
"""Value of buying at the predicted price: a share of .4 %."""
SETTLED = 8
SHARE_BOUND = 0.03
"""Bound of the bias: own-price slopes are alpha(1 - s), s with tier 1 beside it, up to .02."""


class Layers(NamedTuple):
    """Margins in yuan of the brand and of tier 1 on what it supplies to tier 2 (none: tier 1 sells to consumers)."""

    brand: float
    first_tier: float | None


class TierPrices(Benchmark):
    """Consumer prices of chains of one, two and three layers at the margins at which each layer's profit is highest."""

    title = "Every tier adds 1/alpha"
    statement = (
        "Under logit demand with small shares (exponential demand) a layer's best margin is 1/alpha whatever the "
        "other layers take, so that n layers in a row price at c + n/alpha: a chain one tier shorter is 1/alpha "
        "cheaper. (Linear and constant-elasticity demand have other laws; the market has neither.)"
    )
    formula = "best margin m = 1/alpha in every layer; price c + n/alpha"
    source = "Spengler 1950, JPE 58(4), on successive mark-ups; exponential demand: own derivation"
    configuration = (
        "n = 1: one brand's store, best response; n = 2: brand and local shops that price by best response; n = 3: "
        "between them a tier that supplies unit by unit. Shares below 1 %, lambda = 1, margins of the brand and of "
        "tier 1 swept by wholesale_markup and tier_markup with the same people and luck"
    )
    statistic = (
        "best margin of a layer, 1 over the slope of ln(units that it supplies) on its margin; margin that "
        "retailers take; consumer price with all of these"
    )
    tolerance = (
        "margins: 3 % of 1/alpha for shares that are not 0, and three standard errors of the fitted slope; prices: "
        "3 % of every layer's 1/alpha, and the same errors of the margins put in"
    )
    x_axis, y_axis = "layers", "price to consumers, yuan"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield best margins by layer, and prices of chains of one, two and three layers."""
        yield self.direct(effort)
        brand, error = yield from self.best(2, "the brand", [Layers(MARGIN * each, None) for each in GRID], effort)
        yield at_optimum(2, sold(2, Layers(brand, None), effort)[1], error)
        first, error = yield from self.best(3, "tier 1", [Layers(MARGIN, MARGIN * each) for each in GRID], effort)
        brand, other = yield from self.best(3, "the brand", [Layers(MARGIN * each, MARGIN) for each in GRID], effort)
        yield at_optimum(3, sold(3, Layers(brand, first), effort)[1], error + other)

    def direct(self, effort: Effort) -> Point:
        """Return the price of a brand that sells in its own store."""
        brands = Brands(n_brands=1, cost_base=COST, cost_per_quality=0, service_cost=0, pricing="best_response")
        demand = Demand(dissimilarity=1, hassle_direct=hassle(1))
        market = brand_stores(20_000, effort.seed, trust=TRUST, demand=demand, brands=brands).run(60)
        return at_optimum(1, float(market.brands.list_price[0]) / 100, 0.0)

    def best(
        self, n: int, layer: str, tried: list[Layers], effort: Effort
    ) -> Generator[Point, None, tuple[float, float]]:
        """Yield a layer's best margin from the units sold at the margins tried; return it with its error."""
        margins = [each.brand if layer == "the brand" else float(each.first_tier or 0) for each in tried]
        units = np.array([sold(n, each, effort)[0] for each in tried])
        slope, spread = fitted_slope(np.array(margins), units)
        found, error = -1 / slope, 3 * spread / slope**2
        yield near(f"best margin of {layer}, {n} layers", math.nan, MARGIN, found, SHARE_BOUND * MARGIN + error)
        return found, error


def at_optimum(n: int, price: float, error: float) -> Point:
    """Return the price of n layers against c + n/alpha; error: of the margins put in."""
    label = f"price of {n} layer{'s' * (n > 1)}"
    return near(label, n, COST + n * MARGIN, price, SHARE_BOUND * n * MARGIN + error, "price")


def fitted_slope(margins: np.ndarray, units: np.ndarray) -> tuple[float, float]:
    """Return the slope of ln(units) on margins, weighted by units (Poisson), and its standard error."""
    centred = margins - np.average(margins, weights=units)
    information = float((units * centred**2).sum())
    return float((units * centred * np.log(units)).sum()) / information, 1 / math.sqrt(information)


def hassle(n: int) -> float:
    """Return the effort of buying, yuan, at which c + n/alpha has the value `LOGIT`."""
    return VALUE * TRUST - (COST + n * MARGIN) - LOGIT / ALPHA


def sold(n: int, layers: Layers, effort: Effort) -> tuple[float, float]:
    """Return units that consumers bought of shops of the last layer, and the mean price of these."""
    market = market_of(n, layers, effort).run(SETTLED)
    tier, units, paid = n - 1, 0, 0
    for _ in range(effort.pick(30, 100)):
        orders = market.run(1).orders
        mine = market.shops.tier[orders.shop] == tier
        units, paid = units + int(mine.sum()), paid + int(orders.price[mine].sum())
    return float(units), paid / units / 100


def market_of(n: int, layers: Layers, effort: Effort) -> Market:
    """Return groups with shops of one tier, or of two."""
    wholesale = COST + layers.brand
    below = layers.first_tier or 0.0
    return captive_groups(
        effort.pick(1_000, 3_000), GROUP, effort.seed,
        shops={
            "pricing": "best_response", "tier_markup": below / wholesale, "initial_tiers": n - 1,
            "initial_share": (n - 1) / GROUP,
        },
        brands=Brands(
            n_brands=1, cost_base=COST, cost_per_quality=0, wholesale_markup=layers.brand / COST, known_initially=0,
            reach_per_medium=0,
        ),
        demand=Demand(dissimilarity=1, hassle_resale=hassle(n), tie_value=0),
        trust=unlearning(start_resale=TRUST, evidence_half_life=0.1, prior_weight=1_000),
        platform=Platform(refund_resale=0),
    )  # fmt: skip
