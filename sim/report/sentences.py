"""Sentences on effects, from one rule: both scenarios named, no difference without n and interval.

A number in a sentence is the text that stands in the tables: both are made by `Shown`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.report.words import Words
from sim.study.rounding import decimals_for, number, signed

TONES = {
    "clear gain": "good", "likely gain": "good", "clear loss": "bad", "likely loss": "bad", "clearly higher": "moved",
    "clearly lower": "moved", "likely higher": "moved", "likely lower": "moved",
}  # fmt: skip
"""Verdict -> how it is marked; none: not marked."""


@dataclass(frozen=True)
class Shown:
    """A row of effects as it is shown: every number rounded as its interval allows, in the unit of the report."""

    words: Words
    row: Mapping[str, Any]

    @property
    def measure(self) -> str:
        """The name of the measure, as in the results."""
        return str(self.row["measure"])

    @property
    def scale(self) -> float:
        """Factor from the results to the unit of the report."""
        return self.words.unit(self.measure).scale

    @property
    def decimals(self) -> int:
        """Decimals of every number of this row."""
        low, high, level = (self.row[key] * self.scale for key in ("ci_low", "ci_high", "mean_baseline"))
        return decimals_for(low, high, level)

    @property
    def n(self) -> str:
        """The number of pairs in words."""
        n = int(self.row["n"])
        return self.words("n_pair" if n == 1 else "n_pairs", n=n)

    @property
    def verdict(self) -> str:
        """The word for the effect."""
        return self.words.of("verdicts", str(self.row["verdict"]))

    @property
    def tone(self) -> str:
        """How the word is marked."""
        return TONES.get(str(self.row["verdict"]), "")

    @property
    def has_interval(self) -> bool:
        """Tell whether there is an interval."""
        return not math.isnan(self.row["ci_low"])

    def level(self, key: str = "mean") -> str:
        """Return the mean of the option, or of the baseline, with its unit."""
        return self.words.level(self.measure, self.row[key], self.decimals)

    def plain_level(self, key: str = "mean") -> str:
        """Return the same without its unit."""
        return number(self.row[key] * self.scale, self.decimals)

    def difference(self) -> str:
        """Return the difference with sign and unit; nothing without an interval: it would not be known from luck."""
        if not self.has_interval:
            return "-"
        return self.words.difference(self.measure, self.row["difference"], self.decimals)

    def plain_difference(self) -> str:
        """Return the difference without its unit."""
        return signed(self.row["difference"] * self.scale, self.decimals) if self.has_interval else "-"

    def size(self) -> str:
        """Return the size of the difference, without sign, with its unit."""
        return self.words.unit(self.measure).difference.format(
            number(abs(self.row["difference"]) * self.scale, self.decimals)
        )

    def interval(self) -> str:
        """Return the interval without unit, `-` if there is none."""
        if not self.has_interval:
            return "-"
        return self.words.bounds(self.measure, self.row["ci_low"], self.row["ci_high"], self.decimals)


def effect(words: Words, row: Mapping[str, Any], option: str, baseline: str) -> str:
    """Return what an option does to a measure, in a sentence; option and baseline are what they are called."""
    shown = Shown(words, row)
    told = {"option": option, "baseline": baseline, "measure": words.measure(shown.measure), "n": shown.n}
    verdict = str(row["verdict"])
    if verdict == "no value":
        return words("effect_no_value", **told)
    if not shown.has_interval:
        return words("effect_one_pair", **told)
    told |= {"level": shown.level(), "level_baseline": shown.level("mean_baseline"), "interval": shown.interval()}
    if verdict == "no difference":
        return words("effect_none", **told)
    if verdict == "cannot tell":
        return words("effect_unknown", **told, difference=shown.difference())
    key = "effect_higher" if row["difference"] > 0 else "effect_lower"
    return words(key, **told, size=shown.size(), verdict=shown.verdict)


def short_effect(words: Words, row: Mapping[str, Any], option: str, baseline: str) -> str:
    """Return the same in half a line, for titles and lists."""
    shown = Shown(words, row)
    told = {"option": option, "baseline": baseline, "measure": words.measure(shown.measure), "n": shown.n}
    if str(row["verdict"]) == "no value" or not shown.has_interval:
        return words("short_nothing", **told)
    return words(
        "short_effect", **told, difference=shown.difference(), interval=shown.interval(), verdict=shown.verdict
    )
