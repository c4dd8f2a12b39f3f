"""The command: what it prints, what it refuses, what it leaves behind."""

import csv
import dataclasses
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

import sim.cli
from sim.cli import main
from sim.cli.arguments import VERBS
from sim.cli.progress import ProgressLine, progress_text
from sim.scenario import all_keys, available, build, load, to_mapping

ROOT = Path(__file__).resolve().parents[1]
SMALL = ("population.n_people=200", "weeks=3", "replications=2", "workers=1")

USER_ERRORS = {
    # what is typed after `weishang`: what the line must name
    "rnu": ["rnu", "nearest is run", "list"],
    "42": ["42: no such verb", "allowed are run"],
    "--oops": ["--oops: no such option", "--help"],
    "run --halp": ["--halp", "nearest is --help"],
    "run --format csv": ["--format", "not an option of run"],
    "list parameters --cfg job": ["--cfg", "not an option of list"],
    "run --cfg hydra": ["--cfg", "hydra", "job"],
    "run --cfg": ["--cfg", "expected one argument"],
    "run --config-dir nowhere": ["nowhere", "no such folder"],
    "run --config-dir afile": ["afile", "no such folder"],
    "run --config-dir broken scenario=bad": ["bad.yaml: line 2"],
    "run --config-dir broken scenario=typo": ["shops.initial_shar=0.1", "nearest is shops.initial_share"],
    "run --config-dir broken scenario=twice": ["twice.yaml: line 2: key 'shops' is given twice"],
    "run --config-dir broken scenario=defaults": ["defaults=['classroom']", "no such key"],
    "run --config-dir broken network=odd": ["network.knd='file'", "nearest is network.kind"],
    "run scenario=clasroom": ["scenario='clasroom'", "nearest is classroom", "baseline"],
    "run scenario=": ["scenario=''", "baseline, "],
    "run scenario=<script>alert(1)</script>": ["scenario='<script>alert(1)</script>'", "baseline"],
    "run scenario=../baseline": ["scenario='../baseline'", "baseline"],
    "run scenario=baseline,classroom": ["scenario='baseline,classroom'", "one value a key"],
    "run scenario=baseline scenario=classroom": ["scenario is given twice"],
    "run classroom": ["'classroom': no value", "scenario=classroom"],
    "run network=fil": ["network='fil'", "nearest is file", "generated"],
    "run network=file": ["network.path", "a file's path"],
    "run network=file network.path=nofile.txt": ["network.path='nofile.txt'", "No such file"],
    "run network=file network.path=folder": ["network.path='folder'", "Is a directory"],
    "run network=file network.path=empty.txt": ["empty.txt"],
    "run network=file network.path=words.txt": ["words.txt"],
    "run network=file network.path=empty.txt population.n_people=300": ["population.n_people=300", "leave it out"],
    "run network.path=empty.txt": ["network.path='empty.txt'", "network=file"],
    "run population.n_poeple=500": ["population.n_poeple='500'", "nearest is population.n_people", "value_median"],
    "run n_people=500": ["n_people='500'", "nearest is population.n_people"],
    "run sede=3": ["sede='3'", "nearest is seed", "weeks"],
    "run =3": ["='3'", "no such key"],
    "run hydra.run.dir=x": ["hydra.run.dir='x'", "no such key"],
    "run ~seed=1": ["~seed", "key=value"],
    "run population=5": ["population=5", "n_people"],
    "run population.n_people=abc": ["population.n_people='abc'", "int from 200 to 10000000"],
    "run population.n_people=": ["population.n_people=''", "int from 200 to 10000000"],
    "run population.n_people=null": ["population.n_people=None", "int from 200 to 10000000"],
    "run population.n_people=true": ["population.n_people=True", "int from 200 to 10000000"],
    "run population.n_people=-300": ["population.n_people=-300", "int from 200 to 10000000"],
    "run population.n_people=300.5": ["population.n_people=300.5", "int from 200 to 10000000"],
    "run population={n_people:100}": ["population.n_people=100", "int from 200"],
    "run population.value_median=nan": ["population.value_median=nan", "from 1 to 100000"],
    "run population.value_median=inf": ["population.value_median=inf", "from 1 to 100000"],
    "run population.value_median=1e999": ["population.value_median=inf", "from 1 to 100000"],
    "run population.value_median=<script>": ["population.value_median='<script>'", "from 1 to 100000"],
    "run population.value_median=(1": ["population.value_median='(1'", "from 1 to 100000"],
    "run population.value_median=${trust.gain_bad}": ["population.value_median='${trust.gain_bad}'", "from 1"],
    f"run weeks={'9' * 400}": ["weeks=999", "...", "int from 1 to 5200"],
    f"run weeks={'9' * 5000}": ["weeks='999", "...", "int from 1 to 5200"],
    "run weeks=0": ["weeks=0", "int from 1 to 5200"],
    "run seed=1,2": ["seed='1,2'", "one value a key"],
    "run seed=range(1,9)": ["seed='range(1,9)'", "one value a key"],
    "run -m seed=1,2": ["--multirun", "one value a key"],
    "run seed=4294967295": ["replications=10", "4294967295"],
    "run replications=1e9": ["replications=1000000000", "1 to 1000000"],
    "run workers=0": ["workers=0", "1 to 1024"],
    "run export=pdf": ["export='pdf'", "csv, xlsx"],
    "run output=": ["output=''", "path"],
    "run output=afile": ["output=afile", "is a file"],
    "run output=afile/below": ["output=afile/below", "is a file"],
    "run output=folder": ["output=folder", "holds other files (treasure.txt)"],
    "run output=/proc/nowhere/x": ["output=/proc/nowhere/x"],
    "run scandals=3": ["scandals=3", "list"],
    "run scandals=[{week:3,venue:moon}]": ["scandals[0].venue='moon'", "resale_wechat"],
    "run policies=like_ban": ["policies='like_ban'", "friend_limit, "],
    "run policies.like_bann=on": ["policies.like_bann='on'", "nearest is policies.like_ban", "friend_limit"],
    "run like_ban=on": ["like_ban='on'", "nearest is policies.like_ban"],
    "run policies.like_ban=yes": ["policies.like_ban='yes'", "on, off"],
    "run policies.like_ban.detecton=0.5": [
        "policies.like_ban.detecton='0.5'",
        "nearest is policies.like_ban.detection",
    ],
    "run policies.like_ban.detection=1.5": ["policies.like_ban.detection=1.5", "float from 0 to 1"],
    "run policies.like_ban.detection=": ["policies.like_ban.detection=''", "float from 0 to 1"],
    "run policies.like_ban.detection=0.1,0.2": ["policies.like_ban.detection='0.1,0.2'", "one value a key"],
    "run policies.like_ban.ladder=soon": ["policies.like_ban.ladder='soon'", "days"],
    "run policies.like_ban.remove_followers=maybe": ["policies.like_ban.remove_followers='maybe'", "bool"],
    "run policies.friend_limit.limit=(5": ["policies.friend_limit.limit='(5'", "int from 1"],
    "run policies.friend_limit.mode=cut": ["policies.friend_limit.mode='cut'", "grandfather, purge"],
    "run policies.like_ban.schedule=[[22,0.5]": ["policies.like_ban.schedule='[[22,0.5]'", "[week, intensity]"],
    "run policies.like_ban.schedule=[[22,x]]": ["policies.like_ban.schedule=[[22, 'x']]", "[week, intensity]"],
    "run policies.like_ban.end_week=0": ["policies.like_ban.end_week=0", "after start_week=0"],
    "run policies.like_ban=[{},{}]": ["policies.like_ban[1].start_week=0", "overlaps with policies.like_ban[0]"],
    "run policies.like_ban.start_week=156": ["policies.like_ban.start_week=156", "weeks=156", "up to week 155"],
    "run policies.like_ban={start_week:3} weeks=3": ["policies.like_ban.start_week=3", "weeks=3"],
    "run policies={like_ban:{start_week:3}} weeks=3": ["policies.like_ban.start_week=3", "weeks=3"],
    "run policies.like_ban.schedule=[[3,1]] weeks=3": ["policies.like_ban.schedule=[[3, 1.0]]", "weeks=3"],
    "run scenario=history weeks=19 policies.friend_limit=on": ["policies.friend_limit.start_week=19", "weeks=19"],
    "run scenario=history policies.like_ban.start_week=3": ["policies.like_ban.start_week=3", "2 phases"],
    "run --config-dir broken scenario=policy": ["scenario policy: policies.like_bann=None", "policies.like_ban"],
    "run shops.pricing=barter": ["shops.pricing='barter'", "cost_plus"],
    "list": ["scenarios, measures, parameters, policies, studies"],
    "list parameterz": ["parameterz", "nearest is parameters"],
    "list parameters measures": ["parameters measures", "no such list"],
    "list parameters --format xml": ["--format", "xml", "csv"],
    "--completion tcsh": ["tcsh", "bash"],
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a folder with a few files that are no good."""
    (tmp_path / "afile").write_text("a file\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "treasure.txt").write_text("not ours\n")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "words.txt").write_text("these\nare\nno friendships\n")
    for path, text in {
        "scenario/bad": "shops: [1\n",
        "scenario/typo": "shops: {initial_shar: 0.1}\n",
        "scenario/twice": "shops: {}\nshops: {}\n",
        "scenario/defaults": "defaults: [classroom]\n",
        "scenario/policy": "policies: {like_bann: null}\n",
        "network/odd": "knd: file\n",
    }.items():
        file = tmp_path / "broken" / f"{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything_in(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("typed", USER_ERRORS)
def test_user_errors_are_one_line_and_leave_nothing(typed, here, capfd):
    before = everything_in(here)
    code = main(typed.split())
    out, err = capfd.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("weishang: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert [each for each in USER_ERRORS[typed] if each not in err] == []
    assert everything_in(here) == before


def test_control_letters_do_not_reach_the_terminal(here, capfd):
    assert main(["run", "po\x1b[31mp\nx=1"]) == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_an_output_that_cannot_be_written_is_refused(here, capfd):
    if os.geteuid() == 0:
        pytest.skip("nothing is forbidden to root")
    (here / "folder").chmod(0o500)
    assert main(["run", "output=folder/below"]) == 2
    assert "cannot be written" in capfd.readouterr().err


@pytest.mark.parametrize("seed", ["null", "3"])  # a graph a world, and one for all
def test_a_town_above_the_memory_is_refused_and_nothing_written(here, capfd, monkeypatch, seed):
    from sim import network

    monkeypatch.setattr(network, "available_memory", lambda: 10**4)
    before = everything_in(here)
    assert main(["run", *SMALL, f"network.seed={seed}"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "available" in err
    assert everything_in(here) == before


def test_faults_of_ours_show_where_they_happened(here, monkeypatch):
    from sim.cli import listing

    def fault(arguments):
        raise ValueError("a fault of ours")

    monkeypatch.setitem(listing.LISTS, "parameters", fault)
    with pytest.raises(ValueError, match="a fault of ours"):
        main(["list", "parameters"])


# help -----------------------------------------------------------------------------------------


def test_help_names_the_verbs_and_imports_nothing_heavy():
    heavy = "{'numpy', 'numba', 'pandas', 'mesa', 'hydra', 'omegaconf', 'scipy', 'pyarrow'}"
    code = f"import sys; from sim.cli import main; main(['--help']); print(sorted({heavy} & set(sys.modules)))"
    *help_lines, loaded = python("-c", code).stdout.splitlines()
    assert loaded == "[]"
    assert all(f"  {verb}" in "\n".join(help_lines) for verb in VERBS)


def test_help_of_run_names_every_key_with_range_unit_and_default(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["run", "--help"]) == 0
    text = capsys.readouterr().out
    shown = set(re.findall(r"^  ([\w.]+)=", text, re.M))
    assert set(all_keys()) - shown == {"scandals"}
    flat = " ".join(text.split())
    assert re.search(r"population\.n_people=20000 \D*200 to 10000000 people", flat)
    assert "scandals[].venue=resale_wechat" in text
    assert "policies.NAME=off switches it off" in flat
    assert all(name in text for name in available())
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_a_module(verb, capsys):
    assert main([verb, "--help"]) == 0
    assert VERBS[verb].summary[1:] in capsys.readouterr().out
    assert VERBS[verb].module.startswith("sim.cli.")


def test_version_and_no_words(capsys):
    assert main(["--version"]) == 0
    assert re.fullmatch(r"weishang \S+\n", capsys.readouterr().out)
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("weishang VERB")


# composing ------------------------------------------------------------------------------------


def configuration(*words, capsys):
    assert main(["run", "--cfg", "job", *words]) == 0
    return yaml.safe_load(capsys.readouterr().out)


@pytest.mark.parametrize("name", sorted(available()))
def test_hydra_and_python_compose_the_same(name, here, capsys):
    words = ("shops.initial_share=2e-1", "trust.gain_bad=0.2", "scandals=[{week:3,cut:.5}]", "network.seed=7")
    given = {
        "shops": {"initial_share": 0.2},
        "trust": {"gain_bad": 0.2},
        "scandals": [{"week": 3, "cut": 0.5}],
        "network": {"seed": 7},
    }
    for typed, overrides in (((), {}), (words, given)):
        composed = configuration(f"scenario={name}", *typed, capsys=capsys)
        expected = load(name, overrides=overrides).parameters
        assert {key: value for key, value in composed.items() if key in to_mapping(expected)} == to_mapping(expected)
    assert not (here / "results").exists()


def test_cfg_shows_settings_and_takes_hydras_marks(here, capsys):
    whole = configuration("seed=3", "+weeks=1e2", "++shops.initial_tiers=3", "output=~/a, b(c", capsys=capsys)
    assert (whole["scenario"], whole["seed"], whole["weeks"], whole["replications"]) == ("baseline", 3, 100, 10)
    assert whole["output"] == f"{Path.home()}/a, b(c"
    assert whole["shops"]["initial_tiers"] == 3


POLICIES_TYPED = [
    # what is typed, name of a policy, fields of its phases (none: it is off)
    (["policies.friend_limit.limit=500"], "friend_limit", [{"limit": 500, "start_week": 0, "mode": "grandfather"}]),
    (["policies.friend_limit=on"], "friend_limit", [{"limit": 5000}]),
    (["policies.friend_limit=null"], "friend_limit", [{"limit": 5000}]),
    (["policies.friend_limit={}"], "friend_limit", [{"limit": 5000}]),
    (["policies.friend_limit=off"], "friend_limit", []),
    (["policies.like_ban.ladder=30"], "like_ban", [{"ladder": "30"}]),
    (["policies.like_ban.ladder='7 15 permanent'"], "like_ban", [{"ladder": "7 15 permanent"}]),
    (["policies.like_ban.remove_followers=TRUE"], "like_ban", [{"remove_followers": True}]),
    (["policies.like_ban.schedule=[[22,0.5],[51,1]]"], "like_ban", [{"schedule": [[22, 0.5], [51, 1.0]]}]),
    (["policies.like_ban=[{end_week: 9},{start_week: 9}]"], "like_ban", [{"end_week": 9}, {"start_week": 9}]),
    (["scenario=history"], "like_ban", [{"start_week": 22, "detection": 0.3}, {"start_week": 51, "detection": 0.3}]),
    (["scenario=history", "policies.like_ban=on"], "like_ban", [{"start_week": 22}, {"start_week": 51}]),
    (["scenario=history", "policies=null"], "like_ban", [{"start_week": 22}, {"start_week": 51}]),
    (["scenario=history", "policies.like_ban=off"], "like_ban", []),
    (["scenario=history", "policies.like_ban=false"], "like_ban", []),
    (
        ["scenario=history", "policies.like_ban.detection=0.9"],
        "like_ban",
        [{"start_week": 22, "detection": 0.9}, {"start_week": 51, "detection": 0.9, "ladder": "30 permanent"}],
    ),
    (["scenario=history", "policies.friend_limit.start_week=0"], "friend_limit", [{"start_week": 0, "limit": 5000}]),
    (["scenario=history", "policies.like_ban=off", "policies.like_ban.detection=0.9"], "like_ban", [{"start_week": 0}]),
    (["policies.like_ban.detection=0.9", "policies.like_ban=off", "policies.like_ban.detection=0.9"], "like_ban", [{}]),
    (["scenario=history", "weeks=30"], "like_ban", [{"start_week": 22}, {"start_week": 51}]),  # the file may be late
]


@pytest.mark.parametrize(("typed", "name", "expected"), POLICIES_TYPED)
def test_policies_are_switched_on_amended_and_switched_off(typed, name, expected, here, capsys):
    found = configuration(*typed, capsys=capsys)["policies"].get(name, [])
    phases = [found] if isinstance(found, dict) else found
    assert [phase | given for phase, given in zip(phases, expected, strict=True)] == phases


@pytest.mark.parametrize("words", [["population=null"], ["population.value_median=77", "population=null"]])
def test_a_group_given_null_keeps_what_was_said_before(words, here, capsys):
    population = configuration("scenario=classroom", *words, capsys=capsys)["population"]
    assert population["n_people"] == 350
    assert population["value_median"] == (
        77 if len(words) == 2 else load("classroom").parameters.population.value_median
    )


def test_folders_given_come_first(here, capsys):
    (here / "mine" / "scenario").mkdir(parents=True)
    (here / "mine" / "network").mkdir()
    (here / "mine" / "scenario" / "classroom.yaml").write_text("description: mine\npopulation: {n_people: 222}\n")
    (here / "mine" / "scenario" / "headed.yaml").write_text("# @package _global_\npopulation: {n_people: 333}\n")
    (here / "mine" / "network" / "town.yaml").write_text("kind: file\npath: friends.txt\n")
    extra = ("--config-dir", "mine")
    assert configuration(*extra, "scenario=classroom", capsys=capsys)["population"]["n_people"] == 222
    assert configuration(*extra, "scenario=headed", capsys=capsys)["population"]["n_people"] == 333
    assert configuration("scenario=classroom", capsys=capsys)["population"]["n_people"] == 350
    town = configuration(*extra, "scenario=classroom", "network=town", capsys=capsys)
    assert town["network"]["path"] == "friends.txt"
    assert "n_people" not in town["population"]
    assert build({key: town[key] for key in ("population", "network", "shops")}).network.kind == "file"


def test_a_named_network_comes_before_that_of_the_scenario(here, capsys):
    (here / "mine" / "scenario").mkdir(parents=True)
    (here / "mine" / "scenario" / "town.yaml").write_text("network: {kind: file, path: friends.txt}\n")
    extra = ("--config-dir", "mine", "scenario=town")
    assert configuration(*extra, capsys=capsys)["network"]["kind"] == "file"
    assert configuration(*extra, "network=generated", capsys=capsys)["network"]["kind"] == "generated"
    assert configuration(*extra, "network.path=other.txt", capsys=capsys)["network"]["path"] == "other.txt"


# running --------------------------------------------------------------------------------------


def test_run_prints_a_table_that_fits_and_says_where_the_files_are(here, capfd):
    assert main(["run", "scenario=classroom", "weeks=20", "replications=3"]) == 0
    out = capfd.readouterr().out
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split()[0] for line in lines[4:8]] == ["resale", "direct", "bazaar", "mall"]
    assert all(heading in lines[3] for heading in ("price", "trust", "satisfaction", "share"))
    assert lines[4].count("[") == 4
    assert "among 350 people" in out
    (folder,) = (here / "results" / "run").iterdir()
    assert re.fullmatch(r"classroom-[0-9a-f]{8}", folder.name)
    assert f"results in {folder.relative_to(here)}" in out
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        "weekly.parquet",
        "runs.parquet",
        "measures.csv",
    }


def test_one_seed_has_no_interval_and_shortages_are_noted(here, capfd):
    assert main(["run", *SMALL[:2], "replications=1", "shops.initial_share=0.5"]) == 0
    out = capfd.readouterr().out
    assert "one seed has no interval" in out
    assert "[" not in out
    assert re.search(r"^note: shops opened: \d+ of 100", out, re.M)


def test_a_scenarios_policies_that_come_too_late_are_noted_and_kept_in_the_results(here, capfd):
    import pandas as pd

    assert main(["run", "scenario=history", *SMALL, "policies.friend_limit=off"]) == 0
    out = capfd.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    assert re.findall(r"^note: (like_ban .*)$", out, re.M) == [
        f"like_ban from week {week}: has no effect in a run of 3 weeks" for week in (22, 51)
    ]
    assert "friend_limit" not in out
    (folder,) = (here / "results" / "run").iterdir()
    runs = pd.read_parquet(folder / "runs.parquet")
    assert runs["policies.like_ban[1].ladder"].tolist() == ["30 permanent"] * 2
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [each["start_week"] for each in manifest["configuration"]["parameters"]["policies"]["like_ban"]] == [22, 51]


def test_quiet_is_silent_but_for_errors(here, capfd):
    assert main(["run", "--quiet", *SMALL]) == 0
    assert capfd.readouterr() == ("", "")
    assert main(["run", "--quiet", "weeks=0"]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_a_network_file_counts_by_its_content_not_by_its_place(here, capfd):
    edges = "".join(f"{i} {(i + step) % 250}\n" for i in range(250) for step in (1, 2, 7))
    for name in ("one.txt", "two.txt"):
        (here / name).write_text(f"{edges}3 3\n0 1\n")
        assert main(["run", "network=file", f"network.path={name}", "weeks=3", "replications=2", "workers=1"]) == 0
    out = capfd.readouterr().out
    assert out.count("among 250 people") == 2
    assert out.count("note: network file: 1 self-loops, 1 doubles dropped") == 2
    assert out.count("found finished in") == 1
    (here / "two.txt").write_text(edges.replace("\n0 1\n", "\n"))
    assert main(["run", "network=file", "network.path=two.txt", "weeks=3", "replications=2", "workers=1"]) == 0
    assert len(list((here / "results" / "run").iterdir())) == 2


def test_progress_is_drawn_on_a_terminal_and_rare_elsewhere():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = {}
    for stream in (Terminal(), io.StringIO()):
        with ProgressLine("run", stream=stream) as progress:
            progress.last_shown = -100.0
            for week in (0, 10, 20):
                progress(week, 100)
        shown[stream.isatty()] = stream.getvalue()
    assert shown[True].startswith("\r\x1b[Krun: starting")
    assert shown[True].endswith("\r\x1b[K")  # wiped
    assert shown[False].count("\n") == 1


def test_progress_tells_rate_and_remaining_time():
    assert progress_text("run", 50, 200, 12.5) == "run: 50 of 200 weeks (25 %), 12.5 weeks/s, 12 s left"
    assert progress_text("run", 50, 200, 0.0) == "run: 50 of 200 weeks (25 %)"


# lists ----------------------------------------------------------------------------------------


def test_parameters_are_listed_with_everything_known_of_them(capsys):
    assert main(["list", "parameters", "--format", "csv"]) == 0
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert {key for key in all_keys() if not key.startswith("policies")} - {"scandals"} <= set(rows)
    assert rows["population.n_people"]["default"] == "20000"
    assert (rows["population.n_people"]["low"], rows["population.n_people"]["high"]) == ("200", "10000000")
    assert all(row["unit"] and row["source"] and row["tag"] and row["meaning"] for row in rows.values())
    assert main(["list", "parameters", "--format", "json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == list(rows)
    assert main(["list", "parameters"]) == 0
    table = capsys.readouterr().out
    assert all(name in table for name in rows)


def test_measures_are_listed_in_the_order_of_their_columns(capsys):
    from sim.measures import catalogue

    assert main(["list", "measures", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [measure.name for measure in catalogue()]
    assert all(row["unit"] and row["formula"] and row["source"] for row in rows)


def test_policies_are_listed_with_their_fields_below_them(capsys):
    from sim.policies import catalogue

    assert main(["list", "policies", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    fields = {name: [each.name for each in dataclasses.fields(cls)] for name, cls in catalogue().items()}
    expected = [[f"policies.{name}", *(f"policies.{name}.{each}" for each in fields[name])] for name in fields]
    assert [row["name"] for row in rows] == [key for keys in expected for key in keys]
    for row in rows:
        assert row["unit"] and row["source"] and row["meaning"]
        is_whole = row["name"].count(".") == 1
        assert bool(row["counterpart"]) is is_whole
        assert bool(row["tag"]) is not is_whole
        assert (row["default"], row["choices"]) == ("off", "on off") or not is_whole
    assert main(["list", "policies", "--format", "json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [row["name"] for row in rows]


def test_the_table_of_policies_says_what_each_does_and_stands_for(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["list", "policies"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    flat = " ".join(text.split())
    assert "policies.friend_limit: Caps the people who hold a shop" in flat
    assert "WeChat's cap of 5000 contacts" in flat
    assert re.search(r"^  policies\.friend_limit\.schedule=\[\] ", text, re.M)
    assert re.search(r"^  policies\.like_ban\.remove_followers=false ", text, re.M)
    assert all(f"  {key}=" in text for key in all_keys() if key.startswith("policies."))


def test_studies_are_listed_with_their_titles(capsys):
    assert main(["list", "studies"]) == 0
    assert re.search(r"way_out +Where is the way out", capsys.readouterr().out)


def test_scenarios_are_listed_with_those_of_the_user(here, capsys):
    (here / "broken" / "scenario" / "mine.yaml").write_text("description: a town of mine\n")
    assert main(["list", "scenarios", "--config-dir", "broken"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"mine +a town of mine", out)
    assert re.search(r"bad +\(cannot be read\)", out)
    assert "not calibrated" in " ".join(out.split())


def test_a_reader_that_goes_away_is_no_error():
    line = f"{sys.executable} -m sim.cli list parameters | head -n 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_ctrl_c_is_one_line_whatever_a_library_makes_of_it(monkeypatch, capsys):
    def stopped(_):
        try:
            raise KeyboardInterrupt
        finally:
            raise UnboundLocalError("cannot access local variable 'f'")

    monkeypatch.setattr(sim.cli, "dispatch", stopped)
    assert main(["run"]) == 130
    assert capsys.readouterr().err == "weishang: interrupted; run the same line again\n"


def test_sigterm_ends_as_ctrl_c_does(monkeypatch, capsys):
    def terminated(_):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    monkeypatch.setattr(sim.cli, "dispatch", terminated)
    try:
        assert main(["run"]) == 143
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
    assert capsys.readouterr().err == "weishang: interrupted; run the same line again\n"


def test_letters_that_the_terminal_does_not_know_are_no_error():
    line = [sys.executable, "-m", "sim.cli", "list", "scenarios"]
    ascii_only = environment() | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(line, capture_output=True, env=ascii_only, check=True)
    assert done.stdout.isascii() and b"baseline" in done.stdout
    assert done.stderr == b""


def environment():
    return os.environ | {"PYTHONPATH": str(ROOT)}


def python(*words):
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment(), check=True)
