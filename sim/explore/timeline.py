"""Editing policies on the timeline: switched on and off in a week, changed in a week, dragged, removed.

All functions return new phases; what cannot be is refused with a ParameterError of one line.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from sim.explore.setup import Phases, plain, typed
from sim.fields import ParameterError
from sim.policies import catalogue
from sim.policies.base import Policy
from sim.scenario import build_policies, shown

Phase = dict[str, Any]
TIMING = tuple(each.name for each in dataclasses.fields(Policy))
"""Fields of when a policy acts."""

TIMING = ("start_week", "end_week")


def policy(message: Mapping[str, Any]) -> str:
    """Return the policy that a message names; raises ParameterError."""
    name = message.get("policy")
    if name not in catalogue():
        raise ParameterError(f"policy={shown(name)}: allowed are {', '.join(catalogue())}")
    return str(name)


def number(value: Any) -> Any:
    """Return a value as a slider gives it: a number that is one, or a word; raises ParameterError."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ParameterError(f"{value}: allowed is a number")
    if not isinstance(value, int | float | str):
        raise ParameterError(f"{shown(value)}: allowed is a number or a word")
    return value


def is_in_force(phase: Mapping[str, Any], week: int) -> bool:
    """Tell whether a phase acts in a week."""
    end = phase.get("end_week")
    return int(phase["start_week"]) <= week and (end is None or week < end)


def now_in_force(policies: Phases, name: str, week: int) -> int | None:
    """Return the number of the phase of a policy that acts in a week, None if none does."""
    return next((n for n, each in enumerate(policies.get(name, ())) if is_in_force(each, week)), None)


def switched_on(policies: Phases, name: str, week: int, fields: Mapping[str, Any]) -> Phases:
    """Let a policy act from `week` on, up to its next phase if there is one; as it is where it acts already."""
    if now_in_force(policies, name, week) is not None:
        return policies
    later = [each["start_week"] for each in policies.get(name, ()) if each["start_week"] > week]
    phase: Phase = {**fields, "start_week": week} | ({"end_week": min(later)} if later else {})
    return checked(policies, name, [*policies.get(name, ()), phase])


def switched_off(policies: Phases, name: str, week: int) -> Phases:
    """Let a policy act no more from `week` on, until its next phase if there is one."""
    number = now_in_force(policies, name, week)
    if number is None:
        return policies
    phases = [dict(each) for each in policies[name]]
    if phases[number]["start_week"] == week:
        del phases[number]
    else:
        phases[number]["end_week"] = week
    return checked(policies, name, phases)


def changed(policies: Phases, name: str, week: int, field: str, value: Any) -> Phases:
    """Change a field of a policy in force from `week` on: what was before stays as it was."""
    number = now_in_force(policies, name, week)
    if number is None:
        return policies
    phases = [dict(each) for each in policies[name]]
    phase = phases[number]
    if phase["start_week"] == week:
        phase[field] = value
    else:
        phases.append({**phase, "start_week": week, field: value})
        phase["end_week"] = week
    return checked(policies, name, phases)


def changed_throughout(policies: Phases, name: str, field: str, value: Any) -> Phases:
    """Change a field of all phases of a policy."""
    return checked(policies, name, [{**each, field: value} for each in policies.get(name, ())])


def moved(policies: Phases, name: str, number: int, start: int, end: int | None, weeks: int) -> Phases:
    """Drag a phase to other weeks, as far as its neighbours and the timeline let it."""
    require_phase(policies, name, number)
    phases = [dict(each) for each in policies[name]]
    others = [each for n, each in enumerate(phases) if n != number]
    now = phases[number]
    before = [each.get("end_week") for each in others if each["start_week"] < now["start_week"]]
    after = [each["start_week"] for each in others if each["start_week"] > now["start_week"]]
    first = max([0, *(each for each in before if each is not None)])
    last = min(after, default=weeks)
    start = min(max(start, first), last - 1)
    open_end = end is None or end >= weeks
    now["start_week"] = start
    if open_end and not after:
        now.pop("end_week", None)
    else:
        now["end_week"] = min(max(weeks if end is None else end, start + 1), last)
    return checked(policies, name, phases)


def removed(policies: Phases, name: str, number: int) -> Phases:
    """Take a phase away."""
    require_phase(policies, name, number)
    phases = [each for n, each in enumerate(policies[name]) if n != number]
    return checked(policies, name, phases)


def require_phase(policies: Phases, name: str, number: int) -> None:
    """Raise ParameterError unless a policy has a phase of that number."""
    count = len(policies.get(name, ()))
    if not 0 <= number < count:
        raise ParameterError(f"phase={shown(number)}: {name} has {count}")


def own_field(name: str, field: str) -> str:
    """Return a field that is a policy's own, not one of when it acts; raises ParameterError."""
    own = [each.name for each in dataclasses.fields(catalogue()[name]) if each.name not in TIMING]
    if field not in own:
        raise ParameterError(f"{name}.{shown(field)}: allowed are {', '.join(own)}")
    return field


def checked(policies: Phases, name: str, phases: list[Any]) -> Phases:
    """Return policies with other phases of one, in order; raises ParameterError if they cannot be."""
    phases = sorted((dict(each) for each in phases), key=lambda each: int(each["start_week"]))
    build_policies({name: phases} if phases else {})
    return plain({**policies, name: [typed(name, each) for each in phases]})
