"""How kernels are compiled: one decorator, one cache that follows the sources.

Numba notices an edited file but not an edited helper in *another* file, so its cache can go stale.
Here the cache folder is named by a hash of every source file of this package: edit any line and
the kernels are compiled afresh; two versions installed side by side never share machine code.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from platformdirs import user_cache_path


def source_hash() -> str:
    """Return the first sixteen hexadecimal digits of the SHA-256 of all source files of `sim`."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(user_cache_path("weishang") / "kernels" / source_hash())  # type: ignore[attr-defined]


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function over arrays: cached, releasing the GIL, IEEE arithmetic (no fastmath)."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(function)


def scalar(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a small function of scalars that kernels call; LLVM inlines it into their loops."""
    return numba.njit(nogil=True, error_model="numpy")(function)
