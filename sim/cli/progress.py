"""How far long work has come: one line on a terminal, now and then a line elsewhere."""

import sys
from time import monotonic
from typing import TextIO

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BETWEEN_DRAWINGS = 0.1


class ProgressLine:
    """Shows weeks (or runs) done, rate and remaining time on a stream; call it with (done, total)."""

    def __init__(
        self, label: str, unit: str = "weeks", *, is_quiet: bool = False, stream: TextIO | None = None
    ) -> None:
        """Show progress of the work `label` in `unit` on `stream` (default: standard error)."""
        self.unit = unit
        self.label, self.is_quiet, self.stream = label, is_quiet, stream or sys.stderr
        self.is_terminal = self.stream.isatty()
        self.started: float | None = None
        self.first_done, self.last_shown = 0, monotonic()
        self.last_done = -1
        self.is_drawn = False

    def __enter__(self) -> "ProgressLine":
        """Start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the line of a terminal."""
        if self.is_drawn:
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    def __call__(self, done: int, total: int) -> None:
        """Tell that `done` of `total` are done."""
        now = monotonic()
        if self.started is None and done:
            self.started, self.first_done = now, done
        pause = _SECONDS_BETWEEN_DRAWINGS if self.is_terminal else _SECONDS_BETWEEN_LINES
        if self.is_quiet or now - self.last_shown < pause or (self.last_done == done and not self.is_terminal):
            return
        self.last_shown, self.last_done = now, done
        line = progress_text(self.label, done, total, self._rate(done, now), self.unit)
        self.stream.write(f"\r\x1b[K{line}" if self.is_terminal else f"{line}\n")
        self.stream.flush()
        self.is_drawn = self.is_terminal

    def _rate(self, done: int, now: float) -> float:
        """Return weeks a second since the first week was reported, 0 while it is not known."""
        if self.started is None or now <= self.started:
            return 0.0
        return (done - self.first_done) / (now - self.started)


def progress_text(label: str, done: int, total: int, rate: float, unit: str = "weeks") -> str:
    """Return the line, e.g. `run: 950 of 1560 weeks (61 %), 412 weeks/s, 1 s left`."""
    if not done:
        return f"{label}: starting (a first run compiles for about a minute)"
    text = f"{label}: {done} of {total} {unit} ({100 * done // total} %)"
    if rate <= 0:
        return text
    return f"{text}, {rate:.{0 if rate >= 100 else 1}f} {unit}/s, {duration((total - done) / rate)} left"


def duration(seconds: float) -> str:
    """Return a time in words, e.g. `12 s`, `3 min 20 s`, `2 h 5 min`.

    >>> duration(200), duration(7500.4), duration(3.2)
    ('3 min 20 s', '2 h 5 min', '4 s')
    """
    whole = int(-(-seconds // 1))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
