"""What a section of the report is, and what several of them need."""

import dataclasses
import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sim.parameters import PARAMETER_GROUPS
from sim.report.blocks import Block
from sim.report.material import SHOWN, Material, Option
from sim.report.tables import RESAMPLES, ranking
from sim.report.words import Words
from sim.scenario import declared_at, flattened
from sim.study.rounding import decimals_for, number, signed

if TYPE_CHECKING:
    import pandas as pd


WHEN = ("start_week", "end_week", "schedule")
"""Fields of a policy that say when it acts."""


class Chapter:
    """A section: its number, its name (the key of its title is title_NAME), what it needs and what it says."""

    number: ClassVar[int]
    name: ClassVar[str]

    def why_not(self, material: Material, words: Words) -> str:
        """Return why the section cannot be made, nothing if it can; unless said otherwise it needs a comparison."""
        return needs_comparison(material, words)

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield what is in the section."""
        raise NotImplementedError


def needs_comparison(material: Material, words: Words) -> str:
    """Return that there is no comparison, if so."""
    return words("no_comparison") if material.effects is None else ""


def labels_of(material: Material, words: Words) -> Mapping[str, str]:
    """Return option -> what it is called."""
    return {each.name: each.label(words) for each in material.options}


def ranked(material: Material) -> "pd.DataFrame":
    """Return the options ranked by the criterion, see `sim.report.tables.ranking`."""
    assert material.runs is not None
    return ranking(material.runs, material.given.criterion, [each.name for each in material.options])


def shown_in_full(material: Material) -> tuple[Option, ...]:
    """Return the options that figures are drawn of: all if they are few, else the best by the criterion."""
    if len(material.others) <= SHOWN:
        return material.others
    best = [name for name in ranked(material)["option"] if name != material.baseline.name][:SHOWN]
    return tuple(each for each in material.others if each.name in best)


def rest_note(material: Material, words: Words) -> str:
    """Return which options are not drawn, if so."""
    n_left = len(material.others) - len(shown_in_full(material))
    if not n_left:
        return ""
    return words("rest_note", shown=SHOWN, measure=words.measure(material.given.criterion), n=n_left)


def chance(words: Words, p: float) -> str:
    """Return a probability found by resampling, which tells neither never nor always."""
    return words.percent(p if math.isnan(p) else min(max(p, 1 / RESAMPLES), 1 - 1 / RESAMPLES))


def with_unit(words: Words, measure: str) -> str:
    """Return a measure with its unit, as head of a table."""
    return words("with_unit", measure=words.measure(measure), unit=words.unit(measure).name)


def interval_texts(words: Words, value: float, low: float, high: float, scale: float = 1.0) -> tuple[str, str]:
    """Return a signed number and its interval with the digits that the interval allows."""
    decimals = decimals_for(low * scale, high * scale, value * scale)
    if math.isnan(low):
        return "-", "-"
    bounds = words("interval", low=signed(low * scale, decimals), high=signed(high * scale, decimals))
    return signed(value * scale, decimals), bounds


def part_in_words(words: Words, row: Mapping[str, Any]) -> str:
    """Return a part of welfare with its difference and interval."""
    name = words.measure(row["measure"])
    name = words("less_of", what=name) if row["measure"] == "loss.spam" else name
    value, bounds = interval_texts(words, row["difference"], row["low"], row["high"])
    return words("part", what=name, value=f"{value} {bounds}")


def declared(material: Material) -> Iterator[dict[str, str]]:
    """Yield every parameter of the market with its value, and every field of the policies of the options.

    Keys: key, value (of the baseline; of policies, of each option that has another), unit, range, tag, meaning, source.
    """
    own = material.baseline.parameters if material.options else swept_parameters(material.manifest)
    given = flattened(dict(own))
    for group, cls in PARAMETER_GROUPS.items():
        for each in dataclasses.fields(cls):  # type: ignore[arg-type]
            yield facts_of(f"{group}.{each.name}", str(given.get(f"{group}.{each.name}", "-")), each)
    values: dict[str, list[str]] = {}
    for option in material.options:
        for key, value in flattened({"policies": option.parameters.get("policies", {})}).items():
            values.setdefault(re.sub(r"\[\d+\]", "", key), []).append(str(value))
    for key, found in values.items():
        field = declared_at(key)
        if field is not None and field.name not in WHEN:
            yield facts_of(key, ", ".join(dict.fromkeys(found)), field)


def swept_parameters(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of the scenario that was swept, as they are apart from what varies."""
    options = manifest["configuration"]["options"]  # several, if the scenario itself is a factor
    chosen = options.get(manifest["configuration"]["scenario"], next(iter(options.values())))
    parameters: Mapping[str, Any] = chosen["parameters"]
    return parameters


def facts_of(key: str, value: str, field: "dataclasses.Field[Any]") -> dict[str, str]:
    """Return what is declared of a field."""
    facts = field.metadata
    low, high = facts["low"], facts["high"]
    allowed = f"{low:g} … {high:g}" if low is not None else ", ".join(facts["choices"])
    return {
        "key": key, "value": value, "unit": facts["unit"], "range": allowed, "tag": facts["tag"],
        "meaning": facts["meaning"], "source": facts["source"],
    }  # fmt: skip


def level_text(value: float, like: float) -> str:
    """Return a number with the digits of about a thousandth of another."""
    if math.isnan(value):
        return "-"
    return number(value, max(0, 2 - math.floor(math.log10(abs(like)))) if like else 1)


def slug(*parts: str) -> str:
    """Return parts as the name of a file and an anchor.

    >>> slug("fan", "a b/<c>")
    'fan-a-b-c'
    """
    return "-".join(filter(None, (re.sub(r"[^0-9A-Za-z_]+", "-", part).strip("-") for part in parts)))


def slug_of(material: Material, what: str, option: str) -> str:
    """Return the name of a figure or table of an option, which another option of a like name does not share."""
    number = [each.name for each in material.options].index(option)
    return slug(what, str(number), option)
