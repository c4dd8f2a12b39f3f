"""`weishang calibrate`: the market held against the patterns of the real one."""

import dataclasses
import math
import shlex
from importlib import import_module
from typing import TYPE_CHECKING

from sim.cli.arguments import FIT, Arguments
from sim.cli.configuration import configure
from sim.cli.layout import heading, paragraph
from sim.cli.run import configuration_text
from sim.parameters import START_DATE, Settings
from sim.scenario import Scenario, options

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.runner import Results

HELD_AGAINST = ("baseline", "history")
"""Scenarios that are held against the real market unless one is named."""

UNFINISHED = "partial"
"""A scenario whose description has this word lacks something that happened; its table says so."""

RULE = (
    "met: the 95 % interval over seeds lies within the target range; missed: outside; cannot tell: over an edge. "
    "Patterns tagged input are set by parameters and do not count."
)


def run(arguments: Arguments) -> int:
    """Run baseline and history (or the scenario named), print the table of patterns; return 0 whatever it says."""
    if arguments.words[:1] == ("fit",):
        return int(import_module(FIT.module).run(arguments))
    chosen, notes = scenarios_of(arguments)
    scenarios, settings = [scenario for scenario, _ in chosen], chosen[0][1]
    if arguments.cfg:
        print("---\n".join(configuration_text(*each) for each in chosen), end="")
        return 0
    from sim.calibration.calibrating import calibrate
    from sim.cli.progress import ProgressLine

    command = shlex.join(["weishang", *arguments.typed])
    with ProgressLine("calibrate", is_quiet=arguments.quiet) as progress:
        results, table = calibrate(scenarios, settings, command=command, progress=progress)
    if not arguments.quiet:
        print("\n".join(report(scenarios, settings, results, table, notes)))
    return 0


def scenarios_of(arguments: Arguments) -> tuple[list[tuple[Scenario, Settings]], list[str]]:
    """Return scenarios and settings as asked for, and notes on what is left out; raises ParameterError."""
    if any(word.lstrip("+").startswith("scenario=") for word in arguments.words):
        return [configure(arguments)], []
    there = options("scenario", arguments.config_dirs)
    names = [name for name in HELD_AGAINST if name in there]
    missing = [f"{name}: no such scenario here, left out" for name in HELD_AGAINST if name not in there]
    each = [dataclasses.replace(arguments, words=(*arguments.words, f"scenario={name}")) for name in names]
    return [configure(one) for one in each], missing


def report(
    scenarios: list[Scenario], settings: Settings, results: "Results", table: "pd.DataFrame", notes: list[str]
) -> list[str]:
    """Return what is printed: a table a scenario, what each pattern is, and how many are met."""
    from sim.calibration.verdicts import tally_line, verdicts

    last = settings.seed + settings.replications - 1
    seeds = f"seeds {settings.seed} to {last}" if settings.replications > 1 else f"seed {settings.seed}"
    people = results.manifest["n_people"]
    lines = [f"{settings.weeks} weeks from {START_DATE}, {seeds}, {people} people", *heading(RULE)]
    for scenario in scenarios:
        partial = " - partial: policies are missing" * (UNFINISHED in scenario.description.lower())
        lines += ["", *heading(f"{scenario.name}: {scenario.description}{partial}")]
        lines += pattern_lines(table[table.scenario == scenario.name])
    lines += ["", "What they are", *meaning_lines(table[table.scenario == scenarios[0].name]), ""]
    lines += [tally_line(name, said) for name, said in verdicts(table).items()]
    lines.append(f"{'results in' if results.is_new else 'found finished in'} {results.folder}")
    return [*lines, *(f"note: {note}" for note in (*notes, *results.manifest["notes"]))]


def pattern_lines(rows: "pd.DataFrame") -> list[str]:
    """Return a line a pattern: name, target, observed with interval, verdict, tag."""
    from sim.cli.summary import aligned

    columns: list[list[str]] = [["  pattern"], ["target"], ["observed"], ["verdict"], ["tag"]]
    for row in rows.to_dict("records"):
        target = f"{shown(row['low'])} to {shown(row['high'])}"
        seen = observed(row["observed"], row["ci_low"], row["ci_high"])
        cells = (f"  {row['pattern']}", target, seen, row["verdict"], f"{row['evidence']}, {row['role']}")
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    return aligned(columns)


def meaning_lines(rows: "pd.DataFrame") -> list[str]:
    """Return what each pattern means, its source, and its note."""
    width, lines = max(map(len, rows.pattern)), []
    for row in rows.to_dict("records"):
        texts = [f"{row['meaning']} ({row['unit']}; {row['period']}). {row['source']}"]
        lines += paragraph(row["pattern"], [*texts, *([f"Note: {row['note']}"] if row["note"] else [])], width)
    return lines


def observed(mean: float, low: float, high: float) -> str:
    """Return `mean [low, high]`, without the interval if there is none, `-` without a value."""
    if math.isnan(mean):
        return "-"
    return shown(mean) if math.isnan(low) else f"{shown(mean)} [{shown(low)}, {shown(high)}]"


def shown(number: float) -> str:
    """Return a number to three significant digits, whole ones from 100 on.

    >>> shown(14475.2), shown(1.8234), shown(0.0142), shown(0.0), shown(3.0)
    ('14475', '1.82', '0.0142', '0', '3')
    """
    if number == 0 or abs(number) >= 100:
        return f"{number:.0f}"
    text = f"{number:.{min(6, 2 - math.floor(math.log10(abs(number))))}f}"
    return text.rstrip("0").rstrip(".") if float(text) else "0"
