"""When policies act."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.figures.look import BLUE, INK, ROW, SKY, drawn, label_of, safe
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd


def schedule(
    table: "pd.DataFrame", start: str, labels: Mapping[str, str] | None = None, words: Words | None = None
) -> Any:
    """Return a bar a policy of each option, from its first week to its last.

    table: option, policy, start_week, end_week, is_open (`sim.report.tables.timeline`); start: date of week 0
    """
    import plotly.graph_objects as go

    words = words or Words()
    rows = table.to_dict("records")
    names = []
    for row in rows:
        option, policy = label_of(labels, row["option"]), words.of("policies", row["policy"])
        names.append(safe(words("option_and_policy", option=option, policy=policy)))
    begins = [np.datetime64(start) + np.timedelta64(7 * int(row["start_week"]), "D") for row in rows]
    lasts = [7 * 86_400_000 * int(row["end_week"] - row["start_week"]) for row in rows]
    trace = go.Bar(
        y=names, x=lasts, base=[str(each) for each in begins], orientation="h",
        marker={"color": [BLUE if row["is_open"] else SKY for row in rows], "line": {"color": INK, "width": 1}},
    )  # fmt: skip
    figure = drawn([trace], 70 + (ROW - 4) * len(dict.fromkeys(names)), showlegend=False)
    figure.update_xaxes(type="date", nticks=5, tickangle=0, tickformat="%Y-%m")
    return figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
