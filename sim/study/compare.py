"""Comparing scenarios in twin worlds, paired by seed and person.

Every seed gives one world a scenario: the same people, the same friend graph, the same luck. What
differs between them is the scenario's doing; how much depends on the seed. See `sim.study.pairs`
for the intervals and docs/statistics.md for how well they hold.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.parameters import Settings
from sim.scenario import SETTINGS, Scenario, compose, load, to_mapping
from sim.study.effects import effects_table, headline_verdicts
from sim.study.pairing import AUTO, BATCH, PAIRING, Pairing, build_pairing, check_scenarios, target_of
from sim.study.pairs import paired
from sim.study.runner import Conclusion, Kept, Results, Work, carry_out, network_content
from sim.study.workers import Progress

if TYPE_CHECKING:
    import pandas as pd


def compare(
    scenarios: Iterable[str | Scenario],
    *,
    n_people: int | None = None,
    config_dirs: Iterable[Path | str] = (),
    progress: Progress | None = None,
    **given: Any,
) -> Results:
    """Return the comparison of scenarios with the first of them: `.effects`, `.weekly`, `.runs`.

    scenarios: names, or what `sim.scenario.load` and `compose` return
    given: settings (`replications`, an int or "auto", `seed`, `weeks`, `workers`, `output` ...), `fork_week`,
    `target`, `max`, and groups of parameters as mappings for all scenarios, e.g. `shops={"initial_share": .1}`

    As the command does, it keeps results in `output` (default results/compare/...), and finds them again.
    Raises ParameterError, StoreError, NetworkError, UnfinishedError, Interrupted with one line.
    """
    folders = list(config_dirs)
    settings, pairing = build_pairing({key: value for key, value in given.items() if key in (*SETTINGS, *PAIRING)})
    overrides = {key: value for key, value in given.items() if key not in (*SETTINGS, *PAIRING)}
    if n_people is not None:
        overrides["population"] = dict(overrides.get("population", {}), n_people=n_people)
    loaded = [each if isinstance(each, Scenario) else load(each, config_dirs=folders) for each in scenarios]
    loaded = [compose(each.name, each.description, each.departures, overrides, each.texts) for each in loaded]
    return compare_scenarios(loaded, settings, pairing, command="sim.compare", progress=progress)


def compare_scenarios(
    scenarios: Sequence[Scenario],
    settings: Settings,
    pairing: Pairing,
    *,
    command: str = "",
    progress: Progress | None = None,
) -> Results:
    """Run the worlds that are not there yet and compare; return what the folder then holds. Raises as `compare`."""
    from sim.measures import catalogue

    check_scenarios(scenarios, pairing.fork_week)
    measures = [each.name for each in catalogue(scenarios[0].parameters.brands.n_brands)]
    target = target_of(pairing, measures)
    work = Work(
        "compare",
        tuple(scenarios),
        settings,
        comparison(scenarios, settings, pairing),
        pairing.fork_week or 0,
        scenarios[0].parameters if pairing.fork_week else None,
        keeps_people=True,
    )

    def conclude(weekly: "pd.DataFrame", runs: "pd.DataFrame") -> Conclusion:
        effects = effects_table(runs, [each.name for each in scenarios], measures)
        entries = {"verdicts": headline_verdicts(effects)}
        return Conclusion({"effects": effects}, entries | ({"stopping": stopping(effects, *target)} if target else {}))

    batches = until_narrow(work.seeds, *target) if target else lambda kept: iter([work.seeds])
    return carry_out(work, command=command, progress=progress, batches=batches, conclude=conclude)


def comparison(scenarios: Sequence[Scenario], settings: Settings, pairing: Pairing) -> dict[str, Any]:
    """Return everything that the results of a comparison depend on, as plain mappings."""
    is_auto = pairing.target is not None
    return network_content(scenarios[0].parameters) | {
        "verb": "compare",
        "scenarios": [each.name for each in scenarios],
        "seed": settings.seed,
        "replications": AUTO if is_auto else settings.replications,
        "weeks": settings.weeks,
        "parameters": {each.name: to_mapping(each.parameters) for each in scenarios},
        **(dataclasses.asdict(pairing) if is_auto else {"fork_week": pairing.fork_week}),
    }


# enough pairs ---------------------------------------------------------------------------------


def until_narrow(seeds: Sequence[int], measure: str, half_width: float) -> Callable[[Kept], Iterator[Sequence[int]]]:
    """Return what gives batches of 10 seeds until the paired interval of a measure is narrow enough.

    It is narrow enough when its half-width is `half_width` or less, for every scenario, at two checks
    running: to stop at the first such check would favour samples that happen to vary little, and their
    intervals would cover too seldom (docs/statistics.md).
    """

    def batches(kept: Kept) -> Iterator[Sequence[int]]:
        found: list[list[float]] = []  # by seed, then scenario
        was_narrow = False
        for first in range(0, len(seeds), BATCH):
            batch = seeds[first : first + BATCH]
            yield batch
            found += [[part.run_level[measure] for part in kept(seed)] for seed in batch]
            baseline, *others = zip(*found, strict=True)
            is_narrow = all(_half_width(paired(each, baseline)) <= half_width for each in others)
            if is_narrow and was_narrow:
                return
            was_narrow = is_narrow

    return batches


def _half_width(effect: Any) -> float:
    """Return half the width of an interval, infinite if there is none."""
    return math.inf if math.isnan(effect.low) else (effect.high - effect.low) / 2


def stopping(effects: "pd.DataFrame", measure: str, half_width: float) -> Mapping[str, Any]:
    """Return why no more pairs were run, as kept in the manifest."""
    rows = effects[effects["measure"] == measure]
    widths = ((rows["ci_high"] - rows["ci_low"]) / 2).tolist()
    return {
        "measure": measure,
        "wanted": half_width,
        "reached": all(each <= half_width for each in widths),
        "half_widths": {
            name: None if math.isnan(each) else each for name, each in zip(rows["scenario"], widths, strict=True)
        },
    }
