"""Regret: what an option loses in a world in which another option would have been better."""

from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.dependence import texts
from sim.analysis.responses import AnalysisError
from sim.analysis.stored import Stored

if TYPE_CHECKING:
    import pandas as pd

CROSSED = ("grid", "csv")
"""Designs in which options and worlds may be crossed."""

COLUMNS = ["option", "mean", "worst", "max_regret", "mean_regret", "share_best", "n_worlds"]


def regret(values: "pd.DataFrame", better: int) -> "pd.DataFrame":
    """Return one row an option: option, mean, worst, max_regret, mean_regret, share_best, n_worlds.

        regret[o, w] = max over options of v[., w] - v[o, w],    v = better * criterion

    values: a row an option, world and seed: `option`, `world`, `seed`, `value`. Only seeds with a value under every
    option count, and only worlds with such a seed; all worlds weigh the same. better: 1 if more is better, else -1.
    mean, worst: of the criterion over worlds; regrets are in its unit; share_best: share of worlds in which the option
    is best, a tie shared equally. Sorted by max_regret. Source: Savage 1951, J. Amer. Statist. Ass. 46: 55-67.
    Raises AnalysisError with fewer than two options or without a world in which all were run.
    """
    import pandas as pd

    options = list(dict.fromkeys(values["option"]))
    if len(options) < 2:
        raise AnalysisError(
            "there is one option only: no policy factor is crossed with the others, nor is a scenario in against="
        )
    once = values.drop_duplicates(["option", "world", "seed"])
    wide = once.pivot(index=["world", "seed"], columns="option", values="value")[options].dropna()
    worlds = wide.groupby(level="world").mean()
    if worlds.empty:
        raise AnalysisError("in no world was every option run")
    gains = better * worlds.to_numpy(np.float64)
    best = gains.max(axis=1, keepdims=True)
    lost, is_best = best - gains, gains == best
    return pd.DataFrame(
        {
            "option": options, "mean": worlds.mean().to_numpy(), "worst": better * gains.min(axis=0),
            "max_regret": lost.max(axis=0), "mean_regret": lost.mean(axis=0),
            "share_best": (is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0), "n_worlds": len(worlds),
        }
    ).sort_values(["max_regret", "mean_regret"], kind="stable", ignore_index=True)  # fmt: skip


def options_and_worlds(sweep: Stored, criterion: str) -> "pd.DataFrame":
    """Return the criterion by option, world and seed, as `regret` takes it.

    In grids and designs of one's own an option is a combination of the values of the policy factors and a world one of
    the other factors; in other designs, where policies vary together with the rest, the swept scenario is one option
    and every point a world. Each scenario of `against` is a further option.
    """
    import pandas as pd

    points = sweep.points[["point"]]
    policies = [factor.key for factor in sweep.factors if factor.is_policy]
    if sweep.kind in CROSSED and policies:
        options = combinations(sweep.points, policies)
        worlds = combinations(sweep.points, [key for key in sweep.keys if key not in policies])
    else:
        options, worlds = np.full(len(points), sweep.label), points["point"].to_numpy()
    placed = points.assign(option=options, world=worlds)
    runs = sweep.runs(criterion)
    tables = [placed.merge(valued(sweep.swept(runs), criterion), on="point")]
    for name in sweep.against:
        shown = f"{name} (against)" if name in options else name
        tables.append(placed.assign(option=shown).merge(valued(sweep.of_other(runs, name), criterion), on="point"))
    return pd.concat(tables, ignore_index=True)


def valued(runs: "pd.DataFrame", criterion: str) -> "pd.DataFrame":
    """Return point, seed and the criterion as `value`."""
    return runs[["point", "seed"]].assign(value=runs[criterion].astype("float64"))


def combinations(points: "pd.DataFrame", keys: list[str]) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Return the values of some factors in words, one text a point, e.g. `scenario=like_ban, weeks=3`."""
    columns = [texts(points[key]) for key in keys]
    words = [
        ", ".join(f"{key}={value}" for key, value in zip(keys, row, strict=True)) for row in zip(*columns, strict=True)
    ]
    return np.array(words or [""] * len(points), dtype=object)
