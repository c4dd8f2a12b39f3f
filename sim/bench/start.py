"""Cold start: how long the command takes to do little."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from sim.bench.base import MANY, Part, Row, seconds

WEISHANG = ("-m", "sim.cli")
SMALL = (*WEISHANG, "run", "population.n_people=2_000", "weeks=52", "replications=1", "--quiet")


def command(*words: str, **environment: str) -> float:
    """Return the seconds of a Python command in a process of its own; raises CalledProcessError if it fails."""
    typed, variables = [sys.executable, *words], os.environ | environment
    return seconds(lambda: subprocess.run(typed, check=True, capture_output=True, env=variables))


def fastest(*words: str) -> float:
    """Return the shortest of several times: what disturbs a start only lengthens it."""
    return min(command(*words) for _ in range(MANY))


class Start(Part):
    """The command, from the shell's point of view."""

    title = f"Cold start (the fastest of {MANY})"

    def rows(self, *, is_large: bool) -> Iterator[Row]:
        """Yield the times of short commands; with `is_large` also of the first run after installation."""
        yield Row("python -c pass", fastest("-c", "pass"), "s")
        yield Row("import sim", fastest("-c", "import sim"), "s")
        yield Row("import sim.model (Mesa, numba)", fastest("-c", "import sim.model"), "s")
        yield Row("weishang --help", fastest(*WEISHANG, "--help"), "s", 0.3)
        yield Row("weishang list policies", fastest(*WEISHANG, "list", "policies"), "s", 0.5)
        with tempfile.TemporaryDirectory() as folder:
            warm = min(command(*SMALL, f"output={folder}/{number}") for number in range(MANY))
            yield Row("weishang run, 2000 people x 52 weeks", warm, "s", 2)
            if is_large:
                cold = command(*SMALL, f"output={folder}/cold", NUMBA_CACHE_DIR=f"{folder}/cache")
                yield Row("  the same with nothing compiled yet", cold, "s")
