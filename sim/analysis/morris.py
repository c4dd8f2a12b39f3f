"""Morris screening: how far a factor moves y over its range, and whether that depends on the others."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sim.analysis.intervals import Floats
from sim.analysis.responses import AnalysisError
from sim.sweep.factors import Factor

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 1000
SEED = 1
NORMAL = 1.96
STEP = 1e-9
"""Steps of a coordinate below this are none."""


def morris_effects(
    u: ArrayLike, y: ArrayLike, names: Sequence[str], levels: int, realised: ArrayLike | None = None
) -> "pd.DataFrame":
    """Return one row a factor: factor, mu, mu_star, mu_star_low, mu_star_high, sigma, n_trajectories, left_out.

    An elementary effect is what a step of x_j alone does, scaled to the whole range of the factor:

        EE[j] = (y after the step - y before) / step,    step = +- levels / (2 (levels - 1)) of a number

    For a factor that takes few values, a choice or a rounded number, the step is the one that its values take: 1 from
    off to on. A step that leaves the value as it was has the effect y after - y before over the step of the design: 0.

    mu is its mean over the trajectories, mu_star the mean of its absolute value, sigma its standard deviation: large
    where the effect is curved or depends on other factors. All are in the unit of y. The interval of mu_star is +-1.96
    standard deviations over bootstrap resamples of the trajectories, for these seeds.

    u: unit coordinates in the order of SALib.sample.morris, shape (n_points, n_factors); realised: those of the values
    that were used, see `realised_coordinates` (default: u); y: shape (n_points,), nan where missing: such a trajectory
    is left out (`left_out` counts them).

    Source: Morris 1991, Technometrics 33: 161-174; mu_star: Campolongo et al. 2007, Environmental Modelling &
    Software 22: 1509-1518. Raises AnalysisError if fewer than two trajectories are whole.
    """
    import pandas as pd

    planned, values, size = np.asarray(u, np.float64), np.asarray(y, np.float64), len(names) + 1
    if values.size % size:
        raise AnalysisError(f"{values.size} points are no whole number of trajectories of {size}")
    is_whole = ~np.isnan(values.reshape(-1, size)).any(axis=1)
    n_whole = int(is_whole.sum())
    if n_whole < 2:
        raise AnalysisError(f"{n_whole} of {is_whole.size} trajectories have all their values; 2 are needed")
    kept = np.repeat(is_whole, size)
    if np.isnan(planned[kept]).any():
        raise AnalysisError("the unit coordinates of the points are missing")
    used = planned if realised is None else np.asarray(realised, np.float64)
    delta = levels / (2 * (levels - 1))
    effects = elementary_effects(planned[kept], used[kept], values[kept], delta)
    sizes = np.abs(effects)
    draws = np.random.default_rng(SEED).integers(n_whole, size=(RESAMPLES, n_whole))
    mu_star, half = sizes.mean(axis=0), NORMAL * sizes[draws].mean(axis=1).std(axis=0, ddof=1)
    table = pd.DataFrame(
        {
            "factor": list(names), "mu": effects.mean(axis=0), "mu_star": mu_star, "mu_star_low": mu_star - half,
            "mu_star_high": mu_star + half, "sigma": effects.std(axis=0, ddof=1),
        }
    )  # fmt: skip
    table["n_trajectories"], table["left_out"] = n_whole, is_whole.size - n_whole
    return table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)


def elementary_effects(planned: Floats, used: Floats, y: Floats, delta: float) -> Floats:
    """Return the elementary effect of every trajectory and factor, shape (n_trajectories, n_factors).

    planned, used: coordinates by design and of the values used, shape (n_points, n_factors); y: shape (n_points,);
    delta: step of the design. Raises AnalysisError if a trajectory does not step along every factor once.

    >>> u, y = np.array([[0.0], [2 / 3]]), np.array([1.0, 3.0])
    >>> elementary_effects(u, u, y, 2 / 3).tolist(), elementary_effects(u, 1.5 * u, y, 2 / 3).tolist()
    ([[3.0]], [[2.0]])
    """
    n_factors = planned.shape[1]
    steps = np.diff(planned.reshape(-1, n_factors + 1, n_factors), axis=1)
    taken = np.diff(used.reshape(-1, n_factors + 1, n_factors), axis=1)
    changes = np.diff(y.reshape(-1, n_factors + 1), axis=1)
    moved = np.abs(steps) > STEP
    if not ((moved.sum(axis=1) == 1).all() and (moved.sum(axis=2) == 1).all()):
        raise AnalysisError("the points are no trajectories that step along one factor after the other")
    lengths = np.where(np.abs(taken) > STEP, taken, np.sign(steps) * delta)
    return np.where(moved, changes[:, :, None] / np.where(moved, lengths, 1.0), 0.0).sum(axis=1)


def realised_coordinates(u: ArrayLike, factors: Sequence[Factor]) -> Floats:
    """Return the coordinates of the values that factors take at u, shape (n_points, n_factors).

    The value number i of k has i / (k - 1); a rounded number lies where it does in its range; others are at u.

    >>> switch = Factor("policies.like_ban", "choice", values=("off", "on"))
    >>> realised_coordinates([[0.0], [1 / 3], [2 / 3]], [switch]).ravel().tolist()
    [0.0, 0.0, 1.0]
    """
    planned = np.array(u, np.float64)
    for j, factor in enumerate(factors):
        planned[:, j] = [coordinate(factor, float(at)) for at in planned[:, j]]
    return planned


def coordinate(factor: Factor, u: float) -> float:
    """Return the coordinate of the value that a factor takes at u; nan at nan."""
    if math.isnan(u):
        return u
    if factor.law != "interval":
        n_values = len(factor.values)
        return min(int(u * n_values), n_values - 1) / max(1, n_values - 1)
    if not factor.is_integer:
        return u
    assert factor.low is not None
    assert factor.high is not None
    low, high, value = factor.low, factor.high, min(factor.high, max(factor.low, factor.value(u)))
    if factor.is_log:
        return math.log(value / low) / math.log(high / low)
    return float((value - low) / (high - low))
