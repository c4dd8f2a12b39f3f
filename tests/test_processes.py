"""Long work in several processes: killed, stopped, resumed, and the same whatever happened."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.cli import main
from sim.study import store

ROOT = Path(__file__).resolve().parents[1]
FINAL_FILES = {"manifest.json", "weekly.parquet", "runs.parquet", "measures.csv"}
SMALL = ("population.n_people=200", "weeks=5", "replications=3")
LONG = ("population.n_people=2000", "weeks=120", "replications=6", "output=out")


PATIENCE = 240
"""Seconds after which a test gives up: kernels may have to be compiled first."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so does a shell's `&`, and children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def start(*words, folder):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "sim.cli", "run", *words]
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def is_group_alive(leader):
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Return the files of the long run, made by one process at one go."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert main(["run", *LONG[:-1], f"output={folder / 'out'}", "workers=1", "--quiet"]) == 0
    return {name: content for name, content in files_in(folder / "out").items() if name != "manifest.json"}


def test_two_processes_write_the_same_bytes_as_one(tmp_path, uninterrupted, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", *LONG, "workers=2"]) == 0
    assert "results in out" in capsys.readouterr().out
    assert {name: files_in(tmp_path / "out")[name] for name in uninterrupted} == uninterrupted


def test_a_shared_network_is_the_same_in_one_process_and_in_two(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ("run", *SMALL, "network.seed=3")
    for workers in (1, 2):
        assert main([*words, f"workers={workers}", f"output=out-{workers}"]) == 0
    assert files_in(tmp_path / "out-1")["weekly.parquet"] == files_in(tmp_path / "out-2")["weekly.parquet"]
    assert set(files_in(tmp_path / "out-2")) == FINAL_FILES


def test_killed_work_goes_on_and_ends_the_same(tmp_path, uninterrupted, monkeypatch):
    parts = tmp_path / "out" / "parts"
    killed = start(*LONG, "workers=2", folder=tmp_path)
    wait_until(lambda: len(list(parts.glob("*.part"))) >= 2)
    killed.kill()  # the parent alone, by SIGKILL
    killed.communicate(timeout=PATIENCE)
    wait_until(lambda: not is_group_alive(killed.pid), seconds=20)  # the workers notice and end
    found = sorted(parts.glob("*.part"))
    assert not (tmp_path / "out" / "manifest.json").exists()
    intact, damaged = found[0], found[1]
    damaged.write_bytes(damaged.read_bytes()[:-10] + b"0123456789")
    (tmp_path / "out" / ".runs.parquet.1.tmp").write_bytes(b"half a file")
    before = intact.stat().st_mtime_ns

    stopped = start(*LONG, "workers=1", folder=tmp_path)  # goes on, is stopped once more by Ctrl-C
    wait_until(lambda: store.is_intact(damaged))
    os.killpg(stopped.pid, signal.SIGINT)
    _, err = stopped.communicate(timeout=PATIENCE)
    assert stopped.returncode == 130
    assert re.search(r"\d of 6 seeds are kept in out; run the same line again to go on\n$", err)
    assert intact.stat().st_mtime_ns == before  # not run twice

    monkeypatch.chdir(tmp_path)
    assert main(["run", *LONG, "workers=2", "--quiet"]) == 0
    assert set(files_in(tmp_path / "out")) == FINAL_FILES
    assert {name: files_in(tmp_path / "out")[name] for name in uninterrupted} == uninterrupted


def test_ctrl_c_ends_all_processes_and_says_how_to_go_on(tmp_path):
    running = start(*LONG, "workers=2", folder=tmp_path)
    wait_until(lambda: list((tmp_path / "out" / "parts").glob("*.part")))
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert out == ""
    lines = [line for line in err.splitlines() if not line.startswith("run: ")]
    assert len(lines) == 1
    assert lines[0].endswith("run the same line again to go on")
    wait_until(lambda: not is_group_alive(running.pid), seconds=20)


def test_ctrl_c_before_anything_is_finished_leaves_nothing(tmp_path):
    running = start("population.n_people=20000", "weeks=5200", "replications=2", "workers=2", folder=tmp_path)
    wait_until(lambda: list(tmp_path.glob("results/run/*/parts/plan.json")))
    time.sleep(0.5)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    lines = [line for line in err.splitlines() if not line.startswith("run: ")]
    assert lines == ["weishang: interrupted: no seed was finished; run the same line again to go on"]
    assert list(tmp_path.iterdir()) == []


def test_a_killed_worker_is_told_in_one_line(tmp_path):
    running = start("population.n_people=20000", "weeks=5200", "replications=2", "workers=2", folder=tmp_path)
    wait_until(lambda: list(tmp_path.glob("results/run/*/parts/plan.json")))
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    if not children.exists():
        running.kill()
        pytest.skip("no /proc here to find a worker with")

    def workers():
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children.read_text().split()}
        return [int(pid) for pid, command in commands.items() if b"spawn_main" in command]

    wait_until(lambda: len(workers()) == 2)
    os.kill(workers()[0], signal.SIGKILL)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1
    lines = [line for line in err.splitlines() if not line.startswith("run: ")]
    assert len(lines) == 1
    assert "a process was killed" in lines[0]


ALL_AT_ONCE = """
import dataclasses, gc
from numba.core.dispatcher import Dispatcher
import sim
from sim.scenario import load
from sim.study.workers import _compile_market, _compile_network

def compiled():
    found = [each for each in gc.get_objects() if isinstance(each, Dispatcher)]
    return {each.py_func.__qualname__: len(each.signatures) for each in found if each.signatures}

small = load("baseline", overrides={"population.n_people": 200}).parameters
_compile_network(small)
_compile_market(small)
before = compiled()
sim.market(n_people=400, seed=3).run(30)
print(len(before) > 25, {name for name, number in compiled().items() if before.get(name) != number})
"""


def test_nothing_is_left_to_compile_once_work_begins():
    said = subprocess.run([sys.executable, "-c", ALL_AT_ONCE], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.split("\n")[0] == "True set()"
