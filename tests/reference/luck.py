"""Draws and the laws made of them (docs/odd.md, section 4, keyed luck)."""

import math

import numpy as np
from scipy.special import gammaincinv, ndtri

from sim.randomness import Purpose, uniform


class Luck:
    """The draws of one seed."""

    def __init__(self, seed: int) -> None:
        """Keep the seed."""
        self.seed = int(seed)

    def u(self, purpose: Purpose, week: int, person: int, item: int = 0) -> float:
        """Return the draw for this purpose, week, person and item, in (0, 1)."""
        return uniform(self.seed, int(purpose), int(week), int(person), int(item))


def single(x: float) -> float:
    """Round to float32, as a column marked f32 does when it stores, and widen again."""
    return float(np.float32(x))


def normal(u: float) -> float:
    """Return the standard normal quantile."""
    return float(ndtri(u))


def gamma(shape: float, u: float) -> float:
    """Return the quantile of the gamma law of scale 1."""
    return float(gammaincinv(shape, u))


def gumbel(u: float) -> float:
    """Return the standard Gumbel quantile -ln(-ln u)."""
    return -math.log(-math.log(u))


def log_stable(dissimilarity: float, u: float, v: float) -> float:
    """Return ln S of the positive stable S by Kanter's formula (docs/odd.md, 7.2)."""
    if dissimilarity == 1.0:
        return 0.0
    theta = math.pi * u
    rest = math.log(math.sin((1.0 - dissimilarity) * theta)) - math.log(-math.log(v))
    return (
        math.log(math.sin(dissimilarity * theta))
        - math.log(math.sin(theta)) / dissimilarity
        + ((1.0 - dissimilarity) / dissimilarity) * rest
    )
