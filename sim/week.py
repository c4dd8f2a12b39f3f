"""What mechanisms share within one week: the world, its rules, its luck, and the work over people."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.ledger import Tallies, Tally, empty_tally
from sim.network import Network
from sim.orders import Orders
from sim.parameters import WEEKS_PER_YEAR, Parameters
from sim.population import Brands, Listings, People, Shops, State, exponentials
from sim.randomness import Purpose, keyed_uniforms
from sim.rules import PERMANENT, Rules

HALF_YEAR = WEEKS_PER_YEAR // 2
"""Weeks over which losses of a shop, entry costs and a move are weighed."""

REVIEW = 4
"""Weeks between reviews of lot, price and platform, and of a brand's effort."""

QUARTER = 13


class Scratch(NamedTuple):
    """Room that is used afresh every week, (n_people,)."""

    share_seen: NDArray[np.float64]
    muting: NDArray[np.bool_]
    orders: Orders


class Week(NamedTuple):
    """One week of one world; mechanisms change the arrays of `state` and `tally` in place."""

    seed: int
    number: int
    parameters: Parameters
    rules: Rules
    network: Network
    state: State
    decay: NDArray[np.float64]
    tally: Tally
    past: Tallies  # of the weeks before
    row_of_key: NDArray[np.int64]  # row of each person key
    scratch: Scratch
    threads: int

    def over_people(self, work: Callable[[int, int, Tally], int]) -> list[tuple[int, int]]:
        """Do `work(first row, last row, tally)` on one range of rows a thread; return (first, result)s.

        Each range counts into a tally of its own; the counts are integers, so that their sum does
        not depend on the number of ranges.
        """
        n_people = self.people.key.size
        if self.threads == 1:
            return [(0, work(0, n_people, self.tally))]
        bounds = np.linspace(0, n_people, self.threads + 1).astype(int).tolist()
        parts = [empty_tally(self.brands.quality.size) for _ in range(self.threads)]
        with ThreadPoolExecutor(self.threads) as pool:
            results = list(pool.map(work, bounds[:-1], bounds[1:], parts))
        for part in parts:
            for whole, counted in zip(self.tally, part, strict=True):
                whole += counted
        return list(zip(bounds[:-1], results, strict=True))

    @property
    def people(self) -> People:
        """The people."""
        return self.state.people

    @property
    def shops(self) -> Shops:
        """All spells of shops."""
        return self.state.shops

    @property
    def listings(self) -> Listings:
        """The listings."""
        return self.state.listings

    @property
    def brands(self) -> Brands:
        """The brands."""
        return self.state.brands

    def luck(self, purpose: Purpose, keys: NDArray[np.int64], item: int = 0) -> NDArray[np.float64]:
        """Return this week's uniforms of persons (or numbers) `keys`, shape (n_keys,)."""
        return keyed_uniforms(self.seed, purpose, keys, week=self.number, item=item)

    def open_shops(self) -> NDArray[np.int64]:
        """Return the rows of open shops."""
        return np.flatnonzero(self.shops.closed_week < 0)

    def is_reviewed(self, opened_week: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell whose age is a positive multiple of `REVIEW`."""
        age = self.number - opened_week
        return (age > 0) & (age % REVIEW == 0)

    def perceived(self, risk: float, shop: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the risk as owners perceive it: min(1, risk * exp(sigma z - sigma^2/2)); 0 on the rival platform.

        z is the owner's fixed bias, sigma the rules' ambiguity: a mean-preserving spread.
        """
        sigma, perceived = self.rules.ambiguity, np.full(shop.size, risk)
        if sigma > 0:
            bias = self.people.risk_bias[self.shops.owner_row[shop]].astype(np.float64)
            perceived = risk * exponentials(sigma * bias - sigma * sigma / 2)
        return np.where(self.shops.platform[shop] == 0, np.minimum(1.0, perceived), 0.0)

    def announced_risk(self) -> float:
        """Return the chance in four weeks of being found dealing in fakes, as announced: R_0 of docs/odd.md 7.14."""
        rules = self.rules
        inspected = 1 - min(1.0, rules.inspection_rate * rules.inspection_power)
        checked = 1 - min(1.0, rules.licence_detection)
        unseen, learnt = inspected * checked, self.parameters.sourcing.learnt_risk
        return learnt + (1 - learnt) * (1 - unseen * unseen * unseen * unseen)

    def service_cost(self) -> int:
        """Return what serving a direct sale costs the brand, fen: less what the operator bears."""
        whole = 100 * self.parameters.brands.service_cost
        return round(whole) - round(whole * self.rules.direct_fee_cut)

    def weeks_of_step(self, n_strikes: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the weeks that the step after `n_strikes` strikes costs; half a year for good."""
        ladder = np.array([HALF_YEAR if step == PERMANENT else step for step in self.rules.ladder])
        return ladder[np.minimum(n_strikes, ladder.size - 1)]
