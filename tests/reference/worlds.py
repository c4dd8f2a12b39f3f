"""Small worlds for the comparison, drawn by hypothesis so that every path of the market is alive."""

import random
from dataclasses import dataclass
from functools import partial

import numpy as np
from hypothesis import strategies as st

from sim.model import Market
from sim.network import Network
from sim.parameters import (
    MAX_WEEKS,
    VENUES,
    Attention,
    Bazaar,
    Brands,
    Demand,
    Mall,
    Parameters,
    Platform,
    Population,
    Scandal,
    Shops,
    Trust,
    Venue,
)
from tests.reference.market import ReferenceMarket

number = partial(st.floats, allow_nan=False, allow_infinity=False, allow_subnormal=False)
share = number(0, 1)


def often(usual: st.SearchStrategy, *corners: float) -> st.SearchStrategy:
    """Draw from `usual`, or about every third time one of the corner values."""
    return st.one_of(usual, usual, st.sampled_from(corners))


@dataclass(frozen=True)
class World:
    """What both markets are built from."""

    parameters: Parameters
    seed: int
    friends: tuple[tuple[int, ...], ...]
    weeks: int
    share_on_rival: float
    """Share of shops moved to the rival platform before the first week."""
    likes: float
    """Likes of a shop are drawn from 0 to this."""

    def __repr__(self) -> str:
        """Leave the friends out: they follow from the number of people, the seed and their number."""
        n_friendships = sum(map(len, self.friends)) // 2
        return (
            f"World({self.parameters}, seed={self.seed}, n_friendships={n_friendships}, weeks={self.weeks}, "
            f"share_on_rival={self.share_on_rival}, likes={self.likes})"
        )

    def reference(self) -> ReferenceMarket:
        """Build the plain market."""
        market = ReferenceMarket(self.parameters, seed=self.seed, friends=[list(keys) for keys in self.friends])
        for shop, (platform, likes) in zip(market.shops, self.campaign(len(market.shops)), strict=True):
            shop.platform, shop.likes = platform, likes
        return market

    def market(self) -> Market:
        """Build the market of arrays."""
        degrees = [len(keys) for keys in self.friends]
        neighbours = np.array([key for keys in self.friends for key in keys], np.int32)
        network = Network(np.concatenate(([0], np.cumsum(degrees))).astype(np.int64), neighbours)
        market = Market(parameters=self.parameters, seed=self.seed, network=network)
        for row, (platform, likes) in enumerate(self.campaign(market.shops.owner.size)):
            market.shops.platform[row], market.shops.likes[row] = platform, likes
        return market

    def campaign(self, n_shops: int) -> list[tuple[Venue, float]]:
        """Return platform and likes of every shop: nothing in this version of the market sets them."""
        dice = random.Random(self.seed)
        return [
            (
                Venue.RESALE_RIVAL if dice.random() < self.share_on_rival else Venue.RESALE_WECHAT,
                float(np.float32(dice.random() * self.likes)),
            )
            for _ in range(n_shops)
        ]


def random_friends(n_people: int, mean_degree: float, n_hubs: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """Return a random graph, some of whose people know a third of the town and some nobody."""
    dice = random.Random(seed)
    friends: list[set[int]] = [set() for _ in range(n_people)]
    pairs = [(dice.randrange(n_people), dice.randrange(n_people)) for _ in range(int(n_people * mean_degree / 2))]
    pairs += [(hub, dice.randrange(n_people)) for hub in range(n_hubs) for _ in range(n_people // 3)]
    for a, b in pairs:
        if a != b:
            friends[a].add(b)
            friends[b].add(a)
    return tuple(tuple(sorted(keys)) for keys in friends)


def populations(n_people: st.SearchStrategy) -> st.SearchStrategy[Population]:
    """Draw groups of people, wealthy enough that most can open a shop."""
    return st.builds(
        Population,
        n_people=n_people,
        value_median=number(50, 500),
        value_sigma=number(0, 1),
        price_sensitivity=number(0.005, 0.1),
        price_sensitivity_sigma=often(number(0, 1), 0.0),
        need_per_week=often(number(0.05, 3), 10.0, 0.0),
        need_shape=number(0.3, 5),
        demand_growth_per_year=number(-0.5, 2),
        share_naive=share,
        share_using_bazaar=share,
        share_using_mall=share,
        share_using_rival=share,
        wealth_median=number(3e3, 1e5),
    )


shops = st.builds(
    Shops,
    initial_share=number(0.1, 0.3),
    initial_tiers=st.integers(1, 5),
    initial_strangers=st.integers(0, 40),
    opening_units_first=st.integers(0, 100),
    opening_units_below=st.integers(0, 60),
    tier_markup=number(0, 0.5),
    retail_markup=number(0, 1),
    posts_per_week=often(number(0.1, 60), 0.0),
    aggressiveness_sigma=number(0, 1.5),
    share_buying_fakes=share,
)
brands = st.builds(
    Brands,
    n_brands=st.integers(1, 10),
    quality_low=number(0.2, 0.8),
    quality_high=number(0.5, 1),
    quality_fake=number(0, 0.6),
    cost_base=number(1, 60),
    cost_per_quality=number(0, 60),
    wholesale_markup=number(0, 1),
    list_markup=number(0, 1),
    fake_cost_share=share,
    n_media=st.integers(0, 3),
    reach_per_medium=often(number(0, 0.05), 1.0),
    known_initially=often(number(0, 0.6), 1.0),
    service_cost=number(0, 20),
    advertising_cost=number(0, 5),
)
bazaars = st.builds(
    Bazaar, sellers_per_brand=st.integers(0, 5), markup=number(0, 1), share_fakes=share, fake_discount=share
)
attentions = st.builds(
    Attention,
    organic_posts=st.integers(0, 80),
    posts_read=number(5, 300),
    notice=number(0, 1),
    mute_hazard=share,
    ads_tolerated=often(share, 0.0),
)
demands = st.builds(
    Demand,
    dissimilarity=often(number(0.1, 1), 1.0),
    tie_value=number(-20, 60),
    hassle_resale=often(number(-20, 20), 0.0),
    hassle_direct=often(number(-20, 20), 0.0),
    hassle_bazaar=often(number(-20, 20), 0.0),
    hassle_mall=often(number(-20, 20), 0.0),
    n_shops_considered=st.integers(0, 12),
    n_brands_considered=st.integers(0, 8),
)
trusts = st.builds(
    Trust,
    start_resale=share,
    start_direct=share,
    start_bazaar=share,
    start_mall=share,
    spill_over=share,
    prior_weight=number(0.5, 10),
    ratings_read=often(number(0.5, 30), 0.0),
    likes_counted=number(0, 10),
    gain_good=number(0, 0.5),
    gain_bad=number(0, 0.5),
    n_friends_told=often(st.integers(0, 8), 0, 50),
    message_weight=share,
    learn_brand=share,
    evidence_half_life=often(number(1, 100), 0.1),
    overpayment_penalty=share,
)
platforms = st.builds(
    Platform,
    refund_resale=share,
    refund_direct=share,
    refund_bazaar=share,
    refund_mall=share,
    rating_weight_resale=often(share, 0.0),
    rating_weight_elsewhere=often(share, 1.0),
    price_transparency=share,
)
scandals = st.lists(
    st.builds(Scandal, week=st.integers(0, 30), venue=st.sampled_from(VENUES), cut=share), max_size=3
).map(tuple)


@st.composite
def worlds(draw: st.DrawFn, max_people: int = 400, max_weeks: int = 60) -> World:
    """Draw a small world in which anything can happen."""
    n_people, seed = draw(st.integers(200, max_people)), draw(st.integers(0, 2**32 - 1))
    parameters = draw(
        st.builds(
            Parameters,
            population=populations(st.just(n_people)),
            shops=shops,
            brands=brands,
            bazaar=bazaars,
            mall=st.builds(Mall, commission=number(0, 0.5)),
            attention=attentions,
            demand=demands,
            trust=trusts,
            platform=platforms,
            scandals=scandals,
        )
    )
    friends = random_friends(n_people, draw(number(0, 20)), draw(st.integers(0, 3)), seed)
    return World(
        parameters=parameters,
        seed=seed,
        friends=friends,
        weeks=draw(st.integers(1, min(max_weeks, MAX_WEEKS))),
        share_on_rival=draw(often(share, 0.0)),
        likes=draw(often(number(0, 12), 0.0)),
    )


def lively_world() -> World:
    """Return one world in which every path is known to be taken (tests/test_reference.py counts them)."""
    parameters = Parameters(
        population=Population(n_people=300, need_per_week=0.8, share_using_bazaar=0.8, share_using_mall=0.6),
        shops=Shops(initial_share=0.15, initial_tiers=4, posts_per_week=15.0, share_buying_fakes=0.3, retail_markup=0.3),
        brands=Brands(n_brands=5, reach_per_medium=0.01),
        attention=Attention(mute_hazard=0.2, ads_tolerated=0.3),
        demand=Demand(dissimilarity=0.5),
        trust=Trust(learn_brand=0.3),
        platform=Platform(refund_resale=0.3, rating_weight_resale=0.4, price_transparency=0.6),
        scandals=(Scandal(week=10, venue="resale_wechat", cut=0.3), Scandal(week=10, venue="mall", cut=0.1)),
    )
    friends = random_friends(300, mean_degree=8, n_hubs=2, seed=5)
    return World(parameters, seed=20_140_106, friends=friends, weeks=40, share_on_rival=0.3, likes=8.0)
