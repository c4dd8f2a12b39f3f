"""The short table that `compare` prints: what each scenario changes against the baseline."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.cli.summary import aligned
from sim.parameters import START_DATE, WEEKS_PER_YEAR
from sim.scenario import Scenario
from sim.study.effects import HEADLINE, RULE
from sim.study.rounding import decimals_for, number, signed
from sim.study.runner import Results

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 99
_HEADINGS = ("", "baseline", "difference", "95 % interval", "verdict", "detectable")


def summary(scenarios: Sequence[Scenario], results: Results) -> str:
    """Return a table a scenario with its surroundings, in less than 100 columns."""
    baseline, *others = scenarios
    manifest, effects = results.manifest, results.effects[results.effects["measure"].isin(HEADLINE)]
    lines = [f"against {described(baseline)}", *textwrap.wrap(span_line(manifest), WIDTH)]
    for scenario in others:
        lines += ["", described(scenario), *effect_table(effects[effects["scenario"] == scenario.name], manifest)]
    found = "results in" if results.is_new else "found finished in"
    for line in (
        "",
        *stopping_lines(manifest),
        pairs_line(effects, [each.name for each in others]),
        RULE,
        "detectable: the smallest effect that so many pairs find in 80 of 100 studies.",
        "",
    ):
        lines += textwrap.wrap(line, WIDTH) or [""]
    lines += [f"{found} {results.folder}"]
    for note in manifest["notes"]:
        lines += textwrap.wrap(f"note: {note}", WIDTH, subsequent_indent="      ")
    return "\n".join(lines)


def described(scenario: Scenario) -> str:
    """Return the name with the description, on one line that fits."""
    line = f"{scenario.name}: {scenario.description}" if scenario.description else scenario.name
    return textwrap.shorten(line, WIDTH - len("against "), placeholder=" ...")


def span_line(manifest: Mapping[str, Any]) -> str:
    """Return how long and how often was run."""
    given, seeds = manifest["configuration"], manifest["seeds"]
    weeks, fork_week = given["weeks"], given["fork_week"]
    span = f"mean of the last {min(weeks, WEEKS_PER_YEAR)} weeks" if weeks > 1 else "the week"
    pairs = (
        f"{len(seeds)} pairs of worlds (seeds {seeds[0]} to {seeds[-1]})" if len(seeds) > 1 else "one pair of worlds"
    )
    forked = f", forked in week {fork_week}" if fork_week else ""
    return f"{weeks} weeks from {START_DATE}, {pairs} of {manifest['n_people']} people{forked}; {span}"


def effect_table(rows: "pd.DataFrame", manifest: Mapping[str, Any]) -> list[str]:
    """Return a line a headline measure, below a heading, aligned."""
    n_pairs = len(manifest["seeds"])
    columns: list[list[str]] = [[heading] for heading in _HEADINGS]
    by_measure: dict[str, Any] = {row["measure"]: row for row in rows.to_dict("records")}
    for row in (by_measure[measure] for measure in HEADLINE):
        cells = effect_cells(row, n_pairs)
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    return [f"  {line}" for line in aligned([justified(column, place) for place, column in enumerate(columns)])]


def effect_cells(row: Mapping[str, Any], n_pairs: int) -> tuple[str, ...]:
    """Return the cells of a line; n is told where pairs are left out for want of a value."""
    low, high = row["ci_low"], row["ci_high"]
    decimals = decimals_for(low, high, row["mean_baseline"])
    is_whole = row["n"] in (0, n_pairs)
    return (
        row["measure"],
        number(row["mean_baseline"], decimals),
        signed(row["difference"], decimals),
        "-" if math.isnan(low) else f"[{signed(low, decimals)}, {signed(high, decimals)}]",
        row["verdict"] if is_whole else f"{row['verdict']} (n {row['n']})",
        number(row["detectable"], decimals),
    )


def justified(column: Sequence[str], place: int) -> list[str]:
    """Return numbers to the right, words to the left."""
    width = max(map(len, column))
    return [cell.ljust(width) if place in (0, 4) else cell.rjust(width) for cell in column]


def pairs_line(effects: "pd.DataFrame", names: Sequence[str]) -> str:
    """Return how alike the worlds of a pair are, and what that saved."""
    told = effects[effects["rho"].notna() & effects["n"].gt(2)]
    if told.empty:
        return "pairs: too few to tell how alike the worlds of a pair are."
    parts = []
    for name in names:
        rows = told[told["scenario"] == name]
        if not rows.empty:
            times = (rows["runs_needed"] / rows["n"]).median()
            saved = "any number of" if math.isinf(times) else f"{times:.{1 if times < 10 else 0}f} times the"
            parts.append(f"{name} {rows['rho'].median():.2f} ({saved} runs)")
    return (
        "rho, the correlation of a pair (in brackets what independent seeds would need for the same width), "
        f"in the median over these measures: {', '.join(parts)}."
    )


def stopping_lines(manifest: Mapping[str, Any]) -> list[str]:
    """Return why no more pairs were run, if that was to be found out."""
    found = manifest.get("stopping")
    if found is None:
        return []
    n, wanted = len(manifest["seeds"]), f"{found['measure']} +- {found['wanted']:g}"
    if found["reached"]:
        return [f"stopped at {n} pairs: {wanted} reached for every scenario."]
    widths = ", ".join(
        f"{name} {'no interval' if each is None else f'{each:.3g}'}" for name, each in found["half_widths"].items()
    )
    return [f"stopped at {n} pairs, the most allowed: {wanted} not reached ({widths})."]
