"""Lessons: one YAML file each, in `sim/explore/lessons/` or a teacher's own folder.

A lesson is a bet on a pair of worlds. Its outcome is a difference of one measure, computed in the world that
the student sees; its texts may assert only what its `claims` list, and these are tested over twenty towns.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim import measures
from sim import scenario as scenarios
from sim.explore.frames import measure_of
from sim.explore.moves import KINDS
from sim.explore.setup import LONGEST, SHORTEST, Phases, Setup, lesson_files, policies_of, settled, town_of, whole
from sim.fields import ParameterError
from sim.measures.base import Record, ratio, sides
from sim.scenario.texts import LANGUAGES

OUTCOMES = ("falls", "rises", "same")
CAST = ("honest", "quick_buck", "brand", "recruiter", "lurker")
CHARTS = ("prices", "trust", "shares", "shops", "rival")
AGAINST = ("twin", "before")
WORDS = {"holds": 16, "often": 11}
"""In how many of twenty towns at least a claim of each word has its sign."""

NUMBERS = ("yours", "other", "difference")
"""Of this town, that a text may have in braces."""

MOST_STOPS = 60
"""Of a slider."""

MOST = {"en": 60, "zh": 110}
"""Words of a screen in English, characters in Chinese."""

Text = Mapping[str, str]
"""language -> text"""


@dataclass(frozen=True)
class Look:
    """How an outcome is read: which measure, over how many weeks, against what, and what counts as no difference."""

    measure: str
    over: int
    against: str
    small: float = 0.0


@dataclass(frozen=True)
class Claim:
    """What a text asserts: the sign of a difference, and how often."""

    look: Look
    sign: str
    word: str

    @property
    def least(self) -> int:
        """In how many of twenty towns it has to hold."""
        return WORDS[self.word]


@dataclass(frozen=True)
class Control:
    """The one control of the free play after the moral: a field of a policy."""

    policy: str
    field: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Lesson:
    """One guided experiment."""

    name: str
    order: int
    cast: str
    title: Text
    idea: Text
    setup: Setup  # with the policies of your world
    start: int
    control: Control
    move: str | None
    intro: Sequence[Text]
    question: Text
    answers: Mapping[str, Text]
    look: Look
    charts: Sequence[str]
    rows: Sequence[str]
    replies: Mapping[str, Mapping[str, Text]]
    why: Sequence[Text]
    claims: Sequence[Claim]
    free_play: Text
    guide: Mapping[str, Mapping[str, Any]]

    @property
    def screens(self) -> list[str]:
        """Return the kinds of its screens, one after the other."""
        return [
            *["move"] * (self.move is not None),
            *["intro"] * len(self.intro),
            "bet",
            "see",
            *["why"] * len(self.why),
            "try",
        ]


def catalogue() -> dict[str, Lesson]:
    """Return all lessons in their order, those of `own_folders` too; raises ParameterError for a file that is wrong."""
    return read_lessons(tuple(lesson_files()))


@cache
def read_lessons(files: tuple[Path, ...]) -> dict[str, Lesson]:
    """Return the lessons in some files in their order; raises ParameterError."""
    found: dict[str, Lesson] = {}
    for path in files:
        try:
            found[path.stem] = lesson_of(path.stem, scenarios.read_yaml(path))
        except ParameterError as error:
            raise ParameterError(f"{path}: {error}") from None
    return dict(sorted(found.items(), key=lambda item: item[1].order))


# reading --------------------------------------------------------------------------------------


def lesson_of(name: str, content: Mapping[str, Any]) -> Lesson:
    """Return a lesson from the content of its file; raises ParameterError that names the key."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", name):
        raise ParameterError(f"{name}: allowed as the name of a lesson's file are small letters, digits and _")
    town = mapping(content, "town")
    weeks = whole(town.get("weeks", 104), "town.weeks", SHORTEST, LONGEST)
    start = whole(content.get("start", 0), "start", 0, weeks - 2)
    policies = policies_of(mapping(content, "policies"), start)
    setup = Setup(
        seed=whole(town.get("seed", 1), "town.seed", 0, 2**32 - 1),
        weeks=weeks,
        town=town_of(town.get("overrides") or {}),
        both=policies_of(town.get("policies") or {}),
        policies=policies,
        lesson=name,
    )
    require_keys(town, "town.", TOWN_KEYS)
    bet = mapping(content, "bet")
    require_keys(bet, "bet.", ("answers", "question"))
    answers = {
        str(item(each, "key")): text_of(each, f"bet.answers[{number}]")
        for number, each in enumerate(listed(bet, "answers"))
    }
    if not 2 <= len(answers) == len(bet["answers"]) or not set(answers) <= set(OUTCOMES):
        raise ParameterError(f"bet.answers: allowed are two or three with the keys {', '.join(OUTCOMES)}")
    replies = {
        answer: {kind: text_of(item(mapping(content, "replies"), answer, kind), f"replies.{answer}.{kind}")
                 for kind in ("right", "wrong")}
        for answer in answers
    }  # fmt: skip
    lesson = Lesson(
        name=name,
        order=whole(content.get("order"), "order", 0, 10_000),
        cast=among(content, "cast", CAST),
        title=text_of(content.get("title"), "title"),
        idea=text_of(content.get("idea"), "idea"),
        setup=settled(setup),
        start=start,
        control=control_of(mapping(content, "control"), policies),
        move=None if content.get("move") is None else among(content, "move", KINDS),
        intro=texts_of(content, "intro"),
        question=text_of(bet.get("question"), "bet.question"),
        answers=answers,
        look=look_of(mapping(content, "look"), "look"),
        charts=[among({"charts": each}, "charts", CHARTS) for each in listed(content, "charts")],
        rows=[look_of({"measure": each, "over": 1}, "rows").measure for each in content.get("rows") or ()],
        replies=replies,
        why=texts_of(content, "why"),
        claims=[claim_of(each, f"claims[{n}]") for n, each in enumerate(listed(content, "claims"))],
        free_play=text_of(content.get("try"), "try"),
        guide=guide_of(mapping(content, "guide")),
    )
    require_keys(content, "", KEYS)
    return lesson


GUIDE_KEYS = ("minutes", "aim", "before", "ask", "watch_out", "further")
LOOK_KEYS = ("against", "measure", "over", "small")
TOWN_KEYS = ("overrides", "policies", "seed", "weeks")
KEYS = (
    "order", "cast", "title", "idea", "town", "start", "policies", "control", "move", "intro", "bet", "look", "charts",
    "rows", "replies", "why", "claims", "try", "guide",
)  # fmt: skip


def require_keys(content: Mapping[str, Any], where: str, allowed: Sequence[str]) -> None:
    """Raise ParameterError for a key that means nothing there."""
    for key in content:
        if key not in allowed:
            close = scenarios.nearest(str(key), allowed)
            raise ParameterError(f"{where}{key}: no such key{close}; allowed are {', '.join(sorted(allowed))}")


def mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the mapping at a key, empty if there is none; raises ParameterError."""
    value = content.get(key)
    if value is not None and not isinstance(value, Mapping):
        raise ParameterError(f"{key}={scenarios.shown(value)}: allowed is a mapping")
    return value or {}


def listed(content: Mapping[str, Any], key: str) -> Sequence[Any]:
    """Return the list at a key, with one entry at least; raises ParameterError."""
    value = content.get(key)
    if not isinstance(value, list) or not value:
        raise ParameterError(f"{key}={scenarios.shown(value)}: allowed is a list")
    return value


def item(value: Any, *keys: str) -> Any:
    """Return what lies at keys one in the other; raises ParameterError if it is missing."""
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            raise ParameterError(f"{'.'.join(keys)}: missing")
        value = value[key]
    return value


def among(content: Mapping[str, Any], key: str, allowed: Sequence[str]) -> str:
    """Return one of several words; raises ParameterError."""
    if content.get(key) not in allowed:
        raise ParameterError(f"{key}={scenarios.shown(content.get(key))}: allowed are {', '.join(allowed)}")
    return str(content[key])


def text_of(value: Any, key: str) -> dict[str, str]:
    """Return a text in all languages, no longer than a screen; raises ParameterError."""
    texts = {language: value.get(language) for language in LANGUAGES} if isinstance(value, Mapping) else {}
    for language in LANGUAGES:
        text = texts.get(language)
        if not isinstance(text, str) or not text.strip():
            raise ParameterError(f"{key}.{language}: missing; allowed is text")
        if length(text, language) > MOST[language]:
            raise ParameterError(f"{key}.{language}: {length(text, language)} words; allowed are {MOST[language]}")
        for name in re.findall(r"\{(.*?)\}", text):
            if name not in NUMBERS:
                raise ParameterError(f"{key}.{language}: {{{name}}} is no number; allowed are {', '.join(NUMBERS)}")
    return {language: str(text).strip() for language, text in texts.items()}


def texts_of(content: Mapping[str, Any], key: str) -> list[dict[str, str]]:
    """Return the texts in a list; raises ParameterError."""
    return [text_of(each, f"{key}[{number}]") for number, each in enumerate(listed(content, key))]


def length(text: str, language: str) -> int:
    """Return the words of a text, in Chinese its characters.

    >>> length("two words", "en"), length("微商", "zh")
    (2, 2)
    """
    return len(text.split()) if language == "en" else len(re.sub(r"\s", "", text))


def guide_of(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the teacher's guide by language; raises ParameterError."""
    require_keys(content, "guide.", LANGUAGES)
    found = {language: mapping(content, language) for language in LANGUAGES}
    for language, parts in found.items():
        for key in GUIDE_KEYS:
            item(parts, key)
        for key, value in parts.items():
            is_text = isinstance(value, str | int) or (
                isinstance(value, list) and all(isinstance(each, str) for each in value)
            )
            if key not in GUIDE_KEYS or not is_text:
                raise ParameterError(f"guide.{language}.{key}: allowed are texts at {', '.join(GUIDE_KEYS)}")
    return found


def look_of(content: Mapping[str, Any], key: str) -> Look:
    """Return how an outcome is read; raises ParameterError."""
    require_keys(content, f"{key}.", LOOK_KEYS)
    names = [measure.name for measure in measures.catalogue()]
    measure = content.get("measure")
    if measure not in names:
        close = scenarios.nearest(str(measure), names)
        raise ParameterError(f"{key}.measure={scenarios.shown(measure)}: no such measure{close}")
    small = number_of(content.get("small", 0), f"{key}.small")
    if small < 0:
        raise ParameterError(f"{key}.small={small}: allowed is a number from 0")
    over = whole(content.get("over"), f"{key}.over", 1, LONGEST)
    return Look(measure, over, among({"against": content.get("against", "twin")}, "against", AGAINST), float(small))


def claim_of(content: Any, key: str) -> Claim:
    """Return a claim; raises ParameterError."""
    if not isinstance(content, Mapping):
        raise ParameterError(f"{key}={scenarios.shown(content)}: allowed is a mapping")
    look = look_of({name: each for name, each in content.items() if name not in ("sign", "word")}, key)
    return Claim(look, among(content, "sign", OUTCOMES), among(content, "word", list(WORDS)))


def control_of(content: Mapping[str, Any], policies: Phases) -> Control:
    """Return the control of the free play; raises ParameterError."""
    require_keys(content, "control.", ("high", "key", "low", "step", "values"))
    policy, _, name = str(content.get("key")).partition(".")
    if policy not in policies or scenarios.declared_at(f"policies.{policy}.{name}") is None:
        raise ParameterError(f"control.key={scenarios.shown(content.get('key'))}: allowed is a field of its policies")
    if "values" in content:
        values = [number_of(each, "control.values") for each in listed(content, "values")]
    else:
        low, high, step = (number_of(content.get(each), f"control.{each}") for each in ("low", "high", "step"))
        if not (low < high and (high - low) / MOST_STOPS <= step <= high - low):
            raise ParameterError(f"control: allowed is low < high, and a step that gives up to {MOST_STOPS} stops")
        values = [round(low + n * step, 6) for n in range(int((high - low) / step + 1.5))]
    is_whole = scenarios.declared_at(f"policies.{policy}.{name}").type is int  # type: ignore[union-attr]
    values = [round(each) if is_whole else each for each in values]
    for each in values:
        scenarios.build_policies({policy: {name: each}})
    return Control(policy, name, tuple(values))


def number_of(value: Any, key: str) -> float:
    """Return a number; raises ParameterError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ParameterError(f"{key}={scenarios.shown(value)}: allowed is a number")
    return value


# judging --------------------------------------------------------------------------------------


def level(record: Record, name: str, first: int, last: int) -> float:
    """Return a measure over the weeks first ... last-1: the ratio of sums if it is weighted, else the mean; or nan."""
    measure = measure_of(name)
    above, below = (side[0, max(0, first) : last] for side in sides([measure], record))
    if measure.is_weighted:
        return float(ratio(above.sum(keepdims=True), below.sum(keepdims=True))[0])
    weeks = ratio(above, below)
    present = weeks[~np.isnan(weeks)]
    return float(present.mean()) if present.size else math.nan


def compared(look: Look, yours: Record, twin: Record, start: int) -> tuple[float, float]:
    """Return the level in your world and what it is held against, both over the last weeks of those lived since start.

    start: first week under the lesson's policies; `before` is held against the weeks ahead of it
    """
    now = yours.n_weeks
    mine = level(yours, look.measure, max(start, now - look.over), now)
    if look.against == "before":
        return mine, level(yours, look.measure, start - look.over, start)
    return mine, level(twin, look.measure, max(start, now - look.over), now)


def outcome(difference: float, small: float) -> str:
    """Return falls, rises or same; what has no value is the same.

    >>> outcome(-3, 1), outcome(.5, 1), outcome(math.nan, 0)
    ('falls', 'same', 'same')
    """
    if math.isnan(difference) or abs(difference) <= small:
        return "same"
    return "rises" if difference > 0 else "falls"


def agreeing(claim: Claim, pairs: Iterable[tuple[float, float]]) -> int:
    """Return in how many pairs (yours, other) the claim has its sign."""
    small = claim.look.small if claim.sign == "same" else 0.0
    return sum(outcome(yours - other, small) == claim.sign for yours, other in pairs)
