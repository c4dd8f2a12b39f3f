"""The fit: known parameters are found again, a killed search goes on as if nothing had happened, errors are a line."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.calibration import identifiability
from sim.calibration.fitting import fit
from sim.calibration.free import Free, checked_free, own_values, placed, shipped_ranges
from sim.calibration.moments import (
    FARTHEST,
    Moment,
    covariance_over_seeds,
    loss,
    market_moments,
    moment_of_range,
)
from sim.calibration.proposals import BATCH, Trials, n_start_up
from sim.calibration.task import CHECK_SEEDS, PROFILE_VALUES, Task
from sim.cli import main
from sim.cli.completion import candidates
from sim.fields import ParameterError
from sim.model import Market
from sim.scenario import build_settings, load
from sim.study.runner import Interrupted
from sim.study.store import StoreError

ROOT = Path(__file__).resolve().parents[1]


# known parameters are found again -------------------------------------------------------------


def level(measure, n_weeks=26):
    """Return a moment's function: the mean of a measure over the last weeks."""
    return lambda run: float(run.weekly[measure].iloc[-n_weeks:].mean())


def simulated_moments(truth, measures, weeks, seeds):
    """Return moments whose targets are measured in worlds that have the true parameters."""
    parameters = load("baseline", overrides={"population.n_people": 2000, **truth}).parameters
    observed = []
    for seed in seeds:
        market = Market(parameters=parameters, seed=seed)
        market.run(weeks)
        observed.append([market.weekly[name].iloc[-26:].mean() for name in measures])
    means, deviations = np.mean(observed, axis=0), np.std(observed, axis=0, ddof=1)
    return tuple(
        Moment(name, level(name), float(m), 4 * float(s), error=float(s) / math.sqrt(len(seeds)))
        for name, m, s in zip(measures, means, deviations, strict=True)
    )


def recovered(truth, ranges, measures, folder, *, weeks, replications, trials, n_data):
    moments = simulated_moments(truth, measures, weeks, range(1001, 1001 + n_data))
    scenario = load("baseline", overrides={"population.n_people": 2000})
    settings = build_settings({"replications": replications, "weeks": weeks, "workers": 1, "output": str(folder)})
    return fit(Task(scenario, settings, checked_free(ranges, scenario), moments, trials))


RANGES = {"recruitment.look": [0.0003, 0.004], "trust.start_resale": [0.45, 0.9]}


def assert_found(found, truth):
    """The true values lie in the intervals, and these say something."""
    for row in found.tables["parameters"].to_dict("records"):
        assert row["ci_low"] <= truth[row["parameter"]] <= row["ci_high"], row
        assert row["told"] == "identified", row
    assert found.manifest["losses"]["after"] < 0.2 * found.manifest["losses"]["before"]


@pytest.mark.slow
def test_known_parameters_are_found_again(tmp_path):
    truth = {"recruitment.look": 0.0015, "trust.start_resale": 0.72}
    measures = ("n_shops", "trust.resale", "share.resale")
    found = recovered(truth, RANGES, measures, tmp_path / "out", weeks=60, replications=3, trials=8, n_data=8)
    assert_found(found, truth)


@pytest.mark.slow
@pytest.mark.parametrize(
    "truth",
    [
        {"recruitment.look": 0.0006, "trust.start_resale": 0.6, "population.need_per_week": 0.18},
        {"recruitment.look": 0.002, "trust.start_resale": 0.8, "population.need_per_week": 0.1},
    ],
)
def test_three_known_parameters_are_found_again(tmp_path, truth):
    measures = ("n_shops", "trust.resale", "share.resale", "share_ever_bought", "units_per_person", "sales_per_shop")
    ranges = RANGES | {"population.need_per_week": [0.06, 0.28]}
    found = recovered(truth, ranges, measures, tmp_path / "out", weeks=104, replications=6, trials=40, n_data=16)
    assert_found(found, truth)


# searches that are stopped, or continued ------------------------------------------------------

SMALL = """
from contextlib import contextmanager
from unittest.mock import patch

from sim.calibration.fitting import fit
from sim.calibration.free import checked_free
from sim.calibration.moments import Moment
from sim.calibration.task import Task
from sim.scenario import build_settings, load

@contextmanager
def few_worlds():
    "Let a fit take every step, but in fewer worlds."
    few = {"CHECK_SEEDS": 2, "GAUSS_NEWTON_ROUNDS": 1, "PROFILE_VALUES": 3}
    with patch.multiple("sim.calibration.fitting", **few), patch.multiple("sim.calibration.task", **few):
        yield few

def small(output, trials, progress=None, **given):
    scenario = load("baseline", overrides={"population.n_people": 200, "shops.initial_share": 0.1})
    moments = (
        Moment("shops", lambda run: float(run.weekly["n_shops"].iloc[-1]), 30.0, 3.0),
        Moment("bought", lambda run: float(run.weekly["share_ever_bought"].iloc[-1]), 0.4, 0.1),
    )
    settings = build_settings({"replications": 2, "weeks": 12, "workers": 1, "output": str(output)} | given)
    ranges = {"recruitment.look": [0.001, 0.1], "shops.opening_units_below": [5, 60]}
    with few_worlds():
        return fit(Task(scenario, settings, checked_free(ranges, scenario), moments, trials), progress=progress)
"""
NAMES = {}
exec(SMALL, NAMES)  # the same text runs in a process that is killed
small, few_worlds = NAMES["small"], NAMES["few_worlds"]
WRITTEN = (
    "trials.csv",
    "parameters.csv",
    "moments.csv",
    "profile.csv",
    "sensitivity.csv",
    "scenario/fitted.yaml",
    "fit.md",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search of 14 trials that was never stopped."""
    return small(tmp_path_factory.mktemp("fit") / "whole", 14)


def assert_same_files(folder, other):
    for name in WRITTEN:
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name


def test_a_killed_search_goes_on_to_the_same_end(whole, tmp_path):
    folder = tmp_path / "out"
    script = f"{SMALL}\nsmall({str(folder)!r}, 14)"
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) as process:
        journal, n_lines = folder / "trials.journal", 0
        while n_lines < 6 and process.poll() is None:  # the study and 5 trials: within the second batch
            n_lines = journal.read_bytes().count(b"\n") if journal.is_file() else 0
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
    assert 6 <= journal.read_bytes().count(b"\n") < 15
    assert not (folder / "manifest.json").exists()
    with journal.open("ab") as file:
        file.write(b'{"op_code":4,"torn')  # as a kill within a write leaves it
    found = small(folder, 14)
    assert_same_files(folder, whole.folder)
    assert found.is_new
    assert not (folder / "parts").exists()


@pytest.mark.parametrize("share", [pytest.param(0.0, marks=pytest.mark.slow), 0.85])  # at once, in the profiles
def test_an_interrupted_fit_says_how_to_go_on(whole, tmp_path, share):
    folder, calls = tmp_path / "new" / "out", []

    def interrupt(done, total):
        calls.append(done)
        if done >= share * total:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="run the same line again"):
        small(folder, 14, interrupt)
    assert calls
    assert folder.exists() is (share > 0)
    if share:
        found = small(folder, 14)
        assert found.is_new
        assert_same_files(folder, whole.folder)


def test_fewer_trials_than_there_are_take_all_there_are(tmp_path):
    trials = Trials(tmp_path / "journal", (Free("a.b", 1.0, 2.0),), 1)
    for point in trials.next_batch({"a.b": 1.5}, 4):
        trials.tell(point, 1.0, {})
    assert len(trials) == 4
    assert [len(trials.next_batch({"a.b": 1.5}, n)) for n in (1, 2, 3, 4, 5, 6)] == [0, 0, 0, 0, 1, 2]


def test_more_trials_go_on_where_fewer_ended(whole, tmp_path):
    small(tmp_path / "out", 10)  # ends within a batch
    assert json.loads((tmp_path / "out/manifest.json").read_text())["trials"] == 10
    found = small(tmp_path / "out", 14)
    assert found.manifest["trials"] == 14
    assert_same_files(tmp_path / "out", whole.folder)


def test_a_finished_search_is_found_again(whole):
    before = (whole.folder / "manifest.json").stat().st_mtime_ns
    again = small(whole.folder, 14)
    assert not again.is_new
    assert (whole.folder / "manifest.json").stat().st_mtime_ns == before
    pd.testing.assert_frame_equal(again.tables["trials"], whole.tables["trials"])


def test_another_configuration_is_refused(whole):
    with pytest.raises(StoreError, match=r"holds another configuration \(replications=2, not 3\)"):
        small(whole.folder, 14, replications=3)


def test_trials_begin_with_the_scenario_and_get_better(whole):
    trials = whole.tables["trials"]
    first = trials.iloc[0]
    assert first["phase"] == "scenario"
    assert first["recruitment.look"] == 0.001  # .0007, cut to the range
    assert first["shops.opening_units_below"] == 40
    searched = trials[trials.phase != "Gauss-Newton"]
    assert list(searched.phase) == ["scenario"] + ["Sobol"] * 7 + ["TPE"] * 6
    assert (trials["shops.opening_units_below"] % 1 == 0).all()
    said = whole.manifest["losses"]
    assert said["after"] == pytest.approx(trials.loss.min())
    assert said["after"] < said["before"]
    assert len(whole.tables["profile"]) == 2 * 3
    assert (PROFILE_VALUES, CHECK_SEEDS) == (7, 10)  # where it is not cut down as here: docs/calibration.md


def test_a_batch_depends_on_seed_and_earlier_batches_alone(tmp_path):
    free = (Free("a.b", 0.1, 10.0), Free("a.c", 1.0, 9.0, is_integer=True))
    first = {"a.b": 1.0, "a.c": 3.0}

    def proposed(name, n_told, seed=5):
        trials = Trials(tmp_path / name, free, seed)
        while len(trials) < n_told:
            for point in trials.next_batch(first, n_told):
                trials.tell(point, (point["a.b"] - 2) ** 2 + point["a.c"], {"x": [1.0, math.nan]})
        return trials.next_batch(first, 1_000)

    learnt = 4 * BATCH
    assert n_start_up(free) < learnt
    whole_batch = proposed("one", learnt)
    assert proposed("two", learnt + 1) == whole_batch[1:]
    assert proposed("three", learnt, seed=6) != whole_batch
    assert all(point["a.c"] in range(1, 10) and 0.1 <= point["a.b"] <= 10 for point in whole_batch)


# the command ----------------------------------------------------------------------------------

TOWN = ("calibrate", "fit", "population.n_people=200", "trials=1", "replications=1", "workers=1", "output=out")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_fitted_scenario_can_be_run_at_once(folder, capsys):
    with few_worlds() as few:
        assert main([*TOWN, "scandals[0].cut=interval(0.1,0.6)"]) == 0
    said = capsys.readouterr().out
    assert "loss " in said
    assert "scandals[0].cut" in said
    found = pd.read_csv(folder / "out/parameters.csv").iloc[0]
    fitted = load("fitted", config_dirs=["out"])
    assert fitted.parameters.scandals[0].cut == found["fitted"]
    scenario = load("history", overrides={"population.n_people": 200})
    free = checked_free({"scandals[0].cut": [0.1, 0.6]}, scenario)
    assert fitted.parameters == placed(scenario, {"scandals[0].cut": found["fitted"]}, free).parameters
    assert main(["run", "--config-dir", "out", "scenario=fitted", "weeks=2", "replications=1", "output=run"]) == 0
    moments = pd.read_csv(folder / "out/moments.csv")
    assert list(moments.moment) == [each.name for each in market_moments()]
    assert set(moments.n) <= set(range(few["CHECK_SEEDS"] + 1))
    for heading in ("## Parameters", "## Moments", "## Worst identified direction", "## Targets that conflict"):
        assert heading in (folder / "out/fit.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("trials=0", "trials=0: allowed is int from 1"),
        ("trials=many", "trials='many': allowed is int from 1"),
        ("trails=5", "trails='5': no such key; nearest is trials"),
        ("replications=0", "replications=0"),
        ("weeks=100", "weeks=100: the patterns need 2014 to 2016; allowed is from 156"),
        ("recruitment.look=interval(0.2,0.1)", "interval(0.2,0.1): empty; allowed is interval(LOW,HIGH)"),
        ("recruitment.look=interval(0.1,0.1)", "empty"),
        ("recruitment.look=interval(0.1,3)", "recruitment.look=interval(0.1,3.0): allowed is float from 0 to 1"),
        ("recruitment.look=interval(0.1)", "interval(0.1): cannot be read; allowed is interval(LOW,HIGH)"),
        ("recruitment.look=interval(a,b)", "cannot be read"),
        ("recruitment.look=interval(nan,1)", "is no number"),
        ("recruitment.lok=interval(0.1,0.2)", "nearest is recruitment.look"),
        ("shops.lot_units=interval(5.2,5.8)", "empty"),
        ("shops.pricing=interval(0,1)", "not a number; allowed to be free are numeric parameters"),
        ("weeks=interval(156,200)", "cannot be free"),
        ("scandals[1].cut=interval(0,1)", "no such key; nearest is scandals[0].cut"),
        ("scandals[0].venue=interval(0,1)", "not a number"),
        ("scenario=histroy", "nearest is history"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(folder, capsys, word, names):
    words = [each for each in TOWN if each.partition("=")[0] != word.partition("=")[0]]
    assert main([*words, word]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert names in said.err
    assert list(folder.iterdir()) == []


def test_a_key_is_free_or_set(folder, capsys):
    assert main([*TOWN, "recruitment.look=interval(0.1,0.2)", "recruitment.look=0.1"]) == 2
    assert "given as interval(...) too" in capsys.readouterr().err
    assert main([*TOWN, "recruitment.look=interval(0.1,0.2)", "recruitment.look=interval(0.1,0.3)"]) == 2
    assert "given twice" in capsys.readouterr().err


def test_without_optuna_the_extra_is_named(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert main(list(TOWN)) == 2
    assert "pip install 'weishang[fit]'" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_help_and_completion_know_the_fit(capsys):
    assert main(["calibrate", "fit", "--help"]) == 0
    said = capsys.readouterr().out
    assert "weishang calibrate fit [scenario=NAME] [trials=N]" in said
    assert "recruitment.look=interval(" in said
    assert candidates(["calibrate", "f"]) == ["fit"]
    assert candidates(["calibrate", "fit", "tri"]) == ["trials="]
    assert candidates(["calibrate", "tri"]) == []


def test_what_would_be_fitted_is_shown(folder, capsys):
    assert main([*TOWN, "--cfg", "job"]) == 0
    said = capsys.readouterr().out
    assert "scenario: history" in said
    assert "trials: 1" in said
    assert "scandals[0].cut:" in said
    assert list(folder.iterdir()) == []


# free parameters and moments ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "middle"),
    [
        (Free("x", 1.0, 100.0), 10.0),  # searched in the logarithm
        (Free("x", 1.0, 4.0), 2.5),
        (Free("x", 0.0, 4.0), 2.0),
        (Free("x", 1.0, 8.0, is_integer=True), 3.0),  # 2.83, rounded
    ],
)
def test_coordinates_run_over_the_range(free, middle):
    values = [free.value(u) for u in (-1.0, 0.0, 0.5, 1.0, 2.0)]
    assert values == pytest.approx([free.low, free.low, middle, free.high, free.high])
    for value in (free.low, middle, free.high):
        assert free.value(free.coordinate(value)) == pytest.approx(value)


def test_shipped_ranges_hold_the_defaults_and_fit_every_scenario():
    history, baseline = load("history"), load("baseline")
    ranges = shipped_ranges(history)
    free = checked_free(ranges, history)
    own = own_values(history, free)
    assert all(each.low < own[each.key] < each.high for each in free)
    assert set(ranges) - set(shipped_ranges(baseline)) == {"scandals[0].cut"}
    checked_free(shipped_ranges(baseline), baseline)


def test_placing_a_point_changes_nothing_else():
    history = load("history")
    free = checked_free({"scandals[0].cut": [0, 1], "policies.friend_limit.limit": [100, 9000]}, history)
    there = placed(history, {"scandals[0].cut": 0.5, "policies.friend_limit.limit": 300.0}, free)
    assert own_values(there, free) == {"scandals[0].cut": 0.5, "policies.friend_limit.limit": 300.0}
    assert placed(there, own_values(history, free), free).parameters == history.parameters


def moment(low, high, name="m"):
    return moment_of_range(name, lambda run: 0.0, low, high)


@pytest.mark.parametrize(("low", "high"), [(0.33, 0.47), (10.0, 30.0), (-1.0, 4.0)])
def test_the_edges_of_a_range_are_one_away(low, high):
    given = moment(low, high)
    assert given.is_log is (low == 10.0)
    assert [given.distance(end) for end in (low, high)] == pytest.approx([-1, 1])
    assert given.distance(given.target) == pytest.approx(0)
    assert given.bounds() == pytest.approx((low, high))


def test_distances_are_finite():
    assert moment(10, 30).distance(0.0) == -FARTHEST
    assert moment(10, 30).distance(1e-300) == -FARTHEST
    assert moment(1, 2).distance(math.nan) == FARTHEST
    assert moment(1, 2).distance(1e9) == FARTHEST


def test_a_check_adds_the_share_of_worlds_that_say_no():
    given = moment(1, 1, "quality_order")
    assert loss([given], {"quality_order": [1.0, 1.0]}) == 0
    assert loss([given], {"quality_order": [1.0, 0.0]}) == 0.25


def test_the_luck_of_seeds_is_in_the_unit_of_distances():
    values = {"m": [10.0, 20.0, 30.0]}
    log = moment(10, 40)
    assert covariance_over_seeds([log], values)[0, 0] == pytest.approx(100 / (20 * log.scale) ** 2)
    assert covariance_over_seeds([moment(10, 15)], values)[0, 0] == pytest.approx(100 / 2.5**2)


def test_patterns_that_are_inputs_are_no_moments():
    names = [each.name for each in market_moments()]
    assert "tier_ratio" not in names
    assert [each.name for each in market_moments() if each.is_check] == ["quality_order"]
    assert len(names) == 15


# identifiability ------------------------------------------------------------------------------


def a_market(jacobian, distances, over_seeds=0.0):
    """What is known of a market whose moments are linear in two coordinates."""
    jacobian, distances = np.asarray(jacobian, float), np.asarray(distances, float)
    moments = [moment(0, 2, f"m{j}") for j in range(len(distances))]
    noise = over_seeds * np.eye(len(distances))
    return identifiability.identify(np.array([0.5, 0.5]), jacobian, distances, moments, noise, 4)


def test_standard_errors_are_the_sandwich():
    jacobian = np.array([[2.0, 1.0], [0.0, 3.0], [1.0, -1.0]])
    known = a_market(jacobian, [0.1, 0.2, -0.3], over_seeds=0.4)
    bread, omega = np.linalg.inv(jacobian.T @ jacobian), np.eye(3) * (0.25 + 0.1)
    expected = np.sqrt(np.diag(bread @ jacobian.T @ omega @ jacobian @ bread))
    np.testing.assert_allclose(known.errors, expected)
    np.testing.assert_allclose(known.intervals[:, 1] - known.coordinates, 1.959964 * expected, rtol=1e-6)
    np.testing.assert_allclose(known.sensitivity, bread @ jacobian.T)


def test_parameters_that_only_their_sum_is_told_of_have_no_interval():
    known = a_market([[1.0, 1.0], [2.0, 2.0]], [0.0, 0.0])
    assert np.isinf(known.errors).all()
    assert known.singular[-1] == pytest.approx(0, abs=1e-9)
    assert abs(known.directions[-1] @ [1, 1]) < 1e-9
    assert np.isfinite(a_market([[1.0, 0.0], [2.0, 0.0]], [0.0, 0.0]).errors).tolist() == [True, False]


def test_one_moment_cannot_tell_two_parameters():
    assert np.isinf(a_market([[1.0, 1.0]], [0.0]).errors).all()


def test_gauss_newton_finds_the_optimum_of_a_linear_market_and_keeps_to_the_range():
    jacobian = np.array([[2.0, 0.0], [0.0, 4.0]])
    step = identifiability.gauss_newton(np.array([0.5, 0.5]), jacobian, np.array([0.2, -0.4]))
    np.testing.assert_allclose(step, [0.4, 0.6], atol=1e-6)
    step = identifiability.gauss_newton(np.array([0.95, 0.5]), jacobian, np.array([-9.0, 9.0]))
    np.testing.assert_allclose(step, [1.0, 0.2], atol=1e-6)


def test_a_profile_lets_the_others_adjust():
    known = a_market([[4.0, 2.0], [0.0, 0.01]], [0.0, 0.0])
    points = identifiability.profile_coordinates(known, 0, 3)
    assert len(points) == 3
    np.testing.assert_allclose([point @ [4, 2] for point in points[1:2]], [3.0], atol=1e-6)
    assert points[0][1] > 0.9
    assert points[-1][1] < 0.1
    assert identifiability.expected_loss(known, points[1]) == pytest.approx(0)


def test_targets_that_pull_a_parameter_apart_are_named():
    known = a_market([[3.0, 0.0], [3.0, 0.0], [0.0, 1.0]], [2.0, -2.0, 0.0])
    missed = [abs(each) > 1 for each in known.distances]
    assert identifiability.opposed(known, lambda j: missed[j]) == [(0, 1, 0)]
    assert identifiability.opposed(known, lambda j: False) == []


def test_an_interval_that_is_no_pair_is_refused():
    with pytest.raises(ParameterError, match="is no number"):
        checked_free({"recruitment.look": ["a", 1]}, load("baseline"))
