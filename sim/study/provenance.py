"""Where results come from: versions of what computed them, and the commit of the sources."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("weishang", "numpy", "numba", "scipy", "pandas", "pyarrow", "mesa", "hydra-core")


def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of what it computes with."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def git_state() -> dict[str, Any]:
    """Return the commit of the checkout that `sim` lies in and whether files differ from it, if there is one."""
    root = Path(__file__).resolve().parents[2]
    commit = _git(root, "rev-parse", "HEAD") if (root / ".git").exists() else None
    changes = _git(root, "status", "--porcelain", "--", "sim", "configs") if commit else None
    return {"git_commit": commit, "git_is_clean": None if changes is None else changes == ""}


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
