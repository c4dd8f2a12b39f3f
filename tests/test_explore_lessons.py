"""What lessons claim holds: every claim in twenty classroom towns, as a paired sign."""

import re

import pytest

from sim.explore.claims import tried
from sim.explore.lesson import catalogue

OFTEN = {"en": re.compile(r"\boften\b|\bmost\b", re.IGNORECASE), "zh": re.compile("往往|多数|大多|常常")}


@pytest.mark.parametrize("name", catalogue())
def test_what_a_lesson_claims_holds_in_at_least_sixteen_of_twenty_towns_or_is_said_to_be_often(name):
    lesson = catalogue()[name]
    found = list(tried(lesson))
    assert [f"{each.claim.look.measure} {each.claim.sign}: {each.agreed}" for each in found if not each.holds] == []
    shown = [*lesson.why, *(text for kinds in lesson.replies.values() for text in kinds.values()), lesson.free_play]
    if any(each.claim.word == "often" for each in found):
        for language, pattern in OFTEN.items():
            said = [text[language] for text in shown] + [str(lesson.guide[language])]
            assert any(pattern.search(text) for text in said)


def test_the_outcome_that_a_lesson_tells_of_is_among_its_claims():
    for lesson in catalogue().values():
        assert any(
            claim.look.measure == lesson.look.measure
            and claim.look.against == lesson.look.against
            and claim.word == "holds"
            for claim in lesson.claims
        ), lesson.name
