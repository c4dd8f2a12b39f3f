"""The bench measures what it says it does; how fast anything is, is asserted nowhere."""

import csv
import io

import pytest

from sim.bench import catalogue, small_worlds, start, threads, towns
from sim.bench.base import Part, Row
from sim.cli import main
from sim.cli.bench import line


class Two(Part):
    title = "Two numbers"

    def rows(self, *, is_large):
        yield Row("quick", 2.0, "s", 4.0)
        yield Row("large" if is_large else "small", 1.0, "runs/s", 4.0, at_least=True)


@pytest.fixture
def only_two(monkeypatch):
    monkeypatch.setattr("sim.bench.catalogue", lambda: {"two": Two})


def test_every_part_has_a_title_and_a_name_of_its_own():
    assert set(catalogue()) == {"page_and_report", "small_worlds", "start", "threads", "towns"}
    assert all(part.title and part.__doc__ for part in catalogue().values())


def test_a_line_tells_the_distance_to_the_target():
    assert line(Row("a week", 3.0, "s", 2.0)).split()[-5:] == ["target", "<=", "2", "1.5", "times"]
    assert line(Row("speed", 1.0, "runs/s", 4.0, at_least=True)).endswith("target >= 4      0.25 of it")
    assert line(Row("a week", 1.0, "s", 2.0)).endswith("met")
    assert line(Row("a snapshot", 1.0, "s")).endswith("1 s")


def test_the_command_prints_a_table(capsys, only_two):
    assert main(["bench", "--quiet"]) == 0
    printed = capsys.readouterr().out
    assert "two: Two numbers" in printed
    assert printed.splitlines()[-1].startswith("  small")


def test_the_command_prints_csv_and_the_large_sizes(capsys, only_two):
    assert main(["bench", "two", "--large", "--format", "csv", "--quiet"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["what"] for row in rows] == ["quick", "large"]
    assert [row["verdict"] for row in rows] == ["met", "0.25 of it"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bench", "twon"], "twon: no such part; nearest is towns"),
        (["bench", "seed=5"], "seed=5: no such part"),
        (["run", "--large"], "--large"),
    ],
)
def test_what_cannot_be_measured_is_a_line(capsys, words, said):
    assert main(words) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


def test_small_towns_give_plausible_measurements():
    one = towns.measured(300, 0.1)
    assert one.n_people == 300
    assert min(one.graph, one.people, one.week, one.snapshot, one.restore) > 0
    assert one.peak >= one.empty > 10**7
    whole, begin, measure = small_worlds.one_world(200, 4)
    assert whole > begin + measure > 0


def test_threads_of_a_world_agree_to_the_bit():
    speed_up, is_same = threads.paired(400, 2)
    assert speed_up > 0
    assert is_same


def test_a_command_is_timed_from_the_shell():
    assert start.command("-c", "pass") > 0
    with pytest.raises(Exception, match="exit status 3"):
        start.command("-c", "raise SystemExit(3)")
