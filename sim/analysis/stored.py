"""The stored files of a finished sweep: factors, points, and the runs measure by measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.scenario import is_folder
from sim.study.store import MANIFEST, PARTS, StoreError, read_manifest, read_parquet
from sim.sweep.designs import KINDS
from sim.sweep.factors import DUMMY, SCENARIO, Factor, factor_from
from sim.sweep.plan import AGAINST

if TYPE_CHECKING:
    import pandas as pd

PLACES = ("scenario", "point", "replication", "seed")
POINTS, RUNS = "points.parquet", "runs.parquet"
NAMELESS = "the swept scenario"
"""What a swept scenario is called that has no name of its own."""


@dataclass(frozen=True)
class Stored:
    """A finished sweep.

    points: a row a point, in the order of the design: `point`, a column a factor, `u.KEY` its unit coordinate
    measures: names of the measures in the runs
    """

    folder: Path
    scenario: str
    against: tuple[str, ...]
    design: Mapping[str, Any]
    factors: tuple[Factor, ...]
    points: "pd.DataFrame"
    measures: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return the kind of design, one of KINDS."""
        return str(self.design["kind"])

    @property
    def keys(self) -> list[str]:
        """Return the keys of all factors but the dummy."""
        return [factor.key for factor in self.factors if factor.key != DUMMY]

    @property
    def label(self) -> str:
        """Return what the swept scenario is called: no name if it is a factor, or also that of one in `against`."""
        return NAMELESS if SCENARIO in self.keys or self.scenario in self.against else self.scenario

    def runs(self, measure: str) -> "pd.DataFrame":
        """Return scenario, point, seed and one measure, a row a run; raises StoreError if the file is damaged."""
        return read_parquet(self.folder / RUNS, ["scenario", "point", "seed", measure])

    def swept(self, runs: "pd.DataFrame") -> "pd.DataFrame":
        """Return those of the runs that are of the swept scenario."""
        return runs[~runs["scenario"].isin([AGAINST + name for name in self.against])]

    def of_other(self, runs: "pd.DataFrame", name: str) -> "pd.DataFrame":
        """Return those of the runs that are of a scenario of `against`."""
        return runs[runs["scenario"] == AGAINST + name]


def read_sweep(folder: Path) -> Stored:
    """Return the sweep in a folder; raises StoreError if there is none, or it is unfinished or damaged."""
    if not is_folder(folder):
        raise StoreError(f"{folder}: no such folder; allowed is the folder of a finished sweep")
    if not (folder / MANIFEST).is_file() and (folder / PARTS).is_dir():
        raise StoreError(f"{folder}: unfinished; run its line again until it is finished")
    configuration = read_manifest(folder)["configuration"]
    verb = configuration.get("verb") if isinstance(configuration, dict) else None
    if verb != "sweep":
        raise StoreError(f"{folder}: holds results of `{verb}`; allowed is the folder of a finished sweep")
    try:
        scenario, against = str(configuration["scenario"]), tuple(map(str, configuration["against"]))
        design, factors = dict(configuration["design"]), tuple(map(factor_from, configuration["factors"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"{folder / MANIFEST}: damaged ({type(error).__name__}: {error})") from None
    if design.get("kind") not in KINDS:
        raise StoreError(f"{folder / MANIFEST}: design {design.get('kind')!r}; allowed are {', '.join(KINDS)}")
    points = read_parquet(folder / POINTS)
    require(folder / POINTS, len(points), list(points.columns), ["point", *(factor.key for factor in factors)])
    points = points.sort_values("point", kind="stable").reset_index(drop=True)
    return Stored(folder, scenario, against, design, factors, points, measures_in(folder, factors))


def measures_in(folder: Path, factors: Sequence[Factor]) -> tuple[str, ...]:
    """Return the names of the measures in runs.parquet; raises StoreError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.read_metadata(folder / RUNS)
        schema = file.schema.to_arrow_schema()
    except (OSError, pa.ArrowException):
        raise StoreError(f"{folder / RUNS}: missing or damaged; remove the folder and run its line again") from None
    require(folder / RUNS, file.num_rows, schema.names, PLACES)
    others = {*PLACES, *(factor.key for factor in factors)}
    return tuple(
        each.name
        for each in schema
        if each.name not in others and (pa.types.is_floating(each.type) or pa.types.is_integer(each.type))
    )


def require(path: Path, n_rows: int, columns: Sequence[str], needed: Sequence[str]) -> None:
    """Raise StoreError unless a table has rows and the columns needed."""
    if not n_rows:
        raise StoreError(f"{path}: has no rows; remove the folder and run the same line again")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise StoreError(f"{path}: column {missing[0]!r} is missing; remove the folder and run the same line again")
