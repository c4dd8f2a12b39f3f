"""What a fit compares: moments of simulated worlds, and how far each lies from its target.

A distance of 1 is the edge of a target's range: d = (f(mean over seeds) - centre)/half-width. f is the
logarithm where a positive range spans more than a factor of 2, since the sources of such a range differ by
factors; otherwise it is the identity. Then centre and half-width are those of the range in f.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.calibration.patterns import PATTERNS, NotMeasurableError, Pattern, Run
from sim.calibration.targets import targets

Floats = NDArray[np.float64]

LOG_FROM = 2.0
"""Ratio of a range's ends from which distances are logarithmic."""

FARTHEST = 5.0
"""Distance beyond which nothing counts more, and that of a moment which is undefined: finite, so a search goes on."""

RANGE_IN_ERRORS = 2.0
"""A target range is read as its centre +- two standard deviations of what was observed."""

CHECKS = ("quality_order",)
"""Patterns that say yes or no: they add (1 - share of worlds with a yes)^2, but have no slope and identify nothing."""


@dataclass(frozen=True)
class Moment:
    """One number that a world shows, and what it should be.

    function: of one run; it may raise NotMeasurableError or return nan
    target, scale: centre of what was observed, and the distance from it that counts as 1, both in the unit
    of the moment, or in its logarithm (scale only) if `is_log`
    error: standard error of the target, in the unit of `scale`; None: scale / RANGE_IN_ERRORS
    is_check: of a yes-or-no pattern, see CHECKS
    """

    name: str
    function: Pattern
    target: float
    scale: float
    is_log: bool = False
    error: float | None = None
    is_check: bool = False

    @property
    def target_error(self) -> float:
        """Return the standard error of the target as a distance."""
        return 1 / RANGE_IN_ERRORS if self.error is None else self.error / self.scale

    def distance(self, value: float) -> float:
        """Return the distance of a mean over seeds from the target, within +-FARTHEST; nan counts as FARTHEST.

        >>> Moment("growth", lambda run: 0.0, 0.25, 0.125).distance(0.5)
        2.0
        """
        if math.isnan(value):
            return FARTHEST
        if not self.is_log:
            far = (value - self.target) / self.scale
        elif value <= 0:
            return -FARTHEST
        else:
            far = math.log(value / self.target) / self.scale
        return max(-FARTHEST, min(FARTHEST, far))

    def slope(self, value: float) -> float:
        """Return how the distance changes with the mean; 0 where it cannot."""
        if math.isnan(value) or (self.is_log and value <= 0):
            return 0.0
        return 1 / (self.scale * value) if self.is_log else 1 / self.scale

    def bounds(self) -> tuple[float, float]:
        """Return the ends of the target range, where the distance is -1 and 1."""
        if self.is_check:
            return self.target, self.target
        if self.is_log:
            return self.target * math.exp(-self.scale), self.target * math.exp(self.scale)
        return self.target - self.scale, self.target + self.scale


def moment_of_range(name: str, function: Pattern, low: float, high: float) -> Moment:
    """Return the moment whose target is a range.

    >>> moment_of_range("sales", lambda run: 0.0, 10.0, 40.0).target
    20.0
    """
    if name in CHECKS:
        return Moment(name, function, high, 1.0, is_check=True)
    if low > 0 and high / low > LOG_FROM:
        return Moment(name, function, math.sqrt(low * high), math.log(high / low) / 2, is_log=True)
    return Moment(name, function, (low + high) / 2, (high - low) / 2)


def market_moments() -> tuple[Moment, ...]:
    """Return the patterns of `targets.csv` that count as fit, with their ranges."""
    return tuple(
        moment_of_range(each.pattern, PATTERNS[each.pattern], each.low, each.high)
        for each in targets()
        if each.role == "fit"
    )


def measured(moments: Sequence[Moment], run: Run) -> dict[str, float]:
    """Return the moments of one run; nan where the run cannot show one."""
    values = {}
    for moment in moments:
        try:
            values[moment.name] = float(moment.function(run))
        except NotMeasurableError:
            values[moment.name] = math.nan
    return values


Values = Mapping[str, Sequence[float]]
"""Moment -> its value in each seed."""


def mean(values: Sequence[float]) -> float:
    """Return the mean of the seeds that have a value; nan if none has."""
    there = [value for value in values if not math.isnan(value)]
    return sum(there) / len(there) if there else math.nan


def distances(moments: Sequence[Moment], values: Values) -> Floats:
    """Return the distance of each moment from its target, shape (n_moments,)."""
    return np.array([moment.distance(mean(values[moment.name])) for moment in moments])


def loss(moments: Sequence[Moment], values: Values) -> float:
    """Return the sum of squared distances: weight 1 for each target's half-width."""
    return float(np.sum(distances(moments, values) ** 2))


def covariance_over_seeds(moments: Sequence[Moment], values: Values) -> Floats:
    """Return the covariance of distances between seeds, shape (n_moments, n_moments).

    Delta method: deviations from the mean times the slope there. A seed without a value deviates by nothing.
    """
    rows = []
    for moment in moments:
        observed = np.asarray(values[moment.name], np.float64)
        centre = mean(values[moment.name])
        rows.append(np.nan_to_num(observed - centre) * moment.slope(centre))
    return np.atleast_2d(np.cov(np.array(rows))) if len(rows[0]) > 1 else np.zeros((len(rows), len(rows)))
