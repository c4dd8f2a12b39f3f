"""What lessons claim holds: every claim in twenty classroom towns, as a paired sign."""

import re
from pathlib import Path

import pytest
import yaml

from sim.explore.claims import tried
from sim.explore.lesson import catalogue, lesson_of

FEW = 3
LEAST_OF_FEW = 2
"""Fewer of three are left of sixteen of twenty by luck one time in ten."""

OFTEN = {"en": "often", "zh": "往往"}


@pytest.mark.slow
@pytest.mark.parametrize("name", catalogue())
def test_what_a_lesson_claims_holds_in_at_least_sixteen_of_twenty_towns_or_is_said_to_be_often(name):
    assert failing(tried(catalogue()[name])) == []


@pytest.mark.parametrize("name", catalogue())
def test_what_a_lesson_claims_holds_as_often_in_the_first_towns(name):
    assert failing(tried(catalogue()[name], FEW)) == []


def failing(claims):
    """Return the claims that do not hold as often as their word says, one of few towns aside."""
    return [
        f"{each.claim.look.measure} {each.claim.sign}: {each.agreed} of {each.towns}"
        for each in claims
        if not each.holds and not (each.towns == FEW and each.agreed >= LEAST_OF_FEW)
    ]


@pytest.mark.parametrize(
    "name", [name for name, each in catalogue().items() if any(claim.word == "often" for claim in each.claims)]
)
def test_a_lesson_says_often_where_its_claims_do(name):
    lesson = catalogue()[name]
    shown = [*lesson.why, *(text for kinds in lesson.replies.values() for text in kinds.values()), lesson.free_play]
    for language, word in OFTEN.items():
        assert any(word in text[language].lower() for text in shown), language


def test_the_outcome_that_a_lesson_tells_of_is_among_its_claims():
    for lesson in catalogue().values():
        assert any(
            claim.look.measure == lesson.look.measure
            and claim.look.against == lesson.look.against
            and claim.word == "holds"
            for claim in lesson.claims
        ), lesson.name


def test_the_lesson_in_the_docs_is_one():
    text = (Path(__file__).parents[1] / "docs" / "explore.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    lesson = lesson_of("fewer_posts", yaml.safe_load(example))
    assert [each.holds for each in tried(lesson, 5)] == [True]
