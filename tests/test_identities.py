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
    Mall,
    Network,
    Parameters,
    Platform,
    Population,
    Shops,
)
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
    for _ in range(12):
        market.step()  # checks its books itself and raises LedgerError
        spent += int(market.orders.price.sum())
        refunded += int(market.orders.price[market.orders.is_refunded].sum())
        balance = market.ledger.balances()
        assert sum(balance.values()) == 0
        assert balance["consumers"] == refunded - spent == -int(market.people.spent.sum())
        assert min(balance[name] for name in ("factories", "counterfeiters", "outside", "mall")) >= 0


@pytest.mark.parametrize(
    ("damage", "identity"),
    [
        (lambda m: m.people.spent.__setitem__(0, m.people.spent[0] + 1), "consumers paid what people spent"),
        (lambda m: m.shops.income_from_retail.__setitem__(0, -5), "shops received their incomes"),
        (lambda m: m.shops.units_sold.__setitem__(0, -5), "goods shipped were sold"),
        (lambda m: m.ledger.goods["consumed"].__setitem__(0, -5), "goods made are with consumers"),
        (lambda m: m.ledger.goods["consumed_fakes"].__setitem__(0, -5), "fakes made are with consumers"),
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
    """What buyers paid in resale = shops' margins by tier + brands' margin + cost of the goods."""
    market = Market(parameters=LIVELY, seed=1).run(20)
    flow, tallies = market.ledger.flow, market.tallies
    paid = flow[Account.CONSUMERS, Account.SHOPS] - flow[Account.SHOPS, Account.CONSUMERS]
    margins = sum(tally.income_by_tier for tally in tallies[-1:]).sum()
    to_brands, to_counterfeiters = flow[Account.SHOPS, Account.BRANDS], flow[Account.SHOPS, Account.COUNTERFEITERS]
    assert paid == margins + to_brands + to_counterfeiters
    by_venue = sum(tally.made_cost for tally in tallies)
    outside = flow[:, (Account.FACTORIES, Account.COUNTERFEITERS, Account.OUTSIDE)].sum()
    advertising = outside - by_venue.sum()
    given = market.parameters.brands
    per_week = given.n_media * round(100 * given.advertising_cost * given.reach_per_medium * 600)
    assert advertising == 20 * given.n_brands * per_week
    assert (
        np.sum([tally.units.sum() for tally in tallies])
        == market.shops.units_sold.sum() + market.listings.units_sold.sum()
    )
