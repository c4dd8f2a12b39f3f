"""Patterns observed over seeds against their targets, and what is said of each."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sim.calibration.patterns import PATTERNS, NotMeasurableError, Run
from sim.calibration.targets import Target, targets
from sim.parameters import Parameters
from sim.study.statistics import Estimate, estimate

if TYPE_CHECKING:
    import pandas as pd

MET, MISSED, UNDECIDED, NOT_MEASURABLE = "met", "missed", "cannot tell", "not measurable"

COLUMNS = (
    "scenario", "pattern", "meaning", "unit", "period", "low", "high", "observed", "ci_low", "ci_high", "n",
    "verdict", "evidence", "role", "source", "note",
)  # fmt: skip
"""Of the table of patterns."""


def verdict(observed: Estimate, low: float, high: float) -> str:
    """Return what the interval (a single run: its value) says of the closed range low ... high.

    Met if it lies inside, missed if it lies outside, `cannot tell` if it reaches over an edge.

    >>> verdict(Estimate(0.4, 0.38, 0.42, 10), 0.33, 0.47), verdict(Estimate(0.34, 0.3, 0.38, 10), 0.33, 0.47)
    ('met', 'cannot tell')
    """
    if observed.n == 0:
        return NOT_MEASURABLE
    least, most = (observed.mean, observed.mean) if math.isnan(observed.low) else (observed.low, observed.high)
    if low <= least and most <= high:
        return MET
    return MISSED if most < low or least > high else UNDECIDED


def table_of_patterns(
    weekly: "pd.DataFrame", runs: "pd.DataFrame", parameters: Mapping[str, Parameters]
) -> "pd.DataFrame":
    """Return a row a scenario and pattern, with the columns `COLUMNS`.

    weekly, runs: as stored, of all scenarios; parameters: scenario -> what its worlds are made of
    """
    import pandas as pd

    rows = []
    for scenario, made_of in parameters.items():
        worlds = list(runs_of(scenario, weekly, runs, made_of))
        rows += [row_of(scenario, target, worlds) for target in targets()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def runs_of(scenario: str, weekly: "pd.DataFrame", runs: "pd.DataFrame", parameters: Parameters) -> Iterable[Run]:
    """Yield the runs of one scenario."""
    by_seed = dict(list(weekly[weekly.scenario == scenario].groupby("seed")))
    for _, level in runs[runs.scenario == scenario].iterrows():
        yield Run(by_seed[level["seed"]].set_index("week"), level, parameters)


def row_of(scenario: str, target: Target, worlds: Sequence[Run]) -> dict[str, object]:
    """Return one row: target, observed mean with its 95 % interval over seeds, verdict."""
    values, reasons = [], []
    for run in worlds:
        try:
            values.append(PATTERNS[target.pattern](run))
        except NotMeasurableError as error:
            reasons.append(str(error))
    observed = estimate(values)
    if observed.n == 0 and not reasons:
        reasons.append("undefined in every run")
    facts = {name: getattr(target, name) for name in COLUMNS if hasattr(target, name)}
    said = {
        "scenario": scenario,
        "observed": observed.mean,
        "ci_low": observed.low,
        "ci_high": observed.high,
        "n": observed.n,
        "verdict": verdict(observed, target.low, target.high),
        "note": "; ".join([*dict.fromkeys(reasons), *([target.note] if target.note else [])]),
    }
    return facts | said


def verdicts(table: "pd.DataFrame") -> dict[str, dict[str, str]]:
    """Return scenario -> pattern -> verdict, of the patterns that count as fit."""
    fit = table[table.role == "fit"]
    return {
        str(name): dict(zip(rows.pattern, rows.verdict, strict=True))
        for name, rows in fit.groupby("scenario", sort=False)
    }


def tally_line(scenario: str, verdict_of: Mapping[str, str]) -> str:
    """Return e.g. `9 of 15 patterns met (baseline); 2 cannot tell, 3 missed, 1 not measurable`."""
    said = list(verdict_of.values())
    others = [f"{said.count(each)} {each}" for each in (UNDECIDED, MISSED, NOT_MEASURABLE) if each in said]
    line = f"{said.count(MET)} of {len(said)} patterns met ({scenario})"
    return f"{line}; {', '.join(others)}" if others else line
