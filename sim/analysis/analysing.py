"""All that a sweep's design allows to say of it, as tables and sentences, kept beside its runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.cases import Case, default_case, parsed_case
from sim.analysis.dependence import dependence
from sim.analysis.findings import OF_ROWS, finding, prim_finding, regret_finding
from sim.analysis.intervals import SAME
from sim.analysis.morris import morris_effects, realised_coordinates
from sim.analysis.prim import prim_box
from sim.analysis.regret import options_and_worlds, regret
from sim.analysis.responses import AnalysisError, by_seed, luck_of, responses
from sim.analysis.sobol import block_size, sobol_indices, sobol_pairs
from sim.analysis.stored import RUNS, Stored, read_sweep
from sim.analysis.switching import switching_values
from sim.analysis.tornado import oat_curves, tornado, tornado_oat
from sim.fields import ParameterError
from sim.scenario import nearest
from sim.study.effects import HEADLINE, direction
from sim.study.export import csv_bytes
from sim.study.files import write_bytes, write_json
from sim.study.store import StoreError, read_parquet

if TYPE_CHECKING:
    import pandas as pd

FOLDER, PAGE, FINDINGS = "analysis", "analysis.html", "findings.json"
CRITERION = "welfare"
METHODS = {
    "sobol": ("sobol", "dependence", "tornado", "switching", "prim", "regret"),
    "morris": ("morris", "dependence", "tornado", "switching", "regret"),
    "oat": ("tornado", "switching"),
    "lhs": ("dependence", "tornado", "switching", "prim", "regret"),
    "csv": ("dependence", "tornado", "switching", "prim", "regret"),
    "grid": ("dependence", "tornado", "switching", "prim", "regret"),
}
"""Methods by kind of design."""

TABLES = ("sobol", "sobol_pairs", "morris", "dependence", "tornado", "switching", "prim", "regret")
"""Every table there may be, in the order of the page."""

MOST_NAMED = 6
ONE_SEED = "one seed: no interval of means and swings"


@dataclass(frozen=True)
class Analysis:
    """What was found in a sweep.

    tables: by name, one of TABLES; all but regret have the columns `measure` and `response` (the measure in words: a
    level, or a difference) before their own. findings: method, measure, sentence. left_out: what was not done, and
    why, and notes: what a reader must know of the rest, each in one line.
    """

    folder: Path
    settings: dict[str, Any]
    tables: "dict[str, pd.DataFrame]"
    findings: list[dict[str, str]]
    left_out: list[str]
    notes: list[str]


@dataclass
class _Work:
    """An analysis under way; `refused` collects the measures of which a method had the same to say."""

    sweep: Stored
    parts: "dict[str, list[pd.DataFrame]]" = field(default_factory=dict)
    findings: list[dict[str, str]] = field(default_factory=list)
    refused: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def against(self) -> str | None:
        return self.sweep.against[0] if self.sweep.against else None

    def response(self, measure: str) -> str:
        """Return the response in words."""
        return f"{measure} ({self.sweep.label} less {self.against})" if self.against else measure

    def by_seed(self, measure: str) -> "pd.DataFrame":
        sweep = self.sweep
        runs = sweep.runs(measure)
        other = sweep.of_other(runs, self.against) if self.against else None
        return by_seed(sweep.swept(runs), other, measure).reindex(sweep.points["point"])

    def add(self, name: str, measure: str, table: "pd.DataFrame") -> "pd.DataFrame":
        """Keep a table of one measure, with its name and response before the other columns."""
        named = table.copy()
        named.insert(0, "measure", measure)
        named.insert(1, "response", self.response(measure))
        self.parts.setdefault(name, []).append(named)
        return named

    def say(self, method: str, measure: str, sentence: str) -> None:
        self.findings.append({"method": method, "measure": measure, "sentence": sentence})


def analyse(
    folder: Path | str, measures: Sequence[str] | None = None, case: str | None = None, criterion: str = CRITERION
) -> Analysis:
    """Return what the stored files of a finished sweep say; see `keep` for writing it down.

    measures: those to explain (default: the headline measures that the runs have); case: what is of interest to PRIM,
    e.g. `welfare<0` (default: the bad side of each measure named, of the criterion if none is); with a scenario in
    against= both are of the paired difference against the first. criterion: the measure whose regret is shown.
    Raises StoreError for a folder that is no finished sweep, ParameterError for a measure or case there is not.
    """
    sweep = read_sweep(Path(folder))
    chosen = chosen_measures(sweep, measures, criterion)
    given = parsed_case(case, sweep.measures) if case is not None else None
    work = _Work(sweep)
    for measure in chosen:
        explain(work, measure)
    if "prim" in METHODS[sweep.kind]:
        for measure in [given.measure] if given else (chosen if measures is not None else [criterion]):
            discover(work, measure, given)
    if "regret" in METHODS[sweep.kind]:
        compare_options(work, criterion)
    if not sweep.against:
        work.refused["switching", "no scenario in against=, so there is no difference that could change its sign"] = []
    if sweep.kind == "csv" and "dependence" in work.parts:
        work.notes[
            "dependence: points of one's own; factors need not be independent: means given x, no partial dependence"
        ] = []
    return finished(work, chosen, given, criterion)


def chosen_measures(sweep: Stored, measures: Sequence[str] | None, criterion: str) -> list[str]:
    """Return the measures to explain; raises ParameterError for one that the runs do not have."""
    known = sweep.measures
    for key, names in (("measures", measures or ()), ("criterion", (criterion,))):
        for name in names:
            if name not in known:
                raise ParameterError(f"{key}={name}: no such measure in these runs{nearest(name, known)}")
    return list(dict.fromkeys(measures if measures is not None else [name for name in HEADLINE if name in known]))


def blocks_of(sweep: Stored) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return the block or trajectory of each point, within which points share coordinates; its own otherwise."""
    n_factors, sizes = len(sweep.factors), {"morris": len(sweep.factors) + 1}
    sizes["sobol"] = block_size(n_factors, is_second_order=bool(sweep.design.get("second_order")))
    return np.arange(len(sweep.points)) // sizes.get(sweep.kind, 1)


def explain(work: _Work, measure: str) -> None:
    """Do every method that explains a measure by its factors."""
    sweep, values = work.sweep, work.by_seed(measure)
    found = responses(values)
    y = found["y"].to_numpy(np.float64)
    if n_missing := int(np.isnan(y).sum()):
        work.notes.setdefault(f"{n_missing} of {y.size} points have no value", []).append(measure)
    n_seeds = found["n"][found["n"] > 0]
    if n_seeds.nunique() > 1:
        work.notes.setdefault(f"points have values under {n_seeds.min()} to {n_seeds.max()} seeds", []).append(measure)
    if n_seeds.max() == 1:
        work.notes.setdefault(ONE_SEED, []).append(measure)
    if is_same(y):
        work.refused.setdefault(("sensitivity", why_same(sweep, y)), []).append(measure)
        return
    for method in METHODS[sweep.kind]:
        if method not in OF_ROWS or (method == "switching" and not sweep.against):
            continue
        try:
            for name, table in tables_of(method, sweep, values, found):
                rows = work.add(name, measure, table)
                if name == method and len(rows):
                    work.say(method, measure, finding(method, rows))
                note_left_out(work, method, measure, table)
                if name == "tornado" and n_seeds.max() > 1:
                    note_single_ends(work, measure, table)
        except AnalysisError as error:
            work.refused.setdefault((method, str(error)), []).append(measure)


def is_same(y: "np.ndarray[Any, np.dtype[np.float64]]") -> bool:
    """Return whether the responses are one number, but for rounding."""
    known = y[~np.isnan(y)]
    return bool(known.size > 1 and np.ptp(known) <= SAME * np.abs(known).max())


def why_same(sweep: Stored, y: "np.ndarray[Any, np.dtype[np.float64]]") -> str:
    """Return why nothing can be said of a response that is the same at all points."""
    is_none_policy = not any(factor.is_policy for factor in sweep.factors)
    if sweep.against[:1] == (sweep.scenario,) and is_none_policy and not np.nan_to_num(y).any():
        return "the difference is zero by construction: nothing that varies is a policy and both scenarios are the same"
    return "the response is the same at all points"


def note_left_out(work: _Work, method: str, measure: str, table: "pd.DataFrame") -> None:
    """Note how many blocks or trajectories had a point without a value."""
    if "left_out" in table.columns and table["left_out"].iloc[0]:
        what = "blocks" if method == "sobol" else "trajectories"
        n = int(table["left_out"].iloc[0])
        work.notes.setdefault(f"{method}: {what} with a missing value left out: {n}", []).append(measure)


def note_single_ends(work: _Work, measure: str, table: "pd.DataFrame") -> None:
    """Note the factors that have one point or block at an end, and therefore no interval."""
    names = list(dict.fromkeys(table["factor"][table["swing_low"].isna()]))
    if names:
        listed = f"{', '.join(names[:MOST_NAMED])}{' and more' if len(names) > MOST_NAMED else ''}"
        work.notes.setdefault(f"tornado: one point or block at an end: no interval of {listed}", []).append(measure)


def tables_of(
    method: str, sweep: Stored, values: "pd.DataFrame", found: "pd.DataFrame"
) -> Iterator[tuple[str, "pd.DataFrame"]]:
    """Yield the tables of a method; values: by point and seed, found: by point, see `responses`."""
    seeded, is_sample = values.to_numpy(np.float64), sweep.kind != "grid"
    y, blocks, points = found["y"].to_numpy(np.float64), blocks_of(sweep), sweep.points
    factors = [factor for factor in sweep.factors if factor.key in sweep.keys]
    names = [factor.key for factor in sweep.factors]
    if method == "sobol":
        is_second = bool(sweep.design.get("second_order"))
        yield "sobol", sobol_indices(y, names, is_second_order=is_second, luck=luck_of(values))
        if is_second and len(names) > 1:
            yield "sobol_pairs", sobol_pairs(y, names)
    elif method == "morris":
        u = unit_coordinates(points, names)
        yield "morris", morris_effects(u, y, names, int(sweep.design["levels"]), realised_coordinates(u, sweep.factors))
    elif method == "dependence":
        yield "dependence", dependence(points, seeded, sweep.keys, blocks, is_sample=is_sample)
    elif method == "tornado":
        if sweep.kind == "oat":
            yield "tornado", tornado_oat(points, values, factors)
        else:
            yield "tornado", tornado(points, seeded, factors, blocks, is_sample=is_sample)
    elif sweep.kind == "oat":
        yield "switching", switching_values(oat_curves(points, values, factors))
    else:
        yield "switching", switching_values(dependence(points, seeded, sweep.keys, blocks, is_sample=is_sample))


def unit_coordinates(points: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    """Return the unit coordinates, shape (n_points, n_factors); raises AnalysisError if one is missing."""
    columns = [f"u.{name}" for name in names]
    missing = [name for name in columns if name not in points.columns]
    if missing:
        raise AnalysisError(f"points.parquet has no column {missing[0]}")
    return points[columns]


def discover(work: _Work, measure: str, given: Case | None) -> None:
    """Find the box of the cases of a measure."""
    sweep = work.sweep
    values = work.by_seed(measure)
    y = responses(values)["y"].to_numpy(np.float64)
    known = ~np.isnan(y)
    case = given or default_case(measure, y, is_difference=bool(sweep.against))
    is_case = case.holds(y[known])
    share = float(is_case.mean()) if is_case.size else 0.0
    try:
        box = prim_box(sweep.points.loc[known, sweep.keys].reset_index(drop=True), is_case, blocks_of(sweep)[known])
    except AnalysisError as error:
        work.refused.setdefault(("prim", f"{case.words(sweep.label, work.against)}: {error}"), [])
        return
    rows = work.add("prim", measure, box.assign(case=f"{measure}{case.sign}{case.bound:.6g}", chosen=case.why))
    words = case.words(sweep.label, work.against)
    work.say("prim", measure, prim_finding(rows, words, share, int(known.sum()), values.shape[1]))
    work.notes.setdefault(f"prim: cases are {measure} {case.sign} {case.bound:.4g}, {case.why}", [])


def compare_options(work: _Work, criterion: str) -> None:
    """Compare the options over worlds by the criterion."""
    better = direction(criterion)
    try:
        table = regret(options_and_worlds(work.sweep, criterion), better or 1)
    except AnalysisError as error:
        work.refused.setdefault(("regret", str(error)), [])
        return
    table.insert(0, "criterion", criterion)
    work.parts["regret"] = [table]
    work.say("regret", criterion, regret_finding(table, criterion))
    if not better:
        work.notes.setdefault(f"regret: whether more of {criterion} is better is not agreed; more is taken to be", [])


def finished(work: _Work, chosen: list[str], given: Case | None, criterion: str) -> Analysis:
    """Return the analysis of work that is done."""
    import pandas as pd

    sweep = work.sweep
    n_seeds = int(read_parquet(sweep.folder / RUNS, ["seed"])["seed"].nunique())
    settings = {
        "scenario": sweep.label, "against": list(sweep.against), "design": dict(sweep.design), "measures": chosen,
        "criterion": criterion, "case": f"{given.measure}{given.sign}{given.bound:.6g}" if given else None,
        "n_points": len(sweep.points), "n_seeds": n_seeds,
        "factors": sweep.keys,
    }  # fmt: skip
    tables = {name: pd.concat(work.parts[name], ignore_index=True) for name in TABLES if name in work.parts}
    left_out = [f"{method}: {why}{of(names, chosen)}" for (method, why), names in work.refused.items()]
    notes = [f"{note}{of(names, chosen)}" for note, names in work.notes.items()]
    return Analysis(sweep.folder, settings, tables, work.findings, left_out, notes)


def of(names: list[str], chosen: list[str]) -> str:
    """Return of which measures a line holds, in brackets, nothing where it holds of all."""
    if not names or names == chosen:
        return ""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f" ({', '.join(names[:MOST_NAMED])}{more})"


def keep(found: Analysis, page: str | None = None) -> list[Path]:
    """Write the tables as analysis/NAME.csv, the sentences as findings.json and the page; return where they are.

    Tables of an earlier analysis that were not made again are removed; nothing else in the folder is touched. Every
    file is whole or absent. Raises StoreError if the folder cannot be written to.
    """
    folder = found.folder / FOLDER
    files = {f"{name}.csv": csv_bytes(table) for name, table in found.tables.items()}
    if page is not None:
        files[PAGE] = page.encode()
    try:
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            write_bytes(folder / name, content)
        said = {
            "settings": found.settings,
            "findings": found.findings,
            "left_out": found.left_out,
            "notes": found.notes,
        }
        write_json(folder / FINDINGS, said)
        for name in {*(f"{each}.csv" for each in TABLES), PAGE} - set(files):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; allowed is a folder that can be written") from None
    return [folder / name for name in files]
