"""What a report is made of: everything that is read, and nothing that is run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.report.options import ReportOptions
from sim.report.words import Words
from sim.scenario import is_folder
from sim.study import store
from sim.study.store import StoreError

if TYPE_CHECKING:
    import pandas as pd

MAIN = ("compare", "study", "sweep")
"""Verbs whose folders a report can be of."""

SHOWN = 6
"""Options that are shown in full where all would fill pages; the tables have all."""


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return a table as a list of rows, each column -> value."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


@dataclass(frozen=True)
class Option:
    """A scenario as a report names it; texts: `label` and `description`, each by language; parameters: all of them."""

    name: str
    texts: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, Any]

    def label(self, words: Words) -> str:
        """Return what it is called."""
        return words.pick(self.texts.get("label", {}), self.name)

    def description(self, words: Words) -> str:
        """Return what it is, in a line, nothing if nobody said so."""
        return words.pick(self.texts.get("description", {}))


@dataclass(frozen=True)
class Analysed:
    """A sweep and what `weishang analyse` found in it."""

    folder: Path
    settings: Mapping[str, Any]
    tables: "Mapping[str, pd.DataFrame]"
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Attributed:
    """The worlds of all subsets of a package's policies."""

    folder: Path
    scenario: str
    players: tuple[str, ...]
    runs: "pd.DataFrame"
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Studied:
    """The claims of a study: a row a claim, a row a test, and the runs in plausible worlds."""

    folder: Path
    title: str
    question: str
    claims: "pd.DataFrame"
    tests: "pd.DataFrame"
    worlds: "pd.DataFrame | None"


@dataclass(frozen=True)
class Material:
    """Everything that was read. What was not found is empty or None, and its section says so."""

    folder: Path
    verb: str
    manifest: Mapping[str, Any]
    options: tuple[Option, ...] = ()
    weekly: "pd.DataFrame | None" = None
    runs: "pd.DataFrame | None" = None
    effects: "pd.DataFrame | None" = None
    people: "pd.DataFrame | None" = None
    sweeps: tuple[Analysed, ...] = ()
    attributions: tuple[Attributed, ...] = ()
    studies: tuple[Studied, ...] = ()
    patterns: tuple["pd.DataFrame", ...] = ()
    benchmarks: tuple["pd.DataFrame", ...] = ()
    dictionary: "pd.DataFrame | None" = None
    included: tuple[tuple[Path, Mapping[str, Any]], ...] = ()
    given: ReportOptions = field(default_factory=ReportOptions)

    @property
    def baseline(self) -> Option:
        """The option that all are held against: the first."""
        return self.options[0]

    @property
    def others(self) -> tuple[Option, ...]:
        """The options but the baseline."""
        return self.options[1:]

    @property
    def measures(self) -> list[str]:
        """The measures that there are: those compared, or those explained in sweeps."""
        if self.effects is not None:
            return list(self.effects["measure"].unique())
        return sorted({name for sweep in self.sweeps for name in sweep.settings["measures"]})

    @cached_property
    def effect_rows(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """(option, measure) -> its row of effects."""
        rows = [] if self.effects is None else records(self.effects)
        return {(row["scenario"], row["measure"]): row for row in rows}

    def effect(self, option: str, measure: str) -> Mapping[str, Any] | None:
        """Return the effect of an option on a measure, None if there is none."""
        return self.effect_rows.get((option, measure))

    def option(self, name: str) -> Option | None:
        """Return an option by its name."""
        return next((each for each in self.options if each.name == name), None)


# reading ----------------------------------------------------------------------------------------


def read_material(folder: Path, given: ReportOptions | None = None) -> Material:
    """Return all that there is to say of a folder; raises StoreError if nothing finished is in it."""
    given = given or ReportOptions()
    if not is_folder(folder):
        raise StoreError(f"{folder}: no such folder; allowed is the folder of a finished comparison, sweep or study")
    verb, manifest = _kind(folder)
    if verb not in MAIN:
        raise StoreError(f"{folder}: holds results of `{verb}`; a report is made of {', '.join(MAIN)}")
    material = {"compare": _comparison, "study": _study, "sweep": _sweep}[verb](folder, manifest)
    for path in given.include:
        material = _with(material, path)
    return replace(material, given=given)


def _kind(folder: Path) -> tuple[str, Mapping[str, Any]]:
    """Return the verb that made a folder, and the manifest; a study's is that of its part on the baseline."""
    if not (folder / store.MANIFEST).is_file() and (folder / "claims.csv").is_file():
        return "study", store.read_manifest(folder / "baseline")
    manifest = store.read_manifest(folder)
    configuration = manifest["configuration"]
    return str(configuration.get("verb") if isinstance(configuration, dict) else None), manifest


def _comparison(folder: Path, manifest: Mapping[str, Any]) -> Material:
    from sim.study.runner import read_results

    results = read_results(folder)
    return Material(
        folder, "compare", manifest, options_of(manifest, manifest["configuration"]["scenarios"]),
        results.weekly, results.runs, results.tables["effects"], results.tables.get("people"),
        dictionary=_csv(folder / "measures.csv"),
    )  # fmt: skip


def _study(folder: Path, manifest: Mapping[str, Any]) -> Material:
    from sim.study.effects import effects_table
    from sim.study.runner import read_results

    results = read_results(folder / "baseline")
    names = list(manifest["configuration"]["parameters"])
    dictionary = _csv(folder / "baseline" / "measures.csv")
    effects = effects_table(results.runs, names, list(dictionary["name"]))
    return Material(
        folder, "study", manifest, options_of(manifest, names), results.weekly, results.runs, effects,
        results.tables.get("people"), studies=(read_study(folder, manifest),), dictionary=dictionary,
    )  # fmt: skip


def _sweep(folder: Path, manifest: Mapping[str, Any]) -> Material:
    return Material(
        folder, "sweep", manifest, sweeps=(read_analysed(folder, manifest),), dictionary=_csv(folder / "measures.csv")
    )


def _with(material: Material, path: Path) -> Material:
    """Return the material with what another folder adds; raises StoreError for one that adds nothing."""
    verb, manifest = _kind(path)
    changes: dict[str, Any] = {"included": (*material.included, (path, manifest))}
    if verb == "sweep":
        changes["sweeps"] = (*material.sweeps, read_analysed(path, manifest))
    elif verb == "attribute":
        changes["attributions"] = (*material.attributions, read_attributed(path, manifest))
    elif verb == "study":
        changes["studies"] = (*material.studies, read_study(path, manifest))
    elif verb == "calibrate":
        changes["patterns"] = (*material.patterns, store.read_parquet(path / "patterns.parquet"))
    elif verb == "verify":
        changes["benchmarks"] = (*material.benchmarks, store.read_parquet(path / "benchmarks.parquet"))
    else:
        raise StoreError(
            f"report.include={path}: holds results of `{verb}`; allowed are sweep, attribute, study, calibrate, verify"
        )
    return replace(material, **changes)


def options_of(manifest: Mapping[str, Any], names: Sequence[str]) -> tuple[Option, ...]:
    """Return the scenarios of a manifest as options."""
    texts, parameters = manifest.get("options", {}), manifest["configuration"]["parameters"]
    return tuple(Option(name, texts.get(name, {}), parameters[name]) for name in names)


def read_analysed(folder: Path, manifest: Mapping[str, Any]) -> Analysed:
    """Return what was found in a sweep; raises StoreError if it was not analysed."""
    from sim.analysis.analysing import FINDINGS, FOLDER, TABLES

    place = folder / FOLDER
    try:
        said = json.loads((place / FINDINGS).read_text(encoding="utf-8"))
        settings = dict(said["settings"])
    except (OSError, ValueError, KeyError, TypeError):
        raise StoreError(f"{folder}: no analysis of this sweep; run `weishang analyse {folder}` first") from None
    tables = {name: _csv(place / f"{name}.csv") for name in TABLES if (place / f"{name}.csv").is_file()}
    return Analysed(folder, settings, tables, manifest)


def read_attributed(folder: Path, manifest: Mapping[str, Any]) -> Attributed:
    """Return the runs of an attribution."""
    configuration = manifest["configuration"]
    runs = store.read_parquet(folder / "runs.parquet")
    return Attributed(folder, configuration["scenario"], tuple(configuration["players"]), runs, manifest)


def read_study(folder: Path, manifest: Mapping[str, Any]) -> Studied:
    """Return the claims of a study, and its runs in plausible worlds."""
    lines = (folder / "claims.md").read_text(encoding="utf-8").splitlines() if (folder / "claims.md").is_file() else []
    title = lines[0].removeprefix("# ") if lines else str(manifest["configuration"]["study"])
    question = lines[2] if len(lines) > 2 else ""
    worlds = folder / "worlds" / "runs.parquet"
    runs = store.read_parquet(worlds) if worlds.is_file() else None
    return Studied(folder, title, question, _csv(folder / "claims.csv"), _csv(folder / "tests.csv"), runs)


def _csv(path: Path) -> "pd.DataFrame":
    """Return a table written as CSV; raises StoreError if it is missing or damaged."""
    import pandas as pd

    try:
        return pd.read_csv(path, keep_default_na=True)
    except (OSError, ValueError):
        raise StoreError(f"{path}: missing or damaged; run the line that made it again") from None
