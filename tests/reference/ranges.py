"""Parameters of random worlds: every one in a range in which it makes things happen."""

import dataclasses
import random
from typing import Any

from sim.parameters import (
    VENUES,
    Attention,
    Bazaar,
    Brands,
    Campaigns,
    Demand,
    Exit,
    Mall,
    Parameters,
    Platform,
    Population,
    Recruitment,
    Regulator,
    Scandal,
    Shops,
    Sourcing,
    Trust,
)
from sim.policies.authorisation import Authorisation
from sim.policies.base import Policy
from sim.policies.buyer_protection import BuyerProtection
from sim.policies.commission_ban import CommissionBan
from sim.policies.direct_support import DirectSupport
from sim.policies.entry_deposit import EntryDeposit
from sim.policies.exodus import Exodus
from sim.policies.friend_limit import FriendLimit
from sim.policies.inspection import Inspection
from sim.policies.like_ban import LikeBan
from sim.policies.mall_entry import MallEntry
from sim.policies.post_limit import PostLimit
from sim.policies.price_disclosure import PriceDisclosure
from sim.policies.public_ratings import PublicRatings
from sim.policies.recruit_disclosure import RecruitDisclosure
from sim.policies.registration import Registration
from sim.policies.sales_fee import SalesFee
from sim.policies.stance import Stance
from sim.policies.tier_limit import TierLimit

POLICIES = (
    Authorisation, BuyerProtection, CommissionBan, DirectSupport, EntryDeposit, Exodus, FriendLimit, FriendLimit,
    Inspection, Inspection, LikeBan, LikeBan, MallEntry, PostLimit, PriceDisclosure, PublicRatings, RecruitDisclosure,
    Registration, SalesFee, Stance, Stance, TierLimit,
)  # fmt: skip

LEVERS: dict[tuple[type[Policy], str], Any] = {
    (FriendLimit, "limit"): [1, 3, 10, 30, 5000],
    (FriendLimit, "limit_ratio"): [None, 0.2, 1.0, 3.0],
    (LikeBan, "ladder"): ["7 15 30 permanent", "7", "permanent", "30 60", "7 7 7 permanent"],
    (Authorisation, "badge"): (0, 10),
    (CommissionBan, "levels"): [0, 1, 2, 3],
    (EntryDeposit, "amount"): (0, 500, 5_000.0, 123.45),
    (Inspection, "targeting"): (0, 3, 0.0, 1000.0),
    (Inspection, "budget"): (0, 300, 0.0, 1000.0),
    (Inspection, "fine"): (0, 2000, 0.0, 100_000.0),
    (PostLimit, "limit"): [0, 1, 3, 10],
    (RecruitDisclosure, "cap"): (0, 10, 1.0),
    (Registration, "threshold"): (0, 3000, 0.0),
    (Stance, "sigma"): (0, 3, 0.0),
    (Stance, "burst_share"): (0.01, 1, 1.0),
    (Stance, "delay"): [0, 1, 4, 8],
    (TierLimit, "limit"): [1, 2, 3],
}
"""Values, or a range with corners; other numbers are shares."""


class Dice(random.Random):
    """Numbers somewhere in a range, and now and then exactly at a corner where formulas change their shape."""

    def number(self, low: float, high: float, *corners: float) -> float:
        """Return a number from low to high, or one time in eight a corner."""
        return self.choice(corners) if corners and self.random() < 1 / 8 else self.uniform(low, high)

    def whole(self, low: int, high: int, *corners: int) -> int:
        """Return a whole number from low to high, or one time in eight a corner."""
        return self.choice(corners) if corners and self.random() < 1 / 8 else self.randint(low, high)

    def share(self) -> float:
        """Return a number from 0 to 1, both included."""
        return self.number(0, 1, 0.0, 1.0)


def random_parameters(dice: Dice) -> Parameters:
    """Return parameters of a small town in which everything happens to some degree; one in ten is near the defaults."""
    if dice.random() < 1 / 10:
        return Parameters(
            population=Population(n_people=400, need_per_week=0.5),
            recruitment=Recruitment(look=0.02),
            policies=random_policies(dice),
        )
    return Parameters(
        population=random_population(dice),
        shops=random_shops(dice),
        brands=random_brands(dice),
        sourcing=random_sourcing(dice),
        recruitment=random_recruitment(dice),
        exit=random_exit(dice),
        campaigns=random_campaigns(dice),
        regulator=Regulator(
            campaign_detection=dice.number(0, 0.3, 0.0, 1.0),
            inspection_cost=dice.number(0, 100),
            moving_hurdle=dice.number(0, 0.5, 0.0, 10.0),
        ),
        bazaar=random_bazaar(dice),
        mall=Mall(commission=dice.number(0, 0.4, 0.0)),
        attention=random_attention(dice),
        demand=random_demand(dice),
        trust=random_trust(dice),
        platform=random_platform(dice),
        scandals=tuple(
            Scandal(week=dice.whole(0, 20), venue=dice.choice(VENUES), cut=dice.share())
            for _ in range(dice.whole(0, 3))
        ),
        policies=random_policies(dice),
    )


def random_population(dice: Dice) -> Population:
    """Return a small town, in which many can pay an opening stock."""
    return Population(
        n_people=dice.whole(200, 400),
        value_median=dice.number(100, 500, 10_000.0),
        value_sigma=dice.number(0, 0.8, 0.0),
        price_sensitivity=dice.number(0.005, 0.06, 1e-4, 10.0),
        price_sensitivity_sigma=dice.number(0, 1, 0.0),
        need_per_week=dice.number(0.1, 1.5, 0.0, 10.0),
        need_shape=dice.number(0.3, 5),
        demand_growth_per_year=dice.number(-0.5, 2, 0.0),
        share_naive=dice.share(),
        share_using_bazaar=dice.share(),
        share_using_mall=dice.share(),
        share_using_rival=dice.share(),
        wealth_median=dice.number(3e3, 5e4, 5e5),
        wealth_sigma=dice.number(0, 2),
        outside_income_median=dice.number(1, 200),
        outside_income_sigma=dice.number(0, 1.5),
        conscience_median=dice.number(0.01, 100),
        conscience_sigma=dice.number(0, 2),
    )


def random_shops(dice: Dice) -> Shops:
    """Return shops in one to five tiers, some of which post far too much."""
    least = dice.number(0, 0.3)
    return Shops(
        initial_share=dice.number(0.1, 0.3, 0.004),
        initial_tiers=dice.whole(1, 5),
        initial_strangers=dice.whole(0, 40),
        opening_units_first=dice.whole(0, 20, 0, 100),
        opening_units_below=dice.whole(0, 10, 0, 60),
        tier_markup=dice.number(0, 0.4),
        retail_markup=dice.number(0, 0.8),
        posts_per_week=dice.number(0.1, 40, 0.0),
        aggressiveness_sigma=dice.number(0, 1.5),
        share_buying_fakes=dice.share(),
        growth_sigma=dice.number(0, 1.5),
        share_not_growing=dice.share(),
        strangers_per_week=dice.number(0, 1, 0.0, 1000.0),
        replace=dice.share(),
        deepest_tier=dice.whole(1, 8),
        lot_units=dice.whole(1, 10),
        drop_markup=dice.number(1, 1.5, 1.0),
        bonus=dice.number(0, 0.3),
        bonus_levels=dice.whole(0, 4, 8),
        salvage=dice.share(),
        smoothing=dice.number(0.05, 1, 0.001),
        pricing=dice.choice(["cost_plus", "cost_plus", "fixed", "best_response", "hill_climb"]),
        markup_step=dice.number(0, 0.3),
        markup_least=least,
        markup_most=least + dice.number(0, 2),
        dead_weeks=dice.number(0, 30, 0.0),
        price_step=dice.number(0.001, 0.2),
    )


def random_sourcing(dice: Dice) -> Sourcing:
    """Return people who mind little or much what their buyers get; a high risk drives shops to the rival platform."""
    return Sourcing(
        repeat_share=dice.share(),
        horizon=dice.number(0, 20, 0.0),
        patience_sigma=dice.number(0, 1.5),
        learnt_risk=dice.number(0, 0.1, 0.0, 1.0, 1.0),
    )


def random_recruitment(dice: Dice) -> Recruitment:
    """Return people who join shops in numbers."""
    return Recruitment(
        look=dice.number(0, 0.1, 0.0, 1.0),
        hype=dice.number(0, 100),
        choosiness=dice.number(0.01, 3),
        agents_recruited=dice.number(0, 0.02, 0.0),
        interest=dice.number(0, 0.02),
    )


def random_exit(dice: Dice) -> Exit:
    """Return owners who give up soon or late."""
    return Exit(
        weeks_before_exit=dice.whole(0, 12),
        exit_share=dice.number(0, 1, 10.0),
        exit_chance=dice.number(0, 0.3, 0.0, 1.0),
        disappointment=dice.share(),
    )


def random_campaigns(dice: Dice) -> Campaigns:
    """Return shops that collect likes often."""
    return Campaigns(
        campaign_rate=dice.number(0, 0.5, 0.0, 1.0),
        campaign_reach=dice.whole(0, 40),
        campaign_like=dice.share(),
        campaign_join=dice.number(0, 0.5, 0.0, 1.0),
        likes_half_life=dice.number(0.5, 20, 0.1),
    )


def random_bazaar(dice: Dice) -> Bazaar:
    """Return no to five sellers a brand, who come and go."""
    n_places = dice.whole(1, 6, 0)
    return Bazaar(
        sellers_at_most=n_places,
        income_needed=dice.number(0, 3000, 0.0),
        turnover=dice.share(),
        repeat_share=dice.share(),
        sellers_per_brand=dice.whole(0, n_places, n_places + 2),
        markup=dice.number(0, 0.8),
        share_fakes=dice.share(),
        fake_discount=dice.number(0, 0.5, 1.0),
    )


def random_policies(dice: Dice) -> tuple[Policy, ...]:
    """Return none to five policies, each of which acts for some time."""
    return tuple(random_policy(dice) for _ in range(dice.choice([0, 1, 2, 3, 5])))


def random_policy(dice: Dice) -> Policy:
    """Return one policy, with levers in ranges of their own."""
    start = dice.whole(0, 15)
    weeks = sorted({dice.whole(0, 25) for _ in range(dice.whole(0, 3))})
    when = {
        "start_week": start,
        "end_week": None if dice.random() < 0.5 else start + dice.whole(1, 15),
        "schedule": tuple((week, dice.number(0.1, 1, 0.0, 2.0)) for week in weeks),
    }
    policy = dice.choice(POLICIES)
    own = [field for field in dataclasses.fields(policy) if field.name not in when]
    return policy(**when, **{field.name: random_lever(dice, policy, field) for field in own})


def random_lever(dice: Dice, policy: type[Policy], field: dataclasses.Field) -> Any:
    """Return a value for one field of a policy."""
    given = LEVERS.get((policy, field.name))
    if given is not None:
        return dice.choice(given) if isinstance(given, list) else dice.number(*given)
    if field.metadata["choices"]:
        return dice.choice(field.metadata["choices"])
    if field.type is bool:
        return dice.random() < 0.5
    return dice.share()


def random_brands(dice: Dice) -> Brands:
    """Return one to ten brands."""
    return Brands(
        n_brands=dice.whole(1, 10),
        quality_low=dice.number(0.3, 0.8),
        quality_high=dice.number(0.6, 1, 1.0),
        quality_fake=dice.number(0, 0.6, 0.0),
        cost_base=dice.number(1, 40),
        cost_per_quality=dice.number(0, 40),
        wholesale_markup=dice.number(0, 0.8),
        list_markup=dice.number(0, 1, 0.0),
        fake_cost_share=dice.share(),
        n_media=dice.whole(0, 3),
        reach_per_medium=dice.number(0, 0.05, 0.0, 1.0),
        known_initially=dice.number(0, 0.6, 0.0, 1.0),
        service_cost=dice.number(0, 20),
        advertising_cost=dice.number(0, 5),
        effort=dice.share(),
        effort_spread=dice.share(),
        effort_least=dice.share(),
        effort_step=dice.share(),
        hurdle=dice.number(0, 3),
        hurdle_ambiguity=dice.number(0, 3),
        imitation=dice.share(),
        pricing=dice.choice(["fixed", "fixed", "best_response", "hill_climb"]),
    )


def random_attention(dice: Dice) -> Attention:
    """Return feeds that are read in part, and some of whose shops are muted."""
    return Attention(
        organic_posts=dice.whole(1, 80, 0),
        posts_read=dice.number(5, 300),
        notice=dice.number(0.02, 1, 0.0, 10.0),
        mute_hazard=dice.number(0, 0.3, 0.0, 1.0),
        ads_tolerated=dice.share(),
    )


def random_demand(dice: Dice) -> Demand:
    """Return demand with all sizes of consideration sets."""
    return Demand(
        dissimilarity=dice.number(0.1, 1, 0.1, 1.0),
        tie_value=dice.number(-20, 60, 0.0),
        hassle_resale=dice.number(-20, 20, 0.0),
        hassle_direct=dice.number(-20, 20, 0.0),
        hassle_bazaar=dice.number(-20, 20, 0.0),
        hassle_mall=dice.number(-20, 20, 0.0),
        n_shops_considered=dice.whole(1, 12, 0),
        n_brands_considered=dice.whole(1, 8, 0),
    )


def random_trust(dice: Dice) -> Trust:
    """Return beliefs that move a little or very much."""
    return Trust(
        start_resale=dice.number(0.3, 1, 0.0, 1.0),
        start_direct=dice.number(0.3, 1, 0.0, 1.0),
        start_bazaar=dice.number(0.3, 1, 0.0, 1.0),
        start_mall=dice.number(0.3, 1, 0.0, 1.0),
        spill_over=dice.share(),
        prior_weight=dice.number(0.5, 10),
        ratings_read=dice.number(0.5, 30, 0.0),
        likes_counted=dice.number(0, 10, 0.0),
        gain_good=dice.number(0, 0.5, 0.0, 1.0),
        gain_bad=dice.number(0, 0.5, 0.0, 1.0),
        n_friends_told=dice.whole(0, 8, 0, 50),
        message_weight=dice.share(),
        learn_brand=dice.share(),
        evidence_half_life=dice.number(1, 100, 0.1),
        overpayment_penalty=dice.share(),
    )


def random_platform(dice: Dice) -> Platform:
    """Return what venues guarantee and show."""
    return Platform(
        refund_resale=dice.share(),
        refund_direct=dice.share(),
        refund_bazaar=dice.share(),
        refund_mall=dice.share(),
        rating_weight_resale=dice.share(),
        rating_weight_elsewhere=dice.share(),
        complaint_resale=dice.share(),
        complaint_elsewhere=dice.share(),
        complaint_to_friend=dice.share(),
        price_transparency=dice.share(),
    )
