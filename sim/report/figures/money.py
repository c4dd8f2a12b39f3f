"""Who gets the money: what a change of welfare is made of, and where a yuan goes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.report.figures.look import BLUE, GREY, INK, ORANGE, ROW, ZERO, drawn, hatched, label_of, safe
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

FILLS = {
    "brands": ("#0072B2", "", "white"), "counterfeiters": ("#1a1a1a", "", "white"), "tier_1": ("#E69F00", "", "black"),
    "tier_2": ("#F2C86B", "/", "black"), "tier_3": ("#F7DFA8", "", "black"), "tier_4": ("#FBF0D6", "\\", "black"),
    "platform": ("#009E73", "", "white"), "state": ("#CC79A7", "x", "black"), "outside": ("#bfbfbf", "", "black"),
}  # fmt: skip
"""Colour, pattern and colour of letters by receiver."""

LEAST_TOLD = 0.04
"""Share of a yuan below which no number is written into its part of the bar."""


def at_the_bar(value: float) -> str:
    """Return a difference with a decimal, a small one with its first digit.

    >>> at_the_bar(12.34), at_the_bar(-0.04), at_the_bar(0.0)
    ('+12.3', '-0.04', '0')
    """
    return f"{value:+.1f}" if round(value, 1) else f"{value:+.1g}" if value else "0"


def waterfall(table: "pd.DataFrame", words: Words | None = None) -> Any:
    """Return what a difference in welfare adds up from.

    table: measure, difference, the last row being the sum (`sim.report.tables.waterfall`)
    """
    import plotly.graph_objects as go

    words = words or Words()
    names = [safe(words("less_of", what=words.measure(each)) if each == "loss.spam" else words.heading(each), 30)
             for each in table["measure"]]  # fmt: skip
    unit = words.unit("welfare")
    trace = go.Waterfall(
        y=names, x=table["difference"], orientation="h", measure=["relative"] * (len(table) - 1) + ["total"],
        text=[at_the_bar(each) for each in table["difference"]], textposition="outside",
        increasing={"marker": {"color": BLUE, "line": {"color": INK, "width": 1}}},
        decreasing={"marker": {"color": ORANGE, "line": {"color": INK, "width": 1}}},
        totals={"marker": {"color": GREY, "line": {"color": INK, "width": 1}}}, connector={"line": {"color": GREY}},
        cliponaxis=False,
    )  # fmt: skip
    ends = table["difference"][:-1].cumsum()
    low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    room = 0.18 * (high - low) or 1.0
    figure = drawn([trace], 80 + ROW * len(table), showlegend=False)
    figure.update_xaxes(title={"text": safe(unit.name)}, range=[low - room, high + room])
    figure.add_vline(x=0, line=ZERO)
    return figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)


def yuan_split(table: "pd.DataFrame", labels: Mapping[str, str] | None = None, words: Words | None = None) -> Any:
    """Return who receives what of each yuan that buyers pay in resale, a bar an option.

    table: option, receiver, share (`sim.report.tables.yuan_split`); labels: option -> what it is called
    """
    import plotly.graph_objects as go

    words, traces = words or Words(), []
    names = [safe(label_of(labels, each), 26) for each in dict.fromkeys(table["option"])]
    for receiver, rows in table.groupby("receiver", sort=False):
        colour, pattern, letters = FILLS.get(str(receiver), ("#bfbfbf", "", "black"))
        if rows["share"].abs().max() < 0.0005:
            continue
        traces.append(
            go.Bar(
                y=names, x=100 * rows["share"], orientation="h", name=safe(words.of("receivers", str(receiver))),
                text=[f"{100 * each:.0f}" if each >= LEAST_TOLD else "" for each in rows["share"]],
                textposition="inside", insidetextanchor="middle", textangle=0, textfont={"color": letters},
                marker={"color": colour, "line": {"color": INK, "width": 1},
                        "pattern": hatched(pattern)},
            )
        )  # fmt: skip
    figure = drawn(traces, 150 + ROW * len(names), barmode="relative", margin={"l": 10, "r": 20, "t": 80, "b": 44})
    figure.update_xaxes(title={"text": safe(words("fen_of_a_yuan"))})
    return figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
