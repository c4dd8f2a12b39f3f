"""Values of one group: their types put right, then checked against what is declared."""

import dataclasses
import numbers
from collections.abc import Mapping
from typing import Any

from sim.fields import Group, ParameterError, check
from sim.scenario.names import shown, unknown


def checked(prefix: str, mapping: Mapping[str, Any], cls: type[Group]) -> dict[str, Any]:
    """Return the values of a group with their types put right; raises ParameterError for the first wrong one."""
    declared = {each.name: each for each in dataclasses.fields(cls)}  # type: ignore[arg-type]
    values = {}
    for key, value in mapping.items():
        name = f"{prefix}.{key}" if prefix else key
        if key not in declared:
            raise unknown(name, value, declared, prefix)
        values[key] = converted(value, declared[key])
        try:
            check(name, values[key], declared[key])
        except ParameterError as error:
            raise ParameterError(str(error).replace(f"={values[key]!r}:", f"={shown(value)}:", 1)) from None
        if values[key] == "":
            raise ParameterError(f"{name}='': empty; allowed is a {declared[key].metadata['unit']}")
    return values


def converted(value: Any, declared: "dataclasses.Field[Any]") -> Any:
    """Return `value` as the declared type wherever nothing is lost; otherwise as it is."""
    kind = str(declared.type).replace(" | None", "").removeprefix("<class '").removesuffix("'>")
    if kind in ("int", "float"):
        return number(value, kind)
    if kind.startswith("tuple") and isinstance(value, list | tuple):
        return tuple(week_and_intensity(each) for each in value)
    return value


def week_and_intensity(value: Any) -> Any:
    """Return an entry of a schedule as (int, float) wherever nothing is lost; otherwise as it is."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return number(value[0], "int"), number(value[1], "float")
    return value


def number(value: Any, kind: str) -> Any:
    """Return `value` as an `int` or `float` wherever nothing is lost; otherwise as it is.

    PyYAML reads `1e3` as text and Hydra as a float; numpy's numbers are no Python numbers.
    """
    if isinstance(value, bool):
        return value
    try:
        if isinstance(value, str):
            value = int(value) if value.strip("+-").isdecimal() else float(value)
        if isinstance(value, numbers.Integral):
            as_float = float(value)
            return int(value) if kind == "int" else as_float
        if isinstance(value, numbers.Real):
            as_float = float(value)
            return int(as_float) if kind == "int" and as_float.is_integer() else as_float
    except ValueError:
        return value
    except OverflowError:  # an integer beyond every float
        return float("inf")
    return value
