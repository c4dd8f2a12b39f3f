"""Forest plots: a row a case, a point with its interval, and the line of no difference."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.report.figures.look import BLUE, INK, PALE, ROW, ZERO, drawn, safe

if TYPE_CHECKING:
    import pandas as pd


def forest(table: "pd.DataFrame", axis: str = "", *, scale: float = 1.0, letters: int = 26) -> Any:
    """Return a forest plot, the first row on top.

    table: label, value, low, high (nan: no interval); scale: factor on all numbers; axis: what they are
    """
    rows = table.iloc[::-1]
    trace = points(rows, scale, letters)
    tallest = max((each.count("<br>") for each in trace.y), default=0)
    figure = drawn(
        [trace], 80 + (ROW + 14 * tallest) * len(rows), xaxis={"title": {"text": safe(axis, 40)}}, showlegend=False
    )
    figure.add_vline(x=0, line=ZERO)
    return figure.update_yaxes(range=[-0.6, len(rows) - 0.4], showgrid=False, dtick=1)


def panels(
    tables: Mapping[str, "pd.DataFrame"], axis: str = "", *, scale: float = 1.0, titles: Sequence[str] = ()
) -> Any:
    """Return forest plots side by side with the same rows and the same scale, one a table."""
    from plotly.subplots import make_subplots

    names = [safe(each, 18) for each in titles or tables]
    grid = make_subplots(1, len(tables), shared_yaxes=True, subplot_titles=names, horizontal_spacing=0.03)
    n_rows = max(map(len, tables.values()))
    for column, table in enumerate(tables.values(), start=1):
        grid.add_trace(points(table.iloc[::-1], scale, 22), row=1, col=column)
        grid.add_vline(x=0, line=ZERO, row=1, col=column)
    look = drawn([], 120 + ROW * n_rows, showlegend=False, margin={"l": 10, "r": 20, "t": 60, "b": 50})
    figure = grid.update_layout(look.layout.to_plotly_json())
    low, high = extent(tables, scale)
    figure.update_xaxes(range=[low, high], nticks=4, automargin=True, gridcolor=PALE, zeroline=False)
    figure.update_yaxes(range=[-0.6, n_rows - 0.4], showgrid=False, automargin=True)
    figure.update_annotations(font_size=13)
    return figure.add_annotation(
        text=safe(axis), x=0.5, y=0, xref="paper", yref="paper", yshift=-30, yanchor="top", showarrow=False
    )


def points(rows: "pd.DataFrame", scale: float, letters: int) -> Any:
    """Return points with intervals."""
    import plotly.graph_objects as go

    value = rows["value"] * scale
    return go.Scatter(
        x=value, y=[safe(each, letters) for each in rows["label"]], mode="markers",
        marker={"color": BLUE, "size": 9, "line": {"color": INK, "width": 1}},
        error_x={
            "array": rows["high"] * scale - value, "arrayminus": value - rows["low"] * scale, "color": INK,
            "thickness": 1.5, "width": 4,
        },
    )  # fmt: skip


def extent(tables: Mapping[str, "pd.DataFrame"], scale: float) -> tuple[float, float]:
    """Return the range that holds all intervals and zero, with room."""
    columns = [table[["value", "low", "high"]] * scale for table in tables.values()]
    low = min(0.0, *(float(each.min().min()) for each in columns))
    high = max(0.0, *(float(each.max().max()) for each in columns))
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room
