"""Winners and losers: shares of people in five bands, group by group."""

from typing import TYPE_CHECKING, Any

from sim.report.figures.look import INK, ROW, drawn, hatched, safe
from sim.report.words import Words, heads

if TYPE_CHECKING:
    import pandas as pd

FILLS = {
    "lose_much": ("#B34700", "/"), "lose_little": ("#F5B98C", "/"), "same": ("#ECECEC", ""),
    "gain_little": ("#A9CFE8", ""), "gain_much": ("#005A8C", ""),
}  # fmt: skip
"""Colour and pattern: losses are hatched, so that they are told from gains in grey."""

LEAST_TOLD = 0.07


def winners_and_losers(table: "pd.DataFrame", words: Words | None = None) -> Any:
    """Return a bar a group: shares that lose more than 5 %, lose less, see no change, gain less, gain more.

    table: by, group, n_people and a column a band (`sim.report.tables.bands`)
    """
    import plotly.graph_objects as go

    words, traces = words or Words(), []
    names = [
        safe(
            words(
                "group_with_n",
                group=words.of("groups", str(row["group"])),
                n=heads(row["n_people"]),
            )
        )
        for row in table.to_dict("records")
    ]
    for band, (colour, pattern) in FILLS.items():
        letters = "white" if band in ("lose_much", "gain_much") else "black"
        traces.append(
            go.Bar(
                y=names, x=100 * table[band], orientation="h", name=safe(words.of("bands", band)),
                text=[f"{100 * each:.0f}" if each >= LEAST_TOLD else "" for each in table[band]],
                textposition="inside", insidetextanchor="middle", textangle=0,
                textfont={"color": letters, "shadow": "0 0 3px black, 0 0 3px black"} if letters == "white" else {},
                marker={"color": colour, "line": {"color": INK, "width": 0.5},
                        "pattern": hatched(pattern)},
            )
        )  # fmt: skip
    figure = drawn(traces, 120 + (ROW - 12) * len(names), barmode="stack", bargap=0.15)
    figure.update_xaxes(title={"text": safe(words("share_of_people"))}, range=[0, 100])
    return figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
