"""How a parameter is declared and checked: default, meaning, unit, range, source, evidence tag."""

import dataclasses
import math
from typing import Any

MAX_WEEKS = 5_200


class ParameterError(ValueError):
    """A value that is not allowed; the message is one line that names key, value and range."""


def field(
    default: Any,
    meaning: str,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    *,
    source: str,
    tag: str,
    choices: tuple[str, ...] = (),
) -> Any:
    """Declare a parameter: default, meaning, unit, inclusive range or choices, source, tag."""
    metadata = {"meaning": meaning, "unit": unit, "low": low, "high": high}
    return dataclasses.field(default=default, metadata=metadata | {"source": source, "tag": tag, "choices": choices})


def check(name: str, value: Any, declared: dataclasses.Field[Any]) -> None:
    """Raise ParameterError unless `value` has the declared type and lies in the declared range."""
    if value is None and "None" in str(declared.type):
        return
    kind = str(declared.type).replace(" | None", "").removeprefix("<class '").removesuffix("'>")
    low, high, choices = (declared.metadata[key] for key in ("low", "high", "choices"))
    allowed = f"one of {', '.join(choices)}" if choices else f"{kind} from {low} to {high}" if low is not None else kind
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind.startswith("tuple"):
        allowed = "a list of [week, intensity], weeks ascending from 0, intensities from 0 to 10"
        kind = "pairs"
    fits = {
        "pairs": is_schedule(value),
        "bool": isinstance(value, bool),
        "int": numeric and isinstance(value, int),
        "float": numeric and -math.inf < value < math.inf,
        "str": isinstance(value, str),
    }[kind]
    if fits and choices:
        fits = value in choices
    if fits and numeric and low is not None:
        fits = low <= value <= high
    if not fits:
        raise ParameterError(f"{name}={value!r}: allowed is {allowed} ({declared.metadata['meaning']})")


def is_schedule(value: Any) -> bool:
    """Tell whether a value is a tuple of (week, intensity) with weeks ascending."""
    if not isinstance(value, tuple) or not all(isinstance(each, tuple) and len(each) == 2 for each in value):
        return False
    numbers = [number for each in value for number in each]
    if not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers):
        return False
    weeks = [week for week, _ in value]
    in_range = all(isinstance(week, int) and 0 <= week <= MAX_WEEKS and 0 <= x <= 10 for week, x in value)
    return in_range and weeks == sorted(set(weeks))


class Group:
    """Base of all parameter groups: checks every field when built."""

    def __post_init__(self) -> None:
        """Check types and ranges."""
        for declared in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, declared.name)
            check(f"{self.key_prefix()}{declared.name}", value, declared)
            if declared.type is float:  # kernels are compiled for float64, whatever was typed
                object.__setattr__(self, declared.name, float(value))

    @classmethod
    def key_prefix(cls) -> str:
        """Return what stands before a field's name in a key."""
        return "" if cls.__name__ == "Settings" else f"{cls.__name__.lower()}."
