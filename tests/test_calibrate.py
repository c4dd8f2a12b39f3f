"""Calibration: targets say what they are, patterns are what they claim, verdicts follow one rule, the verb writes."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from sim.calibration import patterns
from sim.calibration.patterns import PATTERNS, NotMeasurableError, Run
from sim.calibration.targets import read, targets
from sim.calibration.verdicts import COLUMNS, MET, table_of_patterns, tally_line, verdict, verdicts
from sim.cli import calibrate, main
from sim.cli.calibrate import shown
from sim.parameters import Network, Parameters, Population
from sim.study.statistics import Estimate

SMALL = ("calibrate", "population.n_people=200", "weeks=3", "replications=2", "workers=1", "output=out")


def a_run(n_weeks=156, **measures):
    """A run of constant measures, but for those given, by week."""
    names = (
        "shops_per_person", "n_shops", "sales_per_shop", "share_trusting.resale", "share_ever_bought", "shop_churn",
        "share_near_friend_cap", "complaints.resale", "complaints.bazaar", "complaints.mall", "disappointed.resale",
        "disappointed.bazaar", "disappointed.mall",
    )  # fmt: skip
    week = np.arange(n_weeks)
    table = pd.DataFrame({name: np.ones(n_weeks) for name in names} | {k: f(week) for k, f in measures.items()}, week)
    level = pd.Series({
        "price_over_wholesale.resale": 1.8, "deepest_tier": 4.5, "share_shops_lost": 0.7, "gini_shop_income": 0.66,
        "share_recruiting_nobody": 0.8, "satisfaction.mall": 0.9, "satisfaction.direct": 0.8,
        "satisfaction.bazaar": 0.7, "satisfaction.resale": 0.75,
    })  # fmt: skip
    return Run(table, level, Parameters())


def test_every_target_has_its_pattern_and_says_where_it_comes_from():
    assert [each.pattern for each in targets()] == list(PATTERNS)
    for target in targets():
        assert all((target.meaning, target.unit, target.period, target.source))
        assert target.evidence in ("measured", "derived")
    assert [each.pattern for each in targets() if each.role == "input"] == ["tier_ratio", "complaints_vs_harm_resale"]


@pytest.mark.parametrize(("low", "high", "role"), [("2", "1", "fit"), ("1", "2", "fits"), ("nan", "2", "fit")])
def test_a_range_that_is_none_is_refused(low, high, role):
    text = dict.fromkeys(("pattern", "meaning", "unit", "period", "evidence", "source", "note"), "x")
    with pytest.raises(ValueError, match="x"):
        list(read([text | {"low": low, "high": high, "role": role}]))


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (Estimate(0.4, 0.38, 0.42, 10), "met"),
        (Estimate(0.33, 0.33, 0.33, 10), "met"),  # the edges belong to the range
        (Estimate(0.46, 0.44, 0.48, 10), "cannot tell"),
        (Estimate(0.40, 0.20, 0.60, 10), "cannot tell"),
        (Estimate(0.50, 0.46, 0.54, 10), "cannot tell"),
        (Estimate(0.50, 0.48, 0.52, 10), "missed"),
        (Estimate(0.20, 0.18, 0.22, 10), "missed"),
        (Estimate(0.40, math.nan, math.nan, 1), "met"),  # one run has no interval
        (Estimate(0.50, math.nan, math.nan, 1), "missed"),
        (Estimate(math.nan, math.nan, math.nan, 0), "not measurable"),
    ],
)
def test_verdicts_follow_the_interval(observed, expected):
    assert verdict(observed, 0.33, 0.47) == expected


def week_number(week):
    return week.astype(float)


@pytest.mark.parametrize(
    ("pattern", "measures", "expected"),
    [
        ("merchants_per_user_2015", {"shops_per_person": week_number}, 103),
        ("merchants_per_user_2016", {"shops_per_person": week_number}, 155),
        ("merchant_growth_2016", {"n_shops": week_number}, 155 / 103 - 1),
        ("trust_resale_2016", {"share_trusting.resale": week_number}, (117 + 118 + 119 + 120) / 4),
        ("bought_from_resale_2016", {"share_ever_bought": week_number}, 118.5),
        ("near_friend_cap", {"share_near_friend_cap": week_number}, 155),
        ("shop_churn", {"shop_churn": lambda week: np.where(week < 52, np.nan, week)}, (52 + 155) / 2),
        ("tier_ratio", {}, 1.2),
        ("retail_over_ex_factory", {}, 1.8),
        ("tiers_in_use", {}, 4.5),
        ("share_shops_lost", {}, 0.7),
        ("recruit_nobody", {}, 0.8),
        ("gini_shop_income", {}, 0.66),
        ("quality_order", {}, 1),
    ],
)
def test_patterns_are_what_they_claim(pattern, measures, expected):
    assert PATTERNS[pattern](a_run(**measures)) == pytest.approx(expected)


def test_a_town_of_4500_cannot_show_shops_with_4500_contacts():
    small, file = Population(n_people=4500), Network(kind="file", path="x.csv")
    with pytest.raises(NotMeasurableError, match="4500 people: no shop can have 4500 contacts"):
        PATTERNS["near_friend_cap"](a_run()._replace(parameters=Parameters(population=small)))
    large = Parameters(population=Population(n_people=4501))
    assert PATTERNS["near_friend_cap"](a_run()._replace(parameters=large)) == 1
    shops = {"n_shops": lambda week: week.astype(float), "shops_per_person": lambda week: week / 300}
    with pytest.raises(NotMeasurableError, match="300 people"):  # of a graph from a file the default says nothing
        PATTERNS["near_friend_cap"](a_run(**shops)._replace(parameters=Parameters(network=file)))
    shops["shops_per_person"] = lambda week: week / 5000
    assert PATTERNS["near_friend_cap"](a_run(**shops)._replace(parameters=Parameters(network=file))) == 1


def test_sales_per_merchant_are_those_of_the_calendar_year():
    """In 2015 one shop sells at a rate of 100 yuan a year, then three of them at 200; in 2016 all rest."""
    n_shops = {"n_shops": lambda week: np.where(week < 78, 1.0, 3.0)}
    rate = {"sales_per_shop": lambda week: np.select([week < 52, week < 78, week < 104], [1e9, 100.0, 200.0], 0.0)}
    run = a_run(**n_shops, **rate)
    assert PATTERNS["sales_per_merchant_2015"](run) == pytest.approx((1 * 100 + 3 * 200) / (1 + 3))
    assert PATTERNS["sales_per_merchant_2016"](run) == 0


def test_complaints_are_pooled_over_2016():
    early = lambda week: np.where(week < 104, 1e6, 1.0)  # noqa: E731
    run = a_run(**{
        "complaints.resale": early, "disappointed.resale": lambda week: np.full(week.size, 50.0),
        "complaints.bazaar": lambda week: np.full(week.size, 3.0), "complaints.mall": early,
        "disappointed.bazaar": lambda week: np.full(week.size, 30.0),
        "disappointed.mall": lambda week: np.full(week.size, 10.0),
    })  # fmt: skip
    assert PATTERNS["complaints_vs_harm_resale"](run) == pytest.approx((1 / 50) / (4 / 40))


@pytest.mark.parametrize(("channel", "satisfaction"), [("direct", 0.74), ("mall", 0.75), ("bazaar", 0.81)])
def test_the_order_of_qualities_may_fail(channel, satisfaction):
    run = a_run()
    run.level[f"satisfaction.{channel}"] = satisfaction
    assert PATTERNS["quality_order"](run) == 0


def test_a_market_without_shops_or_sales_has_no_value_rather_than_zero():
    nothing = {
        name: lambda week: np.zeros(week.size) for name in ("n_shops", "disappointed.bazaar", "disappointed.mall")
    }
    run = a_run(**nothing)
    for pattern in ("merchant_growth_2016", "sales_per_merchant_2015", "complaints_vs_harm_resale"):
        assert math.isnan(PATTERNS[pattern](run))
    run.level["satisfaction.mall"] = math.nan
    with pytest.raises(NotMeasurableError, match="sold nothing"):
        PATTERNS["quality_order"](run)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("merchants_per_user_2015", "needs week 103, the run ends with week 51"),
        ("trust_resale_2016", "needs week 120"),
        ("complaints_vs_harm_resale", "needs week 155"),
        ("shop_churn", "more than 52 weeks, the run has 52"),
    ],
)
def test_a_short_run_says_what_it_lacks(pattern, why):
    with pytest.raises(NotMeasurableError, match=why):
        PATTERNS[pattern](a_run(52))


def test_the_table_has_a_row_a_scenario_and_pattern_and_counts_fit_alone():
    first = a_run()
    weekly = pd.concat(
        [first.weekly.assign(scenario=name, seed=seed, week=first.weekly.index) for name in "ab" for seed in (1, 2)]
    )
    runs = pd.DataFrame([first.level.to_dict() | {"scenario": name, "seed": seed} for name in "ab" for seed in (1, 2)])
    runs.loc[runs.scenario == "b", "gini_shop_income"] = [0.1, 0.3]
    table = table_of_patterns(weekly, runs, {"a": Parameters(), "b": Parameters()})
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 2 * len(targets())
    gini = table[table.pattern == "gini_shop_income"].set_index("scenario")
    assert gini.observed.tolist() == pytest.approx([0.66, 0.2])
    assert gini.loc["b", "ci_low"] == pytest.approx(0.2 - 12.706 * 0.1, abs=1e-3)
    said = verdicts(table)
    assert list(said) == ["a", "b"]
    assert "tier_ratio" not in said["a"]
    assert said["a"]["gini_shop_income"] == MET


def test_the_last_line_counts():
    line = tally_line("baseline", {"a": "met", "b": "missed", "c": "met", "d": "cannot tell", "e": "not measurable"})
    assert line == "2 of 5 patterns met (baseline); 1 cannot tell, 1 missed, 1 not measurable"


@pytest.mark.parametrize(
    ("number", "text"), [(-0.0273, "-0.0273"), (0.95, "0.95"), (1.0, "1"), (99.95, "100"), (-1e-9, "0"), (0.3, "0.3")]
)
def test_numbers_have_three_digits(number, text):
    assert shown(number) == text


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_verb_prints_writes_and_does_nothing_twice(folder, capsys):
    assert main(SMALL) == 0
    said = capsys.readouterr().out
    for each in ("baseline: ", "history: ", "merchants_per_user_2015", "0.01 to 0.025", "not measurable", "hnkcm.com"):
        assert each in said
    assert "of 15 patterns met (baseline)" in said
    assert "of 15 patterns met (history)" in said
    assert "results in out" in said
    assert max(map(len, said.splitlines())) < 130
    manifest = json.loads((folder / "out/manifest.json").read_text())
    table = pd.read_parquet(folder / "out/patterns.parquet")
    assert set(table.scenario) == {"baseline", "history"}
    assert len(pd.read_csv(folder / "out/patterns.csv")) == len(table)
    assert manifest["verdicts"]["history"]["tiers_in_use"] in ("met", "missed", "cannot tell")
    short = table[table.pattern == "trust_resale_2016"]
    assert short.observed.isna().all()
    assert short.note.str.contains("needs week 120").all()
    before = (folder / "out/manifest.json").stat().st_mtime_ns
    assert main(SMALL) == 0
    assert "found finished in out" in capsys.readouterr().out
    assert (folder / "out/manifest.json").stat().st_mtime_ns == before


def test_one_scenario_may_be_named_and_nothing_be_said(folder, capsys):
    assert main([*SMALL, "scenario=classroom", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert set(pd.read_parquet(folder / "out/patterns.parquet").scenario) == {"classroom"}


def test_without_history_baseline_is_held_against_the_market_alone(folder, capsys, monkeypatch):
    there = calibrate.options("scenario")
    monkeypatch.setattr(calibrate, "options", lambda *given: {name: there[name] for name in ("baseline",)})
    assert main(SMALL) == 0
    said = capsys.readouterr().out
    assert "note: history: no such scenario here, left out" in said
    assert "(history)" not in said


def test_a_partial_record_is_labelled(folder, capsys):
    (folder / "own/scenario").mkdir(parents=True)
    text = "# @package _global_\ndescription: a partial record\n"
    (folder / "own/scenario/history.yaml").write_text(text, encoding="utf-8")
    assert main([*SMALL, "--config-dir", "own"]) == 0
    said = capsys.readouterr().out
    assert "history: a partial record - partial: policies are missing" in said
    assert said.count(" - partial") == 1


def test_the_configuration_is_shown_and_nothing_run(folder, capsys):
    assert main([*SMALL, "--cfg", "job"]) == 0
    said = capsys.readouterr().out
    assert said.count("n_people: 200") == 2
    assert "scenario: history" in said
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("population.n_people=5", "population.n_people=5"),
        ("scenario=histroy", "nearest is history"),
        ("replications=0", "replications=0"),
        ("network=file", "network.path"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder, capsys, word, names):
    words = [each for each in SMALL if each.partition("=")[0] != word.partition("=")[0]]
    assert main([*words, word]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert names in said.err
    assert list(folder.iterdir()) == []


def test_a_network_from_a_file_is_shared(folder):
    people = np.arange(300)
    lines = [f"{one} {(one + step) % 300}" for one in people for step in (1, 7)]
    (folder / "graph.txt").write_text("\n".join(lines))
    words = [each for each in SMALL if "n_people" not in each]
    assert main([*words, "network=file", "network.path=graph.txt", "--quiet"]) == 0
    assert json.loads((folder / "out/manifest.json").read_text())["n_people"] == 300


def test_calendar_years_are_whole_and_as_dated():
    first = pd.Timestamp("2014-01-06")
    for year, (start, end) in ((2015, patterns.YEAR_2015), (2016, patterns.YEAR_2016)):
        mondays = [first + pd.Timedelta(weeks=week) for week in range(start - 1, end + 2)]
        assert [monday.year == year for monday in mondays] == [False, *[True] * 52, False]
    april = [first + pd.Timedelta(weeks=week) for week in range(patterns.APRIL_2016[0] - 1, patterns.APRIL_2016[1] + 2)]
    assert [monday.month == 4 for monday in april] == [False, True, True, True, True, False]
