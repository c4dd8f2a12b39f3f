"""The page of a sweep's analysis: what drives the results, where the bad cases lie, which option to regret.

Made from tables alone. The title of a figure is its finding, and so is what a screen reader says of it.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from sim.analysis.findings import counted, interval, number, percent
from sim.analysis.sobol import told
from sim.report.page import STYLE, html_table, whole_page
from sim.report.sensitivity_figures import FIGURES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FIGURES", "page"]

OWN_STYLE = """
figure { margin: 1.2rem 0 2rem; overflow-x: auto; } figcaption { font-weight: 600; }
.reading { color: #555; margin: .2rem 0; } details { margin: .3rem 0; } summary { cursor: pointer; }
td { font-variant-numeric: tabular-nums; } td, th[scope="row"] { overflow-wrap: anywhere; }
th[scope="row"] { font-weight: 400; }
"""

OF_MEASURES = ("sobol", "morris", "tornado", "dependence", "switching")
"""Methods that explain a measure, in the order of the page."""

READINGS = {
    "sobol": "Bars: shares of the variance over the points; whiskers: 95 % over bootstrap resamples of blocks, "
    "for these seeds. Dashed: what is found for a factor that nothing reads. Dotted, luck: what a "
    "factor would show that does no more than throw the dice again: the part of the variance that a "
    "seed adds at one point and not at the others, over the number of seeds. What a seed adds at all "
    "points alike is not in it: it cannot pass for a factor. A factor is told from noise if the whisker"
    " of its ST lies right of both; the points are too few to tell where that whisker is longer than 1, ST is above "
    "1.2, or S1 is above ST by more than .1, which it never is in truth.",
    "morris": "Right: the factor moves the response far. Up: how far depends on where, or on other factors. "
    "Whiskers: 95 % over bootstrap resamples of trajectories, for these seeds. A choice steps from one "
    "value to another, over its whole range if it has two. x: a factor that nothing reads.",
    "tornado": "From the mean at the low end of a factor (its lowest fifth of points, or its end point if one "
    "factor was varied at a time) to that at the high end, whose values stand below its name; the line "
    "is the middle of all. The swing of a choice of two values is the second less the first, of more "
    "their spread: largest less smallest, without sign. Intervals: 95 % over points and seeds, over "
    "seeds alone if one factor was varied at a time.",
    "dependence": "Means over all that the other factors do; bands: 95 % over points and seeds.",
    "switching": "Where the mean difference changes its sign along a factor; uncertain where the intervals on one "
    "side do not leave zero out.",
    "prim": "The box (thick) within the range of each factor that it restricts. Coverage: share of the cases "
    "that lie in it. Density: share of cases among its points; held out: the same in points not "
    "searched, under the same seeds. Quasi-p: chance of as much if that limit did nothing.",
    "regret": "Regret: what an option loses in a world against the best option there. All worlds weigh the same. "
    "Best in: worlds in which the option alone is best; tied in: in which it is one of several. All worlds live the "
    "same seeds (towns): where they are fewer than 10, it knows of parameters, not of luck.",
}
HEADS = {
    "sobol": ("factor", "ST [95 %]", "S1 [95 %]", "told from noise"),
    "morris": ("factor", "mu* [95 %]", "mu", "sigma"),
    "tornado": ("factor", "at", "mean [95 %]", "swing [95 %]", "swing of"),
    "dependence": ("factor", "at", "mean [95 %]", "points"),
    "switching": ("factor", "switches at", "direction", "at its ends"),
    "prim": ("factor", "limits", "quasi-p", "in halves"),
    "regret": ("option", "mean", "worst", "maximum regret", "mean regret", "best in", "tied in", "seeds"),
}


def page(
    settings: Mapping[str, Any],
    tables: "Mapping[str, pd.DataFrame]",
    findings: Sequence[Mapping[str, str]],
    left_out: Sequence[str],
    notes: Sequence[str],
) -> str:
    """Return the page; everything in it is given: see `sim.analysis.Analysis`."""
    said = {(each["method"], each["measure"]): each["sentence"] for each in findings}
    drivers = [name for name in settings["measures"] if any((method, name) in said for method in OF_MEASURES)]
    sections = [measure_section(name, tables, said) for name in drivers]
    for method, heading in (("prim", "Where the cases of interest lie"), ("regret", "Options over worlds")):
        names = [measure for (of, measure) in said if of == method]
        if names:
            blocks = "".join(block(method, name, tables[method], said[method, name]) for name in names)
            sections.append(f'<section id="{method}"><h2>{heading}</h2>{blocks}</section>')
    sections.append(remarks(left_out, notes))
    title = f"Sensitivity of {settings['scenario']}"
    return whole_page(title, f"{introduction(settings)}{contents(drivers, said)}{''.join(sections)}", STYLE + OWN_STYLE)


def introduction(settings: Mapping[str, Any]) -> str:
    """Return what was swept, in a paragraph."""
    design, against = settings["design"], settings["against"]
    told = (
        f"Model results, not a forecast. {counted(settings['n_points'], 'point')} of design {design['kind']} over "
        f"{counted(len(settings['factors']), 'factor')}, {counted(settings['n_seeds'], 'seed')} at each."
    )
    if against:
        told += (
            f" Every number is the paired difference {settings['scenario']} less {against[0]}: the same people and the "
            "same luck, with and without."
        )
    return f"<p>{escape(told)}</p>"


def contents(drivers: Sequence[str], said: Mapping[tuple[str, str], str]) -> str:
    """Return a line a measure with its first finding, and links."""
    lines = []
    for place, name in enumerate(drivers):
        first = next(said[method, name] for method in OF_MEASURES if (method, name) in said)
        lines.append(f'<li><a href="#measure-{place}">{escape(name)}</a>: {escape(first)}</li>')
    for (method, _), sentence in said.items():
        if method in ("prim", "regret"):
            lines.append(f'<li><a href="#{method}">{method}</a>: {escape(sentence)}</li>')
    numbered = "\n".join(lines)
    return f"<nav aria-label='contents'><ul>{numbered}</ul></nav>\n" if lines else ""


def measure_section(name: str, tables: "Mapping[str, pd.DataFrame]", said: Mapping[tuple[str, str], str]) -> str:
    """Return all that explains a measure."""
    found = [method for method in OF_MEASURES if (method, name) in said]
    blocks = "".join(
        block(method, name, tables[method][tables[method]["measure"] == name], said[method, name]) for method in found
    )
    place = list(dict.fromkeys(measure for method, measure in said if method in OF_MEASURES)).index(name)
    return f'<section id="measure-{place}"><h2>{escape(name)}</h2>{blocks}</section>'


def block(method: str, measure: str, rows: "pd.DataFrame", sentence: str) -> str:
    """Return a figure, if the method has one, with its finding, how to read it and its table."""
    if "measure" in rows.columns:
        rows = rows[rows["measure"] == measure]
    reading = f'<p class="reading">{escape(READINGS[method])}</p>'
    table = html_table(HEADS[method], (cells(method, row) for row in rows.to_dict("records")))
    folded = f"<details><summary>Table</summary>{table}</details>"
    if method not in FIGURES or rows.empty:
        shown = table if method == "regret" else folded if len(rows) else ""
        return f"<p><strong>{escape(sentence)}</strong></p>{reading}{shown}"
    figure = FIGURES[method](rows, "")
    identity = f"{method}-{measure}".encode().hex()  # a page made again is the same
    drawing = figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displayModeBar": False}, div_id=f"figure-{identity}"
    )
    return (
        f'<figure><figcaption>{escape(sentence)}</figcaption><div role="img" aria-label="{escape(sentence)}">{drawing}'
        f"</div>{reading}{folded}</figure>"
    )


def remarks(left_out: Sequence[str], notes: Sequence[str]) -> str:
    """Return what was left out and what has to be known of the rest."""
    parts = [
        f"<h2>{heading}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
        for heading, lines in (("Notes", notes), ("Left out", left_out))
        if lines
    ]
    return f"<section>{''.join(parts)}</section>"


# tables ---------------------------------------------------------------------------------------


def cells(method: str, row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the cells of a row under HEADS."""
    if method == "sobol":
        indices = (interval(row, name, f"{name}_low", f"{name}_high") for name in ("st", "s1"))
        return (row["factor"], *indices, told(row))
    if method == "morris":
        mu_star = interval(row, "mu_star", "mu_star_low", "mu_star_high")
        return (row["factor"], mu_star, number(row["mu"]), number(row["sigma"]))
    if method in ("tornado", "dependence"):
        mean = interval(row, "y", "ci_low", "ci_high")
        if method == "dependence":
            return (row["factor"], str(row["value"]), mean, str(row["n"]))
        return (
            row["factor"],
            str(row["value"]),
            mean,
            interval(row, "swing", "swing_low", "swing_high"),
            row["swing_of"],
        )
    if method == "switching":
        return (row["factor"], row["said"], row["turn"], f"{number(row['y_first'])} to {number(row['y_last'])}")
    if method == "prim":
        return prim_cells(row)
    values = (number(row[name]) for name in ("mean", "worst", "max_regret", "mean_regret"))
    return (row["option"], *values, percent(row["share_best"]), percent(row["share_tied"]), str(row["n_seeds"]))


def prim_cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return factor, limits, quasi-p of each limit, and in how many halves the factor was restricted."""
    ends = [(word, row[end]) for word, end in (("above", "low"), ("below", "high")) if not math.isnan(row[end])]
    limits = row["values"] or ", ".join(f"{word} {number(at)}" for word, at in ends)
    chances = [row[f"quasi_p_{end}"] for end in ("low", "high")]
    return (
        row["factor"], limits, ", ".join(f"{each:.2g}" for each in chances if not math.isnan(each)),
        f"{row['in_halves']} of 2",
    )  # fmt: skip
