"""Claims, their judgement, and attribution: on tables made by hand, and once through the whole chain."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from sim.fields import ParameterError
from sim.parameters import Settings
from sim.scenario import available as scenarios_there
from sim.scenario import load
from sim.study import attribution, claims
from sim.study.claims import Claim, Test, build_claim, condition, holds, judged, load_study
from sim.study.studying import Worlds, at_point, plausible_points, run_study, split_by_world

STUDY = load_study("way_out")


def runs(**by_scenario):
    """Return runs: scenario -> values of the measure `x` by seed, with `y` ten less."""
    return pd.concat(
        pd.DataFrame({"scenario": name, "seed": range(len(values)), "x": values, "y": np.array(values) - 10.0})
        for name, values in by_scenario.items()
    )


@pytest.mark.parametrize(
    ("test", "margins"),
    [
        (Test("x", "new", "above", "old"), [1, 2]),
        (Test("x", "new", "below", "old"), [-1, -2]),
        (Test("x", "new", "above", "old", relative=-0.5), [6, 12]),
        (Test("x", "new", "within", "old", relative=0.05), [-0.5, -1]),
        (Test("x", "new", "within", "old", relative=0.2), [1, 2]),
        (Test("y", "new", "below", other="x"), [10, 10]),
    ],
)
def test_a_margin_is_positive_where_the_claim_holds(test, margins):
    np.testing.assert_allclose(test.margins(runs(old=[10.0, 20.0], new=[11.0, 22.0])), margins)


def test_pairs_are_by_seed_not_by_row():
    table = runs(old=[10.0, 20.0, 30.0], new=[11.0, 22.0, 33.0])
    shuffled = table.sample(frac=1, random_state=1)
    margins = Test("x", "new", "above", "old").margins(shuffled)
    assert sorted(margins) == pytest.approx([1, 2, 3])


def claim(*tests):
    return Claim("H1", "title", "why", "refuted", tests)


@pytest.mark.parametrize(
    ("new", "share", "verdict"),
    [
        ([1.0, 1.1, 0.9, 1.05], 0.9, "supported"),
        ([1.0, 1.1, 0.9, 1.05], 0.5, "depends"),
        ([-1.0, -1.1, -0.9, -1.05], 0.1, "refuted"),
        ([-1.0, -1.1, -0.9, -1.05], 0.9, "depends"),
        ([-1.0, 1.1, -0.9, 1.05], 0.9, "depends"),
    ],
)
def test_verdicts_follow_the_rule(new, share, verdict):
    table = runs(old=[0.0] * 4, new=new)
    assert judged(claim(Test("x", "new", "above", "old")), table, share) == verdict


def test_a_claim_holds_only_if_all_its_tests_do():
    table = runs(old=[10.0, 10.0], new=[12.0, 11.0])
    above, below = Test("x", "new", "above", "old"), Test("x", "new", "below", "old")
    assert holds(claim(above), table)
    assert not holds(claim(above, below), table)


def test_the_condition_names_the_parameter_that_matters():
    rng = np.random.default_rng(1)
    points = pd.DataFrame(rng.random((80, 5)), columns=list("abcde"))
    assert condition(points, points["c"] > 0.6).startswith("holds in 100% of the worlds with c above 0.6")
    assert "no single parameter" in condition(points, rng.random(80) > 0.5)
    assert condition(points, [True] * 80) == "the same in all plausible worlds"


def test_every_claim_can_be_tested():
    from sim.measures import catalogue

    names = {measure.name for measure in catalogue()}
    assert [each.name for each in STUDY.claims] == [f"H{n}" for n in range(1, 11)]
    for each in STUDY.claims:
        assert min(len(each.title), len(each.why), len(each.refuted_if)) > 20
        for test in each.tests:
            assert {test.measure, test.other or test.measure} <= names
            assert test.scenario in scenarios_there()
    for key, (low, high) in STUDY.worlds.items():
        group, name = key.split(".")
        facts = {f.name: f for f in dataclasses.fields(getattr(load("baseline").parameters, group))}[name].metadata
        default = getattr(getattr(load("baseline").parameters, group), name)
        assert facts["low"] <= low < default < high <= facts["high"], key


@pytest.mark.parametrize(
    "wrong", [{"expect": "near"}, {"against": None}, {"other": "y"}], ids=["expectation", "nothing", "both"]
)
def test_a_claim_that_cannot_be_tested_is_refused(wrong):
    test = {"measure": "x", "scenario": "new", "expect": "above", "against": "old"} | wrong
    with pytest.raises(ParameterError):
        build_claim({"claim": "H1", "title": "", "why": "", "refuted_if": "", "tests": [test]})


def test_an_unknown_study_is_refused_in_one_line():
    with pytest.raises(ParameterError, match="nearest is way_out"):
        load_study("wayout")


def test_points_fill_every_range_evenly():
    points = plausible_points(STUDY, Worlds(worlds=20), seed=3)
    for key, (low, high) in STUDY.worlds.items():
        strata = np.floor((points[key] - low) / (high - low) * 20).astype(int)
        assert sorted(strata) == list(range(20)), key
    again = plausible_points(STUDY, Worlds(worlds=20), seed=3)
    pd.testing.assert_frame_equal(points, again)


def test_worlds_keep_the_scenarios_and_change_the_rest():
    points = plausible_points(STUDY, Worlds(worlds=3), seed=3)
    (there,) = at_point([load("way_out")], points, 2, Worlds(worlds=3, world_people=300))
    assert there.parameters.policies == load("way_out").parameters.policies
    assert there.parameters.population.n_people == 300
    assert there.parameters.recruitment.hype == points["recruitment.hype"][2]
    assert there.parameters.brands.n_media == 4
    table = pd.DataFrame({"scenario": ["00001.a.b", "00000.a.b"], "x": [1, 2]})
    assert [rows["x"].tolist() for rows in split_by_world(table)] == [[2], [1]]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A small study, run once."""
    folder = tmp_path_factory.mktemp("study") / "out"
    settings = Settings(replications=2, weeks=6, workers=2, output=str(folder))
    small = {"population.n_people": 300}
    arguments = (STUDY, small, settings, Worlds(worlds=2, world_people=250, world_replications=1))
    return run_study(*arguments), run_study(*arguments)


def test_a_study_goes_through_the_whole_chain_and_is_found_again(found):
    first, again = found
    assert first.claims["verdict"].isin(["supported", "refuted", "depends"]).all()
    assert (first.claims["n_worlds"] == 2).all()
    assert len(first.tests) == sum(len(each.tests) for each in STUDY.claims)
    pd.testing.assert_frame_equal(first.claims, again.claims)
    assert (first.folder / "claims.md").read_text().count("## H") == 10
    assert {"claims.csv", "tests.csv", "baseline", "worlds"} <= {path.name for path in first.folder.iterdir()}
    assert (first.folder / "baseline" / "people.parquet").is_file()  # who gains and who loses, on the baseline only
    assert not (first.folder / "worlds" / "people.parquet").exists()
    assert claims.RULE in first.page


# attribution ----------------------------------------------------------------------------------


def test_shapley_shares_add_up_and_know_who_does_nothing():
    rng = np.random.default_rng(2)
    players = ["a", "b", "c"]
    tables = []
    for subset in attribution.subsets(3):
        value = 2.0 * (0 in subset) + 3.0 * (1 in subset) + 4.0 * (0 in subset and 1 in subset)
        noise = np.zeros(5) if not subset else rng.normal(0, 0.01, 5)
        name = f"subset.{attribution.mask(subset, 3)}"
        tables.append(pd.DataFrame({"scenario": name, "seed": range(5), "x": value + noise}))
    table = attribution.shares(pd.concat(tables), players, ["x"]).set_index("player")
    assert table["share"].sum() == pytest.approx(table["whole"].iloc[0])
    assert table["share"].to_list() == pytest.approx([4, 5, 0], abs=0.02)
    assert table.ci_low["c"] < 0 < table.ci_high["c"]
    assert table.ci_low["a"] > 3.9


def test_players_are_parts_of_the_package():
    package = load("way_out")
    assert attribution.parts_of(package)[-1] == "parameters"
    chosen = ["direct_support+parameters", "inspection+buyer_protection"]
    assert attribution.checked_players(package, chosen) == tuple(chosen)
    for wrong, says in (
        (None, "9 of them"),
        (["inspections"], "nearest is inspection"),
        (["inspection", "inspection+tier_limit"], "given twice"),
        ([], "0 of them"),
    ):
        with pytest.raises(ParameterError, match=says):
            attribution.checked_players(package, wrong)


def test_worlds_of_subsets_hold_these_players_and_what_nobody_plays():
    package = load("way_out", overrides={"population.n_people": 500})
    players = ("direct_support+parameters", "inspection")
    none, one, other, whole = (
        attribution.subset_world(package, players, subset).parameters for subset in attribution.subsets(2)
    )
    names = [{policy.name() for policy in each.policies} for each in (none, one, other, whole)]
    assert names[3] - names[0] == {"direct_support", "inspection"}
    assert (names[1] - names[0], names[2] - names[0]) == ({"direct_support"}, {"inspection"})
    assert [each.brands.n_media for each in (none, one, other, whole)] == [1, 4, 1, 4]
    assert {each.population.n_people for each in (none, one, other, whole)} == {500}
    assert whole == package.parameters


def test_attribution_runs_twins_of_all_subsets(tmp_path):
    settings = Settings(replications=2, weeks=5, workers=1, output=str(tmp_path / "out"))
    table, folder = attribution.attribute("threshold", settings=settings, population={"n_people": 300})
    assert set(table["player"]) == {"entry_deposit", "authorisation"}
    by_measure = table.groupby("measure")["share"].sum()
    whole = table.groupby("measure")["whole"].first()
    for measure, share in by_measure.items():
        assert share == pytest.approx(whole[measure], abs=1e-6) or math.isnan(share)
    assert (folder / "shares.csv").exists()
