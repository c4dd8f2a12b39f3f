"""PRIM (patient rule induction): a box in the factors that holds most of the cases and little else."""

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sim.analysis.dependence import is_number, texts
from sim.analysis.intervals import Flags
from sim.analysis.responses import AnalysisError, needed

if TYPE_CHECKING:
    import pandas as pd

FEWEST_POINTS = 30
MOST_RESTRICTED = 4
SIGNIFICANT = 0.05
SEED = 1
COLUMNS = [
    "factor", "low", "high", "values", "quasi_p_low", "quasi_p_high", "range_low", "range_high", "in_halves",
    "coverage", "density", "mass", "base_rate", "n_points", "held_out_density",
]  # fmt: skip


def prim_box(x: "pd.DataFrame", is_case: ArrayLike, blocks: ArrayLike) -> "pd.DataFrame":
    """Return one row a restricted factor of the box, none if no box is better than all points together.

    PRIM peels off the twentieth of the points that leaves most cases per point, again and again, and then pastes back
    what costs little. Of the boxes on its way with up to four restricted factors the one with the largest
    F1 = 2 coverage density / (coverage + density) is taken; restrictions that could be luck are loosened again.

    x: a column a factor, shape (n_points, n_factors), texts or numbers; is_case: shape (n_points,); blocks: which
    points are not independent of each other, shape (n_points,). Columns:

    - factor; low, high: limits of a number, nan where it is not restricted on that side; values: texts within
    - quasi_p_low, quasi_p_high: chance of so many cases or more in the box if that limit did nothing (binomial, given
      the density without it; points are taken as independent, the search for the limit is not counted)
    - range_low, range_high: least and largest value of the factor over all points
    - in_halves: in how many of two halves of the points, searched apart, the factor is restricted too
    - coverage: share of all cases that lie in the box; density: share of cases among the points in it; mass: share of
      all points in it; base_rate: share of cases among all n_points
    - held_out_density: density of the boxes found on each half of the blocks, among the points of the other half:
      without the optimism of counting on the points searched; nan where no half has a box

    Source: Friedman & Fisher 1999, Statistics and Computing 9: 123-143; quasi-p: Bryant & Lempert 2010, Technological
    Forecasting & Social Change 77: 34-49; the code is that of the EMA Workbench. Raises AnalysisError.
    """
    import pandas as pd

    cases, groups = np.asarray(is_case, bool), np.asarray(blocks)
    if cases.size < FEWEST_POINTS:
        raise AnalysisError(f"{cases.size} points have a value; {FEWEST_POINTS} are needed")
    if cases.all() or not cases.any():
        raise AnalysisError(f"{'all' if cases.any() else 'none'} of {cases.size} points are cases")
    coded, kinds = encoded(x)
    if coded.empty:
        raise AnalysisError("no factor takes two values")
    with quiet_workbench():
        limits = found_limits(coded, cases)
        halves = list(held_out(coded, cases, groups)) if limits is not None else []
    if limits is None:
        return pd.DataFrame(columns=COLUMNS)
    return table_of(limits, coded, kinds, cases, halves)


def table_of(
    limits: "pd.DataFrame", coded: "pd.DataFrame", kinds: dict[str, list[str]], cases: Flags, halves: list[Any]
) -> "pd.DataFrame":
    """Return the table of `prim_box` for the limits found on all points, and on halves of them."""
    import pandas as pd

    within = inside(coded, limits)
    n_caught, n_within = (sum(each[k] for each in halves) for k in (1, 2))
    facts = {
        "coverage": float(cases[within].sum() / cases.sum()), "density": float(cases[within].mean()),
        "mass": float(within.mean()), "base_rate": float(cases.mean()), "n_points": cases.size,
        "held_out_density": n_caught / n_within if n_within else np.nan,
    }  # fmt: skip
    rows = []
    for key, limit in limits.iterrows():
        row = {"factor": key, **limit.to_dict(), "in_halves": sum(key in each[0] for each in halves)}
        if key in kinds:
            row["values"] = " or ".join(kinds[str(key)][code] for code in sorted(limit["values"]))
        else:
            row["values"] = ""
            row["range_low"], row["range_high"] = float(coded[key].min()), float(coded[key].max())
        rows.append({"range_low": np.nan, "range_high": np.nan} | row | facts)
    return pd.DataFrame(rows)[COLUMNS]


def encoded(x: "pd.DataFrame") -> tuple["pd.DataFrame", dict[str, list[str]]]:
    """Return the factors that vary, numbers as floats and texts as codes, and the texts of the codes by factor.

    Codes are small integers in an object column: sets of them have one order in every process, those of texts not.
    """
    import pandas as pd

    columns, kinds = {}, {}
    for key in map(str, x.columns):
        if is_number(x[key]):
            numbers = x[key].to_numpy(np.float64)
            if not np.isnan(numbers).any():
                columns[key] = pd.Series(numbers)
                continue
        names = texts(x[key])
        kinds[key] = sorted(set(names))
        columns[key] = pd.Series([kinds[key].index(name) for name in names], dtype=object)
    varying = {key: column for key, column in columns.items() if column.nunique() > 1}
    return pd.DataFrame(varying), kinds


def found_limits(coded: "pd.DataFrame", cases: Flags) -> "pd.DataFrame | None":
    """Return limits and quasi-p by restricted factor, or None: first on all factors, then on the clearest four."""
    box, step = searched(coded, cases, most=len(coded.columns))
    if step is None:
        return None
    clearest = sorted((min(p for p in pair if p >= 0), key) for key, pair in by_key(box, step, coded).items())
    kept = [key for p, key in clearest if p <= SIGNIFICANT][:MOST_RESTRICTED]
    if not kept:
        return None
    part = coded[[key for key in coded.columns if key in kept]]
    box, step = searched(part, cases, most=MOST_RESTRICTED)
    while step is not None and (worst := loosest(box, step)):
        step = loosened(box, step, *worst, part)
    return None if step is None else limits_of(box, step, part)


def searched(coded: "pd.DataFrame", cases: Flags, most: int) -> tuple[Any, int | None]:
    """Return the box that PRIM peels, its columns named by number, and the step with the largest F1, None without."""
    from ema_workbench.analysis.prim import Prim

    numbered = coded.set_axis([f"x{number}" for number in range(len(coded.columns))], axis=1)
    box = Prim(numbered, cases.astype(int)).find_box()
    steps = box.peeling_trajectory
    allowed = steps[(steps["res_dim"] >= 1) & (steps["res_dim"] <= most) & (steps["coverage"] > 0)]
    if allowed.empty:
        return box, None
    f1 = 2 * allowed["coverage"] * allowed["density"] / (allowed["coverage"] + allowed["density"])
    return box, int(f1.idxmax())


def by_key(box: Any, step: int, coded: "pd.DataFrame") -> dict[str, list[float]]:
    """Return the quasi-p of the low and high limit (-1: not restricted) by restricted factor."""
    return {coded.columns[int(name[1:])]: pair for name, pair in box.p_values[step].items()}


def loosest(box: Any, step: int) -> tuple[str, int] | None:
    """Return the limit (column, side) whose quasi-p is largest, if it could be luck."""
    found = [(p, name, side) for name, pair in box.p_values[step].items() for side, p in enumerate(pair)]
    p, name, side = max(found, default=(0.0, "", 0))
    return (name, side) if p > SIGNIFICANT else None


def loosened(box: Any, step: int, name: str, side: int, coded: "pd.DataFrame") -> int | None:
    """Return the step of a box without one limit, None if that was the last."""
    limits, initial = box.box_lims[step].copy(), box.box_lims[0]
    if isinstance(limits.loc[0, name], set):
        limits[name] = initial[name]
    else:
        limits.loc[side, name] = initial.loc[side, name]
    box.update(limits, np.flatnonzero(inside(coded, frame_of(limits, initial, coded))))
    step = len(box.box_lims) - 1
    return step if box.p_values[step] else None


def frame_of(limits: "pd.DataFrame", initial: "pd.DataFrame", coded: "pd.DataFrame") -> "pd.DataFrame":
    """Return limits of the library as a row a restricted factor: low, high (nan: open), values (codes within)."""
    import pandas as pd

    rows: dict[Any, tuple[Any, ...]] = {}
    for number, key in enumerate(coded.columns):
        name = f"x{number}"
        now, before = limits[name].tolist(), initial[name].tolist()
        if now == before:
            continue
        if isinstance(now[0], set):
            rows[key] = (np.nan, np.nan, frozenset(now[0]))
        else:
            rows[key] = (*(a if a != b else np.nan for a, b in zip(now, before, strict=True)), frozenset())
    return pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high", "values"])


def limits_of(box: Any, step: int, coded: "pd.DataFrame") -> "pd.DataFrame":
    """Return limits with the quasi-p of each."""
    limits = frame_of(box.box_lims[step], box.box_lims[0], coded)
    found = by_key(box, step, coded)
    for side, name in enumerate(("quasi_p_low", "quasi_p_high")):
        limits[name] = [found[str(key)][side] if found[str(key)][side] >= 0 else np.nan for key in limits.index]
    return limits


def inside(coded: "pd.DataFrame", limits: "pd.DataFrame") -> Flags:
    """Return which points lie within the limits, shape (n_points,)."""
    within = np.ones(len(coded), bool)
    for key, low, high, values in limits[["low", "high", "values"]].itertuples():
        column = coded[key]
        if values:
            within &= column.isin(list(values)).to_numpy()
        within &= ~(column < low).to_numpy(bool) & ~(column > high).to_numpy(bool)
    return within


def held_out(coded: "pd.DataFrame", cases: Flags, groups: Any) -> Iterator[tuple[list[str], int, int]]:
    """Yield, of each half of the blocks: factors of the box found on it, cases and points of the other half in it."""
    names = np.unique(groups)
    half = np.isin(groups, np.random.default_rng(SEED).permutation(names)[: len(names) // 2])
    for ours in (half, ~half):
        if not 0 < cases[ours].sum() < ours.sum():
            continue
        columns = [key for key in coded.columns if coded.loc[ours, key].nunique() > 1]
        limits = found_limits(coded.loc[ours, columns].reset_index(drop=True), cases[ours])
        if limits is not None:
            within = inside(coded, limits) & ~ours
            yield [str(key) for key in limits.index], int(cases[within].sum()), int(within.sum())


@contextmanager
def quiet_workbench() -> Iterator[None]:
    """Import the EMA Workbench without its warnings; raises AnalysisError if it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with needed("ema_workbench"):
            import ema_workbench.analysis.prim  # noqa: F401
        yield


def limits_in_words(box: "pd.DataFrame") -> str:
    """Return the limits of a box, e.g. `trust.gain_bad above 0.17 and shops.pricing fixed or cost_plus`."""
    return " and ".join(
        itertools.starmap(limit_in_words, box[["factor", "low", "high", "values"]].itertuples(index=False))
    )


def limit_in_words(factor: str, low: float, high: float, values: str) -> str:
    """Return one limit.

    >>> limit_in_words("trust.gain_bad", 0.17, np.nan, ""), limit_in_words("shops.x", 1.0, 2.0, "")
    ('trust.gain_bad above 0.17', 'shops.x between 1 and 2')
    """
    if values:
        return f"{factor} {values}"
    if np.isnan(low):
        return f"{factor} below {high:.3g}"
    return f"{factor} above {low:.3g}" if np.isnan(high) else f"{factor} between {low:.3g} and {high:.3g}"
