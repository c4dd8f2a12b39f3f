"""The price premium that keeps sellers honest."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.stats import norm

from sim.model import Market
from sim.parameters import Bazaar, Brands, Demand, Parameters, Sourcing
from sim.policies.inspection import Inspection
from sim.theory.base import (
    Benchmark,
    Effort,
    Point,
    alike,
    captive_groups,
    is_alone,
    near,
    share_point,
    strangers,
    unheard,
    unlearning,
)

GROUP = 5
"""People of a group; all others of it buy every week from its shop: four units."""
REVIEW, HALF_YEAR = 4, 26
BRANDS = Brands(n_brands=1, known_initially=0, reach_per_medium=0)
QUALITY = (BRANDS.quality_low + BRANDS.quality_high) / 2
WHOLESALE = (BRANDS.cost_base + BRANDS.cost_per_quality * QUALITY) * (1 + BRANDS.wholesale_markup)
SAVED = WHOLESALE * (1 - BRANDS.fake_cost_share)
"""c_H - c_L, yuan a unit."""
LOST = QUALITY - BRANDS.quality_fake
"""Loss of quality that buyers find out."""
STEPS = 10
"""Of bisection: from a bracket of 3 to 3/1024 in the mark-up."""


class ReputationPremium(Benchmark):
    """The mark-up at which shops turn honest, located by bisection on the market."""

    title = "The premium that keeps sellers honest"
    statement = (
        "Honesty pays if what a cheat saves is less than the custom it loses: price less cost must be above (c_H - "
        "c_L)(1-delta)/(phi delta), phi the share of custom lost a period, delta/(1-delta) the periods that count. "
        "Fines that are feared lower the premium; sellers with different patience switch one after the other."
    )
    formula = (
        "p - c_H = (c_H - c_L)/(phi H), phi = repeat_share (q - q_fake), H = horizon = delta/(1-delta); with risk R"
        " of a fine f and of half a year's profit: ((c_H - c_L) - R f/(4s))/(phi H + 26R/4); bazaar with a discount"
        " d on fakes: mark-up (W(1-d) - c_L)/(W(d + phi H)); patience lognormal(sigma): Phi(ln(premium "
        "ratio)/sigma)"
    )
    source = "Klein & Leffler 1981, JPE 89(4); Shapiro 1983, QJE 98(4)"
    configuration = (
        "groups of five whose four buyers buy every week, fixed prices, conscience at its least, everybody equally "
        "patient, no learnt risk; the bazaar with one seller of whom everybody buys. This checks that the decision "
        "rule carries the condition: the custom lost is what sellers reckon with a period of four weeks; here, "
        "where buyers have no choice, cheats lose none"
    )
    statistic = "mark-up at which the share of shops that buy genuine lots jumps from 0 to 1; or that share"
    tolerance = "2 % of the mark-up (bisection resolves .3 points); shares: four binomial standard errors"
    x_axis, y_axis = "periods that count (horizon)", "mark-up that keeps honest"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield thresholds by horizon, with a fine, in the bazaar, and the share of honest shops among unlike ones."""
        for repeat in effort.pick((0.3,), (0.15, 0.3, 0.6)):
            for horizon in effort.pick((6.0, 14.0), (4.0, 8.0, 14.0, 30.0)):
                sourcing = Sourcing(repeat_share=repeat, horizon=horizon, patience_sigma=0, learnt_risk=0)
                series = f"repeat share {repeat}"
                yield self.threshold(
                    series, horizon, SAVED / (repeat * LOST * horizon), shops_are_honest(sourcing, effort)
                )
                yield self.fined(series, horizon, sourcing, effort)
                yield self.in_bazaar(repeat, horizon, effort)
        yield from self.unlike(effort)

    def threshold(self, series: str, horizon: float, premium: float, is_honest: Callable[[float], bool]) -> Point:
        """Return the mark-up at which shops turn honest against premium/unit cost."""
        predicted = premium / WHOLESALE
        observed = switch(is_honest)
        return near(f"{series}, horizon {horizon}", horizon, predicted, observed, 0.02 * predicted, series)

    def fined(self, series: str, horizon: float, sourcing: Sourcing, effort: Effort) -> Point:
        """Return the threshold under inspections with a fine."""
        policy, sales = Inspection(rate=0.01, power=1, false_positives=0, targeting=0, fine=3_000), GROUP - 1
        risk = 1 - (1 - policy.rate) ** REVIEW
        saved = SAVED - risk * policy.fine / (REVIEW * sales)
        premium = saved / (sourcing.repeat_share * LOST * horizon + risk * HALF_YEAR / REVIEW)
        return self.threshold(f"{series}, fine of 3000", horizon, premium, shops_are_honest(sourcing, effort, policy))

    def in_bazaar(self, repeat: float, horizon: float, effort: Effort) -> Point:
        """Return the threshold of a bazaar seller, whose fakes are 10 % cheaper."""
        discount, fake_cost = 0.1, WHOLESALE * BRANDS.fake_cost_share
        markup = (WHOLESALE * (1 - discount) - fake_cost) / (WHOLESALE * (discount + repeat * LOST * horizon))

        def is_honest(tried: float) -> bool:
            parameters = Parameters(
                population=alike(200, share_using_bazaar=1),
                trust=unlearning(),
                brands=BRANDS,
                bazaar=Bazaar(sellers_at_most=1, sellers_per_brand=1, share_fakes=0, turnover=0, markup=tried,
                              fake_discount=discount, repeat_share=repeat),
                sourcing=Sourcing(horizon=horizon, patience_sigma=0),
                demand=Demand(hassle_bazaar=-10_000),
                shops=unheard(),
            )  # fmt: skip
            market = Market(parameters=parameters, network=strangers(200), seed=effort.seed).run(REVIEW + 1)
            return not market.listings.sells_fakes[-1]

        label = f"bazaar, repeat share {repeat}, horizon {horizon}"
        return near(label, horizon, markup, switch(is_honest), 0.02 * markup, f"bazaar, repeat share {repeat}")

    def unlike(self, effort: Effort) -> Iterable[Point]:
        """Yield the share of honest shops by mark-up where patience differs."""
        sourcing = Sourcing(horizon=10, patience_sigma=0.6, learnt_risk=0)
        needed = SAVED / (sourcing.repeat_share * LOST * sourcing.horizon) / WHOLESALE
        for ratio in (0.4, 0.7, 1.0, 1.5, 2.5):
            honest = ~fakes_bought(ratio * needed, sourcing, effort, n_groups=effort.pick(2_000, 20_000))
            predicted = float(norm.cdf(np.log(ratio) / sourcing.patience_sigma))
            label = f"share honest at {ratio} of the median premium"
            yield share_point(label, ratio, predicted, float(honest.mean()), honest.size)


def switch(is_honest: Callable[[float], bool]) -> float:
    """Return the mark-up in 0 ... 3 at which sellers turn honest, by bisection."""
    low, high = 0.0, 3.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_honest(middle) else (middle, high)
    return (low + high) / 2


def shops_are_honest(sourcing: Sourcing, effort: Effort, *policies: Inspection) -> Callable[[float], bool]:
    """Return what tells whether all shops buy genuine lots at a mark-up."""
    return lambda markup: not fakes_bought(markup, sourcing, effort, *policies).any()


def fakes_bought(
    markup: float, sourcing: Sourcing, effort: Effort, *policies: Inspection, n_groups: int = 40
) -> np.ndarray:
    """Return whether shops buy fakes at their first review, of those alone in their group."""
    market = captive_groups(
        n_groups,
        GROUP,
        effort.seed,
        shops={"retail_markup": markup},
        sourcing=sourcing,
        brands=BRANDS,
        policies=policies,
    ).run(REVIEW + 1)
    return market.shops.buys_fakes[is_alone(market, GROUP)]
