"""Regret: what an option loses in a world in which another option would have been better."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.dependence import texts
from sim.analysis.intervals import SAME, Flags, Floats
from sim.analysis.responses import AnalysisError
from sim.analysis.stored import Stored

if TYPE_CHECKING:
    import pandas as pd

CROSSED = ("grid", "csv")
"""Designs in which options and worlds may be crossed."""


def regret(values: "pd.DataFrame", better: int) -> "pd.DataFrame":
    """Return one row an option, with the columns below, sorted by max_regret.

        regret[o, w] = max over options of v[., w] - v[o, w],    v = better * criterion

    values: a row an option, world and seed: `option`, `world`, `seed`, `value`. Only seeds with a value under every
    option count, and only worlds with such a seed; all worlds weigh the same. better: 1 if more is better, else -1.
    Returned: option; mean, worst: of the criterion over worlds; max_regret, mean_regret: in its unit; share_best: share
    of worlds in which the option alone is best; share_tied: in which it is one of several that are; same_as: the first
    other option that is equal to it in every world, if any; n_worlds, n_seeds.
    Source: Savage 1951, J. Amer. Statist. Ass. 46: 55-67.
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
    lost = np.where(equal(best, gains), 0.0, best - gains)
    is_best, is_tie = lost == 0, (lost == 0).sum(axis=1, keepdims=True) > 1
    return pd.DataFrame(
        {
            "option": options, "mean": worlds.mean().to_numpy(), "worst": better * gains.min(axis=0),
            "max_regret": lost.max(axis=0), "mean_regret": lost.mean(axis=0),
            "share_best": (is_best & ~is_tie).mean(axis=0), "share_tied": (is_best & is_tie).mean(axis=0),
            "same_as": twins(options, gains),
            "n_worlds": len(worlds), "n_seeds": wide.index.get_level_values("seed").nunique(),
        }
    ).sort_values(["max_regret", "mean_regret"], kind="stable", ignore_index=True)  # fmt: skip


def equal(a: Floats, b: Floats) -> Flags:
    """Return where numbers are the same but for rounding."""
    return np.asarray(np.abs(a - b) <= SAME * np.maximum(np.abs(a), np.abs(b)), bool)


def twins(options: Sequence[str], gains: Floats) -> list[str]:
    """Return, for each option, the first other one with the same gains (a row a world), or nothing.

    >>> twins(["a", "b", "c"], np.array([[1.0, 2.0, 1.0], [3.0, 3.0, 3.0]]))
    ['c', '', 'a']
    """
    is_same = equal(gains[:, :, None], gains[:, None, :]).all(axis=0)
    np.fill_diagonal(is_same, val=False)
    return [options[int(row.argmax())] if row.any() else "" for row in is_same]


def options_and_worlds(sweep: Stored, criterion: str) -> "pd.DataFrame":
    """Return the criterion by option, world and seed, as `regret` takes it.

    In grids and designs of one's own an option is a combination of the values of the policy factors and a world one of
    the other factors; without policy factors the swept scenario is one option and every point a world. Each scenario of
    `against` is a further option. Raises AnalysisError where policies vary from point to point and are not crossed with
    the rest: no option is then the same in two worlds.
    """
    import pandas as pd

    points = sweep.points[["point"]]
    policies = [factor.key for factor in sweep.factors if factor.is_policy]
    if policies and sweep.kind not in CROSSED:
        raise AnalysisError(
            f"{', '.join(policies)}: set anew at every point, so that no option is the same in two worlds; "
            "allowed is design=grid"
        )
    if policies:
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
