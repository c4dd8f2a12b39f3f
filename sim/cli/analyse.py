"""`weishang analyse DIR`: what the stored files of a finished sweep say."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.analysis.findings import counted, interval, number, percent
from sim.analysis.sobol import told
from sim.cli.arguments import Arguments
from sim.cli.compare import listed_text
from sim.cli.damage import damage_told
from sim.cli.layout import heading
from sim.cli.summary import aligned
from sim.fields import ParameterError
from sim.scenario import is_folder, nearest
from sim.sweep.factors import DUMMY

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis import Analysis

OWN = ("measures", "case", "criterion")
MOST_FACTORS = 5
"""Of one measure that are printed; the others are in the tables."""

SAID = ("prim", "regret")
"""Methods whose sentences are printed in any case, beside all those on the criterion; the page has the others."""

RANKED = ("sobol", "morris", "tornado")
"""Tables that rank factors, the first of which is printed."""

COVERED = {
    "sobol": "blocks of points, for these seeds",
    "morris": "trajectories, for these seeds",
    "tornado": "points and seeds",
}
"""What their intervals are over."""


def run(arguments: Arguments) -> int:
    """Analyse the sweep, write tables and page beside it, print what matters."""
    folder, given = configure(arguments)
    with damage_told(folder):
        lines = analysed(folder, given)
    if not arguments.quiet:
        print("\n".join(lines))
    return 0


def analysed(folder: Path, given: Mapping[str, str]) -> list[str]:
    """Analyse a sweep, write tables and page beside it; return what matters."""
    from sim.analysis import analyse
    from sim.analysis.analysing import CRITERION, keep
    from sim.report.sensitivity import page

    measures = listed_text(given["measures"]) if "measures" in given else None
    found = analyse(folder, measures, given.get("case"), given.get("criterion", CRITERION))
    paths = keep(found, page(found.settings, found.tables, found.findings, found.left_out, found.notes))
    return [*report(found), *(f"page: {path}" for path in paths if path.suffix == ".html")]


def configure(arguments: Arguments) -> tuple[Path, dict[str, str]]:
    """Return the folder and what was given by key; raises ParameterError."""
    folders: list[str] = []
    given: dict[str, str] = {}
    for word in arguments.words:
        key, equals, text = word.partition("=")
        if not equals or (folders == [] and is_folder(word)):
            folders.append(word)
        elif key not in OWN:
            raise ParameterError(f"{word}: no such key{nearest(key, OWN)}; allowed are {', '.join(OWN)}")
        elif key in given:
            raise ParameterError(f"{key}: given twice; allowed is once")
        else:
            given[key] = text
    if not folders:
        raise ParameterError(
            "analyse: missing is the folder of a finished sweep, e.g. weishang analyse results/sweep/..."
        )
    if len(folders) > 1:
        raise ParameterError(f"{folders[1]}: a second folder; allowed is one")
    return Path(folders[0]), given


def report(found: "Analysis") -> list[str]:
    """Return what is printed."""
    settings = found.settings
    lines = [
        f"{settings['scenario']}: {counted(settings['n_points'], 'point')} of design {settings['design']['kind']}, "
        f"{counted(settings['n_seeds'], 'seed')}, {counted(len(settings['factors']), 'factor')}"
    ]
    ranked = next((found.tables[name] for name in RANKED if name in found.tables), None)
    name = next((name for name in RANKED if name in found.tables), "")
    if ranked is not None:
        over = "seeds" if settings["design"]["kind"] == "oat" else COVERED[name]
        lines += [f"intervals: 95 % over {over}"] if name != "tornado" or settings["n_seeds"] > 1 else []
        for response, rows in ranked.groupby("response", sort=False):
            lines += ["", *ranking(name, str(response), rows)]
    if "regret" in found.tables:
        lines += ["", *regret_lines(found.tables["regret"])]
    lines.append("")
    is_one = len(settings["measures"]) == 1
    for each in found.findings:
        if is_one or each["method"] in SAID or each["measure"] == settings["criterion"]:
            lines += heading(each["sentence"])
    for word, remarks in (("note", found.notes), ("left out", found.left_out)):
        lines += [line for remark in remarks for line in heading(f"{word}: {remark}")]
    return [*lines, f"tables in {found.folder / 'analysis'}"]


def ranking(name: str, response: str, rows: "pd.DataFrame") -> list[str]:
    """Return the factors that move a measure most, with what ranks them."""
    dummy = rows[rows["factor"] == DUMMY].to_dict("records")
    first = rows[rows["factor"] != DUMMY].drop_duplicates("factor").head(MOST_FACTORS).to_dict("records")
    first += dummy if name == "morris" else []
    columns = [[response, *(f"  {row['factor']}" for row in first)]]
    if name == "sobol":
        columns += [
            ["total share of variance", *(interval(row, "st", "st_low", "st_high") for row in first)],
            ["alone", *(number(row["s1"]) for row in first)],
            ["told from noise", *map(told, first)],
        ]
        floors = [f"dummy {number(row['st_high'])}" for row in dummy]
        luck = f"luck of the seeds {number(rows['luck'].iloc[0])} (what differs from point to point)"
        return [*aligned(columns), f"  noise floors: {', '.join([*floors, luck])}"]
    if name == "morris":
        columns += [
            ["mu*", *(interval(row, "mu_star", "mu_star_low", "mu_star_high") for row in first)],
            ["sigma", *(number(row["sigma"]) for row in first)],
        ]
    else:
        columns.append(["swing", *(interval(row, "swing", "swing_low", "swing_high") for row in first)])
        columns.append(["of", *(row["swing_of"] for row in first)])
    return aligned(columns)


def regret_lines(table: "pd.DataFrame") -> list[str]:
    """Return the options with what they yield and what they lose."""
    names = ("mean", "worst", "max_regret", "mean_regret")
    columns = [[str(table["criterion"].iloc[0]), *(f"  {each}" for each in table["option"])]]
    columns += [[name.replace("_", " "), *map(number, table[name])] for name in names]
    columns += [[word, *map(percent, table[f"share_{word.split()[0]}"])] for word in ("best in", "tied in")]
    columns.append(["seeds", *map(str, table["n_seeds"])])
    return aligned(columns)
