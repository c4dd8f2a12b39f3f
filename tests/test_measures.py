"""Measures: contract of names, missing values, weights, and identities between them."""

import numpy as np
import pytest

from sim.ledger import empty_tally
from sim.measures import Record, catalogue, run_level, weekly_table
from sim.measures.base import Measure
from sim.model import Market
from sim.parameters import CHANNELS
from tests.worlds import LIVELY

CONTRACT = [
    *(f"{name}.{c}" for name in ("price", "trust", "satisfaction") for c in CHANNELS),
    *(f"{name}.{c}" for name in ("share", "share_yuan", "trust_gap") for c in CHANNELS),
    "n_shops", "share_shops_lost", "gini_shop_profit", "hhi_brand", "price_cv.resale", "consumer_surplus",
    "producer_surplus", "welfare", "sell_through", "retail_to_outsiders",
]  # fmt: skip


@pytest.fixture(scope="module")
def market():
    return Market(parameters=LIVELY, seed=1).run(60)


def test_promised_columns_exist(market):
    assert set(CONTRACT) <= set(market.weekly.columns)
    assert set(CONTRACT) <= set(market.run_level())
    assert list(market.weekly.columns) == ["week", "date", *(measure.name for measure in catalogue(5))]


@pytest.mark.parametrize("measure", catalogue(), ids=lambda measure: measure.name)
def test_every_measure_says_what_it_is(measure):
    assert all((measure.unit, measure.formula, measure.source))


def test_weeks_are_dated_from_the_first_monday(market):
    assert str(market.weekly.date.iloc[0].date()) == "2014-01-06"
    assert str(market.weekly.date.iloc[52].date()) == "2015-01-05"


def test_an_empty_week_has_no_price_and_no_share():
    tally = empty_tally(2)
    record = Record(type(tally)(*(np.stack([counts, counts]) for counts in tally)), n_people=10, n_weeks=2)
    week = weekly_table(record, 2)
    for name in ("price.resale", "satisfaction.mall", "share.direct", "trust_gap.bazaar", "price_cv.resale"):
        assert week[name].isna().all()
        assert np.isnan(run_level(record, 2)[name])
    assert (week["welfare"] == 0).all()


def test_a_market_that_has_not_lived_has_no_weeks_and_no_values():
    market = Market(parameters=LIVELY, seed=1)
    assert market.weekly.empty
    assert all(np.isnan(value) for value in market.run_level().values())


def test_run_level_weighs_by_units_skips_empty_weeks_and_takes_the_last_52():
    above, below = np.zeros(60), np.zeros(60)
    above[:8], below[:8] = 999, 1  # before the last 52 weeks: must not count
    above[10], below[10], above[11], below[11] = 100, 10, 300, 10
    above[12], below[12] = 60, 1
    record = Record(empty_tally(1), n_people=1, n_weeks=60)
    plain = Measure("m", "1", "f", "s", lambda r: above, lambda r: below)
    weighted = Measure("m", "1", "f", "s", lambda r: above, lambda r: below, is_weighted=True)
    assert plain.run_level(record) == pytest.approx((10 + 30 + 60) / 3)
    assert weighted.run_level(record) == pytest.approx(460 / 21)


def test_shares_and_welfare_add_up(market):
    week = market.weekly
    for group in ("share", "share_yuan"):
        assert np.allclose(sum(week[f"{group}.{c}"] for c in CHANNELS), 1)
    profits = sum(week[f"profit.{who}"] for who in ("shops", "brands", "bazaar_sellers", "mall_operator"))
    assert np.allclose(profits, week.producer_surplus)
    assert np.allclose(week.consumer_surplus + week.producer_surplus - week["loss.spam"], week.welfare)
    fifths = np.mean([week[f"consumer_surplus.wealth_{k}"] for k in range(1, 6)], axis=0)
    assert np.allclose(fifths, week.consumer_surplus)
    given = market.parameters.brands
    adverts = given.n_brands * given.n_media * round(100 * given.advertising_cost * given.reach_per_medium * 600) / 100
    by_channel = sum(week[f"producer_surplus.{c}"] for c in CHANNELS)
    assert np.allclose(by_channel - adverts * 52 / 600, week.producer_surplus)


def test_prices_are_those_of_the_orders():
    market = Market(parameters=LIVELY, seed=1).run(3)
    resale = market.orders.price[market.orders.venue < 2] / 100
    week = market.weekly.iloc[-1]
    assert week["price.resale"] == pytest.approx(resale.mean())
    assert week["price_cv.resale"] == pytest.approx(resale.std() / resale.mean())
    deep = market.shops.tier[market.orders.shop] == 2
    tier_two = market.orders.price[(market.orders.shop >= 0) & deep] / 100
    assert week["price.tier_2"] == pytest.approx(tier_two.mean())


def test_gini_of_shop_profit_is_the_normalised_one(market):
    profit = (market.shops.income_from_retail + market.shops.income_from_wholesale) / 100
    differences = np.abs(profit[:, None] - profit[None, :]).sum()
    expected = differences / (2 * (profit.size - 1) * np.abs(profit).sum())
    assert market.weekly.gini_shop_profit.iloc[-1] == pytest.approx(expected)
    assert market.weekly.median_shop_profit.iloc[-1] == pytest.approx(np.median(profit), abs=0.01)


def test_hhi_does_not_depend_on_how_many_units_happen_to_be_sold():
    """1 000 draws of N units from ten equal sellers have mean 1 000 for small and large N alike."""
    luck = np.random.default_rng(1)
    by_name = {measure.name: measure for measure in catalogue(10)}
    for n_units in (5, 500):
        tally = empty_tally(10)._replace(
            units_by_brand=luck.multinomial(n_units, [0.1] * 10, size=1_000), units=np.full((1_000, 1), n_units)
        )
        weekly = by_name["hhi_brand"].weekly(Record(tally, n_people=1, n_weeks=1_000))
        assert weekly.mean() == pytest.approx(1_000, abs=4 * weekly.std() / np.sqrt(1_000))
