"""Cases of interest: the points whose response is bad, or what a user says is of interest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from sim.fields import ParameterError
from sim.scenario import nearest
from sim.study.effects import direction

if TYPE_CHECKING:
    from sim.analysis.intervals import Flags

WORDS = {"<": "below", ">": "above", "<=": "at most", ">=": "at least"}


@dataclass(frozen=True)
class Case:
    """A measure whose response lies to one side of a bound; `why` says how it was chosen."""

    measure: str
    sign: str
    bound: float
    why: str = ""

    def holds(self, y: ArrayLike) -> "Flags":
        """Return which responses are cases, shape as y; nan is none.

        >>> Case("welfare", "<", 0.0).holds([-1.0, 0.0, np.nan]).tolist()
        [True, False, False]
        """
        values = np.asarray(y, np.float64)
        compare = {"<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal}[self.sign]
        return np.asarray(compare(values, self.bound), bool)

    def words(self, label: str, against: str | None) -> str:
        """Return the case in words, e.g. `welfare under A falls below that under B`."""
        if against is None:
            return f"{self.measure} under {label} is {WORDS[self.sign]} {self.bound:.4g}"
        if self.bound == 0 and self.sign in ("<", ">"):
            verb = "falls below" if self.sign == "<" else "rises above"
            return f"{self.measure} under {label} {verb} that under {against}"
        return f"{self.measure} under {label} less that under {against} is {WORDS[self.sign]} {self.bound:.4g}"


def parsed_case(text: str, measures: Sequence[str]) -> Case:
    """Return the case in a text such as `welfare<0`; raises ParameterError.

    >>> parsed_case("share.resale >= 0.1", ["share.resale"])
    Case(measure='share.resale', sign='>=', bound=0.1, why='as given')
    """
    match = re.fullmatch(r"\s*([^<>=\s]+)\s*(<=|>=|<|>)\s*([^<>=\s]+)\s*", text)
    try:
        bound = float(match[3]) if match else float("nan")
    except ValueError:
        bound = float("nan")
    if match is None or not np.isfinite(bound):
        raise ParameterError(f"case={text}: cannot be read; allowed is MEASURE<NUMBER or MEASURE>NUMBER")
    if match[1] not in measures:
        raise ParameterError(f"case={text}: no such measure {match[1]!r} in these runs{nearest(match[1], measures)}")
    return Case(match[1], match[2], bound, "as given")


def default_case(measure: str, y: ArrayLike, *, is_difference: bool) -> Case:
    """Return the bad side of zero for a difference, the worst quarter for a level.

    Bad is less where more of the measure is better (`sim.study.effects.direction`), more where less is; where neither
    is agreed it is taken to be less, and `why` says so. y: shape (n_points,), nan where missing.
    """
    better = direction(measure)
    sign = ">" if better < 0 else "<"
    unsaid = "" if better else "; whether more of it is better is not agreed"
    if is_difference:
        return Case(measure, sign, 0.0, f"the worse side of zero{unsaid}")
    values = np.asarray(y, np.float64)
    known = values[~np.isnan(values)]
    bound = float(np.quantile(known, 0.75 if better < 0 else 0.25)) if known.size else 0.0
    return Case(measure, sign, bound, f"the worst quarter{unsaid}" if better else f"the lowest quarter{unsaid}")
