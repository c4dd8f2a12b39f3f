"""Trust under forced purchases: its mean, its spread, and how it gets there."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from sim.model import Market
from sim.parameters import Brands, Demand, Parameters, Venue
from sim.theory.base import (
    NO_BAZAAR,
    STANDARD_ERRORS,
    Benchmark,
    Effort,
    Point,
    alike,
    mean_point,
    near,
    strangers,
    unheard,
    unlearning,
)

START = 0.5


class TrustMean(Benchmark):
    """Mean and variance of trust by week, for several qualities and gains."""

    title = "Trust settles below true quality where bad news weighs more"
    statement = (
        "Trust that moves by g_good towards 1 after a satisfying purchase and by g_bad towards 0 after a "
        "disappointing one has a mean that decays to g_good q/(g_good q + g_bad (1-q)): below the true chance q if "
        "bad news weighs more, and equal to it (an exponentially weighted mean) if the gains are the same."
    )
    formula = (
        "E T' = q(T(1-g+) + g+) + (1-q)T(1-g-); E T'^2 = q E(T(1-g+) + g+)^2 + (1-q)(1-g-)^2 E T^2; with equal "
        "gains g the variance tends to g q(1-q)/(2-g)"
    )
    source = (
        "exponentially weighted moving average: Roberts 1959, Technometrics 1(3); negativity: Baumeister et al. 2001"
    )
    configuration = (
        "everybody uses the mall and buys its one brand's good, of chance q, every week whatever they believe; "
        "nobody is told anything; trust starts at .5"
    )
    statistic = "mean of trust in the mall over people, by week, and its variance at the end"
    tolerance = "four standard errors over people, who have independent luck; for the variance by its fourth moment"
    x_axis, y_axis = "purchases", "mean trust"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the mean by week and the variance in the long run."""
        weeks = effort.pick((0, 5, 20, 80), (0, 2, 5, 10, 20, 40, 80, 120))
        for quality, good, bad in ((0.8, 0.05, 0.15), (0.9, 0.02, 0.2), (0.6, 0.1, 0.1), (0.95, 0.05, 0.05)):
            market = market_of(quality, good, bad, effort)
            series = f"q = {quality}, gains {good} and {bad}"
            for week in weeks:
                market.run(week - market.week)
                trust = market.people.trust[:, Venue.MALL].astype(np.float64)
                mean, variance = moments(quality, good, bad, week)
                if week == 0:
                    yield near(f"{series}, start", 0, mean, float(trust.mean()), 1e-6, series)
                else:
                    yield mean_point(f"{series}, week {week}", week, mean, trust, series)
            yield from self.in_the_long_run(series, trust, variance, weeks[-1], (quality, good, bad))

    def in_the_long_run(
        self, series: str, trust: np.ndarray, variance: float, weeks: int, given: tuple[float, float, float]
    ) -> Iterator[Point]:
        """Yield the variance at the end, and the stationary mean."""
        quality, good, bad = given
        observed = float(trust.var(ddof=1))
        deviations = trust - trust.mean()
        spread = math.sqrt(max(0.0, float((deviations**4).mean()) - observed**2) / trust.size)
        yield near(f"{series}, variance", math.nan, variance, observed, STANDARD_ERRORS * spread)
        stationary = good * quality / (good * quality + bad * (1 - quality))
        left = abs(START - stationary) * (1 - good * quality - bad * (1 - quality)) ** weeks
        tolerance = STANDARD_ERRORS * math.sqrt(observed / trust.size) + left
        yield near(f"{series}, stationary mean", math.nan, stationary, float(trust.mean()), tolerance)


def moments(quality: float, good: float, bad: float, purchases: int) -> tuple[float, float]:
    """Return mean and variance of trust after a number of purchases."""
    first, second = START, START**2
    for _ in range(purchases):
        first, second = (
            quality * (first * (1 - good) + good) + (1 - quality) * (1 - bad) * first,
            quality * ((1 - good) ** 2 * second + 2 * good * (1 - good) * first + good**2)
            + (1 - quality) * (1 - bad) ** 2 * second,
        )
    return first, second - first**2


def market_of(quality: float, good: float, bad: float, effort: Effort) -> Market:
    """Return a market in which everybody buys in the mall every week."""
    n_people = effort.pick(5_000, 50_000)
    parameters = Parameters(
        population=alike(n_people, share_using_mall=1),
        trust=unlearning(start_mall=START, gain_good=good, gain_bad=bad),
        brands=Brands(n_brands=1, quality_low=quality, quality_high=quality, known_initially=0, reach_per_medium=0),
        demand=Demand(hassle_mall=-10_000),
        bazaar=NO_BAZAAR,
        shops=unheard(),
    )
    return Market(parameters=parameters, network=strangers(n_people), seed=effort.seed)
