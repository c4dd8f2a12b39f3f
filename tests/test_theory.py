"""The theory gallery: every formula holds on the production market, the verdicts can fail, and the verb says so."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from sim import theory
from sim.cli import main
from sim.network import Network
from sim.theory import Outcome, books, catalogue, enforcement_ladder, hold, nested_logit, trust_mean, word_of_mouth
from sim.theory.base import TEXTS, Effort, cliques, mean_point, near, positive, ring, share_point, shown

QUICK = Effort(is_quick=True, seed=1)


@pytest.fixture(scope="session")
def gallery(tmp_path_factory):
    """Return the folder of a quick look at the whole gallery, and the exit code of the command."""
    folder = tmp_path_factory.mktemp("verify") / "quick"
    return folder, main(["verify", "--quick", "--plot", "--quiet", f"output={folder}"])


def points_of(folder):
    return pd.read_csv(folder / "points.csv")


@pytest.mark.parametrize("name", catalogue())
def test_every_benchmark_is_met(gallery, name):
    folder, _ = gallery
    points = points_of(folder)
    mine = points[points.benchmark == name]
    missed = mine[mine.verdict == "missed"]
    assert (mine.verdict == "met").any()
    assert missed.empty, missed[["label", "predicted", "observed", "low", "high"]].to_string()


@pytest.mark.parametrize("name", catalogue())
def test_every_benchmark_says_what_it_holds_against_what(name):
    benchmark = catalogue()[name]
    silent = [text for text in TEXTS if not getattr(benchmark, text, "")]
    assert not silent
    assert any(letter.isdigit() for letter in benchmark.source) or "identity" in benchmark.source


def test_the_gallery_is_written_whole(gallery):
    folder, code = gallery
    assert code == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["verdicts"]) == set(catalogue())
    page = (folder / "gallery.html").read_text()
    for benchmark in catalogue().values():
        assert benchmark.title.replace("'", "&#x27;") in page
    assert "<script src" not in page
    assert len(page) < 6_000_000


# the gallery can fail -------------------------------------------------------------------------


def test_a_wrong_dissimilarity_is_noticed(monkeypatch):
    right = nested_logit.NestedLogit.shares
    monkeypatch.setattr(
        nested_logit.NestedLogit,
        "shares",
        lambda self, market: {row: share * 1.1 for row, share in right(self, market).items()},
    )
    assert hold("nested_logit", QUICK).verdict == "missed"


@pytest.mark.parametrize("error", [0.97, 1.03])
def test_a_wrong_chance_of_satisfaction_is_noticed(monkeypatch, error):
    right = trust_mean.moments
    monkeypatch.setattr(trust_mean, "moments", lambda quality, *others: right(min(1, quality * error), *others))
    assert hold("trust_mean", QUICK).verdict == "missed"


def test_a_missing_fen_is_noticed(monkeypatch):
    right = books.others
    monkeypatch.setattr(books, "others", lambda market: right(market) + 1)
    assert hold("books", QUICK).verdict == "missed"


def test_a_ladder_of_three_steps_is_noticed(monkeypatch):
    monkeypatch.setattr(enforcement_ladder, "STEPS", 3)
    assert hold("enforcement_ladder", QUICK).verdict == "missed"


# parts ----------------------------------------------------------------------------------------


def test_points_are_met_within_their_range_and_only_there():
    assert near("", 0, 1.0, 1.1, 0.1 + 1e-12).verdict == "met"
    assert near("", 0, 1.0, 1.2, 0.1).verdict == "missed"
    assert share_point("", 0, 0.5, 0.519, 10_000).verdict == "met"  # 3.8 standard errors
    assert share_point("", 0, 0.5, 0.521, 10_000).verdict == "missed"
    assert mean_point("", 0, 0.0, [1.0, 3.0] * 50).verdict == "missed"
    assert (positive("", 0.1).verdict, positive("", -0.1).verdict) == ("met", "missed")
    assert positive("", math.nan).verdict == "missed"
    assert shown("", 0, 1.0, 5.0).verdict == "shown"


@pytest.mark.parametrize(
    "graph", [cliques(3, 4), ring(10, 2), word_of_mouth.configuration_graph(np.full(50, 6), np.random.default_rng(1))]
)
def test_graphs_are_undirected_without_loops(graph):
    assert isinstance(graph, Network)
    people = np.repeat(np.arange(graph.n_people), np.diff(graph.offsets))
    pairs = set(zip(people.tolist(), graph.neighbours.tolist(), strict=True))
    assert pairs == {(friend, person) for person, friend in pairs}
    assert len(pairs) == graph.neighbours.size
    assert all(person != friend for person, friend in pairs)


# the verb -------------------------------------------------------------------------------------


def fake(*points):
    return lambda names, effort, **_: [Outcome(name, points, 0.1) for name in names]


def test_a_miss_is_the_exit_code_and_comes_first(monkeypatch, tmp_path, capsys):
    many = [near(f"point {n}", n, 0.0, 0.0, 1.0) for n in range(60)]
    monkeypatch.setattr(theory, "verify", fake(*many, near("far off", 60, 0.0, 2.0, 1.0), shown("beside", 1, 0.0, 9.0)))
    assert main(["verify", "books", f"output={tmp_path / 'out'}"]) == 1
    said = capsys.readouterr().out
    assert "far off" in said
    assert "1 benchmarks: 1 missed; 60 of 61 points met" in said.replace("benchmark:", "benchmarks:")
    assert "and 21 more, met, in points.csv" in said
    assert "and 1 shown without a claim, in points.csv" in said


def test_what_is_done_is_found_again(monkeypatch, tmp_path, capsys):
    words = ["verify", "books", "--quick", f"output={tmp_path / 'out'}"]
    monkeypatch.setattr(theory, "verify", fake(near("a", 0, 1.0, 1.0, 0.1)))
    assert main(words) == 0
    monkeypatch.setattr(theory, "verify", None)
    assert main([*words, "--plot"]) == 0
    assert "found finished in" in capsys.readouterr().out
    assert (tmp_path / "out/gallery.html").is_file()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["boks"], "boks: no such benchmark; nearest is books; allowed are"),
        (["shops.bonus=1"], "shops.bonus=1: benchmarks set their own limits; allowed are seed, workers, output"),
        (["scenario=history"], "scenario='history': benchmarks set their own limits"),
        (["seed=-1"], "seed=-1: allowed is"),
        (["workers=0"], "workers=0: allowed is"),
        (["--cfg", "job"], "--cfg: not an option of verify"),
    ],
)
def test_bad_input_is_one_line(words, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["verify", *words]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_other_results_is_refused(gallery, tmp_path, capsys):
    folder, _ = gallery
    assert main(["verify", "books", f"output={folder}"]) == 2
    assert "holds another configuration" in capsys.readouterr().err
    (tmp_path / "letter.txt").write_text("mine")
    assert main(["verify", "books", f"output={tmp_path}"]) == 2
    assert "holds other files (letter.txt)" in capsys.readouterr().err


def test_the_page_shows_what_would_be_code():
    from sim.report.gallery import gallery_page

    texts = dict.fromkeys(TEXTS, "<script>alert(1)</script>")
    row = {"benchmark": "x", **texts, "draws_paths": False, "verdict": "met", "n_met": 1, "n_claims": 1}
    points = pd.DataFrame([{"benchmark": "x"} | near("<b>", 0.0, 1.0, 1.0, 0.1, "<i>")._asdict() | {"verdict": "met"}])
    page = gallery_page(pd.DataFrame([row]), points, "<u>")
    assert "alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<u>" not in page
