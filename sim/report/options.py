"""What a report is about: the team's own words, and what else belongs into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.fields import ParameterError
from sim.report.words import Words
from sim.scenario import is_folder

PREFIX = "report."
LONGEST = 2000


@dataclass(frozen=True)
class ReportOptions:
    """Title and question in the team's words (none: ours), the measure that decides, the language, folders to add."""

    title: str | None = None
    question: str | None = None
    criterion: str = "welfare"
    language: str = "en"
    include: tuple[Path, ...] = ()


KEYS = tuple(f"{PREFIX}{name}" for name in ReportOptions.__dataclass_fields__)


def options_from(given: Mapping[str, Any]) -> ReportOptions:
    """Return the options from `report.KEY` or `KEY` -> value; raises ParameterError with one line."""
    from sim.scenario import nearest

    chosen: dict[str, Any] = {}
    for key, value in given.items():
        name = key.removeprefix(PREFIX)
        if f"{PREFIX}{name}" not in KEYS:
            raise ParameterError(
                f"{PREFIX}{name}: no such key{nearest(PREFIX + name, KEYS)}; allowed are {', '.join(KEYS)}"
            )
        chosen[name] = _folders(value) if name == "include" else _text(f"{PREFIX}{name}", value)
    chosen = {name: value for name, value in chosen.items() if value is not None}
    options = ReportOptions(**chosen)
    Words(options.language)  # refuses one that there is not
    return options


def require_criterion(criterion: str, measures: Iterable[str]) -> None:
    """Raise ParameterError unless the measure that decides is one of those there are."""
    from sim.scenario import nearest

    known = list(measures)
    if criterion not in known:
        raise ParameterError(
            f"report.criterion={criterion}: no such measure{nearest(criterion, known)}; allowed is one of "
            "`weishang list measures`"
        )


def _folders(value: Any) -> tuple[Path, ...]:
    if isinstance(value, (str, Path)):
        text = str(value).removeprefix("[").removesuffix("]")
        value = [part.strip().strip("'\"") for part in text.split(",")]
    folders = tuple(Path(part) for part in value or () if str(part))
    for folder in folders:
        if not is_folder(folder):
            raise ParameterError(f"report.include={folder}: no such folder; allowed are folders of finished results")
    return folders


def _text(key: str, value: Any) -> str | None:
    if value is None:
        return None
    text = " ".join(str(value).split())
    if not text or len(text) > LONGEST:
        raise ParameterError(f"{key}: {len(text)} letters; allowed are 1 to {LONGEST}")
    return text
