"""The short table that `run` prints: prices, trust, satisfaction and market share by channel."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.parameters import CHANNELS, START_DATE, WEEKS_PER_YEAR
from sim.scenario import Scenario
from sim.study.runner import Results
from sim.study.statistics import Estimate, estimate

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    ("price", "price, yuan", 1, 1),
    ("trust", "trust", 1, 2),
    ("satisfaction", "satisfaction", 1, 2),
    ("share", "share of units, %", 100, 1),
)
"""Measure, heading, factor, least decimals."""

_GAP = "   "


def summary(scenario: Scenario, results: Results) -> str:
    """Return the table with its surroundings, in less than 100 columns."""
    manifest, runs = results.manifest, results.runs
    given = manifest["configuration"]
    n_seeds, weeks = given["replications"], given["weeks"]
    seeds = f"seeds {given['seed']} to {given['seed'] + n_seeds - 1}" if n_seeds > 1 else f"seed {given['seed']}"
    span = f"mean of the last {min(weeks, WEEKS_PER_YEAR)} weeks" if weeks > 1 else "the week"
    interval = f"{span} [95 % interval over {n_seeds} seeds]" if n_seeds > 1 else f"{span}; one seed has no interval"
    lines = [
        f"{scenario.name}: {scenario.description}" if scenario.description else scenario.name,
        f"{weeks} week{'s' * (weeks > 1)} from {START_DATE}, {seeds}; {interval}",
        "",
        *channel_table(runs),
        "",
        shops_line(runs, manifest["n_people"]),
        f"{'results in' if results.is_new else 'found finished in'} {results.folder}",
        *(f"note: {note}" for note in manifest["notes"]),
    ]
    return "\n".join(lines)


def channel_table(runs: "pd.DataFrame") -> list[str]:
    """Return a line a channel, below a heading, aligned."""
    columns = [["", *CHANNELS]]
    for measure, heading, factor, least in COLUMNS:
        estimates = [estimate(runs[f"{measure}.{channel}"] * factor) for channel in CHANNELS]
        cells = aligned_cells(estimates, decimals_of(estimates, least))
        columns.append([heading.center(max(map(len, cells))), *cells])
    return aligned(columns)


def shops_line(runs: "pd.DataFrame", n_people: int) -> str:
    """Return how many shops and people there are."""
    shops = estimate(runs["n_shops"])
    interval = f" [{shops.low:.0f}, {shops.high:.0f}]" if shops.high > shops.low else ""
    noun = "shop" if round(shops.mean) == 1 else "shops"
    return f"{shops.mean:.0f}{interval} {noun} among {n_people} people ({100 * shops.mean / n_people:.2g} %)"


def aligned_cells(estimates: Sequence[Estimate], decimals: int) -> list[str]:
    """Return `mean [low, high]` of a column in equal widths; `-` where no run has a value."""

    def shown(number: float) -> str:
        return f"{number:.{decimals}f}"

    width = max((len(shown(number)) for each in estimates for number in each[:3] if not math.isnan(number)), default=1)
    cells = []
    for each in estimates:
        text = "-" if each.n == 0 else shown(each.mean)
        if not math.isnan(each.low):
            text = f"{text:>{width}} [{shown(each.low):>{width}}, {shown(each.high):>{width}}]"
        else:
            text = f"{text:>{width}}"
        cells.append(text)
    full = max(map(len, cells))
    return [cell.ljust(full) for cell in cells]


def decimals_of(estimates: Sequence[Estimate], least: int) -> int:
    """Return the decimals, from `least` to 3, at which the narrowest interval's half-width shows a digit."""
    widths = [(each.high - each.low) / 2 for each in estimates if each.high > each.low]
    return min(3, max(least, -math.floor(math.log10(min(widths))))) if widths else least


def aligned(columns: Sequence[Sequence[str]]) -> list[str]:
    """Return lines made of columns, each padded to its widest cell."""
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return [_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
