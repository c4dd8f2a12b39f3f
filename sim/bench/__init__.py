"""Speed on this machine: what takes how long, beside the targets of the project (docs/performance.md).

Comparisons that need what is not shipped (the plain reference model, a C compiler, a browser) are in `benchmarks/`.
"""

import sys
from collections.abc import Sequence
from functools import cache

from sim.bench.base import Part
from sim.discovery import discover
from sim.fields import ParameterError
from sim.scenario import nearest


@cache
def catalogue() -> dict[str, type[Part]]:
    """Return name -> part, by name."""
    return discover(sys.modules[__name__], Part)


def named(names: Sequence[str]) -> list[str]:
    """Return the parts asked for (all if none is); raises ParameterError."""
    for name in names:
        if name not in catalogue():
            allowed = ", ".join(catalogue())
            raise ParameterError(f"{name}: no such part{nearest(name, catalogue())}; allowed are {allowed}")
    return list(dict.fromkeys(names)) or list(catalogue())
