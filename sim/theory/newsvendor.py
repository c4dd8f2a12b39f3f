"""Opening stock against random demand: the newsvendor."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.stats import binom

from sim.model import Market
from sim.parameters import Brands, Demand, Exit, Platform
from sim.theory.base import (
    STANDARD_ERRORS,
    Benchmark,
    Effort,
    Point,
    captive_groups,
    is_alone,
    mean_point,
    near,
    unlearning,
    utility,
)

GROUP, WEEKS = 10, 10
"""People of a group (nine buyers of its shop), and weeks up to closing."""
TRUST, HASSLE, MARKUP = 0.65, 50.0, 0.4
DROP_MARKUP, SALVAGE = 1.1, 0.2
"""As shipped: a unit without stock costs a tenth more; stock of a closing shop brings a fifth."""

LEAST = 0.02
"""Units; where leftovers are a rare event their standard error says little."""


class Newsvendor(Benchmark):
    """Leftover stock, profit of a spell and the best opening stock, for shops that close after ten weeks."""

    title = "Stuck stock: the newsvendor"
    statement = (
        "A shop that must buy Q units before demand D is known is left with Q - E min(D, Q); as units can be had "
        "singly at drop_markup times cost and leftovers bring salvage, the best Q is the critical fractile of "
        "demand. With the shipped costs that is the 11 % fractile: forced opening stocks leave goods unsold without"
        " any excess of hope. (No shop chooses Q in the market: this tests stock, single supply and salvage.)"
    )
    formula = (
        "Q* = F^-1((d-1)/((d-1) + (1-s))); profit = pE[D] - cQ - dc E(D-Q)+ + sc E(Q-D)+; D binomial (buyers times "
        "weeks, logit share)"
    )
    source = "Edgeworth 1888; Arrow, Harris & Marschak 1951, Econometrica 19(3)"
    configuration = (
        "groups of ten with one shop that counts, nine followers who choose between it and nothing every week at a "
        "fixed price and fixed belief; no lot can be afforded; all shops close in week 10 and sell their stock at "
        "salvage"
    )
    statistic = "stock after nine weeks, and cash of the spell after closing, mean over shops; the Q of highest profit"
    tolerance = "four standard errors over shops; the best Q within one unit, for profit is flat around it"
    x_axis, y_axis = "opening stock Q", "units left after nine weeks"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield leftover and profit by Q, and the best Q."""
        stocks = effort.pick((20, 32, 33, 34, 35, 36, 45, 60), (0, 10, 20, 25, *range(28, 41), 45, 50, 60, 80))
        profits, exact = {}, {}
        for stock in stocks:
            market = market_of(stock, effort).run(WEEKS - 1)
            alone = is_alone(market, GROUP)
            cost = market.shops.unit_cost[0] / 100
            price = market.shops.price[0] / 100
            left = market.shops.stock_genuine[alone]
            law = demand_law(market, WEEKS - 1)
            mean, square = expected_left(law, stock), expected_left(law, stock, power=2)
            tolerance = STANDARD_ERRORS * math.sqrt(max(0.0, square - mean**2) / left.size) + LEAST
            yield near(f"units left, Q = {stock}", stock, mean, float(left.mean()), tolerance, "units left")
            cash = market.run(1).shops.cash[alone] / 100
            exact[stock] = profit(demand_law(market, WEEKS), stock, price, cost)
            profits[stock] = float(cash.mean())
            yield mean_point(f"profit of a spell, Q = {stock}, yuan", stock, exact[stock], cash)
        best = max(profits, key=lambda stock: profits[stock])
        fractile = (DROP_MARKUP - 1) / (DROP_MARKUP - 1 + 1 - SALVAGE)
        wanted = float(demand_law(market, WEEKS).ppf(fractile))
        yield near(f"best Q, the {fractile:.3f} fractile of demand", math.nan, wanted, best, 1.0)


def expected_left(law: Any, stock: int, power: int = 1) -> float:
    """Return the expectation of (Q - D)+ to a power."""
    sold = np.arange(stock)
    return float(((stock - sold) ** power * law.pmf(sold)).sum())


def profit(law: Any, stock: int, price: float, cost: float) -> float:
    """Return the expected profit of a spell, yuan."""
    left = expected_left(law, stock)
    short = law.mean() - stock + left
    return float(price * law.mean() - cost * stock - DROP_MARKUP * cost * short + SALVAGE * cost * left)


def demand_law(market: Market, weeks: int) -> Any:
    """Return the law of a shop's demand in some weeks: each of its followers buys with the logit share every week."""
    given = market.parameters
    price = market.shops.price[0] / 100
    v = utility(given.population.price_sensitivity, given.population.value_median, TRUST, 0.0, price, HASSLE)
    return binom((GROUP - 1) * weeks, 1 / (1 + math.exp(-v)))


def market_of(stock: int, effort: Effort) -> Market:
    """Return groups of shops with an opening stock."""
    return captive_groups(
        effort.pick(1_000, 10_000), GROUP, effort.seed,
        shops={
            "opening_units_first": stock, "retail_markup": MARKUP, "drop_markup": DROP_MARKUP, "salvage": SALVAGE,
        },
        exit=Exit(weeks_before_exit=WEEKS, exit_chance=1, exit_share=10),
        brands=Brands(n_brands=1, known_initially=0, reach_per_medium=0),
        demand=Demand(dissimilarity=1, hassle_resale=HASSLE, tie_value=0),
        trust=unlearning(start_resale=TRUST, prior_weight=1_000, evidence_half_life=0.1),
        platform=Platform(refund_resale=0),
    )  # fmt: skip
