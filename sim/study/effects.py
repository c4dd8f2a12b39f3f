"""Effects of scenarios against a baseline: paired differences, and words for them by a fixed rule."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.study.pairs import Paired, paired
from sim.study.statistics import CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = (
    "price.resale",
    "trust.resale",
    "share.resale",
    "share.direct",
    "satisfaction.resale",
    "n_shops",
    "share_shops_lost",
    "consumer_surplus",
    "producer_surplus",
    "welfare",
)
"""The measures of the printed table, fixed before any result is seen."""

HIGHER_IS_BETTER = frozenset(
    {
        "trust", "share_trusting", "satisfaction", "share_needs_met", "sell_through", "median_shop_profit", "profit",
        "consumer_surplus", "producer_surplus", "welfare",
        "consumer_surplus_total", "producer_surplus_total", "welfare_total",
    }
)  # fmt: skip
LOWER_IS_BETTER = frozenset(
    {
        "price", "price_over_wholesale", "price_per_satisfied", "overpayment", "share_fakes", "share_deceived",
        "share_shops_lost", "loss",
    }
)  # fmt: skip
"""What is a gain to those concerned, by the name of the measure before its first dot.

Of any other measure (shares of channels, numbers of shops, concentration) no direction is agreed to be better:
its words are higher and lower.
"""

LEAST_CLEAR = 6
"""Pairs below which nothing is clear: five that all point one way come about by luck once in 16 times."""

RULE = (
    "no difference: the worlds of every pair have the same value. likely: the 95 % interval leaves zero out. "
    f"clear: so does the {100 - 5 / len(HEADLINE):g} % interval, with which all {len(HEADLINE)} measures of a table "
    f"hold at once (Bonferroni), and there are {LEAST_CLEAR} pairs or more. gain and loss where more or less is agreed "
    "to be better, otherwise higher and lower."
)
"""The verdict in words. It depends on the measure's own pairs alone, so that the same evidence has the same word.

(Holm's rule would call more clear, but by what other measures show.) Measures that are not in the table are
taken together, all that there are, scenario by scenario.
"""


def effects_table(runs: "pd.DataFrame", scenarios: Sequence[str], measures: Sequence[str]) -> "pd.DataFrame":
    """Return one row a scenario (but the first, the baseline) and measure.

    runs: one row a scenario and seed, with the columns `scenario`, `seed` and the measures. Columns returned:
    scenario, baseline, measure, mean, mean_baseline, difference, ci_low, ci_high, n, rho, runs_needed,
    detectable, p_value, p_adjusted, verdict (see `Paired`, `adjusted_p_values`, `verdict`).
    """
    import pandas as pd

    baseline, *others = scenarios
    by_scenario = {name: runs[runs["scenario"] == name].set_index("seed") for name in scenarios}
    rows = []
    for name in others:
        ours, theirs = by_scenario[name].align(by_scenario[baseline], join="inner", axis=0)
        found = {measure: paired(ours[measure], theirs[measure]) for measure in measures}
        adjusted = adjusted_p_values(found)
        for measure, effect in found.items():
            rows.append(
                {
                    "scenario": name,
                    "baseline": baseline,
                    "measure": measure,
                    "mean": effect.mean,
                    "mean_baseline": effect.mean_baseline,
                    "difference": effect.difference,
                    "ci_low": effect.low,
                    "ci_high": effect.high,
                    "n": effect.n,
                    "rho": effect.rho,
                    "runs_needed": effect.runs_needed,
                    "detectable": effect.detectable,
                    "p_value": effect.p_value,
                    "p_adjusted": adjusted[measure],
                    "verdict": verdict(measure, effect, adjusted[measure]),
                }
            )
    return pd.DataFrame(rows)


# several measures at once ---------------------------------------------------------------------


def adjusted_p_values(effects: Mapping[str, Paired]) -> dict[str, float]:
    """Return measure -> p-value times the number of measures in its family (Bonferroni), 1 at most; nan stays nan.

    A family is the headline measures, or all others; the chance of one or more false alarms in it is 5 % at most,
    however its measures depend on each other.
    """
    n_headline = sum(name in HEADLINE for name in effects)
    sizes = {name: n_headline if name in HEADLINE else len(effects) - n_headline for name in effects}
    return {name: float(np.minimum(1.0, sizes[name] * effect.p_value)) for name, effect in effects.items()}


# words ----------------------------------------------------------------------------------------


def direction(measure: str) -> int:
    """Return 1 if more of a measure is better, -1 if less is, 0 if that is not agreed.

    >>> direction("welfare"), direction("price.resale"), direction("share.direct")
    (1, -1, 0)
    """
    kind = measure.partition(".")[0]
    return (kind in HIGHER_IS_BETTER) - (kind in LOWER_IS_BETTER)


def verdict(measure: str, effect: Paired, p_adjusted: float) -> str:
    """Return the word for an effect by `RULE`; `no value` if there is no pair."""
    if effect.n == 0:
        return "no value"
    if effect.n > 1 and effect.low == effect.high == 0:
        return "no difference"
    if not effect.p_value < 1 - CONFIDENCE:
        return "cannot tell"
    is_clear = p_adjusted < 1 - CONFIDENCE and effect.n >= LEAST_CLEAR
    better = direction(measure) * math.copysign(1, effect.difference)
    if better:
        return f"{'clear' if is_clear else 'likely'} {'gain' if better > 0 else 'loss'}"
    return f"{'clearly' if is_clear else 'likely'} {'higher' if effect.difference > 0 else 'lower'}"


def headline_verdicts(effects: "pd.DataFrame") -> dict[str, dict[str, str]]:
    """Return scenario -> headline measure -> word, as kept in the manifest."""
    shown = effects[effects["measure"].isin(HEADLINE)]
    return {
        str(name): dict(zip(rows["measure"], rows["verdict"], strict=True))
        for name, rows in shown.groupby("scenario", sort=False)
    }
