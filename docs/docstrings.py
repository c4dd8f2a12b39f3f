"""Docstrings, which are plain text with single backticks, as the reStructuredText that autodoc reads."""

import re
from typing import Any

ITEM = re.compile(r"(?:- |(?P<names>\w+(?:, \w+)*):(?: |$))(?P<text>.*)")
"""A line of a list, or what an argument or field is: `n_people: people in the town`."""


def as_rst(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Change a docstring's lines in place: lists are lists, and signs of arithmetic are no markup."""
    lines[:] = converted(lines)


def converted(lines: list[str]) -> list[str]:
    """Return the lines as reStructuredText.

    >>> converted(["Return a and b.", "a, b: numbers,", "    whole", "Raises `Error`."])
    ['Return a and b.', '', '- `a, b`: numbers,', '  whole', '', 'Raises `Error`.']
    """
    made: list[str] = []
    inside = False  # an item
    for number, line in enumerate(lines):
        item = ITEM.match(line) if number else None
        is_code = line.lstrip().startswith(">>>")
        if line and (item or not line.startswith(" ")) and (item or inside) and made and made[-1]:
            made.append("")
        if item:
            names = f"`{item['names']}`: " if item["names"] else ""
            made.append(f"- {names}{escaped(item['text'])}")
        elif inside and line.startswith(" "):
            made.append(f"  {escaped(line.strip())}")
        else:
            made.append(line if is_code else escaped(line))
        inside = bool(item) or (inside and (not line or line.startswith(" ")))
    return made


def escaped(text: str) -> str:
    """Return text in which, outside backticks, `*`, `|` and a trailing `_` stand for themselves."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"[*|\\]|_(?!\w)", r"\\\g<0>", part) for part in parts[::2]]
    return "`".join(parts)
