"""Beside the maps: the differences of now, twenty more towns, and the card of a person, in words."""

import math
from statistics import median

from sim.explore.cards import card
from sim.explore.cast import brand_name, person_name
from sim.explore.charts import Smoothed
from sim.explore.lesson import compared
from sim.explore.session import Session
from sim.explore.views import STRIP, people_list, strip
from sim.explore.words import View, decimals_of, front_words, heading, named, percent, say, seller_name

ASKED = (*STRIP, "consumer_surplus", "welfare", "share_shops_lost", "share_deceived.resale")
"""Measures that twenty more towns can be asked about in the sandbox."""


def side(session: Session, series: tuple[Smoothed, Smoothed]) -> View:
    """Return all three."""
    person = session.person
    return {
        "strip": strip(session, series),
        "towns": towns(session),
        "person": person,
        "people": people_list(session),
        "card": None if person is None else person_card(session, person),
    }


def towns(session: Session) -> View:
    """Return the differences of other towns so far, and what they say."""
    language, run = session.setup.language, session.towns
    words = named(language)
    locked = session.lesson is not None and session.setup.answer is None
    measures = [] if session.lesson else [{"key": name, "label": heading(name, language)} for name in ASKED]
    view: View = {
        "locked": locked,
        "measures": measures,
        "running": False,
        "dots": [],
        "sentence": "",
        "low": "",
        "high": "",
    }
    if run is None:
        return view
    found = [difference for _, difference in list(run.found) if not math.isnan(difference)]
    view["running"] = run.is_running
    if not found:
        view["sentence"] = say("towns_wait" if run.is_waiting else "towns_none", language) if run.is_running else ""
        return view
    name, small = run.look.measure, run.look.small
    up, down = sum(each > small for each in found), sum(each < -small for each in found)
    equal = len(found) - up - down
    decimals = decimals_of(name, language)
    view["sentence"] = say(
        "towns_say", language, measure=heading(name, language), n=len(found), up=up, down=down,
        same=say("towns_same", language, n=equal) if equal else "",
        middle=words.difference(name, median(found), decimals),
    )  # fmt: skip
    view["dots"] = [[each, False] for each in found]
    own = own_difference(session)
    if own is not None:
        view["dots"].append([own, True])
        view["sentence"] += " " + say("towns_own", language)
    low, high = min(0.0, *(dot[0] for dot in view["dots"])), max(0.0, *(dot[0] for dot in view["dots"]))
    view |= {"low": words.difference(name, low, decimals), "high": words.difference(name, high, decimals)}
    return view


def own_difference(session: Session) -> float | None:
    """Return the same difference in this town, if it was lived as far."""
    run = session.towns
    if run is None or session.setup.week < run.weeks:
        return None
    yours, twin = (world.record_until(run.weeks) for world in (session.yours, session.twin))
    mine, other = compared(run.look, yours, twin, run.start)
    difference = mine - other
    return None if math.isnan(difference) else difference


# the card -------------------------------------------------------------------------------------


def person_card(session: Session, person: int) -> View:
    """Return what is told of a person, part by part."""
    language, known = session.setup.language, card(session.yours, person)
    return {
        "name": person_name(person, language),
        "role": front_words(language)["roles"][known["role"]],
        "parts": [_who(known, language), _shop(known, language), _bought(known, language), _follows(known, language)],
    }


def _part(head: str, lines: list[str], table: View | None = None) -> View:
    return {"head": head, "lines": lines, "table": table}


def _who(known: View, language: str) -> View:
    trust = {venue: percent(value, language) for venue, value in known["trust"].items()}
    numbers = {key: known[key] for key in ("friends", "money", "spent")}
    yearly = known["needs"]
    numbers["needs"] = say("needs_seldom" if yearly < 1 else "needs_often", language, n=_times(yearly))
    places = {key: trust[key] for key in ("direct", "bazaar", "mall")}
    lines = [
        say("who", language, **numbers),
        say("naive" if known["naive"] else "wary", language),
        say("trusts", language, resale=trust["resale_wechat"], **places),
    ]
    return _part(say("who_head", language), lines)


def _times(yearly: float) -> int:
    """Return how many times a year, or once in how many years."""
    return round(yearly) if yearly >= 1 else round(1 / max(yearly, 0.01))


def _shop(known: View, language: str) -> View:
    shop, lines = known["shop"], []
    if shop is None:
        return _part(say("shop_head", language), [say("no_shop", language)])
    brand = brand_name(shop["brand"], language)
    upline = brand if shop["upline"] is None else person_name(shop["upline"], language)
    if shop["upline"] is None and shop["tier"] > 1:
        upline = say("upline_gone", language, brand=brand)
    values = {**shop, "brand": brand, "upline": upline}
    lines.append(say("shop_open" if shop["open"] else "shop_closed", language, **values))
    values["fakes"] = say("shop_fakes", language) if shop["fakes"] else ""
    lines.append(say("shop_goods", language, **values))
    lines.append(say("shop_money", language, **values))
    if shop["strikes"]:
        lines.append(say("shop_strikes", language, n=shop["strikes"]))
    if shop["rival"]:
        lines.append(say("shop_rival", language))
    return _part(say("shop_head", language), lines)


def _follows(known: View, language: str) -> View:
    lines = [
        say(
            "follow",
            language,
            name=person_name(each["owner"], language),
            price=each["price"],
            friend=say("is_friend", language) if each["friend"] else "",
            likes=say("has_likes", language, n=each["likes"]) if each["likes"] else "",
            fakes=say("sells_fakes", language) if each["fakes"] else "",
        )
        for each in known["follows"]
    ]
    return _part(say("follows_head", language), lines or [say("follows_none", language)])


def _bought(known: View, language: str) -> View:
    last, head = known["last"], say("bought_head", language)
    if last is None:
        return _part(head, [say("bought_none", language)])
    mood = "sad" if not last["satisfied"] else "content"
    lines = [
        say(
            "bought",
            language,
            week=last["week"],
            seller=seller_name(last["seller"], last["brand"], last["venue"], last["friend"], language),
            price=last["price"],
            kind=say("genuine" if last["genuine"] else "fake", language),
            content=say("refunded" if last["refunded"] else mood, language),
        )
    ]
    offers = last["offers"]
    if not offers:
        return _part(head, lines)
    best = max(offers, key=lambda each: each["worth"])
    taken = next((each for each in offers if each["taken"]), None)
    if taken is not None:
        lines.append(say("why_best" if taken["worth"] >= best["worth"] else "why_mood", language))
    table = {
        "head": [say(key, language) for key in ("offer", "offer_price", "offer_belief", "offer_worth", "offer_truth")],
        "rows": [
            {
                "taken": each["taken"],
                "cells": [
                    seller_name(each["owner"], each["brand"], each["venue"], each["friend"], language),
                    each["price"],
                    percent(each["belief"], language),
                    each["worth"],
                    each["true_worth"],
                ],
            }
            for each in sorted(offers, key=lambda each: -each["worth"])
        ],
    }  # fmt: skip
    return _part(head, lines, table)
