"""The page: Solara carries the views of a session to the browser and its wishes back; one session a tab."""

import json
from collections.abc import Callable
from typing import Any

import solara

from sim.explore import views
from sim.explore.charts import both, charts
from sim.explore.lesson import catalogue
from sim.explore.lesson_view import guide
from sim.explore.seats import begun, seat
from sim.explore.session import Session
from sim.explore.side import side
from sim.explore.words import front_words, say
from sim.scenario import LANGUAGES

Act = Callable[[Any], None]


@solara.component_vue("front/shell.vue")
def Shell(shell_json: str, words_json: str, event_act: Act):  # type: ignore[no-untyped-def]  # noqa: N802
    """Show the head: lessons, town, sharing, help; keep the address and the keys."""


@solara.component_vue("front/stage.vue")
def Stage(frame_json: str, town_json: str, words_json: str, person: int | None, event_act: Act):  # type: ignore[no-untyped-def]  # noqa: N802
    """Show both towns, and how to play and step."""


@solara.component_vue("front/timeline.vue")
def Timeline(line_json: str, words_json: str, event_act: Act):  # type: ignore[no-untyped-def]  # noqa: N802
    """Show the policies in time, and the differences of now."""


@solara.component_vue("front/charts.vue")
def Charts(charts_json: str, words_json: str):  # type: ignore[no-untyped-def]  # noqa: N802
    """Show the charts."""


@solara.component_vue("front/panel.vue")
def Panel(panel_json: str, words_json: str, event_act: Act):  # type: ignore[no-untyped-def]  # noqa: N802
    """Show the lesson, or the rules of the sandbox."""


@solara.component_vue("front/side.vue")
def Side(side_json: str, words_json: str, event_act: Act):  # type: ignore[no-untyped-def]  # noqa: N802
    """Show twenty more towns and the card of a person."""


def shell(session: Session, *, ready: bool) -> dict[str, Any]:
    """Return what the head shows and what the address and the browser's memory hold."""
    setup, lesson = session.setup, session.lesson
    language = setup.language
    title = say("page_title", language)
    lessons = [
        {"name": name, "number": number + 1, "title": each.title[language], "done": name in session.finished}
        for number, (name, each) in enumerate(catalogue().items())
    ]
    return {
        "lesson": setup.lesson, "lessons": lessons, "seed": setup.seed, "week": setup.week, "weeks": setup.weeks,
        "playing": session.playing, "language": language, "notes": list(session.notes), "finished": session.finished,
        "page_title": say("title_lesson", language, title=lesson.title[language]) if lesson else title,
        "link": session.link, "step": session.step,
        "file": session.file, "qr": session.qr, "guide": guide(session),
        "show_guide": session.guide_asked, "ready": ready,
    }  # fmt: skip


@solara.component
def Layout(children: list[solara.Element]):  # type: ignore[no-untyped-def]  # noqa: N802
    """Leave Solara's own frame away."""
    return solara.Div(children=children)


@solara.component
def Page():  # type: ignore[no-untyped-def]  # noqa: N802
    """Show one tab: its session, drawn anew whenever something changed."""
    drawn, set_drawn = solara.use_state(0)
    count = solara.use_ref(0)

    def again() -> None:
        count.current += 1
        set_drawn(count.current)

    taken = solara.use_memo(seat, [])
    solara.use_effect(lambda: taken.leave, [])
    if not taken.is_mine:
        for language in LANGUAGES:
            again_link = solara.v.Html(tag="a", children=[say("retry", language)], attributes={"href": ""})
            text = say("full", language, n=taken.limit)
            solara.Div(children=[text, " ", again_link], classes=["ws-full"], style={"padding": "24px"})
        return
    session = solara.use_memo(lambda: Session(begun(), again), [])
    act = session.act
    with session.lock:
        parts = parts_of(session, ready=drawn > 0)
        words = parts["words"]
        Shell(shell_json=parts["shell"], words_json=words, event_act=act)
        with solara.Div(classes=["ws-grid"]):
            with solara.Div(classes=["ws-left", "ws-in-lesson" if session.lesson else "ws-in-sandbox"]):
                Panel(panel_json=parts["panel"], words_json=words, event_act=act)
            with solara.v.Html(tag="main", class_="ws-main", attributes={"id": "ws-main"}):
                frame, town = parts["frame"], parts["town"]
                Stage(frame_json=frame, town_json=town, words_json=words, person=session.person, event_act=act)
                Timeline(line_json=parts["line"], words_json=words, event_act=act)
                Charts(charts_json=parts["charts"], words_json=words)
            with solara.Div(classes=["ws-right-column"]):
                Side(side_json=parts["side"], words_json=words, event_act=act)


def parts_of(session: Session, *, ready: bool) -> dict[str, str]:
    """Return what each part of the page shows now."""
    series = both(session)
    return {
        "words": packed(front_words(session.setup.language)),
        "shell": packed(shell(session, ready=ready)),
        "panel": packed(views.panel(session)),
        "frame": packed(views.frame(session)),
        "town": packed(views.town(session)),
        "line": packed(views.line(session)),
        "charts": packed(charts(session, series)),
        "side": packed(side(session, series)),
    }


def packed(view: Any) -> str:
    """Return a view as the JSON in which it travels: Solara would search and compare mappings deeply."""
    return json.dumps(view, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
