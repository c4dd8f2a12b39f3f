"""Who gains, who loses and whom it reaches: people in a scenario's worlds against themselves in the baseline's.

A person's change is consumer surplus plus what the own shops earned after the owner's time, in
yuan a year, scenario less baseline. How much it is, is told in per cent of what the market gave
that person in the baseline: the sum of the sizes of both. All sums are sums of integers.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import PER_ONE
from sim.parameters import WEEKS_PER_YEAR
from sim.policies.base import Policy
from sim.scenario import Scenario
from sim.study.persons import BEFORE, NEVER, WITHIN, window_start
from sim.study.spillover import GROUPS as REACHABLE

if TYPE_CHECKING:
    import pandas as pd

Flags = NDArray[np.bool_]

LITTLE, MUCH = 0.001, 0.05
"""Shares of what the market gave a person in the baseline: below the first nothing changed, above the second much."""

MICRO_IN_A_FEN = 10_000

BANDS = ("gain_much", "gain_little", "same", "lose_little", "lose_much")

GROUPS: dict[str, tuple[str, ...]] = {
    "all": ("all",),
    "tier": ("none", "tier_1", "tier_2", "tier_3", "only_with"),
    "wealth": ("fifth_1", "fifth_2", "fifth_3", "fifth_4", "fifth_5"),
    "trust": ("low", "middle", "high"),
    "entry": ("never", "established", "newcomer"),
    "bought": ("has_bought", "never_bought"),
    "reached": ("directly", "through_others", "not_at_all"),
}
"""How people are told apart, and the groups of each, in order; each holds everybody once."""

MEANS = ("change", "change_consumer", "change_shop", "trust", "spending")
COLUMNS = ("scenario", "baseline", "replication", "seed", "by", "group", "n_people", *BANDS, *MEANS)


def people_table(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    people_of: "Callable[[int], Sequence[pd.DataFrame]]",
    weeks: int,
    fork_week: int = 0,
) -> "pd.DataFrame":
    """Return the table: a row a scenario (but the first, the baseline), replication, seed and group of people.

    people_of: gives what `persons` made of the worlds of a seed, one a scenario; it is asked seed by seed
    """
    import pandas as pd

    rows = []
    window = weeks - window_start(weeks, fork_week)
    direct = [reaching(scenarios[0], each, fork_week, weeks) for each in scenarios]
    for replication, seed in enumerate(seeds):
        baseline, *others = people_of(seed)
        for number, world in enumerate(others, 1):
            names = scenarios[number].name, scenarios[0].name
            identity = dict(zip(COLUMNS, (*names, replication, seed), strict=False))
            rows += [(number, identity | row) for row in group_rows(baseline, world, direct[number], window)]
    rows.sort(key=lambda row: row[0])  # by scenario, then seed
    return pd.DataFrame([row for _, row in rows], columns=list(COLUMNS))


def group_rows(
    baseline: "pd.DataFrame", world: "pd.DataFrame", direct: int | None, window: int
) -> Iterator[dict[str, Any]]:
    """Yield a row a group of what changed between two worlds of a seed; `direct` as `reaching` returns it."""
    years = window / WEEKS_PER_YEAR
    band = bands(baseline, world)
    changes = {
        "change_consumer": (difference("surplus", baseline, world), 1e6 * years),
        "change_shop": (difference("shop", baseline, world), 100 * years),
        "trust": (in_units(world["trust_end"]) - in_units(baseline["trust_end"]), PER_ONE),
        "spending": (difference("spent", baseline, world), 100 * years),
    }
    for by, numbers in memberships(baseline, world, direct).items():
        for number, group in enumerate(GROUPS[by]):
            within = numbers == number
            n = int(within.sum())
            means = {name: int(v[within].sum()) / (unit * n) if n else np.nan for name, (v, unit) in changes.items()}
            counts = np.bincount(band[within], minlength=len(BANDS)).tolist()
            yield {"by": by, "group": group, "n_people": n, **dict(zip(BANDS, counts, strict=True)), **means} | {
                "change": means["change_consumer"] + means["change_shop"]
            }


def difference(name: str, baseline: "pd.DataFrame", world: "pd.DataFrame") -> NDArray[np.int64]:
    """Return a column of a world less that of the baseline."""
    return world[name].to_numpy() - baseline[name].to_numpy()


def in_units(shares: "pd.Series[Any]") -> NDArray[np.int64]:
    """Return fractions in counting units."""
    return np.rint(shares.to_numpy(np.float64) * PER_ONE).astype(np.int64)


def bands(baseline: "pd.DataFrame", world: "pd.DataFrame") -> NDArray[np.int64]:
    """Return for each person the number of the band of `BANDS` in which the change lies."""
    had = np.abs(baseline["surplus"].to_numpy()) + np.abs(baseline["shop"].to_numpy()) * MICRO_IN_A_FEN
    change = difference("surplus", baseline, world) + difference("shop", baseline, world) * MICRO_IN_A_FEN
    size = np.abs(change)
    is_same, is_much = (size < LITTLE * had) | (change == 0), size > MUCH * had
    return 2 - np.sign(change) * np.where(is_same, 0, np.where(is_much, 2, 1))


# groups ---------------------------------------------------------------------------------------


def memberships(baseline: "pd.DataFrame", world: "pd.DataFrame", direct: int | None) -> Mapping[str, NDArray[np.int64]]:
    """Return for each way to tell people apart everyone's place in the groups of `GROUPS`."""
    tier, entry = baseline["tier"].to_numpy(np.int64), baseline["entry"].to_numpy(np.int64)
    is_newcomer = (entry == WITHIN) | ((entry == NEVER) & (world["entry"].to_numpy() != NEVER))
    found = {
        "all": np.zeros(len(baseline), np.int64),
        "tier": np.where((tier == 0) & (world["tier"].to_numpy() > 0), 4, np.minimum(tier, 3)),
        "wealth": baseline["wealth_fifth"].to_numpy(np.int64),
        "trust": thirds(baseline["trust"].to_numpy()),
        "entry": np.where(entry == BEFORE, 1, np.where(is_newcomer, 2, 0)),
        "bought": np.where(baseline["has_bought"].to_numpy(), 0, 1),
    }
    if direct is not None:
        is_direct = ((baseline["reached"].to_numpy() | world["reached"].to_numpy()) & direct) != 0
        has_changed = baseline["digest"].to_numpy() != world["digest"].to_numpy()
        found["reached"] = np.where(is_direct, 0, np.where(has_changed, 1, 2))
    return found


def thirds(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return the third of everyone by rank, 0 the lowest; who is level has the middle of the ranks that they share."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    twice_the_rank = 2 * np.cumsum(counts) - counts
    return (3 * twice_the_rank // (2 * len(values)))[place]


def reaching(baseline: Scenario, scenario: Scenario, fork_week: int, weeks: int) -> int | None:
    """Return the groups, one bit each, that are reached by the rules in which a scenario departs from the baseline.

    None if it departs in more than policies: then nobody can be told apart.
    """
    ours, theirs = scenario.parameters, baseline.parameters
    if dataclasses.replace(ours, policies=()) != dataclasses.replace(theirs, policies=()):
        return None
    names, bits = list(REACHABLE), 0
    for one, other in ((ours, theirs), (theirs, ours)):
        for policy in one.policies:
            if policy not in other.policies and acts(policy, fork_week, weeks):
                bits |= 1 << names.index(policy.reaches)
    return bits


def acts(policy: Policy, first_week: int, weeks: int) -> bool:
    """Tell whether a policy acts in any week from `first_week` to the end of the run."""
    return any(policy.intensity(week) > 0 for week in range(first_week, weeks))
