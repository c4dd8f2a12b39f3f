"""How all figures look: colours told apart by the colour-blind and in grey, letters, sizes, safe labels."""

import textwrap
from collections.abc import Mapping
from html import escape
from typing import Any

from sim.report.page import COLOURS

BLUE, ORANGE, GREEN, PINK, YELLOW, SKY, BLACK = COLOURS
GREY, PALE, INK = "#6b6b6b", "#e6e6e6", "#1a1a1a"
ROW = 30
ZERO = {"color": GREY, "width": 1.5, "dash": "dash"}
"""The line of no difference."""
WIDTH = 680
"""Pixels: what fits between the margins of A4; narrower screens draw narrower."""

FONT = {"family": "system-ui, 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif", "size": 13, "color": INK}


def safe(text: object, letters: int = 0) -> str:
    """Return text that plotly shows as it is (it reads some HTML), broken into lines of so many letters.

    >>> safe("<b>a</b>"), safe("one two", 4)
    ('&lt;b&gt;a&lt;/b&gt;', 'one<br>two')
    """
    lines = textwrap.wrap(str(text), letters, break_on_hyphens=False) if letters else [str(text)]
    return "<br>".join(escape(line, quote=False) for line in lines) or " "


def drawn(traces: list[Any], height: float, **layout: Any) -> Any:
    """Return a figure in the common look; its title stands above it on the page, not in it."""
    import plotly.graph_objects as go

    common: dict[str, Any] = {
        "template": "none", "font": FONT, "width": WIDTH, "height": height, "paper_bgcolor": "white",
        "plot_bgcolor": "white", "margin": {"l": 10, "r": 20, "t": 30, "b": 44}, "hoverlabel": {"align": "left"},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom",
                   "traceorder": "normal"},
    }  # fmt: skip
    figure = go.Figure(traces, common)
    axes = {"automargin": True, "gridcolor": PALE, "zeroline": False, "linecolor": GREY, "title_standoff": 8}
    figure.update_xaxes(axes)
    figure.update_yaxes(axes)
    return figure.update_layout(layout)


def hatched(shape: str) -> dict[str, Any]:
    """Return a pattern over the colour of a bar, by which it is told in grey too."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "rgba(26,26,26,.4)", "size": 8, "solidity": 0.12}


def label_of(labels: Mapping[str, str] | None, name: str) -> str:
    """Return what something is called, its name if nobody said so."""
    return (labels or {}).get(name, name)
