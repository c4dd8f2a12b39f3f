"""How scenarios are compared: where they fork, and how many pairs are run."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.fields import MAX_WEEKS, Group, ParameterError, field
from sim.parameters import Settings
from sim.scenario import Scenario, build_settings, checked, nearest, shown, to_mapping
from sim.study.store import first_difference

AUTO = "auto"
BATCH = 10
"""Pairs by which `replications=auto` goes on, and with which it starts."""


# fmt: off
@dataclass(frozen=True)
class Pairing(Group):
    """How worlds are paired, and with replications=auto when there are enough pairs."""

    fork_week: int | None = field(None, "week until which all live the baseline, once a seed (null: each lives its own)", "week", 0, MAX_WEEKS, source="forks share the warm-up", tag="design")
    target: str | None = field(None, "with replications=auto: half-width wanted of the paired interval", "measure:halfwidth", source="sequential stopping", tag="design")
    max: int = field(200, "with replications=auto: most pairs", "pairs", BATCH, 1_000_000, source="an end in any case", tag="design")
# fmt: on

    @classmethod
    def key_prefix(cls) -> str:
        """Return what stands before a field's name in a key: nothing."""
        return ""


PAIRING = tuple(declared.name for declared in dataclasses.fields(Pairing))


def build_pairing(given: Mapping[str, Any]) -> tuple[Settings, Pairing]:
    """Return how much is run and how it is paired; `replications` may be `auto`. Raises ParameterError.

    With `auto` the replications of the settings are the most pairs that there may be.
    """
    pairing = Pairing(**checked("", {key: given[key] for key in PAIRING if key in given}, Pairing))
    settings = {key: value for key, value in given.items() if key not in PAIRING}
    is_auto = settings.get("replications") == AUTO
    if is_auto and pairing.target is None:
        raise ParameterError("replications='auto': needs a target; allowed is target=measure:halfwidth with it")
    if is_auto:
        settings["replications"] = pairing.max
    for key in ("target", "max"):
        if given.get(key) is not None and not is_auto:
            raise ParameterError(f"{key}={shown(given[key])}: allowed only with replications=auto")
    built = build_settings(settings)
    if pairing.fork_week is not None and pairing.fork_week >= built.weeks:
        allowed = f"allowed is 0 to {built.weeks - 1}"
        raise ParameterError(f"fork_week={pairing.fork_week}: not within the run (weeks={built.weeks}); {allowed}")
    return built, pairing


def target_of(pairing: Pairing, measures: Sequence[str]) -> tuple[str, float] | None:
    """Return measure and half-width wanted, if there is a target; raises ParameterError."""
    if pairing.target is None:
        return None
    measure, _, text = pairing.target.partition(":")
    if measure not in measures:
        raise ParameterError(
            f"target={shown(pairing.target)}: no such measure{nearest(measure, measures)}; "
            "allowed is measure:halfwidth with one of `weishang list measures`"
        )
    try:
        half_width = float(text)
    except ValueError:
        half_width = math.nan
    if not 0 < half_width < math.inf:
        raise ParameterError(
            f"target={shown(pairing.target)}: no half-width; allowed is measure:halfwidth with a number above 0"
        )
    return measure, half_width


def check_scenarios(scenarios: Sequence[Scenario], fork_week: int | None) -> None:
    """Raise ParameterError unless the worlds of the scenarios can be paired by seed and person."""
    names = [scenario.name for scenario in scenarios]
    if len(names) < 2:
        raise ParameterError(f"scenarios={names}: allowed are two or more, the first of which is the baseline")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(f"scenarios={names}: {twice} is given twice; allowed is once")
    for scenario in scenarios[1:]:
        _check_twins(scenario, scenarios[0])
        if fork_week is not None:
            _check_fork(scenario, scenarios[0], fork_week)


def _check_twins(scenario: Scenario, baseline: Scenario) -> None:
    """Raise ParameterError unless both have the same people."""
    ours, theirs = scenario.parameters, baseline.parameters
    for key, one, other in (
        ("network.kind", ours.network.kind, theirs.network.kind),
        ("network.path", ours.network.path, theirs.network.path),
        ("population.n_people", ours.population.n_people, theirs.population.n_people),
    ):
        if one != other:
            raise ParameterError(
                f"scenarios: {scenario.name} has {key}={shown(one)}, {baseline.name} {shown(other)}; allowed are the "
                f"same people in all, e.g. with {key}=... on the line"
            )


def _check_fork(scenario: Scenario, baseline: Scenario, fork_week: int) -> None:
    """Raise ParameterError if more than policies and scandals would have to change in the fork."""
    ours, theirs = (to_mapping(each.parameters) for each in (scenario, baseline))
    changing = {"policies": None, "scandals": None}
    key, one, other = first_difference(ours | changing, theirs | changing)
    if key:
        raise ParameterError(
            f"fork_week={fork_week}: {scenario.name} has {key}={shown(one)}, {baseline.name} {shown(other)}; allowed "
            "in a fork are other policies and scandals only"
        )
