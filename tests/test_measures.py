"""Measures: contract of names, missing values, weights, and identities between them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from sim.ledger import Account, Tallies, empty_tally
from sim.measures import Record, catalogue, run_level, weekly_table
from sim.measures.base import Measure
from sim.model import Market
from sim.parameters import CHANNELS, Settings
from sim.scenario import Scenario, build_policies
from sim.study.runner import run_scenario
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


@pytest.fixture(scope="module")
def regulated():
    """A market with fees, fines, deposits, taxes and a subsidy: money flows everywhere."""
    policies = {
        "sales_fee": {"resale": 0.02, "direct": 0.01, "bazaar": 0.03, "mall": 0.01},
        "entry_deposit": {"amount": 200, "start_week": 5},
        "inspection": {"rate": 0.05, "power": 0.8, "false_positives": 0.05, "fine": 300},
        "registration": {"threshold": 500, "rate": 0.05},
        "direct_support": {"fee_cut": 0.5},
    }
    return Market(parameters=dataclasses.replace(LIVELY, policies=build_policies(policies)), seed=2).run(30)


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


def test_a_measure_alone_has_the_value_that_it_has_among_all(market):
    week, run = market.weekly, market.run_level()
    for measure in catalogue(5):
        np.testing.assert_array_equal(measure.weekly(market.record), week[measure.name])
        np.testing.assert_array_equal(measure.run_level(market.record), run[measure.name])


def test_a_record_works_out_a_series_once():
    asked = []
    record = Record(empty_tally(1), n_people=1, n_weeks=2)
    measure = Measure("m", "1", "f", "s", lambda r: asked.append(r) or np.ones(2))
    assert measure.weekly(record).tolist() == [1, 1]
    assert measure.run_level(record) == 1
    assert len(asked) == 1


def test_tallies_of_the_past_stay_and_those_of_a_copy_are_its_own():
    tallies = Tallies(3)
    for week in range(120):  # beyond the room there is at first
        tally = tallies.begin()
        assert not any(counts.any() for counts in tally)
        tally.units[:], tally.flow[1, 2], tally.made[2] = week, 10 * week, 1
        assert len(tallies) == week  # until it has ended
        tallies.end()
    twin = tallies.copy()
    twin[-1].units[:] = 0
    twin.begin().units[:] = 7
    assert tallies.of("units").sum(axis=1).tolist() == [5 * week for week in range(120)]
    assert [tally.flow.sum() for tally in tallies[-2:]] == [1180, 1190]
    together = tallies.together()
    assert together.flow.shape == (120, 11, 11)
    assert together.flow[-1, 1, 2] == 1190
    assert together.made.sum(axis=0).tolist() == [0, 0, 120]
    assert twin[-1].units.sum() == 0
    assert len(twin) == 120


def test_shares_and_welfare_add_up(regulated):
    week = regulated.weekly
    for group in ("share", "share_yuan"):
        assert np.allclose(sum(week[f"{group}.{c}"] for c in CHANNELS), 1)
    profits = sum(week[f"profit.{who}"] for who in ("shops", "brands", "bazaar_sellers", "mall_operator"))
    assert np.allclose(profits - week.unsold_margins - week.owners_time, week.producer_surplus)
    assert np.allclose(sum(week[f"producer_surplus.{c}"] for c in CHANNELS), week.producer_surplus)
    by_tier = sum(week[f"producer_surplus.tier_{t}"] for t in range(1, 9))
    assert np.allclose(by_tier, week["profit.shops"] - week.owners_time)
    whole = week.consumer_surplus + week.producer_surplus + week.platform_surplus + week.state_revenue
    assert np.allclose(whole - week["loss.spam"], week.welfare)
    assert np.allclose(week.welfare + week.owners_time, week.welfare_before_owners_time)
    fifths = np.mean([week[f"consumer_surplus.wealth_{k}"] for k in range(1, 6)], axis=0)
    assert np.allclose(fifths, week.consumer_surplus)
    assert min(week[name].abs().max() for name in ("platform_surplus", "state_revenue", "enforcement_cost")) > 0
    assert week["loss.dead_stock"].max() > 0


def test_each_yuan_of_resale_goes_somewhere(regulated, market):
    """Parts sum to 1 in every week with sales, and to the fen before they are divided; each is the account it names."""
    for each in (regulated, market):
        parts = [measure for measure in catalogue(5) if measure.name.startswith("resale_yuan.")]
        record, week = each.record, each.weekly
        assert len(parts) == 5 + 8
        fen = np.rint(100 * sum(record.series(part.numerator) for part in parts)).astype(int)
        flow = record.tally.flow
        np.testing.assert_array_equal(fen, flow[:, Account.CONSUMERS, Account.SHOPS] - flow[:, Account.SHOPS, 0])
        np.testing.assert_allclose(sum(week[part.name] for part in parts), 1, rtol=1e-12)
        assert sum(each.run_level()[part.name] for part in parts) == pytest.approx(1, rel=1e-12)
    sales, run = (
        fen_paid(regulated, "CONSUMERS", "SHOPS") - fen_paid(regulated, "SHOPS", "CONSUMERS"),
        regulated.run_level(),
    )
    lost = fen_paid(regulated, "DEPOSITS", "PLATFORM")
    assert min(lost, fen_paid(regulated, "SHOPS", "CONSUMERS"), fen_paid(regulated, "OUTSIDE", "SHOPS")) > 0
    assert run["resale_yuan.platform"] * sales == pytest.approx(fen_paid(regulated, "SHOPS", "PLATFORM") + lost)
    assert run["resale_yuan.state"] * sales == pytest.approx(fen_paid(regulated, "SHOPS", "STATE"))
    assert run["resale_yuan.outside"] * sales == pytest.approx(-fen_paid(regulated, "OUTSIDE", "SHOPS"))
    assert run["resale_yuan.counterfeiters"] * sales == pytest.approx(fen_paid(regulated, "SHOPS", "COUNTERFEITERS"))
    kept = regulated.tallies[-1].surplus_by_tier
    assert run["resale_yuan.tier_2"] * sales == pytest.approx(kept[1])
    stock = regulated.tallies[-1].stock_cost[0]
    paid = fen_paid(regulated, "SHOPS", "BRANDS") - fen_paid(regulated, "BRANDS", "SHOPS") - stock
    assert run["resale_yuan.brands"] * sales == pytest.approx(paid)


def fen_paid(market, payer, payee):
    """Return what one account has paid another since week 0."""
    return int(market.ledger.flow[Account[payer], Account[payee]])


def test_surplus_is_what_consumers_pay_less_what_everything_costs(regulated):
    """Welfare uses up: factories', counterfeiters' and outside costs, owners' time; stock is worth its making."""
    shops, brands, ledger = regulated.shops, regulated.brands, regulated.ledger.balances()
    brand = shops.brand
    stock = (shops.stock_genuine * brands.cost[brand] + shops.stock_fake * brands.fake_cost[brand]).sum()
    used_up = ledger["factories"] + ledger["counterfeiters"] + ledger["outside"] - stock
    week, per_year = regulated.weekly, 52 / regulated.n_people
    gained = (week.producer_surplus + week.platform_surplus + week.state_revenue + week.owners_time).sum() / per_year
    assert gained == pytest.approx((-ledger["consumers"] - used_up) / 100)
    paid = (shops.stock_genuine * shops.unit_cost + shops.cost_of_fakes).sum()
    assert week.unsold_margins.sum() / per_year == pytest.approx((paid - stock) / 100)


def test_owners_time_is_that_of_those_who_ran_a_shop_in_the_week(market):
    last = market.week - 1
    shops, income = market.shops, market.people.outside_income
    ran = (shops.opened_week <= last) & ((shops.closed_week < 0) | (shops.closed_week == last))
    expected = np.rint(100 * income[shops.owner_row[ran]].astype(float)).sum() / 100 * 52 / market.n_people
    assert market.weekly.owners_time.iloc[-1] == pytest.approx(expected)
    assert (shops.closed_week == last).any()


def test_prices_are_those_of_the_orders():
    market = Market(parameters=LIVELY, seed=1).run(3)
    resale = market.orders.price[market.orders.venue < 2] / 100
    week = market.weekly.iloc[-1]
    assert week["price.resale"] == pytest.approx(resale.mean())
    assert week["price_cv.resale"] == pytest.approx(resale.std() / resale.mean())
    deep = market.shops.tier[market.orders.shop] == 2
    tier_two = market.orders.price[(market.orders.shop >= 0) & deep] / 100
    assert week["price.tier_2"] == pytest.approx(tier_two.mean())


def total_profits(market):
    """The total profit of every spell, yuan."""
    shops = market.shops
    stock = shops.stock_genuine * shops.unit_cost + shops.cost_of_fakes
    return (shops.cash + shops.deposit_held + np.rint(market.parameters.shops.salvage * stock)) / 100


def test_gini_of_shop_profit_is_the_normalised_one(market):
    profit = total_profits(market)[market.shops.closed_week < 0]
    differences = np.abs(profit[:, None] - profit[None, :]).sum()
    expected = differences / (2 * (profit.size - 1) * np.abs(profit).sum())
    assert market.weekly.gini_shop_profit.iloc[-1] == pytest.approx(expected)
    assert market.weekly.median_shop_profit.iloc[-1] == pytest.approx(np.median(profit), abs=0.01)


def test_gini_of_shop_income_is_that_of_incomes_above_zero(market):
    shops = market.shops
    income = (shops.income_from_retail + shops.income_from_wholesale + shops.income_from_recruits) / 100
    income = income[(shops.closed_week < 0) & (income > 0)]
    differences = np.abs(income[:, None] - income[None, :]).sum()
    expected = differences / (2 * income.size * (income.size - 1) * income.mean())
    assert market.weekly.gini_shop_income.iloc[-1] == pytest.approx(expected)


def test_losers_are_counted_over_all_spells(market):
    profit, shops, run = total_profits(market), market.shops, market.run_level()
    closed = shops.closed_week >= 0
    assert run["share_shops_lost"] == pytest.approx((profit < 0).mean())
    assert run["share_shops_lost.closed"] == pytest.approx((profit[closed] < 0).mean())
    assert run["share_shops_lost.tier_2"] == pytest.approx((profit[shops.tier == 2] < 0).mean())
    assert run["loss_per_loser"] == pytest.approx(-profit[profit < 0].mean())
    assert run["share_recruiting_nobody"] == pytest.approx((shops.n_recruits == 0).mean())
    assert 0 < run["share_shops_lost.closed"] < 1


def test_churn_follows_the_shops_of_a_year_ago(market):
    assert market.weekly.shop_churn[:52].isna().all()
    shops, then = market.shops, market.week - 1 - 52
    was_open = (shops.opened_week <= then) & ((shops.closed_week < 0) | (shops.closed_week > then))
    assert market.weekly.shop_churn.iloc[-1] == pytest.approx((shops.closed_week[was_open] >= 0).mean())


def test_income_from_recruits_is_that_of_the_period(market):
    shops, run = market.shops, market.run_level()
    before = market.tallies[-53].income_by_source
    income = shops.income_from_retail + shops.income_from_wholesale + shops.income_from_recruits
    expected = (shops.income_from_recruits.sum() - before[2]) / (income.sum() - before.sum())
    assert run["share_income_from_recruits"] == pytest.approx(expected)


def test_money_and_goods_balance_in_the_stored_table_alone(regulated, tmp_path):
    """Run through the runner, then read weekly.parquet with pandas and nothing else."""
    scenario = Scenario("regulated", "", regulated.parameters, {})
    settings = Settings(replications=2, weeks=30, workers=1, output=str(tmp_path / "out"))
    run_scenario(scenario, settings)
    weekly = pd.read_parquet(tmp_path / "out/weekly.parquet")
    accounts = [name for name in weekly if name.startswith("account.")]
    others = weekly[[name for name in accounts if name != "account.consumers"]].sum(axis=1)
    assert len(accounts) == 11
    assert np.allclose(weekly.consumers_spending, others)
    assert np.allclose(weekly[accounts].sum(axis=1), 0, atol=1e-6)
    assert weekly[accounts].abs().sum().min() > 0
    for kind in ("goods", "fakes"):
        gone = (weekly[f"{kind}.consumed"] + weekly[f"{kind}.written_off"]).groupby(weekly.seed).cumsum()
        made = weekly.groupby("seed")[f"{kind}.made"].cumsum()
        assert (made == gone + weekly[f"{kind}.stocked"]).all()
        assert weekly[f"{kind}.written_off"].sum() > 0


def test_quality_adjusted_price_is_surplus_per_need_lost_since_week_0(market):
    tallies = market.tallies
    per_need = [tally.informed_surplus[0] / 1e6 / tally.needs[0] for tally in (tallies[0], tallies[-1])]
    index = market.weekly.quality_adjusted_price
    assert index.iloc[0] == pytest.approx(0, abs=1e-9)
    assert index.iloc[-1] == pytest.approx(per_need[0] - per_need[1])


def test_the_deepest_tier_in_use_has_a_hundredth_of_the_shops():
    tally = empty_tally(1)._replace(n_shops_by_tier=np.array([[0] * 8, [300, 97, 3, 0, 0, 0, 0, 0], [1] + [0] * 7]))
    by_name = {measure.name: measure for measure in catalogue(1)}
    weekly = by_name["deepest_tier"].weekly(Record(tally, n_people=1, n_weeks=3))
    assert np.isnan(weekly[0])
    assert weekly[1:].tolist() == [2, 1]


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


def test_prices_at_friends_and_strangers_are_those_of_the_orders():
    market = Market(parameters=LIVELY, seed=1).run(12)
    orders, week = market.orders, market.weekly.iloc[-1]
    in_resale = orders.venue < 2
    for name, is_such in (("at_friends", orders.from_friend), ("at_strangers", ~orders.from_friend)):
        assert week[f"price.{name}"] == pytest.approx(orders.price[in_resale & is_such].mean() / 100)


def test_shops_and_reach_are_those_of_the_state(market):
    shops, people, week = market.shops, market.people, market.weekly.iloc[-1]
    is_open = shops.closed_week < 0
    assert week.n_shops == is_open.sum()
    assert week["n_shops.tier_2"] == (is_open & (shops.tier == 2)).sum()
    assert week["stock.tier_2"] == (shops.stock_genuine + shops.stock_fake)[is_open & (shops.tier == 2)].sum()
    assert week.contacts_per_shop == pytest.approx((people.slot_shop >= 0).sum() / is_open.sum())
    assert week.most_contacts == shops.n_contacts[is_open].max()
    assert week.share_at_contact_limit == pytest.approx((shops.n_contacts[is_open] >= 40).mean())
    assert week.share_shipping_fakes == pytest.approx(shops.ships_fakes[is_open].mean())
    assert week.share_ever_bought == people.has_bought.mean()
    assert week.brand_effort == pytest.approx(market.brands.effort.mean())
    assert week.n_bazaar_sellers == market.listings.is_open[2 * market.brands.quality.size :].sum()
    opened, closed = market.weekly.shops_opened.sum(), market.weekly.shops_closed.sum()
    assert market.weekly.n_shops.iloc[0] + opened - closed == pytest.approx(
        week.n_shops + market.weekly.shops_opened.iloc[0] - market.weekly.shops_closed.iloc[0]
    )
    causes = sum(market.weekly[f"shops_closed.{cause}"] for cause in ("unprofitable", "out_of_money", "banned"))
    assert (causes == market.weekly.shops_closed).all()


def test_units_that_reach_outsiders_are_genuine_and_bought_by_people_without_a_shop():
    market = Market(parameters=LIVELY, seed=1).run(2)
    orders, tally = market.orders, market.tallies[-1]
    reaching = orders.is_genuine & ((orders.venue >= 2) | (market.people.shop[orders.buyer] < 0))
    assert market.weekly.share_reaching_outsiders.iloc[-1] == pytest.approx(reaching.sum() / tally.made.sum())
    assert 0 < reaching.sum() < orders.is_genuine.sum()


def test_errors_of_enforcement_and_complaints_are_ratios_of_counts():
    tally = empty_tally(1)
    counts = {
        "sanctioned": [[10], [0]], "false_alarms": [[4], [0]], "violating": [[60], [0]],
        "n_shops_by_tier": [[100] + [0] * 7, [0] * 8], "units": [[20, 5, 0, 8, 0], [0] * 5],
        "satisfied": [[10, 5, 0, 6, 0], [0] * 5], "complaints": [[2, 0, 0, 1, 0], [0] * 5],
    }  # fmt: skip
    record = Record(tally._replace(**{name: np.array(given) for name, given in counts.items()}), 1, 2)
    weekly = {measure.name: measure for measure in catalogue(1)}
    for name, expected in (
        ("precision", 0.6),
        ("recall", 0.1),
        ("sanctions_per_shop_year", 5.2),
        ("complaints_per_harm.resale", 0.2),
        ("complaints_per_harm.bazaar", 0.5),
    ):
        first, second = weekly[name].weekly(record)
        assert first == pytest.approx(expected)
        assert np.isnan(second)
        assert weekly[name].run_level(record) == pytest.approx(expected)
    assert np.isnan(weekly["complaints_per_harm.mall"].run_level(record))
