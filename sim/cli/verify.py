"""`weishang verify`: theory held against the market, point by point."""

import math
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.arguments import Arguments
from sim.cli.configuration import sort_words
from sim.cli.layout import heading
from sim.fields import ParameterError
from sim.scenario import build_settings
from sim.study import store
from sim.study.files import write_bytes
from sim.study.provenance import git_state, versions

if TYPE_CHECKING:
    import pandas as pd

    from sim.parameters import Settings
    from sim.theory import Outcome
    from sim.theory.base import Effort

OWN = ("seed", "workers", "output")
EXIT_MISSED = 1
TABLES = ("points", "benchmarks")
GALLERY = "gallery.html"
MOST_LINES = 40
"""Of one benchmark that are printed; the others are in points.csv."""


def run(arguments: Arguments) -> int:
    """Hold the benchmarks named (all if none) against the market, print the table; return 1 if one is missed."""
    names, settings = configure(arguments)
    from sim.theory import named
    from sim.theory.base import Effort

    names, effort = named(names), Effort(arguments.quick, settings.seed)
    folder = store.Folder(place(settings, effort, names), plan_of(arguments, names, effort))
    if is_new := not folder.is_finished:
        with folder.opened():
            outcomes = hold_all(names, effort, settings.workers, is_quiet=arguments.quiet)
            keep(folder, outcomes)
    benchmarks, points = (read_table(folder.path / f"{name}.parquet") for name in ("benchmarks", "points"))
    if arguments.plot:
        draw(folder.path, benchmarks, points, effort)
    if not arguments.quiet:
        print("\n".join(summary(benchmarks, points, folder.path, is_new=is_new, is_drawn=arguments.plot)))
    return EXIT_MISSED if (benchmarks.verdict == "missed").any() else 0


def configure(arguments: Arguments) -> "tuple[list[str], Settings]":
    """Return the benchmarks named and the settings; raises ParameterError."""
    import dataclasses

    names = [word for word in arguments.words if "=" not in word]
    rest = dataclasses.replace(arguments, words=tuple(word for word in arguments.words if "=" in word))
    chosen, values = sort_words(rest)
    for key, value in {**chosen, **values}.items():
        if key not in OWN:
            raise ParameterError(f"{key}={value!r}: benchmarks set their own limits; allowed are {', '.join(OWN)}")
    return names, build_settings(values)


def place(settings: "Settings", effort: "Effort", names: list[str]) -> Path:
    """Return where the results go."""
    if settings.output is not None:
        return Path(settings.output)
    identity = store.configuration_hash(configuration(names, effort) | {"code": store.code_hash()})
    return Path("results") / "verify" / f"{'quick' if effort.is_quick else 'full'}-{identity[:8]}"


def configuration(names: list[str], effort: "Effort") -> dict[str, Any]:
    """Return what the results depend on."""
    numerical = {name: version for name, version in versions().items() if name in ("python", "numpy", "numba", "scipy")}
    return {"verb": "verify", "benchmarks": names, "quick": effort.is_quick, "seed": effort.seed, "with": numerical}


def plan_of(arguments: Arguments, names: list[str], effort: "Effort") -> dict[str, Any]:
    """Return what the manifest says before anything is run."""
    whole = configuration(names, effort)
    return {
        "schema_version": store.SCHEMA_VERSION,
        "command": shlex.join(["weishang", *arguments.typed]),
        "configuration": whole,
        "configuration_hash": store.configuration_hash(whole),
        "code_hash": store.code_hash(),
        "seeds": [effort.seed],
        "started": now(),
    }


def now() -> str:
    """Return the time, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def hold_all(names: list[str], effort: "Effort", workers: int | None, *, is_quiet: bool) -> "list[Outcome]":
    """Run the benchmarks, a line on standard error as each ends."""
    import os

    from sim.theory import verify

    done = 0

    def report(outcome: "Outcome") -> None:
        nonlocal done
        done += 1
        if not is_quiet:
            line = f"verify: {done} of {len(names)}: {outcome.name} {outcome.verdict}, {outcome.seconds:.0f} s"
            print(line, file=sys.stderr, flush=True)

    if not is_quiet:
        print(f"verify: {len(names)} benchmarks (a first run compiles for about a minute)", file=sys.stderr, flush=True)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return verify(names, effort, workers=workers or cores, report=report)


def keep(folder: store.Folder, outcomes: "list[Outcome]") -> None:
    """Write the tables and the manifest."""
    from sim.study.export import csv_bytes
    from sim.theory import table_of_benchmarks, table_of_points

    tables = dict(zip(TABLES, (table_of_points(outcomes), table_of_benchmarks(outcomes)), strict=True))
    manifest = {
        **folder.plan,
        "finished": now(),
        "result_hash": store.result_hash(tables),
        "verdicts": {outcome.name: outcome.verdict for outcome in outcomes},
        "seconds": {outcome.name: round(outcome.seconds, 1) for outcome in outcomes},
        "versions": versions(),
        **git_state(),
    }
    files = {f"{name}.parquet": store.parquet_bytes(table) for name, table in tables.items()}
    folder.finish(manifest, files | {f"{name}.csv": csv_bytes(table) for name, table in tables.items()})


def read_table(path: Path) -> "pd.DataFrame":
    """Return a stored table, without the index of worlds that other tables have; raises StoreError."""
    return store.read_parquet(path)


def draw(folder: Path, benchmarks: "pd.DataFrame", points: "pd.DataFrame", effort: "Effort") -> None:
    """Write the gallery beside the tables."""
    from sim.report.gallery import gallery_page

    form = "quick look" if effort.is_quick else "full gallery"
    page = gallery_page(benchmarks, points, f"{form.capitalize()}, seed {effort.seed}.")
    write_bytes(folder / GALLERY, page.encode())


def summary(
    benchmarks: "pd.DataFrame", points: "pd.DataFrame", folder: Path, *, is_new: bool, is_drawn: bool
) -> list[str]:
    """Return what is printed: every claim with prediction, observation, tolerance and verdict."""
    lines: list[str] = []
    for row in benchmarks.to_dict("records"):
        lines += ["", f"{row['benchmark']}: {row['title']}", *heading(f"  {row['formula']} ({row['source']})")]
        lines += point_lines(points[points.benchmark == row["benchmark"]])
    said = benchmarks.verdict.tolist()
    counts = ", ".join(f"{said.count(word)} {word}" for word in ("met", "missed", "shown") if word in said)
    claims = f"{benchmarks.n_met.sum()} of {benchmarks.n_claims.sum()} points met"
    lines += ["", f"{len(said)} benchmarks: {counts}; {claims}"]
    lines.append(f"{'results in' if is_new else 'found finished in'} {folder}")
    return [*lines, *([f"gallery: {folder / GALLERY}"] if is_drawn else [])]


def point_lines(points: "pd.DataFrame") -> list[str]:
    """Return a line a claim, missed ones first if there are too many."""
    from sim.cli.summary import aligned

    claims = points[points.verdict != "shown"]
    missed_first = claims.sort_values("verdict", key=lambda words: words != "missed", kind="stable")
    printed = missed_first[:MOST_LINES].sort_index()
    columns: list[list[str]] = [["  point"], ["predicted"], ["observed"], ["tolerance"], ["verdict"]]
    for point in printed.to_dict("records"):
        cells = (
            f"  {point['label']}",
            number(point["predicted"]),
            number(point["observed"]),
            tolerance(point),
            point["verdict"],
        )
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    lines = aligned(columns) if len(printed) else []
    more = [(len(claims) - len(printed), "more, met"), (len(points) - len(claims), "shown without a claim")]
    return lines + [f"  and {n} {what}, in points.csv" for n, what in more if n]


def tolerance(point: Mapping[Any, Any]) -> str:
    """Return `± x`, or the range where the prediction is not its middle."""
    low, high, predicted = point["low"], point["high"], point["predicted"]
    if math.isinf(high):
        return f">= {number(low)}"
    if math.isinf(low):
        return f"<= {number(high)}"
    half = (high - low) / 2
    if math.isnan(predicted) or abs(high - predicted - half) > 1e-9 * max(1.0, abs(predicted)):
        return f"{number(low)} to {number(high)}"
    return f"± {number(half)}" if half else "none"


def number(value: float) -> str:
    """Return a number to four significant digits, whole from 10 000 on, `-` if there is none.

    >>> number(0.123456), number(123456.7), number(float("nan")), number(0.0)
    ('0.1235', '123457', '-', '0')
    """
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
