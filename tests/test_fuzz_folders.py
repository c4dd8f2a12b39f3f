"""Folders of results that were damaged: every verb that reads one says so in one line, and changes nothing in it."""

import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.cli import main
from sim.study import store
from sim.study.store import parquet_bytes
from tests.test_fuzz import fault_of, here, unlived  # noqa: F401  (fixtures)

CODE = store.code_hash()
SMALL = ["population.n_people=200", "weeks=3", "workers=1", "--quiet"]
RUN = ["run", *SMALL, "replications=2", "output=run"]
COMPARE = ["compare", "scenarios=[baseline,like_ban]", *SMALL, "replications=3", "output=compare"]
SWEEP = ["sweep", "design=lhs", "design.n=4", "trust.gain_bad=interval(.05,.3)", "policies.like_ban=off,on",
         "against=baseline", *SMALL, "replications=2", "output=sweep"]  # fmt: skip
LINES = {
    "run": [RUN, ["report", "run"], ["analyse", "run"], ["sweep", "status", "run"]],
    "compare": [COMPARE, ["report", "compare"], ["report", "compare", "report.include=[sweep]"]],
    "sweep": [SWEEP, ["analyse", "sweep"], ["report", "sweep"], ["sweep", "status", "sweep"],
              ["sweep", "point", "sweep", "1"], ["sweep", "retry-failed", "sweep"],
              ["report", "compare", "report.include=[sweep]"]],
    "unfinished": [["sweep", "status", "unfinished"], ["sweep", "point", "unfinished", "1"],
                   ["sweep", "retry-failed", "unfinished"], ["analyse", "unfinished"], ["report", "unfinished"]],
}  # fmt: skip
"""Folder: lines that read it."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a folder with results of a run, a comparison and a sweep, and with a sweep that is under way."""
    folder = tmp_path_factory.mktemp("whole")
    before = Path.cwd()
    os.chdir(folder)
    try:
        for line in (RUN, COMPARE, SWEEP):
            assert main(line) == 0
    finally:
        os.chdir(before)
    unfinished = shutil.copytree(folder / "sweep", folder / "unfinished")
    (unfinished / "parts").mkdir(exist_ok=True)
    (unfinished / "manifest.json").rename(unfinished / "parts" / "plan.json")
    (unfinished / "runs.parquet").unlink()
    return folder


ODD = [None, True, 0, -1, 1.5, 10**400, "", "x", "微\u202e<script>", [], [[]], [None], {}, {"x": 1}, {"": None},
       ["a", 5, None], float("nan"), float("inf"), "9" * 5000]  # fmt: skip


def keys_in(content, path=()):
    """Return the place of every value in nested mappings and lists."""
    yield path
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        yield from keys_in(value, (*path, key))


def harmed_manifest(path, luck):
    content = json.loads(path.read_text())
    places = [each for each in keys_in(content) if each]
    place = luck.choice([each for each in places if len(each) <= luck.choice([1, 2, 3, 9])])
    inside = content
    for key in place[:-1]:
        inside = inside[key]
    how = luck.choice(["other", "other", "other", "without", "deep", "renamed"])
    if how == "other":
        inside[place[-1]] = luck.choice(ODD)
    elif how == "deep":
        inside[place[-1]] = "DEEP"
    elif how == "without" or not isinstance(inside, dict):
        del inside[place[-1]]
    else:
        inside[f"{place[-1]}x"] = inside.pop(place[-1])
    depth = luck.choice([100, 2000, 100_000])
    path.write_text(json.dumps(content).replace('"DEEP"', "[" * depth + "]" * depth))
    return f"{how} {'.'.join(map(str, place))}"


def harmed_table(path, luck):
    table = pd.read_parquet(path)
    column = luck.choice(list(table.columns))
    how = luck.choice(["renamed", "without", "text", "nan", "inf", "null", "no rows", "one row", "shuffled", "twice",
                       "huge", "dates", "lists", "no columns", "other numbers"])  # fmt: skip
    n = len(table)
    new = {"text": ["x"] * n, "nan": [np.nan] * n, "inf": [np.inf] * n, "null": [None] * n, "huge": [10**15] * n,
           "dates": pd.to_datetime(["2014-01-06"] * n), "lists": [[1, 2]] * n, "other numbers": [-7] * n}  # fmt: skip
    if how in new:
        table[column] = new[how]
    else:
        table = {
            "renamed": lambda: table.rename(columns={column: "<script>"}),
            "without": lambda: table.drop(columns=column),
            "no rows": lambda: table.head(0),
            "one row": lambda: table.head(1),
            "shuffled": lambda: table.sample(frac=1, random_state=1),
            "twice": lambda: pd.concat([table, table], ignore_index=True),
            "no columns": lambda: table[[]],
        }[how]()
    path.write_bytes(parquet_bytes(table))
    return f"{how} {column}"


def harmed(folder, luck):
    """Do harm to one file of a folder; return what was done."""
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    jsons = [each for each in files if each.suffix == ".json"]
    tables = [each for each in files if each.suffix == ".parquet" and each.parent == folder]
    path = luck.choice([*files, *jsons * 3, *tables])
    kind = luck.random()
    if path.suffix == ".json" and kind < 0.8:
        return f"{path.name}: {harmed_manifest(path, luck)}"
    if path in tables and kind < 0.8:
        return f"{path.name}: {harmed_table(path, luck)}"
    content = path.read_bytes()
    how = luck.choice(["empty", "cut", "grown", "flipped", "swapped", "gone", "folder", "loop", "nul", "closed"])
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how == "loop":
        path.symlink_to(path.name)
    elif how != "gone":
        place = luck.randrange(max(1, len(content)))
        new = {"empty": b"", "cut": content[:place], "grown": content + b"x" * 99, "nul": b"\0" * len(content),
               "flipped": content[:place] + b"\xff\x00" + content[place + 2 :], "closed": content,
               "swapped": luck.choice([each for each in files if each != path]).read_bytes()}  # fmt: skip
        path.write_bytes(new[how])
        path.chmod(0o000 if how == "closed" else 0o644)
    return f"{path.name}: {how}"


def contents_of(folder):
    """Return the content of every file but those that a report or an analysis writes anew."""
    kept = [each for each in sorted(folder.rglob("*")) if each.is_file() and os.access(each, os.R_OK)]
    return {each: each.read_bytes() for each in kept if each.stem != "report" and each.parent.name != "analysis"}


def faults_of(whole, folder, seed, n_times, capsys):
    luck = random.Random(seed)
    faults = []
    for _ in range(n_times):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        os.chdir(folder)
        name = luck.choice(list(LINES))
        done = harmed(folder / name, luck)
        words = luck.choice(LINES[name])
        before = contents_of(folder)
        fault = fault_of(words, capsys)
        lost = [each.name for each, content in before.items() if not each.is_file() or each.read_bytes() != content]
        if fault or lost:
            faults.append(f"{' '.join(words)} after {done[:300]}\n    {fault} {lost}")
    return faults


@pytest.fixture
def of_this_code(unlived, monkeypatch):  # noqa: F811
    """Let results that were made just now be of this code."""
    monkeypatch.setattr(store, "code_hash", lambda: CODE)


def test_damaged_folders_are_told_in_one_line_and_left_alone(whole, of_this_code, here, tmp_path, capsys):  # noqa: F811
    faults = faults_of(whole, tmp_path / "copy", 1, 40, capsys)
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_many_damaged_folders(whole, of_this_code, here, tmp_path, capsys, seed):  # noqa: F811
    faults = faults_of(whole, tmp_path / "copy", seed, 1000, capsys)
    assert not faults, "\n" + "\n".join(faults)
