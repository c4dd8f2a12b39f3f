"""`weishang sweep`: a design over parameters and policies, run so that nothing is lost."""

import dataclasses
from typing import TYPE_CHECKING

from sim.cli.arguments import Arguments
from sim.cli.damage import damage_told
from sim.cli.sweep_words import configure
from sim.fields import ParameterError

if TYPE_CHECKING:
    from sim.sweep.plan import Sweep
    from sim.sweep.sweeping import How, Swept


def run(arguments: Arguments) -> int:
    """Run the sweep and its analysis; with `--cfg job` or `--dry-run` say what would be run."""
    if arguments.words[:1] and arguments.words[0] in SUBJECTS:
        return SUBJECTS[arguments.words[0]](arguments)
    sweep, how = configure(arguments)
    if arguments.cfg:
        print(configuration_text(sweep, how), end="")
        return 0
    if arguments.dry_run:
        print("\n".join(dry_run(sweep, how)))
        return 0
    return carry_out(sweep, how, arguments)


def carry_out(sweep: "Sweep", how: "How", arguments: Arguments, *, again: bool = False, first: str = "") -> int:
    """Run what is missing, analyse, print, `first` before all; return 1 if runs failed."""
    from sim.cli.progress import ProgressLine
    from sim.cli.sweep_report import summary
    from sim.sweep.sweeping import run_sweep

    with ProgressLine("sweep", "runs", is_quiet=arguments.quiet) as progress:
        swept = run_sweep(sweep, how, progress, again=again)
    with damage_told(swept.folder):
        lines, has_failed = [*summary(sweep, swept), *analysis_lines(swept)], bool(swept.failed)
    if not arguments.quiet:
        print("\n".join([*[first] * bool(first), *lines]))
    return 1 if has_failed else 0


def analysis_lines(swept: "Swept") -> list[str]:
    """Return what the analysis found, or where it is if it was made before."""
    from sim.analysis.analysing import FOLDER, PAGE
    from sim.cli.analyse import analysed
    from sim.study.store import StoreError

    page = swept.folder / FOLDER / PAGE
    if page.is_file() and not swept.is_new:
        return [f"analysis in {page}; again, or of other measures: weishang analyse {swept.folder}"]
    if not swept.manifest["n_runs"]:
        return ["no analysis: no run was finished"]
    try:
        return ["", *analysed(swept.folder, {})]
    except (ParameterError, StoreError) as error:
        return [f"no analysis: {error}"]


def configuration_text(sweep: "Sweep", how: "How") -> str:
    """Return the full configuration as YAML."""
    import json

    import yaml

    whole = sweep.configuration() | {"settings": dataclasses.asdict(how.settings)}
    whole |= {"executor": dataclasses.asdict(how.executor)}
    return str(yaml.safe_dump(json.loads(json.dumps(whole)), sort_keys=False, allow_unicode=True))


def dry_run(sweep: "Sweep", how: "How") -> list[str]:
    """Return what the sweep would take."""
    from sim.cli.progress import duration
    from sim.cli.sweep_report import bytes_said, counted, n_factors, said
    from sim.study.store import code_hash
    from sim.study.workers import cores_for
    from sim.sweep.estimating import estimate
    from sim.sweep.sweeping import columns_of

    workers = how.settings.workers or cores_for(sweep.first_parameters, how.settings.threads)
    found = estimate(sweep, columns_of(sweep), workers, code_hash())
    auto = " at most (replications=auto)" if sweep.target else ""
    shared = len(sweep.points.values) * (1 + len(sweep.against)) - found.n_worlds
    whole = counted(found.n_worlds, "different world")
    if shared:
        whole += f" ({shared} more are the same as one of these and are not run again)"
    room = f"about {bytes_said(found.bytes_at_most)} of disk while it runs, about half afterwards, and 5 MB of analysis"
    tried = f"({said(found.seconds_a_run)} s a run, tried on the first world)"
    return [
        f"design={sweep.design.kind}: {counted(found.n_points, 'point')} of {counted(n_factors(sweep), 'factor')}",
        whole,
        f"{counted(found.n_runs, 'run')}: {counted(sweep.most_replications, 'seed')} of each{auto}",
        f"about {duration(found.seconds)} if each of {counted(workers, 'worker')} has a core to itself {tried}",
        f"{room} (series={sweep.series})",
        "nothing was run",
    ]


# a sweep that is there ------------------------------------------------------------------------


def folder_of(arguments: Arguments) -> tuple[str, list[str]]:
    """Return the folder that is spoken of, and the words behind it."""
    subject, *words = arguments.words
    if not words or "=" in words[0]:
        raise ParameterError(f"sweep {subject}: which one? allowed is sweep {subject} DIR, the folder of a sweep")
    return words[0], words[1:]


def status(arguments: Arguments) -> int:
    """Print how far a sweep has come, and which runs failed."""
    from sim.cli.sweep_report import status_lines
    from sim.sweep.opening import opened, state_of

    folder, words = folder_of(arguments)
    refuse(words)
    with damage_told(folder):
        lines = status_lines(opened(folder), state_of(folder))
    if not arguments.quiet:
        print("\n".join(lines))
    return 0


def retry_failed(arguments: Arguments) -> int:
    """Run the failed runs of a sweep again, and what else is missing of it."""
    from sim.cli.sweep_words import how_of
    from sim.sweep.opening import opened

    folder, words = folder_of(arguments)
    with damage_told(folder):
        found = opened(folder)
        has_none = found.is_finished and not found.plan["failed"]
    how = how_of(dataclasses.replace(arguments, words=tuple(words)), folder, found.command)
    return carry_out(found.sweep, how, arguments, again=True, first="no run of it failed" * has_none)


def point(arguments: Arguments) -> int:
    """Print the configuration of a point as a scenario file, with the line that runs it."""
    from sim.sweep.faults import point_page
    from sim.sweep.opening import opened

    folder, words = folder_of(arguments)
    with damage_told(folder):
        sweep = opened(folder).sweep
        n_points = len(sweep.points.values)
    if len(words) != 1 or not words[0].isdecimal() or int(words[0]) >= n_points:
        raise ParameterError(
            f"sweep point {folder} {' '.join(words)}: allowed is the number of a point, 0 to {n_points - 1}"
        )
    with damage_told(folder):
        page = point_page(sweep, int(words[0]), arguments.config_dirs)
    print(page, end="")
    return 0


def refuse(words: list[str]) -> None:
    """Raise ParameterError for a word too many."""
    if words:
        raise ParameterError(f"{words[0]}: nothing can be set here; allowed is the folder of a sweep alone")


SUBJECTS = {"status": status, "retry-failed": retry_failed, "point": point}
"""First words that speak of a sweep that is there."""
