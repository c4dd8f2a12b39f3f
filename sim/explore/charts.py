"""The four charts: yours solid, the twin dashed, theory dotted."""

from dataclasses import dataclass
from typing import Any

from sim.explore.frames import SMOOTH, chain_prices, settling_trust, smoothed
from sim.explore.session import Session
from sim.explore.words import percent, place_name, say

Line = dict[str, Any]

CHANNEL_COLOURS = {"resale": "#d95f02", "direct": "#1b6ca8", "bazaar": "#6a994e", "mall": "#7b4ea3"}
FAKE, SATISFIED, TRUST, SHOPS, LOST, THEORY = "#8e1b00", "#2e7d32", "#542788", "#37474f", "#8e1b00", "#555555"
KINDS = ("prices", "trust", "shares", "shops")
"""Charts of the sandbox; lessons may show others."""

SHARES = ("trust", "shares", "rival")
"""Charts of shares."""


@dataclass(frozen=True)
class Smoothed:
    """The series of a world."""

    series: dict[str, list[float | None]]

    def last(self, name: str) -> float | None:
        """Return the latest value, None if there is none."""
        return self.series[name][-1] if self.series[name] else None


def both(session: Session) -> tuple[Smoothed, Smoothed]:
    """Return the series of your world and of its twin."""
    return Smoothed(smoothed(session.yours)), Smoothed(smoothed(session.twin))


def charts(session: Session, series: tuple[Smoothed, Smoothed]) -> dict[str, Any]:
    """Return the charts that are shown: all, or those of the lesson."""
    setup, language = session.setup, session.setup.language
    kinds = session.lesson.charts if session.lesson is not None else KINDS
    bands = [
        [phase["start_week"], min(phase.get("end_week") or setup.weeks, setup.weeks)]
        for phases in setup.policies.values()
        for phase in phases
        if phase["start_week"] < setup.weeks
    ]
    return {
        "weeks": setup.weeks,
        "playing": session.playing,
        "x_title": say("x_title", language),
        "list": [_chart(kind, session, series, bands) for kind in kinds],
    }


def _chart(kind: str, session: Session, series: tuple[Smoothed, Smoothed], bands: Any) -> dict[str, Any]:
    language, setup = session.setup.language, session.setup
    measures = MEASURES[kind]
    lines, parts = [], []
    for name, (label, colour) in measures.items():
        text = say(label, language) if label else place_name(name.partition(".")[2], language)
        for side, world in zip(("twin", "yours"), reversed(series), strict=True):
            lines.append(_line(text, _scaled(name, world.series[name]), colour, side, legend=side == "yours"))
        mine, other = series[0].last(name), series[1].last(name)
        if mine is not None and other is not None:
            shown = [_read(kind, name, each, language) for each in (mine, other)]
            parts.append(say("now", language, what=text, yours=shown[0], twin=shown[1]))
    lines += _theory(kind, session, series[0], language)
    title = say(kind, language)
    joined = ("；" if language == "zh" else "; ").join(parts)
    return {
        "key": kind, "title": title, "unit": say(f"unit_{kind}", language), "lines": lines, "bands": bands,
        "zero": kind != "prices", "format": ".0%" if kind in SHARES else "",
        "file": f"weishang_{kind}_{setup.seed}",
        "sentence": say("chart_sentence", language, title=title, parts=joined, n=SMOOTH),
    }  # fmt: skip


MEASURES: dict[str, dict[str, tuple[str, str]]] = {
    "prices": {f"price.{name}": ("", colour) for name, colour in CHANNEL_COLOURS.items()},
    "trust": {
        "trust.resale": ("line_trust", TRUST),
        "satisfaction.resale": ("line_satisfaction", SATISFIED),
        "share_fakes.resale": ("line_fakes", FAKE),
    },
    "shares": {f"share.{name}": ("", colour) for name, colour in CHANNEL_COLOURS.items()},
    "rival": {"trust.resale": ("line_wechat", TRUST), "trust.resale_rival": ("line_rival", CHANNEL_COLOURS["resale"])},
    "shops": {"n_shops": ("line_shops", SHOPS), "share_shops_lost": ("line_lost", LOST)},
}
"""Chart -> measure -> word (none: the channel's name) and colour."""


def _read(kind: str, name: str, value: float, language: str) -> str:
    if kind in SHARES or name == "share_shops_lost":
        return percent(value, language)
    return f"{value:.0f}"


def _line(name: str, values: list[float | None], colour: str, kind: str, *, legend: bool) -> Line:
    return {"name": name, "y": values, "colour": colour, "kind": kind, "legend": legend, "group": name}


def _scaled(measure: str, values: list[float | None]) -> list[float | None]:
    """Return what is drawn of a measure: the share of shops that lost in per cent, beside the number of shops."""
    if measure != "share_shops_lost":
        return values
    return [None if each is None else round(100 * each, 1) for each in values]


def _theory(kind: str, session: Session, mine: Smoothed, language: str) -> list[Line]:
    """Return lines of theory: where trust settles at the satisfaction of now; prices by the arithmetic of the chain."""
    weeks, world = session.setup.weeks, session.yours
    if kind == "trust":
        level = settling_trust(world.parameters, mine.last("satisfaction.resale"))
        return [] if level is None else [_flat(say("line_settles", language), level, weeks)]
    if kind == "prices":
        return [_flat(say(f"line_tier_{n}", language), each, weeks) for n, each in enumerate(chain_prices(world), 1)]
    return []


def _flat(name: str, level: float, weeks: int) -> Line:
    return {
        "name": name, "x": [0, weeks], "y": [round(level, 4)] * 2, "colour": THEORY, "kind": "theory", "legend": True,
        "group": name,
    }  # fmt: skip
