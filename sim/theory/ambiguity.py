"""Who violates when the risk is unclear: a mean-preserving spread of what owners think it is."""

import math
from collections.abc import Iterable

import numpy as np
from scipy.stats import norm

from sim.parameters import Brands, Sourcing
from sim.policies.inspection import Inspection
from sim.policies.stance import Stance
from sim.theory.base import Benchmark, Effort, Point, captive_groups, is_alone, share_point

GROUP = 5
"""People of a group; all others of it buy every week from its shop."""
WEEKLY_RISK = 0.0025
REVIEW = 4


class Ambiguity(Benchmark):
    """The share of shops that choose fakes, by the spread of perceived risk and by what certainty would do."""

    title = "Unclear enforcement raises violation where clear enforcement deters"
    statement = (
        "An owner violates if the gain g is more than the perceived risk times the fine f. If owners' estimates of "
        "a risk R scatter lognormally around it, the same on average, more violate where certainty deters (g < Rf) "
        "and, unless they scatter widely, fewer where it does not. (This is dispersed perception, not Knightian "
        "ambiguity: as sigma grows the median perceived risk vanishes and all violate; ambiguity-averse owners "
        "would violate less. Like the premium, it checks that the decision rule carries the formula.)"
    )
    formula = "share violating = Phi((ln(g/(R f)) + sigma^2/2)/sigma); at sigma = 0: 1 if g > R f"
    source = "Becker 1968, JPE 76(2); Polinsky & Shavell 2000, Journal of Economic Literature 38(1), on perceived risk"
    configuration = (
        "groups of five, the shop's four friends buy every week whatever it is, so that all shops sell four; "
        "margin, repeat custom and learnt risk 0, conscience at its least (.01 yuan); inspections of power 1 with a"
        " fine, stance ambiguous with spread sigma, enforced evenly"
    )
    statistic = "share of shops, of groups with one shop, whose next lot is fakes at the first review"
    tolerance = "four binomial standard errors: owners' biases are independent"
    x_axis, y_axis = "sigma", "share that violates"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the share that violates by sigma, for gains below and above the expected fine."""
        for ratio in (0.5, 0.8, 1.25, 2.0):
            for sigma in effort.pick((0.0, 0.5, 1.5), (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)):
                predicted = float(ratio > 1)
                if sigma > 0:
                    predicted = float(norm.cdf((math.log(ratio) + sigma**2 / 2) / sigma))
                violates = self.violators(ratio, sigma, effort)
                series = f"g/(Rf) = {ratio}"
                label = f"{series}, sigma = {sigma}"
                yield share_point(label, sigma, predicted, float(violates.mean()), violates.size, series)

    def violators(self, ratio: float, sigma: float, effort: Effort) -> np.ndarray:
        """Return whether shops choose fakes, of groups with one shop; the fine is g/(R * ratio)."""
        given = Brands(n_brands=1, known_initially=0)
        wholesale = (given.cost_base + given.cost_per_quality * (given.quality_low + given.quality_high) / 2) * (
            1 + given.wholesale_markup
        )
        gain = REVIEW * (GROUP - 1) * wholesale * (1 - given.fake_cost_share)
        risk = 1 - (1 - WEEKLY_RISK) ** REVIEW
        policies = (
            Inspection(rate=WEEKLY_RISK, power=1, false_positives=0, targeting=0, fine=gain / (risk * ratio)),
            Stance(kind="ambiguous", sigma=sigma, burst_share=1),
        )
        market = captive_groups(
            effort.pick(2_500, 10_000), GROUP, effort.seed, shops={"retail_markup": 0}, brands=given, policies=policies,
            sourcing=Sourcing(learnt_risk=0, horizon=0, repeat_share=0),
        ).run(REVIEW + 1)  # fmt: skip
        return market.shops.buys_fakes[is_alone(market, GROUP)]
