"""Running a study: its claims on the baseline with many pairs, and on plausible worlds with few."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.fields import Group, field
from sim.parameters import Settings
from sim.scenario import Scenario, compose, load, to_mapping
from sim.study import export, store
from sim.study.claims import RULE, Claim, Study, condition, effect, holds, judged
from sim.study.files import write_bytes
from sim.study.runner import Conclusion, Results, Work, carry_out, network_content
from sim.study.workers import Progress

if TYPE_CHECKING:
    import pandas as pd


# fmt: off
@dataclass(frozen=True)
class Worlds(Group):
    """On how many plausible worlds claims are tested."""

    worlds: int = field(64, "plausible worlds, a Latin hypercube over the ranges of study.yaml", "worlds", 1, 100_000, source="shares of worlds to about .06", tag="design")
    world_people: int = field(2_000, "people in each of them", "people", 200, 10_000_000, source="many worlds rather than large ones", tag="design")
    world_replications: int = field(2, "seeds of each", "runs", 1, 10_000, source="many worlds rather than many seeds", tag="design")
# fmt: on

    @classmethod
    def key_prefix(cls) -> str:
        """Return what stands before a field's name in a key: nothing."""
        return ""


@dataclass(frozen=True)
class Findings:
    """What a study found: one row a claim, one row a test, and where the runs are."""

    folder: Path
    claims: "pd.DataFrame"
    tests: "pd.DataFrame"
    page: str


def run_study(
    study: Study,
    overrides: Mapping[str, Any],
    settings: Settings,
    worlds: Worlds,
    *,
    config_dirs: Sequence[Path | str] = (),
    command: str = "",
    progress: Progress | None = None,
) -> Findings:
    """Run what is not there yet, judge the claims, write claims.csv, tests.csv and claims.md.

    Raises ParameterError, StoreError, NetworkError, UnfinishedError, Interrupted with one line.
    """
    scenarios = [load(name, overrides=overrides, config_dirs=config_dirs) for name in study.scenarios]
    identity = store.configuration_hash(content(study, scenarios, settings) | dataclasses.asdict(worlds))
    folder = Path(settings.output or f"results/study/{study.name}-{identity[:8]}")
    large = dataclasses.replace(settings, output=str(folder / "baseline"))
    baseline = run_part(study, scenarios, large, command, progress, keeps_people=True)
    points = plausible_points(study, worlds, settings.seed)
    in_worlds = [each for number in range(worlds.worlds) for each in at_point(scenarios, points, number, worlds)]
    small = dataclasses.replace(settings, replications=worlds.world_replications, output=str(folder / "worlds"))
    by_world = split_by_world(run_part(study, in_worlds, small, command, progress, keeps_weekly=False).runs)
    claims, tests = judgements(study, baseline.runs, points, by_world)
    findings = Findings(folder, claims, tests, page(study, claims, tests, settings, worlds))
    write_bytes(folder / "claims.csv", export.csv_bytes(claims))
    write_bytes(folder / "tests.csv", export.csv_bytes(tests))
    write_bytes(folder / "claims.md", findings.page.encode())
    return findings


def content(study: Study, scenarios: Sequence[Scenario], settings: Settings) -> dict[str, Any]:
    """Return everything that the runs depend on, as plain mappings."""
    return network_content(scenarios[0].parameters) | {
        "verb": "study",
        "study": study.name,
        "seed": settings.seed,
        "replications": settings.replications,
        "weeks": settings.weeks,
        "parameters": {each.name: to_mapping(each.parameters) for each in scenarios},
    }


def run_part(
    study: Study,
    scenarios: Sequence[Scenario],
    settings: Settings,
    command: str,
    progress: Progress | None,
    *,
    keeps_weekly: bool = True,
    keeps_people: bool = False,
) -> Results:
    """Run all scenarios under all seeds; what is there already is not run again."""
    work = Work(
        "study", tuple(scenarios), settings, content(study, scenarios, settings), keeps_weekly=keeps_weekly,
        keeps_people=keeps_people,
    )  # fmt: skip
    return carry_out(
        work,
        command=command,
        progress=progress,
        batches=lambda kept: iter([work.seeds]),
        conclude=lambda weekly, runs: Conclusion({}, {"verdicts": {}}),
    )


# plausible worlds -----------------------------------------------------------------------------


def plausible_points(study: Study, worlds: Worlds, seed: int) -> "pd.DataFrame":
    """Return a Latin hypercube over the study's ranges, one row a world (McKay, Beckman & Conover 1979)."""
    import pandas as pd
    from scipy.stats.qmc import LatinHypercube, scale

    low, high = zip(*study.worlds.values(), strict=True)
    unit = LatinHypercube(len(low), rng=seed).random(worlds.worlds)
    return pd.DataFrame(scale(unit, low, high), columns=list(study.worlds))


def at_point(
    scenarios: Sequence[Scenario], points: "pd.DataFrame", number: int, worlds: Worlds
) -> list[Scenario]:
    """Return the scenarios in one plausible world, named NUMBER.SCENARIO."""
    given = {str(key): float(value) for key, value in points.iloc[number].items()}
    given["population.n_people"] = worlds.world_people
    return [compose(f"{number:05d}.{each.name}", each.description, each.departures, given) for each in scenarios]


def split_by_world(runs: "pd.DataFrame") -> "list[pd.DataFrame]":
    """Return the rows of each plausible world, with the scenarios' plain names."""
    parts = runs["scenario"].str.partition(".")
    plain = runs.assign(scenario=parts[2])
    return [rows for _, rows in plain.groupby(parts[0])]


# findings -------------------------------------------------------------------------------------


def judgements(
    study: Study, baseline: "pd.DataFrame", points: "pd.DataFrame", by_world: "list[pd.DataFrame]"
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return a row a claim (verdict, share of worlds, condition) and a row a test (margin with interval)."""
    import pandas as pd

    claims, tests = [], []
    for claim in study.claims:
        held = [holds(claim, runs) for runs in by_world]
        share = sum(held) / len(held)
        verdict = judged(claim, baseline, share)
        rows = [test_row(claim, number, baseline) for number in range(len(claim.tests))]
        depends = what_it_depends_on(rows, points, held) if verdict == "depends" else ""
        claims.append(
            {
                "claim": claim.name, "title": claim.title, "verdict": verdict, "share_of_worlds": share,
                "n_worlds": len(held), "depends": depends, "refuted_if": claim.refuted_if,
            }
        )  # fmt: skip
        tests += rows
    return pd.DataFrame(claims), pd.DataFrame(tests)


def what_it_depends_on(rows: Sequence[Mapping[str, Any]], points: "pd.DataFrame", held: Sequence[bool]) -> str:
    """Return in a sentence why a claim is neither supported nor refuted."""
    reasons = []
    for says, words in (("fails", "fails on the baseline in"), ("cannot tell", "is open on the baseline in")):
        numbers = [str(row["test"]) for row in rows if row["says"] == says]
        if numbers:
            reasons.append(f"{words} test {' and '.join(numbers)}")
    return "; ".join([*reasons, condition(points, held)])


def test_row(claim: Claim, number: int, baseline: "pd.DataFrame") -> dict[str, Any]:
    """Return what one test found on the baseline."""
    test = claim.tests[number]
    found = effect(test, baseline)
    return {
        "claim": claim.name, "test": number + 1, "expected": test.sentence(), "margin": found.difference,
        "ci_low": found.low, "ci_high": found.high, "n": found.n,
        "says": "holds" if found.low > 0 else "fails" if found.high < 0 else "cannot tell",
    }  # fmt: skip


def page(
    study: Study, claims: "pd.DataFrame", tests: "pd.DataFrame", settings: Settings, worlds: Worlds
) -> str:
    """Return the page: every claim with its verdict, what was measured, and what would have refuted it."""
    lines = [
        f"# {study.title}", "", study.question, "",
        f"Model results, not a forecast. Baseline: {settings.replications} pairs of {settings.weeks} weeks. "
        f"Plausible worlds: {worlds.worlds} of {worlds.world_people} people, {worlds.world_replications} seeds each, "
        f"drawn over {len(study.worlds)} parameters.", "", RULE, "",
        "| claim | | verdict | holds in |", "|---|---|---|---|",
    ]  # fmt: skip
    for row in claims.to_dict("records"):
        lines.append(f"| {row['claim']} | {row['title']} | {row['verdict']} | {row['share_of_worlds']:.0%} of worlds |")
    for claim, row in zip(study.claims, claims.to_dict("records"), strict=True):
        lines += ["", f"## {claim.name}: {claim.title}", "", f"Why tested so: {claim.why}.", ""]
        lines += [f"Refuted if {claim.refuted_if}.", ""]
        lines += ["| expected | margin on the baseline [95 %] | |", "|---|---|---|"]
        for test in tests[tests["claim"] == claim.name].to_dict("records"):
            margin = f"{test['margin']:.4g} [{test['ci_low']:.4g}, {test['ci_high']:.4g}], n = {test['n']}"
            lines.append(f"| {test['expected']} | {margin} | {test['says']} |")
        lines += ["", f"**{row['verdict']}**; holds in {row['share_of_worlds']:.0%} of {row['n_worlds']} worlds."]
        if row["depends"]:
            lines.append(f"It depends: {row['depends']}.")
    return "\n".join(lines) + "\n"
