"""The theory gallery: formulas of the literature held against the production market, one file each.

Left out, because the market has no such mechanism (a benchmark of it would test itself):

- lemons with seller-held goods (Akerlof 1970): resellers buy what they sell, they do not keep it;
- chains under linear and constant-elasticity demand (Spengler 1950): demand here is logit;
- free entry on a circle (Salop 1979) and its square-root law of the deposit: entry is a decision of people;
- search with cost, price dispersion in mixed strategies (Wolinsky 1986; Varian 1980; Stahl 1989): nobody
  samples prices one by one;
- two-sided fees (Rochet & Tirole 2003): platforms do not set profit-maximising fees;
- cascades of sequential choice (Bikhchandani, Hirshleifer & Welch 1992): beliefs add evidence, they do not
  infer it from the order of actions; forged likes are held against the belief itself instead.
"""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from contextlib import ExitStack
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from sim.discovery import discover
from sim.fields import ParameterError
from sim.parameters import Parameters
from sim.scenario import nearest
from sim.study.workers import spawned, spawning
from sim.theory.base import TEXTS, Benchmark, Effort, Point

if TYPE_CHECKING:
    import pandas as pd


class Outcome(NamedTuple):
    """What became of one benchmark."""

    name: str
    points: tuple[Point, ...]
    seconds: float

    @property
    def verdict(self) -> str:
        """`missed` if one point is, else `met`; `shown` if nothing is claimed."""
        said = {point.verdict for point in self.points}
        return next(word for word in ("missed", "met", "shown") if word in said)


@cache
def catalogue() -> dict[str, type[Benchmark]]:
    """Return name -> benchmark, by name."""
    return discover(sys.modules[__name__], Benchmark)


def named(names: Sequence[str]) -> list[str]:
    """Return the benchmarks asked for (all if none is); raises ParameterError."""
    for name in names:
        if name not in catalogue():
            allowed = ", ".join(catalogue())
            raise ParameterError(f"{name}: no such benchmark{nearest(name, catalogue())}; allowed are {allowed}")
    return list(dict.fromkeys(names)) or list(catalogue())


def hold(name: str, effort: Effort) -> Outcome:
    """Run one benchmark."""
    started = monotonic()
    return Outcome(name, tuple(catalogue()[name]().points(effort)), monotonic() - started)


def verify(
    names: Sequence[str], effort: Effort, *, workers: int = 1, report: Callable[[Outcome], None] | None = None
) -> list[Outcome]:
    """Run benchmarks in `workers` processes, tell `report` as each ends; return them in the order of names."""
    report = report or (lambda outcome: None)
    outcomes: dict[str, Outcome] = {}
    with ExitStack() as stack:
        if workers > 1 and len(names) > 1:
            pool = stack.enter_context(spawned(min(workers, len(names)), 1, Parameters()))
            with spawning():
                futures = [pool.submit(hold, name, effort) for name in names]
            ended = (future.result() for future in as_completed(futures))
        else:
            ended = (hold(name, effort) for name in names)
        for outcome in ended:
            outcomes[outcome.name] = outcome
            report(outcome)
    return [outcomes[name] for name in names]


def table_of_points(outcomes: Sequence[Outcome]) -> "pd.DataFrame":
    """Return a row a comparison: benchmark, label, series, x, predicted, observed, low, high, spread, verdict."""
    import pandas as pd

    rows = [
        {"benchmark": each.name} | point._asdict() | {"verdict": point.verdict}
        for each in outcomes
        for point in each.points
    ]
    return pd.DataFrame(rows, columns=["benchmark", *Point._fields, "verdict"])


def table_of_benchmarks(outcomes: Sequence[Outcome]) -> "pd.DataFrame":
    """Return a row a benchmark: its texts, its verdict, how many points are met, and how long it took."""
    import pandas as pd

    rows = [
        {"benchmark": each.name}
        | {text: getattr(catalogue()[each.name], text) for text in TEXTS}
        | {"draws_paths": catalogue()[each.name].draws_paths, "verdict": each.verdict}
        | {"n_met": [p.verdict for p in each.points].count("met")}
        | {"n_claims": sum(p.verdict != "shown" for p in each.points)}
        for each in outcomes
    ]
    return pd.DataFrame(rows)
