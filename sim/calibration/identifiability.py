"""How well moments tell parameters: slopes, standard errors, directions, sensitivity.

The estimator is that of simulated moments (McFadden 1989; Duffie & Singleton 1993; Gourieroux & Monfort 1996):
u* minimises g(u)'g(u), g the distances of moments from their targets, u the coordinates of free parameters, each
0 to 1 over its range. With J = dg/du at u* and Omega the covariance of g, its covariance is the sandwich

    (J'J)^-1 J' Omega J (J'J)^-1,    Omega = diag(error of each target)^2 + S/R,

S the covariance of g between seeds and R the number of seeds. A target's error is half of its half-width: its range
is read as +-2 standard deviations, errors of different targets as independent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.calibration.moments import Floats, Moment

STEP = 0.1
"""Half of the central difference, as a share of a parameter's range: wide enough to rise above luck."""

NORMAL = 1.959963984540054
"""Quantile .975 of the normal law."""

SINGULAR = 1e-6
"""Slope, in distances over a whole range, below which a direction counts as not seen by the moments."""

LONGEST_STEP = 0.3
"""Share of each range that one Gauss-Newton step may go."""


@dataclass(frozen=True)
class Identifiability:
    """What the moments tell of the parameters near the best point.

    coordinates: u*, shape (n_free,); jacobian: shape (n_moments, n_free); distances: g(u*), shape (n_moments,)
    errors: standard errors in u, shape (n_free,), infinite for what the moments do not tell
    singular: singular values of the Jacobian, descending; directions: rows of V', shape (n_free, n_free)
    sensitivity: move of each estimate, in u, when a target is raised by one scale (Andrews, Gentzkow & Shapiro
    2017), shape (n_free, n_moments)
    """

    coordinates: Floats
    jacobian: Floats
    distances: Floats
    errors: Floats
    singular: Floats
    directions: Floats
    sensitivity: Floats

    @property
    def intervals(self) -> Floats:
        """Return the 95 % intervals in u, not cut at the range, shape (n_free, 2)."""
        half = NORMAL * self.errors
        return np.column_stack([self.coordinates - half, self.coordinates + half])

    @property
    def pulls(self) -> Floats:
        """Return how far each moment's misfit alone would move each parameter alone, in u, shape (n_free, n_moments).

        -J_jk g_j / sum_j J_jk^2; the sum over moments is 0 at an optimum inside the range.
        """
        squares = (self.jacobian**2).sum(axis=0)
        return (-self.jacobian * self.distances[:, None]).T / np.maximum(squares, SINGULAR**2)[:, None]


def identify(
    coordinates: Floats,
    jacobian: Floats,
    distances: Floats,
    moments: Sequence[Moment],
    over_seeds: Floats,
    n_seeds: int,
) -> Identifiability:
    """Return standard errors, directions and sensitivity; see the module for the equations.

    over_seeds: S, shape (n_moments, n_moments); n_seeds: R, the seeds behind `distances`
    """
    omega = np.diag([moment.target_error**2 for moment in moments]) + over_seeds / n_seeds
    left, singular, directions = np.linalg.svd(jacobian, full_matrices=True)
    n_free = jacobian.shape[1]
    lengths = np.zeros(n_free)
    lengths[: singular.size] = singular
    seen = lengths > SINGULAR
    n_seen = int(seen.sum())
    inverse = (directions[:n_seen].T / lengths[:n_seen]) @ left[:, :n_seen].T
    errors = np.sqrt(np.einsum("kj,jl,kl->k", inverse, omega, inverse))
    unseen = (np.abs(directions[~seen]) > 1e-3).any(axis=0)
    errors[unseen] = np.inf
    return Identifiability(coordinates, jacobian, distances, errors, lengths, directions, inverse)


def steps(coordinates: Floats, widths: Floats) -> list[tuple[Floats, Floats]]:
    """Return the pair of coordinates, above and below, of each parameter's central difference, cut at 0 and 1.

    widths: half of each difference
    """
    pairs = []
    for each, width in enumerate(widths):
        above, below = coordinates.copy(), coordinates.copy()
        above[each], below[each] = min(1.0, coordinates[each] + width), max(0.0, coordinates[each] - width)
        pairs.append((above, below))
    return pairs


def slopes(pairs: Sequence[tuple[float, float]], above: Sequence[Floats], below: Sequence[Floats]) -> Floats:
    """Return the Jacobian, shape (n_moments, n_free), from distances at each pair of coordinates (above, below)."""
    columns = [
        (high - low) / (up - down) if up > down else np.zeros_like(high)
        for (up, down), high, low in zip(pairs, above, below, strict=True)
    ]
    return np.column_stack(columns)


def gauss_newton(coordinates: Floats, jacobian: Floats, distances: Floats, *, longest: float = LONGEST_STEP) -> Floats:
    """Return the coordinates that minimise |g + J du|, within the ranges and within `longest` of each coordinate."""
    from scipy.optimize import lsq_linear

    low, high = np.maximum(-coordinates, -longest), np.minimum(1 - coordinates, longest)
    high = np.maximum(high, low + 1e-9)
    found = lsq_linear(jacobian, -distances, bounds=(low, high))
    return np.clip(coordinates + found.x, 0.0, 1.0)


def profile_coordinates(known: Identifiability, each: int, n_values: int) -> list[Floats]:
    """Return points at which one parameter is held and the others are at their Gauss-Newton optimum.

    They lie evenly within 2.5 standard errors of the best point, cut at the range.
    """
    reach = min(1.0, 2.5 * known.errors[each])
    centre = known.coordinates[each]
    held = np.linspace(max(0.0, centre - reach), min(1.0, centre + reach), n_values)
    others = [k for k in range(known.coordinates.size) if k != each]
    points = []
    for value in held:
        point = known.coordinates.copy()
        point[each] = value
        if others:
            expected = known.distances + known.jacobian[:, each] * (value - centre)
            point[others] = gauss_newton(known.coordinates[others], known.jacobian[:, others], expected, longest=1.0)
        points.append(point)
    return points


def expected_loss(known: Identifiability, point: Floats) -> float:
    """Return the loss that the slopes predict at a point: |g + J (u - u*)|^2."""
    return float(np.sum((known.distances + known.jacobian @ (point - known.coordinates)) ** 2))


def opposed(known: Identifiability, is_missed: Callable[[int], bool]) -> list[tuple[int, int, int]]:
    """Return (parameter, moment that would raise it, moment that would lower it) where targets conflict.

    Of each parameter the two strongest pulls, if one of these moments is missed and both move it by a hundredth
    of its range or more.
    """
    found = []
    for each, pulls in enumerate(known.pulls):
        up, down = int(np.argmax(pulls)), int(np.argmin(pulls))
        if pulls[up] > 0.01 and pulls[down] < -0.01 and (is_missed(up) or is_missed(down)):
            found.append((each, up, down))
    return found
