"""The final files of a sweep, made from its chunks piece by piece: memory does not grow with the number of runs.

Rows are in the order of replications, points, and at each point the swept scenario before those of
`against`. The same runs make the same bytes, whoever lived them, in whatever order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.parameters import START_DATE
from sim.study.files import whole_file
from sim.study.store import ResultHash
from sim.sweep.chunks import SERIES, Chunks
from sim.sweep.designs import uniform_column
from sim.sweep.factors import DUMMY, SCENARIO
from sim.sweep.plan import Sweep

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 256
"""Runs of one piece, and runs whose weeks make one row group of `weekly.parquet`."""
ROWS_A_GROUP = 4096
"""Rows of one row group of `runs.parquet`."""

FIRST = ("scenario", "point", "replication", "seed")


def assemble(folder: Path, sweep: Sweep, chunks: Chunks, replications: int) -> str:
    """Write runs.parquet and weekly.parquet; return the hash of their values."""
    hashed = ResultHash()
    with growing(folder / "runs.parquet", ROWS_A_GROUP) as add_runs, growing(folder / "weekly.parquet", 1) as add_weeks:
        for rows in pieces(sweep, chunks, replications):
            runs, weekly = runs_of(rows, chunks), weekly_of(rows, chunks, sweep.weeks)
            add_runs(runs)
            add_weeks(weekly)
            hashed.add("runs", runs.to_pandas())
            hashed.add("weekly", weekly.to_pandas())
    return hashed.hexdigest()


@contextmanager
def growing(path: Path, rows_a_group: int) -> Iterator[Callable[["pa.Table"], None]]:
    """Give a function that adds rows to a Parquet file, which is there when all are added, or not at all.

    rows_a_group: rows that are collected before they are written
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    collected: list[pa.Table] = []
    with whole_file(path) as temporary, ExitStack() as stack:
        writer: pq.ParquetWriter | None = None

        def write(at_least: int) -> None:
            nonlocal writer
            if not collected or (writer is not None and sum(map(len, collected)) < at_least):
                return
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(temporary, collected[0].schema, compression="zstd"))
            if sum(map(len, collected)) >= at_least:
                writer.write_table(pa.concat_tables(collected), row_group_size=1 << 30)
                collected.clear()

        def add(rows: "pa.Table") -> None:
            collected.append(rows)
            write(rows_a_group)

        yield add
        write(0)


def pieces(sweep: Sweep, chunks: Chunks, replications: int) -> Iterator["pa.Table"]:
    """Yield rows in their final order: identity, what the chunks hold, values of the factors."""
    n_points, n_variants = sweep.world_of.shape
    points = np.repeat(np.arange(n_points), n_variants)
    variants = np.tile(np.arange(n_variants), n_points)
    worlds = sweep.world_of.ravel()
    values = {
        factor.key: uniform_column([row[number] for row in sweep.points.values])
        for number, factor in enumerate(sweep.points.factors)
        if factor.key not in (DUMMY, SCENARIO)
    }
    for replication in range(replications):
        for first in range(0, worlds.size, ROWS_AT_ONCE):
            piece = slice(first, first + ROWS_AT_ONCE)
            rows, there = chunks.rows(replication, worlds[piece])
            here, variant = points[piece][there], variants[piece][there]
            yield behind(identified(sweep, rows, here, variant, replication), values, here)


def identified(sweep: Sweep, rows: "pa.Table", points: Any, variants: Any, replication: int) -> "pa.Table":
    """Return the rows with who they are in front."""
    import pyarrow as pa

    n_rows = len(points)
    names = [sweep.name_at(point, variant) for point, variant in zip(points.tolist(), variants.tolist(), strict=True)]
    columns: dict[str, Any] = {
        "scenario": pa.array(names, pa.string()),
        "point": pa.array(points, pa.int64()),
        "replication": pa.array(np.full(n_rows, replication), pa.int64()),
        "seed": pa.array(np.full(n_rows, sweep.seed + replication), pa.int64()),
    }
    known = {*FIRST, "world", "key", "n_people", "notes"}
    columns |= {name: rows[name] for name in rows.column_names if name not in known}
    return pa.table(columns)


def behind(rows: "pa.Table", values: Mapping[str, Any], points: Any) -> "pa.Table":
    """Return the rows with the values of the factors behind them."""
    import pyarrow as pa

    for key, column in values.items():
        own = column[points] if isinstance(column, np.ndarray) else pa.array([column[p] for p in points], pa.string())
        rows = rows.append_column(key, [own])
    return rows


def runs_of(rows: "pa.Table", chunks: Chunks) -> "pa.Table":
    """Return the rows without series of weeks."""
    return rows.select([name for name in rows.column_names if not is_series(name, chunks)])


def weekly_of(rows: "pa.Table", chunks: Chunks, weeks: int) -> "pa.Table":
    """Return a row a run and week: who it is, week, date, the series kept."""
    import pyarrow as pa

    n_runs = len(rows) if chunks.columns.series else 0
    run_of_row = np.repeat(np.arange(n_runs), weeks)
    columns: dict[str, Any] = {name: rows[name].take(pa.array(run_of_row)) for name in FIRST}
    week = np.tile(np.arange(weeks), n_runs)
    columns["week"] = pa.array(week, pa.int64())
    dates = np.datetime64(START_DATE) + 7 * week
    columns["date"] = pa.array(dates.astype("datetime64[ms]"), pa.timestamp("ms"))
    for name in chunks.columns.series:
        columns[name] = rows[f"{SERIES}{name}"].combine_chunks().flatten()
    return pa.table(columns)


def is_series(name: str, chunks: Chunks) -> bool:
    """Tell whether a column holds a series of weeks."""
    return name.startswith(SERIES) and name.removeprefix(SERIES) in chunks.columns.series


def failures(chunks: Chunks) -> Sequence[dict[str, Any]]:
    """Return what is said of failed runs, in order."""
    return [chunks.failed[place] for place in sorted(chunks.failed)]
