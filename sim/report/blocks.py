"""What sections are made of. Texts are plain: the template escapes them, whoever wrote them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Text:
    """A paragraph; `tone` is `lead` (the finding), `plain`, `note` (smaller), `screen` (not printed), `editable`."""

    kind: ClassVar[str] = "text"
    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list of lines; `terms` stand before them in bold."""

    kind: ClassVar[str] = "bullets"
    lines: Sequence[str]
    terms: Sequence[str] = ()
    tone: str = "plain"


@dataclass(frozen=True)
class Card:
    """One measure under one option: its name and unit, the difference, its interval, the word for it and its tone."""

    measure: str
    unit: str
    difference: str
    interval: str
    verdict: str
    tone: str


@dataclass(frozen=True)
class Cards:
    """The cards of one option."""

    kind: ClassVar[str] = "cards"
    heading: str
    cards: Sequence[Card]


@dataclass(frozen=True)
class Table:
    """A table of texts whose first column heads the rows; `data` are the numbers behind it, for the workbook.

    words: columns of words, set to the left; all others are set as numbers
    """

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: "pd.DataFrame"
    words: Sequence[int] = ()
    is_folded: bool = False
    language: str = ""


@dataclass(frozen=True)
class Figure:
    """A plotly figure whose title is its finding, and the table it is drawn from.

    measures: whose unit the numbers of the table have, where no column says so; least_width: pixels below which it
    scrolls on narrow screens
    """

    kind: ClassVar[str] = "figure"
    name: str
    title: str
    figure: Any
    data: "pd.DataFrame"
    reading: str
    measures: tuple[str, ...] = ()
    least_width: int = 520


@dataclass(frozen=True)
class Code:
    """Text to be copied as it is."""

    kind: ClassVar[str] = "code"
    heading: str
    text: str
    is_folded: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    kind: ClassVar[str] = "heading"
    text: str


Block = Text | Bullets | Cards | Table | Figure | Code | Heading


@dataclass(frozen=True)
class Section:
    """A numbered part of the report."""

    number: int
    name: str
    title: str
    blocks: Sequence[Block]
