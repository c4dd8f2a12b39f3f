"""What a scenario is called and what it is, in words: `label` and `description`, in one language or several."""

from collections.abc import Mapping
from typing import Any

from sim.fields import ParameterError
from sim.scenario.names import shown

LANGUAGES = ("en", "zh")
"""Languages in which a text may be given; a text of which nothing is said counts as the first."""

TEXTS = ("label", "description")
"""Keys of a file that hold words; nothing that is computed depends on them."""

Texts = Mapping[str, Mapping[str, str]]
"""label, description -> language -> text, as far as they are given."""


def texts_in(content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the texts in the content of a file; raises ParameterError for what is no text."""
    return {key: by_language(key, content[key]) for key in TEXTS if key in content}


def by_language(key: str, given: Any) -> dict[str, str]:
    """Return a text by its languages, without empty ones; raises ParameterError."""
    allowed = f"allowed is text, or a mapping of {', '.join(LANGUAGES)} to text"
    if isinstance(given, str):
        return {LANGUAGES[0]: given} if given else {}
    if not isinstance(given, Mapping):
        raise ParameterError(f"{key}={shown(given)}: {allowed}")
    for language, text in given.items():
        if language not in LANGUAGES:
            raise ParameterError(f"{key}.{language}={shown(text)}: no such language; {allowed}")
        if not isinstance(text, str):
            raise ParameterError(f"{key}.{language}={shown(text)}: {allowed}")
    return {language: text for language, text in given.items() if text}


def plain(texts: Mapping[str, str]) -> str:
    """Return the text in the first of the languages, or the only one there is; empty if there is none."""
    return next((texts[language] for language in LANGUAGES if texts.get(language)), "")
