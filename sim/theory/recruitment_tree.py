"""Recruitment by anybody who is already in: the random recursive tree."""

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from sim.model import Market
from sim.parameters import Brands, Campaigns, Exit, Parameters, Population, Recruitment, Shops
from sim.theory.base import (
    NO_BAZAAR,
    SILENT_SHOPS,
    STANDARD_ERRORS,
    Benchmark,
    Effort,
    Point,
    cliques,
    mean_point,
    near,
    shown,
)

Integers = NDArray[np.int64]

MEMBERS = 12
"""Members of a tree when it is looked at: as many shops as a person can follow, so that all are followed by all."""
GROUP = 18
"""People of a group that knows nobody outside."""
WEEKS = 600
"""Entry is so slow that in most groups no two members join in the same week, and this is time enough for it."""


class RecruitmentTree(Benchmark):
    """Recruits, tiers and losers of trees that grow by recruitment alone."""

    title = "The recruitment tree: half recruit nobody"
    statement = (
        "If all who are in are equally likely to bring in the next member, half of the members recruit nobody, "
        "whatever is sold; who needs k recruits to break even loses with probability near 1 - 2^-k; the i-th to "
        "enter expects H(n-1) - H(i-1) recruits, so that late entrants can expect few; the mean tier grows like ln "
        "n."
    )
    formula = (
        "member i recruits the j-th with probability 1/(j-1): P(k) by convolution, tending to 2^-(k+1); members in "
        "tier d: e_(n+1)(d) = e_n(d) + e_n(d-1)/n"
    )
    source = "Gastwirth 1977, The American Statistician 31(2); Smythe & Mahmoud 1995 on random recursive trees"
    configuration = (
        "separate groups of 18 friends, one founder each; nobody buys; nobody promises income (hype 0), so that all"
        " look and join with the same chance; mark-ups, bonus and salvage of 0, nobody can afford to reorder; trees"
        " taken when they have 12 members, all of whom everybody else then follows; trees in which two joined in "
        "the same week are left out"
    )
    statistic = "recruits, tiers, and money lost, over all members of all trees"
    tolerance = "four standard errors over trees, which are independent"
    x_axis, y_axis = "recruits, place of entry, or tier", "share or number"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield the distribution of recruits, what each place of entry recruits, losers and tiers."""
        market = self.market(effort)
        while market.week < WEEKS:
            market.step()
        parents = np.array(list(trees(market)))
        recruits = np.stack([np.bincount(tree[1:], minlength=MEMBERS) for tree in parents])
        yield from self.of_recruits(recruits)
        yield from self.of_tiers(parents)
        yield self.of_money(market)
        yield shown("trees looked at", math.nan, math.nan, float(len(parents)))

    def market(self, effort: Effort) -> Market:
        """Return groups in which nothing but recruiting happens."""
        n_groups = effort.pick(1_000, 6_000)
        parameters = Parameters(
            population=Population(
                n_people=n_groups * GROUP, need_per_week=0, wealth_sigma=0, wealth_median=1e6, outside_income_sigma=0
            ),
            shops=Shops(
                **SILENT_SHOPS, initial_share=1 / GROUP, initial_tiers=1, tier_markup=0, bonus=0, salvage=0,
                opening_units_first=40, opening_units_below=40, lot_units=100_000, share_buying_fakes=0,
            ),
            recruitment=Recruitment(look=0.005, hype=0, choosiness=10, agents_recruited=0),
            exit=Exit(exit_chance=0),
            campaigns=Campaigns(campaign_rate=0),
            brands=Brands(n_brands=1, known_initially=0),
            bazaar=NO_BAZAAR,
        )  # fmt: skip
        return Market(parameters=parameters, network=cliques(n_groups, GROUP), seed=effort.seed)

    def of_recruits(self, recruits: Integers) -> Iterator[Point]:
        """Yield the shares with k recruits, with fewer than k, and the mean of each place of entry; (n_trees, n)."""
        exact = distribution_of_recruits(MEMBERS)
        for k in range(5):
            shares = (recruits == k).mean(axis=1)
            yield mean_point(
                f"members with {k} recruit{'s' * (k != 1)}", k, float(exact[k]), shares, "share with k recruits"
            )
        for k in (1, 2, 3, 5):
            predicted, losers = float(exact[:k].sum()), (recruits < k).mean(axis=1)
            label = f"losers if {k} recruit{'s' * (k > 1)} break even (1 - 2^-{k} = {1 - 2.0**-k:.3f})"
            yield shown(label, k, predicted, float(losers.mean()), "share of losers")
        for place in (2, 3, 5, 8, 11):
            chances = [1 / (later - 1) for later in range(place + 1, MEMBERS + 1)]
            spread = math.sqrt(sum(p * (1 - p) for p in chances) / recruits.shape[0])
            observed = float(recruits[:, place - 1].mean())
            yield near(
                f"recruits of member {place}", place, sum(chances), observed, STANDARD_ERRORS * spread, "mean recruits"
            )

    def of_tiers(self, parents: Integers) -> Iterator[Point]:
        """Yield the share of members within d tiers of the founder; parents (n_trees, n), the founder's is 0."""
        tier = np.zeros(parents.shape, np.int64)
        for place in range(1, MEMBERS):
            tier[:, place] = tier[np.arange(tier.shape[0]), parents[:, place]] + 1
        expected = tiers_expected(MEMBERS)
        for depth in (1, 2, 3, 4):
            within = (tier <= depth).mean(axis=1)
            predicted = float(expected[: depth + 1].sum() / MEMBERS)
            yield mean_point(f"members within {depth} tiers of the founder", depth, predicted, within, "share within")

    def of_money(self, market: Market) -> Point:
        """Return the share of all spells in which money was lost although somebody was recruited, or the reverse.

        Whole groups at the end of the run are no random recursive trees (a person follows no more than
        twelve shops), but whoever has a recruit has sold it the stock at cost, and nobody else earns.
        """
        differs = (market.shops.cash < 0) != (market.shops.n_recruits == 0)
        return near("spells that lost money with a recruit, or did not without", 0, 0.0, float(differs.mean()), 0.0)


def trees(market: Market) -> Iterator[Integers]:
    """Yield, group by group, the place (from 0) of each member's recruiter among the first `MEMBERS`."""
    shops = market.shops
    group, week = shops.owner // GROUP, shops.opened_week
    for number in range(market.n_people // GROUP):
        rows = np.flatnonzero(group == number)  # in order of opening
        if (week[rows] == 0).sum() != 1 or rows.size < MEMBERS:
            continue
        rows = rows[:MEMBERS]
        if np.unique(week[rows]).size == MEMBERS:
            place = {int(row): n for n, row in enumerate(rows)}
            yield np.array([0] + [place[int(shops.upline[row])] for row in rows[1:]])


def distribution_of_recruits(n: int) -> NDArray[np.float64]:
    """Return the expected share of n members with k recruits, shape (n,): a mean of Poisson binomials."""
    total = np.zeros(n)
    for place in range(1, n + 1):
        law = np.array([1.0])
        for later in range(place + 1, n + 1):
            law = np.convolve(law, [1 - 1 / (later - 1), 1 / (later - 1)])
        total[: law.size] += law
    return total / n


def tiers_expected(n: int) -> NDArray[np.float64]:
    """Return the expected members in tier 0 (the founder), 1, ... of a tree of n."""
    expected = np.zeros(n)
    expected[0] = 1
    for size, _ in itertools.pairwise(range(1, n + 1)):
        expected[1:] = expected[1:] + expected[:-1] / size
    return expected
