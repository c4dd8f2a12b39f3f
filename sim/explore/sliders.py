"""Sliders and choices: their stops, where they stand, and how that is read."""

from typing import Any

from sim.explore.words import View, controls, in_unit
from sim.scenario import declared_at


def field_view(policy: str, field: str, now: View, language: str) -> View:
    """Return the slider or choice of a policy's field."""
    entry, declared = controls()["policies"][policy]["fields"][field], declared_at(f"policies.{policy}.{field}")
    value = now.get(field, declared.default if declared else None)
    return slider(field, entry, value, language)


def slider(name: str, entry: View, value: Any, language: str) -> View:
    """Return a slider's stops, the one that is nearest to a value, and how they are read."""
    values, unit = list(entry["values"]), entry["unit"]
    is_choice = unit == "words"
    if value not in values:
        values = [value] if is_choice else sorted([*values, value])
    texts = [entry["words"][each][language] if is_choice else in_unit(unit, each, language) for each in values]
    return {
        "name": name, "label": entry["label"][language], "values": values, "at": values.index(value), "texts": texts,
        "is_choice": is_choice,
    }  # fmt: skip
