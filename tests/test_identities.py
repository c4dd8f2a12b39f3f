"""Books: money and goods balance every week, on random worlds; and the check can fail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.ledger import Account, LedgerError
from sim.model import Market
from sim.parameters import (
    Bazaar,
    Brands,
    Exit,
    Mall,
    Network,
    Parameters,
    Platform,
    Population,
    Recruitment,
    Shops,
    Sourcing,
)
from sim.policies.friend_limit import FriendLimit
from sim.policies.like_ban import LikeBan
from sim.pricing import catalogue
from tests.worlds import LIVELY

share = st.floats(0, 1)
worlds = st.builds(
    Parameters,
    population=st.builds(
        Population, n_people=st.integers(200, 300), need_per_week=st.floats(0.1, 3), wealth_median=st.floats(1e3, 1e5)
    ),
    network=st.builds(Network, log_mean=st.floats(1, 4)),
    shops=st.builds(
        Shops,
        initial_share=st.floats(0, 0.3),
        initial_tiers=st.integers(1, 6),
        tier_markup=st.floats(0, 1),
        retail_markup=st.floats(0, 2),
        share_buying_fakes=share,
        lot_units=st.integers(1, 30),
        drop_markup=st.floats(1, 2),
        bonus=share,
        salvage=share,
        opening_units_first=st.integers(0, 60),
        opening_units_below=st.integers(0, 20),
        pricing=st.sampled_from(sorted(catalogue())),
    ),
    recruitment=st.builds(Recruitment, look=st.floats(0, 0.2), hype=st.floats(0, 50)),
    exit=st.builds(Exit, weeks_before_exit=st.integers(0, 9), exit_chance=share),
    sourcing=st.builds(Sourcing, horizon=st.floats(0, 30)),
    policies=st.sampled_from(
        [(), (FriendLimit(limit=20, mode="purge"), LikeBan(detection=0.9, remove_followers=True))]
    ),
    brands=st.builds(
        Brands, n_brands=st.integers(1, 9), wholesale_markup=st.floats(0, 2), fake_cost_share=share,
        n_media=st.integers(0, 5), reach_per_medium=share, known_initially=share, service_cost=st.floats(0, 50),
    ),
    bazaar=st.builds(Bazaar, sellers_per_brand=st.integers(0, 5), share_fakes=share, markup=st.floats(0, 1)),
    mall=st.builds(Mall, commission=share),
    platform=st.builds(
        Platform, refund_resale=share, refund_direct=share, refund_bazaar=share, refund_mall=share,
        price_transparency=share,
    ),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(parameters=worlds, seed=st.integers(0, 2**32 - 1))
def test_books_balance_every_week(parameters, seed):
    market = Market(parameters=parameters, seed=seed)
    spent = refunded = 0
    for _ in range(16):
        market.step()  # checks its books itself and raises LedgerError
        spent += int(market.orders.price.sum())
        refunded += int(market.orders.price[market.orders.is_refunded].sum())
        balance = market.ledger.balances()
        assert sum(balance.values()) == 0
        assert balance["consumers"] == refunded - spent == -int(market.people.spent.sum())
        assert min(balance[name] for name in ("factories", "counterfeiters", "mall")) >= 0
        assert balance["platform"] == balance["deposits"] == balance["state"] == 0


@pytest.mark.parametrize(
    ("damage", "identity"),
    [
        (lambda m: m.people.spent.__setitem__(0, m.people.spent[0] + 1), "consumers paid what people spent"),
        (lambda m: m.shops.income_from_retail.__setitem__(0, -5), "shops' cash is their income less what"),
        (lambda m: m.shops.cash.__setitem__(0, -5), "shops hold the cash of their spells"),
        (lambda m: m.brands.cash.__setitem__(0, -5), "brands hold their cash"),
        (lambda m: m.listings.income.__setitem__(-1, -5), "bazaar sellers received their incomes"),
        (lambda m: m.shops.units_sold.__setitem__(0, -5), "goods sold are with consumers"),
        (lambda m: m.ledger.goods["written_off"].__setitem__(0, -5), "goods made are with consumers, in stock"),
        (lambda m: m.ledger.goods["written_off_fakes"].__setitem__(0, -5), "fakes made are with consumers, in stock"),
        (lambda m: m.ledger.flow.__setitem__((Account.OUTSIDE, Account.FACTORIES), 1), "factories were paid"),
        (lambda m: m.ledger.flow.__setitem__((Account.OUTSIDE, Account.COUNTERFEITERS), 1), "counterfeiters were paid"),
    ],
)
def test_books_that_were_tampered_with_do_not_balance(damage, identity):
    market = Market(parameters=LIVELY, seed=1).run(3)
    damage(market)
    with pytest.raises(LedgerError, match=identity):
        market.step()


def test_every_yuan_of_a_resale_purchase_is_accounted_for():
    """What buyers paid in resale = shops' cash + brands' and counterfeiters' receipts less salvage and bonuses."""
    market = Market(parameters=LIVELY, seed=1).run(30)
    flow, tallies, shops = market.ledger.flow, market.tallies, market.shops
    paid = flow[Account.CONSUMERS, Account.SHOPS] - flow[Account.SHOPS, Account.CONSUMERS]
    to_makers = flow[Account.SHOPS, Account.BRANDS] + flow[Account.SHOPS, Account.COUNTERFEITERS]
    back = flow[Account.BRANDS, Account.SHOPS] + flow[Account.OUTSIDE, Account.SHOPS]
    assert paid == shops.cash.sum() + to_makers - back
    assert min(back, flow[Account.SHOPS, Account.SHOPS], tallies[-1].income_by_source.min()) > 0
    sold = np.sum([tally.units.sum() for tally in tallies])
    assert sold == shops.units_sold.sum() + market.listings.units_sold.sum()


def test_stock_never_is_negative_and_the_closed_have_none():
    market = Market(parameters=LIVELY, seed=2)
    for _ in range(40):
        market.step()
        shops = market.shops
        assert min(shops.stock_genuine.min(), shops.stock_fake.min(), shops.cost_of_fakes.min()) >= 0
        assert (shops.cost_of_fakes[shops.stock_fake == 0] == 0).all()
        closed = shops.closed_week >= 0
        assert (shops.stock_genuine + shops.stock_fake + shops.n_contacts)[closed].sum() == 0
        held = np.bincount(market.people.slot_shop[market.people.slot_shop >= 0], minlength=closed.size)
        np.testing.assert_array_equal(held, shops.n_contacts)
        np.testing.assert_array_equal(np.flatnonzero(market.people.shop >= 0), np.sort(shops.owner_row[~closed]))
        upline = shops.upline[~closed]
        assert (shops.closed_week[upline[upline >= 0]] < 0).all()
    assert closed.any()
    assert shops.opened_week.max() > 0
