"""Tornado: how far each factor moves the difference, from one of its ends to the other."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.report.figures.look import BLUE, INK, ORANGE, ROW, ZERO, drawn, hatched, label_of, safe
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

MOST_FACTORS = 10


def tornado(
    table: "pd.DataFrame", axis: str = "", labels: Mapping[str, str] | None = None, words: Words | None = None,
    *, scale: float = 1.0,
) -> Any:  # fmt: skip
    """Return a bar a factor from the mean at its low end to that at its high end, widest on top.

    table: factor, end (`low`, `high`, or a choice), value, y, middle, of one measure (`analysis/tornado.csv`)
    """
    import plotly.graph_objects as go

    words = words or Words()
    middle = float(table["middle"].iloc[0]) * scale
    names, lows, highs = [], [], []
    for factor in list(dict.fromkeys(table["factor"]))[:MOST_FACTORS][::-1]:
        ends = table[table["factor"] == factor]
        ordered = ends.sort_values("y", kind="stable") if (ends["end"] == "choice").any() else ends
        low, high = (safe(span(ordered["value"].iloc[at])) for at in (0, -1))
        names.append(f"{safe(label_of(labels, str(factor)), 34)}<br><span style='font-size:11px'>{low} | {high}</span>")
        lows.append(float(ordered["y"].iloc[0]) * scale - middle)
        highs.append(float(ordered["y"].iloc[-1]) * scale - middle)
    traces = [
        go.Bar(
            y=names, x=lengths, base=middle, orientation="h", name=safe(words(said)),
            marker={"color": colour, "line": {"color": INK, "width": 1}, "pattern": hatched(pattern)},
        )
        for lengths, said, colour, pattern in ((lows, "low_end", ORANGE, "/"), (highs, "high_end", BLUE, ""))
    ]  # fmt: skip
    figure = drawn(traces, 100 + (ROW + 14) * len(names), barmode="overlay", xaxis={"title": {"text": safe(axis, 50)}})
    figure.add_vline(x=0, line=ZERO)
    return figure.update_yaxes(showgrid=False, dtick=1)


def span(value: object) -> str:
    """Return the values at an end of a factor, the same in every language.

    >>> span("103 to 219"), span("on")
    ('103–219', 'on')
    """
    return str(value).replace(" to ", "–")
