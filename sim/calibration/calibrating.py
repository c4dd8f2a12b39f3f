"""Runs the scenarios that are held against the real market, and keeps the table of patterns beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.calibration.targets import FILE
from sim.calibration.verdicts import table_of_patterns, verdicts
from sim.parameters import Settings
from sim.scenario import Scenario, to_mapping
from sim.study import store
from sim.study.export import csv_bytes
from sim.study.files import write_bytes
from sim.study.runner import Conclusion, Results, Work, carry_out, network_content
from sim.study.store import StoreError
from sim.study.workers import Progress

if TYPE_CHECKING:
    import pandas as pd

TABLE = "patterns"


def calibrate(
    scenarios: Sequence[Scenario], settings: Settings, *, command: str = "", progress: Progress | None = None
) -> "tuple[Results, pd.DataFrame]":
    """Run the scenarios, seed by seed in the same friend graph; return the results and the table of patterns.

    The folder holds, beside the files of a run, `patterns.parquet` and `patterns.csv`. Raises as `run_scenario`.
    """
    work = Work("calibrate", tuple(scenarios), settings, configuration(scenarios, settings))
    made_of = {each.name: each.parameters for each in scenarios}

    def conclude(weekly: "pd.DataFrame", runs: "pd.DataFrame") -> Conclusion:
        return Conclusion({}, {"verdicts": verdicts(table_of_patterns(weekly, runs, made_of))})

    results = carry_out(
        work, command=command, progress=progress, batches=lambda kept: iter([work.seeds]), conclude=conclude
    )
    table = table_of_patterns(results.weekly, results.runs, made_of)
    keep(results.folder, table)
    return results, table


def configuration(scenarios: Sequence[Scenario], settings: Settings) -> dict[str, Any]:
    """Return everything that the results depend on, as plain mappings; raises StoreError."""
    return network_content(scenarios[0].parameters) | {
        "verb": "calibrate",
        "targets_sha256": store.file_hash(FILE),
        "seed": settings.seed,
        "replications": settings.replications,
        "weeks": settings.weeks,
        "scenarios": {each.name: to_mapping(each.parameters) for each in scenarios},
    }


def keep(folder: Path, table: "pd.DataFrame") -> None:
    """Write the table of patterns if it is not there; raises StoreError."""
    contents = {"parquet": store.parquet_bytes(table), "csv": csv_bytes(table)}
    for form, content in contents.items():
        path = folder / f"{TABLE}.{form}"
        if not path.is_file():
            try:
                write_bytes(path, content)
            except OSError as error:
                raise StoreError(f"{path}: {error.strerror}; the results themselves are kept") from None
