"""What a link holds: town, luck, policies on the timeline, week, lesson; checked field by field.

A link ends in `#` and one line of base64url: compressed JSON of a mapping with `v`, the version of the format.
A field that is wrong is left out with a note; the rest holds.
"""

import base64
import binascii
import dataclasses
import json
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sim import scenario as scenarios
from sim.fields import ParameterError
from sim.parameters import PARAMETER_GROUPS, Parameters
from sim.scenario.phases import is_off, is_on
from sim.scenario.texts import LANGUAGES

VERSION = 1
TOWN = "classroom"
FEWEST, MOST_PEOPLE = 200, 600
"""People that a page can draw."""
SHORTEST, LONGEST = 26, 312
LONGEST_NOTE = 400
MOST_LETTERS = 20_000
"""Of a link, and ten times as many unpacked."""

REFUSED = ("network.path", "network.kind", "network.seed")
"""Keys that a link must not set: a file of this machine is nobody else's."""

LESSONS = Path(__file__).with_name("lessons")
own_folders: list[Path] = []
"""Folders of a teacher's own lessons; a name that is there again replaces the lesson that comes with weishang."""

config_dirs: list[str] = []
"""Folders in which scenarios are looked for first; set once, before the page is served."""

Phases = Mapping[str, Sequence[Mapping[str, Any]]]
"""Policy -> its phases, each with `start_week`, perhaps `end_week`, and fields."""


@dataclass(frozen=True)
class Setup:
    """Everything that makes two worlds, and where one stands in them."""

    scenario: str = TOWN
    seed: int = 1
    weeks: int = 156
    week: int = 0
    town: Mapping[str, Any] = field(default_factory=dict)
    """Departures of both worlds from the teaching town, dotted keys."""
    policies: Phases = field(default_factory=dict)
    """Of your world."""
    both: Phases = field(default_factory=dict)
    """Of both worlds."""
    lesson: str | None = None
    screen: int = 0
    answer: str | None = None
    language: str = "en"

    def parameters(self, *, is_yours: bool) -> Parameters:
        """Return what a world is made of: yours, or its twin; raises ParameterError."""
        parts: list[Mapping[str, Any]] = [read_town()]
        if is_yours and self.scenario != TOWN:
            parts.append({key: value for key, value in read(self.scenario).items() if key != "policies"})
        parts.append(self.town)
        policies = joined(self.both, self.policies) if is_yours else self.both
        return scenarios.build(scenarios.assembled(*parts) | {"policies": plain(policies)})


def read(scenario: str) -> dict[str, Any]:
    """Return what a scenario file says of the market; raises ParameterError."""
    return {key: value for key, value in scenarios.read(scenario, config_dirs).items() if key not in scenarios.TEXTS}


def read_town() -> dict[str, Any]:
    """Return the departures of the teaching town."""
    return read(TOWN)


def joined(both: Phases, own: Phases) -> dict[str, list[Mapping[str, Any]]]:
    """Return the policies of your world: those of both, up to the first phase of your own of the same name."""
    found: dict[str, list[Mapping[str, Any]]] = {name: list(phases) for name, phases in both.items()}
    for name, phases in own.items():
        first = min((int(each["start_week"]) for each in phases), default=None)
        if first is not None:
            kept = [each for each in found.get(name, ()) if each["start_week"] < first]
            ends = [first if each.get("end_week") is None else min(each["end_week"], first) for each in kept]
            found[name] = [*({**each, "end_week": end} for each, end in zip(kept, ends, strict=True)), *phases]
    return found


def plain(policies: Phases) -> dict[str, list[dict[str, Any]]]:
    """Return phases as plain lists of dictionaries, without policies that have none."""
    return {name: [dict(each) for each in phases] for name, phases in policies.items() if phases}


def phases_of(scenario: str, amended: Mapping[str, Any] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the policies of a scenario, amended as on the command line, as phases; raises ParameterError."""
    content = scenarios.assembled({"policies": read(scenario).get("policies")}, {"policies": amended})
    found: dict[str, list[dict[str, Any]]] = {}
    for each in scenarios.build_policies(content.get("policies")):
        fields = scenarios.changed_fields(each)
        phase = {"start_week": each.start_week, **(fields if isinstance(fields, dict) else {})}
        found.setdefault(each.name(), []).append(phase)
    return found


def first_setup(
    scenario: str = TOWN,
    *,
    seed: int = 1,
    weeks: int = Setup.weeks,
    town: Mapping[str, Any] | None = None,
    policies: Mapping[str, Any] | None = None,
) -> Setup:
    """Return the set-up with which a server begins, `policies` as on the command line; raises ParameterError."""
    whole(weeks, "weeks", SHORTEST, LONGEST)
    phases = phases_of(scenario, policies)
    setup = Setup(scenario=scenario, seed=seed, weeks=weeks, town=town_of(town or {}), policies=phases)
    return settled(setup)


# links ----------------------------------------------------------------------------------------


def encode(setup: Setup) -> str:
    """Return what a link to the set-up ends in: letters, digits, `-` and `_`."""
    usual, said = Setup(), {}
    for each in dataclasses.fields(Setup):
        value = getattr(setup, each.name)
        if value != getattr(usual, each.name):
            said[each.name] = plain(value) if each.name in ("policies", "both") else value
    text = json.dumps({"v": VERSION, **said}, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def decode(text: str) -> tuple[Setup, list[str]]:
    """Return the set-up of a link and what was left out of it; never raises.

    >>> decode(encode(Setup(seed=7)))[0].seed
    7
    >>> decode("nonsense!")[1]
    ['the link cannot be read: it begins anew']
    """
    text = text.strip().lstrip("#")
    if not text:
        return Setup(), []
    try:
        content = unpacked(text)
    except (ValueError, zlib.error, binascii.Error, RecursionError):
        return Setup(), ["the link cannot be read: it begins anew"]
    if content.get("v") != VERSION:
        return Setup(), [f"the link is of another version ({scenarios.shown(content.get('v'))}): it begins anew"]
    return checked(content)


def unpacked(text: str) -> dict[str, Any]:
    """Return the mapping in a link; raises ValueError, zlib.error or binascii.Error."""
    if len(text) > MOST_LETTERS:
        raise ValueError("too long")
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    reader = zlib.decompressobj()
    whole = reader.decompress(raw, 10 * MOST_LETTERS)
    if reader.unconsumed_tail:
        raise ValueError("too long")
    content = json.loads(whole.decode())
    json.dumps(content, ensure_ascii=False).encode()  # no half of a letter
    if not isinstance(content, dict):
        raise ValueError("no mapping")
    return content


def checked(content: Mapping[str, Any]) -> tuple[Setup, list[str]]:
    """Return a set-up with every field that is right, and a note for every one that is not."""
    setup, notes = Setup(), []
    for name, check in CHECKS.items():
        if name not in content:
            continue
        try:
            setup = dataclasses.replace(setup, **{name: check(content[name], setup)})
        except ParameterError as error:
            notes.append(f"{name} left out: {error}")
        except (ValueError, TypeError, RecursionError):
            notes.append(f"{name} left out: it is not what it should be")
    for name in sorted(set(content) - set(CHECKS) - {"v"}):
        notes.append(f"{scenarios.shown(name)} left out: no such field")
    rests: tuple[dict[str, Any], ...] = ({"policies": {}, "both": {}, "town": {}}, {"scenario": TOWN})
    for left_out in rests:
        try:
            return settled(setup), [told(each) for each in notes]
        except ParameterError as error:
            notes.append(f"{', '.join(left_out)} left out: {error}")
            setup = dataclasses.replace(setup, **left_out)
    return settled(setup), [told(each) for each in notes]


def settled(setup: Setup) -> Setup:
    """Return a set-up of which both worlds can be made and drawn; raises ParameterError."""
    for is_yours in (True, False):
        people = setup.parameters(is_yours=is_yours).population.n_people
        whole(people, "population.n_people", FEWEST, MOST_PEOPLE)
    return setup


def told(text: str) -> str:
    """Return a note as it is shown: one line, not too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    return line if len(line) <= LONGEST_NOTE else f"{line[: LONGEST_NOTE - 3]}..."


def whole(value: Any, name: str, low: int, high: int) -> int:
    """Return a whole number in a range; raises ParameterError."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ParameterError(f"{name}={scenarios.shown(value)}: allowed is a whole number from {low} to {high}")
    return value


def clamped(value: Any, name: str, low: int, high: int) -> int:
    """Return a whole number, held within a range; raises ParameterError for what is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ParameterError(f"{name}={scenarios.shown(value)}: allowed is a whole number")
    return min(max(value, low), high)


def one_of(value: Any, name: str, allowed: Sequence[str]) -> str:
    """Return one of several words; raises ParameterError."""
    if not isinstance(value, str) or value not in allowed:
        raise ParameterError(f"{name}={scenarios.shown(value)}: allowed are {', '.join(allowed)}")
    return value


def town_of(value: Any) -> dict[str, Any]:
    """Return departures that a town may have; raises ParameterError."""
    if not isinstance(value, Mapping):
        raise ParameterError(f"town={scenarios.shown(value)}: allowed is a mapping of keys")
    town = scenarios.flattened(scenarios.nested(value))
    for key, each in town.items():
        group = key.partition(".")[0]
        if group not in PARAMETER_GROUPS or key in REFUSED:
            raise ParameterError(f"{key}={scenarios.shown(each)}: a page cannot set it")
        if isinstance(each, float) and not math.isfinite(each):
            raise ParameterError(f"{key}={each}: allowed is a number")
    people = scenarios.build(scenarios.assembled(read_town(), town)).population.n_people
    whole(people, "population.n_people", FEWEST, MOST_PEOPLE)
    return town


def policies_of(value: Any, start: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Return policies as phases, those that do not say when from `start` on; raises ParameterError for what is not."""
    if not isinstance(value, Mapping):
        raise ParameterError(f"policies={scenarios.shown(value)}: allowed is a mapping of names")
    found = {}
    for name, given in value.items():
        listed = given if isinstance(given, list) else [given]
        phases = [{} if is_on(each) else each for each in listed if not is_off(each)]
        phases = [{"start_week": start, **each} if isinstance(each, Mapping) else each for each in phases]
        scenarios.build_policies({name: phases})
        if phases:
            found[str(name)] = [typed(str(name), each) for each in phases]
    return found


def typed(name: str, phase: Mapping[str, Any]) -> dict[str, Any]:
    """Return a phase with its values of the types that they stand for; raises ParameterError."""
    policy = scenarios.build_policies({name: phase})[0]
    return {str(key): _plain(getattr(policy, str(key))) for key in phase}


def _plain(value: Any) -> Any:
    return [list(each) for each in value] if isinstance(value, tuple) else value


def lesson_of(value: Any) -> str | None:
    """Return the name of a lesson, or none; raises ParameterError."""
    return None if value is None else one_of(value, "lesson", [path.stem for path in lesson_files()])


def lesson_files() -> list[Path]:
    """Return the files of all lessons, those of `own_folders` last."""
    return [path for folder in (LESSONS, *own_folders) for path in sorted(folder.glob("*.yaml"))]


def word_of(value: Any) -> str | None:
    """Return a short word, or none; raises ParameterError."""
    if value is not None and (not isinstance(value, str) or len(value) > 20):
        raise ParameterError(f"answer={scenarios.shown(value)}: allowed is a word")
    return value


CHECKS: Mapping[str, Callable[[Any, Setup], Any]] = {
    "scenario": lambda value, _: one_of(value, "scenario", list(scenarios.options("scenario", config_dirs))),
    "seed": lambda value, _: whole(value, "seed", 0, 2**32 - 1),
    "weeks": lambda value, _: whole(value, "weeks", SHORTEST, LONGEST),
    "week": lambda value, setup: whole(value, "week", 0, setup.weeks),
    "town": lambda value, _: town_of(value),
    "policies": lambda value, _: policies_of(value),
    "both": lambda value, _: policies_of(value),
    "lesson": lambda value, _: lesson_of(value),
    "screen": lambda value, _: whole(value, "screen", 0, 100),
    "answer": lambda value, _: word_of(value),
    "language": lambda value, _: one_of(value, "language", LANGUAGES),
}
"""How each field of a link is checked, in this order."""


# for the command line -------------------------------------------------------------------------


def to_yaml(setup: Setup) -> str:
    """Return your world as a scenario file for the command line, with how to run it."""
    content: dict[str, Any] = {
        "label": {"en": "From the students' page", "zh": "来自学生页面"},
        "description": {"en": "a town set up on the students' page", "zh": "在学生页面上设置的小镇"},
        **scenarios.departures(setup.parameters(is_yours=True)),
    }
    head = (
        "# @package _global_\n"
        "# Save it as FOLDER/scenario/my_town.yaml and run\n"
        f"#   weishang run --config-dir FOLDER scenario=my_town seed={setup.seed} weeks={setup.weeks} replications=1\n"
    )
    return head + str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
