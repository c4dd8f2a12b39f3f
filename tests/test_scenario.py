"""Scenarios: names and mappings become checked parameters, or one clear line."""

import dataclasses
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.fields import ParameterError
from sim.parameters import PARAMETER_GROUPS, Parameters, Scandal
from sim.scenario import (
    TEXTS,
    all_keys,
    available,
    build,
    build_settings,
    departures,
    flattened,
    load,
    merge,
    nested,
    read,
    to_mapping,
)

ACCEPTED = [
    # mapping, key, value it becomes
    ({"shops": {"initial_share": 0.1}}, "shops.initial_share", 0.1),
    ({"shops.initial_share": 0.1}, "shops.initial_share", 0.1),
    ({"shops": {"initial_share": "1e-3"}}, "shops.initial_share", 0.001),  # PyYAML reads 1e-3 as text
    ({"population": {"n_people": "1e4"}}, "population.n_people", 10_000),
    ({"population": {"n_people": 1e4}}, "population.n_people", 10_000),
    ({"population": {"n_people": np.int64(300)}}, "population.n_people", 300),
    ({"population": {"value_median": np.float32(200)}}, "population.value_median", 200.0),
    ({"population": {"value_median": 200}}, "population.value_median", 200.0),
    ({"network": {"seed": None}}, "network.seed", None),
    ({"network": {"friends_scale": "0.5"}}, "network.friends_scale", 0.5),
    ({"population": None}, "population.n_people", 20_000),
]

REFUSED = [
    # mapping, what the one line must name
    ({"population": {"n_poeple": 500}}, ["population.n_poeple=500", "nearest is population.n_people", "value_median"]),
    ({"populatoin": {"n_people": 500}}, ["populatoin=", "nearest is population", "shops"]),
    ({"n_people": 500}, ["n_people=500", "nearest is population.n_people"]),
    ({"xyzzy": 1}, ["xyzzy=1", "no such key", "allowed are population"]),
    ({"<script>": 1}, ["<script>=1", "no such key"]),
    ({1: 2}, ["1=2", "no such key"]),
    ({"population": 5}, ["population=5", "n_people"]),
    ({"population": [1]}, ["population=[1]", "n_people"]),
    ({"population": {"n_people": 199}}, ["population.n_people=199", "from 200 to 10000000"]),
    ({"population": {"n_people": -500}}, ["population.n_people=-500", "from 200"]),
    ({"population": {"n_people": 500.5}}, ["population.n_people=500.5", "int"]),
    ({"population": {"n_people": True}}, ["population.n_people=True", "int"]),
    ({"population": {"n_people": "many"}}, ["population.n_people='many'", "int"]),
    ({"population": {"n_people": ""}}, ["population.n_people=''", "int"]),
    ({"population": {"n_people": None}}, ["population.n_people=None", "int"]),
    ({"population": {"n_people": {"a": 1}}}, ["population.n_people={'a': 1}", "int"]),
    ({"population": {"n_people": 10**400}}, ["population.n_people=1000", "...", "from 200 to 10000000"]),
    ({"population": {"value_median": 10**400}}, ["population.value_median=1000", "from 1 to 100000"]),
    ({"population": {"value_median": math.nan}}, ["population.value_median=nan", "from 1 to 100000"]),
    ({"population": {"value_median": "nan"}}, ["population.value_median='nan'", "from 1 to 100000"]),
    ({"population": {"value_median": math.inf}}, ["population.value_median=inf", "from 1 to 100000"]),
    ({"population": {"value_median": "x\ny"}}, ["population.value_median='x\\ny'"]),
    ({"population": {"value_median": "x" * 999}}, ["population.value_median='xxx", "..."]),
    ({"network": {"kind": "fil"}}, ["network.kind='fil'", "generated, file"]),
    ({"network": {"kind": "file"}}, ["network.path=None", "a file's path"]),
    ({"network": {"kind": "file", "path": ""}}, ["network.path=''", "path"]),
    ({"network": {"path": "a.txt"}}, ["network.path='a.txt'", "network=file"]),
    (
        {"network": {"kind": "file", "path": "a.txt"}, "population": {"n_people": 500}},
        ["population.n_people=500", "'a.txt'", "leave it out"],
    ),
    ({"shops": {"pricing": "barter"}}, ["shops.pricing='barter'", "cost_plus"]),
    ({"brands": {"pricing": "barter"}}, ["brands.pricing='barter'", "fixed"]),
    ({"weeks": 52}, ["weeks=52", "command line"]),
    ({"scandals": 3}, ["scandals=3", "list"]),
    ({"scandals": "ab"}, ["scandals='ab'", "list"]),
    ({"scandals": [3]}, ["scandals[0]=3", "week, venue, cut"]),
    ({"scandals": [{"week": 1}, {"weak": 3}]}, ["scandals[1].weak=3", "nearest is scandals[1].week"]),
    ({"scandals": [{"venue": "moon"}]}, ["scandals[0].venue='moon'", "resale_wechat"]),
    ({"policies": "like_ban"}, ["policies='like_ban'", "group of policies", "friend_limit, inspection, like_ban"]),
    ({"policies": ["like_ban"]}, ["policies=['like_ban']", "group of policies"]),
]


def value_at(parameters: Parameters, key: str) -> object:
    group, name = key.split(".")
    return getattr(getattr(parameters, group), name)


@pytest.mark.parametrize(("mapping", "key", "expected"), ACCEPTED)
def test_values_are_taken_as_their_declared_type(mapping, key, expected):
    value = value_at(build(mapping), key)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(("mapping", "named"), REFUSED)
def test_what_is_wrong_is_said_in_one_line(mapping, named):
    with pytest.raises(ParameterError) as refusal:
        build(mapping)
    line = str(refusal.value)
    assert "\n" not in line
    assert len(line) < 600
    assert [each for each in named if each not in line] == []


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"sede": 1}, "sede=1"),
        ({"seed": -1}, "seed=-1"),
        ({"weeks": 0}, "weeks=0"),
        ({"export": "pdf"}, "csv, xlsx"),
        ({"output": ""}, "output=''"),
        ({"seed": 2**32 - 1, "replications": 2}, "replications=2: the last seed would be 4294967296"),
    ],
)
def test_settings_are_checked_in_the_same_way(mapping, named):
    with pytest.raises(ParameterError, match=r"^[^\n]*$") as refusal:
        build_settings(mapping)
    assert named in str(refusal.value)


def test_nothing_given_means_the_defaults():
    assert build({}) == Parameters()
    assert departures(Parameters()) == {}


def test_mappings_and_parameters_go_back_and_forth():
    given = {"shops": {"initial_share": 0.1}, "network": {"seed": 3}, "scandals": [{"week": 3}, {"cut": 0.5}]}
    parameters = build(given)
    assert parameters.scandals == (Scandal(week=3), Scandal(cut=0.5))
    assert build(to_mapping(parameters)) == parameters
    assert build(departures(parameters)) == parameters
    assert departures(parameters)["shops"] == {"initial_share": 0.1}
    assert build(nested(flattened({"shops": given["shops"]}))).shops == parameters.shops


def test_a_network_file_goes_back_and_forth():
    parameters = build({"network": {"kind": "file", "path": "friends.txt"}})
    assert "n_people" not in to_mapping(parameters)["population"]
    assert build(to_mapping(parameters)) == parameters


def test_full_mapping_names_every_key():
    named = set(flattened(to_mapping(Parameters())))
    assert named == {key for key in all_keys() if "." in key and not key.startswith("policies.")}


def test_merging_replaces_lists_and_keeps_its_arguments():
    base = {"shops": {"a": 1, "b": 2}, "scandals": [1, 2]}
    assert merge(base, {"shops": {"b": 3}, "scandals": []}) == {"shops": {"a": 1, "b": 3}, "scandals": []}
    assert base == {"shops": {"a": 1, "b": 2}, "scandals": [1, 2]}
    assert merge(base, {"shops": None}) == base  # null says nothing of a group
    assert merge(base, {"shops": {"a": None}})["shops"] == {"a": None, "b": 2}


@pytest.mark.parametrize("name", sorted(available()))
def test_every_built_in_scenario_builds_and_says_what_it_is(name):
    scenario = load(name)
    assert scenario.name == name
    assert scenario.description == available()[name] != ""
    assert build(scenario.departures) == scenario.parameters


@pytest.mark.parametrize("name", sorted(available()))
def test_built_in_scenarios_hold_departures_only(name):
    content = read(name)
    for key in TEXTS:
        content.pop(key)
    assert departures(build(content)) == content


def test_classroom_is_small_has_tiers_and_says_that_it_is_not_calibrated():
    scenario = load("classroom")
    assert scenario.parameters.population.n_people == 350
    assert scenario.parameters.shops.initial_tiers == 4
    assert "not calibrated" in scenario.description


def test_a_group_given_null_keeps_what_was_said_before():
    usual = load("classroom").parameters
    for overrides in ({"shops": None}, {"population": None, "policies": None}):
        assert load("classroom", overrides=overrides).parameters == usual


def test_overrides_come_last():
    overrides = {"shops.initial_share": 0.2, "population": {"n_people": 400}}
    parameters = load("classroom", overrides=overrides).parameters
    assert parameters.shops == dataclasses.replace(load("classroom").parameters.shops, initial_share=0.2)
    assert parameters.population.n_people == 400


def test_a_network_file_takes_the_place_of_the_scenarios_number_of_people():
    network = {"kind": "file", "path": "friends.txt"}
    assert "n_people" not in load("classroom", overrides={"network": network}).departures["population"]
    with pytest.raises(ParameterError, match=r"population\.n_people=400"):
        load("classroom", overrides={"network": network, "population": {"n_people": 400}})


@pytest.mark.parametrize("name", ["clasroom", "", "../scenario/baseline", "<script>", "/etc/passwd", 3, None])
def test_an_unknown_scenario_names_those_there_are(name):
    with pytest.raises(ParameterError, match=r"^[^\n]*allowed are .*baseline.*$"):
        load(name)
    assert "classroom" in available()


BROKEN_FILES = {
    "unclosed": ("shops: [1\n", "unclosed.yaml: line 2"),
    "tabs": ("shops:\n\tinitial_share: 1\n", "tabs.yaml: line 2"),
    "twice": ("shops:\n  initial_share: .1\n  initial_share: .2\n", "twice.yaml: line 3: key 'initial_share'"),
    "a_list": ("- 1\n", "a_list.yaml: holds [1]"),
    "text": ("hello\n", "text.yaml: holds 'hello'"),
    "typo": ("shops:\n  initial_shar: .1\n", "scenario typo: shops.initial_shar=0.1"),
    "weeks": ("weeks: 3\n", "scenario weeks: weeks=3"),
    "no_text": ("description: [1]\n", "no_text.yaml: description=[1]"),
    "python": ("shops: !!python/object/apply:os.getcwd []\n", "python.yaml: line 1"),
    "reference": ("shops:\n  initial_share: ${trust.gain_bad}\n", "shops.initial_share='${trust.gain_bad}'"),
    "digits": (f"shops:\n  initial_share: {'9' * 5000}\n", "digits.yaml: "),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_is_named_in_one_line(tmp_path, name):
    text, named = BROKEN_FILES[name]
    write_scenario(tmp_path, name, text)
    with pytest.raises(ParameterError, match=r"^[^\n]*$") as refusal:
        load(name, config_dirs=[tmp_path])
    assert named in str(refusal.value)
    assert set(available([tmp_path])) == {*available(), name}  # the others can still be listed


def test_files_that_are_no_text_are_refused(tmp_path):
    write_scenario(tmp_path, "bytes", "").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "scenario" / "folder.yaml").mkdir()
    for name in ("bytes", "folder"):
        with pytest.raises(ParameterError, match=f"^[^\n]*{name}.yaml: [^\n]*$"):
            load(name, config_dirs=[tmp_path])


def test_extra_folders_come_first(tmp_path):
    write_scenario(tmp_path / "a", "baseline", "description: mine\ntrust: {gain_bad: 0.3}\n")
    write_scenario(tmp_path / "b", "baseline", "description: theirs\n")
    write_scenario(tmp_path / "b", "other", "")
    folders = [tmp_path / "a", tmp_path / "b"]
    assert load("baseline", config_dirs=folders).parameters.trust.gain_bad == 0.3
    assert available(folders)["baseline"] == "mine"
    assert load("other", config_dirs=folders).parameters == Parameters()


def test_a_missing_folder_of_configurations_is_an_error(tmp_path):
    with pytest.raises(ParameterError, match="no such folder"):
        load("baseline", config_dirs=[tmp_path / "nowhere"])


def test_configurations_inside_the_package_come_before_those_beside_it(tmp_path, monkeypatch):
    from sim.scenario import files

    for place in ("configs", "sim/configs"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "configs" / "config.yaml").touch()
    monkeypatch.setattr(files, "__file__", str(tmp_path / "sim" / "scenario" / "files.py"))
    assert files.config_folder() == tmp_path / "configs"  # a checkout
    (tmp_path / "sim" / "configs" / "config.yaml").touch()
    assert files.config_folder() == tmp_path / "sim" / "configs"  # a wheel


def test_every_group_can_be_set_by_its_keys():
    for name, cls in PARAMETER_GROUPS.items():
        usual = dataclasses.asdict(cls())
        usual = {key: value for key, value in usual.items() if value is not None}
        assert build({name: usual}) == Parameters()


def test_importing_sim_loads_nothing_heavy():
    heavy = "{'numpy', 'numba', 'pandas', 'mesa', 'hydra', 'yaml', 'scipy', 'pyarrow'}"
    code = f"import sys, sim; print(sorted({heavy} & set(sys.modules)))"
    assert run_python(code) == "[]"


def test_a_market_is_made_from_a_scenario_in_one_line():
    import sim

    market = sim.market("classroom", seed=3, n_people=300, shops={"initial_tiers": 2})
    assert isinstance(market, sim.Market)
    assert (market.n_people, market.seed, market.parameters.shops.initial_tiers) == (300, 3, 2)
    with pytest.raises(ParameterError, match="weeks=52"):
        sim.market("classroom", weeks=52)
    with pytest.raises(AttributeError):
        sim.nothing_of_this_name


def write_scenario(folder: Path, name: str, text: str) -> Path:
    path = folder / "scenario" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def run_python(code: str) -> str:
    root = Path(__file__).resolve().parents[1]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    return done.stdout.strip()
