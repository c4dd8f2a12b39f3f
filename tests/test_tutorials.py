"""The pages that a reader types along with: every command runs, in order, and prints what the page shows.

A block `sh` or `python` is run in a folder of its own that stands for the clone. One whose first line is a comment
that names a file is written into that file. A block `text` is what the block before it prints: each of its lines must
be a line of the output, in which `...` stands for anything. Blocks of other kinds (`console`, `r`, ...) are only read.
"""

import contextlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from sim.cli import main

ROOT = Path(__file__).parents[1]
PAGES = {
    path.relative_to(ROOT / "docs").as_posix(): path
    for folder in ("tutorials", "howto")
    for path in sorted((ROOT / "docs" / folder).glob("*.md"))
}
RUN, FILES, SHOWN = {"sh", "python"}, {"python", "yaml"}, {"console", "r", "julia", "stata", "text"}
OPTIONAL = ("polars", "duckdb")
PORTS = ("8765", "8786")
LIMIT_S = 600
WEISHANG = ".venv/bin/weishang "


def blocks(text):
    """Return the fenced blocks of a page as (kind, content), in order."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def file_named(kind, content):
    """Return the file that a block is to be written into, or None."""
    first = re.match(r"# ([\w/]+\.(?:py|yaml))\n", content)
    return first.group(1) if kind in FILES and first else None


def commands_in(content):
    """Return the words of each command of a block that holds commands of weishang alone, each on its line, or None."""
    lines = content.replace("\\\n", " ").strip().splitlines()
    are_plain = all(line.startswith(WEISHANG) and not re.search("[&|>;$`]", line) for line in lines)
    return [shlex.split(line)[1:] for line in lines] if are_plain else None


def unlike(shown, output):
    """Return the lines that are shown and were not printed."""
    lines = [line.rstrip() for line in output.splitlines()]
    patterns = [re.escape(line.rstrip()).replace(r"\.\.\.", ".*") for line in shown.splitlines() if line.strip()]
    return [pattern for pattern in patterns if not any(re.fullmatch(pattern, line) for line in lines)]


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return str(door.getsockname()[1])


OWN = ("policies", "measures", "calibration")
"""Folders of `sim` into which pages write; they hold no kernel, whose machine code belongs to a place."""

FINDER = """
import importlib.machinery
import sys

class Finder:
    def find_spec(name, path=None, target=None):
        if name in {names!r}:
            return importlib.machinery.PathFinder.find_spec(name, [{folder!r}])

sys.meta_path.insert(0, Finder)
"""


@contextlib.contextmanager
def one_core():
    """Start what is started here on one core, where that can be said: small runs are dear in several processes."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(cores)[os.getpid() % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


class Clone:
    """A folder that stands for the clone in which a page is followed: `.venv/bin/weishang` works in it, and its
    own `sim/policies` and `sim/measures` are those of the package. What it starts in the background ends with it.

    is_here: let this process do what `weishang` is told, which spares the seconds in which each command would import
    all that it needs; not where a page changes the package.
    """

    def __init__(self, folder):
        self.folder, self.names, self.started, self.is_here = folder, {"__name__": "page"}, [], False
        self.ports = {port: free_port() for port in PORTS}
        for each in OWN:
            shutil.copytree(ROOT / "sim" / each, folder / "sim" / each)
        finder = FINDER.format(names=[f"sim.{each}" for each in OWN], folder=str(folder / "sim"))
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(finder, encoding="utf-8")
        commands = folder / ".venv" / "bin"
        commands.mkdir(parents=True)
        calls = {"weishang": f"{sys.executable} -m sim.cli", "python": sys.executable}
        for name, call in (calls | {"dask": str(Path(sys.executable).with_name("dask"))}).items():
            (commands / name).write_text(f'#!/bin/sh\nexec {call} "$@"\n')
            (commands / name).chmod(0o755)
        self.environment = os.environ | {"PYTHONPATH": f"{folder / 'site'}{os.pathsep}{ROOT}"}

    def follow(self, kind, content):
        """Do what a block says, at ports that are free here; return what it prints, with the usual ones."""
        for usual, free in self.ports.items():
            content = content.replace(usual, free)
        printed = self.done(kind, content)
        for usual, free in self.ports.items():
            printed = printed.replace(free, usual)
        return printed

    def done(self, kind, content):
        """Do what a block says; return what it prints."""
        if name := file_named(kind, content):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            return ""
        if kind == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output), contextlib.chdir(self.folder):
                exec(compile(content, "block", "exec"), self.names)
            return output.getvalue()
        if "weishang explore" in content:
            return self.serve(content)
        words = commands_in(content) if self.is_here else None
        return self.type(content) if words is None else self.say(words)

    def say(self, commands):
        """Let this process do what `weishang` is told; return what it prints but for progress."""
        output, errors = io.StringIO(), io.StringIO()
        for words in commands:
            with (
                contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors), contextlib.chdir(self.folder),
                one_core(),
            ):  # fmt: skip
                code = main(words)
            assert code == 0, f"exit code {code}\n{words}\n{output.getvalue()}\n{errors.getvalue()}"
        return output.getvalue()

    def type(self, content):
        """Run commands; a block that ends in `&` is left running. Returns what is printed but for progress."""
        said, progress = self.folder / "said.txt", self.folder / "progress.txt"
        with said.open("wb") as output, progress.open("wb") as errors:
            code = self.start(content, output, errors).wait(LIMIT_S)
        printed = said.read_text(encoding="utf-8")
        assert code == 0, f"exit code {code}\n{content}\n{printed}\n{progress.read_text(encoding='utf-8')}"
        return printed

    def serve(self, content):
        """Start the server, ask for its page once, end it."""
        assert content.count("\n") == 1, "a server stands alone in its block"
        port = self.ports["8765"]
        path = self.folder / "served.txt"
        with path.open("wb") as output:
            server = self.start(f"exec {content.strip()} --port {port}", output, output)
            try:
                status = self.asked(f"http://127.0.0.1:{port}/", server)
            finally:
                server.send_signal(signal.SIGINT)
                server.wait(60)
        assert status == 200
        return path.read_text(encoding="utf-8")

    def asked(self, address, server):
        """Return the status with which a server answers, once it does."""
        for _ in range(LIMIT_S * 2):
            assert server.poll() is None, "it ended"
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=30) as answer:
                return answer.status
            time.sleep(0.5)
        return None

    def start(self, content, output, errors):
        with one_core():
            process = subprocess.Popen(
                ["sh", "-ec", content],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        self.started.append(process.pid)
        return process

    def end(self):
        for group in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")  # lines are broken as the pages show them
    made = Clone(tmp_path)
    yield made
    made.end()


def imports(content, library):
    return re.search(rf"^import {library}\b", content, re.MULTILINE) is not None


def follow(clone, text, is_left_out):
    """Follow a page; return how many blocks were run, and the lines shown that were not printed."""
    printed, n_run, wrong = None, 0, []
    clone.is_here = not re.search(r"\bsim/", "".join(content for _, content in blocks(text)))
    for kind, content in blocks(text):
        if kind == "text":
            wrong += unlike(content, printed) if printed is not None else []
        elif (kind in RUN or file_named(kind, content)) and not is_left_out(kind, content):
            printed = clone.follow(kind, content)
            n_run += file_named(kind, content) is None
        else:
            printed = None
    return n_run, wrong


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_what_it_shows(clone, name):
    missing = [library for library in OPTIONAL if importlib.util.find_spec(library) is None]
    text = PAGES[name].read_text(encoding="utf-8")
    if name == "howto/cluster.md":
        pytest.importorskip("distributed")
    n_run, wrong = follow(clone, text, lambda _, content: any(imports(content, library) for library in missing))
    assert n_run >= 1
    assert not wrong, "\n".join(["shown but not printed:", *wrong])


@pytest.mark.parametrize("library", OPTIONAL)
def test_other_libraries_read_the_results(clone, library):
    pytest.importorskip(library)
    text = PAGES["howto/read_results.md"].read_text(encoding="utf-8")
    n_run, wrong = follow(clone, text, lambda kind, content: kind == "python" and not imports(content, library))
    assert n_run >= 2
    assert not wrong, "\n".join(["shown but not printed:", *wrong])


@pytest.mark.parametrize("name", PAGES)
def test_every_block_says_what_it_is(name):
    kinds = [kind for kind, _ in blocks(PAGES[name].read_text(encoding="utf-8"))]
    assert RUN & set(kinds)
    assert set(kinds) <= RUN | FILES | SHOWN
    assert kinds[0] != "text"


def test_only_plain_commands_are_done_here():
    block = ".venv/bin/weishang sweep 'a=interval(1,2)' \\\n    output=out\n.venv/bin/weishang analyse out\n"
    assert commands_in(block) == [["sweep", "a=interval(1,2)", "output=out"], ["analyse", "out"]]
    for other in ("ls out\n", ".venv/bin/weishang run > out\n", ".venv/bin/weishang run & sleep 7\nkill -9 $!\n"):
        assert commands_in(other) is None


def test_what_is_shown_must_have_been_printed():
    output = "a  1.5\nresults in results/run/x-12\n"
    assert unlike("a  1.5\nresults in results/run/...\n", output) == []
    assert unlike("...\n", output) == []
    assert unlike("a  1.6\n", output)
    assert unlike("a 1.5\n", output)


LINKED = [*PAGES.values(), *[path for path in [ROOT / "docs" / "faq.md"] if path.exists()]]


def slug(heading):
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("path", LINKED, ids=lambda path: path.stem)
def test_links_lead_somewhere(path):
    lost, links = [], re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        anchors = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE) if target.exists() else []
        if not target.exists() or (anchor and anchor not in map(slug, anchors)):
            lost.append(link)
    assert links
    assert not lost, f"{path.name}: {lost}"
