"""Faults for processes that are started with this folder first on PYTHONPATH, as WEISHANG_FAULTS tells.

{"seeds": {"3": "raises", ...}}    what the market of a seed does instead of living its weeks
{"stop_before": "runs.parquet"}    hang just before a file whose name begins so is put in its place
{"clock": "backwards"}             every look at the clock on the wall is a minute before the last
"""

import ctypes
import importlib.abc
import importlib.util
import json
import os
import pathlib
import sys
import time

FAULTS = json.loads(os.environ.get("WEISHANG_FAULTS", "{}"))


def raises():
    raise ZeroDivisionError("a fault\nof two lines")


def raises_what_cannot_be_sent():
    class Local(Exception):
        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    raise Local("one", "two")


def leaves():
    sys.exit(3)


def hangs():
    pathlib.Path(f"hanging-{os.getpid()}").touch()  # so that a test knows whom to look at
    ctypes.PyDLL(None).sleep(1_000_000)  # in machine code, without letting any other thread of Python run


def eats():
    hoard = []
    while True:
        hoard.append(bytes(1 << 26))  # never written to, so that no other process suffers


def dies():
    os._exit(7)


def faulty(model):
    """Change what the markets of some seeds do."""
    run = model.Market.run

    def run_or_not(market, *given):
        fault = FAULTS["seeds"].get(str(market.seed))
        if fault == "dawdles":
            time.sleep(4)
        elif fault:
            globals()[fault]()
        return run(market, *given)

    model.Market.run = run_or_not


def backwards(sweeping):
    """Change what time it is."""
    first, looks = time.time(), iter(range(1, 1 << 60))
    time.time = lambda: first - 60 * next(looks)

    class Backwards(sweeping.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(time.time(), tz)

    sweeping.datetime = Backwards


class Patching(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a module as everybody does, and changes it when it is there."""

    def __init__(self, name, change):
        self.name, self.change = name, change

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        self.change(module)


if FAULTS.get("seeds"):
    sys.meta_path.insert(0, Patching("sim.model", faulty))
if FAULTS.get("clock"):
    sys.meta_path.insert(0, Patching("sim.sweep.sweeping", backwards))
if FAULTS.get("stop_before"):
    replace = pathlib.Path.replace

    def stopping(path, target):
        if pathlib.Path(target).name.startswith(FAULTS["stop_before"]):
            time.sleep(1_000_000)
        return replace(path, target)

    pathlib.Path.replace = stopping
