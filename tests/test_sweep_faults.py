"""Sweeps whose processes are killed, hang, eat memory, whose disk is full or whose files are damaged.

After every fault the same line ends with the files of a sweep that nothing happened to, bit for bit.
"""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.cli import main
from sim.cli.arguments import parse
from sim.cli.sweep_words import configure
from sim.study.files import write_bytes
from sim.study.store import code_hash
from sim.sweep import chunks
from sim.sweep.opening import opened
from sim.sweep.sweeping import run_sweep

ROOT = Path(__file__).resolve().parents[1]
FAULTS = ROOT / "tests" / "faults"
GRID = ("trust.gain_bad=choice(.05,.1,.2,.3)", "policies.post_limit.limit=choice(1,20)", "against=[baseline]")
SWEEP = (*GRID, "population.n_people=200", "weeks=8", "replications=8", "seed=101", "output=out")
N_WORLDS, N_SEEDS = 4 * 2 + 4, 8
N_RUNS = N_WORLDS * N_SEEDS
FILES = ("runs.parquet", "weekly.parquet", "points.parquet", "measures.csv")

PATIENCE = 300
"""Seconds after which a test gives up: kernels may have to be compiled first."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so does a shell's `&`, and children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


# what is started and looked at ----------------------------------------------------------------


def start(*words, folder, faults=None):
    environment = os.environ | {
        "PYTHONPATH": f"{FAULTS}{os.pathsep}{ROOT}",
        "WEISHANG_FAULTS": json.dumps(faults or {}),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "sim.cli", "sweep", *words], cwd=folder, env=environment, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process):
    """Return exit code, what was printed, and the lines of complaint."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, [line for line in err.splitlines() if not line.startswith("sweep: ")]


def sweep(*words, folder, faults=None):
    return finish(start(*words, folder=folder, faults=faults))


@pytest.fixture
def sweep_from_here(tmp_path, monkeypatch, capfd):
    """Return what `sweep` returns, of a sweep of this process: only its workers have the faults."""

    def swept(*words, faults=None):
        monkeypatch.setenv("PYTHONPATH", f"{FAULTS}{os.pathsep}{ROOT}")
        monkeypatch.setenv("WEISHANG_FAULTS", json.dumps(faults or {}))
        monkeypatch.chdir(tmp_path)
        capfd.readouterr()
        code = main(["sweep", *words])
        out, err = capfd.readouterr()
        return code, out, [line for line in err.splitlines() if not line.startswith("sweep: ")]

    return swept


def wait_until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def is_group_alive(leader):
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def kill_all(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=PATIENCE)


def workers_of(process):
    """Return the processes that live runs for a started sweep."""
    found = []
    for children in Path(f"/proc/{process.pid}/task").glob("*/children"):
        for pid in children.read_text().split():
            try:
                if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(int(pid))
            except OSError:  # it has ended
                pass
    return found


def chunks_in(folder):
    return sorted((folder / "out" / "parts").glob("*-*-*.parquet"))


def content(folder):
    """Return the final files and the hash of their values, once nothing else is there."""
    out = folder / "out"
    assert {each.name for each in out.iterdir()} - {"analysis"} == {*FILES, "manifest.json"}
    manifest = json.loads((out / "manifest.json").read_text())
    return {name: (out / name).read_bytes() for name in FILES} | {"hash": manifest["result_hash"]}


def assert_nothing_lost_nothing_twice(folder):
    runs = pd.read_parquet(folder / "out" / "runs.parquet")
    assert not runs.duplicated(["scenario", "point", "replication"]).any()
    assert len(runs) == 2 * 8 * N_SEEDS  # beside the eight points, the baseline at each
    assert (runs["seed"] == 101 + runs["replication"]).all()
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert (manifest["n_runs"], manifest["failed"]) == (N_RUNS, [])


def assert_as_undisturbed(folder, undisturbed):
    assert_nothing_lost_nothing_twice(folder)
    found = content(folder)
    assert [name for name in undisturbed if found[name] != undisturbed[name]] == []


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return the files of the sweep, made by the process itself at one go."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert main(["sweep", *SWEEP[:-1], f"output={folder / 'out'}", "executor=here", "--quiet"]) == 0
    assert_nothing_lost_nothing_twice(folder)
    return content(folder)


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Return the folder of a sweep that was killed when some chunks were finished."""
    folder = tmp_path_factory.mktemp("killed")
    running = start(*SWEEP, "workers=1", folder=folder)
    wait_until(lambda: len(chunks_in(folder)) >= 4)
    kill_all(running)
    assert not (folder / "out" / "manifest.json").exists()
    return folder


@pytest.fixture
def half_done(killed, tmp_path, monkeypatch):
    """Stand beside a copy of it."""
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def goes_on():
    """Go on in this process; return what was done."""
    swept = run_sweep(*configure(parse(["sweep", *SWEEP, "executor=here"])))
    assert swept.is_new
    return swept


# kill -9 and Ctrl-C, whenever -----------------------------------------------------------------


def kill_parent(running, draw):
    running.kill()
    return True


def kill_group(running, draw):
    os.killpg(running.pid, signal.SIGKILL)
    return True


def interrupt_parent(running, draw):
    running.send_signal(signal.SIGINT)
    return True


def interrupt_group(running, draw):
    os.killpg(running.pid, signal.SIGINT)
    return True


def kill_worker(running, draw):
    """Kill one of the processes that live runs; tell whether there was any."""
    found = workers_of(running)
    if found:
        os.kill(draw.choice(found), signal.SIGKILL)
    return bool(found)


KILLS = (kill_worker, kill_parent, interrupt_group, kill_group, interrupt_parent)


def ended(running):
    """Return the exit code of a sweep that was killed, once none of its processes is left."""
    code, _, complaints = finish(running)
    wait_until(lambda: not is_group_alive(running.pid), seconds=60)
    assert code in (0, 130, -signal.SIGINT, -signal.SIGKILL)
    assert code != 0 or complaints == []
    assert code != 130 or len(complaints) == 1
    return code


def soak(folder, undisturbed, kinds, n_kills, seed):
    """Kill a sweep at random moments, let it go on, begin anew when it ends; return what was counted."""
    draw, counted = random.Random(seed), {"kills": 0, "resumes": 0, "finished": 0}
    began = time.monotonic()
    assert sweep(*SWEEP[:-1], "output=whole", "workers=2", folder=folder)[0] == 0
    usual, running = time.monotonic() - began, None
    kinds = itertools.cycle(kinds)
    while counted["kills"] < n_kills:
        how = next(kinds)
        running = running or start(*SWEEP, f"workers={draw.choice((1, 2, 3))}", folder=folder)
        if draw.random() < 0.5:  # at any moment, perhaps before the first run
            time.sleep(draw.uniform(0, usual))
        else:
            n_before = len(chunks_in(folder))
            wait_until(lambda n=n_before, now=running: len(chunks_in(folder)) > n or now.poll() is not None)
            time.sleep(draw.uniform(0, usual / 4))
        if running.poll() is None and how(running, draw):
            counted["kills"] += 1
        if how is kill_worker:
            continue
        if ended(running) == 0:
            assert_as_undisturbed(folder, undisturbed)
            shutil.rmtree(folder / "out")
            counted["finished"] += 1
        else:
            counted["resumes"] += 1
        running = None
    if running is not None:
        assert ended(running) == 0
    assert sweep(*SWEEP, "workers=2", folder=folder)[::2] == (0, [])
    assert_as_undisturbed(folder, undisturbed)
    return counted


@pytest.mark.slow
def test_killed_at_random_moments_it_goes_on_and_ends_the_same(tmp_path, undisturbed):
    counted = soak(tmp_path, undisturbed, KILLS, 4, seed=1)
    assert counted["kills"] == 4


@pytest.mark.slow
def test_killed_a_hundred_times_it_goes_on_and_ends_the_same(tmp_path, undisturbed, capsys):
    kinds = [*KILLS] * 20
    random.Random(2).shuffle(kinds)
    counted = soak(tmp_path, undisturbed, kinds, 100, seed=2)
    with capsys.disabled():
        print(f"soak: {counted}")
    assert counted["kills"] == 100


def test_workers_end_with_their_parent_even_in_machine_code(tmp_path):
    faults = {"seeds": dict.fromkeys(map(str, range(101, 101 + N_SEEDS)), "hangs")}
    running = start(*SWEEP, "workers=2", folder=tmp_path, faults=faults)
    wait_until(lambda: len(list(tmp_path.glob("hanging-*"))) == 2)
    workers = [each.name.removeprefix("hanging-") for each in tmp_path.glob("hanging-*")]
    kill_parent(running, random)
    running.communicate(timeout=60)  # ends when nobody holds the other end of its pipes
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), seconds=60)
    assert not (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize(
    "place",
    ["runs.parquet", *(pytest.param(each, marks=pytest.mark.slow) for each in ("000001-", "manifest.json"))],
)
def test_killed_just_before_a_file_is_in_its_place(tmp_path, undisturbed, monkeypatch, place):
    running = start(*SWEEP, "executor=here", folder=tmp_path, faults={"stop_before": place})
    wait_until(lambda: list((tmp_path / "out").rglob(f".{place}*.tmp")))
    kill_all(running)
    monkeypatch.chdir(tmp_path)
    goes_on()
    assert_as_undisturbed(tmp_path, undisturbed)


def test_parts_left_by_a_process_killed_at_its_very_end_are_removed(half_done, undisturbed):
    goes_on()
    (half_done / "out" / "parts").mkdir()
    (half_done / "out" / "parts" / "left.parquet").write_bytes(b"left")
    assert main(["sweep", *SWEEP, "executor=here", "--quiet"]) == 0
    assert_as_undisturbed(half_done, undisturbed)


# runs that fail -------------------------------------------------------------------------------

FAULTY = {
    "102": "raises",
    "103": "dawdles",
    "104": "hangs",
    "105": "eats",
    "106": "dies",
    "107": "leaves",
    "108": "raises_what_cannot_be_sent",
}
SAID = {
    102: "ZeroDivisionError: a fault of two lines",
    103: "RunLimitError: took longer than run_limit=3 s (week 8 of 8)",
    104: "RunLimitError: hung, run_limit=3 s",
    105: "MemoryError: ",
    106: "EndedError: its process ended by itself (exit code 7), 3 times",
    107: "SystemExit: 3",
    108: "RuntimeError: Local: one and two",
}


def test_runs_that_fail_are_told_and_left_out_and_can_be_run_again(tmp_path, sweep_from_here):
    words = ("trust.gain_bad=choice(.05,.1)", *SWEEP[-5:])
    limits = ("run_limit=3", "memory_limit=1", "workers=3")
    code, out, complaints = sweep_from_here(*words, *limits, faults={"seeds": FAULTY})
    assert (code, complaints) == (1, [])
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    failed = manifest["failed"]
    assert [(each["seed"], each["point"]) for each in failed] == [
        (seed, point) for seed in range(102, 109) for point in (0, 1)
    ]
    assert [each["error"] for each in failed if not each["error"].startswith(SAID[each["seed"]])] == []
    assert "ZeroDivisionError" in failed[0]["traceback"] and "in raises" in failed[0]["traceback"]
    assert failed[3]["configuration"]["trust"]["gain_bad"] == 0.1
    assert failed[3]["replay"].endswith("population.n_people=200 trust.gain_bad=0.1 weeks=8 seed=103 replications=1")
    assert pd.read_parquet(tmp_path / "out" / "runs.parquet")["seed"].tolist() == [101, 101]
    assert "14 runs failed and are left out" in out and "weishang sweep retry-failed out" in out

    assert main(["sweep", "retry-failed", "out", "executor=here", "--quiet"]) == 0
    assert main(["sweep", *words[:-1], "output=whole", "executor=here", "--quiet"]) == 0
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_where_all_runs_fail_there_are_empty_tables(tmp_path, sweep_from_here):
    faults = {"seeds": dict.fromkeys(map(str, range(101, 101 + N_SEEDS)), "raises")}
    code, out, complaints = sweep_from_here(*SWEEP, "workers=1", faults=faults)
    assert (code, complaints) == (1, [])
    assert f"{N_RUNS} runs failed" in out
    assert len(pd.read_parquet(tmp_path / "out" / "runs.parquet")) == 0
    assert len(pd.read_parquet(tmp_path / "out" / "weekly.parquet")) == 0


def test_workers_that_cannot_begin_end_the_sweep_in_one_line(sweep_from_here):
    code, _, complaints = sweep_from_here(*SWEEP, "workers=1", faults={"seeds": {"0": "raises"}})
    assert code == 1
    assert len(complaints) == 1
    assert "worker processes cannot begin: ZeroDivisionError: a fault of two lines" in complaints[0]
    code, _, complaints = sweep_from_here(*SWEEP, "workers=1", faults={"seeds": {"0": "dies"}})
    assert code == 1
    assert len(complaints) == 1
    assert "end before they begin (the last ended by itself (exit code 7))" in complaints[0]


def test_a_clock_that_goes_backwards_changes_nothing(tmp_path, undisturbed):
    assert sweep(*SWEEP, "workers=1", "run_limit=100", folder=tmp_path, faults={"clock": "backwards"})[::2] == (0, [])
    assert_as_undisturbed(tmp_path, undisturbed)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["finished"] < manifest["started"]


# the disk -------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder, size):
    """Mount a disk of so many kB; skip where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_ends_the_sweep_in_one_line_and_loses_nothing(tmp_path, undisturbed, sweep_from_here):
    disk = tmp_path / "disk"
    words = (*SWEEP[:-1], f"output={disk / 'out'}", "executor=here")
    with small_disk(disk, 400):
        code, _, complaints = sweep_from_here(*words[:-1], "workers=2")
        assert (code, len(complaints)) == (1, 1)
        assert f"No space left on device: what was finished is kept in {disk / 'out'}" in complaints[0]
        kept = {path.name: path.stat().st_mtime_ns for path in chunks_in(disk)}
        assert kept
        assert list((disk / "out").rglob("*.tmp")) == []
        for size in (700, 900):  # now and then among the final files
            subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)
            code, _, complaints = sweep_from_here(*words)
            assert (code, len(complaints)) == (1, 1)
            assert "No space left on device" in complaints[0]
        assert {name: (disk / "out" / "parts" / name).stat().st_mtime_ns for name in kept} == kept  # not done twice
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        assert sweep_from_here(*words)[::2] == (0, [])
        assert_as_undisturbed(disk, undisturbed)


def test_a_disk_without_any_room_is_told_in_one_line(tmp_path, sweep_from_here):
    disk = tmp_path / "disk"
    with small_disk(disk, 4):
        (disk / "filling").write_bytes(bytes(4096))
        code, _, complaints = sweep_from_here(*SWEEP[:-1], f"output={disk / 'out'}")
        assert code != 0
        assert len(complaints) == 1
        assert "No space left on device" in complaints[0]
        assert list(disk.iterdir()) == [disk / "filling"]


# damaged files --------------------------------------------------------------------------------


def truncated(path):
    write_bytes(path, path.read_bytes()[:-1])


def emptied(path):
    path.write_bytes(b"")


def flipped(path):
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 4
    path.write_bytes(whole)


def of_another_sweep(path):
    """Put a chunk there that is intact, but was made for another configuration."""
    table = chunks.read_chunk(path, identity_of(path.parent))
    path.unlink()
    table = table.set_column(
        table.column_names.index("gini_shop_profit"), "gini_shop_profit", pa.array([0.5] * len(table))
    )
    keep(table, path, b"another")


def identity_of(folder):
    plan = json.loads((folder / "plan.json").read_text())
    return f"{plan['configuration_hash']} {plan['code_hash']} ".encode()


def keep(table, like, identity):
    whole = chunks.parquet(table)
    like.with_name(f"{like.name[:14]}{chunks.seal(whole, identity)}.parquet").write_bytes(whole)


@pytest.mark.parametrize("damage", [truncated, emptied, flipped, of_another_sweep])
def test_a_damaged_chunk_is_found_and_done_again(half_done, undisturbed, damage):
    first, *others = chunks_in(half_done)
    n_intact = len(others)
    damage(first)
    swept = goes_on()
    assert swept.throughput.n_runs == N_RUNS - n_intact * N_WORLDS
    assert swept.n_damaged == 1
    assert_as_undisturbed(half_done, undisturbed)


def test_files_of_others_and_leftovers_do_no_harm(half_done, undisturbed):
    parts = half_done / "out" / "parts"
    n_intact = len(chunks_in(half_done))
    (parts / f".{chunks_in(half_done)[0].name}.12345.tmp").write_bytes(b"half a")
    (half_done / "out" / ".runs.parquet.12345.tmp").write_bytes(b"half a")
    for name in ("notes.parquet", "000001-000000-x.parquet", "notes.txt", "a-b-c.parquet"):
        (parts / name).write_bytes(b"mine")
    (parts / "000007-000099.failed").write_text(json.dumps({"replication": 7, "world": 99}))
    (parts / "000007-000001.failed").write_text(json.dumps({"replication": 7, "world": 2}))
    swept = goes_on()
    assert swept.throughput.n_runs == N_RUNS - n_intact * N_WORLDS
    assert swept.n_damaged == 2  # those about failures that cannot be
    assert_as_undisturbed(half_done, undisturbed)


def test_of_an_old_and_a_superseding_chunk_the_larger_counts(half_done, undisturbed):
    first, second, *_ = chunks_in(half_done)
    n_intact = len(chunks_in(half_done))
    identity = identity_of(first.parent)
    keep(chunks.read_chunk(first, identity)[:5], first, identity)
    keep(chunks.read_chunk(second, identity)[:5], second, identity)
    second.unlink()
    swept = goes_on()
    assert swept.throughput.n_runs == N_RUNS - (n_intact - 1) * N_WORLDS - 5
    assert swept.n_damaged == 0
    assert_as_undisturbed(half_done, undisturbed)


def test_the_keys_of_runs_are_those_of_their_parameters(half_done):
    sweep_there = opened("out").sweep
    for path in chunks_in(half_done)[:2]:
        for row in pq.read_table(path, columns=["world", "seed", "key"]).to_pylist():
            parameters = sweep_there.scenario_at(sweep_there.worlds[row["world"]]).parameters
            assert row["key"] == sweep_there.run_key(parameters, row["seed"], code_hash())


# several processes ----------------------------------------------------------------------------


def test_a_second_process_is_refused_while_one_is_at_work(tmp_path, undisturbed, monkeypatch, capfd):
    running = start(*SWEEP, "executor=here", folder=tmp_path, faults={"stop_before": "000003-"})
    wait_until(lambda: len(chunks_in(tmp_path)) == 3)
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", *SWEEP, "executor=here", "--quiet"]) == 2
    assert capfd.readouterr().err == "weishang: output=out: another process is writing to it; wait for it\n"
    assert main(["sweep", "status", "out"]) == 0
    assert "a process is at work on it" in capfd.readouterr().out
    kill_all(running)
    assert (tmp_path / "out" / ".lock").exists()  # and holds nobody up
    goes_on()
    assert_as_undisturbed(tmp_path, undisturbed)


RACE = """
import os, sys, time
from pathlib import Path
from sim.study.store import Folder, StoreError, configuration_hash
folder, number = Path(sys.argv[1]), 0
children = []
while number < 6 and (not children or children[-1]):  # what was imported is shared by the six that race
    children.append(os.fork())
    number += children[-1] > 0
if children[-1]:
    (folder / "start").touch()
    sys.exit(any(os.waitpid(each, 0)[1] for each in children))
configuration = {"number": number % 3}
plan = {"configuration": configuration, "configuration_hash": configuration_hash(configuration), "code_hash": "c"}
while not (folder / "start").exists():
    time.sleep(0.001)
for turn in range(200):
    try:
        with Folder(folder / "a" / "out", plan).opened():
            alone = folder / "alone"
            alone.touch(exist_ok=False)
            assert Folder(folder / "a" / "out", plan).is_begun
            alone.unlink()
            if turn % 2:
                raise KeyError
    except (StoreError, KeyError) as error:
        print(type(error).__name__)
        assert "\\n" not in str(error)
"""


def test_processes_that_race_for_a_folder_take_turns(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    racing = subprocess.run(
        [sys.executable, "-c", RACE, str(tmp_path)],
        env=environment,
        text=True,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (racing.returncode, racing.stderr) == (0, "")
    assert "KeyError" in racing.stdout


@pytest.mark.slow
def test_twenty_processes_at_once_make_one_sweep(tmp_path, undisturbed):
    running = [start(*SWEEP, "workers=1", folder=tmp_path) for _ in range(20)]
    found = [finish(each) for each in running]
    assert {code for code, _, _ in found} <= {0, 2}
    assert any(code == 0 for code, _, _ in found)
    refused = "weishang: output=out: another process is writing to it; wait for it"
    assert all(complaints == [refused] * (code == 2) for code, _, complaints in found)
    assert_as_undisturbed(tmp_path, undisturbed)


# a cluster ------------------------------------------------------------------------------------


@contextmanager
def cluster():
    """Give address, scheduler and workers of a Dask cluster."""
    pytest.importorskip("distributed")
    running = subprocess.Popen(
        [sys.executable, str(FAULTS / "cluster.py")], env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address, *pids = running.stdout.readline().split()
        yield address, [int(pid) for pid in pids]
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=PATIENCE)


def test_a_cluster_loses_a_worker_then_its_scheduler_and_nothing_else(tmp_path, undisturbed, monkeypatch):
    with cluster() as (address, (scheduler, worker, *_)):
        words = (*SWEEP, "executor=dask", f"executor.address={address}")
        running = start(*words, folder=tmp_path)
        wait_until(lambda: chunks_in(tmp_path))
        os.kill(worker, signal.SIGKILL)
        assert finish(running)[::2] == (0, [])
        assert_as_undisturbed(tmp_path, undisturbed)

        shutil.rmtree(tmp_path / "out")
        running = start(*words, folder=tmp_path)
        wait_until(lambda: chunks_in(tmp_path))
        os.kill(scheduler, signal.SIGKILL)
        code, _, complaints = finish(running)
        assert (code, len(complaints)) == (1, 1), complaints
        assert "the Dask scheduler" in complaints[0]
        assert "run the same line again to go on" in complaints[0]
    n_kept = sum(pq.read_metadata(path).num_rows for path in chunks_in(tmp_path))
    monkeypatch.chdir(tmp_path)
    swept = goes_on()
    assert swept.throughput.n_runs == N_RUNS - n_kept
    assert_as_undisturbed(tmp_path, undisturbed)


def test_a_wrong_address_is_one_line(tmp_path, sweep_from_here):
    pytest.importorskip("distributed")
    words = ("executor=dask", "executor.address=tcp://127.0.0.1:9")
    code, out, complaints = sweep_from_here(*SWEEP, *words)
    assert (code, out, len(complaints)) == (2, "", 1)
    assert "no Dask scheduler answers" in complaints[0]
    assert list(tmp_path.iterdir()) == []
