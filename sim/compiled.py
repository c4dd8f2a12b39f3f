"""How kernels are compiled: one decorator, one cache that follows the sources.

Numba notices an edited file but not an edited helper in *another* file, so its cache can go stale.
Here the cache folder is named by a hash of every source file that can hold a kernel or a constant
of one: edit a line and the kernels are compiled afresh; two versions installed side by side never
share machine code. Folders that no one has used for a month are removed.
"""

import getpass
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from platformdirs import user_cache_path

WITHOUT_KERNELS = (
    "analysis",
    "bench",
    "calibration",
    "cli",
    "explore",
    "measures",
    "model.py",
    "policies",
    "report",
    "scenario",
    "study",
    "sweep",
    "theory",
)
"""Rooms that only call kernels: what they say does not change machine code."""

_MONTH = 30 * 24 * 3600


def source_hash() -> str:
    """Return the first sixteen hexadecimal digits of the SHA-256 of all sources that are compiled."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root)
        if name.parts[0] not in WITHOUT_KERNELS:
            digest.update(name.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder of this version's machine code, marked as used now; removes stale ones.

    It lies in the user's cache, or under the temporary files where that cannot be written.
    """
    version = source_hash()
    for parent in (user_cache_path("weishang"), Path(tempfile.gettempdir()) / f"weishang-{getpass.getuser()}"):
        folder = parent / "kernels" / version
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)
            for other in folder.parent.iterdir():
                if time.time() - other.stat().st_mtime > _MONTH:
                    shutil.rmtree(other, ignore_errors=True)
            if os.access(folder, os.W_OK):
                break
    return folder


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(cache_folder())


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function over arrays: cached, releasing the GIL, IEEE arithmetic (no fastmath)."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def scalar(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a small function of scalars, inlined into the loops of kernels; LLVM alone would leave Philox outside."""
    return numba.njit(nogil=True, error_model="numpy", forceinline=True)(function)
