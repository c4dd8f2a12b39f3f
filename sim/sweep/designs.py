"""Which points a sweep runs: a design over its factors.

    grid     every combination of the listed values, the last factor fastest
    lhs      Latin hypercube of n points (McKay, Beckman & Conover 1979, Technometrics 21)
    sobol    Saltelli's sample for Sobol indices: n (D + 2) points, n a power of two; with second_order
             n (2 D + 2) (Saltelli et al. 2010, Comput. Phys. Commun. 181)
    morris   n trajectories of D + 1 points, each step one factor (Morris 1991, Technometrics 33)
    oat      the scenario's own values, then one factor at a time at n values over its range
    csv      the rows of a table, a column a key

D counts the dummy factor, which sobol and morris get beside those of the sweep.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.fields import Group, ParameterError, check, field
from sim.scenario import Scenario, at_home, declared_at, policy_groups, shown
from sim.scenario.values import converted
from sim.sweep.factors import DUMMY, DUMMY_FACTOR, SCENARIO, Factor, declaration

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("grid", "lhs", "sobol", "morris", "oat", "csv")
MOST_POINTS = 10_000_000


# fmt: off
@dataclass(frozen=True)
class Design(Group):
    """Which points are run."""

    kind: str = field("grid", "how points are chosen", "design", source="docs/sweeps.md", tag="design", choices=KINDS)
    n: int | None = field(None, "lhs: points; sobol: base sample, a power of two; morris: trajectories; oat: values a factor", "points", 1, MOST_POINTS, source="files of configs/design", tag="design")
    seed: int = field(1, "seed of the random designs (not of the worlds)", "seed", 0, 2**32 - 1, source="the same points again", tag="design")
    levels: int = field(4, "morris: levels of the grid, an even number", "levels", 2, 1_000, source="Saltelli et al. 2008, Global Sensitivity Analysis", tag="design")
    second_order: bool = field(False, "sobol: also second-order indices", "switch", source="twice the points", tag="design")
    path: str | None = field(None, "csv: the table, a column a key, a row a point", "path", source="the user's own points", tag="design")
# fmt: on


@dataclass(frozen=True)
class Points:
    """The points of a sweep: values by point and factor, and their coordinates where the design has them."""

    factors: tuple[Factor, ...]
    values: list[tuple[Any, ...]]
    coordinates: NDArray[np.float64] | None

    def table(self) -> "pd.DataFrame":
        """Return a row a point: `point`, the values by key, the coordinates as `u.KEY`."""
        import pandas as pd

        columns: dict[str, Any] = {"point": np.arange(len(self.values), dtype=np.int64)}
        for number, factor in enumerate(self.factors):
            columns[factor.key] = uniform_column([row[number] for row in self.values])
        for number, factor in enumerate(self.factors):
            u = np.full(len(self.values), np.nan) if self.coordinates is None else self.coordinates[:, number]
            columns[f"u.{factor.key}"] = u
        return pd.DataFrame(columns)


def uniform_column(values: Sequence[Any]) -> "list[Any] | NDArray[Any]":
    """Return values as one type: numbers, or texts as they are typed on the command line.

    >>> uniform_column([1, 2.5]), uniform_column(["off", 3])
    (array([1. , 2.5]), ['off', '3'])
    """
    if all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in values):
        return np.array(values)
    return [typed(each) for each in values]


def typed(value: Any) -> str:
    """Return a value as it is typed on the command line.

    >>> typed(None), typed(True), typed(0.1), typed("off")
    ('null', 'true', '0.1', 'off')
    """
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def points_of(design: Design, factors: Sequence[Factor], scenario: Scenario | None) -> Points:
    """Return the points of a design (around the scenario, if oat); raises ParameterError with one line."""
    if design.kind == "csv":
        if factors:
            raise ParameterError(f"{factors[0].key}: design=csv takes its values from design.path alone")
        return read_points(design.path)
    if design.path is not None:
        raise ParameterError(f"design.path={shown(design.path)}: read only with design=csv")
    if not factors:
        raise ParameterError(
            "sweep: nothing varies; allowed is KEY=interval(LOW,HIGH), KEY=choice(A,B), vary=[KEY,...]"
        )
    if design.kind == "grid":
        return grid(factors)
    if design.n is None:
        raise ParameterError(f"design.n=None: design={design.kind} needs a number; allowed is int from 1")
    if design.kind == "oat":
        assert scenario is not None
        return one_at_a_time(design.n, factors, scenario)
    return sampled(design, factors)


def sampled(design: Design, factors: Sequence[Factor]) -> Points:
    """Return the points of a random design."""
    known = (*factors, DUMMY_FACTOR) if design.kind in ("sobol", "morris") else tuple(factors)
    assert design.n is not None
    n_each = {"lhs": 1, "morris": len(known) + 1, "sobol": (1 + design.second_order) * len(known) + 2}[design.kind]
    if design.n * n_each > MOST_POINTS:  # before they take the memory
        raise ParameterError(
            f"design.n={design.n}: {design.n * n_each} points of design={design.kind}; allowed are up to {MOST_POINTS}"
        )
    samplers: dict[str, Callable[[Design, int], NDArray[np.float64]]] = {"lhs": lhs, "sobol": sobol, "morris": morris}
    u = samplers[design.kind](design, len(known))
    values = [tuple(factor.value(float(x)) for factor, x in zip(known, row, strict=True)) for row in u]
    return Points(known, values, u)


def lhs(design: Design, n_factors: int) -> NDArray[np.float64]:
    """Return the coordinates of a Latin hypercube, shape (n, n_factors)."""
    from scipy.stats.qmc import LatinHypercube

    assert design.n is not None
    return np.asarray(LatinHypercube(n_factors, rng=design.seed).random(design.n))


def sobol(design: Design, n_factors: int) -> NDArray[np.float64]:
    """Return the coordinates of Saltelli's sample, in the order that SALib analyses."""
    _require_salib("sobol")
    from SALib.sample import sobol as sampler

    assert design.n is not None
    if design.n & (design.n - 1):
        below = 1 << (design.n.bit_length() - 1)
        raise ParameterError(
            f"design.n={design.n}: allowed for design=sobol is a power of two, e.g. {below} or {2 * below}"
        )
    problem = unit_problem(n_factors)
    return np.asarray(
        sampler.sample(problem, design.n, calc_second_order=design.second_order, seed=design.seed), np.float64
    )


def morris(design: Design, n_factors: int) -> NDArray[np.float64]:
    """Return the coordinates of Morris's trajectories, in the order that SALib analyses."""
    _require_salib("morris")
    from SALib.sample import morris as sampler

    if design.levels % 2:
        raise ParameterError(f"design.levels={design.levels}: allowed is an even number from 2 to 1000")
    return np.asarray(sampler.sample(unit_problem(n_factors), design.n, design.levels, seed=design.seed), np.float64)


def unit_problem(n_factors: int) -> dict[str, Any]:
    """Return SALib's description of so many factors on [0, 1]."""
    return {"num_vars": n_factors, "names": [f"x{n}" for n in range(n_factors)], "bounds": [[0.0, 1.0]] * n_factors}


def _require_salib(kind: str) -> None:
    from importlib.util import find_spec

    if find_spec("SALib") is None:
        raise ParameterError(
            f"design={kind}: needs SALib, missing here (pip install 'weishang[sensitivity]'); allowed without it are "
            "grid, lhs, oat and csv"
        )


def grid(factors: Sequence[Factor]) -> Points:
    """Return every combination of the listed values."""
    for factor in factors:
        if factor.law == "interval":
            raise ParameterError(
                f"{factor.key}=interval({factor.low:g},{factor.high:g}): design=grid needs single values; allowed is "
                f"{factor.key}=choice(...) or range(...), or design=lhs"
            )
    n_points = np.prod([float(len(factor.values)) for factor in factors])
    if n_points > MOST_POINTS:
        raise ParameterError(f"design=grid: {n_points:.3g} points; allowed are up to {MOST_POINTS}")
    return Points(tuple(factors), list(itertools.product(*(factor.values for factor in factors))), None)


def one_at_a_time(n: int, factors: Sequence[Factor], scenario: Scenario) -> Points:
    """Return the scenario's own values, then each factor at its values while the others keep theirs."""
    own = [own_value(scenario, factor) for factor in factors]
    values, u = [tuple(own)], [[np.nan] * len(factors)]
    for number, factor in enumerate(factors):
        steps = [index / max(1, n - 1) for index in range(n)] if n > 1 else [1.0]
        spread = (
            [(step, factor.value(step)) for step in steps]
            if factor.law == "interval"
            else [((index + 0.5) / len(factor.values), value) for index, value in enumerate(factor.values)]
        )
        for step, value in spread:
            if not is_same(value, own[number]):
                values.append((*own[:number], value, *own[number + 1 :]))
                u.append([step if place == number else np.nan for place in range(len(factors))])
    return Points(tuple(factors), values, np.array(u))


def is_same(value: Any, own: Any) -> bool:
    """Tell whether two values are one, numbers but for rounding."""
    if isinstance(value, float) and isinstance(own, float):
        return math.isclose(value, own)
    return bool(value == own)


def own_value(scenario: Scenario, factor: Factor) -> Any:
    """Return what the scenario itself has at a factor; of a policy that it has not, `off` or the default."""
    if factor.key == SCENARIO:
        return scenario.name
    group, _, name = factor.key.rpartition(".")
    there = {each.name(): each for each in scenario.parameters.policies}
    if factor.key in policy_groups():
        return "on" if factor.key.removeprefix("policies.") in there else "off"
    if group.startswith("policies."):
        policy = there.get(group.removeprefix("policies."))
        declared = declaration(factor.key)
        return getattr(policy, name) if policy is not None else declared.default
    return getattr(getattr(scenario.parameters, group), name)


# from a table ---------------------------------------------------------------------------------


def read_points(path: str | None) -> Points:
    """Return the points in a CSV: a column a key, a row a point; raises ParameterError with one line."""
    import pandas as pd

    if path is None:
        raise ParameterError("design.path=None: design=csv needs a table; allowed is a CSV file's path")
    named = f"design.path={shown(path)}"
    try:
        table = pd.read_csv(at_home(path), dtype=str, keep_default_na=False, skipinitialspace=True)
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        reason = getattr(error, "strerror", None) or "cannot be read as a table"
        raise ParameterError(f"{named}: {reason}; allowed is a CSV with a column a key, a row a point") from None
    if table.empty:
        raise ParameterError(f"{named}: no rows; allowed is a CSV with a column a key and a row a point")
    keys = [str(key).strip() for key in table.columns]
    columns = [column_of(named, key, table.iloc[:, number].tolist()) for number, key in enumerate(keys)]
    factors = tuple(
        Factor(key, "choice", values=tuple(dict.fromkeys(column))) for key, column in zip(keys, columns, strict=True)
    )
    return Points(factors, list(zip(*columns, strict=True)), None)


def column_of(named: str, key: str, texts: list[str]) -> list[Any]:
    """Return the values of one column; raises ParameterError that names key and row."""
    if key == DUMMY or (key not in policy_groups() and key != SCENARIO):
        try:
            declaration(key)
        except ParameterError as error:
            raise ParameterError(f"{named}: {error}") from None
    column = []
    for row, text in enumerate(texts, start=2):
        value = cell(key, text.strip())
        try:
            _checked(key, value)
        except ParameterError as error:
            raise ParameterError(f"{named}, line {row}: {error}") from None
        column.append(value)
    return column


def cell(key: str, text: str) -> Any:
    """Return what a cell holds: null, true, false, a number of the field's type, or text."""
    if text in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[text]
    declared = declared_at(key)
    return text if declared is None else converted(text, declared)


def _checked(key: str, value: Any) -> None:
    """Raise ParameterError unless a value is allowed at a key."""
    if key in policy_groups():
        if value not in ("on", "off"):
            raise ParameterError(f"{key}={shown(value)}: allowed is on or off")
    elif key == SCENARIO:
        if not value:
            raise ParameterError("scenario='': allowed is the name of a scenario")
    else:
        check(key, value, declaration(key))
