"""Attribution: which policy of a package does how much, by Shapley shares over all its subsets.

A player is a policy of the package, several joined by `+`, or `parameters` (its departures that are
no policies). The worlds of all 2^k subsets are twins: same people, same luck. The share of player i
in the change of a measure is its mean contribution over all orders of joining,

    phi_i = sum over S without i of |S|! (k - |S| - 1)! / k! * (v(S + i) - v(S)),

so that the shares add up to the whole change [L. S. Shapley 1953, in: Contributions to the Theory of
Games II, 307-317]. Each seed gives a share; intervals are over seeds.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.fields import ParameterError
from sim.parameters import Settings
from sim.scenario import Scenario, compose, load, merge, nearest, to_mapping
from sim.study import export
from sim.study.effects import HEADLINE
from sim.study.files import write_bytes
from sim.study.pairs import paired
from sim.study.runner import Conclusion, Work, carry_out, network_content
from sim.study.workers import Progress

if TYPE_CHECKING:
    import pandas as pd

MOST_PLAYERS = 6
PARAMETERS = "parameters"


def attribute(
    scenario: str,
    players: Sequence[str] | None = None,
    *,
    settings: Settings | None = None,
    measures: Sequence[str] = HEADLINE,
    config_dirs: Iterable[Path | str] = (),
    command: str = "sim.study.attribution",
    progress: Progress | None = None,
    **overrides: Any,
) -> "tuple[pd.DataFrame, Path]":
    """Return one row a measure and player (share, ci_low, ci_high, n, whole change), and the folder of the runs.

    players: e.g. `["inspection", "entry_deposit+authorisation", "parameters"]`; None: every policy, and the
    parameters if any depart. At most six; raises ParameterError otherwise.
    """
    given = settings or Settings()
    package = load(scenario, overrides=overrides, config_dirs=list(config_dirs))
    chosen = checked_players(package, players)
    worlds = [subset_world(package, chosen, subset) for subset in subsets(len(chosen))]
    content = network_content(package.parameters) | {
        "verb": "attribute",
        "scenario": scenario,
        "players": list(chosen),
        "seed": given.seed,
        "replications": given.replications,
        "weeks": given.weeks,
        "parameters": to_mapping(package.parameters),
    }
    work = Work("attribute", tuple(worlds), given, content, keeps_weekly=False)
    results = carry_out(
        work,
        command=command,
        progress=progress,
        batches=lambda kept: iter([work.seeds]),
        conclude=lambda weekly, runs: Conclusion({}, {"verdicts": {}}),
    )
    table = shares(results.runs, chosen, measures)
    write_bytes(results.folder / "shares.csv", export.csv_bytes(table))
    return table, results.folder


def checked_players(package: Scenario, players: Sequence[str] | None) -> tuple[str, ...]:
    """Return the players; raises ParameterError for no part of the package, one given twice, or too many."""
    parts = parts_of(package)
    chosen = tuple(parts if players is None else players)
    named = [part for player in chosen for part in player.split("+")]
    for part in named:
        if part not in parts:
            raise ParameterError(
                f"players={part!r}: no part of {package.name}{nearest(part, parts)}; allowed are {', '.join(parts)}"
            )
        if named.count(part) > 1:
            raise ParameterError(f"players: {part} is given twice; allowed is once")
    if not 1 <= len(chosen) <= MOST_PLAYERS:
        raise ParameterError(
            f"players: {len(chosen)} of them ({', '.join(chosen)}); "
            f"allowed are 1 to {MOST_PLAYERS}, several joined by +"
        )
    return chosen


def parts_of(package: Scenario) -> list[str]:
    """Return the names of a package's policies, and `parameters` if others than policies depart."""
    return [*package.departures.get("policies", {}), *([PARAMETERS] if split(package)[1] else [])]


def split(package: Scenario) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the departures that all worlds share (the network, the number of people) and the other parameters'."""
    others = {key: dict(value) if isinstance(value, Mapping) else value for key, value in package.departures.items()}
    others.pop("policies", None)
    shared = {"network": others.pop("network")} if "network" in others else {}
    people = others.get("population", {}).pop("n_people", None)
    if people is not None:
        shared["population"] = {"n_people": people}
    return shared, {key: value for key, value in others.items() if value}


def subsets(n_players: int) -> list[tuple[int, ...]]:
    """Return all subsets of players, the empty one first, the whole last."""
    return [each for size in range(n_players + 1) for each in itertools.combinations(range(n_players), size)]


def subset_world(package: Scenario, players: Sequence[str], subset: Sequence[int]) -> Scenario:
    """Return the package with the players of a subset only; parts that no player has are always there."""
    left_out = {part for n, player in enumerate(players) if n not in subset for part in player.split("+")}
    shared, others = split(package)
    policies = package.departures.get("policies", {})
    content = merge(shared, {} if PARAMETERS in left_out else others)
    content["policies"] = {name: fields for name, fields in policies.items() if name not in left_out}
    name = "subset." + "".join(str(int(n in subset)) for n in range(len(players)))
    return compose(name, package.description, content, {})


def shares(runs: "pd.DataFrame", players: Sequence[str], measures: Sequence[str]) -> "pd.DataFrame":
    """Return the Shapley shares of the players in each measure's change, with intervals over seeds."""
    import pandas as pd

    k, rows = len(players), []
    for measure in measures:
        table = runs.pivot(index="seed", columns="scenario", values=measure)
        value = {frozenset(subset): table[f"subset.{mask(subset, k)}"].to_numpy() for subset in subsets(k)}
        whole = value[frozenset(range(k))] - value[frozenset()]
        for player, name in enumerate(players):
            share = shapley(value, player, k)
            found = paired(share, np.where(np.isnan(share), np.nan, 0.0))
            rows.append(
                {
                    "measure": measure, "player": name, "share": found.difference, "ci_low": found.low,
                    "ci_high": found.high, "n": found.n, "whole": float(np.nanmean(whole)),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def mask(subset: Iterable[int], n_players: int) -> str:
    """Return which players are in a subset, as ones and zeros.

    >>> mask((0, 2), 3)
    '101'
    """
    members = set(subset)
    return "".join(str(int(n in members)) for n in range(n_players))


def shapley(value: Mapping[frozenset[int], Any], player: int, n_players: int) -> Any:
    """Return the Shapley share of one player.

    >>> game = {frozenset(): 0.0, frozenset({0}): 1.0, frozenset({1}): 3.0, frozenset({0, 1}): 6.0}
    >>> shapley(game, 0, 2), shapley(game, 1, 2)
    (2.0, 4.0)
    """
    others = [n for n in range(n_players) if n != player]
    total: Any = 0.0
    for size in range(n_players):
        weight = math.factorial(size) * math.factorial(n_players - size - 1) / math.factorial(n_players)
        for subset in map(frozenset, itertools.combinations(others, size)):
            total = total + weight * (value[subset | {player}] - value[subset])
    return total
