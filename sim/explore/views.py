"""What each part of the page shows, as plain values; the browser computes nothing but places and colours."""

import math
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from sim.explore.cast import HONEST, brand_name, person_name, roles
from sim.explore.charts import Smoothed
from sim.explore.frames import SMOOTH, map_of, people_of
from sim.explore.lesson import catalogue
from sim.explore.lesson_view import lesson_view
from sim.explore.same import Reason, why_same
from sim.explore.session import Session
from sim.explore.setup import Phases, Setup, joined
from sim.explore.sliders import field_view, slider
from sim.explore.timeline import now_in_force
from sim.explore.words import View, as_read, controls, decimals_of, heading, named, percent, say
from sim.network import Network
from sim.parameters import START_DATE
from sim.report.words import capital

LONG_UNIT = 6
"""Letters of a unit above which it is named once a row."""

STRIP = ("price.resale", "trust.resale", "satisfaction.resale", "share_fakes.resale", "share.resale", "n_shops")


@lru_cache(maxsize=64)
def _map(network_of: "Keyed", n_brands: int, language: str) -> View:
    network, seed = network_of.network, network_of.seed
    return {
        **_places(network_of),
        "key": f"{seed}.{network.n_people}.{network.n_friendships}",
        "names": [person_name(key, language) for key in range(network.n_people)],
        "brands": [brand_name(number, language) for number in range(n_brands)],
        "letters": [chr(ord("A") + number % 26) for number in range(n_brands)],
    }


@lru_cache(maxsize=64)
def _places(network_of: "Keyed") -> View:
    return map_of(network_of.network, network_of.seed)


class Keyed:
    """A friend graph that is the same for the same seed, size and number of friendships."""

    def __init__(self, network: Network, seed: int) -> None:
        """Take a graph and the seed that it was drawn from."""
        self.network, self.seed = network, seed
        self._key = (seed, network.n_people, network.n_friendships, network.neighbours[:200].tobytes())

    def __hash__(self) -> int:
        """Return a hash of what tells graphs apart."""
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        """Tell whether two are of the same graph."""
        return isinstance(other, Keyed) and self._key == other._key


def town(session: Session) -> View:
    """Return what does not change while a town lives: places, friendships, names."""
    market = session.yours.market
    keyed = Keyed(market.network, session.setup.seed)
    return _map(keyed, market.brands.quality.size, session.setup.language)


def when(session: Session) -> str:
    """Return the week in words."""
    setup = session.setup
    date = START_DATE + timedelta(weeks=setup.week)
    return say("when", setup.language, week=setup.week, weeks=setup.weeks, date=date.isoformat())


def frame(session: Session) -> View:
    """Return what the maps show."""
    setup, language = session.setup, session.setup.language
    yours, twin = people_of(session.yours), people_of(session.twin)
    bought = yours["bought"][2::3]
    market = session.yours.market
    numbers = {"people": market.n_people, "shops": len(yours["tree"]) // 4, "week": setup.week}
    numbers |= {"bought": len(bought), "sad": len(bought) - sum(bought)}
    trust = percent(float(np.mean(yours["trust"])) / 100, language)
    sentence = say("map", language, trust=trust, **numbers)
    return {
        "week": setup.week, "weeks": setup.weeks, "when": when(session), "playing": session.playing,
        "yours": yours, "twin": twin, "sentence": sentence, "in_lesson": session.lesson is not None,
        "badge": say("badge", language, seed=setup.seed),
    }  # fmt: skip


# the timeline ---------------------------------------------------------------------------------


def line(session: Session) -> View:
    """Return the timeline, and why there is no difference if there is none."""
    setup, language = session.setup, session.setup.language
    years = range(START_DATE.year, START_DATE.year + setup.weeks // 52 + 1)
    ticks: list[View] = [{"week": 52 * n, "label": say("year", language, year=year)} for n, year in enumerate(years)]
    rows = [_row(session, name, phases, fixed=True) for name, phases in until_own(setup).items()]
    rows += [_row(session, name, phases, fixed=False) for name, phases in setup.policies.items()]
    reason = why_same(session.yours, session.twin)
    return {
        "week": setup.week, "weeks": setup.weeks, "when": when(session), "rows": rows,
        "ticks": [each for each in ticks if each["week"] <= setup.weeks],
        "branches": [_branch(session, number) for number in range(len(session.branches))],
        "may_branch": session.lesson is None,
        "same": "" if reason is None else _reason(reason, language),
    }  # fmt: skip


def _row(session: Session, name: str, phases: Any, *, fixed: bool) -> View:
    setup, language = session.setup, session.setup.language
    label, shown = capital(named(language).of("policies", name)), []
    for phase in phases:
        start, end = int(phase["start_week"]), phase.get("end_week")
        until = say("the_end", language) if end is None else say("week", language, n=end)
        shown.append(
            {
                "start": min(start, setup.weeks - 1),
                "end": setup.weeks if end is None else min(int(end), setup.weeks),
                "gaps": _gaps(phase, setup.weeks),
                "title": say("phase", language, policy=label, start=start, end=until),
            }
        )
    return {"policy": name, "label": label, "phases": shown, "fixed": fixed}


def until_own(setup: Setup) -> Phases:
    """Return the policies of both towns as far as they hold in yours."""
    whole = joined(setup.both, setup.policies)
    return {name: [each for each in whole[name] if each not in setup.policies.get(name, ())] for name in setup.both}


def _gaps(phase: Any, weeks: int) -> list[list[int]]:
    """Return from when to when a phase rests by its schedule."""
    schedule = [[int(week), x] for week, x in phase.get("schedule", ())]
    ends = [week for week, _ in schedule[1:]] + [phase.get("end_week") or weeks] * bool(schedule)
    return [[week, min(end, weeks)] for (week, x), end in zip(schedule, ends, strict=True) if x == 0 and week < weeks]


def _branch(session: Session, number: int) -> str:
    language, branch = session.setup.language, session.branches[number]
    names = [named(language).of("policies", name) for name in branch.policies]
    what = named(language).listed(names) if names else say("nothing", language)
    return say("branch", language, n=number + 1, what=what)


def strip(session: Session, series: tuple[Smoothed, Smoothed]) -> View:
    """Return the latest levels of both worlds and their differences."""
    language, lesson = session.setup.language, session.lesson
    if lesson is None:
        heads = {name: say(f"strip_{name.replace('.', '_')}", language) for name in STRIP}
        values: Mapping[str, tuple[float | None, float | None]] = {
            name: (series[0].last(name), series[1].last(name)) for name in STRIP
        }
        head = say("strip_head", language, n=SMOOTH)
    else:
        names = dict.fromkeys([lesson.look.measure, *lesson.rows])
        heads = {name: heading(name, language) for name in names}
        values = session.levels(names)
        first, last = session.span()
        head = capital(say("strip_span", language, first=first, last=last))
    rows = [_strip_row(name, heads[name], *values[name], language) for name in heads]
    before = lesson is not None and lesson.look.against == "before"
    return {
        "head": head,
        "rows": rows,
        "is_lesson": lesson is not None,
        "other": say("strip_before" if before else "strip_twin", language),
    }


def _strip_row(name: str, head: str, mine: float | None, other: float | None, language: str) -> View:
    words, none, decimals = named(language), say("none", language), decimals_of(name, language)
    unit = words.unit(name).name
    is_long = len(unit) > LONG_UNIT
    row = {"name": f"{head}, {unit}" if is_long else head, "yours": none, "twin": none, "difference": none}
    if mine is None or other is None or math.isnan(mine - other):
        return row
    shown = [as_read(name, each, language) for each in (mine, other)]
    difference = shown[0] - shown[1]  # of what is read
    if is_long:
        return row | {"yours": f"{shown[0]:.0f}", "twin": f"{shown[1]:.0f}", "difference": f"{difference:+.0f}"}
    row["yours"], row["twin"] = (words.level(name, each, decimals) for each in shown)
    return row | {"difference": words.difference(name, difference, decimals)}


def _reason(reason: Reason, language: str) -> str:
    values = dict(reason.values)
    if "policy" in values:
        values["policy"] = named(language).of("policies", values["policy"])
    return say(reason.key, language, **values)


# the panel ------------------------------------------------------------------------------------


def panel(session: Session) -> View:
    """Return the lesson at hand, or the sandbox's rules, people and payoffs."""
    if session.lesson is not None:
        return {"lesson": lesson_view(session)}
    language, parts = session.setup.language, controls()
    groups = []
    for key, group in parts["groups"].items():
        policies = [policy_card(session, name) for name in group["policies"]]
        n_on = sum(each["on"] for each in policies)
        groups.append({"key": key, "label": group["label"][language], "policies": policies, "on": n_on})
    return {
        "lesson": None,
        "first": next(iter(catalogue())),
        "groups": groups,
        "town": {key: _town(session, key) for key in parts["town"]},
    }


def policy_card(session: Session, name: str) -> View:
    """Return a policy as it is set and whether it is in force."""
    setup, language = session.setup, session.setup.language
    entry = controls()["policies"][name]
    number = now_in_force(setup.policies, name, setup.week)
    fields = dict(setup.policies[name][number]) if number is not None else session.fields.get(name, {})
    return {
        "name": name,
        "label": capital(named(language).of("policies", name)),
        "what": entry["what"][language],
        "real": entry["real"][language],
        "on": number is not None,
        "fields": [field_view(name, field, fields, language) for field in entry["fields"]],
    }


def _town(session: Session, key: str) -> list[View]:
    language, found = session.setup.language, []
    for name, entry in controls()["town"][key]["fields"].items():
        group, _, field = name.partition(".")
        value = getattr(getattr(session.twin.parameters, group), field)
        found.append(slider(name, entry, value, language))
    return found


# people ---------------------------------------------------------------------------------------


def people_list(session: Session) -> list[View]:
    """Return everyone's name, shopkeepers first."""
    language, role = session.setup.language, roles(session.yours.market.state)
    groups = (("owners", np.flatnonzero(role >= HONEST)), ("others", np.flatnonzero(role < HONEST)))
    return [
        {"label": say(key, language), "list": [[int(row), person_name(int(row), language)] for row in rows]}
        for key, rows in groups
    ]
