"""What has to be said of a piece of work beside its numbers, each in one line, once."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.scenario import Scenario, idle_notes
from sim.study.store import Part

if TYPE_CHECKING:
    from sim.network import Network


def notes(
    scenarios: Sequence[Scenario],
    parts: Sequence[Sequence[Part]],
    weeks: int,
    fork_week: int,
    network: "Network | None",
) -> list[str]:
    """Return what was dropped from a network file, which policies never act, and what the markets noted.

    parts: of each scenario, one a seed. Where there are several scenarios a line names those of which it holds.
    """
    said: dict[str, dict[str, list[int]]] = {}
    for scenario, of_scenario in zip(scenarios, parts, strict=True):
        seeds = [part.seed for part in of_scenario]
        for line in (
            *past_notes(scenario, scenarios[0], fork_week),
            *idle_notes(scenario.parameters.policies, weeks),
            *limit_notes(scenario, of_scenario),
        ):
            said.setdefault(line, {})[scenario.name] = seeds
        for part in of_scenario:
            for line in part.notes:
                said.setdefault(line, {}).setdefault(scenario.name, []).append(part.seed)
    everywhere = {scenario.name: [part.seed for part in each] for scenario, each in zip(scenarios, parts, strict=True)}
    return [*network_notes(network), *(_line(line, where, everywhere) for line, where in said.items())]


def network_notes(network: "Network | None") -> list[str]:
    """Return what was left out of a network file."""
    if network is None or not network.n_self_loops_dropped + network.n_doubles_dropped:
        return []
    return [f"network file: {network.n_self_loops_dropped} self-loops, {network.n_doubles_dropped} doubles dropped"]


def past_notes(scenario: Scenario, baseline: Scenario, fork_week: int) -> Iterator[str]:
    """Yield what of a scenario is over before it forks from the baseline, and was not in the baseline."""
    given, past = scenario.parameters, baseline.parameters
    for policy in given.policies:
        if policy.end_week is not None and policy.end_week <= fork_week and policy not in past.policies:
            yield f"{policy.name()} to week {policy.end_week}: over before fork_week={fork_week}, has no effect"
    for scandal in given.scandals:
        if scandal.week < fork_week and scandal not in past.scandals:
            yield f"scandal of week {scandal.week}: over before fork_week={fork_week}, has no effect"


def limit_notes(scenario: Scenario, parts: Sequence[Part]) -> Iterator[str]:
    """Yield how many shops a limit of contacts binds, so that nobody looks for effects that it cannot have."""
    starts = [policy.first_week for policy in scenario.parameters.policies if policy.name() == "friend_limit"]
    weeks = [part.weekly[part.weekly["week"] >= min(starts)] for part in parts] if starts else []
    if not sum(map(len, weeks)):
        return
    bound = sum(float(each["share_at_contact_limit"].sum()) for each in weeks) / sum(map(len, weeks))
    largest = max(float(each["most_contacts"].max()) for each in weeks)
    hardly = ", so that it can have hardly any effect" if bound < HARDLY else ""
    yield f"friend_limit binds {100 * bound:.3g} % of shops on average (the largest has {largest:.0f} contacts){hardly}"


HARDLY = 0.005
"""Share of shops bound by a limit below which the limit is said to do next to nothing."""


def _line(line: str, where: dict[str, list[int]], everywhere: dict[str, list[int]]) -> str:
    """Return a note with the scenarios and seeds of which it holds, unless it holds of all."""
    names = "" if len(where) == len(everywhere) else f"{', '.join(where)}: "
    seeds = sorted({seed for each in where.values() for seed in each})
    of_all = all(len(where[name]) == len(everywhere[name]) for name in where)
    return f"{names}{line}" if of_all else f"{names}{line} ({listed(seeds)})"


def listed(seeds: Sequence[int], at_most: int = 6) -> str:
    """Return the first few seeds.

    >>> listed([3]), listed([1, 2, 3], at_most=2)
    ('seed 3', 'seeds 1, 2, ...')
    """
    names = [str(seed) for seed in seeds[:at_most]] + ["..."] * (len(seeds) > at_most)
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(names)}"
