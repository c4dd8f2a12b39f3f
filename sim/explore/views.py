"""What each part of the page shows, as plain values; the browser computes nothing but places and colours."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from sim.explore.cast import HONEST, brand_name, person_name, roles
from sim.explore.charts import Smoothed
from sim.explore.frames import SMOOTH, map_of, people_of
from sim.explore.lesson_view import lesson_view
from sim.explore.same import Reason, why_same
from sim.explore.session import Session
from sim.explore.sliders import field_view, slider
from sim.explore.timeline import now_in_force
from sim.explore.words import View, capital, controls, decimals_of, named, say
from sim.network import Network
from sim.parameters import START_DATE

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
    sentence = say(
        "map", language, people=market.n_people, shops=len(yours["tree"]) // 4, week=setup.week,
        trust=f"{np.mean(yours['trust']):.0f} %", bought=len(bought), sad=len(bought) - sum(bought),
    )  # fmt: skip
    return {
        "week": setup.week, "weeks": setup.weeks, "when": when(session), "playing": session.playing,
        "yours": yours, "twin": twin, "sentence": sentence, "badge": say("badge", language, seed=setup.seed),
    }  # fmt: skip


# the timeline ---------------------------------------------------------------------------------


def line(session: Session) -> View:
    """Return the timeline, and why there is no difference if there is none."""
    setup, language = session.setup, session.setup.language
    years = range(START_DATE.year, START_DATE.year + setup.weeks // 52 + 1)
    ticks: list[View] = [{"week": 52 * n, "label": say("year", language, year=year)} for n, year in enumerate(years)]
    rows = [_row(session, name, phases, fixed=True) for name, phases in setup.both.items()]
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
                "title": say("phase", language, policy=label, start=start, end=until),
            }
        )
    return {"policy": name, "label": label, "phases": shown, "fixed": fixed}


def _branch(session: Session, number: int) -> str:
    language, branch = session.setup.language, session.branches[number]
    names = [named(language).of("policies", name) for name in branch.policies]
    what = named(language).listed(names) if names else say("nothing", language)
    return say("branch", language, n=number + 1, what=what)


def strip(session: Session, series: tuple[Smoothed, Smoothed]) -> View:
    """Return the latest levels of both worlds and their differences."""
    language = session.setup.language
    words, rows = named(language), []
    for name in STRIP:
        mine, other = (each.last(name) for each in series)
        decimals = decimals_of(name, language)
        difference = None if mine is None or other is None else mine - other
        none = say("none", language)
        rows.append(
            {
                "name": say(f"strip_{name.replace('.', '_')}", language),
                "yours": none if mine is None else words.level(name, mine, decimals),
                "twin": none if other is None else words.level(name, other, decimals),
                "difference": none if difference is None else words.difference(name, difference, decimals),
                "sign": "" if not difference else "up" if difference > 0 else "down",
            }
        )
    return {"head": say("strip_head", language, n=SMOOTH), "rows": rows}


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
    return {"lesson": None, "groups": groups, "town": {key: _town(session, key) for key in parts["town"]}}


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
