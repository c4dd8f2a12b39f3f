"""What a sweep will take before it is begun: runs, time, room on the disk."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from sim.sweep.chunks import Chunks, Columns
from sim.sweep.living import Run, Yielded, live
from sim.sweep.plan import Sweep

WEEKS_TRIED = 26
"""Weeks of one world that are lived to learn how long all will take."""


@dataclass(frozen=True)
class Estimate:
    """What is to be expected; times in seconds, room in bytes."""

    n_points: int
    n_worlds: int
    n_runs: int
    seconds_a_run: float
    seconds: float
    bytes_at_most: int


def estimate(sweep: Sweep, columns: Columns, n_workers: int, code: str) -> Estimate:
    """Return what a sweep will take; lives up to 26 weeks of its first world twice, as the first time compiles."""
    weeks = min(sweep.weeks, WEEKS_TRIED)
    run = Run(
        (0, 0), sweep.first_parameters, sweep.seed, weeks, "", code, columns.series, 1, None, sweep.network_sha256
    )
    yielded = [live(replace(run, seed=sweep.seed + number, number=(number, 0))) for number in range(2)]
    n_runs = len(sweep.worlds) * sweep.most_replications
    seconds = yielded[1].seconds * sweep.weeks / weeks
    one, two = (room_of(yielded[: number + 1], columns) for number in range(2))
    a_run, a_file = (two - one) * (sweep.weeks / weeks if columns.series else 1), 2 * one - two
    n_rows = sweep.world_of.size * sweep.most_replications
    kept = n_runs * a_run + sweep.n_chunks * sweep.most_replications * a_file
    room = round(kept + n_rows * a_run)
    return Estimate(
        len(sweep.points.values), len(sweep.worlds), n_runs, seconds, seconds * n_runs / max(1, n_workers), room
    )


def room_of(yielded: list[Yielded], columns: Columns) -> int:
    """Return the bytes that a chunk of these runs takes."""
    with tempfile.TemporaryDirectory() as folder:
        chunks = Chunks(Path(folder), columns, len(yielded), len(yielded))
        chunks.add(0, 0, yielded)
        return sum(path.stat().st_size for path in Path(folder).iterdir())
