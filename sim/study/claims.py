"""Claims under test: files that say beforehand what is measured and what would refute, and how they are judged.

A study is a folder of `experiments/`: `study.yaml` (title, question, ranges of plausible worlds) and
one file a claim. A claim has tests; a test turns the run-level measures of one seed into a margin
that is positive where the claim holds:

    above     x - y - relative * |y|        (relative: 0 unless given)
    below     y - x - relative * |y|
    within    relative * |y| - |x - y|

x is the measure in `scenario`, y the same measure in `against` (paired by seed), or the measure
`other` in the same world. In one world a claim holds if the mean margin of every test is positive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.fields import ParameterError
from sim.scenario import config_folder, nearest
from sim.scenario.files import read_yaml
from sim.study.pairs import Paired, paired

if TYPE_CHECKING:
    import pandas as pd

EXPECTATIONS = ("above", "below", "within")
MOST_WORLDS, FEW_WORLDS = 0.8, 0.2
"""Shares of plausible worlds above which a claim holds widely, and below which it fails widely."""

RULE = (
    f"supported: on the baseline every margin's 95 % interval is above zero, and the claim holds in {MOST_WORLDS:.0%} "
    "of the plausible worlds or more. refuted: on the baseline some margin's interval is below zero, and the claim "
    f"holds in {FEW_WORLDS:.0%} of the worlds or fewer. Otherwise it depends on the world."
)


@dataclass(frozen=True)
class Test:
    """One comparison that a claim rests on."""

    __test__ = False  # no test of pytest's

    measure: str
    scenario: str
    expect: str
    against: str | None = None
    other: str | None = None
    relative: float = 0.0

    def margins(self, runs: "pd.DataFrame") -> NDArray[np.float64]:
        """Return the margin of every seed, nan where a value is missing.

        runs: one world's rows, a column of scenario, one of seed, and the measures
        """
        by_scenario = {name: rows.set_index("seed") for name, rows in runs.groupby("scenario")}
        world = by_scenario[self.scenario]
        x = world[self.measure]
        y = world[self.other] if self.other else by_scenario[str(self.against)][self.measure].reindex(x.index)
        allowance = self.relative * y.abs()
        margins = {"above": x - y - allowance, "below": y - x - allowance, "within": allowance - (x - y).abs()}
        return np.asarray(margins[self.expect], np.float64)

    def sentence(self) -> str:
        """Return what is expected, in words."""
        left = f"{self.measure} under {self.scenario}"
        right = f"{self.other} there" if self.other else f"under {self.against}"
        if self.expect == "within":
            return f"{left} within {self.relative:.0%} of that {right}"
        more = f" by more than {self.relative:+.0%} of it" if self.relative else ""
        return f"{left} {self.expect} {right}{more}"


@dataclass(frozen=True)
class Claim:
    """One claim: what is said, why it is tested so, and what would refute it."""

    name: str
    title: str
    why: str
    refuted_if: str
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Study:
    """A folder of claims with the plausible worlds on which they are tested."""

    name: str
    title: str
    question: str
    worlds: Mapping[str, tuple[float, float]]
    claims: tuple[Claim, ...]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios that the tests need, the baseline first."""
        named = {
            name for claim in self.claims for test in claim.tests for name in (test.scenario, test.against) if name
        }
        return ("baseline", *sorted(named - {"baseline"}))


# files ----------------------------------------------------------------------------------------


def experiments_folder() -> Path:
    """Return the folder of the built-in studies: beside the built-in configurations."""
    return config_folder().parent / "experiments"


def available() -> dict[str, str]:
    """Return the names of the studies with their titles."""
    return {
        path.parent.name: str(read_yaml(path)["title"]) for path in sorted(experiments_folder().glob("*/study.yaml"))
    }


def load_study(name: str) -> Study:
    """Return a study; raises ParameterError that tells the names there are, or what is wrong with a file."""
    if name not in available():
        raise ParameterError(
            f"study={name!r}: no such study{nearest(name, available())}; allowed: {', '.join(available())}"
        )
    folder = experiments_folder() / name
    about = read_yaml(folder / "study.yaml")
    files = sorted(folder.glob("H*.yaml"), key=lambda path: int(path.stem[1:]))
    worlds = {str(key): (float(low), float(high)) for key, (low, high) in about["worlds"].items()}
    return Study(name, about["title"], about["question"], worlds, tuple(build_claim(read_yaml(path)) for path in files))


def build_claim(content: Mapping[str, Any]) -> Claim:
    """Return the claim that a file holds; raises ParameterError for what cannot be tested."""
    tests = tuple(Test(**test) for test in content["tests"])
    for test in tests:
        if test.expect not in EXPECTATIONS:
            raise ParameterError(f"expect={test.expect!r}: allowed is one of {', '.join(EXPECTATIONS)}")
        if (test.against is None) == (test.other is None):
            raise ParameterError(f"{content['claim']}: a test has either `against` or `other`")
    return Claim(content["claim"], content["title"], content["why"], content["refuted_if"], tests)


# judgement ------------------------------------------------------------------------------------


def holds(claim: Claim, runs: "pd.DataFrame") -> bool:
    """Tell whether a claim holds in one world: the mean margin of every test is positive."""
    return all(np.nanmean(test.margins(runs)) > 0 for test in claim.tests)


def effect(test: Test, runs: "pd.DataFrame") -> Paired:
    """Return the margin over the seeds of one world with its paired interval."""
    margins = test.margins(runs)
    return paired(margins, np.where(np.isnan(margins), np.nan, 0.0))


def judged(claim: Claim, baseline: "pd.DataFrame", share: float) -> str:
    """Return supported, refuted or depends, by `RULE`."""
    effects = [effect(test, baseline) for test in claim.tests]
    if all(each.low > 0 for each in effects) and share >= MOST_WORLDS:
        return "supported"
    if any(each.high < 0 for each in effects) and share <= FEW_WORLDS:
        return "refuted"
    return "depends"


def condition(points: "pd.DataFrame", held: Sequence[bool]) -> str:
    """Return on which parameter it depends most, in a sentence.

    points: one row a world, one column a parameter. For every parameter the worlds in which the
    claim held are compared with the others by a Mann-Whitney test; Bonferroni's adjustment over the parameters.
    """
    from scipy.stats import mannwhitneyu

    is_held = np.asarray(held, np.bool_)
    if is_held.all() or not is_held.any():
        return "the same in all plausible worlds"
    columns = {str(key): points[key].to_numpy(np.float64) for key in points}
    p_values = {key: float(mannwhitneyu(x[is_held], x[~is_held]).pvalue) for key, x in columns.items()}
    key = min(p_values, key=lambda name: p_values[name])
    if p_values[key] * len(p_values) >= 0.05:
        return "in plausible worlds on no single parameter that so many could tell"
    threshold, above, below = best_split(columns[key], is_held)
    return f"holds in {above:.0%} of the worlds with {key} above {threshold:.3g} and in {below:.0%} of those below"


def best_split(values: NDArray[np.float64], held: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the threshold that parts best, and the shares that held above and below; a fifth each side at least."""
    found = (0.0, 0.0, 0.0)
    for threshold in np.quantile(values, np.linspace(0.2, 0.8, 13)):
        above, below = float(held[values > threshold].mean()), float(held[values <= threshold].mean())
        if abs(above - below) > abs(found[1] - found[2]) or found == (0.0, 0.0, 0.0):
            found = (float(threshold), above, below)
    return found
