"""Time the market's choice step against a C loop, against numpy and against memory alone.

    .venv/bin/python benchmarks/choice_step.py [people ...] [--repeats 9] [--weeks 60] [--stages]

The town lives some weeks and stops where its people are about to choose. Then, in turn and on the same
arrays, the step is taken by the engine's `consume` (one thread, called as the week calls it, the
call from Python included), by `choice_step.c` (compiled here with the machine's C compiler) and by
numpy. All must place the same orders and give the same surpluses up to a millionth. Each turn has luck
of its own (another seed), lest the processor learn the branches of one draw by heart. Times are the
processor's for this thread; a figure is a median, with [least to most].

Memory alone: the distinct cache lines of 64 bytes that hold what the step reads and writes are
counted, each once: keys and need rates of all; of people with a need every other field used; of the
shops in their slots and of all listings the fields used; of orders the rows written. In bytes, lines
written count twice. `floor` is the time in which C reads one byte of each of these lines, one array
after the other; `at bandwidth` what so many bytes take at the speed of copying a large array; `at
random` what so many lines take that lie anywhere in a large array.
"""

import argparse
import ctypes
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.choice_step_numpy import growth, needing, numpy_step
from benchmarks.choice_step_parts import (
    N_ORDER_COLUMNS,
    SOURCE,
    STAGES,
    declarations,
    engine_stages,
    memory_alone,
    timed,
)
from sim.ledger import empty_tally
from sim.mechanisms import demand
from sim.model import Market
from sim.orders import Orders, empty_orders, taste_of, venue_terms
from sim.parameters import Parameters, Population
from sim.week import Week

FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")
KINDS = {"bool": np.bool_, "float": np.float32, "double": np.float64} | {
    f"int{bits}_t": np.dtype(f"int{bits}").type for bits in (8, 16, 32, 64)
}
TALLIES = ("needs", "surplus", "surplus_naive", "informed_surplus")


class Town(Market):
    """A market that stops in week `stop` where people choose, and keeps what they face."""

    stop = 60

    def meet_needs(self, week: Week) -> Orders:
        """Choose as ever, but in the last week keep the state and buy nothing."""
        if week.number < self.stop:
            return super().meet_needs(week)
        self.faced = week
        raise StopIteration


def town(n_people: int, weeks: int) -> Week:
    """Return the week of a town of the baseline as people are about to choose."""
    market = Town(parameters=Parameters(population=Population(n_people=n_people)), seed=1)
    market.stop = weeks
    try:
        market.run(weeks + 1)
    except StopIteration:
        return market.faced


# the three steps ------------------------------------------------------------------------------


def engine_step(week: Week, orders: Orders, consume: Callable[..., int] = demand.consume) -> Callable[[Any], int]:
    """Return the engine's step as `meet_needs` calls it."""
    taste, terms, seed, number = (
        taste_of(week.parameters),
        venue_terms(week.parameters, week.rules),
        week.seed,
        week.number,
    )
    people, shops, listings, brands = week.state
    rest = growth(week), people, shops, listings, brands, week.decay, week.scratch.share_seen, taste, terms, orders
    return lambda tally: consume(0, people.key.size, seed, number, *rest, *(getattr(tally, t) for t in TALLIES))


def library(folder: str) -> ctypes.CDLL:
    """Compile the C file; exits where there is no compiler."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise SystemExit("choice_step: no C compiler (cc, gcc or clang) on the path")
    target = Path(folder) / "choice_step.so"
    subprocess.run([compiler, *FLAGS, str(SOURCE), "-o", str(target), "-lm"], check=True)
    found = ctypes.CDLL(str(target))
    found.consume.restype = found.now_ns.restype = found.touch.restype = ctypes.c_int64
    return found


def c_struct(name: str, given: dict[str, Any]) -> ctypes.Structure:
    """Return struct `name` of the C file filled with numbers and pointers to arrays, of the same types."""
    fields, values = [], []
    for kind, star, field in declarations(name):
        value = given[field]
        if star:
            if value.dtype != KINDS[kind] or not value.flags.c_contiguous:
                raise TypeError(f"{name}.{field} is {value.dtype}, in C {kind}")
            fields.append((field, ctypes.c_void_p))
            values.append(value.ctypes.data)
        else:
            fields.append((field, ctypes.c_double if kind == "double" else ctypes.c_int64))
            values.append(value)
    return type(name, (ctypes.Structure,), {"_fields_": fields})(*values)


def c_step(
    lib: ctypes.CDLL, week: Week, orders: Orders, spent: NDArray[np.int64] | None = None
) -> Callable[[Any], int]:
    """Return the step in C over the same arrays; ns by stage are added to `spent`."""
    moment = {"decay": week.decay, "share_seen": week.scratch.share_seen, "seed": week.seed, "week": week.number}
    terms = venue_terms(week.parameters, week.rules)
    given = [
        c_struct("Moment", moment | {"growth": growth(week)}),
        *(c_struct(type(s).__name__, s._asdict() | {"n_brands": week.brands.quality.size}) for s in week.state),
        c_struct("Taste", taste_of(week.parameters)._asdict()),
        c_struct("Terms", terms._asdict()),
        c_struct("Orders", orders._asdict()),
    ]
    n_people, rows = week.people.key.size, np.empty(week.people.key.size, np.int32)
    laps = None if spent is None else ctypes.c_void_p(spent.ctypes.data)

    def step(tally: Any, _terms: Any = terms) -> int:  # terms must outlive the pointers
        counts = c_struct("Counts", tally._asdict())
        first = ctypes.c_int64(0), ctypes.c_int64(n_people)
        return lib.consume(*first, *map(ctypes.byref, (*given, counts)), ctypes.c_void_p(rows.ctypes.data), laps)

    return step


# the table -----------------------------------------------------------------------------------


def check(week: Week, steps: dict[str, Callable[[Any], int]], orders: dict[str, Orders]) -> str:
    """Assert that the steps place the same orders and give the same surpluses; return how closely."""
    columns, found, notes = week.people.surplus, {}, []
    informed = week.people.informed_surplus
    for name, step in steps.items():
        columns[:], informed[:], tally = 0, 0, empty_tally(week.brands.quality.size)
        n_orders = step(tally)
        found[name] = [column[:n_orders].copy() for column in orders[name][:N_ORDER_COLUMNS]]
        found[name] += [columns.copy(), informed.copy(), *(getattr(tally, each).copy() for each in TALLIES)]
        for column, ours, theirs in zip(Orders._fields, found["engine"], found[name], strict=False):
            same = np.allclose if column in ("belief", "true_chance") else np.array_equal
            assert same(ours, theirs), (name, column)
        for ours, theirs in zip(found["engine"][N_ORDER_COLUMNS:], found[name][N_ORDER_COLUMNS:], strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1)  # micro-yuan
        exact = all(map(np.array_equal, found["engine"], found[name]))
        surplus = all(map(np.array_equal, found["engine"][N_ORDER_COLUMNS:], found[name][N_ORDER_COLUMNS:]))
        notes.append(f"{name}: {'all' if exact else 'surpluses' if surplus else 'orders'} exactly")
    return "same as the engine, " + "; ".join(notes[1:])


def spread(values: list[float]) -> str:
    """Return the median [least to most]."""
    return f"{median(values):.2f} [{min(values):.2f} to {max(values):.2f}]"


def main() -> None:
    """Print a line a town."""
    parser = argparse.ArgumentParser(description="Time the choice step: engine, C, numpy, memory alone.")
    parser.add_argument("people", nargs="*", type=int, default=[10_000, 200_000])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--weeks", type=int, default=60)
    parser.add_argument("--stages", action="store_true", help="also time each stage in the engine and in C")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lib = library(folder)
        for n_people in given.people:
            measure(lib, town(n_people, given.weeks), given.repeats, given.stages)


def measure(lib: ctypes.CDLL, week: Week, repeats: int, with_stages: bool) -> None:
    """Check and time the steps in one town and print what was found."""
    n_people, n_brands = week.people.key.size, week.brands.quality.size
    orders = {name: empty_orders(n_people) for name in ("engine", "C", "numpy")}

    def steps_of(now: Week) -> dict[str, Callable[[Any], int]]:
        return {
            "engine": engine_step(now, orders["engine"]),
            "C": c_step(lib, now, orders["C"]),
            "numpy": numpy_step(now, orders["numpy"]),
        }

    same = check(week, steps_of(week), orders)
    times: dict[str, list[float]] = {name: [] for name in orders}
    laps = {name: np.zeros((repeats, len(STAGES)), np.int64) for name in ("engine", "C")}
    staged = engine_stages(lib) if with_stages else None
    for turn in range(-1, repeats):  # the first is not counted
        now, tally = week._replace(seed=week.seed + 1 + max(turn, 0)), empty_tally(n_brands)
        each = {name: timed(step, tally) for name, step in steps_of(now).items()}
        needs = tally.needs[0] / 3
        for name, seconds in each.items():
            if turn >= 0:
                times[name].append(seconds * 1e9 / needs)
        if staged:
            engine_step(now, orders["engine"], partial(staged, laps["engine"][turn]))(tally)
            c_step(lib, now, orders["C"], laps["C"][turn])(tally)
            for lap in laps.values():
                lap[turn] = lap[turn] / needs if turn >= 0 else 0
    ratios = {name: [other / own for own, other in zip(times["engine"], times[name], strict=True)] for name in times}
    n_orders = engine_step(week, orders["engine"])(tally)
    memory = memory_alone(lib, week, orders["engine"], n_orders)
    needs = needing(week).size
    print(f"{n_people} people, {needs} needs, {n_orders} orders; {same}")
    print(f"  ns a need: engine {spread(times['engine'])}, C {spread(times['C'])}, numpy {spread(times['numpy'])}")
    print(f"  speed of the engine: over C {spread(ratios['C'])}, over numpy {spread(ratios['numpy'])}")
    print(
        f"  memory alone: {memory['lines'] / needs:.0f} lines, {memory['bytes'] / needs:.0f} bytes a need;"
        f" floor {memory['floor'] * 1e9 / needs:.0f} ns a need, at bandwidth ({memory['copy']:.0f} GB/s)"
        f" {memory['at bandwidth'] * 1e9 / needs:.0f}, at random ({memory['random']:.1f} ns a line)"
        f" {memory['at random'] * 1e9 / needs:.0f}; share of the engine's time"
        f" {memory['floor'] * 1e9 / needs / median(times['engine']):.3f}"
    )
    for stage, name in enumerate(STAGES if staged else ()):
        engine, c = (float(np.median(lap[:, stage])) for lap in laps.values())
        print(f"  {name:<12} engine {engine:7.0f}   C {c:7.0f}   C over engine {c / engine:.2f}")


if __name__ == "__main__":
    main()
