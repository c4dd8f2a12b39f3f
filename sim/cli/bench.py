"""`weishang bench`: how fast this machine runs the market, beside the project's targets."""

import sys
from typing import TYPE_CHECKING, Any

from sim.cli.arguments import Arguments
from sim.cli.layout import heading
from sim.cli.listing import as_csv, as_json

if TYPE_CHECKING:
    from sim.bench.base import Row


def run(arguments: Arguments) -> int:
    """Measure the parts named (all if none) and print a line a measurement as it is made."""
    from sim.bench import catalogue, named

    parts = named(arguments.words)
    if not arguments.quiet:
        print("bench: nothing else should run meanwhile", file=sys.stderr, flush=True)
    measured: list[dict[str, Any]] = []
    for name in parts:
        part = catalogue()[name]
        if arguments.form == "table":
            print("\n".join(["", *heading(f"{name}: {part.title}")]), flush=True)
        for row in part().rows(is_large=arguments.large):
            measured.append({"part": name, **row._asdict(), "verdict": row.verdict})
            if arguments.form == "table":
                print(line(row), flush=True)
    if arguments.form != "table":
        print({"csv": as_csv, "json": as_json}[arguments.form]("bench", measured), end="")
    return 0


def line(row: "Row") -> str:
    """Return a measurement as it is printed."""
    target = "" if row.target is None else f"target {'>=' if row.at_least else '<='} {row.target:.3g}"
    return f"  {row.what:<62} {row.value:>9.3g} {row.unit:<8} {target:<16} {row.verdict}".rstrip()
