"""Text laid out for a terminal: headings, and a label with paragraphs beside it."""

import shutil
import textwrap
from collections.abc import Iterable

NARROWEST, WIDEST = 60, 110


def columns() -> int:
    """Return the width to write in."""
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size((100, 24)).columns - 1))


def heading(text: str) -> list[str]:
    """Return the lines of a heading."""
    return textwrap.wrap(text, columns())


def paragraph(label: str, texts: Iterable[str], width: int, indent: int = 2) -> list[str]:
    """Return a label of up to `width` letters with texts beside it, each from a new line."""
    start = indent + min(width, 42) + 2
    lines = [line for text in texts for line in textwrap.wrap(text, max(30, columns() - start)) or [""]]
    if len(label) > start - indent - 2:
        return [" " * indent + label, *(" " * start + line for line in lines)]
    first = (" " * indent + label).ljust(start) + (lines[0] if lines else "")
    return [first.rstrip(), *(" " * start + line for line in lines[1:])]
