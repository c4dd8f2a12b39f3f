"""How long a violator lasts under a ladder of sanctions."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
from scipy.stats import nbinom

from sim.model import Market
from sim.parameters import Brands, Campaigns, Exit, Parameters, Population, Recruitment, Shops
from sim.policies.authorisation import Authorisation
from sim.policies.base import Policy
from sim.policies.inspection import Inspection
from sim.theory.base import (
    NO_BAZAAR,
    SILENT_SHOPS,
    STANDARD_ERRORS,
    Benchmark,
    Effort,
    Point,
    near,
    share_point,
    strangers,
)

STEPS = 4
"""Strikes up to the permanent ban: 1, 2 and 4 weeks of suspension, then for good."""


class EnforcementLadder(Benchmark):
    """Shops banned by week, of violators that are found by chance, and of honest ones that are found by mistake."""

    title = "The ladder of sanctions: four strikes, negative binomial"
    statement = (
        "If a violation is found with chance pi a week, the weeks up to the fourth strike, which is for good, are "
        "negative binomial with mean 4/pi. An honest shop that is inspected with chance i and found guilty by "
        "mistake with chance e is banned in the same way, at pi = ie: false alarms shorten honest lives too. "
        "(Suspended shops can still be struck here; theory that counts active weeks adds the 1 + 2 + 4 weeks of "
        "suspension.)"
    )
    formula = "P(T <= t) = P(NB(4, pi) <= t - 4), E T = 4/pi"
    source = "Becker 1968, JPE 76(2), on detection; negative binomial waiting time (Feller 1968, VI.8)"
    configuration = (
        "shops whose opening stock is all fakes and that sell nothing (they violate for ever), checked for licences"
        " with chance pi; or honest shops that are inspected; no exits. Open shops are checked while suspended too,"
        " so that calendar weeks count"
    )
    statistic = "share of shops banned by the end of a week; mean weeks up to the ban"
    tolerance = "four standard errors: shops are found independently"
    x_axis, y_axis = "week", "share of shops banned"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the share banned by week and the mean time, of violators and of the honest."""
        for chance in effort.pick((0.05, 0.2), (0.02, 0.05, 0.1, 0.2)):
            name = f"violators, pi = {chance}"
            yield from self.lives(name, chance, 1.0, Authorisation(badge=0, detection=chance), effort)
        inspected, mistaken = 0.5, 0.2
        yield from self.suspensions(effort)
        policy = Inspection(rate=inspected, power=1, false_positives=mistaken, targeting=0, fine=0)
        yield from self.lives("honest, ie = .1", inspected * mistaken, 0.0, policy, effort)

    def suspensions(self, effort: Effort) -> Iterator[Point]:
        """Yield the weeks that shops are suspended for after each strike."""
        market = market_of(effort, 1.0, Authorisation(badge=0, detection=0.2))
        weeks: dict[int, list[int]] = {1: [], 2: [], 3: []}
        for _ in range(20):
            before = market.people.strikes[market.shops.owner_row].copy()
            shops = market.run(1).shops
            strikes = market.people.strikes[shops.owner_row]
            for strike, seen in weeks.items():
                struck = (strikes > before) & (strikes == strike)
                seen += (shops.suspended_until[struck] - market.week).tolist()
        for strike, served in weeks.items():
            mean = float(np.mean(served))
            yield near(f"weeks of suspension after strike {strike}", math.nan, 2 ** (strike - 1), mean, 0.0)

    def lives(self, name: str, chance: float, fakes: float, policy: Policy, effort: Effort) -> Iterator[Point]:
        """Yield points of one market of shops, a share `fakes` of which deals in fakes."""
        market = market_of(effort, fakes, policy).run(round(3 * STEPS / chance))
        closed = market.shops.closed_week
        n_shops = closed.size
        for week in np.linspace(STEPS, market.week, 6).astype(int).tolist():
            banned = float(((closed >= 0) & (closed < week)).mean())
            predicted = float(nbinom.cdf(week - STEPS, STEPS, chance))
            yield share_point(f"{name}, banned by week {week}", week, predicted, banned, n_shops, name)
        lived = np.where(closed >= 0, closed + 1.0, market.week)
        shown_up_to = np.arange(market.week)
        survival = nbinom.sf(shown_up_to - STEPS, STEPS, chance)
        mean = float(survival.sum())
        spread = float(lived.std() / np.sqrt(n_shops))
        label = f"{name}, mean weeks (4/pi = {STEPS / chance:.0f}, cut off at week {market.week})"
        yield near(label, market.week, mean, float(lived.mean()), STANDARD_ERRORS * spread)


def market_of(effort: Effort, fakes: float, policy: Policy) -> Market:
    """Return a market of shops that sell nothing, under one policy."""
    n_people = effort.pick(4_000, 20_000)
    parameters = Parameters(
        population=Population(n_people=n_people, need_per_week=0, wealth_median=1e6, wealth_sigma=0),
        shops=Shops(**SILENT_SHOPS, initial_share=0.5, opening_units_first=10, share_buying_fakes=fakes),
        exit=Exit(exit_chance=0),
        recruitment=Recruitment(look=0, agents_recruited=0),
        campaigns=Campaigns(campaign_rate=0),
        brands=Brands(n_brands=1, known_initially=0),
        bazaar=NO_BAZAAR,
        policies=(policy,),
    )
    return Market(parameters=parameters, network=strangers(n_people), seed=effort.seed)
