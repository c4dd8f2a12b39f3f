"""The words of a report in one language: from one file of strings, and the team's own from scenario files.

`strings.yaml` holds every sentence in every language. A key that is asked for and not there is an
error, and so is a sentence without one of its values: what cannot be said properly is not said.
"""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sim.fields import ParameterError
from sim.scenario.texts import LANGUAGES
from sim.study.rounding import number, signed

FILE = Path(__file__).with_name("strings.yaml")
OTHER = "other"
"""Unit of a measure of which no unit is noted."""


@cache
def strings() -> Mapping[str, Any]:
    """Return the content of the file of strings."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def capital(text: str) -> str:
    """Return text with a capital letter first.

    >>> capital("welfare"), capital("")
    ('Welfare', '')
    """
    return text[:1].upper() + text[1:]


def heads(n: float) -> str:
    """Return a mean number of people.

    >>> heads(0.25), heads(123.4)
    ('0.2', '123')
    """
    return f"{n:.1f}" if 0 < n < 10 else f"{n:.0f}"


class Unit(NamedTuple):
    """How a measure is shown: values times `scale`, the words around a level and a difference, names of both units."""

    scale: float
    level: str
    difference: str
    name: str
    short: str


class Words:
    """What is said in one language."""

    def __init__(self, language: str = "en") -> None:
        """Take a language, one of LANGUAGES; raises ParameterError for another."""
        if language not in LANGUAGES:
            raise ParameterError(f"report.language={language!r}: allowed are {', '.join(LANGUAGES)}")
        self.language = language

    def __call__(self, key: str, **values: Any) -> str:
        """Return the sentence `key` with its values filled in."""
        sentence: str = strings()["texts"][key][self.language]
        if "measure" in values:
            values["Measure"] = capital(str(values["measure"]))
        return sentence.format(**values) if values else sentence

    def of(self, group: str, name: str) -> str:
        """Return the word for one of a group of words (verdicts, tags ...), the name itself if there is none."""
        entry = strings()[group].get(name)
        return str(entry[self.language]) if entry else name

    def measure(self, name: str) -> str:
        """Return the name of a measure: that of its kind, and where, e.g. `price (resale)`."""
        kind, _, place = name.partition(".")
        whole, entry = strings()["measures"].get(name), strings()["measures"].get(kind)
        if whole:
            return str(whole[self.language])
        if entry is None or (place and place not in strings()["places"]):
            return name
        return (
            self("measure_at", measure=entry[self.language], place=self.of("places", place))
            if place
            else str(entry[self.language])
        )

    def heading(self, name: str) -> str:
        """Return the name of a measure as it begins a line."""
        return capital(self.measure(name))

    def unit(self, name: str) -> Unit:
        """Return how a measure is shown."""
        entry = strings()["measures"].get(name) or strings()["measures"].get(name.partition(".")[0]) or {}
        unit = strings()["units"][entry.get("unit", OTHER)]
        texts = unit[self.language]
        return Unit(
            float(unit["scale"]), texts["level"], texts["difference"], texts["name"], unit["short"][self.language]
        )

    def difference_unit(self, name: str) -> str:
        """Return the unit of a difference of a measure: of shares, points."""
        return self.unit(name).difference.format("").strip()

    def level(self, name: str, value: float, decimals: int) -> str:
        """Return a value of a measure with its unit; decimals are those of the scaled value."""
        unit = self.unit(name)
        return unit.level.format(number(value * unit.scale, decimals))

    def difference(self, name: str, value: float, decimals: int) -> str:
        """Return a difference of a measure with its sign and unit."""
        unit = self.unit(name)
        return unit.difference.format(signed(value * unit.scale, decimals))

    def bounds(self, name: str, low: float, high: float, decimals: int) -> str:
        """Return an interval of a difference, without unit."""
        scale = self.unit(name).scale
        return self("interval", low=signed(low * scale, decimals), high=signed(high * scale, decimals))

    def pick(self, texts: Mapping[str, str], otherwise: str = "") -> str:
        """Return the text in this language, else in English, else any."""
        for language in (self.language, "en", *texts):
            if texts.get(language):
                return texts[language]
        return otherwise

    def listed(self, names: list[str]) -> str:
        """Return names as a list in words."""
        if len(names) < 2:
            return "".join(names)
        return self("list_and", first=self("list_comma").join(names[:-1]), last=names[-1])

    def percent(self, share: float) -> str:
        """Return a share in per cent; what is neither nothing nor all is not rounded to it."""
        if math.isnan(share):
            return "-"
        whole = round(100 * share)
        if (whole == 0 and share > 0) or (whole == 100 and share < 1):
            return self("less_than_one" if whole == 0 else "more_than_99")
        return self("percent", number=f"{whole}")
