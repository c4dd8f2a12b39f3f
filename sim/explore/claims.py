"""Whether lessons claim what holds: every claim in the classroom towns 1 to 20.

`python -m sim.explore.claims [FOLDER] [--towns N]` prints a line a claim, of all lessons or of those in a folder.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sim.explore.lesson import Claim, Lesson, agreeing, catalogue, compared
from sim.explore.setup import own_folders
from sim.explore.towns import N_TOWNS, pair
from sim.fields import ParameterError


class Tried(NamedTuple):
    """A claim, in how many towns it had its sign, and of how many."""

    lesson: str
    claim: Claim
    agreed: int
    towns: int

    @property
    def holds(self) -> bool:
        """Tell whether that is as often as its word says."""
        return self.agreed >= self.claim.least * self.towns / N_TOWNS


def tried(lesson: Lesson, n_towns: int = N_TOWNS) -> Iterator[Tried]:
    """Yield the claims of a lesson as tried in the towns 1 to n."""
    setup = lesson.setup
    towns = []
    for seed in range(1, n_towns + 1):
        yours, twin = pair(setup, seed, setup.weeks)
        towns.append([compared(claim.look, yours.record, twin.record, lesson.start) for claim in lesson.claims])
    for number, claim in enumerate(lesson.claims):
        yield Tried(lesson.name, claim, agreeing(claim, (town[number] for town in towns)), n_towns)


def main() -> int:
    """Print what holds; return 1 if a claim does not."""
    parser = argparse.ArgumentParser(prog="python -m sim.explore.claims", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--towns", type=int, default=N_TOWNS)
    given = parser.parse_args()
    own_folders[:] = [given.folder] if given.folder else []
    try:
        lessons = catalogue()
    except ParameterError as error:
        sys.exit(str(error))
    names = [path.stem for path in given.folder.glob("*.yaml")] if given.folder else list(lessons)
    failed = 0
    for name in names:
        for each in tried(lessons[name], given.towns):
            look = each.claim.look
            verdict = "" if each.holds else "  FAILS"
            failed += not each.holds
            what = f"{look.measure} {each.claim.sign} against {look.against} (last {look.over} weeks)"
            print(f"{name}: {what}: {each.agreed} of {each.towns}, {each.claim.word}{verdict}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
