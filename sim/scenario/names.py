"""Every key that can be set, and what is said of one that cannot."""

import dataclasses
import difflib
from collections.abc import Iterable
from typing import Any

from sim.fields import Group, ParameterError
from sim.parameters import PARAMETER_GROUPS, Settings
from sim.policies import catalogue

SETTINGS = tuple(declared.name for declared in dataclasses.fields(Settings))
"""Keys of how much is run; they belong to the command line, not to a scenario."""

PARTS = (*PARAMETER_GROUPS, "scandals", "policies")
"""Keys at the top of a scenario, beside its description."""

_LONGEST_VALUE = 80


def policy_groups() -> dict[str, type[Group]]:
    """Return `policies.NAME` -> the policy, by name."""
    return {f"policies.{name}": cls for name, cls in catalogue().items()}


def all_keys() -> list[str]:
    """Return every key that can be set."""
    policies = policy_groups()
    groups = PARAMETER_GROUPS | policies
    fields = [f"{group}.{each.name}" for group, cls in groups.items() for each in dataclasses.fields(cls)]  # type: ignore[arg-type]
    return [*SETTINGS, *fields, "scandals", *policies]


def declared_at(key: str) -> "dataclasses.Field[Any] | None":
    """Return the declaration of the setting, parameter or policy's field of that key, if it is one."""
    group, _, name = key.rpartition(".")
    cls = Settings if not group else (PARAMETER_GROUPS | policy_groups()).get(group)
    fields = dataclasses.fields(cls) if cls else ()  # type: ignore[arg-type]
    return next((each for each in fields if each.name == name), None)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return '; nearest is NAME' for the known name most like `name`, or nothing."""
    candidates = list(known)
    by_last_part = {each.rpartition(".")[2]: each for each in reversed(candidates)}
    last = name.rpartition(".")[2]
    close = difflib.get_close_matches(name, candidates, 1, 0.75) or [
        by_last_part[each] for each in difflib.get_close_matches(last, by_last_part, 1, 0.7)
    ]
    close = close or difflib.get_close_matches(name, candidates, 1, 0.6)
    return f"; nearest is {close[0]}" if close else ""


def unknown(name: str, value: Any, beside: Iterable[str], group: str = "") -> ParameterError:
    """Return the error for a key that does not exist; `beside` are the keys of its group, or at the top."""
    if name in SETTINGS:
        return ParameterError(f"{name}={shown(value)}: not part of a scenario; give it on the command line or to run()")
    allowed = list(beside)
    close = nearest(name, [f"{group}.{each}" for each in allowed] if group else [*allowed, *all_keys()])
    within = f" in {group}" if group else ""
    return ParameterError(f"{name}={shown(value)}: no such key{close}; allowed{within} are {', '.join(allowed)}")


def shown(value: Any) -> str:
    """Return a value as it is quoted in an error: on one line, not too long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
