"""The notebook of the docs: every cell runs, in order, and shows what its text says."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "town.ipynb"


def test_every_cell_of_the_notebook_runs():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    assert names["fakes"]["with ratings"] < names["fakes"]["without"]
    assert all(difference < 0 for difference in names["more"].values())
    assert names["changed"] == 26
    assert names["known"]["last"]["offers"]
