"""Morris screening: how far a factor moves y over its range, and whether that depends on the others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sim.analysis.responses import AnalysisError, needed
from sim.study.statistics import CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 1000
SEED = 1


def morris_effects(u: ArrayLike, y: ArrayLike, names: Sequence[str], levels: int) -> "pd.DataFrame":
    """Return one row a factor: factor, mu, mu_star, mu_star_low, mu_star_high, sigma, n_trajectories, left_out.

    An elementary effect is what a step of x_j alone does, scaled to the whole range of the factor:

        EE[j] = (y(u + delta e_j) - y(u)) / delta,    delta = levels / (2 (levels - 1))

    mu is its mean over the trajectories, mu_star the mean of its absolute value, sigma its standard deviation: large
    where the effect is curved or depends on other factors. All are in the unit of y. The interval of mu_star is +-1.96
    standard deviations over bootstrap resamples of the trajectories, as SALib makes it.

    u: unit coordinates in the order of SALib.sample.morris, shape (n_points, n_factors); y: shape (n_points,), nan
    where missing: such a trajectory is left out (`left_out` counts them).

    Source: Morris 1991, Technometrics 33: 161-174; mu_star: Campolongo et al. 2007, Environmental Modelling &
    Software 22: 1509-1518; the code is SALib's. Raises AnalysisError if fewer than two trajectories are whole.
    """
    import pandas as pd

    with needed("SALib"):
        from SALib.analyze.morris import analyze

    coordinates, values, size = np.asarray(u, np.float64), np.asarray(y, np.float64), len(names) + 1
    if values.size % size:
        raise AnalysisError(f"{values.size} points are no whole number of trajectories of {size}")
    is_whole = ~np.isnan(values.reshape(-1, size)).any(axis=1)
    n_whole = int(is_whole.sum())
    if n_whole < 2:
        raise AnalysisError(f"{n_whole} of {is_whole.size} trajectories have all their values; 2 are needed")
    kept = np.repeat(is_whole, size)
    if np.isnan(coordinates[kept]).any():
        raise AnalysisError("the unit coordinates of the points are missing")
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    found = analyze(
        problem, coordinates[kept], values[kept], num_resamples=RESAMPLES, conf_level=CONFIDENCE, num_levels=levels,
        seed=SEED,
    )  # fmt: skip
    mu, mu_star, sigma, half = (np.asarray(found[name], float) for name in ("mu", "mu_star", "sigma", "mu_star_conf"))
    table = pd.DataFrame(
        {
            "factor": list(names), "mu": mu, "mu_star": mu_star, "mu_star_low": mu_star - half,
            "mu_star_high": mu_star + half, "sigma": sigma,
        }
    )  # fmt: skip
    table["n_trajectories"], table["left_out"] = n_whole, is_whole.size - n_whole
    return table.sort_values("mu_star", ascending=False, kind="stable", ignore_index=True)
