"""How many tabs a server has open, and with what they begin."""

import threading
from dataclasses import dataclass
from typing import Any

from sim.explore.setup import Setup

TABS = 40
"""Tabs at once, unless told otherwise; measured in docs/explore.md."""

_lock = threading.Lock()
_state: dict[str, Any] = {"setup": Setup(), "limit": TABS, "open": 0}


def begun() -> Setup:
    """Return the set-up with which tabs begin."""
    setup: Setup = _state["setup"]
    return setup


@dataclass
class Seat:
    """A place at the server, taken by a tab until it leaves."""

    is_mine: bool
    limit: int

    def leave(self) -> None:
        """Give the place back."""
        with _lock:
            if self.is_mine:
                self.is_mine = False
                _state["open"] -= 1


def seat() -> Seat:
    """Take a place, if there is one."""
    with _lock:
        is_free = _state["open"] < _state["limit"]
        _state["open"] += is_free
        return Seat(is_free, _state["limit"])


def prepare(setup: Setup, tabs: int) -> None:
    """Let tabs begin with a set-up, and so many at once."""
    _state.update(setup=setup, limit=tabs)
