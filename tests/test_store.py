"""Results: whole files or none, never mixed, nothing lost and nothing done twice."""

import errno
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.cli import main
from sim.measures import catalogue
from sim.model import Market
from sim.scenario import load
from sim.study import store
from sim.study.export import csv_bytes, defused, export
from sim.study.files import write_bytes
from sim.study.store import Folder, Part, StoreError

FINAL_FILES = {"manifest.json", "weekly.parquet", "runs.parquet", "measures.csv"}
SMALL = ("population.n_people=200", "weeks=5", "replications=3", "output=out")
CONFIGURATION = {"verb": "run", "scenario": "baseline", "weeks": 3, "parameters": {"network": {"path": "a"}, "x": {}}}


def plan(configuration=CONFIGURATION, code="c" * 64):
    identity = store.configuration_hash(configuration)
    return {"configuration": configuration, "configuration_hash": identity, "code_hash": code, "seeds": [1]}


def frame(**columns):
    return pd.DataFrame(columns)


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# identity -------------------------------------------------------------------------------------


def test_the_configuration_hash_is_of_values_alone():
    identity = store.configuration_hash(CONFIGURATION)
    assert re.fullmatch("[0-9a-f]{64}", identity)
    assert store.configuration_hash(dict(reversed(CONFIGURATION.items()))) == identity
    elsewhere = CONFIGURATION | {"parameters": {"network": {"path": "/b/a"}, "x": {}}}
    assert store.configuration_hash(elsewhere) == identity
    assert store.configuration_hash(CONFIGURATION | {"weeks": 4}) != identity
    with pytest.raises(ValueError, match="JSON"):
        store.configuration_hash({"weeks": float("nan")})


def test_the_code_hash_leaves_out_what_only_shows_results(tmp_path, monkeypatch):
    for name in ("model.py", "study/store.py", "report/page.py", "explore/view.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a = 1\n")
    monkeypatch.setattr(store, "__file__", str(tmp_path / "study" / "store.py"))
    before = store.code_hash()
    for name in ("report/page.py", "explore/view.py", "notes.txt"):
        (tmp_path / name).write_text("a = 2\n")
    assert store.code_hash() == before
    (tmp_path / "model.py").write_text("a = 2\n")
    assert store.code_hash() != before


def test_the_result_hash_is_of_values_alone(tmp_path):
    table = frame(n=[1, 2], x=[0.0, float("nan")], name=["a", "b"], date=pd.to_datetime(["2014-01-06", "2014-01-13"]))
    known = store.result_hash({"runs": table})
    write_bytes(tmp_path / "t.parquet", store.parquet_bytes(table))
    same = table.assign(n=table.n.astype("int32"), x=[-0.0, -np.float64("nan")], date=table.date.astype("M8[ns]"))
    for other in (store.read_parquet(tmp_path / "t.parquet"), same):
        assert store.result_hash({"runs": other}) == known
    changes = (
        table.assign(x=[5e-324, float("nan")]),
        table.assign(name=["a", "c"]),
        table.assign(n=[1, 3]),
        table.assign(date=table.date + pd.Timedelta(days=1)),
        table.rename(columns={"x": "y"}),
        table[["x", "n", "name", "date"]],
        table[:1],
    )
    assert known not in {store.result_hash({"runs": other}) for other in changes}
    assert store.result_hash({"weekly": table}) != known


# atomic files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("culprit", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, culprit):
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*(os, "fsync", full) if culprit == "fsync" else (Path, "replace", full))
    with pytest.raises(OSError, match="No space"):
        write_bytes(path, b"new")
    assert files_in(tmp_path) == {"file": b"old"}


def test_a_reader_sees_the_old_file_or_the_new(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_bytes(path, b"old")
    seen = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, target: (seen.append(path.read_bytes()), replace(self, target)))
    write_bytes(path, b"new")
    assert seen == [b"old"]
    assert files_in(tmp_path) == {"file": b"new"}


def test_parts_are_sealed(tmp_path):
    path = tmp_path / "seed-1.part"
    part = Part(1, frame(week=[0, 1], x=[0.1, float("nan")]), {"x": 0.1, "y": float("nan")}, ["a note"], 200)
    store.write_part(path, part)
    back = store.read_part(path)
    pd.testing.assert_frame_equal(back.weekly, part.weekly)
    assert (back.seed, back.notes, back.n_people, back.run_level["x"]) == (1, ["a note"], 200, 0.1)
    whole = path.read_bytes()
    middle = len(whole) // 2
    for damaged in (b"", whole[:-1], whole[:middle] + b"\0" + whole[middle + 1 :], b"0" * 64 + whole[64:]):
        path.write_bytes(damaged)
        assert not store.is_intact(path)
        with pytest.raises(StoreError, match=r"^[^\n]*damaged[^\n]*$"):
            store.read_part(path)


# the folder -----------------------------------------------------------------------------------


def test_a_folder_keeps_one_configuration_of_one_code(tmp_path):
    path = tmp_path / "a" / "b"
    folder = Folder(path, plan())
    assert not path.exists()
    with folder.opened():
        write_bytes(folder.part(1), b"")
        assert Folder(path, plan()).is_begun
        refused = plan(CONFIGURATION | {"weeks": 4})
        with pytest.raises(StoreError, match=r"another configuration \(weeks=3, not 4\)"):
            Folder(path, refused)
        folder.finish(plan(), {})
    assert [each.name for each in path.iterdir()] == ["manifest.json"]
    assert Folder(path, plan()).is_finished
    with pytest.raises(StoreError, match="another configuration"):
        Folder(path, refused)
    with pytest.raises(StoreError, match="by other code"):
        Folder(path, plan(code="d" * 64))


def test_a_run_that_fails_at_once_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), Folder(tmp_path / "a" / "b", plan()).opened():
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_later_leaves_its_parts(tmp_path):
    folder = Folder(tmp_path / "a", plan())

    def fail():
        with folder.opened():
            write_bytes(folder.part(1), b"part")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert folder.part(1).read_bytes() == b"part"
    assert Folder(tmp_path / "a", plan()).is_begun


def test_leftovers_of_a_killed_process_are_swept_away(tmp_path):
    (tmp_path / "parts").mkdir()
    for name in (".weekly.parquet.123.tmp", ".lock", "parts/.plan.json.123.tmp"):
        (tmp_path / name).write_text("half")
    with Folder(tmp_path, plan()).opened():
        assert {path.name for path in tmp_path.rglob("*")} == {"parts", "plan.json", ".lock"}


def test_two_processes_do_not_write_to_one_folder(tmp_path):
    with Folder(tmp_path / "a", plan()).opened():
        second = Folder(tmp_path / "a", plan())
        with pytest.raises(StoreError, match="another process"), second.opened():
            pass
        assert (tmp_path / "a" / "parts" / "plan.json").exists()


@pytest.mark.parametrize("name", ["manifest.json", "parts/plan.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"configuration": 1}', "\xff"])
def test_a_damaged_manifest_is_refused(tmp_path, name, text):
    (tmp_path / "parts").mkdir()
    (tmp_path / name).write_text(text, encoding="latin-1")
    with pytest.raises(StoreError, match=r"^[^\n]*damaged[^\n]*$"):
        Folder(tmp_path, plan())


# export ---------------------------------------------------------------------------------------

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "harmless", "a=b"]


def test_cells_that_spreadsheets_would_run_are_defused():
    table = frame(text=DANGEROUS, x=[-1.0] * 7, **{"=head": [1] * 7})
    safe = defused(table)
    assert safe["text"].tolist() == [f"'{each}" for each in DANGEROUS[:5]] + DANGEROUS[5:]
    assert safe["x"].tolist() == [-1.0] * 7  # numbers may be negative
    assert safe.columns.tolist() == ["text", "x", "'=head"]
    assert table["text"].tolist() == DANGEROUS
    assert csv_bytes(frame(text=["=1"], x=[float("nan")])) == b"text,x\n'=1,\n"


def test_xlsx_holds_the_same_and_no_formulas(tmp_path):
    pytest.importorskip("openpyxl")
    export(tmp_path, "xlsx", {"runs": frame(text=DANGEROUS, x=range(7))})
    import openpyxl

    sheet = openpyxl.load_workbook(tmp_path / "runs.xlsx").active
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert [cell.value for cell in cells if cell.column == 2] == list(range(7))


def test_xlsx_without_its_package_is_refused_before_anything_runs(here, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert main(["run", *SMALL, "export=xlsx"]) == 2
    err = capfd.readouterr().err
    assert "pip install 'weishang[export]'" in err
    assert err.count("\n") == 1
    assert list(here.iterdir()) == []


def test_csv_is_added_to_finished_work(here, capfd):
    assert main(["run", *SMALL]) == 0
    before = files_in(here / "out")
    assert main(["run", *SMALL, "export=csv"]) == 0
    after = files_in(here / "out")
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"weekly.csv", "runs.csv"}
    runs = store.read_parquet(here / "out" / "runs.parquet")
    pd.testing.assert_frame_equal(pd.read_csv(here / "out" / "runs.csv"), runs, check_dtype=False)


# a run ----------------------------------------------------------------------------------------


def test_a_run_writes_what_the_contract_says(here, capfd):
    assert main(["run", "seed=7", *SMALL, "scandals=[{week:2}]"]) == 0
    assert set(files_in(here / "out")) == FINAL_FILES
    assert list((here / "out").glob("**/parts")) == []
    weekly, runs = (store.read_parquet(here / "out" / f"{name}.parquet") for name in ("weekly", "runs"))
    measures = [measure.name for measure in catalogue()]
    assert weekly.columns.tolist() == ["scenario", "point", "replication", "seed", "week", "date", *measures]
    assert runs.columns.tolist()[: 4 + len(measures)] == ["scenario", "point", "replication", "seed", *measures]
    assert runs["population.n_people"].tolist() == [200] * 3
    assert runs["scandals[0].week"].tolist() == [2] * 3
    assert runs["seed"].tolist() == [7, 8, 9]
    assert weekly["seed"].tolist() == [seed for seed in (7, 8, 9) for _ in range(5)]
    assert weekly["week"].tolist() == [0, 1, 2, 3, 4] * 3
    assert str(weekly["date"].iloc[1])[:10] == "2014-01-13"
    dictionary = pd.read_csv(here / "out" / "measures.csv")
    assert dictionary.columns.tolist() == ["name", "unit", "formula", "source"]
    assert dictionary["name"].tolist() == measures


def test_a_run_writes_what_the_market_measured(here, capfd):
    assert main(["run", *SMALL, "seed=5"]) == 0
    weekly, runs = (store.read_parquet(here / "out" / f"{name}.parquet") for name in ("weekly", "runs"))
    parameters = load("baseline", overrides={"population": {"n_people": 200}}).parameters
    market = Market(parameters=parameters, seed=6).run(5)
    kept = weekly[weekly["seed"] == 6].reset_index(drop=True)[market.weekly.columns]
    pd.testing.assert_frame_equal(kept, market.weekly, check_dtype=False)
    level = pd.Series(market.run_level(), dtype=float)
    pd.testing.assert_series_equal(runs.loc[1, level.index].astype(float), level, check_names=False)


def test_the_manifest_tells_where_results_come_from(here, capfd):
    assert main(["run", *SMALL]) == 0
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    assert manifest["schema_version"] == store.SCHEMA_VERSION
    assert manifest["command"] == "weishang run population.n_people=200 weeks=5 replications=3 output=out"
    assert manifest["configuration"]["parameters"]["population"]["n_people"] == 200
    assert manifest["configuration_hash"] == store.configuration_hash(manifest["configuration"])
    assert manifest["code_hash"] == store.code_hash()
    assert manifest["seeds"] == [1, 2, 3]
    assert manifest["started"] <= manifest["finished"]
    assert {"python", "numpy", "numba", "mesa"} <= set(manifest["versions"])
    assert {"git_commit", "verdicts", "notes", "n_people"} <= set(manifest)
    tables = {name: store.read_parquet(here / "out" / f"{name}.parquet") for name in ("weekly", "runs")}
    assert manifest["result_hash"] == store.result_hash(tables)


def test_the_same_line_again_does_nothing_new(here, capfd, monkeypatch):
    assert main(["run", *SMALL]) == 0
    first, before = capfd.readouterr().out, files_in(here / "out")
    monkeypatch.setattr(Market, "__init__", None)  # no world may be made
    assert main(["run", *SMALL, "workers=2", "threads=2"]) == 0  # what results do not depend on may differ
    second = capfd.readouterr().out
    assert files_in(here / "out") == before
    assert second == first.replace("results in", "found finished in")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ("weeks=6", "weeks=5, not 6"),
        ("seed=2", "seed=1, not 2"),
        ("scenario=classroom", "another configuration"),
        ("trust.gain_bad=0.2", "trust.gain_bad=0.15, not 0.2"),
    ],
)
def test_an_output_with_another_configuration_is_refused(here, capfd, changed, named):
    assert main(["run", *SMALL]) == 0
    before = files_in(here / "out")
    capfd.readouterr()
    assert main(["run", *SMALL, changed]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert named in err
    assert files_in(here / "out") == before


def test_changed_code_is_refused_with_the_way_out(here, capfd, monkeypatch):
    assert main(["run", *SMALL]) == 0
    monkeypatch.setattr(store, "code_hash", lambda: "0" * 64)
    assert main(["run", *SMALL]) == 2
    err = capfd.readouterr().err
    assert "by other code" in err
    assert "choose another output or remove out" in err


@pytest.mark.parametrize("name", sorted(FINAL_FILES - {"measures.csv"}))
def test_damaged_results_are_not_shown(here, capfd, name):
    assert main(["run", *SMALL]) == 0
    path = here / "out" / name
    path.write_bytes(path.read_bytes()[:-20])
    capfd.readouterr()
    assert main(["run", *SMALL]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "damaged" in err


def test_tables_that_are_not_those_of_the_manifest_are_not_shown(here, capfd):
    assert main(["run", *SMALL]) == 0
    path = here / "out" / "runs.parquet"
    runs = store.read_parquet(path)
    write_bytes(path, store.parquet_bytes(runs.assign(**{"price.mall": 1.0})))
    assert main(["run", *SMALL]) == 2
    assert "not those of manifest.json" in capfd.readouterr().err


def test_a_full_disk_keeps_finished_seeds(here, capfd, monkeypatch):
    assert main(["run", *SMALL]) == 0
    whole = files_in(here / "out")
    write = write_bytes

    def full(path, content):
        if path.name == "seed-3.part":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    words = ["run", *SMALL[:-1], "output=other"]
    with monkeypatch.context() as patched:
        patched.setattr(store, "write_bytes", full)
        assert main(words) == 1
    err = capfd.readouterr().err
    assert err.endswith("No space left on device: 2 of 3 seeds are kept in other; run the same line again to go on\n")
    assert sorted(files_in(here / "other" / "parts")) == ["plan.json", "seed-1.part", "seed-2.part"]
    kept = (here / "other" / "parts" / "seed-1.part").stat().st_mtime_ns
    assert kept
    assert main(words) == 0
    for name in ("weekly.parquet", "runs.parquet", "measures.csv"):
        assert files_in(here / "other")[name] == whole[name]
