"""What a sweep varies: a key with the law of its values.

A design gives every factor a coordinate u in [0, 1]:

    interval    low + u (high - low), or low (high/low)^u if logarithmic; rounded if the field is an integer
    choice      the value number floor(u k) of k
    range       likewise, of equally spaced numbers

`dummy` is a factor that nothing reads: what a sensitivity analysis finds of it is noise.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.fields import ParameterError, check
from sim.scenario import SETTINGS, declared_at, policy_groups, shown, unknown
from sim.scenario.values import converted

LAWS = ("interval", "choice", "range")
SCENARIO, DUMMY = "scenario", "dummy"
UNSWEPT = ("network.path", "network.kind", "scandals", "policies")


@dataclass(frozen=True)
class Factor:
    """One key with the law of its values; `low` and `high` of an interval, `values` of the others."""

    key: str
    law: str
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] = ()
    is_log: bool = False
    is_integer: bool = False

    @property
    def is_policy(self) -> bool:
        """Return whether it is the platform's choice, not a fact about the market."""
        return is_policy(self.key)

    def value(self, u: float) -> Any:
        """Return the value at a coordinate.

        >>> Factor("trust.gain_bad", "interval", 0.1, 0.3).value(0.5)
        0.2
        >>> Factor("policies.like_ban", "choice", values=("off", "on")).value(1.0)
        'on'
        """
        if self.law != "interval":
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        assert self.low is not None
        assert self.high is not None
        if self.is_log:
            value = self.low * math.exp(u * math.log(self.high / self.low))
        else:
            value = self.low + u * (self.high - self.low)
        value = min(self.high, max(self.low, value))
        return round(value) if self.is_integer else value

    def ends(self) -> tuple[Any, ...]:
        """Return the values at which the range ends, or all values of a list."""
        return self.values if self.law != "interval" else (self.value(0.0), self.value(1.0))

    def described(self) -> dict[str, Any]:
        """Return the factor as it is kept in the manifest."""
        own = dataclasses.asdict(self)
        return own | {"values": list(self.values) or None, "is_policy": self.is_policy}


def factor_from(mapping: Mapping[str, Any]) -> Factor:
    """Return the factor that `described` described."""
    own = {key: value for key, value in mapping.items() if key != "is_policy"}
    return Factor(**own | {"values": tuple(own["values"] or ())})


def is_policy(key: str) -> bool:
    """Return whether a key is the platform's choice: a policy, or the scenario.

    >>> is_policy("policies.like_ban.detection"), is_policy("trust.gain_bad")
    (True, False)
    """
    return key == SCENARIO or key.startswith("policies.")


DUMMY_FACTOR = Factor(DUMMY, "interval", 0.0, 1.0)


# building -------------------------------------------------------------------------------------


def interval(key: str, low: float, high: float, *, is_log: bool = False) -> Factor:
    """Return the factor of a number between two ends; raises ParameterError with one line."""
    declared, text = declaration(key), f"{key}=interval({low:g},{high:g})"
    kind = kind_of(declared)
    if kind not in ("int", "float"):
        raise ParameterError(f"{text}: not a number; allowed is {key}=choice(...)")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(f"{text}: empty; allowed is interval(LOW,HIGH) with LOW below HIGH")
    if is_log and low <= 0:
        raise ParameterError(f"{text}: a logarithm needs LOW above 0; allowed is interval(LOW,HIGH) without a tag")
    is_integer = kind == "int"
    found = Factor(key, "interval", float(low), float(high), is_log=is_log, is_integer=is_integer)
    for end in (low, high):
        check(key, round(end) if is_integer else float(end), declared)
    return found


def choice(key: str, values: Sequence[Any], law: str = "choice") -> Factor:
    """Return the factor of listed values; raises ParameterError with one line."""
    text = f"{key}={law}({','.join(map(str, values))})"
    if len(values) < 2 or len({shown(each) for each in values}) < len(values):
        raise ParameterError(f"{text}: allowed are two or more values, each once")
    if key == SCENARIO:
        return Factor(key, law, values=tuple(str(each) for each in values))
    if key in policy_groups():
        switched = tuple("on" if each is True else "off" if each is False else each for each in values)
        if set(switched) != {"on", "off"}:
            raise ParameterError(f"{text}: allowed is {key}=choice(off,on), or a sweep of its fields")
        return Factor(key, law, values=switched)
    declared = declaration(key)
    typed = tuple(converted(each, declared) for each in values)
    for each in typed:
        check(key, each, declared)
    return Factor(key, law, values=typed)


def by_field(key: str) -> Factor:
    """Return the factor over everything that a field allows; raises ParameterError if that is not bounded."""
    if key in policy_groups():
        return Factor(key, "choice", values=("off", "on"))
    declared = declaration(key)
    if declared.metadata["choices"]:
        return choice(key, declared.metadata["choices"])
    if kind_of(declared) == "bool":
        return choice(key, (False, True))
    low, high = declared.metadata["low"], declared.metadata["high"]
    if low is None or high is None:
        raise ParameterError(f"vary=[{key}]: has no range; allowed is {key}=choice(...)")
    return interval(key, low, high)


def declaration(key: str) -> "dataclasses.Field[Any]":
    """Return how a key that may vary is declared; raises ParameterError."""
    if key in SETTINGS:
        raise ParameterError(f"{key}: how much is run is the same in all points; allowed are parameters and policies")
    declared = None if key in UNSWEPT else declared_at(key)
    if declared is None:
        problem = str(unknown(key, "...", ())).partition("; allowed")[0]
        if key in UNSWEPT:
            problem = f"{key}: cannot vary within a sweep"
        raise ParameterError(f"{problem}; allowed are fields of parameters and policies")
    return declared


def kind_of(declared: "dataclasses.Field[Any]") -> str:
    """Return the name of a field's type, e.g. `float`, also where it may be null."""
    return str(declared.type).replace(" | None", "").removeprefix("<class '").removesuffix("'>")
