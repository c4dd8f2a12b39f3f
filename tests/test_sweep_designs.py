"""Factors and designs: what varies, over what, and at which points."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.fields import ParameterError
from sim.scenario import load
from sim.sweep.designs import Design, points_of
from sim.sweep.factors import Factor, by_field, choice, factor_from, interval
from sim.sweep.opening import typed_again
from sim.sweep.plan import Option, Sweep, World, sweep_from

BASELINE = load("baseline", overrides={"population.n_people": 300})
GAIN = interval("trust.gain_bad", 0.05, 0.25)
UNITS = interval("shops.lot_units", 5, 40)
BAN = choice("policies.like_ban", ("off", "on"))
LIMIT = interval("policies.friend_limit.limit", 100, 5_000, is_log=True)


def sweep_over(*factors, design=None, against=(), points=None, static=None):
    design = design or Design(kind="lhs", n=16)
    points = points or points_of(design, factors, BASELINE)
    option = Option("baseline", "", BASELINE.departures, static or {})
    beside = tuple(Option(name, "", load(name).departures, {"population.n_people": 300}) for name in against)
    return Sweep("baseline", {"baseline": option}, beside, design, points, 1, 2, 8)


# factors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "at_0", "at_half", "at_1"),
    [
        (GAIN, 0.05, 0.15, 0.25),
        (UNITS, 5, 22, 40),
        (BAN, "off", "on", "on"),
        (interval("recruitment.hype", 1, 16, is_log=True), 1.0, 4.0, 16.0),
        (choice("shops.pricing", ("cost_plus", "fixed", "hill_climb")), "cost_plus", "fixed", "hill_climb"),
        (choice("demand.dissimilarity", (0.3, 0.6, 1), "range"), 0.3, 0.6, 1.0),
        (by_field("platform.refund_mall"), 0.0, 0.5, 1.0),
        (by_field("policies.stance"), "off", "on", "on"),
    ],
)
def test_a_coordinate_becomes_a_value(factor, at_0, at_half, at_1):
    for u, expected in ((0.0, at_0), (0.5, at_half), (1.0, at_1)):
        value = factor.value(u)
        assert value == (pytest.approx(expected) if isinstance(expected, float) else expected)
        assert type(value) is type(expected)
    assert factor_from(factor.described()) == factor


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: interval("trust.gain_bd", 0, 1), "nearest is trust.gain_bad"),
        (lambda: interval("trust.gain_bad", 0.2, 0.1), "LOW below HIGH"),
        (lambda: interval("trust.gain_bad", 0, 1.5), "allowed is float from 0 to 1"),
        (lambda: interval("trust.gain_bad", 0, math.inf), "empty"),
        (lambda: interval("trust.gain_bad", math.nan, 1), "empty"),
        (lambda: interval("trust.gain_bad", 0, 0.5, is_log=True), "LOW above 0"),
        (lambda: interval("shops.pricing", 0, 1), "not a number"),
        (lambda: interval("weeks", 10, 20), "the same in all points"),
        (lambda: interval("policies.like_ban", 0, 1), "allowed are fields"),
        (lambda: choice("trust.gain_bad", (0.1,)), "two or more"),
        (lambda: choice("trust.gain_bad", (0.1, 0.1)), "each once"),
        (lambda: choice("trust.gain_bad", (0.1, "x")), "allowed is float"),
        (lambda: choice("network.path", ("a", "b")), "cannot vary"),
        (lambda: choice("policies.like_ban", ("off", "maybe")), "choice(off,on)"),
        (lambda: by_field("network.path"), "cannot vary"),
    ],
)
def test_what_cannot_vary_is_refused_in_one_line(make, said):
    with pytest.raises(ParameterError) as caught:
        make()
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# designs --------------------------------------------------------------------------------------


def test_a_grid_is_every_combination_the_last_factor_fastest():
    points = points_of(Design(), [choice("trust.gain_bad", (0.1, 0.2)), BAN], BASELINE)
    assert points.values == [(0.1, "off"), (0.1, "on"), (0.2, "off"), (0.2, "on")]


def test_a_latin_hypercube_has_one_point_in_every_slice():
    points = points_of(Design(kind="lhs", n=20), [GAIN, UNITS], BASELINE)
    for column in points.coordinates.T:
        assert sorted((column * 20).astype(int)) == list(range(20))
    again = points_of(Design(kind="lhs", n=20), [GAIN, UNITS], BASELINE)
    assert again.values == points.values
    assert points_of(Design(kind="lhs", n=20, seed=2), [GAIN, UNITS], BASELINE).values != points.values


@pytest.mark.parametrize(("second_order", "blocks"), [(False, 5), (True, 8)])
def test_saltelli_steps_one_factor_at_a_time_from_one_matrix_to_another(second_order, blocks):
    pytest.importorskip("SALib")
    points = points_of(Design(kind="sobol", n=8, second_order=second_order), [GAIN, UNITS], BASELINE)
    assert [each.key for each in points.factors] == ["trust.gain_bad", "shops.lot_units", "dummy"]
    assert len(points.values) == 8 * blocks
    for block in np.split(points.coordinates, 8):
        assert [(block[step] != block[0]).sum() for step in range(1, 4)] == [1, 1, 1]


def test_morris_trajectories_step_every_factor_once():
    pytest.importorskip("SALib")
    points = points_of(Design(kind="morris", n=5), [GAIN, UNITS, BAN], BASELINE)
    assert len(points.values) == 5 * 5
    for trajectory in np.split(points.coordinates, 5):
        moved = [np.flatnonzero(step) for step in np.diff(trajectory, axis=0)]
        assert sorted(int(each[0]) for each in moved) == [0, 1, 2, 3]
        assert all(each.size == 1 for each in moved)


def test_one_at_a_time_starts_from_the_scenarios_own_values():
    points = points_of(Design(kind="oat", n=3), [GAIN, BAN, LIMIT], BASELINE)
    own = (BASELINE.parameters.trust.gain_bad, "off", 5_000)
    assert points.values[0] == own
    departures = [[n for n, (a, b) in enumerate(zip(row, own, strict=True)) if a != b] for row in points.values[1:]]
    assert departures == [
        [0],
        [0],
        [1],
        [2],
        [2],
    ]  # the middle of gain_bad, and the upper end of the limit, are its own


def test_a_table_of_points_is_read_as_its_keys_declare(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(
        "trust.gain_bad,shops.lot_units,policies.like_ban,network.friends_scale\n.1,20,on,null\n0.2,30,off,.5\n"
    )
    points = points_of(Design(kind="csv", path=str(path)), [], None)
    assert points.values == [(0.1, 20, "on", None), (0.2, 30, "off", 0.5)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "allowed is a CSV"),
        ("trust.gain_bad\n", "no rows"),
        ("trust.gain_bd\n.1\n", "nearest is trust.gain_bad"),
        ("trust.gain_bad\n.1\nx\n", "line 3"),
        ("trust.gain_bad\n.1\n\n.2,.3\n", "allowed is a CSV"),
        ("trust.gain_bad,trust.gain_bad\n.1,.2\n", "trust.gain_bad.1"),
        ("trust.gain_bad\nnan\n", "line 2"),
        ("policies.like_ban\nperhaps\n", "on or off"),
        ("seed\n1\n", "the same in all points"),
        ("dummy\n1\n", "dummy"),
        ("<script>\n1\n", "<script>"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(ParameterError) as caught:
        points_of(Design(kind="csv", path=str(path)), [], None)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_table_and_binary_rubbish_are_refused(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(bytes(range(256)))
    for given in (str(path), str(tmp_path / "none.csv"), str(tmp_path)):
        with pytest.raises(ParameterError, match=r"^design\.path=[^\n]*$"):
            points_of(Design(kind="csv", path=given), [], None)


@pytest.mark.parametrize(
    ("design", "factors", "said"),
    [
        (Design(), [], "nothing varies"),
        (Design(), [GAIN], "design=grid needs single values"),
        (Design(kind="lhs"), [GAIN], "design.n=None"),
        (Design(kind="sobol", n=100), [GAIN], "64 or 128"),
        (Design(kind="morris", n=4, levels=5), [GAIN], "even number"),
        (Design(kind="sobol", n=2**23), [GAIN], "33554432 points of design=sobol"),
        (Design(kind="csv"), [], "design.path=None"),
        (Design(kind="csv", path="a"), [GAIN], "design.path alone"),
        (Design(kind="lhs", n=4, path="a"), [GAIN], "only with design=csv"),
        (Design(), [choice("shops.lot_units", range(1, 9_999))] * 2, "points"),
    ],
)
def test_a_design_that_cannot_be_is_refused(design, factors, said):
    with pytest.raises(ParameterError) as caught:
        points_of(design, factors, BASELINE)
    assert said in str(caught.value)


# the plan -------------------------------------------------------------------------------------


def test_worlds_of_equal_parameters_are_lived_once():
    pytest.importorskip("SALib")
    design = Design(kind="sobol", n=4)
    sweep = sweep_over(LIMIT, BAN, design=design, against=("baseline",))
    n_points = 4 * (3 + 2)
    assert sweep.world_of.shape == (n_points, 2)
    assert len(set(sweep.world_of[:, 1])) == 1  # only policies vary: the baseline is the same at every point
    different = {tuple(sweep.values_at(point).values()) for point in range(n_points)}
    assert len(sweep.worlds) == len(different) + 1
    for point in range(n_points):
        world = sweep.worlds[sweep.world_of[point, 0]]
        assert sweep.scenario_at(world).parameters == sweep.scenario_at(World(0, point)).parameters


def test_scenarios_beside_get_all_of_a_point_but_its_policies():
    sweep = sweep_over(GAIN, LIMIT, against=("transparency",), static={"policies.post_limit.limit": 3})
    swept, beside = (sweep.scenario_at(World(variant, 3)).parameters for variant in (0, 1))
    gain, limit = sweep.points.values[3]
    assert (swept.trust.gain_bad, beside.trust.gain_bad) == (gain, gain)
    assert {each.name() for each in swept.policies} == {"friend_limit", "post_limit"}
    assert next(each for each in swept.policies if each.name() == "friend_limit").limit == limit
    assert {each.name() for each in beside.policies} == {
        each.name() for each in load("transparency").parameters.policies
    }


def test_a_sweep_is_read_again_from_its_configuration_and_points():
    factors = (
        GAIN,
        UNITS,
        BAN,
        choice("network.friends_scale", (None, 0.5)),
        choice("shops.pricing", ("fixed", "cost_plus")),
    )
    sweep = sweep_over(*factors, against=("history",))
    table = sweep.points.table()
    columns = [[typed_again(each.key, value) for value in table[each.key].tolist()] for each in sweep.points.factors]
    again = sweep_from(sweep.configuration(), list(zip(*columns, strict=True)))
    assert again.configuration() == sweep.configuration()
    assert again.points.values == sweep.points.values
    for number in (0, 5):
        world = sweep.worlds[number]
        assert again.scenario_at(world).parameters == sweep.scenario_at(world).parameters


def test_the_key_of_a_run_is_of_all_that_it_depends_on():
    sweep = sweep_over(GAIN)
    one, other = (sweep.scenario_at(World(0, point)).parameters for point in (0, 1))
    keys = {
        sweep.run_key(one, 1, "a"),
        sweep.run_key(other, 1, "a"),
        sweep.run_key(one, 2, "a"),
        sweep.run_key(one, 1, "b"),
    }
    assert len(keys) == 4
    assert sweep.run_key(one, 1, "a") == sweep_over(GAIN).run_key(one, 1, "a")


def test_points_are_kept_as_numbers_or_as_they_are_typed():
    points = points_of(
        Design(), [choice("trust.gain_bad", (0.1, 0.2)), choice("network.friends_scale", (None, 0.5))], BASELINE
    )
    table = points.table()
    assert list(table.columns) == [
        "point",
        "trust.gain_bad",
        "network.friends_scale",
        "u.trust.gain_bad",
        "u.network.friends_scale",
    ]
    assert pd.api.types.is_float_dtype(table["trust.gain_bad"])
    assert table["network.friends_scale"].tolist() == ["null", "0.5"] * 2
    assert isinstance(points.factors[0], Factor)
