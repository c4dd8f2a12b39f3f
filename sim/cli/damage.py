"""Folders of results that cannot be read: told in one line, with the place in our code that could not."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.fields import ParameterError
from sim.study.store import StoreError

UNREADABLE = (
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    OSError,
)
"""What values of a wrong kind, or missing ones, end in; Arrow's errors are among these."""


NOT_OF_THE_FOLDER = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT)
"""A reader that has gone, a full disk."""


@contextmanager
def damage_told(folder: Path | str) -> Iterator[None]:
    """Raise StoreError for whatever goes wrong inside because a folder does not hold what was written to it."""
    try:
        yield
    except (ParameterError, StoreError):
        raise
    except UNREADABLE as error:
        if isinstance(error, OSError) and error.errno in NOT_OF_THE_FOLDER:
            raise
        place = error.__traceback__
        while place is not None and place.tb_next is not None and "/sim/" in place.tb_next.tb_frame.f_code.co_filename:
            place = place.tb_next
        at = f", {Path(place.tb_frame.f_code.co_filename).name} line {place.tb_lineno}" if place else ""
        found = f"{type(error).__name__}: {str(error)[:200]}{at}"
        raise StoreError(f"{folder}: damaged, or of another version ({found}); run its line again elsewhere") from error
