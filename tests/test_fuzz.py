"""Malformed lines against the command: whatever is typed, it answers at once, in one line, and leaves nothing behind.

A seeded generator makes lines for every verb out of right words, wrong words and words that were damaged. Where the
command would begin to live worlds (or to serve the page) it is stopped: what is tried here is all that comes before.
"""

import faulthandler
import itertools
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from sim.cli import main
from sim.cli.arguments import OPTIONS, VERBS
from sim.scenario import all_keys, available, declared_at
from sim.sweep.designs import KINDS

SECONDS = 60
"""That a line may take on a busy machine; a line that hangs takes longer."""

MANY = 4000
FEW = 300


class Lived(BaseException):
    """The line was right: the command would begin to live worlds."""


def begin(*_, **__):
    raise Lived


@pytest.fixture
def unlived(monkeypatch):
    """Let nothing be lived, drawn, measured or served."""
    import sim.bench
    import sim.calibration.fitting
    import sim.cli.verify
    import sim.explore.server
    import sim.explore.setup
    import sim.study.runner
    import sim.sweep.estimating
    import sim.sweep.sweeping

    shared_network = sim.study.runner.shared_network

    def from_file(work):
        is_file = work.scenarios[0].parameters.network.kind == "file"
        return shared_network(work) if is_file else None

    monkeypatch.setattr(sim.study.runner, "shared_network", from_file)
    monkeypatch.setattr(sim.calibration.fitting, "shared_network", from_file)
    monkeypatch.setattr(sim.study.runner, "_run_missing", begin)
    monkeypatch.setattr(sim.calibration.fitting, "_carry_out", begin)
    monkeypatch.setattr(sim.sweep.sweeping, "carry_on", begin)
    monkeypatch.setattr(sim.sweep.estimating, "live", begin)
    monkeypatch.setattr(sim.cli.verify, "hold_all", begin)
    monkeypatch.setattr(sim.explore.server, "serve", begin)
    for part in sim.bench.catalogue().values():
        monkeypatch.setattr(part, "rows", begin)
    monkeypatch.setattr(sim.study.store, "code_hash", lambda: "0" * 64)  # of all sources, a line at a time
    yield
    sim.explore.setup.config_dirs[:] = []
    sim.explore.setup.own_folders[:] = []


# the folder in which lines are typed ----------------------------------------------------------

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in itertools.pairwise("abcdefghi")
)
SCENARIO_FILES = {
    # name: content
    "right": b"description: right\npopulation: {n_people: 300}\n",
    "empty": b"",
    "bom": b"\xef\xbb\xbfpopulation: {n_people: 300}\n",
    "crlf": b"population:\r\n  n_people: 300\r\n",
    "latin1": "description: caf\xe9\n".encode("latin-1"),
    "utf16": "population: {n_people: 300}\n".encode("utf-16"),
    "bytes": bytes(range(256)),
    "nul": b"population: {n_people: 300\x00}\n",
    "tabs": b"population:\n\tn_people: 300\n",
    "laughs": LAUGHS.encode(),
    "laughing_policies": (LAUGHS + "policies: *i\n").encode(),
    "laughing_label": (LAUGHS + "label: *i\n").encode(),
    "itself": b"population: &p\n  n_people: *p\n",
    "itself_whole": b"&a\npopulation: *a\n",
    "itself_list": b"scandals: &s\n- *s\n",
    "itself_text": b"label: &l\n  en: *l\n",
    "merged": b"a: &a {n_people: 300}\npopulation:\n  <<: *a\n",
    "deep_list": b"scandals: " + b"[" * 5000 + b"]" * 5000 + b"\n",
    "deep_mapping": b"policies: " + b"{a: " * 5000 + b"1" + b"}" * 5000 + b"\n",
    "deep_block": b"".join(b" " * level + b"a:\n" for level in range(1500)),
    "deep_dots": b"policies" + b".a" * 3000 + b": 1\n",
    "text": b"just words\n",
    "list": b"- population\n- shops\n",
    "number": b"42\n",
    "null": b"population: null\nscandals: null\npolicies: null\nnetwork: ~\n",
    "scalars": b"population: 5\n",
    "list_for_group": b"population: [1, 2]\n",
    "list_for_number": b"population: {n_people: [300]}\n",
    "mapping_for_number": b"population: {n_people: {n: 300}}\n",
    "number_for_list": b"scandals: 7\n",
    "numbers_in_list": b"scandals: [7, null, a]\n",
    "mapping_for_list": b"scandals: {week: 3}\n",
    "texts": b"population: {n_people: '300', value_median: 1e999}\n",
    "nan": b"trust: {gain_bad: .nan}\n",
    "inf": b"trust: {gain_bad: .inf}\n",
    "date": b"population: {n_people: 2014-01-06}\n",
    "time": b"population: {n_people: 12:30:00}\n",
    "binary": b"population: {n_people: !!binary aGVsbG8=}\n",
    "set": b"population: !!set {n_people}\n",
    "python": b"population: !!python/object/apply:os.system ['touch stolen']\n",
    "tag": b"population: !mine {n_people: 300}\n",
    "keys": b"1: 2\nnull: 3\n2.5: 4\ntrue: 5\n[1, 2]: 6\n",
    "key_of_list": b"? [a, b]\n: 1\n",
    "key_in_group": b"population: {1: 2, null: 3}\n",
    "twice": b"population: {n_people: 300}\npopulation: {n_people: 400}\n",
    "two_documents": b"population: {n_people: 300}\n---\nshops: {}\n",
    "hydra": b"defaults: [classroom, _self_]\n",
    "hydra_package": b"# @package shops\npopulation: {n_people: 300}\n",
    "hydra_package_odd": b"# @package <script>..[\npopulation: {n_people: 300}\n",
    "hydra_settings": b"hydra: {run: {dir: elsewhere}}\n",
    "reference": b"population: {n_people: '${population.value_median}'}\n",
    "reference_itself": b"population: {n_people: '${population.n_people}'}\n",
    "reference_env": b"description: ${oc.env:HOME}\n",
    "reference_label": b"label: ${no.such}\n",
    "reference_open": b"label: '${'\n",
    "question_marks": b"population: {n_people: ???}\n",
    "label": b"label: 5\n",
    "label_null": b"label: null\ndescription: null\n",
    "label_list": b"label: [a]\n",
    "language": b"label: {fr: bonjour}\n",
    "language_number": b"label: {1: bonjour}\n",
    "script": b"label: <script>alert(1)</script>\ndescription: '<img src=x onerror=alert(1)>'\n",
    "settings": b"seed: 3\nweeks: 5\n",
    "policy_list": b"policies: [like_ban]\n",
    "policy_number": b"policies: {like_ban: 5}\n",
    "policy_phases": b"policies: {like_ban: [[1, 2], 3]}\n",
    "policy_phase_null": b"policies: {like_ban: [null, null]}\n",
    "policy_key": b"policies: {5: on, null: off}\n",
    "policy_schedule": b"policies: {like_ban: {schedule: {22: 0.5}}}\n",
    "policy_schedule_deep": b"policies: {like_ban: {schedule: [[[22]], 5]}}\n",
    "dots": b"'population..n_people': 3\n'.': 4\n'': 5\n",
    "huge": b"population: {n_people: " + b"9" * 6000 + b"}\n",
    "long_key": b"a" * 100_000 + b": 1\n",
    "network_path": b"network: {kind: file, path: afile}\n",
    "network_path_number": b"network: {kind: file, path: 5}\n",
    "network_path_list": b"network: {kind: file, path: [a]}\n",
    "network_both": b"network: {kind: file, path: edges.txt}\npopulation: {n_people: 300}\n",
    "unicode": "description: 微商 \u202e\u2028 𝔘\npopulation: {n_people: 300}\n".encode(),
    "control": b'description: "\\a\\e[31m\\0"\npopulation: {n_people: 300}\n',
}
OTHER_FILES = {
    "afile": b"a file\n",
    "folder/treasure.txt": b"not ours\n",
    "edges.txt": b"".join(b"%d %d\n" % (i, (i + step) % 250) for i in range(250) for step in (1, 2, 7)),
    "empty": b"",
    "words.txt": b"these\nare\nno friendships\n",
    "cut.gz": b"\x1f\x8b\x08\x00\x00",
    "binary": bytes(range(256)) * 4,
    "config/network/right.yaml": b"kind: file\npath: edges.txt\n",
    "config/network/odd.yaml": b"knd: file\n",
    "config/network/list.yaml": b"- kind\n",
    "config/network/number.yaml": b"5\n",
    "config/network/bytes.yaml": b"\xff\xfe\x00",
    "config/network/itself.yaml": b"&a\nkind: *a\n",
    "config/design/odd.yaml": b"kind: lhs\nn: [5]\n",
    "config/design/itself.yaml": b"&a\nn: *a\n",
    "config/design/text.yaml": b"lhs\n",
    "config/executor/odd.yaml": b"kind: [local]\n",
    "config/plausible/odd.yaml": b"x: 1\n",
    "broken_config/config.yaml": b"defaults: [nothing]\n",
    "lessons/odd.yaml": b"title: 5\n",
    "lessons_of_bytes/odd.yaml": b"\xff\x00",
    "lessons_of_lists/odd.yaml": b"[[[]]]\n",
    "points/right.csv": b"trust.gain_bad,policies.like_ban\n0.1,on\n0.2,off\n",
    "points/empty.csv": b"",
    "points/header.csv": b"trust.gain_bad\n",
    "points/blank.csv": b"\n\n\n",
    "points/unknown.csv": b"nothing\n1\n",
    "points/unnamed.csv": b",\n1,2\n",
    "points/twice.csv": b"trust.gain_bad,trust.gain_bad\n0.1,0.2\n",
    "points/ragged.csv": b"trust.gain_bad,trust.gain_good\n0.1\n0.1,0.2,0.3\n",
    "points/longer.csv": b"trust.gain_bad\n0.1,0.2\n",
    "points/text.csv": b"trust.gain_bad\nabc\n",
    "points/nan.csv": b"trust.gain_bad\nnan\n",
    "points/inf.csv": b"trust.gain_bad\n1e999\n",
    "points/null.csv": b"trust.gain_bad\nnull\n",
    "points/huge.csv": b"population.n_people\n" + b"9" * 5000 + b"\n",
    "points/nul.csv": b"trust.gain_bad\n0.1\x00\n",
    "points/bytes.csv": bytes(range(256)),
    "points/latin1.csv": "trust.gain_bad\né\n".encode("latin-1"),
    "points/utf16.csv": "trust.gain_bad\n0.1\n".encode("utf-16"),
    "points/bom.csv": b"\xef\xbb\xbftrust.gain_bad\r\n0.1\r\n",
    "points/quote.csv": b'trust.gain_bad\n"0.1\n',
    "points/script.csv": b"<script>,=cmd()\n1,2\n",
    "points/scenario.csv": b"scenario\nnone_such\nbaseline\n",
    "points/scenario_path.csv": b"scenario\n../../etc/passwd\n",
    "points/policy.csv": b"policies.like_ban\nmaybe\n",
    "points/schedule.csv": b'policies.like_ban.schedule\n"[[1,2]]"\n',
    "points/dummy.csv": b"dummy\n0.5\n",
    "points/seed.csv": b"seed\n5\n",
    "points/path.csv": b"network.path\n/etc/passwd\n",
    "points/fork.csv": b"policies.like_ban.end_week,policies.like_ban.start_week\n3,9\n",
    "points/wide.csv": b",".join(b"x%d" % n for n in range(3000)) + b"\n" + b",".join([b"1"] * 3000) + b"\n",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a folder of files that are no good, and of some that are."""
    files = {f"config/scenario/{name}.yaml": content for name, content in SCENARIO_FILES.items()} | OTHER_FILES
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "config" / "scenario" / "a_folder.yaml").mkdir()
    (tmp_path / "config" / "scenario" / "nowhere.yaml").symlink_to("nothing_there")
    (tmp_path / "config" / "scenario" / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "config" / "scenario" / "pipe.yaml")
    (tmp_path / "empty_folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "round").mkdir()
    (tmp_path / "round" / "again").symlink_to(tmp_path / "round")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "closed").mkdir(mode=0o000)
    (tmp_path / "closed_file").touch(mode=0o000)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    (tmp_path / "closed").chmod(0o700)


# lines ----------------------------------------------------------------------------------------

LONG = "9" * 6000
VALUES = [
    "", " ", "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e999", "-1e999", "1e-999", "1e308", "-1", "-0", "0",
    "1", "2", "0.5", "1.5", ".", "-", "--", "1_000", "0x10", "0b1", "1e3", "1.", ".5", "+5", "1,5", "1 000", "١٢", "²",
    "9" * 30, "-" + "9" * 400, LONG, "true", "TRUE", "false", "yes", "on", "off", "null", "None", "~", "auto",
    "2014-01-06", "12:30:00", "2014-01-06T00:00:00Z", "微商", "é", "\u202eabc", "\u2028", "\ufeff", "\udcff", "𝔘", "a\x00b",
    "\n", "\t", "a\nb", "\x1b[31m", "<script>alert(1)</script>", "'", '"', "''", '""', "'a", 'a"', "`id`", "$(id)",
    "$HOME", "${HOME}", "${", "${}", "${trust.gain_bad}", "${oc.env:HOME}", "${oc.decode:'['}", "$${x}", "\\${x}", "\\",
    "\\\\", "[", "]", "[]", "[[", "[]]", "{", "}", "{}", "{{}}", "{a", "{a:1}", "{a:1,a:2}", "{:}", "{1:2}", "[1]",
    "[1,2", "[1,[2,[3]]]", "[null]", "[,]", "[a,a]", "[' ']", "(", ")", "(1", "a=b", "=", "==", "a:b", ":", "::", ",",
    ",,", "a,b", "1,2", "0.1,0.2", "*", "?", "???", "!", "!!python/object:os.system", "&a", "*a", "@", "%s", "%n", "{0}",
    "choice(", "choice()", "choice(1)", "choice(1,2)", "choice(a,b)", "choice(1,1)", "choice([1],[2])", "choice({a:1},2)",
    "choice(choice(1,2),3)", "range(1)", "range(1,3)", "range(3,1)", "range(1,3,0)", "range(1,1e9)", "range(0,1,1e-300)",
    "range(a,b)", "range(nan,inf)", "range(1,inf)", "interval(", "interval()", "interval(1)", "interval(0,1)",
    "interval(1,0)", "interval(0,0)", "interval(nan,1)", "interval(0,inf)", "interval(-inf,inf)", "interval(.1,.2)",
    "interval(a,b)", "interval(1,2,3)", "interval((1,2))", "tag(log,interval(.1,.2))", "tag(log,interval(0,1))",
    "tag(log,choice(1,2))", "tag(a,b,interval(.1,.2))", "tag(", "tag()", "tag(log)", "glob(*)", "glob(", "sort(2,1)",
    "shuffle(1,2)", "shuffle(range(1,3))", "int(3)", "int(a)", "float(1)", "str(1)", "bool(1)", "json_str({})", "int(",
    "extend_list(1)", "[{week:3,cut:.5}]", "[{week:a}]", "[{}]", "[[22,0.5]]", "[[0,1],[0,1]]", "[[1e999,nan]]",
    "a" * 3000, "[" * 300 + "]" * 300, "{a:" * 200 + "1" + "}" * 200, "(" * 500, "'" * 501, "../..", "/etc/passwd", "/",
    ".", "..", "~", "~/x", "~nobody/x", "/dev/null", "/dev/zero", "/proc/self/mem", "/proc/nowhere/x", "afile",
    "afile/below", "folder", "closed", "closed/below", "closed_file", "loop", "loop/below", "round/again/again", "pipe",
    "empty", "empty_folder", "edges.txt", "words.txt", "cut.gz", "binary", "a" * 300, "a/" * 2000, "nofile.txt", "C:\\x",
    "file:///etc/passwd", "http://127.0.0.1:9/x", "tcp://127.0.0.1:9", "-rf", "--help", "welfare", "welfare:5",
    "welfare:-1", "welfare:nan", "welfare:", ":5", "nothing:5", "welfare<5", "welfare<nan", "<", "zh", "en", "csv", "xlsx",
    "report.html", "folder/x.html", "closed/x.html", "afile/x.html", "[folder]", "[nowhere,folder]", "[round]",
]  # fmt: skip
NAMES = [*available(), *SCENARIO_FILES, "a_folder", "nowhere", "loop", "pipe"]
KEYS = {
    # verb: keys of its own
    "compare": ["scenarios", "fork_week", "target", "max", "report.title", "report.criterion", "report.language",
                "report.include", "report.question", "report.x"],
    "sweep": ["against", "vary", "series", "target", "max", "run_limit", "memory_limit", "design", "design.n",
              "design.seed", "design.levels", "design.second_order", "design.path", "design.kind", "executor",
              "executor.kind", "executor.address", "executor.x", "dummy"],
    "calibrate": ["trials"],
    "attribute": ["players"],
    "study": ["worlds", "world_people", "world_replications"],
    "analyse": ["measures", "case", "criterion"],
    "report": ["report.title", "report.question", "report.criterion", "report.language", "report.include", "output"],
    "verify": ["seed", "workers", "output"],
}  # fmt: skip
COMMON = [*all_keys(), *["seed", "replications", "weeks", "workers", "threads", "output", "export", "scenario"] * 6,
          *["population", "shops", "network", "network.path", "network.kind", "policies", "scandals", "hydra.run.dir",
            "hydra", "defaults", "_target_", "x", "policies.x", "population.x", "scandals[0].week", "a.b.c.d", ".", ""]]  # fmt: skip
RIGHT = {
    # verb: words with which it is right
    "run": [[], ["scenario=classroom"], ["network=file", "network.path=edges.txt"]],
    "compare": [["scenarios=[baseline,way_out]"], ["scenarios=[baseline,like_ban]", "fork_week=3"],
                ["scenarios=[baseline,like_ban]", "replications=auto", "target=welfare:5"]],
    "sweep": [["design=lhs", "design.n=4", "trust.gain_bad=interval(.05,.3)", "--dry-run"],
              ["design=sobol", "design.n=4", "trust.gain_bad=interval(.05,.3)", "--cfg", "job"],
              ["design=morris", "design.n=4", "trust.gain_bad=interval(.05,.3)", "against=baseline"],
              ["design=oat", "design.n=2", "trust.gain_bad=interval(.05,.3)", "policies.like_ban=off,on"],
              ["design=csv", "design.path=points/right.csv", "--dry-run"],
              ["policies.like_ban=off,on"], ["scenario=choice(baseline,like_ban)"]],
    "calibrate": [[], ["fit"], ["fit", "trials=5", "trust.gain_bad=interval(.1,.3)"], ["scenario=history"]],
    "attribute": [["scenario=way_out", "players=[transparency]"], ["scenario=threshold"]],
    "study": [["way_out", "worlds=2"]],
    "verify": [[], ["--quick"]],
    "explore": [[], ["scenario=like_ban"]],
    "bench": [["start"], []],
    "list": [["parameters"], ["scenarios"], ["scenarios", "--diff", "baseline", "way_out"], ["designs"], ["studies"]],
    "analyse": [["folder"], ["empty_folder"], ["round"]],
    "report": [["folder"], ["empty_folder"], ["round"]],
}  # fmt: skip
MARKS = list("=,.:;[](){}<>'\"`$&|*?!#%@~+-_\\/ \t\n\r\0\x1b\x7f0179aeinfx微é\u200b\u202e\udcff")
DISTURBED = ["--config-dir", "--cfg", "--format", "--diff", "--port", "--host", "--tabs", "--lessons", "--completion"]


def made(luck):
    """Return a line: right words of a verb, mostly with one to three wrong ones."""
    verb = luck.choice(list(VERBS))
    words = list(luck.choice(RIGHT[verb]))
    if luck.random() < 0.4 and "--config-dir" in VERBS[verb].options:
        words += ["--config-dir", "config"]
        if verb not in ("bench", "list") and luck.random() < 0.7:
            words = [each for each in words if not each.startswith("scenario=")] + [f"scenario={luck.choice(NAMES)}"]
    for _ in range(luck.choice([0, 1, 1, 1, 2, 3])):
        words.insert(luck.randrange(len(words) + 1), wrong(luck, verb))
    if words and luck.random() < 0.2:
        place = luck.randrange(len(words))
        words[place] = damaged(luck, words[place])
    if luck.random() < 0.08:
        words.insert(luck.randrange(len(words) + 1), luck.choice(words or [verb]))
    if luck.random() < 0.08:
        words.append(luck.choice(DISTURBED))
    return [damaged(luck, verb) if luck.random() < 0.02 else verb, *words]


def wrong(luck, verb):
    """Return a word that is probably wrong."""
    kind = luck.random()
    if kind < 0.7:
        key = luck.choice(KEYS[verb]) if verb in KEYS and luck.random() < 0.5 else luck.choice(COMMON)
        if verb == "sweep" and key in ("design.path",) and luck.random() < 0.9:
            return f"{key}={luck.choice([name for name in OTHER_FILES if name.endswith('.csv')])}"
        if key in ("design", "design.kind") and luck.random() < 0.7:
            return f"{key}={luck.choice([*KINDS, 'odd', 'itself', 'text'])}"
        mark = luck.choice(["", "", "", "", "", "+", "++", "~", "+++"])
        return f"{mark}{key}={luck.choice(allowed(key) + VALUES if luck.random() < 0.5 else VALUES)}"
    if kind < 0.8:
        return luck.choice(["network", "scenario", "design", "executor"]) + "=" + luck.choice([*NAMES, *VALUES])
    if kind < 0.9:
        option = luck.choice([*OPTIONS, "-q", "-c", "-cd", "-m", "--multirun", "--", "-", "--x", "-1"])
        return f"{option}={luck.choice(VALUES)}" if luck.random() < 0.5 else option
    return luck.choice([*VALUES, *VERBS, "fit", "status", "retry-failed", "point"])


def allowed(key):
    """Return values that the key may take, and the first beyond."""
    declared = declared_at(key)
    if declared is None:
        return []
    given = declared.metadata
    ends = [] if given["low"] is None else [given["low"], given["high"], given["low"] - 1, given["high"] * 2 + 1]
    return [str(each) for each in (*ends, declared.default, *given["choices"])]


def damaged(luck, word):
    """Return a word with a letter lost, doubled, added or moved."""
    if not word:
        return luck.choice(MARKS)
    place = luck.randrange(len(word))
    how = luck.randrange(4)
    if how == 0:
        return word[:place] + word[place + 1 :]
    if how == 1:
        return word[:place] + luck.choice(MARKS) + word[place:]
    if how == 2:
        return word[:place] + word[place] * luck.choice([2, 50]) + word[place + 1 :]
    return word[place:] + word[:place]


# what is held of every line -------------------------------------------------------------------


def everything_in(folder):
    """Return what lies in a folder: names, kinds, sizes, times of change."""
    found = {}
    for place, folders, files in os.walk(folder, followlinks=False):
        for name in (*folders, *files):
            path = Path(place) / name
            about = path.lstat()
            found[str(path)] = (about.st_mode, about.st_size if path.is_file() else 0, about.st_ino)
    return found


class Late(Exception):
    pass


def late(*_):
    raise Late


def said_of(words, capsys):
    """Run a line; return its exit code (None: worlds would be lived), what it printed, and how long it took."""
    capsys.readouterr()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
    faulthandler.dump_traceback_later(3 * SECONDS, exit=True, file=sys.__stderr__)  # stuck in machine code
    started = time.perf_counter()
    try:
        code = main(words)
    except Lived:
        code = None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
    return code, *capsys.readouterr(), time.perf_counter() - started


def fault_of(words, capsys, folder=None, before=None):
    """Return what is wrong with the answer to a line, None if nothing is."""
    try:
        code, out, err, seconds = said_of(words, capsys)
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, pytest.fail.Exception)):
            raise
        place = error.__traceback__
        while place.tb_next:
            place = place.tb_next
        where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
        return f"{type(error).__name__} at {where}: {str(error)[:200]}"
    if code not in (0, 2, None):  # 1 and 130 are of worlds that were begun
        return f"exit code {code}: {err[:300]}"
    if code == 2 and (out or err.count("\n") != 1 or not err.startswith("weishang: ") or len(err) < 20):
        return f"not one line: {out[:200]!r} {err[:300]!r}"
    if "Traceback" in err + out:
        return f"a traceback: {err[:300]}"
    if seconds > SECONDS:
        return f"took {seconds:.0f} s"
    if folder and (after := everything_in(folder)) != before:
        changed = sorted(set(after.items()) ^ set(before.items()))
        return f"left something behind: {changed[:3]}"
    return None


def faults_of(seed, n_lines, capsys, folder):
    luck = random.Random(seed)
    before = everything_in(folder)
    faults = []
    for _ in range(n_lines):
        words = made(luck)
        fault = fault_of(words, capsys, folder, before)
        if fault is not None:
            faults.append(f"{' '.join(map(ascii, words))[:400]}\n    {fault}")
            before = everything_in(folder)
    return faults


def test_whatever_is_typed_the_answer_is_one_line_and_nothing_is_left(unlived, here, capsys):
    faults = faults_of(1, FEW, capsys, here)
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_thousands_of_lines(unlived, here, capsys, seed):
    faults = faults_of(seed, MANY, capsys, here)
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("name", [*SCENARIO_FILES, "a_folder", "nowhere", "loop", "pipe"])
def test_a_malformed_scenario_file_is_told_in_one_line(unlived, here, capsys, name):
    before = everything_in(here)
    for words in (
        ["run", f"scenario={name}", "--config-dir", "config"],
        ["compare", f"scenarios=[baseline,{name}]", "--config-dir", "config", "--cfg", "job"],
        ["explore", f"scenario={name}", "--config-dir", "config"],
    ):
        assert fault_of(words, capsys, here, before) is None, words


def test_malformed_scenario_files_are_listed_all_the_same(here, capsys):
    assert main(["list", "scenarios", "--config-dir", "config", "--format", "json"]) == 0
    listed = {each["name"]: each["meaning"] for each in json.loads(capsys.readouterr().out)}
    assert set(listed) >= {*SCENARIO_FILES, "a_folder", "loop", "pipe"}
    assert listed["pipe"] == listed["laughs"] == listed["deep_block"] == "(cannot be read)"
    assert listed["right"] == "right"


@pytest.mark.parametrize("name", [name for name in OTHER_FILES if name.endswith(".csv")])
def test_a_malformed_table_of_points_is_told_in_one_line(unlived, here, capsys, name):
    before = everything_in(here)
    for dry in ([], ["--dry-run"], ["--cfg", "job"]):
        words = ["sweep", "design=csv", f"design.path={name}", *dry]
        assert fault_of(words, capsys, here, before) is None
