"""`weishang compare` and `sim.compare`: twins by seed, forks, enough pairs, files, words."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import sim
from sim import model
from sim.cli import main
from sim.cli.completion import candidates
from sim.measures import catalogue
from sim.model import Market
from sim.scenario import load
from sim.study import store
from sim.study.effects import HEADLINE
from sim.study.pairing import build_pairing

ROOT = Path(__file__).resolve().parents[1]
FINAL_FILES = {"manifest.json", "weekly.parquet", "runs.parquet", "effects.parquet", "people.parquet", "measures.csv"}
PAGES = {"report.html"}
SMALL = ("population.n_people=200", "weeks=6", "workers=1")
THREE = "scenarios=[baseline,like_ban,friend_limit_500]"
LIVELY = ("shops.initial_share=0.1", "campaigns.campaign_rate=0.5", "population.need_per_week=0.8")
PATIENCE = 240

USER_ERRORS = {
    "": ["scenarios: missing", "scenarios=[NAME,NAME,...]"],
    "scenarios=[baseline]": ["two or more"],
    "scenarios=[]": ["no such scenario ''"],
    "scenarios=[baseline,like_bann]": ["'like_bann'", "nearest is like_ban"],
    "scenarios=[baseline,like_ban,baseline]": ["baseline is given twice"],
    "scenarios=[baseline,classroom]": ["classroom has population.n_people=350", "baseline 20000"],
    "scenario=baseline": ["scenarios: missing"],
    f"{THREE} scenario=classroom": ["scenario='classroom'", "scenarios=[NAME,NAME,...]"],
    f"{THREE} fork_wek=3": ["fork_wek='3'", "nearest is fork_week"],
    f"{THREE} fork_week=156": ["fork_week=156", "weeks=156", "0 to 155"],
    f"{THREE} fork_week=soon": ["fork_week='soon'", "int from 0"],
    f"{THREE} fork_week=-1": ["fork_week=-1", "int from 0"],
    f"{THREE} replications=auto": ["replications='auto'", "target=measure:halfwidth"],
    f"{THREE} replications=automatic": ["replications='automatic'", "int from 1"],
    f"{THREE} target=welfare:5": ["target='welfare:5'", "only with replications=auto"],
    f"{THREE} max=30": ["max=30", "only with replications=auto"],
    f"{THREE} replications=auto target=wellfare:5": ["target='wellfare:5'", "nearest is welfare"],
    f"{THREE} replications=auto target=welfare": ["target='welfare'", "no half-width"],
    f"{THREE} replications=auto target=welfare:-1": ["target='welfare:-1'", "above 0"],
    f"{THREE} replications=auto target=welfare:nan": ["target='welfare:nan'", "above 0"],
    f"{THREE} replications=auto target=welfare:5 max=5": ["max=5", "from 10"],
    f"{THREE} population.n_poeple=300": ["population.n_poeple", "nearest is population.n_people"],
    f"{THREE} policies.like_ban.start_week=156": ["policies.like_ban.start_week=156", "up to week 155"],
    f"{THREE} output=afile": ["output=afile", "is a file"],
    "--config-dir mine scenarios=[baseline,dear] fork_week=3": ["dear has trust.gain_bad=0.3", "policies and scandals"],
    "--config-dir mine scenarios=[baseline,town]": ["town has network.kind='file'", "baseline 'generated'"],
}


@pytest.fixture(autouse=True)
def a_page_in_no_time(monkeypatch):
    """Write an empty page instead of the report, which has tests of its own (test_report.py)."""

    def make_report(folder, given):
        (folder / "report.html").write_text("", encoding="utf-8")

    monkeypatch.setattr("sim.cli.compare.make_report", make_report)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a folder with scenarios of one's own."""
    (tmp_path / "afile").touch()
    for name, text in {
        "dear": "trust: {gain_bad: 0.3}\n",
        "town": "network: {kind: file, path: friends.txt}\n",
        "sparse": "network: {log_mean: 3.0}\n",
        "early": "policies: {like_ban: {detection: 0.9, start_week: 2}, friend_limit: {end_week: 3}}\n",
        "late": "policies: {like_ban: {detection: 0.9, start_week: 5}}\n",
        "same": "description: the baseline by another name\n",
        "exposed": "scandals: [{week: 1, cut: 0.5}, {week: 5, cut: 0.5}]\n",
    }.items():
        file = tmp_path / "mine" / "scenario" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def tables_in(folder):
    return {name: store.read_parquet(folder / f"{name}.parquet") for name in ("weekly", "runs", "effects", "people")}


def compared(*words):
    assert main(["compare", *SMALL, *LIVELY, "output=out", *words]) == 0
    folders = [word.partition("=")[2] for word in ("output=out", *words) if word.startswith("output=")]
    return tables_in(Path(folders[-1]))


def of(table, scenario):
    """Return the rows of a scenario without its name."""
    return table[table["scenario"] == scenario].drop(columns="scenario").reset_index(drop=True)


@pytest.mark.parametrize("typed", USER_ERRORS)
def test_user_errors_are_one_line_and_leave_nothing(typed, here, capfd):
    before = sorted(here.rglob("*"))
    assert main(["compare", *typed.split()]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert [each for each in USER_ERRORS[typed] if each not in err] == []
    assert sorted(here.rglob("*")) == before


# twins ----------------------------------------------------------------------------------------


def test_worlds_are_those_that_run_would_make_and_effects_their_paired_differences(here, capfd):
    tables = compared(THREE, "replications=3", "seed=4")
    names = [measure.name for measure in catalogue()]
    overrides = dict(word.split("=") for word in (SMALL[0], *LIVELY))
    for name in ("baseline", "like_ban"):
        market = Market(parameters=load(name, overrides=overrides).parameters, seed=5).run(6)
        rows = of(tables["weekly"], name)
        kept = rows[rows["seed"] == 5].reset_index(drop=True)[market.weekly.columns]
        pd.testing.assert_frame_equal(kept, market.weekly, check_dtype=False)
    runs = {name: of(tables["runs"], name) for name in ("baseline", "like_ban", "friend_limit_500")}
    assert runs["like_ban"]["seed"].tolist() == [4, 5, 6]
    effects = tables["effects"].set_index(["scenario", "measure"])
    assert effects.index.tolist() == [(name, measure) for name in ("like_ban", "friend_limit_500") for measure in names]
    difference = runs["like_ban"]["trust.resale"] - runs["baseline"]["trust.resale"]
    row = effects.loc[("like_ban", "trust.resale")]
    assert difference.abs().min() > 0
    assert row["difference"] == pytest.approx(difference.mean())
    assert (row["baseline"], row["n"]) == ("baseline", 3)
    assert row["ci_low"] < row["difference"] < row["ci_high"]


def test_all_worlds_of_a_seed_share_one_friend_graph(here, capfd, monkeypatch):
    made = []
    generate = model.make_network
    monkeypatch.setattr(model, "make_network", lambda parameters, seed: made.append(seed) or generate(parameters, seed))
    compared(THREE, "replications=3")
    assert made == [1, 2, 3]


def test_another_graph_is_made_where_a_scenario_asks_for_it(here, capfd):
    tables = compared("--config-dir", "mine", "scenarios=[baseline,sparse,same]", "replications=2")
    weekly = tables["weekly"]
    pd.testing.assert_frame_equal(of(weekly, "baseline"), of(weekly, "same"))
    assert not of(weekly, "baseline").equals(of(weekly, "sparse"))


def test_identical_worlds_are_said_to_be_so(here, capfd):
    tables = compared("--config-dir", "mine", "scenarios=[baseline,same]", "replications=2")
    out = capfd.readouterr().out
    found = tables["effects"].set_index("measure").loc[list(HEADLINE)]
    valued = found[found["n"] == 2]
    assert {"trust.resale", "n_shops", "welfare"} <= set(valued.index)
    assert valued[["difference", "ci_low", "ci_high"]].to_numpy().tolist() == [[0.0, 0.0, 0.0]] * len(valued)
    assert set(valued["verdict"]) == {"no difference"}
    assert re.search(r"welfare +\S+ +0\.?0* +\[0\.?0*, 0\.?0*\] +no difference", out)


def test_one_pair_has_no_interval(here, capfd):
    tables = compared("scenarios=[baseline,like_ban]", "replications=1")
    assert tables["effects"][["ci_low", "ci_high", "rho"]].isna().all(axis=None)
    assert set(tables["effects"]["verdict"]) <= {"cannot tell", "no value"}
    assert "one pair of worlds" in capfd.readouterr().out


# forks ----------------------------------------------------------------------------------------


def test_forked_worlds_share_their_past_and_then_live_their_own_policies(here, capfd):
    extra = ("--config-dir", "mine")
    tables = compared(*extra, "scenarios=[baseline,early,late,exposed]", "replications=2", "fork_week=4", "weeks=8")
    out = capfd.readouterr().out
    weekly = tables["weekly"]
    for name in ("early", "late", "exposed"):
        ours, theirs = of(weekly, name), of(weekly, "baseline")
        past = ours["week"] < 4
        pd.testing.assert_frame_equal(ours[past], theirs[past])
        assert not ours[~past].equals(theirs[~past])
    assert re.findall(r"^note: (.*over before.*)$", out, re.M) == [
        "early: friend_limit to week 3: over before fork_week=4, has no effect",
        "exposed: scandal of week 1: over before fork_week=4, has no effect",
    ]
    assert "forked in week 4" in out
    # what began before the fork begins with it, what begins later keeps its date
    overrides = dict(word.split("=") for word in (SMALL[0], *LIVELY))
    for name, start in (("early", 4), ("late", 5)):
        policies = {"policies.like_ban": {"detection": 0.9, "start_week": start}}
        market = Market(parameters=load("baseline", overrides=overrides | policies).parameters, seed=2).run(8)
        rows = of(weekly, name)
        kept = rows[rows["seed"] == 2].reset_index(drop=True)[market.weekly.columns]
        pd.testing.assert_frame_equal(kept, market.weekly, check_dtype=False)


def test_a_policy_of_the_baseline_ends_where_a_scenario_without_it_forks(here, capfd):
    words = ("--config-dir", "mine", "scenarios=[late,baseline]", "replications=1", "fork_week=6", "weeks=9")
    weekly = compared(*words)["weekly"]
    overrides = dict(word.split("=") for word in (SMALL[0], *LIVELY))
    policies = {"policies.like_ban": {"detection": 0.9, "start_week": 5, "end_week": 6}}
    market = Market(parameters=load("baseline", overrides=overrides | policies).parameters, seed=1).run(9)
    kept = of(weekly, "baseline")[market.weekly.columns]
    pd.testing.assert_frame_equal(kept, market.weekly, check_dtype=False)


def test_the_shared_past_is_lived_once_a_seed(here, capfd, monkeypatch):
    weeks = []
    step = Market.step

    def counted(market):
        before = market.week
        step(market)
        weeks.extend([market.week] * (market.week > before))  # no idle step of a fork that catches up

    monkeypatch.setattr(Market, "step", counted)
    compared(THREE, "replications=2", "fork_week=4", "weeks=6")
    assert len(weeks) == 2 * (4 + 3 * 2)


def test_a_fork_in_week_0_is_no_fork(here, capfd):
    first = compared(THREE, "replications=2")
    second = compared(THREE, "replications=2", "fork_week=0", "output=other")
    pd.testing.assert_frame_equal(first["weekly"], second["weekly"])


# enough pairs ---------------------------------------------------------------------------------


def half_widths(effects, measure):
    rows = effects[effects["measure"] == measure]
    return ((rows["ci_high"] - rows["ci_low"]) / 2).to_numpy()


def test_pairs_are_added_until_the_interval_is_narrow_at_two_checks_running(here, capfd):
    tables = compared(THREE, "replications=auto", "target=trust.resale:0.01", "max=60")
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    n, runs = len(manifest["seeds"]), tables["runs"]
    assert n in (20, 30, 40, 50, 60)
    assert (half_widths(tables["effects"], "trust.resale") <= 0.01).all()
    assert runs["seed"].nunique() == n
    names = ["baseline", "like_ban", "friend_limit_500"]
    from sim.study.effects import effects_table

    narrow = [
        (half_widths(effects_table(runs[runs["seed"] <= k], names, ["trust.resale"]), "trust.resale") <= 0.01).all()
        for k in range(10, n + 1, 10)
    ]
    assert narrow[-2:] == [True, True]
    assert not any(one and next_one for one, next_one in pairwise(narrow[:-1]))
    assert f"stopped at {n} pairs: trust.resale +- 0.01 reached for every scenario." in capfd.readouterr().out
    assert manifest["stopping"]["reached"] is True


def test_the_most_pairs_allowed_are_an_end_and_said(here, capfd):
    compared(THREE, "replications=auto", "target=trust.resale:1e-9", "max=25")
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    assert manifest["seeds"] == list(range(1, 26))
    assert manifest["stopping"]["reached"] is False
    flat = " ".join(capfd.readouterr().out.split())
    assert "stopped at 25 pairs, the most allowed: trust.resale +- 1e-09 not reached (like_ban 0.0" in flat


def test_a_measure_without_values_is_never_narrow(here, capfd):
    compared(THREE, "replications=auto", "target=price.tier_8:5", "max=10")
    flat = " ".join(capfd.readouterr().out.split())
    assert "not reached (like_ban no interval, friend_limit_500 no interval)" in flat


def test_stopped_work_with_auto_goes_on_and_ends_the_same(here, capfd, monkeypatch):
    words = (THREE, "replications=auto", "target=trust.resale:0.01", "max=60")
    compared(*words)
    whole = files_in(here / "out")
    write = store.write_bytes

    def stop(path, content):
        if path.name == "seed-14-1.part":
            raise KeyboardInterrupt
        write(path, content)

    line = ["compare", *SMALL, *LIVELY, *words, "output=other"]
    with monkeypatch.context() as patched:
        patched.setattr(store, "write_bytes", stop)
        assert main(line) == 130
    assert "13 of 60 seeds are kept in other; run the same line again to go on" in capfd.readouterr().err
    kept = {path.name: path.stat().st_mtime_ns for path in (here / "other" / "parts").glob("*.part")}
    assert "seed-14.part" in kept
    assert main([*line, "workers=2"]) == 0
    for name in FINAL_FILES - {"manifest.json"}:
        assert files_in(here / "other")[name] == whole[name]


# files ----------------------------------------------------------------------------------------


def test_files_are_those_of_the_contract(here, capfd):
    tables = compared(THREE, "replications=2", "export=csv")
    assert set(files_in(here / "out")) == FINAL_FILES | PAGES | {"weekly.csv", "runs.csv", "effects.csv", "people.csv"}
    assert not (here / "out" / "parts").exists()
    names = [measure.name for measure in catalogue()]
    assert tables["weekly"].columns.tolist() == ["scenario", "point", "replication", "seed", "week", "date", *names]
    assert tables["runs"].columns.tolist()[: 4 + len(names)] == ["scenario", "point", "replication", "seed", *names]
    assert tables["runs"]["policies.friend_limit.limit"].tolist()[-1] == 500
    assert tables["runs"]["policies.friend_limit.limit"].isna().sum() == 4
    assert tables["effects"].columns.tolist() == [
        "scenario", "baseline", "measure", "mean", "mean_baseline", "difference", "ci_low", "ci_high", "n", "rho",
        "runs_needed", "detectable", "p_value", "p_adjusted", "verdict",
    ]  # fmt: skip
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    assert manifest["result_hash"] == store.result_hash(tables)
    assert manifest["configuration"]["scenarios"] == ["baseline", "like_ban", "friend_limit_500"]
    assert manifest["configuration_hash"] == store.configuration_hash(manifest["configuration"])
    assert set(manifest["verdicts"]) == {"like_ban", "friend_limit_500"}
    assert set(manifest["verdicts"]["like_ban"]) == set(HEADLINE)


def test_the_same_line_again_does_nothing_new_and_another_order_is_another_comparison(here, capfd, monkeypatch):
    words = ["compare", *SMALL, "replications=2"]
    assert main([*words, THREE]) == 0
    (folder,) = (here / "results" / "compare").iterdir()
    assert re.fullmatch(r"baseline-like_ban-friend_limit_500-[0-9a-f]{8}", folder.name)
    first, before = capfd.readouterr().out, files_in(folder)
    assert main([*words, "scenarios=[like_ban,baseline,friend_limit_500]"]) == 0
    assert len(list((here / "results" / "compare").iterdir())) == 2
    capfd.readouterr()
    monkeypatch.setattr(Market, "__init__", None)  # no world may be made
    assert main([*words, THREE, "workers=2"]) == 0
    assert files_in(folder) == before
    assert capfd.readouterr().out == first.replace("results in", "found finished in")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (["fork_week=3"], "fork_week=None, not 3"),
        (["policies.like_ban.detection=0.1"], "baseline.policies.like_ban"),
        (["replications=3"], "replications=2, not 3"),
    ],
)
def test_an_output_with_another_comparison_is_refused(here, capfd, changed, named):
    compared(THREE, "replications=2")
    capfd.readouterr()
    assert main(["compare", *SMALL, *LIVELY, "output=out", THREE, "replications=2", *changed]) == 2
    assert named in capfd.readouterr().err


def test_a_network_file_counts_by_its_content_and_is_read_once(here, capfd):
    edges = "".join(f"{i} {(i + step) % 250}\n" for i in range(250) for step in (1, 2, 7))
    words = ["compare", *SMALL[1:], THREE, "replications=2", "network=file"]
    for name in ("one.txt", "two.txt"):
        (here / name).write_text(f"{edges}3 3\n")
        assert main([*words, f"network.path={name}"]) == 0
    out = capfd.readouterr().out
    assert out.count("of 250 people") == 2
    assert out.count("found finished in") == 1
    assert out.count("note: network file: 1 self-loops, 0 doubles dropped") == 2


def test_few_seeds_are_spread_over_processes_world_by_world(here, capfd):
    for words in (("replications=1",), ("replications=1", "fork_week=3"), ("replications=2", "network.seed=3")):
        assert main(["compare", *SMALL, *LIVELY, THREE, *words, "output=one"]) == 0
        assert main(["compare", *SMALL[:2], *LIVELY, THREE, *words, "workers=3", "output=three"]) == 0
        for name in FINAL_FILES - {"manifest.json"}:
            assert files_in(here / "one")[name] == files_in(here / "three")[name]
        for folder in ("one", "three"):
            shutil.rmtree(here / folder)


def start(*words, folder):
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", "compare", *words], cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_killed_comparisons_go_on_and_end_the_same(tmp_path):
    words = ("scenarios=[baseline,like_ban]", "population.n_people=1000", "weeks=150", "replications=4", "fork_week=40")
    whole = start(*words, "workers=1", "--quiet", "output=whole", folder=tmp_path)
    assert whole.communicate(timeout=PATIENCE) == ("", "")
    killed = start(*words, "workers=2", "output=out", folder=tmp_path)
    end = time.monotonic() + PATIENCE
    while not list((tmp_path / "out" / "parts").glob("*.part")) and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=PATIENCE)
    assert not (tmp_path / "out" / "manifest.json").exists()
    finished = start(*words, "workers=2", "output=out", folder=tmp_path)
    out, _ = finished.communicate(timeout=PATIENCE)
    assert finished.returncode == 0
    assert "results in out" in out
    for name in FINAL_FILES - {"manifest.json"}:
        assert files_in(tmp_path / "out")[name] == files_in(tmp_path / "whole")[name]


# what is printed ------------------------------------------------------------------------------


def test_the_table_fits_and_says_method_and_rule(here, capfd):
    compared("scenarios=[baseline,history,like_ban]", "replications=3", "weeks=60")
    out = capfd.readouterr().out
    lines = out.splitlines()
    assert max(map(len, lines)) < 100
    assert [line.split()[0] for line in lines if line.startswith("  ") and "." in line.split()[0]] == [
        name for name in HEADLINE if "." in name
    ] * 2
    flat = " ".join(out.split())
    assert "clear: so does the 99.5 % interval" in flat
    assert "rho, the correlation of a pair" in flat
    assert "note: history: authorisation from week 114: has no effect in a run of 60 weeks" in flat
    assert main(["compare", "--quiet", *SMALL, THREE, "replications=1"]) == 0
    assert capfd.readouterr() == ("", "")


def test_cfg_shows_the_whole_comparison_and_runs_nothing(here, capfd):
    words = ["compare", "--cfg", "job", THREE, *SMALL, "replications=auto", "target=welfare:5", "fork_week=3"]
    assert main(words) == 0
    whole = yaml.safe_load(capfd.readouterr().out)
    assert (whole["scenarios"][0], whole["replications"], whole["fork_week"]) == ("baseline", "auto", 3)
    assert whole["parameters"]["friend_limit_500"]["policies"]["friend_limit"]["limit"] == 500
    assert not (here / "results").exists()


def test_help_and_completion_know_the_verb(here, capfd):
    assert main(["compare", "--help"]) == 0
    out = capfd.readouterr().out
    assert all(f"  {key}=" in out for key in ("fork_week", "target", "max", "replications", "population.n_people"))
    assert candidates(["comp"]) == ["compare"]
    assert candidates(["compare", "scen"]) == ["scenarios="]
    assert candidates(["compare", "scenarios=[baseline,like"]) == ["scenarios=[baseline,like_ban"]
    assert "scenarios=[baseline" not in candidates(["compare", "scenarios=[baseline,"])
    assert candidates(["compare", "fork_w"]) == ["fork_week="]
    assert candidates(["compare", "replications="]) == ["replications=10", "replications=auto"]
    assert candidates(["run", "fork_w"]) == []


# from Python ----------------------------------------------------------------------------------


def test_python_compares_as_the_command_does(here, capfd):
    typed = compared(THREE, "replications=2", "output=typed")
    groups = {"shops": {"initial_share": 0.1}, "campaigns": {"campaign_rate": 0.5}}
    result = sim.compare(
        ["baseline", load("like_ban"), "friend_limit_500"], replications=2, n_people=200, weeks=6, workers=1,
        output="given", population={"need_per_week": 0.8}, **groups,
    )  # fmt: skip
    for name in ("weekly", "runs", "effects", "people"):
        pd.testing.assert_frame_equal(getattr(result, name), typed[name])
    with pytest.raises(ValueError, match="nearest is replications"):
        sim.compare(["baseline", "like_ban"], replication=3)


def test_a_script_needs_no_guard_for_its_processes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sim\n"
        "result = sim.compare(['baseline', 'like_ban'], replications=2, n_people=200, weeks=3, workers=2)\n"
        "print(len(result.runs))\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("4\n", "")


def test_settings_and_pairing_are_read_from_one_mapping():
    settings, pairing = build_pairing({"replications": "auto", "target": "welfare:5", "max": 30, "seed": 7})
    assert (settings.seed, settings.replications, pairing.max) == (7, 30, 30)
    assert np.isscalar(pairing.max)
    settings, pairing = build_pairing({"fork_week": "26"})
    assert (settings.replications, pairing.fork_week) == (10, 26)
