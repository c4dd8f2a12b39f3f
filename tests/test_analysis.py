"""The analysis of a finished sweep: against closed forms, on folders written as a sweep writes them."""

import itertools
import json
import math
import re
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from sim.analysis import analyse
from sim.analysis.analysing import FOLDER, METHODS, PAGE, keep
from sim.analysis.cases import Case, default_case, parsed_case
from sim.analysis.dependence import dependence
from sim.analysis.findings import regret_finding, sobol_finding, tornado_finding
from sim.analysis.intervals import block_mean, contrast
from sim.analysis.morris import morris_effects, realised_coordinates
from sim.analysis.prim import limits_in_words, prim_box
from sim.analysis.regret import regret
from sim.analysis.responses import AnalysisError, by_seed, luck_of, responses
from sim.analysis.sobol import sobol_indices, sobol_pairs, told
from sim.analysis.switching import NONE, switching_values
from sim.analysis.tornado import SPREAD, tornado, tornado_oat
from sim.cli import analyse as verb
from sim.cli import main
from sim.cli.arguments import VERBS, Arguments, Verb
from sim.fields import ParameterError
from sim.report import sensitivity
from sim.study import store
from sim.study.files import write_bytes, write_json
from sim.sweep.designs import Design, points_of, sampled
from sim.sweep.factors import Factor

# folders as a sweep writes them ----------------------------------------------------------------

A = Factor("trust.gain_bad", "interval", 0.0, 1.0)
B = Factor("demand.price_weight", "interval", 0.0, 1.0)
C = Factor("shops.pricing", "choice", values=("fixed", "cost_plus"))
LIMIT = Factor("policies.friend_limit.limit", "choice", values=(100, 500))


def place(factor, k, n):
    return factor.value(k / max(1, n - 1)) if factor.law == "interval" else factor.values[k]


def points_by(kind, factors, n=16, **more):
    """Return the design and the points of a sweep, as the sweep makes them."""
    design = Design(kind=kind, n=n, **more)
    if kind == "oat":
        rows = [[place(f, 1, 3) if f.law == "interval" else f.values[0] for f in factors]]
        for j, f in enumerate(factors):
            steps = [place(f, k, n) for k in range(n)] if f.law == "interval" else f.values
            rows += [[*rows[0][:j], each, *rows[0][j + 1 :]] for each in steps if each != rows[0][j]]
        table = pd.DataFrame(rows, columns=[f.key for f in factors])
        return design, factors, table.rename_axis("point").reset_index()
    found = points_of(design, factors, None) if kind == "grid" else sampled(design, factors)
    return design, found.factors, found.table()


def folder_of(
    path, sweep, outcome, *, scenario="way_out", against=("baseline",), seeds=(1, 2), drop=(), luck=0.0, measures=None
):
    """Write a finished sweep.

    outcome(row, name): the measures of a scenario at a point; the name is None for the swept one.
    drop: (point, seed) without a run; luck: standard deviation of what a seed adds at all points alike.
    """
    design, factors, points = sweep
    rows, rng = [], np.random.default_rng(0)
    shifts = dict(zip(seeds, luck * rng.standard_normal(len(seeds)), strict=True))
    for replication, seed in enumerate(seeds):
        for row in points.to_dict("records"):
            if (row["point"], seed) in drop:
                continue
            for name in (None, *against):
                shown = row.get("scenario", scenario) if name is None else f"against.{name}"
                facts = {"scenario": shown, "point": row["point"], "replication": replication, "seed": seed}
                found = {key: value + shifts[seed] for key, value in outcome(row, name).items()}
                rows.append(facts | found | {f.key: row[f.key] for f in factors if f.key not in ("scenario", "dummy")})
    configuration = {
        "verb": "sweep", "scenario": scenario, "against": list(against), "design": asdict(design),
        "factors": [f.described() for f in factors], "weeks": 10, "seed": 1, "replications": len(seeds),
    }  # fmt: skip
    path.mkdir(parents=True)
    runs = pd.DataFrame(rows)
    write_bytes(path / "points.parquet", store.parquet_bytes(points))
    write_bytes(path / "runs.parquet", store.parquet_bytes(runs))
    manifest = {
        "configuration": configuration, "configuration_hash": store.configuration_hash(configuration),
        "code_hash": "c" * 64, "result_hash": store.result_hash({"runs": runs}),
    }  # fmt: skip
    write_json(path / "manifest.json", manifest)
    return path


def linear(row, name):
    """Welfare under the swept scenario 3 a - b + 1, under the other 2.5: the difference is 0 at a = 2/3 for b = 1/2."""
    if name is not None:
        return {"welfare": 2.5, "price.resale": 100.0}
    return {"welfare": 3 * row[A.key] - row[B.key] + 1, "price.resale": 100.0 + 10 * row[B.key]}


def ishigami(u):
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def unit_factors(n):
    return tuple(Factor(f"x{j}", "interval", 0.0, 1.0) for j in range(n))


# responses and intervals -----------------------------------------------------------------------


def test_responses_are_means_of_paired_differences():
    swept = pd.DataFrame({"point": [0, 0, 1, 1], "seed": [1, 2, 1, 2], "m": [5.0, 7.0, 1.0, 9.0]})
    other = pd.DataFrame({"point": [0, 0, 1], "seed": [2, 1, 1], "m": [4.0, 1.0, np.nan]})
    found = responses(by_seed(swept, other, "m"))
    assert found.loc[0].tolist() == [3.5, 0.5, 2]  # 5 - 1 = 4 and 7 - 4 = 3
    assert np.isnan(found.loc[1, "y"]) and found.loc[1, "n"] == 0
    levels = responses(by_seed(swept, None, "m"))
    assert levels["y"].tolist() == [6.0, 5.0] and levels["n"].tolist() == [2, 2]


def test_intervals_do_not_shrink_when_points_are_copied():
    y = np.repeat(np.random.default_rng(1).standard_normal(20)[:, None], 30, axis=1)  # 30 seeds, all the same
    once = block_mean(y, np.arange(20))
    copied = block_mean(np.repeat(y, 50, axis=0), np.repeat(np.arange(20), 50))
    assert copied.mean == pytest.approx(once.mean)
    assert copied.high - copied.low == pytest.approx(once.high - once.low)
    is_high = np.arange(20) < 8
    both = contrast(y, np.arange(20), is_high, ~is_high)
    assert both.mean == pytest.approx(y[:8].mean() - y[8:].mean())
    welch = np.sqrt(y[:8, 0].var() / 8 + y[8:, 0].var() / 12) * np.sqrt(20 / 19) * 2.093
    assert both.high - both.mean == pytest.approx(welch, rel=1e-3)


def test_an_interval_is_over_points_and_seeds():
    high, low, own = np.array([True, True, False, False]), np.array([False, False, True, True]), np.arange(4)
    y = np.array([[0.0, 4.0], [1.0, 5.0], [1.0, 1.0], [1.0, 1.0]])
    found = contrast(y, own, high, low)
    # seed by seed 0.5 - 1 = -0.5 and 4.5 - 1 = 3.5: variance 8 / 2; means of points 2, 3, 1, 1: psi -1/4, 1/4, 0, 0
    assert found.mean == pytest.approx(1.5) and found.n == 4
    assert found.high - found.mean == pytest.approx(12.706 * np.sqrt(4 + 4 / 3 / 8), rel=1e-4)
    # one point an end: in a grid the seeds' values, -1.23 and 3.05, are all there is; in a sample nothing can be said
    single = np.array([[1.0, 4.0], [2.23, 0.95]])
    pair = contrast(single, [0, 1], np.array([True, False]), np.array([False, True]), is_sample=False)
    assert pair[:3] == pytest.approx((0.91, 0.91 - 12.706 * 2.14, 0.91 + 12.706 * 2.14), rel=1e-4)
    assert np.isnan(contrast(single, [0, 1], np.array([True, False]), np.array([False, True])).low)
    assert np.isnan(contrast(y[:, 0], own, high, low).low)  # one seed
    assert contrast(y[:, 0], own, high, low).mean == -0.5


# sensitivity indices ---------------------------------------------------------------------------


def test_luck_is_what_seeds_do_apart_from_point_to_point():
    assert luck_of(pd.DataFrame([[1.0, 101.0], [2.0, 102.0]])) == pytest.approx(0)  # the seed shifts all points alike
    # e = +- 1/2 at both points: 4 / 4 over (2 - 1) (2 - 1), a half of it in the mean of two seeds
    assert luck_of(pd.DataFrame([[0.0, 0.0], [0.0, 2.0]])) == pytest.approx(0.5)
    assert np.isnan(luck_of(pd.DataFrame([[0.0], [1.0]])))


def test_a_share_is_not_told_of_too_few_points():
    rows = pd.DataFrame(
        {"factor": ["a"], "response": "welfare", "above_noise": True, "st": 1.07, "st_low": 0.4, "st_high": 1.9}
    ).assign(s1=1.08, luck=0.1)
    assert sobol_finding(rows).startswith("Too few points to tell") and "%" not in sobol_finding(rows)
    said = sobol_finding(rows.assign(st_high=1.2))
    assert "100 % [40 %, 100 %] of the variance of welfare (100 % alone)" in said and "could pass for 10 %" in said


@pytest.mark.parametrize(
    ("share", "low", "high", "alone", "is_above", "expected"),
    [
        (0.90, 0.70, 1.10, 0.85, True, "yes"),
        (0.90, 0.70, 1.10, 0.99, True, "yes"),  # alone above total by less than .1: an error of the estimate
        (0.05, 0.01, 0.12, 0.02, False, "no"),
        (1.03, 0.0242, 4.78, 0.934, False, "too few points"),  # at or below the floor: that is not known either
        (0.936, 0.0647, 2.11, 1.01, True, "too few points"),
        (1.25, 0.90, 1.60, 1.0, True, "too few points"),
        (0.171, 0.0845, 0.423, 0.325, True, "too few points"),  # alone cannot be above total
        (0.591, 0.390, 0.987, 1.13, False, "too few points"),
        (0.5, math.nan, math.nan, 0.4, False, "too few points"),
    ],
)
def test_one_rule_says_what_is_told_from_noise(share, low, high, alone, is_above, expected):
    row = {"factor": "a", "st": share, "st_low": low, "st_high": high, "s1": alone, "above_noise": is_above}
    assert told(row) == expected
    rows = pd.DataFrame([row | {"measure": "welfare", "response": "welfare", "luck": 0.02}])
    assert [line.split("  ")[-1].strip() for line in verb.ranking("sobol", "welfare", rows)][1] == expected
    assert sensitivity.cells("sobol", row | {"s1_low": 0.0, "s1_high": 1.0})[-1] == expected
    beginning = {"yes": "a has a hand in", "no": "Nothing is told from noise", "too few points": "Too few points"}
    assert sobol_finding(rows).startswith(beginning[expected])


def test_a_finding_keeps_apart_what_is_told_what_is_not_and_what_cannot_be():
    common = {"response": "welfare", "luck": 0.02, "s1": 0.3}
    big = {"factor": "a", "st": 0.8, "st_low": 0.2, "st_high": 2.0, "above_noise": True}
    small = {"factor": "b", "st": 0.4, "st_low": 0.2, "st_high": 0.6, "above_noise": True}
    none = {"factor": "c", "st": 0.1, "st_low": 0.0, "st_high": 0.2, "above_noise": False, "s1": 0.1}
    said = sobol_finding(pd.DataFrame([common | each for each in (big, small, none)]))
    assert said.startswith("b has a hand in 40 % [20 %, 60 %]")
    assert "; too few points to tell the share of a; 1 of 3 are not told from noise;" in said
    said = sobol_finding(pd.DataFrame([common | big, common | none]))
    assert said.endswith("that of a comes out as 0.8 [0.2, 2], alone 0.3.")


def test_the_step_of_a_choice_is_the_one_its_values_take():
    switch = Factor("policies.like_ban", "choice", values=("off", "on"))
    u = np.array([[0.0], [2 / 3], [1.0], [1 / 3], [1 / 3], [1.0], [2 / 3], [0.0]])
    y = np.array([1.0, 1.79, 3.87, 2.0, 0.0, 1.93, 5.54, 4.0])  # on less off 0.79, 1.87, 1.93, 1.54
    (row,) = morris_effects(u, y, [switch.key], 4, realised_coordinates(u, [switch])).to_dict("records")
    assert row["mu"] == row["mu_star"] == pytest.approx(1.5325)
    assert row["sigma"] == pytest.approx(np.std([0.79, 1.87, 1.93, 1.54], ddof=1))
    three = Factor("c", "choice", values=("a", "b", "c"))
    assert realised_coordinates(u[:5], [three]).ravel().tolist() == [0, 1, 1, 0.5, 0.5]
    coarse = Factor("n", "interval", 1.0, 3.0, is_integer=True)  # 1, 1.67, 2.33, 3 become 1, 2, 2, 3
    assert realised_coordinates(u[:4], [coarse]).ravel().tolist() == [0, 0.5, 1, 0.5]
    still = morris_effects(u, np.ones(8), ["n"], 4, np.zeros((8, 1)))  # no step was taken, and nothing happened
    assert still[["mu", "mu_star", "sigma"]].to_numpy().tolist() == [[0, 0, 0]]


def test_sobol_finds_the_indices_of_the_ishigami_function():
    _, factors, points = points_by("sobol", unit_factors(3), n=1024, second_order=True)
    u, names = points[[f"u.{f.key}" for f in factors]].to_numpy(), [f.key for f in factors]
    found = sobol_indices(ishigami(u), names, is_second_order=True, luck=0.25).set_index("factor")
    v1, v2, v13 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8, 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    exact = {"x0": (v1, v1 + v13), "x1": (v2, v2), "x2": (0, v13), "dummy": (0, 0)}
    for factor, (first, whole) in exact.items():
        row = found.loc[factor]
        assert row["s1"] == pytest.approx(first / total, abs=0.03)
        assert row["st"] == pytest.approx(whole / total, abs=0.03)
        assert row["st_low"] <= row["st"] <= row["st_high"]
    assert found["above_noise"].to_dict() == {"x0": True, "x1": True, "x2": True, "dummy": False}
    assert found["told"].to_dict() == {"x0": "yes", "x1": "yes", "x2": "yes", "dummy": "no"}
    assert found.loc["dummy", "st"] == 0 == found.loc["dummy", "s1"]
    assert found["luck"].iloc[0] == pytest.approx(0.25 / total, rel=0.05)
    pairs = sobol_pairs(ishigami(u), names).set_index(["factor", "other"])["s2"]
    assert pairs["x0", "x2"] == pytest.approx(v13 / total, abs=0.03)
    assert pairs["x0", "x1"] == pytest.approx(0, abs=0.03)


def test_sobol_leaves_out_blocks_with_a_missing_value():
    _, factors, points = points_by("sobol", unit_factors(2), n=64)
    u, names = points[[f"u.{f.key}" for f in factors]].to_numpy(), [f.key for f in factors]
    y = u[:, 0] + 0.0 * u[:, 1]
    y[[3, 12]] = np.nan  # blocks of 3 + 2 points: the first and the third
    found = sobol_indices(y, names)
    assert found["n_blocks"].tolist() == [62] * 3 and found["left_out"].tolist() == [2] * 3
    assert found["factor"].iloc[0] == "x0" and found["st"].iloc[0] == pytest.approx(1, abs=0.2)
    with pytest.raises(AnalysisError, match="1 of 64 blocks"):
        sobol_indices(np.where(np.arange(y.size) < 5, u[:, 0], np.nan), names)
    with pytest.raises(AnalysisError, match="same at all points"):
        sobol_indices(np.full(y.size, 3.7), names)
    with pytest.raises(AnalysisError, match="no whole number of blocks"):
        sobol_indices(y[:-1], names)


def test_a_factor_is_above_noise_only_if_it_is_above_the_dummy():
    _, factors, points = points_by("sobol", unit_factors(2), n=256)
    u, names = points[[f"u.{f.key}" for f in factors]].to_numpy(), [f.key for f in factors]
    y = 3 * u[:, 0] + 0.5 * u[:, 1] + u[:, 2]
    found = sobol_indices(y, names).set_index("factor")
    assert (found["st_low"] > 0).all()
    assert found["above_noise"].to_dict() == {"x0": True, "x1": False, "dummy": False}
    lucky = sobol_indices(y - u[:, 2], names, luck=0.1 * y.var()).set_index("factor")
    assert lucky["above_noise"].to_dict() == {"x0": True, "x1": False, "dummy": False}
    assert sobol_indices(y - u[:, 2], names, luck=np.nan)["above_noise"].sum() == 2


def test_a_few_blocks_with_most_of_the_variance_have_wide_intervals_that_stay_finite():
    _, factors, points = points_by("sobol", unit_factors(2), n=8)
    u, names = points[[f"u.{f.key}" for f in factors]].to_numpy(), [f.key for f in factors]
    found = sobol_indices(np.exp(20 * u[:, 0]), names)
    assert (found["st_low"] >= 0).all() and (found["st_high"] < 20).all()
    assert ((found["st_low"] <= found["st"]) & (found["st"] <= found["st_high"])).all()


def test_morris_finds_effects_of_a_linear_function_with_an_interaction():
    _, factors, points = points_by("morris", unit_factors(3), n=60)
    u, names = points[[f"u.{f.key}" for f in factors]].to_numpy(), [f.key for f in factors]
    y = 4 * u[:, 0] + 2 * u[:, 1] * u[:, 2]
    found = morris_effects(u, y, names, 4).set_index("factor")
    assert found.loc["x0", ["mu", "mu_star", "sigma"]].tolist() == pytest.approx([4, 4, 0], abs=1e-9)
    assert found.loc["x1", ["mu", "mu_star"]].tolist() == pytest.approx([1, 1], abs=0.2)  # 2 E[u2]
    assert found.loc["x1", "sigma"] == pytest.approx(2 * np.sqrt(5 / 36), abs=0.15)  # sd of 0, 1/3, 2/3, 1
    assert found.loc["dummy", ["mu", "mu_star", "sigma"]].tolist() == [0, 0, 0]
    assert found.index[0] == "x0"
    y[7] = np.nan
    again = morris_effects(u, y, names, 4)
    assert again["n_trajectories"].tolist() == [59] * 4 and again["left_out"].tolist() == [1] * 4
    with pytest.raises(AnalysisError, match="0 of 60 trajectories"):
        morris_effects(u, np.full(y.size, np.nan), names, 4)


# curves ----------------------------------------------------------------------------------------


def test_dependence_is_the_closed_form():
    rng = np.random.default_rng(3)
    points = pd.DataFrame({"x": rng.random(4000), "z": rng.random(4000), "c": rng.choice(["a", "b"], 4000)})
    y = points.x**2 + points.x * points.z + (points.c == "b")
    found = dependence(points, np.add.outer(y.to_numpy(), np.linspace(-0.01, 0.01, 9)), ["x", "c"], np.arange(4000))
    curve = found[found.factor == "x"]
    assert len(curve) == 10 and curve.n.sum() == 4000
    exact = curve.x**2 + curve.x / 2 + 0.5
    assert np.all((exact > curve.ci_low - 0.01) & (exact < curve.ci_high + 0.01))
    kinds = found[found.factor == "c"].set_index("value").y
    assert kinds["b"] - kinds["a"] == pytest.approx(1, abs=0.05)
    assert np.isnan(found[found.factor == "c"].x).all()
    with pytest.raises(AnalysisError, match="3 points"):
        dependence(points.head(3), y.head(3), ["x"], np.arange(3))


def test_numbers_of_few_kinds_are_taken_one_by_one_and_missing_points_left_out():
    points = pd.DataFrame({"x": [1, 2, 3] * 4})
    y = np.array([1.0, 4.0, 9.0] * 4)
    y[0] = np.nan
    found = dependence(points, y, ["x"], np.arange(12))
    assert found[["value", "y", "n"]].to_numpy().tolist() == [["1", 1.0, 3], ["2", 4.0, 4], ["3", 9.0, 4]]


def curve_of(x, y, width=0.1):
    return pd.DataFrame(
        {"factor": "f", "value": "", "x": x, "y": y, "ci_low": np.subtract(y, width), "ci_high": np.add(y, width)}
    )


def test_switching_values_of_a_line_and_of_none():
    x = np.linspace(0, 1, 6)
    (row,) = switching_values(curve_of(x, 3 * x - 1)).to_dict("records")
    assert row["switches_at"] == pytest.approx(1 / 3) and row["turn"] == "up" and row["is_certain"]
    (row,) = switching_values(curve_of(x, 3 * x - 1, width=9.0)).to_dict("records")
    assert not row["is_certain"] and "uncertain" in row["said"]
    (row,) = switching_values(curve_of(x, x + 1)).to_dict("records")
    assert row["said"] == NONE and np.isnan(row["switches_at"])
    twice = switching_values(curve_of([0.0, 1.0, 2.0, 3.0], [1.0, 0.0, -1.0, 1.0]))
    assert twice["switches_at"].tolist() == [1.0, 2.5] and twice["turn"].tolist() == ["down", "up"]
    texts = curve_of([np.nan] * 2, [-1.0, 2.0]).assign(value=["a", "b"])
    assert switching_values(texts)["said"].tolist() == ["below zero with a; above with b"]


def test_tornado_sorts_by_swing_and_shows_each_choice():
    points = pd.DataFrame(
        list(itertools.product(np.linspace(0, 1, 11), [0.0, 1.0, 2.0], ["a", "b", "c"])), columns=list("xzc")
    )
    y = points.x + 10 * points.z - 3 * (points.c == "b")
    factors = [
        Factor("x", "interval", 0, 1),
        Factor("z", "range", values=(0, 1, 2)),
        Factor("c", "choice", values=("a", "b", "c")),
    ]
    found = tornado(points, np.add.outer(y.to_numpy(), [-0.1, 0.1]), factors, np.arange(len(points)))
    assert list(dict.fromkeys(found.factor)) == ["z", "c", "x"]
    assert found.groupby("factor").swing.first().to_dict() == pytest.approx({"z": 20, "c": 3, "x": 0.9 - 0.1})
    assert found[found.factor == "c"].end.tolist() == ["choice"] * 3
    assert found.groupby("factor").swing_of.first().to_dict() == {
        "z": "high less low",
        "c": SPREAD,
        "x": "high less low",
    }
    assert (found.swing_low < found.swing).all() and found.middle.iloc[0] == pytest.approx(y.mean())


@pytest.mark.parametrize("is_oat", [False, True])
def test_the_swing_of_two_values_is_signed_and_rounding_is_zero(is_oat):
    switch, other = Factor("policies.x", "choice", values=("off", "on")), Factor("c", "choice", values=("b", "a"))
    points = pd.DataFrame({"point": range(3), switch.key: ["off", "on", "off"], other.key: ["b", "b", "a"]})
    y = pd.DataFrame({1: [100.0, 97.0, 100.0 + 3e-14], 2: [102.0, 99.78, 102.0]})
    if is_oat:
        found = tornado_oat(points, y, (switch, other))
    else:
        points, y = points.iloc[[0, 1]], y.iloc[[0, 1]]
        found = tornado(points, y, (switch, other), [0, 1], is_sample=False)
    rows = found[found["factor"] == switch.key]
    assert rows["value"].tolist() == ["off", "on"] and set(rows["swing_of"]) == {"on less off"}
    assert rows["swing"].tolist() == pytest.approx([-2.61, -2.61])  # -3 and -2.22
    said = tornado_finding(found.assign(response="welfare"))
    assert "by -2.61 [" in said and "(on less off), from 101.00 (off) to 98.39 (on)" in said
    if is_oat:
        rest = found[found["factor"] == other.key]
        assert rest["value"].tolist() == ["b", "a"] and rest["swing"].tolist() == [0, 0]


# cases, PRIM, regret ---------------------------------------------------------------------------


def test_cases_are_the_bad_side_or_what_is_asked_for():
    y = np.arange(8.0)
    assert default_case("welfare", y, is_difference=True).sign == "<"
    assert default_case("price.resale", y, is_difference=True).sign == ">"
    assert "not agreed" in default_case("n_shops", y, is_difference=True).why
    assert default_case("welfare", y, is_difference=False).holds(y).tolist() == [True] * 2 + [False] * 6
    assert default_case("price.resale", y, is_difference=False).holds(y).tolist() == [False] * 6 + [True] * 2
    assert parsed_case("share.resale>=1e-1", ["share.resale"]) == Case("share.resale", ">=", 0.1, "as given")


@pytest.mark.parametrize(
    "text", ["", "welfare", "welfare<", "<0", "welfare<0<1", "welfare=0", "welfare<nan", "welfare<a", "walfare<0"]
)
def test_a_malformed_case_is_said_in_one_line(text):
    with pytest.raises(ParameterError, match=f"^case={re.escape(text)}: ") as caught:
        parsed_case(text, ["welfare"])
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def planted():
    """A box in three of five factors, with a little noise, and its table."""
    rng = np.random.default_rng(5)
    x = pd.DataFrame(
        {f"f{j}": rng.random(500) for j in range(3)}
        | {"scenario": rng.choice(["a", "b", "c"], 500), "k": rng.integers(1, 9, 500)}
    )
    is_case = (x.f0 > 0.4) & (x.f1 < 0.6) & x.scenario.isin(["a", "b"]) ^ (rng.random(500) < 0.01)
    return x, is_case, prim_box(x, is_case, np.arange(500))


def test_prim_finds_a_planted_box(planted):
    x, is_case, box = planted
    by_factor = box.set_index("factor")
    assert set(by_factor.index) == {"f0", "f1", "scenario"}
    assert by_factor.loc["f0", "low"] == pytest.approx(0.4, abs=0.06) and np.isnan(by_factor.loc["f0", "high"])
    assert (
        by_factor.loc["f1", "high"] == pytest.approx(0.6, abs=0.06) and by_factor.loc["scenario", "values"] == "a or b"
    )
    within = (x.f0 >= by_factor.loc["f0", "low"]) & (x.f1 <= by_factor.loc["f1", "high"]) & (x.scenario != "c")
    facts = box.iloc[0]
    assert facts["coverage"] == pytest.approx(is_case[within].sum() / is_case.sum()) and facts["coverage"] > 0.8
    assert facts["density"] == pytest.approx(is_case[within].mean()) and facts["density"] > 0.8
    assert facts["mass"] == pytest.approx(within.mean()) and facts["held_out_density"] > 0.7
    assert (box["in_halves"] == 2).all()
    quasi_p = box[["quasi_p_low", "quasi_p_high"]].to_numpy()
    assert (quasi_p[~np.isnan(quasi_p)] < 0.05).all() and (~np.isnan(quasi_p)).any(axis=1).all()
    assert "scenario a or b" in limits_in_words(box)


def test_limits_that_could_be_luck_are_loosened_again():
    rng = np.random.default_rng(1)
    x = pd.DataFrame({f"f{j}": rng.random(120) for j in range(2)})
    box = prim_box(x, (x.f0 > 0.5) ^ (rng.random(120) < 0.2), np.arange(120))
    assert box["factor"].tolist() == ["f0"] and box["low"].iloc[0] == pytest.approx(0.5, abs=0.1)
    assert np.isnan(box["high"].iloc[0]) and box["quasi_p_low"].iloc[0] < 0.05


def test_prim_says_when_there_is_nothing_to_find():
    x = pd.DataFrame({"f": np.linspace(0, 1, 60)})
    with pytest.raises(AnalysisError, match="none of 60"):
        prim_box(x, np.zeros(60, bool), np.arange(60))
    with pytest.raises(AnalysisError, match="30 are needed"):
        prim_box(x.head(20), np.arange(20) < 5, np.arange(20))
    with pytest.raises(AnalysisError, match="no factor"):
        prim_box(x * 0, np.arange(60) < 5, np.arange(60))
    assert prim_box(x, np.arange(60) % 2 == 0, np.arange(60)).empty


def test_regret_by_hand():
    table = [("a", 0, 10.0), ("a", 1, 0.0), ("a", 2, 5.0), ("b", 0, 6.0), ("b", 1, 4.0), ("b", 2, 5.0)]
    values = pd.DataFrame([(*row[:2], 1, row[2]) for row in table], columns=["option", "world", "seed", "value"])
    found = regret(values, 1).set_index("option")
    shown = ["mean", "worst", "max_regret", "mean_regret", "share_best", "share_tied", "n_worlds", "n_seeds"]
    assert found.loc["a", shown].tolist() == pytest.approx([5, 0, 4, 4 / 3, 1 / 3, 1 / 3, 3, 1])
    assert found.loc["b", shown].tolist() == pytest.approx([5, 4, 4, 4 / 3, 1 / 3, 1 / 3, 3, 1])
    assert found["same_as"].tolist() == ["", ""]
    said = regret_finding(regret(values, 1), "welfare")
    few = "(the same seed in each, so this knows of parameters, not of luck)"
    assert f"in 3 worlds {few}; it is best in 33 % of them and ties for it in 33 %." in said
    assert verb.regret_lines(regret(values, 1).assign(criterion="welfare"))[0].endswith("tied in   seeds")
    assert [sensitivity.cells("regret", row)[-1] for row in regret(values, 1).to_dict("records")] == ["1", "1"]
    ten = pd.concat([values.assign(seed=seed) for seed in range(10)])
    assert "in 3 worlds (mean of 10 seeds); it is best" in regret_finding(regret(ten, 1), "welfare")
    nine = regret_finding(regret(ten[ten.seed < 9], 1), "welfare")
    assert "(the same 9 seeds in each, so this knows of parameters, not of luck)" in nine
    twin = pd.concat([values, values[values.option == "a"].assign(option="c")])
    three = regret(twin, 1).set_index("option")
    assert three["same_as"].to_dict() == {"a": "c", "b": "", "c": "a"}
    assert three["share_best"].to_dict() == pytest.approx({"a": 0, "b": 1 / 3, "c": 0})
    assert regret_finding(regret(twin, 1), "welfare").endswith("no difference between a and c.")
    same = regret(twin[twin.option != "b"], 1)
    assert regret_finding(same, "welfare") == f"By welfare, no difference between a and c in 3 worlds {few}."
    less = regret(values, -1).set_index("option")
    assert less.loc["a", ["worst", "max_regret", "share_best"]].tolist() == pytest.approx([10, 4, 1 / 3])
    fewer = regret(values.drop(index=4), 1)  # b was not run in world 1
    assert fewer["n_worlds"].tolist() == [2, 2] and fewer["option"].tolist() == ["a", "b"]
    with pytest.raises(AnalysisError, match="one option"):
        regret(values[values.option == "a"], 1)
    with pytest.raises(AnalysisError, match="no world"):
        regret(values[(values.option == "a") == (values.world == 0)], 1)


# whole folders ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sobol", "morris", "lhs", "oat", "grid"])
def test_every_design_gives_the_tables_that_suit_it(kind, tmp_path):
    factors = (
        (Factor(A.key, "range", values=(0.0, 0.5, 1.0)), Factor(B.key, "range", values=(0.0, 1.0)), LIMIT)
        if kind == "grid"
        else (A, B)
    )
    sweep = points_by(kind, factors, n={"lhs": 40, "oat": 5}.get(kind, 16))
    found = analyse(folder_of(tmp_path / "s", sweep, linear))
    expected = set(METHODS[kind]) - ({"prim"} if kind == "grid" else set())
    assert set(found.tables) == expected
    assert {each["method"] for each in found.findings} == expected
    swing = found.tables["tornado"].query("measure == 'welfare'")
    assert swing["factor"].iloc[0] == A.key and swing["response"].iloc[0] == "welfare (way_out less baseline)"
    at = found.tables["switching"].query(f"measure == 'welfare' and factor == '{A.key}'")["switches_at"]
    assert at.tolist() == pytest.approx([2 / 3], abs=0.08)
    if kind == "grid":
        assert found.left_out == [
            "prim: welfare under way_out falls below that under baseline: 12 points have a value; 30 are needed"
        ]


def test_policies_that_vary_from_point_to_point_are_no_options(tmp_path):
    found = analyse(folder_of(tmp_path / "s", points_by("lhs", (A, B, LIMIT), n=20), linear), ["welfare"])
    assert "regret" not in found.tables
    assert (
        "regret: policies.friend_limit.limit: set anew at every point, so that no option is the same in two worlds; "
        "allowed is design=grid"
    ) in found.left_out


def test_scenarios_of_one_name_are_told_apart(tmp_path):
    sweep = points_by("grid", tuple(Factor(each.key, "choice", values=(0.0, 1.0)) for each in (A, B)))
    found = analyse(folder_of(tmp_path / "s", sweep, linear, scenario="baseline"), ["welfare"])
    assert set(found.tables["tornado"]["response"]) == {"welfare (the swept scenario less baseline)"}
    zero = analyse(
        folder_of(tmp_path / "z", sweep, lambda row, name: {"welfare": 1 / 3 + row[A.key]}, scenario="baseline")
    )
    assert any("the difference is zero by construction" in line for line in zero.left_out)


def test_one_seed_has_no_interval(tmp_path):
    found = analyse(folder_of(tmp_path / "s", points_by("lhs", (A, B), n=40), linear, seeds=(7,)), ["welfare"])
    assert found.tables["tornado"][["swing_low", "swing_high", "ci_low", "ci_high"]].isna().all(axis=None)
    assert [note for note in found.notes if "one seed" in note] == ["one seed: no interval of means and swings"]
    assert any("For this one seed, in " in each["sentence"] for each in found.findings)


def test_one_at_a_time_is_exact_and_paired_by_seed(tmp_path):
    sweep = points_by("oat", (A, B, C), n=5)

    def outcome(row, name):
        return {"welfare": 3 * row[A.key] - row[B.key] + (row[C.key] == "fixed")}

    found = analyse(folder_of(tmp_path / "s", sweep, outcome, against=(), luck=50.0, seeds=(1, 2, 3)))
    rows = found.tables["tornado"].set_index(["factor", "end"])
    assert rows.loc[(A.key, "high"), ["swing", "swing_low", "swing_high"]].tolist() == pytest.approx([3, 3, 3])
    assert rows.loc[(B.key, "low"), "swing"] == pytest.approx(-1)
    assert rows.loc[(C.key, "choice"), "value"].tolist() == ["fixed", "cost_plus"]
    assert rows.loc[(C.key, "choice"), "swing"].tolist() == pytest.approx([-1, -1])
    assert set(found.tables) == {"tornado"}
    assert found.left_out == [
        "switching: no scenario in against=, so there is no difference that could change its sign"
    ]


def test_missing_runs_and_failed_blocks_are_left_out_and_counted(tmp_path):
    sweep = points_by("sobol", (A, B), n=16)
    folder = folder_of(tmp_path / "s", sweep, linear, drop={(3, 1), (3, 2), (30, 2)}, luck=5.0)
    found = analyse(folder, ["welfare"])
    assert found.notes[:3] == [
        "1 of 80 points have no value",
        "points have values under 1 to 2 seeds",
        "sobol: blocks with a missing value left out: 1",
    ]
    assert set(found.tables["sobol"]["n_blocks"]) == {15}
    whole = analyse(folder_of(tmp_path / "w", sweep, linear, luck=5.0), ["welfare"])
    assert whole.notes[0].startswith("prim: cases are welfare < 0")
    none = analyse(folder_of(tmp_path / "n", sweep, lambda row, name: {"welfare": np.nan}))
    assert (
        none.tables == {} and "sobol: 0 of 16 blocks of 5 points have all their values; 2 are needed" in none.left_out
    )


def test_points_of_ones_own_are_no_partial_dependence(tmp_path):
    rng = np.random.default_rng(2)
    a = rng.random(40)
    points = pd.DataFrame({"point": range(40), A.key: a, B.key: 1 - a})
    listed = [Factor(key, "choice", values=tuple(points[key])) for key in (A.key, B.key)]
    found = analyse(folder_of(tmp_path / "s", (Design(kind="csv", path="x.csv"), listed, points), linear), ["welfare"])
    assert set(found.tables) == set(METHODS["csv"])
    assert any("no partial dependence" in note for note in found.notes)
    ends = found.tables["tornado"]
    assert set(ends["end"]) == {"low", "high"} and ends["swing"].iloc[0] == pytest.approx(4 * 0.8, abs=0.5)


def test_options_of_a_grid_meet_in_every_world(tmp_path):
    scenarios = Factor("scenario", "choice", values=("like_ban", "clear"))
    sweep = points_by("grid", (Factor(A.key, "choice", values=(0.0, 1.0)), scenarios))

    def outcome(row, name):
        base = {"like_ban": 2.0, "clear": 1.0 + 2 * row[A.key]}[row["scenario"]] if name is None else 0.0
        return {"welfare": base}

    found = analyse(folder_of(tmp_path / "s", sweep, outcome, scenario="baseline"))
    rows = found.tables["regret"].set_index("option")
    assert rows.index.tolist() == ["scenario=like_ban", "scenario=clear", "baseline"]
    assert rows["max_regret"].tolist() == [1, 1, 3] and rows["n_worlds"].tolist() == [2, 2, 2]
    assert "the swept scenario less baseline" in found.tables["tornado"]["response"].iloc[0]
    alone = analyse(folder_of(tmp_path / "a", points_by("lhs", (A, B), n=8), linear, against=()))
    assert any(line.startswith("regret: there is one option only") for line in alone.left_out)


def test_what_is_missing_is_left_out_with_the_extra_that_brings_it(tmp_path, monkeypatch):
    folder = folder_of(tmp_path / "s", points_by("sobol", (A, B), n=16), linear)
    monkeypatch.setitem(__import__("sys").modules, "ema_workbench.analysis.prim", None)
    monkeypatch.setitem(__import__("sys").modules, "SALib.analyze.sobol", None)
    found = analyse(folder)
    assert "prim" not in found.tables and "sobol" not in found.tables and "regret" in found.tables
    assert len([line for line in found.left_out if "pip install 'weishang[sensitivity]'" in line]) == 2


# what is written -------------------------------------------------------------------------------

EVIL = "<script>alert(1)</script>"


def hostile(row, name):
    return {"welfare": 3 * row[A.key] - (row["policies.x.y"] == EVIL) - 1 if name is None else 0.0, "=cmd()": 1.0}


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory):
    evil = Factor("policies.x.y", "choice", values=(EVIL, "=1+1"))
    sweep = points_by("sobol", (A, evil), n=16)
    return folder_of(tmp_path_factory.mktemp("hostile") / "s", sweep, hostile, scenario=EVIL, against=(f"{EVIL}2",))


def written(folder):
    found = analyse(folder)
    keep(found, sensitivity.page(found.settings, found.tables, found.findings, found.left_out, found.notes))
    return {path.name: path.read_bytes() for path in (folder / FOLDER).iterdir()}


def test_the_page_opens_alone_and_runs_nothing(hostile_folder):
    before = {path.name: path.read_bytes() for path in hostile_folder.iterdir() if path.is_file()}
    files = written(hostile_folder)
    page = files[PAGE].decode()
    assert not re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//""", page.replace(plotly_js(), ""))
    assert "@import" not in page.replace(plotly_js(), "")
    assert EVIL not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\\u003cscript" not in page.replace(plotly_js(), "")  # nor in labels, of which plotly reads some HTML
    assert page.count("<script") == page.count("</script>")
    assert page.count("<figcaption>") == page.count("<figure") > 3
    assert not re.search(r"<th(?! scope=)[ >]", page.replace(plotly_js(), ""))
    assert {path.name: path.read_bytes() for path in hostile_folder.iterdir() if path.is_file()} == before
    assert b"'=1+1" in files["tornado.csv"] and b",=1+1" not in files["tornado.csv"]


def plotly_js():
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def test_the_same_files_are_written_again_and_stale_tables_removed(hostile_folder):
    (hostile_folder / FOLDER).mkdir(exist_ok=True)
    for name in ("morris.csv", "mine.csv"):
        (hostile_folder / FOLDER / name).write_text("old")
    first = written(hostile_folder)
    assert "morris.csv" not in first and first.pop("mine.csv") == b"old"
    assert set(first) == {
        PAGE,
        "findings.json",
        *(f"{name}.csv" for name in ("sobol", "dependence", "tornado", "switching", "prim")),
    }
    (hostile_folder / FOLDER / "mine.csv").unlink()
    assert written(hostile_folder) == first
    said = json.loads(first["findings.json"])
    assert said["settings"]["scenario"] == EVIL and len(said["findings"]) == 5


def test_figures_say_their_finding_alone(tmp_path):
    found = analyse(folder_of(tmp_path / "s", points_by("sobol", (A, B), n=16, second_order=True), linear))
    sentences = {(each["method"], each["measure"]): each["sentence"] for each in found.findings}
    for method, draw in sensitivity.FIGURES.items():
        if method not in found.tables:
            continue
        rows = found.tables[method].query("measure == 'welfare'")
        figure = draw(rows, sentences[method, "welfare"])
        assert figure.layout.title.text.replace("<br>", " ") == sentences[method, "welfare"]
        assert figure.data
    bars = sensitivity.FIGURES["sobol"](found.tables["sobol"].query("measure == 'welfare'"), "")
    assert any("noise" in str(shape.name) for shape in bars.layout.shapes)


# the command -----------------------------------------------------------------------------------


def typed(*words, quiet=False):
    return verb.run(Arguments("analyse", tuple(map(str, words)), ("analyse", *map(str, words)), quiet=quiet))


def test_the_command_prints_and_writes(tmp_path, capsys):
    folder = folder_of(tmp_path / "s", points_by("sobol", (A, B), n=16), linear)
    assert typed(folder, "measures=[welfare]", "case=welfare<-0.5") == 0
    out = capsys.readouterr().out
    assert "welfare (way_out less baseline)" in out and A.key in out and "case" not in out.splitlines()[0]
    assert str(folder / FOLDER / PAGE) in out and "of those with" in out
    assert (folder / FOLDER / PAGE).stat().st_size > 1e6
    assert max(map(len, out.splitlines())) <= 110
    assert typed(folder, quiet=True) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "analyse: missing"),
        (("nowhere",), "nowhere: no such folder"),
        (("s", "t"), "t: "),
        (("s", "measure=[welfare]"), "measure=.*nearest is measures"),
        (("s", "measures=[walfare]"), "walfare: no such measure.*nearest is welfare"),
        (("s", "criterion=x"), "criterion=x: no such measure"),
        (("s", "case=welfare"), "case=welfare: cannot be read"),
        (("s", "case=x<1"), "case=x<1: no such measure"),
        (("s", "criterion=welfare", "criterion=welfare"), "criterion: given twice"),
    ],
)
def test_bad_words_are_said_in_one_line(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder_of(tmp_path / "s", points_by("lhs", (A, B), n=8), linear)
    with pytest.raises((ParameterError, store.StoreError), match=message) as caught:
        typed(*words)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "s" / FOLDER).exists()


def damaged(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def emptied(name):
    def empty(folder):
        table = store.read_parquet(folder / name)
        (folder / name).write_bytes(store.parquet_bytes(table.head(0)))

    return empty


def changed(**facts):
    def change(folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["configuration"] |= facts
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return change


def unfinished(folder):
    (folder / "manifest.json").unlink()
    (folder / "parts").mkdir()


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (unfinished, "unfinished"),
        (lambda folder: (folder / "manifest.json").unlink(), "no finished results"),
        (damaged("manifest.json", b"{"), "damaged"),
        (damaged("runs.parquet", b""), "runs.parquet: missing or damaged"),
        (damaged("points.parquet", b"PAR1" * 9), "points.parquet: missing or damaged"),
        (emptied("runs.parquet"), "runs.parquet: has no rows"),
        (emptied("points.parquet"), "points.parquet: has no rows"),
        (changed(verb="run"), "holds results of `run`"),
        (changed(design={"kind": "star"}), "design 'star'"),
        (changed(factors=[{"key": "x"}]), "manifest.json: damaged"),
        (changed(factors=[A.described() | {"key": "other"}]), "column 'other' is missing"),
    ],
)
def test_a_folder_that_is_no_finished_sweep_is_said_in_one_line(harm, message, tmp_path):
    folder = folder_of(tmp_path / "s", points_by("lhs", (A, B), n=8), linear)
    harm(folder)
    with pytest.raises(store.StoreError, match=message) as caught:
        analyse(folder)
    assert "\n" not in str(caught.value)


def test_the_command_ends_with_exit_code_2_and_one_line(tmp_path, capsys, monkeypatch):
    entry = Verb("analyse", "analyses", "sim.cli.analyse", "DIR", ("--quiet",))
    monkeypatch.setitem(VERBS, "analyse", entry)
    folder = folder_of(tmp_path / "s", points_by("lhs", (A, B), n=8), linear)
    for words in (["analyse", str(tmp_path / "t")], ["analyse", str(folder), "case=welfare<"]):
        assert main(words) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.startswith("weishang: ") and said.err.count("\n") == 1
    (folder / FOLDER).write_text("in the way")
    assert main(["analyse", str(folder)]) == 2
    assert "allowed is a folder that can be written" in capsys.readouterr().err
