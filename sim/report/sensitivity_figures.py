"""Figures of the analysis of a sweep, each from one table's rows of one measure; usable alone in a notebook."""

import math
import textwrap
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from sim.analysis.findings import number
from sim.report.page import COLOURS
from sim.sweep.factors import DUMMY

if TYPE_CHECKING:
    import pandas as pd

MOST_FACTORS = 15
MOST_PANELS = 12
SHARES = (-0.4, 1.5)
"""What is shown at most of an axis of shares of variance; whiskers may go on."""
MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
MOST_CHOICES = 5
PANELS_A_ROW = 3
WIDTH, ROW, PANEL = 900, 34, 210
LETTERS_A_LINE = 105
GREY = "#777777"


def safe(text: object) -> str:
    """Return text that plotly shows as it is, whatever it is: plotly reads some HTML in labels.

    >>> safe("<b>a</b>")
    '&lt;b&gt;a&lt;/b&gt;'
    """
    return escape(str(text), quote=False)


def laid_out(traces: list[Any], title: str, height: int, **more: Any) -> Any:
    """Return a figure whose title states the finding."""
    import plotly.graph_objects as go

    lines = textwrap.wrap(safe(title), LETTERS_A_LINE, break_long_words=False, break_on_hyphens=False)
    layout = {
        "title": {"text": "<br>".join(lines), "font": {"size": 15}, "x": 0.01, "xanchor": "left"},
        "template": "plotly_white", "width": WIDTH, "height": height + 22 * len(lines),
        "margin": {"l": 10, "r": 30, "t": 40 + 22 * len(lines), "b": 50}, "legend": {"orientation": "h", "y": 1.0,
        "yanchor": "bottom", "x": 0.0, "traceorder": "normal"},
        "yaxis": {"automargin": True},
    }  # fmt: skip
    figure = go.Figure(traces, layout)
    return figure.update_layout(more)


def sobol_bars(rows: "pd.DataFrame", title: str) -> Any:
    """Return first-order and total indices with intervals, and the noise floor of the dummy."""
    import plotly.graph_objects as go

    shown = rows[rows["factor"] != DUMMY].head(MOST_FACTORS).iloc[::-1]
    traces = []
    looks = (("s1", "alone (S1)", COLOURS[4], "/"), ("st", "with all its interactions (ST)", COLOURS[0], ""))
    for name, words, colour, pattern in looks:  # bars grow upwards: the last is on top
        traces.append(
            go.Bar(
                y=shown["factor"].map(safe), x=shown[name], orientation="h", name=words,
                legendrank=1 if name == "st" else 2,
                marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "black"}},
                error_x={
                    "array": shown[f"{name}_high"] - shown[name], "arrayminus": shown[name] - shown[f"{name}_low"],
                    "color": "black", "thickness": 1, "width": 3,
                },
            )
        )  # fmt: skip
    figure = laid_out(traces, title, 110 + 2 * ROW * len(shown), barmode="group", xaxis_title="share of the variance")
    dummy = rows[rows["factor"] == DUMMY]
    floors = [("noise floor: dummy", dummy["st_high"].iloc[0], "dash")] if len(dummy) else []
    floors.append(("luck of the seeds", float(rows["luck"].iloc[0]), "dot"))
    low, high = shown[["s1_low", "st_low"]].min().min(), shown[["s1_high", "st_high"]].max().max()
    furthest = max([min(high, SHARES[1]), *(at for _, at, _ in floors if not math.isnan(at))])
    figure.update_xaxes(range=[min(0.0, max(low, SHARES[0])) - 0.02, furthest + 0.02])
    for words, at, dash in floors:
        if not math.isnan(at):
            figure.add_vline(x=at, line={"color": "black", "width": 1.5, "dash": dash}, name=words)
            figure.add_scatter(
                x=[None], y=[None], mode="lines", name=words, line={"color": "black", "width": 1.5, "dash": dash}
            )
    return figure


def morris_scatter(rows: "pd.DataFrame", title: str) -> Any:
    """Return mu* against sigma, factors numbered by mu*: right moves much, up depends on where and on the others."""
    import plotly.graph_objects as go

    furthest, highest = float(rows["mu_star_high"].max()) or 1.0, float(rows["sigma"].max()) or 1.0
    diagonal = min(furthest, highest)
    line = {"color": GREY, "dash": "dot"}
    traces = [go.Scatter(x=[0, diagonal], y=[0, diagonal], mode="lines", name="sigma = mu*", line=line)]
    for number_of, row in enumerate(rows.head(MOST_FACTORS).to_dict("records"), start=1):
        is_dummy = row["factor"] == DUMMY
        colour = COLOURS[6] if is_dummy else COLOURS[(number_of - 1) % 6]
        traces.append(
            go.Scatter(
                x=[row["mu_star"]], y=[row["sigma"]], mode="markers+text", text=[str(number_of)],
                name=f"{number_of} {safe(row['factor'])}", textposition="top center",
                error_x={
                    "array": [row["mu_star_high"] - row["mu_star"]], "color": colour, "thickness": 1, "width": 3
                },
                marker={"size": 10, "color": colour, "symbol": "x" if is_dummy else MARKS[(number_of - 1) % 6]},
            )
        )  # fmt: skip
    axes = {"xaxis_title": "mu*: mean size of the effect over the whole range", "yaxis_title": "sigma: its spread"}
    spans = {"xaxis_range": [-0.05 * furthest, 1.05 * furthest], "yaxis_range": [-0.08 * highest, 1.15 * highest]}
    beside = {"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1.0, "yanchor": "top"}
    return laid_out(traces, title, 460, **axes, **spans, legend=beside)


def dependence_panels(rows: "pd.DataFrame", title: str) -> Any:
    """Return the mean of the response along each factor, a panel a factor, all with one scale."""
    from plotly.subplots import make_subplots

    known = rows.dropna(subset=["y"])
    means = known.groupby("factor", sort=False)["y"]
    spans = (means.max() - means.min()).sort_values(ascending=False, kind="stable")
    names = [str(name) for name in spans.index[:MOST_PANELS]]
    n_rows = math.ceil(len(names) / PANELS_A_ROW)
    panels = make_subplots(
        rows=n_rows, cols=PANELS_A_ROW, shared_yaxes="all", subplot_titles=[safe(name) for name in names],
        vertical_spacing=0.36 / max(n_rows, 1), horizontal_spacing=0.03,
    )  # fmt: skip
    for place, name in enumerate(names):
        for trace in curve(known[known["factor"] == name]):
            panels.add_trace(trace, row=place // PANELS_A_ROW + 1, col=place % PANELS_A_ROW + 1)
    panels.update_annotations(font_size=12)
    framed = laid_out([], title, 60 + PANEL * n_rows)
    panels.update_layout({key: framed.layout[key] for key in ("title", "template", "width", "height", "margin")})
    panels.update_xaxes(tickfont_size=10, automargin=True)
    panels.update_layout(showlegend=False, margin_l=60)
    if (known["ci_low"].min() < 0) and (known["ci_high"].max() > 0):
        panels.add_hline(y=0, line={"color": "black", "width": 1, "dash": "dot"})
    return panels


def curve(rows: "pd.DataFrame") -> list[Any]:
    """Return the traces of one panel: a line with a band along numbers, marks with whiskers at texts."""
    import plotly.graph_objects as go

    if rows["x"].isna().any():
        error = {"array": rows["ci_high"] - rows["y"], "color": COLOURS[0], "thickness": 1.5}
        marker = {"color": COLOURS[0], "size": 9}
        return [go.Scatter(x=rows["value"].map(safe), y=rows["y"], error_y=error, mode="markers", marker=marker)]
    line = {"color": COLOURS[0], "width": 2}
    band = go.Scatter(
        x=[*rows["x"], *rows["x"].iloc[::-1]], y=[*rows["ci_high"], *rows["ci_low"].iloc[::-1]], fill="toself",
        fillcolor="rgba(0,114,178,0.2)", line={"width": 0}, hoverinfo="skip", mode="lines",
    )  # fmt: skip
    return [band, go.Scatter(x=rows["x"], y=rows["y"], mode="lines+markers", line=line, marker={"size": 5})]


def tornado_bars(rows: "pd.DataFrame", title: str) -> Any:
    """Return how far each factor's ends move the response from its middle, largest swing on top."""
    import plotly.graph_objects as go

    names = list(dict.fromkeys(rows["factor"]))[:MOST_FACTORS][::-1]
    shown, middle = rows[rows["factor"].isin(names)], float(rows["middle"].iloc[0])
    labels = {name: end_label(name, shown[shown["factor"] == name]) for name in names}
    traces: list[Any] = []
    for end, words, colour, pattern in (("high", "high end", COLOURS[1], "/"), ("low", "low end", COLOURS[5], "")):
        bars = shown[shown["end"] == end]
        if len(bars):
            traces.append(
                go.Bar(
                    y=bars["factor"].map(labels), x=bars["y"] - middle, base=middle, orientation="h", name=words,
                    customdata=bars["value"].map(safe), hovertemplate="%{customdata}: %{x}",
                    legendrank=1 if end == "low" else 2,
                    marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "black"}},
                )
            )  # fmt: skip
    choices = shown[shown["end"] == "choice"]
    if len(choices):
        traces.append(
            go.Scatter(
                y=choices["factor"].map(labels), x=choices["y"], mode="markers", name="each choice", legendrank=3,
                customdata=choices["value"].map(safe), hovertemplate="%{customdata}: %{x}", cliponaxis=False,
                marker={"symbol": "diamond", "size": 11, "color": COLOURS[2], "line": {"width": 1, "color": "black"}},
            )
        )  # fmt: skip
    order = {"categoryorder": "array", "categoryarray": [labels[name] for name in names], "automargin": True}
    figure = laid_out(traces, title, 120 + 2 * ROW * len(names), barmode="group", yaxis=order)
    figure.update_layout(xaxis={"title": safe(f"mean {rows['response'].iloc[0]}"), "range": roomy(shown, middle)})
    return figure.add_vline(x=middle, line={"color": "black", "width": 1})


def end_label(name: str, rows: "pd.DataFrame") -> str:
    """Return a factor's name with the values at its ends, or its choices from the smallest mean up, below it."""
    is_choice = rows["end"].iloc[0] == "choice"
    ordered = rows.sort_values("y", kind="stable") if is_choice else rows
    values = [str(each) for each in ordered["value"]]
    shown = values if len(values) <= MOST_CHOICES else [*values[:2], "...", *values[-2:]]
    words = ("; " if is_choice else " | ").join(shown)
    return f"{safe(name)}<br><span style='font-size:10px'>{safe(words)}</span>"


def roomy(rows: "pd.DataFrame", middle: float) -> list[float]:
    """Return the range of the axis with room at both ends."""
    low, high = min(float(rows["y"].min()), middle), max(float(rows["y"].max()), middle)
    room = 0.05 * (high - low) or 1.0
    return [low - room, high + room]


def prim_ranges(rows: "pd.DataFrame", title: str) -> Any:
    """Return the limits of the box within the range of each restricted factor."""
    import plotly.graph_objects as go

    traces: list[Any] = []
    for row in rows.iloc[::-1].to_dict("records"):
        name, span = safe(row["factor"]), row["range_high"] - row["range_low"]
        limits = (row["low"], row["high"])
        low, high = (0.0 if math.isnan(at) else (at - row["range_low"]) / span for at in limits)
        high = 1.0 if math.isnan(row["high"]) else high
        words = ["" if math.isnan(at) else number(at) for at in limits]
        if row["values"]:  # texts have no order along which to draw them
            low, high, words = 0.5, 0.5, [safe(row["values"]), ""]
        traces += [
            go.Scatter(x=[0, 1], y=[name, name], mode="lines", line={"color": "#cccccc", "width": 6}, hoverinfo="skip"),
            go.Scatter(
                x=[low, high], y=[name, name], mode="lines+markers+text", text=words, textposition="top center",
                line={"color": COLOURS[1], "width": 10}, marker={"color": COLOURS[1], "size": 10}, cliponaxis=False,
            ),
        ]  # fmt: skip
    ticks = {"tickvals": [0, 1], "ticktext": ["least", "largest"], "range": [-0.05, 1.05]}
    figure = laid_out(traces, title, 100 + 2 * ROW * len(rows), showlegend=False, xaxis=ticks)
    return figure.update_layout(yaxis={"automargin": True, "range": [-0.5, len(rows) - 0.3]})


FIGURES: "dict[str, Callable[[pd.DataFrame, str], Any]]" = {
    "sobol": sobol_bars,
    "morris": morris_scatter,
    "tornado": tornado_bars,
    "dependence": dependence_panels,
    "prim": prim_ranges,
}
"""Of each method the figure of the rows of one measure under a title."""
