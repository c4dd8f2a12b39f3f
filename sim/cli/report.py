"""`weishang report DIR`: the decision report of finished results, from stored data alone."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sim.cli.arguments import Arguments
from sim.cli.damage import damage_told
from sim.fields import ParameterError
from sim.report.options import KEYS, PREFIX, ReportOptions, options_from
from sim.scenario import is_folder, nearest

OWN = (*KEYS, "output")


def run(arguments: Arguments) -> int:
    """Make the report and say where it is."""
    from sim.report import make_report

    folder, given, place = configure(arguments)
    with damage_told(folder):
        page = make_report(folder, place, given)
    if not arguments.quiet:
        print(f"report: {page}")
        if page.with_suffix(".xlsx").is_file():
            print(f"tables: {page.with_suffix('.xlsx')}")
    return 0


def configure(arguments: Arguments) -> tuple[Path, ReportOptions, Path | None]:
    """Return the folder, the options and where the page is to be (None: in the folder); raises ParameterError."""
    folders: list[str] = []
    words: list[str] = []
    for word in arguments.words:
        key, equals, _ = word.partition("=")
        if not equals or (not folders and is_folder(word)):
            folders.append(word)
        elif key not in OWN:
            raise ParameterError(f"{word}: no such key{nearest(key, OWN)}; allowed are {', '.join(OWN)}")
        else:
            words.append(word)
    if not folders:
        raise ParameterError(
            "report: missing is the folder of a finished comparison, sweep or study, e.g. weishang report "
            "results/compare/..."
        )
    if len(folders) > 1:
        raise ParameterError(f"{folders[1]}: a second folder; allowed is one, others go into {PREFIX}include=[DIR,...]")
    given = given_words(words)
    place = given.pop("output", None)
    if place is not None and (not place.lower().endswith((".html", ".htm")) or is_folder(place)):
        raise ParameterError(f"output={place!r}: allowed is the name of a page, e.g. output=report.html")
    return Path(folders[0]), options_from(given), None if place is None else Path(place)


def given_words(words: Iterable[str]) -> dict[str, str | None]:
    """Return key -> text; `null` and nothing are None; raises ParameterError for a key given twice."""
    given: dict[str, str | None] = {}
    for word in words:
        key, _, text = word.partition("=")
        if key in given:
            raise ParameterError(f"{key}: given twice; allowed is once")
        given[key] = None if text in ("", "null") else unquoted(text)
    return given


def unquoted(text: str) -> str:
    """Return text without the quotes around it, if any.

    >>> unquoted("'a b'"), unquoted("it's")
    ('a b', "it's")
    """
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if is_quoted else text


def split_words(words: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the words that are of a report, and all others."""
    of_report, others = [], []
    for word in words:
        plain = word.lstrip("+")
        if plain.startswith(PREFIX) and "=" in plain:
            of_report.append(plain)
        else:
            others.append(word)
    return of_report, others


KEY_HELP: Mapping[str, str] = {
    "report.title": "title of the report, in your words",
    "report.question": "the question that it answers, in your words",
    "report.criterion": "the measure that decides: what `best` and `regret` mean (default: welfare)",
    "report.language": "en or zh (default: en)",
    "report.include": "folders to take in: of sweep (analysed), attribute, study, calibrate, verify, e.g. [DIR,DIR]",
}
