"""What `weishang sweep` prints when it is done, and of a sweep that is under way."""

import math
from typing import TYPE_CHECKING, Any

from sim.cli.layout import heading
from sim.cli.progress import duration

if TYPE_CHECKING:
    from sim.sweep.opening import Opened, State
    from sim.sweep.plan import Sweep
    from sim.sweep.sweeping import Swept

FAILURES_SHOWN = 5
DETECTABLE = ("welfare", "share.resale", "trust.resale", "price.resale")
"""Measures of which the smallest effect that can be detected is told."""


def summary(sweep: "Sweep", swept: "Swept") -> list[str]:
    """Return what was run, what failed, what can be detected, and where the results are."""
    manifest = swept.manifest
    n_seeds = len(manifest["seeds"])
    beside = f" against {', '.join(each.name for each in sweep.against)}" if sweep.against else ""
    lines = heading(
        f"{sweep.name}{beside}: design={sweep.design.kind}, {counted(manifest['n_points'], 'point')} of "
        f"{counted(n_factors(sweep), 'factor')}, {counted(n_seeds, 'seed')} from {sweep.seed}, "
        f"{counted(sweep.weeks, 'week')}; {counted(manifest['n_runs'], 'run')}"
    )
    lines += [*throughput_lines(swept), *stopping_lines(manifest), *detectable_lines(sweep, swept)]
    lines += failure_lines(swept.failed, str(swept.folder))
    if swept.n_damaged:
        lines.append(f"{swept.n_damaged} damaged files were found; their runs were done again")
    lines += [line for note in manifest["notes"] for line in heading(f"note: {note}")]
    return [*lines, f"{'results in' if swept.is_new else 'found finished in'} {swept.folder}"]


def counted(number: int, name: str) -> str:
    """Return a number with what it counts.

    >>> counted(1, "seed"), counted(3, "seed")
    ('1 seed', '3 seeds')
    """
    return f"{number} {name}{'s' * (number != 1)}"


def n_factors(sweep: "Sweep") -> int:
    """Return how many factors vary something."""
    return sum(each.key != "dummy" for each in sweep.points.factors)


def said(value: float) -> str:
    """Return a number to three significant digits, whole from 1000 on, never with an exponent.

    >>> said(462.3), said(0.00048), said(0.0000123), said(-1234.5), said(2.0)
    ('462', '0.00048', '0.0000123', '-1234', '2')
    """
    if abs(value) >= 1000 or value == 0:
        return f"{value:.0f}"
    text = f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def bytes_said(number: float) -> str:
    """Return a size in words.

    >>> bytes_said(3_520_000_000), bytes_said(480_000), bytes_said(120_000_000)
    ('3.52 GB', '0.48 MB', '120 MB')
    """
    return f"{said(number / 1e9)} GB" if number >= 1e9 else f"{said(number / 1e6)} MB"


def throughput_lines(swept: "Swept") -> list[str]:
    """Return how fast the runs of this session were, against workers that never wait."""
    done = swept.throughput
    if not done.n_runs:
        return []
    ideal = done.n_workers * done.n_runs / done.seconds_lived
    return [
        f"{done.n_runs} runs in {duration(done.seconds)}: {said(done.n_runs / done.seconds)} runs/s of {said(ideal)} "
        f"that {counted(done.n_workers, 'worker')} would do without waiting ({done.efficiency:.0%})"
    ]


def stopping_lines(manifest: Any) -> list[str]:
    """Return why no more seeds were run, if that was to be found out."""
    found = manifest.get("stopping")
    if found is None:
        return []
    n, sought = len(manifest["seeds"]), f"{found['measure']} +- {found['wanted']:g}"
    if found["reached"]:
        return [f"stopped at {n} pairs: {sought} reached at every point"]
    widest = "no interval" if found["widest"] is None else said(found["widest"])
    return [f"stopped at {n} pairs, the most allowed: {sought} not reached (widest {widest})"]


def detectable_lines(sweep: "Sweep", swept: "Swept") -> list[str]:
    """Return the smallest paired effects that so many seeds detect, in the median over the points."""
    n_seeds = len(swept.manifest["seeds"])
    if not sweep.against or n_seeds < 2:
        return []
    found = detectable(sweep, swept)
    told = ", ".join(f"{name} {said(size)}" for name, size in found.items() if not math.isnan(size))
    return heading(f"smallest differences that {n_seeds} pairs detect at a point in 80 of 100 studies (median): {told}")


def detectable(sweep: "Sweep", swept: "Swept") -> dict[str, float]:
    """Return measure -> smallest difference that is detected, in the median over the points.

    Of n differences with standard deviation s it is a factor of n times s (see sim.study.pairs.detectable).
    """
    import numpy as np

    from sim.study.pairs import detectable as smallest
    from sim.sweep.plan import AGAINST

    runs = swept.runs(["scenario", "point", "seed", *DETECTABLE])
    beside = runs["scenario"] == f"{AGAINST}{sweep.against[0].name}"
    ours = runs[~runs["scenario"].str.startswith(AGAINST)].set_index(["point", "seed"])
    theirs = runs[beside].set_index(["point", "seed"])
    differences = (ours[list(DETECTABLE)] - theirs[list(DETECTABLE)]).groupby(level="point")
    reference = np.arange(float(len(swept.manifest["seeds"])))
    medians = differences.std().median() * (smallest(reference) / reference.std(ddof=1))
    return {str(name): float(size) for name, size in medians.items()}


def failure_lines(failed: list[dict[str, Any]], folder: str) -> list[str]:
    """Return which runs failed, and how they are run again."""
    if not failed:
        return []
    lines = [f"{counted(len(failed), 'run')} failed and {'is' if len(failed) == 1 else 'are'} left out:"]
    for each in failed[:FAILURES_SHOWN]:
        lines += [
            f"  point {each['point']}, seed {each['seed']}, {each['scenario']}: {each['error']}",
            f"    {each['replay']}",
        ]
    if len(failed) > FAILURES_SHOWN:
        lines.append(f"  and {len(failed) - FAILURES_SHOWN} more, in manifest.json")
    return [*lines, f"to run them again: weishang sweep retry-failed {folder}"]


def status_lines(found: "Opened", state: "State") -> list[str]:
    """Return how far a sweep has come."""
    sweep = found.sweep
    lines = [
        found.command,
        f"design={sweep.design.kind}, {counted(len(sweep.points.values), 'point')}, "
        f"{counted(sweep.most_replications, 'seed')}" + (" at most" if sweep.target else ""),
        f"{state.n_done} of {state.n_runs} runs are done ({state.n_done / max(1, state.n_runs):.0%}), "
        f"{len(state.failed)} failed; {bytes_said(state.n_bytes)} of results"
        + (f", {bytes_said(state.n_bytes_analysis)} of analysis" if state.n_bytes_analysis else ""),
    ]
    if state.n_damaged:
        lines.append(f"{state.n_damaged} damaged files; their runs will be done again")
    if found.is_finished:
        lines.append("finished")
    else:
        lines.append(
            "a process is at work on it" if state.is_running else "nobody is at work on it: run the same line again"
        )
    return [*lines, *failure_lines(state.failed, str(found.folder))]
