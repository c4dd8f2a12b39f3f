"""What was observed of the real market, as ranges: sources disagree by a factor of two to three."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("targets.csv")
ROLES = ("fit", "input")


@dataclass(frozen=True)
class Target:
    """One pattern of the real market: the range, closed at both ends, in which the model should lie.

    role: `fit`, or `input` if a parameter sets it, so that it does not count as fit
    evidence: `measured`, or `derived` from measured figures or theory
    """

    pattern: str
    meaning: str
    low: float
    high: float
    unit: str
    period: str
    evidence: str
    role: str
    source: str
    note: str


@cache
def targets() -> tuple[Target, ...]:
    """Return all targets, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(read(csv.DictReader(file)))


def read(rows: Iterable[dict[str, str]]) -> Iterable[Target]:
    """Yield the targets in rows of text; raises ValueError for a range that is none or an unknown role."""
    for row in rows:
        low, high = float(row["low"]), float(row["high"])
        if not low <= high or row["role"] not in ROLES:
            raise ValueError(f"{FILE.name}: {row['pattern']}: from {low} to {high}, {row['role']}")
        text = {key: value for key, value in row.items() if key not in ("low", "high")}
        yield Target(low=low, high=high, **text)
