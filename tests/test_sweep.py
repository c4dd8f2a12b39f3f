"""`weishang sweep`: what it runs, what it writes, what it says, and that nothing is done twice."""

import json
import re
import shlex

import numpy as np
import pandas as pd
import pytest

from sim.cli import main
from sim.cli.sweep_report import bytes_said
from sim.study import store
from sim.sweep.plan import CORE

SMALL = ("population.n_people=200", "weeks=6", "replications=3", "executor=here")
GRID = ("trust.gain_bad=choice(.05,.3)", "policies.post_limit.limit=choice(1,20)")
FILES = {"manifest.json", "weekly.parquet", "runs.parquet", "points.parquet", "measures.csv"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Return the folder of a small grid against the baseline."""
    folder = tmp_path_factory.mktemp("swept") / "out"
    assert main(["sweep", *SMALL, *GRID, "against=[baseline,history]", f"output={folder}", "--quiet"]) == 0
    return folder


def sweep(*words):
    return main(["sweep", *SMALL, *words])


def tables(folder):
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("runs", "weekly", "points")}


# what is written ------------------------------------------------------------------------------


def test_files_are_those_of_the_contract(swept):
    there = {path.name for path in swept.iterdir() if path.is_file() and path.suffix != ".html"}
    assert there == FILES
    manifest = json.loads((swept / "manifest.json").read_text())
    assert manifest["schema_version"] == store.SCHEMA_VERSION
    assert manifest["result_hash"] == store.result_hash({name: tables(swept)[name] for name in ("runs", "weekly")})
    assert manifest["configuration_hash"] == store.configuration_hash(manifest["configuration"])
    assert (manifest["n_points"], manifest["seeds"], manifest["failed"]) == (4, [1, 2, 3], [])
    assert manifest["n_runs"] == 3 * (4 + 2 + 2)  # beside it only gain_bad varies


def test_runs_hold_every_point_scenario_and_seed_once(swept):
    runs = tables(swept)["runs"]
    assert list(runs.columns[:4]) == ["scenario", "point", "replication", "seed"]
    assert list(runs.columns[-2:]) == ["trust.gain_bad", "policies.post_limit.limit"]
    assert not runs.duplicated(["scenario", "point", "replication"]).any()
    assert runs.groupby("scenario").size().to_dict() == {"baseline": 12, "against.baseline": 12, "against.history": 12}
    assert set(CORE) <= set(runs.columns)
    points = tables(swept)["points"].set_index("point")
    assert (runs["trust.gain_bad"] == points["trust.gain_bad"].reindex(runs["point"]).to_numpy()).all()
    ordered = runs.sort_values(["replication", "point"], kind="stable")
    assert ordered.index.tolist() == runs.index.tolist()


def test_weeks_are_those_of_the_runs(swept):
    weekly, runs = tables(swept)["weekly"], tables(swept)["runs"]
    assert list(weekly.columns) == ["scenario", "point", "replication", "seed", "week", "date", *CORE]
    assert len(weekly) == 6 * len(runs)
    assert weekly["date"].iloc[1] == pd.Timestamp("2014-01-13")
    means = weekly.groupby(["replication", "point", "scenario"])["trust.resale"].mean()
    expected = runs.set_index(["replication", "point", "scenario"])["trust.resale"].sort_index()
    np.testing.assert_allclose(means.sort_index(), expected)


def test_any_point_is_the_run_of_its_line(swept, here, capsys):
    assert main(["sweep", "point", str(swept), "3"]) == 0
    page = capsys.readouterr().out
    line = shlex.split(page.splitlines()[1].removeprefix("# "))
    assert main([*line[1:], "seed=2", "output=alone", "--quiet"]) == 0
    (here / "scenario").mkdir()
    (here / "scenario/mine.yaml").write_text(page)
    mine = (
        "run",
        "--config-dir",
        ".",
        "scenario=mine",
        "weeks=6",
        "seed=2",
        "replications=1",
        "output=mine",
        "--quiet",
    )
    assert main(mine) == 0
    runs = tables(swept)["runs"]
    kept = runs[(runs["scenario"] == "baseline") & (runs["point"] == 3) & (runs["seed"] == 2)].iloc[0]
    for name in ("alone", "mine"):
        alone = pd.read_parquet(here / name / "runs.parquet").iloc[0]
        measures = [column for column in alone.index if column in runs and runs[column].dtype == float]
        assert len(measures) > 200
        pd.testing.assert_series_equal(alone[measures], kept[measures], check_names=False, check_exact=True)


def test_points_that_a_policy_does_not_reach_equal_the_baseline(swept):
    runs = tables(swept)["runs"].set_index(["scenario", "point", "seed"])
    ours, theirs = runs.loc["baseline"], runs.loc["against.baseline"]
    assert (ours["welfare"] != theirs["welfare"]).any()  # one post a week is a tight limit


@pytest.mark.parametrize("series", ["none", "all"])
def test_more_or_fewer_series_are_kept_of_the_same_runs(swept, here, series):
    assert sweep(*GRID, "against=[baseline,history]", f"series={series}", "output=out", "--quiet") == 0
    pd.testing.assert_frame_equal(tables(here / "out")["runs"], tables(swept)["runs"])
    weekly = tables(here / "out")["weekly"]
    if series == "none":
        assert weekly.empty
    else:
        columns = tables(swept)["weekly"].columns
        pd.testing.assert_frame_equal(weekly[columns], tables(swept)["weekly"])


def test_scenarios_vary_too(here):
    assert sweep("scenario=baseline,like_ban", "trust.gain_bad=.1,.2", "output=out", "--quiet") == 0
    runs = tables(here / "out")["runs"]
    assert runs["scenario"].tolist()[:4] == ["baseline", "baseline", "like_ban", "like_ban"]
    assert "scenario" not in runs.columns[4:]


def test_a_table_of_points_is_run_as_it_is(here):
    (here / "points.csv").write_text("scenario,trust.gain_bad\nbaseline,.1\nhistory,.2\n")
    assert sweep("design=csv", "design.path=points.csv", "output=out", "--quiet") == 0
    runs = tables(here / "out")["runs"]
    assert runs.groupby("scenario")["trust.gain_bad"].unique().to_dict() == {"baseline": [0.1], "history": [0.2]}


def test_brands_may_vary_although_their_measures_do(here):
    assert sweep("brands.n_brands=3,8", "output=out", "--quiet") == 0
    runs = tables(here / "out")["runs"]
    of_last_brand = [name for name in runs.columns if name.endswith("brand_7")]
    assert of_last_brand
    assert runs[runs["point"] == 0][of_last_brand].isna().all(axis=None)
    assert runs[runs["point"] == 1][of_last_brand].notna().any(axis=None)


# again ----------------------------------------------------------------------------------------


def test_the_same_line_again_does_nothing_new(swept, capsys):
    before = {path.name: path.read_bytes() for path in swept.iterdir() if path.is_file()}
    assert sweep(*GRID, "against=[baseline,history]", f"output={swept}") == 0
    assert "found finished" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in swept.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    "changed",
    [("replications=2",), ("weeks=7",), ("trust.gain_good=.1",), ("design=oat", "design.n=2"), ("series=none",)],
)
def test_another_sweep_into_the_same_folder_is_refused(swept, capsys, changed):
    assert main(["sweep", *SMALL, *GRID, "against=[baseline,history]", f"output={swept}", *changed]) == 2
    assert "holds another configuration" in capsys.readouterr().err


def test_other_code_is_refused(swept, capsys, monkeypatch):
    monkeypatch.setattr(store, "code_hash", lambda: "0" * 64)
    assert sweep(*GRID, "against=[baseline,history]", f"output={swept}") == 2
    assert "run by other code" in capsys.readouterr().err


def test_pairs_are_added_until_every_point_is_narrow(here, capsys):
    words = ("trust.gain_bad=.05,.3", "against=history", "replications=auto", "target=trust.resale:0.2", "max=40")
    assert main(["sweep", "population.n_people=200", "weeks=6", "executor=here", *words, "output=out"]) == 0
    assert "stopped at 20 pairs: trust.resale +- 0.2 reached at every point" in capsys.readouterr().out
    manifest = json.loads((here / "out/manifest.json").read_text())
    assert manifest["stopping"]["reached"]
    assert len(manifest["seeds"]) == 20
    assert len(tables(here / "out")["runs"]) == 2 * 2 * 20


# what is said ---------------------------------------------------------------------------------


def test_the_summary_tells_what_was_run_and_what_can_be_detected(here, capsys):
    assert sweep(*GRID, "against=baseline", "output=out") == 0
    out = capsys.readouterr().out
    assert "4 points of 2 factors, 3 seeds from 1, 6 weeks; 18 runs" in " ".join(out.split())
    assert re.search(r"18 runs in .*runs/s of .* that 1 worker would do without waiting", out)
    assert "smallest differences that 3 pairs detect" in out
    assert "results in out" in out


def test_a_dry_run_writes_nothing(here, capsys):
    assert sweep("design=lhs", "design.n=100", "trust.gain_bad=interval(.05,.3)", "against=baseline", "--dry-run") == 0
    out = capsys.readouterr().out
    for part in (
        "100 points of 1 factor\n",
        "200 different worlds",
        "600 runs: 3 seeds",
        "MB of disk",
        "nothing was run",
    ):
        assert part in out
    assert not any(here.iterdir())


def test_the_configuration_is_printed_and_nothing_run(here, capsys):
    import yaml

    assert sweep(*GRID, "--cfg", "job") == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["n_points"] == 4
    assert [each["key"] for each in shown["factors"]] == ["trust.gain_bad", "policies.post_limit.limit"]
    assert not any(here.iterdir())


def test_status_tells_how_far_a_sweep_has_come(swept, capsys):
    assert main(["sweep", "status", str(swept)]) == 0
    out = capsys.readouterr().out
    files = {each: each.stat().st_size for each in swept.rglob("*") if each.is_file()}
    n_analysis = sum(size for each, size in files.items() if each.parent.name == "analysis")
    sizes = f"{bytes_said(sum(files.values()) - n_analysis)} of results, {bytes_said(n_analysis)} of analysis"
    assert f"24 of 24 runs are done (100%), 0 failed; {sizes}\n" in out
    assert n_analysis > 0
    assert out.rstrip().endswith("finished")


SUBJECTS = (("status",), ("retry-failed",), ("point",))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing varies"),
        (("trust.gain_bad=interval(.1,.2)",), "design=grid needs single values"),
        (("trust.gain_bd=interval(.1,.2)",), "nearest is trust.gain_bad"),
        (("trust.gain_bad=interval(.1)",), "cannot be read"),
        (("trust.gain_bad=interval(.1,",), "cannot be read"),
        (("trust.gain_bad=choice(.1,2)",), "allowed is float from 0 to 1"),
        (("trust.gain_bad=.1,.2", "trust.gain_bad=.3"), "given twice"),
        (("trust.gain_bad=.1,.2", "vary=[trust.gain_bad]"), "given twice"),
        (("trust.gain_bad=range(0,1,1e-9)",), "2 to 10000 numbers"),
        (("seed=1,2",), "the same in all points"),
        (("network=file,generated",), "the same in all points"),
        (("scenario=baseline,bseline",), "nearest is baseline"),
        (("trust.gain_bad=.1,.2", "against=bseline"), "nearest is baseline"),
        (("trust.gain_bad=.1,.2", "against=[baseline,baseline]"), "given twice"),
        (("trust.gain_bad=.1,.2", "design=lsh"), "nearest is lhs"),
        (("trust.gain_bad=.1,.2", "design.nn=3"), "nearest is n"),
        (("trust.gain_bad=.1,.2", "design=lhs", "design.n=0"), "allowed is int from 1"),
        (("trust.gain_bad=.1,.2", "design=lhs", "design.n=nan"), "allowed is int from 1"),
        (("trust.gain_bad=.1,.2", "design=lhs", "design.n=99999999999999999999"), "allowed is int from 1"),
        (("trust.gain_bad=.1,.2", "executor=dsk"), "nearest is dask"),
        (("trust.gain_bad=.1,.2", "executor=dask"), "executor.address=None"),
        (("trust.gain_bad=.1,.2", "executor=dask", "executor.address=tcp://127.0.0.1:9"), "no Dask scheduler answers"),
        (("trust.gain_bad=.1,.2", "executor=local", "executor.address=tcp://a:1"), "read only with executor=dask"),
        (("trust.gain_bad=.1,.2", "series=some"), "one of none, core, all"),
        (("trust.gain_bad=.1,.2", "run_limit=-1"), "run_limit=-1"),
        (("trust.gain_bad=.1,.2", "target=welfare:1"), "only with replications=auto"),
        (("trust.gain_bad=.1,.2", "replications=auto"), "needs a target"),
        (("trust.gain_bad=.1,.2", "replications=auto", "target=welfare:1"), "needs pairs"),
        (("trust.gain_bad=.1,.2", "replications=auto", "target=welfar:1", "against=baseline"), "nearest is welfare"),
        (("policies.friend_limit.start_week=5200", "trust.gain_bad=.1,.2"), "starts after the end"),
        (("policies.friend_limit.limit=10,20", "policies.friend_limit=off"), "allowed is one of them"),
        (("policies.like_ban=on,of",), "choice(off,on)"),
        (("vary=[shops.pricin]",), "nearest is shops.pricing"),
        (("status",), "which one?"),
        (("status", "nowhere"), "no sweep is there"),
        (("retry-failed", "nowhere"), "no sweep is there"),
        (("point", "nowhere", "1"), "no sweep is there"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(here, capsys, words, said):
    before = () if words[:1] in SUBJECTS else ("population.n_people=200", "executor=here")
    assert main(["sweep", *before, *words]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error
    assert not any(here.iterdir())


def test_a_folder_of_other_results_is_no_sweep(here, capsys):
    assert main(["run", "population.n_people=200", "weeks=2", "replications=1", "output=run", "--quiet"]) == 0
    assert main(["sweep", "status", "run"]) == 2
    assert "holds results of `run`" in capsys.readouterr().err


def test_files_that_are_not_ours_are_left_alone(here, capsys):
    (here / "mine").mkdir()
    (here / "mine/runs.parquet").write_text("mine")
    assert sweep("trust.gain_bad=.1,.2", "output=mine") == 2
    assert "holds other files (runs.parquet)" in capsys.readouterr().err
    assert (here / "mine/runs.parquet").read_text() == "mine"
    (here / "mine/runs.parquet").unlink()
    (here / "mine/manifest.json").write_text("{}")
    assert sweep("trust.gain_bad=.1,.2", "output=mine") == 2
    assert "choose another output" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_one_line(here, capsys):
    assert sweep("trust.gain_bad=.1,.2", "output=/proc/nothing") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_file_of_a_finished_sweep_is_noticed(here, capsys):
    assert sweep("trust.gain_bad=.1,.2", "output=out", "--quiet") == 0
    (here / "out/runs.parquet").write_bytes((here / "out/runs.parquet").read_bytes()[:1000])
    assert main(["sweep", "status", "out"]) == 2
    assert "missing or damaged" in capsys.readouterr().err


def test_runs_that_all_fail_are_told_and_run_again(here, capsys):
    words = ("trust.gain_bad=.1,.2", "weeks=600", "run_limit=0.1")
    assert sweep(*words, "output=out") == 1
    out = capsys.readouterr().out
    assert "6 runs failed" in out
    assert len(tables(here / "out")["runs"]) == 0
    assert sweep(*words, "output=out") == 1
    assert "found finished" in capsys.readouterr().out


def test_scenarios_of_any_name_are_run(here):
    (here / "scenario").mkdir()
    for name in ("<b>bold", "it's mine", "微商"):
        (here / f"scenario/{name}.yaml").write_text("# @package _global_\ndescription: <script>alert(1)</script>\n")
        assert (
            sweep("--config-dir", ".", f"scenario={name}", "trust.gain_bad=.1,.2", f"output=out {name}", "--quiet") == 0
        )
        assert tables(here / f"out {name}")["runs"]["scenario"].unique().tolist() == [name]


def test_values_that_do_not_go_together_fail_alone(here, capsys):
    words = ("policies.like_ban.start_week=0,3", "policies.like_ban.end_week=2,5")
    assert sweep(*words, "output=out") == 1
    out = capsys.readouterr().out
    assert "3 runs failed" in out  # start 3, end 2: under each of three seeds
    manifest = json.loads((here / "out/manifest.json").read_text())
    assert {each["point"] for each in manifest["failed"]} == {2}
    assert all(each["replay"].startswith("weishang run ") for each in manifest["failed"])
    assert sorted(tables(here / "out")["runs"]["point"].unique()) == [0, 1, 3]
    assert main(["sweep", "retry-failed", "out", "executor=here"]) == 1
    assert "3 runs failed" in capsys.readouterr().out


def test_two_scenarios_are_told_apart_key_by_key(capsys):
    assert main(["list", "scenarios", "--diff", "baseline", "like_ban", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"].rpartition(".")[0] for row in rows} == {"policies.like_ban"}
    assert all(row["baseline"] == "-" for row in rows)
    assert main(["list", "measures", "--diff", "baseline", "like_ban"]) == 2
