"""Sobol indices: which share of the variance of y a factor explains, alone and with all that it interacts with."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sim.analysis.intervals import Floats
from sim.analysis.responses import AnalysisError, needed
from sim.study.statistics import CONFIDENCE
from sim.sweep.factors import DUMMY

if TYPE_CHECKING:
    import pandas as pd

RESAMPLES = 500
WIDEST, LARGEST, MOST_ABOVE = 1.0, 1.2, 0.1
"""Width of ST's interval, ST, and S1 less ST (in truth never above 0), beyond which the points are too few to tell."""

YES, NO, TOO_FEW = "yes", "no", "too few points"

SEED = 1  # SALib takes 0 for no seed


def block_size(n_factors: int, *, is_second_order: bool) -> int:
    """Return the points of one block of the design: A, AB of every factor, (BA of every factor,) B."""
    return (2 * n_factors if is_second_order else n_factors) + 2


def sobol_indices(
    y: ArrayLike, names: Sequence[str], *, is_second_order: bool = False, luck: float = np.nan
) -> "pd.DataFrame":
    """Return one row a factor.

    Columns: factor, s1, s1_low, s1_high, st, st_low, st_high, luck, above_noise, told, n_blocks, left_out.

        S1[j] = V(E[y | x_j]) / V(y),    ST[j] = E(V[y | all but x_j]) / V(y)

    Both are shares of the variance of y, without unit; S1 is what would vanish if x_j were known, ST what would be
    left if all others were. ST - S1 is what x_j does together with others.

    y: one a point in the order of SALib.sample.sobol, shape (n_blocks * block,), nan where missing: such a block is
    left out (`left_out` counts them). luck: variance of y that is luck and not the same at all points, in the unit of
    y squared, see `sim.analysis.responses.luck_of`; returned as a share of V(y): the ST of a factor that does nothing
    but throw the dice again.

    Intervals span 95 % of the index over 500 bootstrap resamples of the blocks, as SALib draws them. (Its own `conf`,
    1.96 standard deviations over them, explodes where a few blocks hold most of the variance.)
    above_noise: the lower end of ST is above `noise_floor`; told: see `told`.

    Source: Saltelli et al. 2010, Computer Physics Communications 181: 259-270 (S1; ST after Jansen 1999); the code
    is SALib's. Raises AnalysisError where there is nothing to analyse.
    """
    import pandas as pd

    whole, n_left_out = whole_blocks(y, block_size(len(names), is_second_order=is_second_order))
    found = _analysed(whole, names, is_second_order=is_second_order)
    table = pd.DataFrame({"factor": list(names)})
    for name in ("S1", "ST"):
        low, high = np.quantile(found[f"{name}_conf_all"], [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2], axis=0)
        table[name.lower()], table[f"{name.lower()}_low"], table[f"{name.lower()}_high"] = found[name], low, high
    table["luck"] = luck / whole.var()
    table["above_noise"] = (table["st_low"] > noise_floor(table)) & (table["factor"] != DUMMY)
    table["told"] = [told(row) for row in table.to_dict("records")]
    table["n_blocks"], table["left_out"] = len(whole), n_left_out
    return table.sort_values("st", ascending=False, kind="stable", ignore_index=True)


def told(row: Mapping[Any, Any]) -> str:
    """Return whether a factor is told from noise: `too few points` before anything else, then `yes` or `no`.

    The points are too few where ST's interval is wider than 1, ST is above 1.2, or S1 is above ST by more than .1.

    >>> likely = {"s1": 0.8, "st": 0.9, "st_low": 0.7, "st_high": 1.1, "above_noise": True}
    >>> told(likely), told(likely | {"above_noise": False}), told(likely | {"st_high": 1.9, "above_noise": False})
    ('yes', 'no', 'too few points')
    """
    is_enough = row["st_high"] - row["st_low"] <= WIDEST and row["st"] <= LARGEST
    if not (is_enough and row["s1"] - row["st"] <= MOST_ABOVE):
        return TOO_FEW
    return YES if row["above_noise"] else NO


def noise_floor(table: "pd.DataFrame") -> float:
    """Return the share of variance that noise can give a factor: the upper end of the dummy's ST, or luck, if larger.

    Under common random numbers the dummy changes nothing at all and has 0, unless something reads it. A real factor of
    no consequence may still change who meets whom: y then differs as under another seed, by the error that is left in
    the mean over seeds beyond what a seed adds at all points alike. Where luck is not known (one seed) the
    dummy's is the only floor.
    """
    floors = [*table.loc[table["factor"] == DUMMY, "st_high"], *table["luck"].dropna()]
    return float(max(floors, default=0.0))


def sobol_pairs(y: ArrayLike, names: Sequence[str]) -> "pd.DataFrame":
    """Return one row a pair of factors: factor, other, s2, s2_low, s2_high, descending by s2.

        S2[j, k] = V(E[y | x_j, x_k]) / V(y) - S1[j] - S1[k]

    y: of a design with second order; see `sobol_indices` for the rest, but intervals are SALib's: +-1.96 standard
    deviations over the resamples. Source: Saltelli 2002, Computer Physics
    Communications 145: 280-297.
    """
    import pandas as pd

    whole, _ = whole_blocks(y, block_size(len(names), is_second_order=True))
    found = _analysed(whole, names, is_second_order=True)
    rows = []
    for j, factor in enumerate(names):
        for k in range(j + 1, len(names)):
            centre, half = float(found["S2"][j, k]), float(found["S2_conf"][j, k])
            rows.append((factor, names[k], centre, centre - half, centre + half))
    table = pd.DataFrame(rows, columns=["factor", "other", "s2", "s2_low", "s2_high"])
    return table.sort_values("s2", ascending=False, kind="stable", ignore_index=True)


def whole_blocks(y: ArrayLike, size: int) -> tuple[Floats, int]:
    """Return the blocks of which every point has a value, shape (n_blocks, size), and how many were left out.

    Raises AnalysisError if y is no whole number of blocks, or fewer than two are left, or y does not vary.
    """
    values = np.asarray(y, np.float64)
    if values.size % size:
        raise AnalysisError(f"{values.size} points are no whole number of blocks of {size}")
    blocks = values.reshape(-1, size)
    whole = blocks[~np.isnan(blocks).any(axis=1)]
    if len(whole) < 2:
        raise AnalysisError(
            f"{len(whole)} of {len(blocks)} blocks of {size} points have all their values; 2 are needed"
        )
    if whole.std() <= 1e-12 * np.abs(whole).max():
        raise AnalysisError("the response is the same at all points")
    return whole, len(blocks) - len(whole)


def _analysed(whole: Floats, names: Sequence[str], *, is_second_order: bool) -> Mapping[str, Any]:
    with needed("SALib"):
        from SALib.analyze.sobol import analyze

    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    found: Mapping[str, Any] = analyze(
        problem, whole.ravel(), calc_second_order=is_second_order, num_resamples=RESAMPLES, conf_level=CONFIDENCE,
        seed=SEED, keep_resamples=True,
    )  # fmt: skip
    return found
