"""One process at a time: a folder is held by a lock on a file in it, which ends with the process however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO

LOCK = ".lock"
PATIENCE = 0.3
"""Seconds for a folder to be let go: to ask whether it is held, one holds it for a moment."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make a folder and hold it; raises BlockingIOError if another process does, OSError if it cannot be made."""
    if sys.platform == "win32":
        folder.mkdir(parents=True, exist_ok=True)
        yield
        return
    with _locked_file(folder):
        try:
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)


def _locked_file(folder: Path) -> IO[str]:
    path, last = folder / LOCK, monotonic() + PATIENCE
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = path.open("w")
        except FileNotFoundError:  # another process took back the folder that it had made
            if monotonic() > last:
                raise
            continue
        is_free = _lock(file)
        if is_free and _is_still(path, file):
            return file
        file.close()  # held, or removed by the process that held it
        if not is_free and monotonic() > last:
            raise BlockingIOError(f"{folder} is held")
        sleep(0.01)


def _lock(file: IO[str]) -> bool:
    """Lock a file; return whether no other process has."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True


def _is_still(path: Path, file: IO[str]) -> bool:
    """Tell whether an open file is the one at `path`."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def is_held(folder: Path) -> bool:
    """Tell whether a process is writing to a folder."""
    try:
        import fcntl

        with (folder / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        return False
    return False
