"""The theory gallery as one page that opens without a network: a figure and the texts of every benchmark."""

import math
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from sim.report.page import COLOURS, whole_page

if TYPE_CHECKING:
    import pandas as pd

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon")
DASHES = ("solid", "dot")
MOST_SERIES = len(COLOURS) * len(DASHES)

TEXTS = ("statement", "formula", "source", "configuration", "statistic", "tolerance")


def gallery_page(benchmarks: "pd.DataFrame", points: "pd.DataFrame", heading: str) -> str:
    """Return the page.

    benchmarks: a row a benchmark with its texts and verdict; points: a row a comparison, as written
    by `weishang verify`
    """
    rows = benchmarks.to_dict("records")
    sections = "\n".join(section(row, points[points.benchmark == row["benchmark"]]) for row in rows)
    return whole_page(
        "Theory gallery",
        f"<p>{escape(heading)} Lines are theory, bars the tolerance around it, marks what the market did.</p>\n"
        f"{contents(rows)}\n{sections}",
    )


def contents(rows: list[dict[Any, Any]]) -> str:
    """Return the table of benchmarks and verdicts."""
    lines = [
        f'<tr><td><a href="#{escape(row["benchmark"])}">{escape(row["title"])}</a></td>'
        f'<td class="{escape(row["verdict"])}">{escape(row["verdict"])}</td><td>{said(row)}</td></tr>'
        for row in rows
    ]
    head = '<tr><th scope="col">benchmark</th><th scope="col">verdict</th><th scope="col">points met</th></tr>'
    return f"<table>{head}{''.join(lines)}</table>"


def said(row: dict[Any, Any]) -> str:
    """Return how many claims are met, e.g. `28 of 28`."""
    return f"{row['n_met']} of {row['n_claims']}" if row["n_claims"] else "nothing claimed"


def section(row: dict[Any, Any], points: "pd.DataFrame") -> str:
    """Return the texts and the figure of one benchmark."""
    texts = "".join(f"<dt>{name}</dt><dd>{escape(row[name])}</dd>" for name in TEXTS)
    drawing = figure(row, points).to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False})
    name, title, verdict = (escape(row[key]) for key in ("benchmark", "title", "verdict"))
    return (
        f'<section id="{name}"><h2>{title}</h2><p class="{verdict}">{verdict}: {said(row)}</p>'
        f"<dl>{texts}</dl>{drawing}</section>"
    )


def figure(row: dict[Any, Any], points: "pd.DataFrame") -> Any:
    """Return the plotly figure of one benchmark: theory lines and tolerances, the market's points."""
    import plotly.graph_objects as go

    drawn = points[points.x.notna() & (points.series != "")]
    names = list(dict.fromkeys(drawn.series))[:MOST_SERIES]
    traces: list[Any] = []
    for number, name in enumerate(names):
        colour, symbol = COLOURS[number % len(COLOURS)], SYMBOLS[number % len(SYMBOLS)]
        of_series = drawn[drawn.series == name]
        if row["draws_paths"]:
            traces += path(of_series, name, colour, DASHES[number // len(COLOURS)])
        else:
            traces += theory_and_market(of_series.sort_values("x"), name, colour, symbol)
    layout = {
        "xaxis_title": row["x_axis"], "yaxis_title": row["y_axis"], "template": "plotly_white", "width": 900,
        "height": 480, "margin": {"l": 60, "r": 20, "t": 20, "b": 50}, "legend": {"font": {"size": 11}},
    }  # fmt: skip
    return go.Figure(traces, layout)


def theory_and_market(points: "pd.DataFrame", name: str, colour: str, symbol: str) -> Iterator[Any]:
    """Yield the theory line with its tolerance, and the market's points."""
    import plotly.graph_objects as go

    theory = points[points.predicted.notna()]
    if len(theory):
        tolerance = (theory.high - theory.predicted).where(lambda each: each < math.inf)
        yield go.Scatter(
            x=theory.x, y=theory.predicted, mode="lines", line={"color": colour, "width": 1.5}, showlegend=False,
            error_y={"array": tolerance, "color": colour, "thickness": 1, "width": 2}, hoverinfo="skip",
        )  # fmt: skip
    yield go.Scatter(
        x=points.x, y=points.observed, mode="markers", name=name, text=points.label,
        marker={"color": colour, "symbol": symbol, "size": 8, "line": {"width": 1, "color": "white"}},
    )  # fmt: skip


def path(points: "pd.DataFrame", name: str, colour: str, dash: str) -> Iterator[Any]:
    """Yield a path with a mark at its end."""
    import plotly.graph_objects as go

    sizes = [4] * (len(points) - 1) + [11]
    yield go.Scatter(
        x=points.x, y=points.observed, mode="lines+markers", name=name, text=points.label,
        line={"color": colour, "width": 1.5, "dash": dash}, marker={"size": sizes, "color": colour},
    )  # fmt: skip
