"""What a fit came to, as tables and as a scenario file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from sim.calibration.free import Free, Point, placed
from sim.calibration.identifiability import Identifiability, expected_loss
from sim.calibration.moments import Moment, Values, loss, mean
from sim.calibration.verdicts import verdict
from sim.study.statistics import estimate

if TYPE_CHECKING:
    import pandas as pd
    from optuna.trial import FrozenTrial

    from sim.calibration.task import Task

NARROW, WIDE = 0.5, 1.0
"""Shares of a range: an interval narrower than the first identifies, one wider than the second does not."""


@dataclass(frozen=True)
class Outcome:
    """What a fit came to.

    own, best: the scenario's own point and the best one; before, after: their moments under the seeds of the
    search; check_before, check: the same under seeds that the search never saw
    """

    task: "Task"
    own: Point
    best: Point
    before: Values
    after: Values
    check_before: Values
    check: Values
    known: Identifiability
    trials: "Sequence[FrozenTrial]"
    profile: list[tuple[str, Point, Values]] = field(default_factory=list)
    polished: list[tuple[Point, Values]] = field(default_factory=list)


def losses(outcome: Outcome) -> dict[str, float]:
    """Return the loss before and after, under the seeds of the search and under fresh ones."""
    moments = outcome.task.moments
    return {
        "before": loss(moments, outcome.before),
        "after": loss(moments, outcome.after),
        "before_fresh_seeds": loss(moments, outcome.check_before),
        "after_fresh_seeds": loss(moments, outcome.check),
    }


def tables(outcome: Outcome) -> "dict[str, pd.DataFrame]":
    """Return all tables, by the name of their file."""
    import pandas as pd

    task = outcome.task
    rows: dict[str, list[dict[str, Any]]] = {
        "parameters": [parameter_row(outcome, k, each) for k, each in enumerate(task.free)],
        "moments": [moment_row(outcome, each) for each in task.moments],
        "trials": trial_rows(outcome),
        "profile": [profile_row(outcome, *each) for each in outcome.profile],
        "sensitivity": sensitivity_rows(outcome),
    }
    return {name: pd.DataFrame(each) for name, each in rows.items()}


def parameter_row(outcome: Outcome, k: int, each: Free) -> dict[str, Any]:
    """Return a parameter: own value, fitted value, 95 % interval cut at the range, and what the moments tell of it."""
    known = outcome.known
    low, high = (float(u) for u in known.intervals[k])
    width = high - low
    told = "identified" if width < NARROW else "weakly" if width < WIDE else "not identified"
    return {
        "parameter": each.key, "scenario": outcome.own[each.key], "fitted": outcome.best[each.key],
        "ci_low": each.value(low), "ci_high": each.value(high), "low": each.low, "high": each.high,
        "is_log": each.is_log, "share_of_range": width, "told": told,
        "at_edge": bool(known.coordinates[k] < 0.01 or known.coordinates[k] > 0.99),
    }  # fmt: skip


def moment_row(outcome: Outcome, each: Moment) -> dict[str, Any]:
    """Return a moment: target, observed under fresh seeds with its interval, verdict, distances before and after."""
    low, high = each.bounds()
    observed, before = estimate(outcome.check[each.name]), mean(outcome.check_before[each.name])
    return {
        "moment": each.name, "low": low, "high": high, "before": before,
        "observed": observed.mean, "ci_low": observed.low, "ci_high": observed.high, "n": observed.n,
        "verdict": verdict(observed, low, high), "distance_before": each.distance(before),
        "distance": each.distance(observed.mean), "distance_in_search": each.distance(mean(outcome.after[each.name])),
        "is_log": each.is_log, "is_check": each.is_check,
    }  # fmt: skip


def trial_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """Return a row a trial of the search and a point of the Gauss-Newton steps, in their order."""
    from sim.calibration.proposals import values_of

    moments = outcome.task.moments
    tried = [(each.user_attrs["phase"], dict(each.params), values_of(each)) for each in outcome.trials]
    tried += [("Gauss-Newton", dict(point), values) for point, values in outcome.polished]
    return [
        {"trial": number, "phase": phase, "loss": loss(moments, values)}
        | {each.key: point[each.key] for each in outcome.task.free}
        | {f"moment.{moment.name}": mean(values[moment.name]) for moment in moments}
        for number, (phase, point, values) in enumerate(tried)
    ]


def profile_row(outcome: Outcome, key: str, point: Point, values: Values) -> dict[str, Any]:
    """Return a point of a profile: the value held, the loss lived, the loss that slopes predict, all parameters."""
    free = outcome.task.free
    at = np.array([each.coordinate(point[each.key]) for each in free])
    return {
        "parameter": key, "value": point[key], "loss": loss(outcome.task.moments, values),
        "loss_by_slopes": expected_loss(outcome.known, at),
    } | {f"at.{each.key}": point[each.key] for each in free}  # fmt: skip


def sensitivity_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """Return a row a moment: slope on each parameter, and move of each estimate if its target rose by one scale."""
    known, rows = outcome.known, []
    for j, moment in enumerate(outcome.task.slopeful):
        row: dict[str, Any] = {"moment": moment.name}
        row |= {f"slope.{each.key}": known.jacobian[j, k] for k, each in enumerate(outcome.task.free)}
        row |= {f"move.{each.key}": known.sensitivity[k, j] for k, each in enumerate(outcome.task.free)}
        rows.append(row)
    return rows


def fitted_yaml(outcome: Outcome) -> str:
    """Return the fitted scenario as a scenario file: all its departures from the defaults."""
    task = outcome.task
    fitted = placed(task.scenario, outcome.best, task.free)
    said = losses(outcome)
    content = {
        "description": f"{task.scenario.name}, {len(task.free)} parameters fitted (loss {said['before']:.3g} to "
        f"{said['after']:.3g}); {task.scenario.description}",
        **fitted.departures,
    }
    return "# @package _global_\n" + str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=150))
