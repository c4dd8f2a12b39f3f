"""Spawned processes that live runs, each at the end of a line of its own.

Whatever happens to a process, only the run that it was living is in doubt. A process ends with its
parent, even one that hangs in machine code, and leaves Ctrl-C to it.
"""

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, NamedTuple

from sim.study.workers import spawning, threads_limited, watch_parent
from sim.sweep.living import Run, Yielded, begin, live, prepare

MOST_BYTES_AHEAD = 32_768
"""Room on a line for runs that wait: with less, both ends could wait for the other to read."""
PATIENCE = 10.0
"""Seconds for a killed process to be gone."""
_PR_SET_PDEATHSIG = 1


class Answer(NamedTuple):
    """What a process says: first that it is ready (or why not), then of every run what it yielded or why not."""

    yielded: Yielded | None = None
    error: BaseException | None = None


class Worker:
    """A process, and the runs that were sent to it: it lives them one after the other.

    since: when it began to live the first of them
    """

    def __init__(self, threads: int, memory_limit: int | None) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs, memory_limit), daemon=True)
        with threads_limited(threads), spawning():
            self.process.start()
        theirs.close()
        self.runs: deque[Run] = deque()
        self.sizes: deque[int] = deque()
        self.is_ready, self.since = False, monotonic()

    def has_place(self, n_runs: int) -> bool:
        """Tell whether it has fewer runs than `n_runs`, and room for one more on its line."""
        return not self.runs or (len(self.runs) < n_runs and sum(self.sizes) < MOST_BYTES_AHEAD)

    def send(self, run: Run) -> None:
        """Send a run."""
        content = pickle.dumps(run)
        if not self.runs:
            self.since = monotonic()
        self.runs.append(run)
        self.sizes.append(len(content))
        with suppress(OSError):  # it has ended, which is noticed when it is listened to
            self.line.send_bytes(content)

    def answer(self) -> Answer | None:
        """Return what it says next, None if it has ended."""
        try:
            answer: Answer = self.line.recv()
            return answer
        except Exception:  # the end of the line, perhaps in the middle of an answer
            return None

    def settled(self) -> Run:
        """Return the run that it has lived, and let the time of the next count."""
        self.sizes.popleft()
        self.since = monotonic()
        return self.runs.popleft()

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()

    def bury(self) -> str:
        """Wait until a killed process is gone; return how it ended."""
        self.process.join(PATIENCE)
        self.line.close()
        code = self.process.exitcode
        if code is None or code >= 0:
            return f"ended by itself (exit code {code})"
        return f"was ended by signal {-code}" + (", perhaps for want of memory" if code == -signal.SIGKILL else "")


# in the process -------------------------------------------------------------------------------


def work(line: "Connection[Any, Any]", memory_limit: int | None) -> None:
    """Live the runs that come, until the line is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            begin(memory_limit)
            prepare()
        except Exception as error:
            line.send(Answer(error=portable(error)))
            return
        line.send(Answer())
        while True:
            line.send(answer_to(line.recv()))


def answer_to(run: Run) -> Answer:
    """Live a run; return what came of it."""
    try:
        return Answer(live(run))
    except BaseException as error:
        return Answer(error=portable(error))


def portable(error: BaseException) -> BaseException:
    """Return an error that can be sent, with its traceback as a note."""
    text = "".join(traceback.format_exception(error)).strip()
    try:
        sent: BaseException = pickle.loads(pickle.dumps(error))
    except Exception:
        sent = RuntimeError(f"{type(error).__name__}: {error}")
    sent.add_note(text)
    return sent


def end_with_parent() -> None:
    """Let this process end when its parent does: Linux sees to it, elsewhere a thread, which machine code can stop."""
    threading.Thread(target=watch_parent, daemon=True).start()
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # it ended before
        os._exit(1)
