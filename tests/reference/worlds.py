"""Small worlds for the comparison: random ones, and one known to take every path of the market."""

import random
from dataclasses import dataclass, replace

import numpy as np

from sim.model import Market
from sim.network import Network
from sim.parameters import (
    Attention,
    Bazaar,
    Brands,
    Campaigns,
    Demand,
    Exit,
    Parameters,
    Platform,
    Population,
    Recruitment,
    Regulator,
    Scandal,
    Shops,
    Sourcing,
    Trust,
    Venue,
)
from sim.policies.authorisation import Authorisation
from sim.policies.commission_ban import CommissionBan
from sim.policies.direct_support import DirectSupport
from sim.policies.entry_deposit import EntryDeposit
from sim.policies.exodus import Exodus
from sim.policies.friend_limit import FriendLimit
from sim.policies.inspection import Inspection
from sim.policies.like_ban import LikeBan
from sim.policies.mall_entry import MallEntry
from sim.policies.post_limit import PostLimit
from sim.policies.registration import Registration
from sim.policies.sales_fee import SalesFee
from sim.policies.stance import Stance
from sim.policies.tier_limit import TierLimit
from tests.reference.market import ReferenceMarket
from tests.reference.ranges import Dice, random_parameters


@dataclass(frozen=True)
class World:
    """What both markets are built from."""

    parameters: Parameters
    seed: int
    weeks: int
    mean_degree: float
    """Friends of a person, about."""
    n_hubs: int
    """People who know another third of the town."""
    share_on_rival: float
    """Share of shops moved to the rival platform before the first week."""
    likes: float
    """Likes of a shop are drawn from 0 to this."""

    @property
    def friends(self) -> list[list[int]]:
        """Return a random graph, in which some may know nobody: keys of friends, ascending."""
        n_people, dice = self.parameters.population.n_people, random.Random(self.seed)
        friends: list[set[int]] = [set() for _ in range(n_people)]
        n_pairs, n_known = int(n_people * self.mean_degree / 2), n_people // 3
        pairs = [(dice.randrange(n_people), dice.randrange(n_people)) for _ in range(n_pairs)]
        pairs += [(hub, dice.randrange(n_people)) for hub in range(self.n_hubs) for _ in range(n_known)]
        for a, b in pairs:
            if a != b:
                friends[a].add(b)
                friends[b].add(a)
        return [sorted(keys) for keys in friends]

    def reference(self) -> ReferenceMarket:
        """Build the plain market."""
        market = ReferenceMarket(self.parameters, seed=self.seed, friends=self.friends)
        for shop, (platform, likes) in zip(market.shops, self.campaign(len(market.shops)), strict=True):
            shop.platform, shop.likes = platform, likes
        return market

    def market(self) -> Market:
        """Build the market of arrays."""
        friends = self.friends
        offsets = np.cumsum([0] + [len(keys) for keys in friends])
        network = Network(offsets.astype(np.int64), np.array([key for keys in friends for key in keys], np.int32))
        market = Market(parameters=self.parameters, seed=self.seed, network=network)
        for row, (platform, likes) in enumerate(self.campaign(market.shops.owner.size)):
            market.shops.platform[row], market.shops.likes[row] = platform, likes
        return market

    def campaign(self, n_shops: int) -> list[tuple[Venue, float]]:
        """Return platform and likes of every shop before the first week, that both may matter from the start."""
        dice = random.Random(self.seed)
        return [
            (
                Venue.RESALE_RIVAL if dice.random() < self.share_on_rival else Venue.RESALE_WECHAT,
                float(np.float32(dice.random() * self.likes)),
            )
            for _ in range(n_shops)
        ]


def random_world(number: int) -> World:
    """Return the world of this number: small, and with everything switched on to some degree.

    Worlds are not put together by hypothesis field by field: it varies few fields at a time and
    likes zeros, and in most such worlds nobody buys.
    """
    dice = Dice(number)
    parameters = random_parameters(dice)
    return World(
        parameters=parameters,
        seed=dice.whole(0, 2**32 - 1),
        weeks=dice.whole(12, 40, 1, 60),
        mean_degree=dice.number(1, 20, 0.0),
        n_hubs=dice.whole(0, 3),
        share_on_rival=dice.number(0, 0.6, 0.0, 1.0),
        likes=dice.number(0, 12, 0.0),
    )


def lively_world() -> World:
    """Return one world in which every path is known to be taken (tests/test_reference.py counts them)."""
    parameters = Parameters(
        population=Population(
            n_people=350,
            need_per_week=0.8,
            demand_growth_per_year=0.3,
            share_using_bazaar=0.8,
            share_using_mall=0.6,
            wealth_median=800.0,
            wealth_sigma=1.5,
            outside_income_median=40.0,
            conscience_median=5.0,
            share_using_rival=0.5,
        ),
        shops=Shops(
            initial_share=0.15,
            initial_tiers=4,
            posts_per_week=15.0,
            share_buying_fakes=0.3,
            retail_markup=0.3,
            opening_units_first=6,
            opening_units_below=2,
            lot_units=3,
            dead_weeks=2.0,
            bonus_levels=3,
            strangers_per_week=0.3,
            growth_sigma=1.0,
        ),
        sourcing=Sourcing(learnt_risk=0.1, horizon=2.0),
        recruitment=Recruitment(look=0.03, hype=20.0, agents_recruited=0.01),
        exit=Exit(weeks_before_exit=6, exit_share=0.5, exit_chance=0.1),
        campaigns=Campaigns(campaign_rate=0.3, campaign_reach=30, campaign_join=0.3),
        bazaar=Bazaar(sellers_at_most=4, sellers_per_brand=2, turnover=0.5, income_needed=1500.0),
        brands=Brands(
            n_brands=5,
            reach_per_medium=0.01,
            effort=0.5,
            advertising_cost=20.0,
            hurdle=0.2,
            effort_step=0.05,
            pricing="hill_climb",
        ),
        attention=Attention(mute_hazard=0.2, ads_tolerated=0.3),
        demand=Demand(dissimilarity=0.5),
        trust=Trust(start_resale=0.65, learn_brand=0.3),
        platform=Platform(refund_resale=0.6, rating_weight_resale=0.4, price_transparency=0.6, complaint_resale=0.3),
        scandals=(Scandal(week=10, venue="resale_wechat", cut=0.3), Scandal(week=10, venue="mall", cut=0.1)),
        policies=(
            FriendLimit(limit=20, mode="purge", start_week=20, schedule=((0, 1.0), (30, 3.0))),
            LikeBan(detection=0.5, ladder="7 45 permanent", remove_followers=True, start_week=6),
        ),
    )
    return World(parameters, seed=20_140_111, weeks=70, mean_degree=8.0, n_hubs=2, share_on_rival=0.3, likes=8.0)


def governed_world() -> World:
    """Return the lively world with every lever of the governor pulled."""
    world = lively_world()
    policies = (
        Authorisation(badge=2.0, detection=0.02),
        CommissionBan(levels=1, start_week=10),
        DirectSupport(fee_cut=0.3, traffic=0.01),
        EntryDeposit(amount=150.0, start_week=4, end_week=50),
        Exodus(share=0.1, start_week=40),
        Inspection(rate=0.05, power=0.6, false_positives=0.3, targeting=2.0, budget=60.0, fine=300.0),
        LikeBan(detection=0.2, ladder="7 7 30 permanent"),
        MallEntry(share=0.3),
        PostLimit(limit=8, start_week=20),
        Registration(threshold=1000.0, rate=0.1),
        SalesFee(resale=0.02, rival=0.01, direct=0.03, bazaar=0.04, mall=0.05),
        Stance(kind="ambiguous", sigma=1.0, burst_share=0.5, end_week=35),
        Stance(kind="adaptive", delay=4, start_week=20),
        TierLimit(limit=2, detection=0.05, start_week=15),
    )
    parameters = replace(
        world.parameters, policies=policies, regulator=Regulator(moving_hurdle=2.0), sourcing=Sourcing(horizon=2.0)
    )
    return replace(world, parameters=parameters, seed=20_140_106)
