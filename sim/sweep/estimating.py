"""What a sweep will take before it is begun: runs, time, room on the disk."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from sim.sweep.chunks import Chunks, Columns
from sim.sweep.living import Run, live
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
    live(run)
    yielded = live(replace(run, seed=sweep.seed + 1))
    n_runs = len(sweep.worlds) * sweep.most_replications
    seconds = yielded.seconds * sweep.weeks / weeks
    with tempfile.TemporaryDirectory() as folder:
        chunks = Chunks(Path(folder), columns, 1, 1)
        chunks.add(0, 0, [yielded])
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    n_rows = sweep.world_of.size * sweep.most_replications
    room = round(size * (sweep.weeks / weeks if columns.series else 1) * (n_runs + n_rows))
    return Estimate(
        len(sweep.points.values), len(sweep.worlds), n_runs, seconds, seconds * n_runs / max(1, n_workers), room
    )
