"""Likes that campaigns forge: how many there are, whom they deceive, and what a ban does."""

import itertools
import math
from collections.abc import Iterable

import numpy as np

from sim.model import Market
from sim.parameters import Campaigns, Demand, Platform, Regulator
from sim.policies.like_ban import LikeBan
from sim.theory.base import (
    STANDARD_ERRORS,
    Benchmark,
    Effort,
    Point,
    captive_groups,
    mean_point,
    near,
    positive,
    unlearning,
    utility,
)

GROUP = 5
REACH, LIKE_CHANCE, HALF_LIFE = 50, 0.15, 8.0
FADING = 0.5 ** (1 / HALF_LIFE)
PER_CAMPAIGN = REACH * LIKE_CHANCE * (1 - 1 / (GROUP - 1))
"""Likes of a campaign: a friend's friend is the owner in one case of four, who cannot like the shop."""
TRUST, PRIOR, MOST_LIKES = 0.5, 4.0, 6.0
HASSLE = 60.0
WARM_UP, WATCHED = 60, 6


class ForgedLikes(Benchmark):
    """Mean likes and purchases of naive and of other people, by campaigns and by detection."""

    title = "Forged likes fill the place of public information"
    statement = (
        "Campaigns keep a stock of likes, more the more often they run and the slower likes fade; detection wipes "
        "it. People who take likes for satisfied buyers believe more than the record justifies and buy more, others"
        " do not; a ban on collecting likes lowers the stock, and with it these purchases."
    )
    formula = (
        "E L = r a (1-d)/((1 + rd)(1 - f(1 - rd))), a likes a campaign, f fading, d detection with a week's "
        "suspension; belief (kT + l)/(k + l), l = min(6, L), of naive people, T of others; purchases by the logit"
    )
    source = "stationary mean of a faded sum; belief: Josang & Ismail 2002; deception: Salganik & Watts 2008, SPQ 71(4)"
    configuration = (
        "groups of five with shops alike that run campaigns with chance r a week; half of the people naive; nothing"
        " is learnt and evidence fades at once; the ban's ladder is one week again and again"
    )
    statistic = "mean likes of shops after 60 weeks; share of naive and other followers who buy in six weeks"
    tolerance = "four standard errors, over shops and over purchases given the likes that are seen"
    x_axis, y_axis = "campaigns a week", "mean likes"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield likes by campaigns and detection, purchases by naivety, and the ban's effect."""
        excess = []
        for detection in effort.pick((0.0, 0.6), (0.0, 0.2, 0.4, 0.6, 0.9)):
            for rate in effort.pick((0.03, 0.1), (0.01, 0.03, 0.06, 0.1, 0.2)):
                market = market_of(rate, detection, effort).run(WARM_UP)
                found = rate * detection
                stock = rate * PER_CAMPAIGN * (1 - detection) / ((1 + found) * (1 - FADING * (1 - found)))
                series = f"detection {detection}"
                yield mean_point(f"likes, r = {rate}, {series}", rate, stock, market.shops.likes, series)
            if detection == 0:
                yield from self.purchases(market)
            excess.append((detection, naive_excess(market)))
        for (low, more), (high, less) in itertools.pairwise(excess):
            label = f"a ban at detection {high} rather than {low} lowers naive people's extra purchases, share"
            yield positive(label, more - less)

    def purchases(self, market: Market) -> Iterable[Point]:
        """Yield the purchases of naive and of other followers in some weeks, against the logit at their beliefs."""
        expected, variance, bought = np.zeros(2), np.zeros(2), np.zeros(2)
        given, price = market.parameters.population, market.shops.price[0] / 100
        people = market.people
        person, slot = np.nonzero(people.slot_shop >= 0)
        followed = (people.slot_shop >= 0).sum(axis=1)
        person, slot = person[followed[person] == 1], slot[followed[person] == 1]
        shop, naive = people.slot_shop[person, slot], people.is_naive[person]
        for _ in range(WATCHED):
            orders = market.run(1).orders
            likes = np.minimum(MOST_LIKES, market.shops.likes[shop])  # nothing is wiped where nothing is detected
            belief = np.where(naive, (PRIOR * TRUST + likes) / (PRIOR + likes), TRUST)
            v = utility(given.price_sensitivity, given.value_median, belief, 0.0, price, HASSLE)
            chance = 1 / (1 + np.exp(-v))
            buys = np.isin(person, orders.buyer)
            for kind in (0, 1):
                mine = naive == bool(kind)
                expected[kind] += chance[mine].sum()
                variance[kind] += (chance * (1 - chance))[mine].sum()
                bought[kind] += buys[mine].sum()
        for kind, name in enumerate(("others", "naive people")):
            n = WATCHED * (naive == bool(kind)).sum()
            tolerance = STANDARD_ERRORS * math.sqrt(variance[kind]) / n
            yield near(f"{name} who buy, no ban", math.nan, expected[kind] / n, bought[kind] / n, tolerance)


def naive_excess(market: Market) -> float:
    """Return how much more of the naive people than of the others buy, over a quarter."""
    share = np.zeros(2)
    for _ in range(13):
        buyers = market.run(1).orders.buyer
        for kind in (0, 1):
            mine = market.people.is_naive == bool(kind)
            share[kind] += mine[buyers].sum() / mine.sum() / 13
    return float(share[1] - share[0])


def market_of(rate: float, detection: float, effort: Effort) -> Market:
    """Return groups of shops that run campaigns."""
    ban = (LikeBan(detection=detection, ladder="7", remove_followers=False),) if detection else ()
    return captive_groups(
        effort.pick(2_000, 10_000), GROUP, effort.seed,
        population={"share_naive": 0.5},
        shops={"aggressiveness_sigma": 0},
        campaigns=Campaigns(
            campaign_rate=rate, campaign_reach=REACH, campaign_like=LIKE_CHANCE, campaign_join=0.06,
            likes_half_life=HALF_LIFE,
        ),
        regulator=Regulator(campaign_detection=0),
        platform=Platform(refund_resale=0),
        demand=Demand(dissimilarity=1, hassle_resale=HASSLE, tie_value=0),
        trust=unlearning(start_resale=TRUST, prior_weight=PRIOR, likes_counted=MOST_LIKES, evidence_half_life=0.1),
        policies=ban,
    )  # fmt: skip
