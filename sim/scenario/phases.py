"""Policies in a scenario: `policies: {NAME: one phase, or a list of phases}`.

A phase is a mapping of the policy's fields; `on` (or null, or an empty mapping) is a phase with
the defaults, `off` none at all.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sim.fields import ParameterError
from sim.policies import catalogue
from sim.policies.base import Policy
from sim.scenario.mappings import merge, nested
from sim.scenario.names import shown, unknown
from sim.scenario.values import checked

TIMING = tuple(declared.name for declared in dataclasses.fields(Policy))
"""Fields that say when a policy acts: several phases cannot share them."""


def is_on(given: Any) -> bool:
    """Tell whether a policy is switched on and nothing more is said of it."""
    return given is None or given is True or (isinstance(given, str) and given == "on") or given == {}


def is_off(given: Any) -> bool:
    """Tell whether a policy is switched off."""
    return given is False or (isinstance(given, str) and given == "off")


def _is_list(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str)


# from mappings --------------------------------------------------------------------------------


def build_policies(mapping: Mapping[str, Any] | None) -> tuple[Policy, ...]:
    """Return the policies of a mapping (name -> phase or phases), by name, then start, then end.

    Raises ParameterError with one line, also where phases of a policy overlap.
    """
    if mapping is None:
        return ()
    if not isinstance(mapping, Mapping):
        raise ParameterError(f"policies={shown(mapping)}: a group of policies; allowed in it are {_names()}")
    return in_order(policy for name, given in nested(mapping).items() for policy in _phases(name, given))


def in_order(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Return policies by name, then start, then end."""
    return tuple(sorted(policies, key=lambda each: (each.name(), each.start_week, _end(each))))


def _end(policy: Policy) -> float:
    return float("inf") if policy.end_week is None else policy.end_week


def _names() -> str:
    return ", ".join(catalogue())


def _phases(name: str, given: Any) -> list[Policy]:
    """Return the phases of one policy in the order given."""
    key = f"policies.{name}"
    if name not in catalogue():
        raise unknown(key, given, catalogue(), "policies")
    if is_off(given):
        return []
    if not _is_list(given):
        return [_phase(key, given, catalogue()[name])]
    phases = [_phase(f"{key}[{number}]", each, catalogue()[name]) for number, each in enumerate(given)]
    _refuse_overlap(key, phases)
    return phases


def _phase(key: str, given: Any, cls: type[Policy]) -> Policy:
    if not is_on(given) and not isinstance(given, Mapping):
        keys = ", ".join(each.name for each in dataclasses.fields(cls))
        raise ParameterError(
            f"{key}={shown(given)}: allowed are on, off, a mapping or a list of mappings with the keys {keys}"
        )
    values = checked(key, given if isinstance(given, Mapping) else {}, cls)
    try:
        return cls(**values)
    except ParameterError as error:  # fields that do not fit together
        raise ParameterError(str(error).replace(cls.key_prefix(), f"{key}.", 1)) from None


def _refuse_overlap(key: str, phases: Sequence[Policy]) -> None:
    order = sorted(range(len(phases)), key=lambda number: (phases[number].start_week, _end(phases[number])))
    for one, next_one in pairwise(order):
        end, start = phases[one].end_week, phases[next_one].start_week
        if end is None or end > start:
            raise ParameterError(
                f"{key}[{next_one}].start_week={start}: overlaps with {key}[{one}], whose end_week is "
                f"{'null' if end is None else end}; allowed are phases that follow each other"
            )


def laid_on(now: Any, over: Any) -> Any:
    """Return the policies of a scenario as amended by others, which come last; both are as they were given.

    Fields amend the phases that there are, or switch the policy on; a list replaces them.
    """
    if over is None:
        return now
    if not isinstance(over, Mapping):
        return over
    result = dict(now) if isinstance(now, Mapping) else {}
    for name, change in over.items():
        result[name] = _amended(f"policies.{name}", result.get(name, False), change)
    return result


def _amended(key: str, now: Any, change: Any) -> Any:
    if is_off(now):
        return change
    if is_on(change):
        return now
    if not isinstance(change, Mapping):
        return change
    phases = list(now) if _is_list(now) else [now]
    for field in TIMING:
        if field in change and len(phases) > 1:
            raise ParameterError(
                f"{key}.{field}={shown(change[field])}: there are {len(phases)} phases of this policy, each with its "
                f"own; allowed is {key}=[{{...}}, {{...}}] with all phases"
            )
    amended = [merge(each, change) if isinstance(each, Mapping) else change for each in phases]
    return amended if _is_list(now) else amended[0]


def merge_fork(policies_now: Iterable[Policy], given: Mapping[str, Any], week: int) -> tuple[Policy, ...]:
    """Return the policies of a twin that is forked at the beginning of `week`.

    What acts goes on, but for policies named in `given` (a mapping as in scenarios): these are
    replaced from `week` on, and ended there by `off`. What is new starts at `week`, unless it
    says when. The past stays as it was.
    """
    given = nested(given)
    coming = build_policies({name: _starting_at(week, phases) for name, phases in given.items()})
    kept = [each if each.name() not in given else _ended_at(week, each) for each in policies_now]
    return in_order(each for each in (*kept, *(_begun_at(week, each) for each in coming)) if each is not None)


def _starting_at(week: int, given: Any) -> Any:
    """Return phases as given, those without a start starting at `week`."""
    if _is_list(given):
        return [_starting_at(week, each) for each in given]
    if is_on(given):
        return {"start_week": week}
    return merge({"start_week": week}, given) if isinstance(given, Mapping) else given


def _ended_at(week: int, policy: Policy) -> Policy | None:
    """Return the part of a policy before `week`."""
    return dataclasses.replace(policy, end_week=int(min(week, _end(policy)))) if policy.start_week < week else None


def _begun_at(week: int, policy: Policy) -> Policy | None:
    """Return the part of a policy from `week` on."""
    return dataclasses.replace(policy, start_week=max(week, policy.start_week)) if _end(policy) > week else None


# to mappings ----------------------------------------------------------------------------------


def plain_fields(policy: Policy) -> dict[str, Any]:
    """Return all fields of a phase as plain values."""
    return dataclasses.asdict(policy) | {"schedule": [list(each) for each in policy.schedule]}


def changed_fields(policy: Policy) -> dict[str, Any] | bool:
    """Return the fields of a phase that differ from their defaults; True (on) if none does."""
    usual = plain_fields(type(policy)())
    return {key: value for key, value in plain_fields(policy).items() if value != usual[key]} or True


def by_name(policies: Iterable[Policy], described: Callable[[Policy], Any]) -> dict[str, Any]:
    """Return name -> its phase as `described`, or a list if there are several."""
    phases: dict[str, list[Any]] = {}
    for each in policies:
        phases.setdefault(each.name(), []).append(described(each))
    return {name: found if len(found) > 1 else found[0] for name, found in phases.items()}


# policies that come too late ------------------------------------------------------------------


def refuse_late(policies: Sequence[Policy], named: Iterable[str], weeks: int) -> None:
    """Raise ParameterError if all phases of a policy in `named` start after a run of `weeks` weeks."""
    for name in named:
        starts = {each.first_week: each for each in policies if each.name() == name}
        if starts and min(starts) >= weeks:
            first = starts[min(starts)]
            field = "start_week" if first.start_week >= weeks else "schedule"
            raise ParameterError(
                f"policies.{name}.{field}={shown(plain_fields(first)[field])}: starts after the end of the run "
                f"(weeks={weeks}) and would do nothing; allowed is a start up to week {weeks - 1}"
            )


def idle_notes(policies: Iterable[Policy], weeks: int) -> list[str]:
    """Return a line for each policy, or phase, that never acts in a run of `weeks` weeks."""
    return [
        f"{each.name()} from week {each.first_week}: has no effect in a run of {weeks} week{'s' * (weeks > 1)}"
        for each in policies
        if not any(each.intensity(week) for week in range(weeks))
    ]
