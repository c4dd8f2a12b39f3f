"""What a lesson shows on each of its screens, and the teacher's guide."""

import math
from typing import Any

from sim.explore.cast import person_name
from sim.explore.lesson import Claim, Lesson, catalogue
from sim.explore.moves import Buyer, Option, Seller
from sim.explore.session import Session
from sim.explore.sliders import slider
from sim.explore.words import View, as_read, controls, decimals_of, heading, named, percent, say, seller_name
from sim.scenario import declared_at

LIKELY = 0.5
"""Chance above which contentment is no luck."""


def lesson_view(session: Session) -> View:
    """Return the screen of the lesson at hand."""
    lesson, setup = session.lesson, session.setup
    assert lesson is not None
    language, kinds = setup.language, lesson.screens
    kind = kinds[setup.screen]
    view: View = {
        "kind": kind, "title": lesson.title[language], "cast": lesson.cast, "steps": len(kinds), "step": setup.screen,
        "step_text": say("step", language, n=setup.screen + 1, all=len(kinds)), "weeks": setup.weeks,
        "texts": texts(lesson, setup.screen, language), "may_next": kind not in ("bet", "try"),
        "question": lesson.question[language], "said": "", "reply": "", "happened": "", "running": "",
        "answers": [
            {"key": key, "text": text[language], "chosen": key == setup.answer} for key, text in lesson.answers.items()
        ],
    }  # fmt: skip
    if kind == "move":
        view |= {"move": move_view(session), "may_next": True}
    if kind == "bet":
        view["may_next"] = setup.answer is not None
    if kind == "see":
        view |= seen(session, lesson)
        view["may_next"] = bool(view["reply"])
    if kind == "try":
        view |= {"control": control(session, lesson), "idea": lesson.idea[language], "policy": lesson.control.policy}
        view["happened"] = happened(session, lesson)
        view["following"] = following(lesson)
    return view


def texts(lesson: Lesson, screen: int, language: str) -> list[str]:
    """Return what is read on a screen, but for bets and replies."""
    kind = lesson.screens[screen]
    if kind == "intro":
        return [lesson.intro[screen - lesson.screens.index("intro")][language]]
    if kind == "why":
        return [lesson.why[screen - lesson.screens.index("why")][language]]
    return [lesson.free_play[language]] if kind == "try" else []


def move_view(session: Session) -> View:
    """Return the first move: who one is, what can be picked, and after the pick what is true."""
    language, move, picked = session.setup.language, session.first_move, session.picked
    if isinstance(move, Buyer):
        name = person_name(move.person, language)
        view: View = {"text": say("move_buyer", language, name=name, week=session.setup.week)}
        view["options"] = [_option(each, language, told=picked is not None) for each in move.options]
        if picked is not None and picked < len(move.options):
            one = move.options[picked]
            key = "move_fake" if one.is_fake else "move_genuine"
            view["told"] = [
                say(key, language, chance=percent(one.true_chance, language)),
                say(_luck(one), language),
                say("move_same" if one.was_taken else "move_other", language, name=name, other=_taken(move, language)),
            ]
    elif isinstance(move, Seller):
        view = {"text": _seller_text(move, language)}
        view["options"] = [{"text": say(key, language), "more": ""} for key in ("move_lot_genuine", "move_lot_fake")]
        if picked is not None:
            numbers = {
                "extra": _about(move.extra_a_month),
                "quality": percent(move.quality, language),
                "fake_quality": percent(move.fake_quality, language),
                "n": move.n_shops,
                "fakes": move.n_with_fakes,
            }
            view["told"] = [say(key, language, **numbers) for key in (f"move_lot_told_{picked}", "move_lot_all")]
    else:
        view = {"text": say("move_none", language), "options": []}
    return {"told": [], "picked": picked, **view}


def _luck(one: Option) -> str:
    if one.satisfies:
        return "move_glad" if one.true_chance > LIKELY else "move_lucky"
    return "move_unlucky" if one.true_chance > LIKELY else "move_sad"


def _taken(move: Buyer, language: str) -> str:
    for one in move.options:
        if one.was_taken:
            return seller_name(one.owner, one.brand, one.venue, one.is_friend, language)
    return say("move_nothing", language)


def _about(amount: float) -> str:
    """Return an amount as one says it: two figures.

    >>> _about(2491), _about(87)
    ('2500', '87')
    """
    return f"{float(f'{amount:.2g}'):.0f}"


def _seller_text(move: Seller, language: str) -> str:
    return say(
        "move_seller", language, name=person_name(move.person, language), cost=move.cost, price=move.price,
        fake_cost=move.fake_cost, sold=f"{move.sold_a_month:.0f}",
    )  # fmt: skip


def _option(one: Option, language: str, *, told: bool) -> View:
    name = seller_name(one.owner, one.brand, one.venue, one.is_friend, language)
    likes = say("has_likes", language, n=one.likes) if one.likes else ""
    more = say("move_belief", language, belief=percent(one.belief, language))
    if told:
        more += say("move_truth", language, chance=percent(one.true_chance, language))
    return {"text": say("move_offer", language, name=name, price=one.price, likes=likes), "more": more}


def seen(session: Session, lesson: Lesson) -> View:
    """Return what was said, what happened in this town, and the reply; while it runs, how far it is."""
    setup, language = session.setup, session.setup.language
    answer = setup.answer or next(iter(lesson.answers))
    said: View = {"said": lesson.answers[answer][language]}
    if setup.week < setup.weeks:
        return said | {"running": say("running", language, week=setup.week, weeks=setup.weeks)}
    result, mine, other = session.judged()
    reply = lesson.replies[answer]["right" if result == answer else "wrong"][language]
    said["was_right"] = result == answer
    return said | {"reply": filled(reply, lesson, mine, other, language), "happened": happened(session, lesson)}


def happened(session: Session, lesson: Lesson) -> str:
    """Return the outcome in this town as a sentence."""
    language = session.setup.language
    result, mine, other = session.judged()
    numbers = spelled(lesson, mine, other, language)
    measure, outcome = heading(lesson.look.measure, language), say(f"{result}_{lesson.look.against}", language)
    first, last = session.span()
    span = say("strip_span", language, first=first, last=last)
    return say(f"happened_{lesson.look.against}", language, measure=measure, outcome=outcome, span=span, **numbers)


def spelled(lesson: Lesson, mine: float, other: float, language: str) -> dict[str, str]:
    """Return the numbers that texts may use, with their units."""
    words, name = named(language), lesson.look.measure
    decimals, none = decimals_of(name, language), say("none", language)
    mine, other = (as_read(name, each, language) for each in (mine, other))
    difference = mine - other  # of what is read
    return {
        "yours": none if math.isnan(mine) else words.level(name, mine, decimals),
        "other": none if math.isnan(other) else words.level(name, other, decimals),
        "difference": none if math.isnan(difference) else words.difference(name, difference, decimals),
    }


def filled(text: str, lesson: Lesson, mine: float, other: float, language: str) -> str:
    """Return a text of a lesson with the numbers of this town in it."""
    for key, value in spelled(lesson, mine, other, language).items():
        text = text.replace("{" + key + "}", value)
    return text


def control(session: Session, lesson: Lesson) -> View:
    """Return the one control of the free play."""
    given, language = lesson.control, session.setup.language
    known = controls()["policies"].get(given.policy, {}).get("fields", {}).get(given.field, {})
    declared = declared_at(f"policies.{given.policy}.{given.field}")
    assert declared is not None
    phases = session.setup.policies.get(given.policy) or [{}]
    now = phases[0].get(given.field, session.fields.get(given.policy, {}).get(given.field, declared.default))
    entry = {
        "values": given.values,
        "unit": known.get("unit", "number"),
        "label": known.get("label", {"en": declared.metadata["meaning"], "zh": declared.metadata["meaning"]}),
    }
    return {**slider(given.field, entry, now, language), "policy": given.policy}


def _claimed(claim: Claim, language: str) -> str:
    what = say(f"{claim.sign}_{claim.look.against}", language)
    measure = heading(claim.look.measure, language)
    return say("guide_claim", language, measure=measure, what=what, n=claim.least)


def following(lesson: Lesson) -> str | None:
    """Return the lesson after this one, None after the last."""
    names = list(catalogue())
    place = names.index(lesson.name) + 1
    return names[place] if place < len(names) else None


def guide(session: Session) -> View | None:
    """Return the teacher's guide of the lesson at hand, none in the sandbox."""
    lesson, language = session.lesson, session.setup.language
    if lesson is None:
        return None
    return {"title": lesson.title[language], "rows": guide_rows(lesson, language)}


def guide_rows(lesson: Lesson, language: str) -> list[tuple[str, Any]]:
    """Return heading and text, or texts, of each part of the guide."""
    given = lesson.guide.get(language, {})
    rows: list[tuple[str, Any]] = [(say("guide_idea", language), lesson.idea[language])]
    for key in ("minutes", "aim", "before", "ask", "watch_out", "further"):
        if given.get(key):
            value = given[key]
            texts = [str(each) for each in value] if isinstance(value, list) else str(value)
            rows.append((say(f"guide_{key}", language), texts))
    rows.append((say("guide_holds", language), [_claimed(each, language) for each in lesson.claims]))
    answers = [each[language] for each in lesson.answers.values()]
    read = [each[language] for each in (*lesson.intro, lesson.question)] + answers + [e[language] for e in lesson.why]
    rows.append((say("guide_screens", language), read))
    return rows
