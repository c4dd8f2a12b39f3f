"""Interventions: one file each, found by discovery, configured under `policies.NAME`."""

import sys
from functools import cache

from sim.discovery import discover
from sim.policies.base import Policy


@cache
def catalogue() -> dict[str, type[Policy]]:
    """Return name -> policy, by name."""
    return discover(sys.modules[__name__], Policy)
