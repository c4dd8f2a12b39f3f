"""The words of the page in one language; names of measures and policies are those of the report."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sim.explore.cast import brand_name, person_name
from sim.report.words import Words

View = dict[str, Any]
"""What a part of the page shows."""


@cache
def strings() -> Mapping[str, Any]:
    """Return the content of the file of strings."""
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("strings.yaml").read_text(encoding="utf-8"))
    return content


@cache
def controls() -> Mapping[str, Any]:
    """Return the content of the file of controls."""
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("controls.yaml").read_text(encoding="utf-8"))
    return content


@cache
def front_words(language: str) -> dict[str, Any]:
    """Return the words that the page itself needs."""
    words: dict[str, Any] = {key: texts[language] for key, texts in strings()["front"].items()}
    words["roles"] = {key: texts[language] for key, texts in strings()["roles"].items()}
    return words


def say(key: str, language: str, **values: Any) -> str:
    """Return a sentence with its values filled in; what is not there is an error."""
    return str(strings()["said"][key][language]).format(**values)


@cache
def named(language: str) -> Words:
    """Return the names of measures, policies and units."""
    return Words(language)


def in_unit(unit: str, value: Any, language: str) -> str:
    """Return a stop of a slider as it is read.

    >>> in_unit("percent", 0.3, "en"), in_unit("yuan", 2000, "zh")
    ('30 %', '2000元')
    """
    entry = controls()["units"][unit]
    scaled = value * entry.get("scale", 1)
    return str(entry[language]).format(f"{scaled:g}")


def heading(measure: str, language: str) -> str:
    """Return the name of a measure as it begins a line."""
    return for_students(named(language).heading(measure))


def place_name(place: str, language: str) -> str:
    """Return the name of a channel."""
    return for_students(named(language).of("places", place))


def for_students(text: str) -> str:
    """Return a text of the report in the word that lessons use: what it calls the resale channel is 微商."""
    return text.replace("转售渠道", "微商")


def percent(share: float, language: str) -> str:
    """Return a share in whole per cent.

    >>> percent(0.714, "en"), percent(0.714, "zh")
    ('71 %', '71%')
    """
    return f"{100 * share:.0f}%" if language == "zh" else f"{100 * share:.0f} %"


def seller_name(owner: int | None, brand: int, venue: str, is_friend: bool, language: str) -> str:
    """Return who sells an offer: the owner of a shop, marked if a friend, or a brand and where."""
    if owner is None:
        place = say(f"place_{venue}", language)
        return say("at_brand", language, brand=brand_name(brand, language), place=place)
    name = person_name(owner, language)
    return say("friend_mark", language, name=name) if is_friend else name


def as_read(measure: str, value: float, language: str) -> float:
    """Return a value as it is shown, so that differences are those of the numbers beside them; nan stays nan."""
    scale, decimals = named(language).unit(measure).scale, decimals_of(measure, language)
    return round(value * scale, decimals) / scale


def decimals_of(measure: str, language: str) -> int:
    """Return with how many decimals a measure of the town is shown."""
    name = named(language).unit(measure).name
    return 0 if name in ("shops", "家") or len(name) > 10 or name == "元/人·年" else 1
