"""Fans: how the paired difference goes over time, with what is sure of it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.report.figures.look import BLUE, INK, PALE, ZERO, drawn, safe
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

SHADES = {"95": "rgba(0,114,178,.18)", "80": "rgba(0,114,178,.30)", "50": "rgba(0,114,178,.50)"}
PANEL = 130
A_ROW = 2


def fans(tables: "Mapping[str, pd.DataFrame]", switches: Sequence[str] = (), words: Words | None = None) -> Any:
    """Return a panel a measure: mean paired difference with intervals of 50, 80 and 95 %.

    tables: measure -> table of `sim.report.tables.fan`; switches: dates at which something begins or ends
    """
    from plotly.subplots import make_subplots

    words = words or Words()
    n_rows = -(-len(tables) // A_ROW)
    titles = [
        safe(words("with_unit", measure=words.measure(name), unit=words.difference_unit(name)), 44) for name in tables
    ]
    grid = make_subplots(
        n_rows, A_ROW, subplot_titles=titles, vertical_spacing=0.28 / n_rows, horizontal_spacing=0.12
    )  # fmt: skip
    for number, (name, table) in enumerate(tables.items()):
        place = {"row": number // A_ROW + 1, "col": number % A_ROW + 1}
        for trace in bands(table, words.unit(name).scale, words, is_first=number == 0):
            grid.add_trace(trace, **place)
        grid.add_hline(y=0, line=ZERO, **place)
        for date in switches:
            grid.add_vline(x=date, line={"color": INK, "width": 1, "dash": "dot"}, **place)
    look = drawn([], 60 + n_rows * (PANEL + 40), margin={"l": 10, "r": 20, "t": 70, "b": 30})
    figure = grid.update_layout(look.layout.to_plotly_json())
    figure.update_layout(legend={"y": 0.995, "yanchor": "top", "yref": "container"})
    figure.update_xaxes(automargin=True, gridcolor=PALE, zeroline=False, nticks=4, tickangle=0, tickformat="%Y-%m")
    figure.update_yaxes(automargin=True, gridcolor=PALE, zeroline=False)
    return figure.update_annotations(font_size=13)


def bands(table: "pd.DataFrame", scale: float, words: Words, *, is_first: bool) -> list[Any]:
    """Return the three bands and the line of one panel; only the first panel's are in the legend."""
    import plotly.graph_objects as go

    traces: list[Any] = []
    around = [*table["date"], *table["date"][::-1]]
    for level, shade in SHADES.items():
        low, high = table[f"low_{level}"] * scale, table[f"high_{level}"] * scale
        name = words("band", level=level)
        if low.notna().any():
            look = {"fill": "toself", "fillcolor": shade, "line": {"width": 0}, "hoverinfo": "skip"}
            traces.append(go.Scatter(x=around, y=[*high, *low[::-1]], name=name, showlegend=is_first, **look))
    line = go.Scatter(
        x=table["date"], y=table["difference"] * scale, mode="lines", line={"color": BLUE, "width": 2},
        name=words("mean_difference"), showlegend=is_first,
    )  # fmt: skip
    return [*traces, line]
