"""The sections of a decision report, one a file, found by their place in this folder."""

import sys
from functools import cache

from sim.discovery import discover
from sim.report.blocks import Section
from sim.report.material import Material
from sim.report.sections.base import Chapter
from sim.report.words import Words

__all__ = ["Chapter", "sections"]


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return all chapters in the order of their numbers, which are unique."""
    found = sorted((cls() for cls in discover(sys.modules[__name__], Chapter).values()), key=lambda each: each.number)
    numbers = [each.number for each in found]
    if len(set(numbers)) < len(numbers):
        raise ImportError(f"sections with one number: {numbers}")
    return tuple(found)


def sections(material: Material, words: Words) -> tuple[list[Section], list[str]]:
    """Return the sections that the material allows, and a line for each that it does not."""
    made, left_out = [], []
    for chapter in chapters():
        title = words(f"title_{chapter.name}")
        why_not = chapter.why_not(material, words)
        if why_not:
            left_out.append(words("left_out", number=chapter.number, title=title, why=why_not))
            continue
        made.append(Section(chapter.number, chapter.name, title, list(chapter.blocks(material, words))))
    return made, left_out
