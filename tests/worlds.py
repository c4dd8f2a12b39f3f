"""Worlds that several tests use."""

import numpy as np

from sim.network import Network
from sim.parameters import (
    Attention,
    Bazaar,
    Brands,
    Campaigns,
    Exit,
    Parameters,
    Platform,
    Population,
    Recruitment,
    Regulator,
    Shops,
    Sourcing,
    Trust,
)
from sim.parameters import Network as NetworkParameters
from sim.policies.friend_limit import FriendLimit
from sim.policies.like_ban import LikeBan

LIVELY = Parameters(
    population=Population(n_people=600, need_per_week=0.8, wealth_median=20_000, share_using_rival=0.95),
    network=NetworkParameters(log_mean=3.0),
    shops=Shops(
        initial_share=0.1, initial_tiers=4, posts_per_week=15, opening_units_first=12, opening_units_below=6,
        lot_units=4, replace=0.3,
    ),
    sourcing=Sourcing(horizon=8),
    recruitment=Recruitment(look=0.05, hype=20, agents_recruited=0.002),
    exit=Exit(weeks_before_exit=4, exit_chance=0.3, exit_share=0.2),
    campaigns=Campaigns(campaign_rate=0.2),
    regulator=Regulator(moving_hurdle=0),
    bazaar=Bazaar(income_needed=2_000, turnover=0.3),
    brands=Brands(n_brands=5),
    attention=Attention(mute_hazard=0.5, ads_tolerated=0.3),
    trust=Trust(learn_brand=0.3),
    policies=(FriendLimit(start_week=10, limit=40, mode="purge"), LikeBan(detection=0.5, remove_followers=True)),
    platform=Platform(rating_weight_resale=0.3, refund_resale=0.1, price_transparency=0.5),
)  # fmt: skip
"""A small town in which every path of a buyer's and of a shop's life is walked."""


def without_friends(n_people):
    """Return a graph in which nobody knows anybody."""
    return Network(np.zeros(n_people + 1, np.int64), np.empty(0, np.int32))


def columns(struct):
    """Return name -> array of a struct of arrays."""
    return dict(zip(struct._fields, struct, strict=True))


def assert_same_state(left, right):
    """Every array of two markets' states, and their books, are equal to the last bit."""
    assert left.week == right.week
    for part, other in zip(left.state, right.state, strict=True):
        for name, column in columns(part).items():
            np.testing.assert_array_equal(column, getattr(other, name), err_msg=f"{type(part).__name__}.{name}")
    np.testing.assert_array_equal(left.ledger.flow, right.ledger.flow)
    assert left.ledger.loss_on_stock == right.ledger.loss_on_stock
    assert len(left.tallies) == len(right.tallies)
    for week, (one, another) in enumerate(zip(left.tallies, right.tallies, strict=True)):
        for name, counts in columns(one).items():
            np.testing.assert_array_equal(counts, getattr(another, name), err_msg=f"week {week}: {name}")
