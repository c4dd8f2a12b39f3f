"""Running scenarios under seeds, and keeping every finished world.

Finished worlds are kept as sealed parts in the folder of results, so that work stopped in any way
goes on where it was; the final files are made from the parts in the order of scenarios and seeds,
and are the same whatever the number of processes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.parameters import Parameters, Settings
from sim.scenario import Scenario, to_mapping
from sim.study import export, store
from sim.study.notes import notes
from sim.study.provenance import git_state, versions
from sim.study.store import Folder, Part, StoreError
from sim.study.workers import Progress, run_jobs
from sim.study.worlds import Job, World

if TYPE_CHECKING:
    import pandas as pd

    from sim.network import Network

IDENTITY = ("scenario", "point", "replication", "seed")
"""The first columns of `weekly` and `runs`."""

_LONGEST_NAME = 80


# what is run ----------------------------------------------------------------------------------

Kept = Callable[[int], Sequence[Part]]
"""Gives what the worlds of a finished seed yielded, one part a scenario."""


@dataclass(frozen=True)
class Work:
    """Every scenario under every seed, and what the results depend on beside these.

    fork_week: with `trunk`, the week until which all worlds of a seed live that one past
    keeps_weekly: whether the series of weeks are kept too, or only what a run comes to
    keeps_people: whether people are held against themselves in the first scenario (`sim.study.gains`)
    """

    verb: str
    scenarios: tuple[Scenario, ...]
    settings: Settings
    configuration: Mapping[str, Any]
    fork_week: int = 0
    trunk: Parameters | None = None
    keeps_weekly: bool = True
    keeps_people: bool = False

    @property
    def seeds(self) -> range:
        """The seeds, all that may be run."""
        return range(self.settings.seed, self.settings.seed + self.settings.replications)

    def folder(self, identity: str) -> Path:
        """Return where the results go."""
        if self.settings.output is not None:
            return Path(self.settings.output)
        names = "-".join(each.name for each in self.scenarios)
        return Path("results") / self.verb / f"{names[:_LONGEST_NAME]}-{identity[:8]}"


class Conclusion(NamedTuple):
    """What is said of `weekly` and `runs` when all is run: more tables, and entries of the manifest."""

    tables: "Mapping[str, pd.DataFrame]"
    entries: Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What a folder of results holds, and whether it was made just now."""

    folder: Path
    manifest: Mapping[str, Any]
    tables: "Mapping[str, pd.DataFrame]"
    is_new: bool

    @property
    def weekly(self) -> "pd.DataFrame":
        """One row a scenario, seed and week, one column a measure."""
        return self.tables["weekly"]

    @property
    def runs(self) -> "pd.DataFrame":
        """One row a scenario and seed, one column a measure."""
        return self.tables["runs"]

    @property
    def effects(self) -> "pd.DataFrame":
        """Of a comparison: one row a scenario and measure, with the paired difference from the baseline."""
        return self.tables["effects"]

    @property
    def people(self) -> "pd.DataFrame":
        """Of a comparison: one row a scenario, seed and group of people: who gains, who loses (`sim.study.gains`)."""
        return self.tables["people"]

    def report(self, path: Path | str | None = None, **given: Any) -> Path:
        """Make the decision report of a comparison and return where it is (default: report.html in the folder).

        given: title, question, criterion, language, include; see `sim.report.make_report`
        """
        from sim.report import make_report

        return make_report(self.folder, path, given)


class UnfinishedError(RuntimeError):
    """Work stopped midway; finished worlds are kept. The message is one line that says how to go on."""


class Interrupted(KeyboardInterrupt):
    """Stopped by the user; the message is one line that says how to go on."""


def run_scenario(
    scenario: Scenario, settings: Settings, *, command: str = "", progress: Progress | None = None
) -> Results:
    """Run the seeds of a scenario that are not there yet; return what the folder then holds.

    Raises ParameterError, StoreError, NetworkError (nothing is written then), and UnfinishedError or
    Interrupted (finished seeds are kept, the same call goes on).
    """
    work = Work("run", (scenario,), settings, configuration("run", scenario, settings))
    return carry_out(
        work,
        command=command,
        progress=progress,
        batches=lambda kept: iter([work.seeds]),
        conclude=lambda weekly, runs: Conclusion({}, {"verdicts": {}}),
    )


def configuration(verb: str, scenario: Scenario, settings: Settings) -> dict[str, Any]:
    """Return everything that the results of one scenario depend on, as plain mappings."""
    return network_content(scenario.parameters) | {
        "verb": verb,
        "scenario": scenario.name,
        "seed": settings.seed,
        "replications": settings.replications,
        "weeks": settings.weeks,
        "parameters": to_mapping(scenario.parameters),
    }


def network_content(parameters: Parameters) -> dict[str, str]:
    """Return the hash of the network file, if there is one; raises StoreError."""
    path = parameters.network.path
    return {} if path is None else {"network_sha256": store.file_hash(_readable(path))}


def _readable(path: str) -> Path:
    if Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir()):
        raise StoreError(f"network.path={path!r}: not a file; allowed is an edge list that can be read")
    try:
        with Path(path).open("rb"):
            return Path(path)
    except OSError as error:
        raise StoreError(f"network.path={path!r}: {error.strerror}; allowed is an edge list that can be read") from None


# running it -----------------------------------------------------------------------------------


def carry_out(
    work: Work,
    *,
    command: str,
    progress: Progress | None,
    batches: Callable[[Kept], Iterator[Sequence[int]]],
    conclude: "Callable[[pd.DataFrame, pd.DataFrame], Conclusion]",
) -> Results:
    """Run the worlds that are not there yet, write the final files; return what the folder then holds.

    batches: gives seeds, batch after batch, as long as it wants more of them; it is asked for the next
    when the batch before is finished, and may look at what that yielded. conclude: see Conclusion.
    Raises as `run_scenario` does.
    """
    export.require(work.settings.export)
    identity = store.configuration_hash(work.configuration)
    path = work.folder(identity)
    folder = Folder(path, _plan(command, work, identity))
    is_new = not folder.is_finished
    if is_new:
        network = shared_network(work)
        with folder.opened():
            if not folder.is_finished:
                with _resumable(folder, work):
                    seeds = _run_missing(folder, work, network, batches, progress)
                    _finish(folder, work, seeds, network, conclude)
    else:
        folder.tidy()
    results = read_results(path, is_new=is_new)
    if work.settings.export:
        export.export(path, work.settings.export, results.tables)
    return results


def read_results(path: Path, *, is_new: bool = False) -> Results:
    """Return finished results; raises StoreError if a file is missing or not what the manifest says."""
    manifest = store.read_manifest(path)
    names = ["weekly", "runs", *["effects"] * (manifest["configuration"].get("verb") == "compare")]
    names += ["people"] * (path / "people.parquet").exists()  # not in folders of old
    tables = {name: store.read_parquet(path / f"{name}.parquet") for name in names}
    if hash_of(tables) != manifest.get("result_hash"):
        raise StoreError(f"{path}: the tables are not those of manifest.json; remove the folder and run the line again")
    return Results(path, manifest, tables, is_new)


def hash_of(tables: "Mapping[str, pd.DataFrame]") -> str:
    """Return the hash of tables, nothing if they hold what no result does."""
    try:
        return store.result_hash(tables)
    except (TypeError, ValueError, ArithmeticError):
        return ""


def shared_network(work: Work) -> "Network | None":
    """Return the friend graph if all worlds share one; None if each seed draws its own."""
    wanted = {scenario.parameters.network for scenario in work.scenarios}
    parameters = work.scenarios[0].parameters
    if len(wanted) > 1 or (parameters.network.kind != "file" and parameters.network.seed is None):
        return None
    from sim.model import make_network

    return make_network(parameters, seed=0)


def _plan(command: str, work: Work, identity: str) -> dict[str, Any]:
    return {
        "schema_version": store.SCHEMA_VERSION,
        "command": command,
        "configuration": dict(work.configuration),
        "configuration_hash": identity,
        "code_hash": store.code_hash(),
        "options": {each.name: each.wording for each in work.scenarios},
        "seeds": list(work.seeds),
        "started": _now(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _run_missing(
    folder: Folder,
    work: Work,
    network: "Network | None",
    batches: Callable[[Kept], Iterator[Sequence[int]]],
    progress: Progress | None,
) -> list[int]:
    """Run the worlds without an intact part, batch after batch; return the seeds that were asked for."""
    wanted: list[int] = []

    def missing() -> Iterator[list[Job]]:
        for seeds in batches(lambda seed: _parts(folder, work, seed)):
            wanted.extend(seeds)
            yield [job for seed in seeds if (job := _job(folder, work, seed)).worlds]

    run_jobs(
        missing(), work.settings.workers, network, folder.path / store.PARTS, progress or (lambda done, total: None)
    )
    return wanted


def _job(folder: Folder, work: Work, seed: int) -> Job:
    """Return the worlds of a seed that have no intact part."""
    worlds = [
        World(scenario.parameters, folder.part(seed, twin))
        for twin, scenario in enumerate(work.scenarios)
        if not store.is_intact(folder.part(seed, twin))
    ]
    given, keeps = work.settings, (work.keeps_weekly, work.keeps_people)
    return Job(tuple(worlds), seed, given.weeks, given.threads, work.fork_week, work.trunk, *keeps)


def _parts(folder: Folder, work: Work, seed: int) -> list[Part]:
    return [store.read_part(folder.part(seed, twin)) for twin in range(len(work.scenarios))]


@contextmanager
def _resumable(folder: Folder, work: Work) -> Iterator[None]:
    """Say how to go on after Ctrl-C, a full disk, too little memory or a killed process."""
    go_on = "run the same line again to go on"
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted: {_kept(folder, work)}; {go_on}") from None
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {_kept(folder, work)}; {go_on}") from error
    except (BrokenExecutor, MemoryError) as error:
        reason = "out of memory, or a process was killed"
        raise UnfinishedError(
            f"{reason}: {_kept(folder, work)}; {go_on}, with fewer workers if memory is short"
        ) from error


def _kept(folder: Folder, work: Work) -> str:
    n_kept = sum(not _job(folder, work, seed).worlds for seed in work.seeds)
    return f"{n_kept} of {len(work.seeds)} seeds are kept in {folder.path}" if n_kept else "no seed was finished"


# the final files ------------------------------------------------------------------------------


def _finish(
    folder: Folder,
    work: Work,
    seeds: Sequence[int],
    network: "Network | None",
    conclude: "Callable[[pd.DataFrame, pd.DataFrame], Conclusion]",
) -> None:
    """Make the final files from the parts: every table, the data dictionary, the manifest."""
    by_seed = [_parts(folder, work, seed) for seed in seeds]
    parts = list(zip(*by_seed, strict=True))  # by scenario
    weekly, runs = tables(work.scenarios, parts)
    concluded = conclude(weekly, runs)
    all_tables = {"weekly": weekly, "runs": runs, **concluded.tables, **_people(folder, work, seeds)}
    manifest = {
        **folder.plan,
        "seeds": list(seeds),
        "finished": _now(),
        "result_hash": store.result_hash(all_tables),
        "n_people": by_seed[0][0].n_people,
        "notes": notes(work.scenarios, parts, work.settings.weeks, work.fork_week, network),
        **concluded.entries,
        "versions": versions(),
        **git_state(),
    }
    files = {f"{name}.parquet": store.parquet_bytes(table) for name, table in all_tables.items()}
    folder.finish(manifest, files | {"measures.csv": export.csv_bytes(_dictionary(work))})


def _people(folder: Folder, work: Work, seeds: Sequence[int]) -> "Mapping[str, pd.DataFrame]":
    """Return the table of who gains and who loses, if people are kept; one seed at a time is in memory."""
    if not work.keeps_people:
        return {}
    from sim.study.gains import people_table

    def people_of(seed: int) -> "list[pd.DataFrame]":
        return [store.read_people(folder.part(seed, twin)) for twin in range(len(work.scenarios))]

    return {"people": people_table(work.scenarios, seeds, people_of, work.settings.weeks, work.fork_week)}


def _dictionary(work: Work) -> "pd.DataFrame":
    """Return the data dictionary: a row a measure."""
    import pandas as pd

    from sim.measures import catalogue

    columns = ("name", "unit", "formula", "source")
    n_brands = max(scenario.parameters.brands.n_brands for scenario in work.scenarios)
    rows = [[getattr(measure, column) for column in columns] for measure in catalogue(n_brands)]
    return pd.DataFrame(rows, columns=list(columns))


def tables(
    scenarios: Sequence[Scenario], parts: Sequence[Sequence[Part]], point: int = 0
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return `weekly` and `runs` of one point: identity, measures, and in `runs` each scenario's departures.

    parts: of each scenario, one a seed
    """
    import pandas as pd

    from sim.scenario import flattened

    weekly, runs = [], []
    departures: dict[str, Any] = {}
    for scenario, of_scenario in zip(scenarios, parts, strict=True):
        own = {key: value for key, value in flattened(scenario.departures).items() if key != "network.path"}
        departures |= dict.fromkeys(own)
        for replication, part in enumerate(of_scenario):
            identity = dict(zip(IDENTITY, (scenario.name, point, replication, part.seed), strict=True))
            weekly.append(pd.concat([pd.DataFrame(identity, index=part.weekly.index), part.weekly], axis=1))
            runs.append((identity | part.run_level, own))
    rows = [measured | departures | own for measured, own in runs]
    return pd.concat(weekly, ignore_index=True), pd.DataFrame(rows)
