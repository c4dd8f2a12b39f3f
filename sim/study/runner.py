"""Running one scenario under several seeds, and keeping every finished seed.

Each seed is one world. Finished worlds are kept as sealed parts in the folder of results, so that
work stopped in any way goes on where it was; the final files are made from the parts in the order
of the seeds, and are the same whatever the number of processes.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.parameters import Parameters, Settings
from sim.scenario import Scenario, flattened, idle_notes, to_mapping
from sim.study import export, store
from sim.study.provenance import git_state, versions
from sim.study.store import Folder, Part, StoreError
from sim.study.workers import Job, Progress, run_jobs

if TYPE_CHECKING:
    import pandas as pd

    from sim.network import Network

IDENTITY = ("scenario", "point", "replication", "seed")
"""The first columns of `weekly` and `runs`."""

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Results:
    """What a folder of results holds, and whether it was there before."""

    folder: Path
    manifest: Mapping[str, Any]
    weekly: "pd.DataFrame"
    runs: "pd.DataFrame"
    is_new: bool


def configuration(verb: str, scenario: Scenario, settings: Settings) -> dict[str, Any]:
    """Return everything that the results depend on, as plain mappings."""
    network = scenario.parameters.network
    content = {} if network.path is None else {"network_sha256": store.file_hash(_readable(network.path))}
    return content | {
        "verb": verb,
        "scenario": scenario.name,
        "seed": settings.seed,
        "replications": settings.replications,
        "weeks": settings.weeks,
        "parameters": to_mapping(scenario.parameters),
    }


def _readable(path: str) -> Path:
    if Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir()):
        raise StoreError(f"network.path={path!r}: not a file; allowed is an edge list that can be read")
    try:
        with Path(path).open("rb"):
            return Path(path)
    except OSError as error:
        raise StoreError(f"network.path={path!r}: {error.strerror}; allowed is an edge list that can be read") from None


class UnfinishedError(RuntimeError):
    """Work stopped midway; finished seeds are kept. The message is one line that says how to go on."""


class Interrupted(KeyboardInterrupt):
    """Stopped by the user; the message is one line that says how to go on."""


def run_scenario(
    scenario: Scenario, settings: Settings, *, command: str = "", progress: Progress | None = None
) -> Results:
    """Run the seeds of a scenario that are not there yet; return what the folder then holds.

    Raises ParameterError, StoreError, NetworkError (nothing is written then), and UnfinishedError or
    Interrupted (finished seeds are kept, the same call goes on).
    """
    export.require(settings.export)
    chosen = configuration("run", scenario, settings)
    identity = store.configuration_hash(chosen)
    name = f"{scenario.name[:_LONGEST_NAME]}-{identity[:8]}"
    path = Path("results/run") / name if settings.output is None else Path(settings.output)
    folder = Folder(path, _plan(command, chosen, identity))
    is_new = not folder.is_finished
    if is_new:
        network = shared_network(scenario.parameters)
        with folder.opened():
            if not folder.is_finished:
                with _resumable(folder):
                    _run_missing(folder, scenario.parameters, settings, network, progress)
                    _finish(folder, scenario, network)
    results = read_results(folder.path, is_new=is_new)
    if settings.export:
        export.export(folder.path, settings.export, {"weekly": results.weekly, "runs": results.runs})
    return results


def read_results(path: Path, *, is_new: bool = False) -> Results:
    """Return finished results; raises StoreError if a file is missing or not what the manifest says."""
    manifest = store.read_manifest(path)
    weekly, runs = store.read_parquet(path / "weekly.parquet"), store.read_parquet(path / "runs.parquet")
    if store.result_hash({"weekly": weekly, "runs": runs}) != manifest["result_hash"]:
        raise StoreError(f"{path}: the tables are not those of manifest.json; remove the folder and run the line again")
    return Results(path, manifest, weekly, runs, is_new)


def shared_network(parameters: Parameters) -> "Network | None":
    """Return the friend graph if all seeds share one; None if each seed draws its own."""
    given = parameters.network
    if given.kind != "file" and given.seed is None:
        return None
    from sim.model import make_network

    return make_network(parameters, seed=0)


def _plan(command: str, chosen: Mapping[str, Any], identity: str) -> dict[str, Any]:
    seeds = list(range(chosen["seed"], chosen["seed"] + chosen["replications"]))
    return {
        "schema_version": store.SCHEMA_VERSION,
        "command": command,
        "configuration": dict(chosen),
        "configuration_hash": identity,
        "code_hash": store.code_hash(),
        "seeds": seeds,
        "started": _now(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _run_missing(
    folder: Folder, parameters: Parameters, settings: Settings, network: "Network | None", progress: Progress | None
) -> None:
    """Run the seeds without an intact part."""
    jobs = [
        Job(parameters, seed, settings.weeks, settings.threads, folder.part(seed))
        for seed in folder.plan["seeds"]
        if not store.is_intact(folder.part(seed))
    ]
    run_jobs(jobs, settings.workers, network, folder.path / store.PARTS, progress or (lambda done, total: None))


@contextmanager
def _resumable(folder: Folder) -> Iterator[None]:
    """Say how to go on after Ctrl-C, a full disk, too little memory or a killed process."""
    go_on = "run the same line again to go on"
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted: {_kept(folder)}; {go_on}") from None
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {_kept(folder)}; {go_on}") from error
    except (BrokenExecutor, MemoryError) as error:
        reason = "out of memory, or a process was killed"
        raise UnfinishedError(f"{reason}: {_kept(folder)}; {go_on}, with fewer workers if memory is short") from error


def _kept(folder: Folder) -> str:
    seeds = folder.plan["seeds"]
    n_kept = sum(store.is_intact(folder.part(seed)) for seed in seeds)
    return f"{n_kept} of {len(seeds)} seeds are kept in {folder.path}" if n_kept else "no seed was finished"


def _finish(folder: Folder, scenario: Scenario, network: "Network | None") -> None:
    """Make the final files from the parts."""
    parts = [store.read_part(folder.part(seed)) for seed in folder.plan["seeds"]]
    weekly, runs = tables(scenario, parts)
    from sim.measures import catalogue

    catalogued = catalogue(scenario.parameters.brands.n_brands)
    rows = [(each.name, each.unit, each.formula, each.source) for each in catalogued]
    manifest = {
        **folder.plan,
        "finished": _now(),
        "result_hash": store.result_hash({"weekly": weekly, "runs": runs}),
        "n_people": parts[0].n_people,
        "notes": [
            *_network_notes(network),
            *idle_notes(scenario.parameters.policies, folder.plan["configuration"]["weeks"]),
            *_notes(parts),
        ],
        "verdicts": {},
        "versions": versions(),
        **git_state(),
    }
    files = {
        "weekly.parquet": store.parquet_bytes(weekly),
        "runs.parquet": store.parquet_bytes(runs),
        "measures.csv": export.csv_bytes(_frame(rows, ("name", "unit", "formula", "source"))),
    }
    folder.finish(manifest, files)


def _frame(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def tables(scenario: Scenario, parts: Sequence[Part], point: int = 0) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return `weekly` and `runs` of one point: identity, measures, and in `runs` the point's departures."""
    import pandas as pd

    departures = {key: value for key, value in flattened(scenario.departures).items() if key != "network.path"}
    weekly, runs = [], []
    for replication, part in enumerate(parts):
        identity = dict(zip(IDENTITY, (scenario.name, point, replication, part.seed), strict=True))
        weekly.append(pd.concat([pd.DataFrame(identity, index=part.weekly.index), part.weekly], axis=1))
        runs.append(identity | part.run_level | departures)
    return pd.concat(weekly, ignore_index=True), pd.DataFrame(runs)


def _network_notes(network: "Network | None") -> list[str]:
    """Return what was left out of a network file."""
    if network is None or not network.n_self_loops_dropped + network.n_doubles_dropped:
        return []
    return [f"network file: {network.n_self_loops_dropped} self-loops, {network.n_doubles_dropped} doubles dropped"]


def _notes(parts: Sequence[Part]) -> list[str]:
    """Return each note of the market once, with its seeds unless it is of all of them."""
    seeds: dict[str, list[int]] = {}
    for part in parts:
        for note in part.notes:
            seeds.setdefault(note, []).append(part.seed)
    return [note if len(where) == len(parts) else f"{note} ({_listed(where)})" for note, where in seeds.items()]


def _listed(seeds: Sequence[int], at_most: int = 6) -> str:
    names = [str(seed) for seed in seeds[:at_most]] + ["..."] * (len(seeds) > at_most)
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(names)}"
