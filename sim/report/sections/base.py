"""What a section of the report is, and what several of them need."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from sim.report.blocks import Block
from sim.report.material import SHOWN, Material, Option
from sim.report.tables import RESAMPLES, ranking
from sim.report.words import Words
from sim.study.rounding import decimals_for, number, signed

if TYPE_CHECKING:
    import pandas as pd


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
