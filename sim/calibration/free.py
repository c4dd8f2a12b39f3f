"""Parameters that a fit sets free: where they may lie, and the scale on which they are searched.

The coordinate u of a parameter runs from 0 to 1 over its range: linearly, or in the logarithm where a positive
range spans more than a factor of 5.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.fields import ParameterError, check
from sim.parameters import Scandal
from sim.scenario import SETTINGS, Scenario, compose, declared_at, option_file, read_yaml, shown, unknown

LOG_FROM = 5.0
"""Ratio of a range's ends from which a parameter is searched in its logarithm."""

Point = Mapping[str, float]
"""Key -> value."""


@dataclass(frozen=True)
class Free:
    """One parameter that a fit sets free, from `low` to `high`."""

    key: str
    low: float
    high: float
    is_integer: bool = False

    @property
    def is_log(self) -> bool:
        """Return whether it is searched in its logarithm.

        >>> Free("exit.exit_chance", 0.1, 0.6).is_log, Free("exit.exit_chance", 0.1, 0.4).is_log
        (True, False)
        """
        return self.low > 0 and self.high / self.low > LOG_FROM

    def value(self, u: float) -> float:
        """Return the value at a coordinate, cut at the range's ends; whole numbers are rounded."""
        u = min(1.0, max(0.0, u))
        value = self.unbounded(u)
        return float(round(value)) if self.is_integer else min(self.high, max(self.low, value))

    def unbounded(self, u: float) -> float:
        """Return the value at a coordinate that may lie outside 0 to 1."""
        if self.is_log:
            return self.low * math.exp(min(600.0, u * math.log(self.high / self.low)))
        return self.low + u * (self.high - self.low)

    def coordinate(self, value: float) -> float:
        """Return the coordinate of a value, cut at 0 and 1."""
        value = min(self.high, max(self.low, value))
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def free_parameter(key: str, low: Any, high: Any, scenario: Scenario) -> Free:
    """Return a checked free parameter of a scenario; raises ParameterError with one line."""
    declared, text = declaration(key, low, high, scenario), f"{key}=interval({low},{high})"
    kind = str(declared.type).replace(" | None", "").removeprefix("<class '").removesuffix("'>")
    if kind not in ("int", "float"):
        raise ParameterError(f"{text}: not a number; allowed to be free are numeric parameters")
    for end in (low, high):
        if isinstance(end, bool) or not isinstance(end, (int, float)) or not math.isfinite(end):
            raise ParameterError(f"{text}: {shown(end)} is no number; allowed is interval(LOW,HIGH)")
    least, most = declared.metadata["low"], declared.metadata["high"]
    is_integer = kind == "int"
    if is_integer:
        low, high = math.ceil(low), math.floor(high)
    if not low < high:
        raise ParameterError(f"{text}: empty; allowed is interval(LOW,HIGH) with LOW below HIGH")
    if not least <= low < high <= most:
        raise ParameterError(f"{text}: allowed is {kind} from {least} to {most} ({declared.metadata['meaning']})")
    for end in (low, high):
        check(key, end if is_integer else float(end), declared)
    return Free(key, float(low), float(high), is_integer)


def declaration(key: str, low: Any, high: Any, scenario: Scenario) -> "dataclasses.Field[Any]":
    """Return how a key is declared; that of a scandal must be one the scenario has."""
    text = f"interval({low},{high})"
    if key in SETTINGS:
        raise ParameterError(f"{key}={text}: how much is run cannot be free; allowed are numeric parameters")
    if key.startswith("scandals["):
        number, name = scandal_at(key)
        fields = {each.name: each for each in dataclasses.fields(Scandal)}
        if number >= len(scenario.parameters.scandals) or name not in fields:
            there = [f"scandals[{n}].{each}" for n in range(len(scenario.parameters.scandals)) for each in fields]
            raise unknown(key, text, there)
        return fields[name]
    declared = declared_at(key)
    if declared is None:
        raise ParameterError(str(unknown(key, text, ())).partition("; allowed")[0] + "; allowed are numeric parameters")
    return declared


def scandal_at(key: str) -> tuple[int, str]:
    """Return number and field of `scandals[NUMBER].FIELD`; a number beyond every list if it is none.

    >>> scandal_at("scandals[0].cut")
    (0, 'cut')
    """
    number, _, name = key.removeprefix("scandals[").partition("].")
    return (int(number) if number.isdecimal() and len(number) < 6 else 10**6), name


def checked_free(ranges: Mapping[str, Sequence[Any]], scenario: Scenario) -> tuple[Free, ...]:
    """Return the free parameters by key; raises ParameterError, also if the scenario cannot be built at an end."""
    free = tuple(free_parameter(key, ranges[key][0], ranges[key][1], scenario) for key in sorted(ranges))
    for u in (0.0, 1.0):
        placed(scenario, {each.key: each.value(u) for each in free}, free)
    return free


def shipped_ranges(scenario: Scenario, config_dirs: Iterable[Path | str] = ()) -> dict[str, list[Any]]:
    """Return the ranges of `fit/default.yaml`, without scandals that the scenario does not have."""
    path = option_file("fit", "default", config_dirs)
    content = read_yaml(path)
    for key, pair in content.items():
        if not isinstance(pair, list) or len(pair) != 2:
            raise ParameterError(f"{path}: {key}={shown(pair)}: allowed is [low, high]")
    n_scandals = len(scenario.parameters.scandals)
    return {key: pair for key, pair in content.items() if "[" not in key or scandal_at(key)[0] < n_scandals}


def own_values(scenario: Scenario, free: Sequence[Free]) -> dict[str, float]:
    """Return what the scenario itself has at the free keys.

    Of a policy that it has not, the default; the middle of the range where it has no number (null).
    """
    values = {}
    for each in free:
        value = _value_at(scenario, each.key)
        values[each.key] = each.value(0.5) if value is None else float(value)
    return values


def _value_at(scenario: Scenario, key: str) -> Any:
    parameters = scenario.parameters
    if key.startswith("scandals["):
        number, name = scandal_at(key)
        return getattr(parameters.scandals[number], name)
    group, _, name = key.rpartition(".")
    if group.startswith("policies."):
        there = [each for each in parameters.policies if each.name() == group.removeprefix("policies.")]
        declared = declared_at(key)
        return getattr(there[0], name) if there else declared.default if declared else None
    return getattr(getattr(parameters, group), name)


def placed(scenario: Scenario, point: Point, free: Sequence[Free], name: str = "") -> Scenario:
    """Return the scenario with the free parameters set to a point."""
    whole = {each.key for each in free if each.is_integer}
    given: dict[str, Any] = {key: int(value) if key in whole else value for key, value in point.items()}
    scandals = [dataclasses.asdict(each) for each in scenario.parameters.scandals]
    for key in [key for key in given if key.startswith("scandals[")]:
        number, field = scandal_at(key)
        scandals[number][field] = given.pop(key)
    if scandals:
        given["scandals"] = scandals
    return compose(name or scenario.name, scenario.description, scenario.departures, given)
