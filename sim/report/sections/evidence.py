"""Section 12: what it rests on: assumptions with their evidence, patterns met and missed, theory benchmarks."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.report.blocks import Block, Bullets, Heading, Table, Text
from sim.report.material import Material, records
from sim.report.sections.base import Chapter, declared, labels_of, slug
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

TAGS = ("measured", "theory", "assumption", "design")


class Evidence(Chapter):
    """The ledger of assumptions, patterns of the record, theory."""

    number, name = 12, "evidence"

    def why_not(self, material: Material, words: Words) -> str:
        """Never: that something was not looked at is said here too."""
        return ""

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield assumptions, patterns, benchmarks and limits."""
        yield Heading(words("assumptions"))
        yield from ledger(material, words)
        yield Heading(words("patterns"))
        if not material.patterns:
            yield Text(words("no_patterns"))
        for number, table in enumerate(material.patterns):
            yield Bullets(list(patterns_lines(table, material, words)))
            yield patterns(table, material, words, number)
        yield Heading(words("benchmarks"))
        if not material.benchmarks:
            yield Text(words("no_benchmarks"))
        for number, table in enumerate(material.benchmarks):
            n_met = int((table["verdict"] == "met").sum())
            yield Text(words("benchmarks_line", met=n_met, n=len(table)))
            yield benchmarks(table, words, number)
        if words.language != "en":
            yield Text(words("original_english"), "note")
        yield Text(words("limits"), "note")


def ledger(material: Material, words: Words) -> Iterator[Block]:
    """Yield how many parameters have which evidence, and all of them with value, range, source and tag."""
    import pandas as pd

    rows = list(declared(material))
    counts = {tag: sum(row["tag"] == tag for row in rows) for tag in TAGS}
    told = words.listed([words("tag_count", n=n, tag=words.of("tags", tag)) for tag, n in counts.items() if n])
    yield Text(words("ledger_lead", n=len(rows), told=told))
    cells = [
        [
            row["key"],
            str(row["value"]),
            row["unit"],
            row["range"],
            words.of("tags", row["tag"]),
            row["meaning"],
            row["source"],
        ]
        for row in rows
    ]
    head = [
        words("parameter"), words("value"), words("unit"), words("range"), words("tag"), words("meaning"),
        words("source"),
    ]  # fmt: skip
    data = pd.DataFrame(rows).astype({"value": str})
    yield Table(
        "ledger", words("ledger_caption"), head, cells, data, words=(2, 3, 4, 5, 6), is_folded=True, language="en"
    )


def patterns_lines(table: "pd.DataFrame", material: Material, words: Words) -> Iterator[str]:
    """Yield of each scenario how many patterns are met, those that parameters set by themselves left aside."""
    labels = labels_of(material, words)
    for name, rows in table.groupby("scenario", sort=False):
        verdicts = rows["verdict"][rows["role"] != "input"]
        met, missed = (int((verdicts == each).sum()) for each in ("met", "missed"))
        yield words(
            "patterns_line", scenario=labels.get(str(name), str(name)), met=met, n=len(verdicts), missed=missed,
            open=len(verdicts) - met - missed,
        )  # fmt: skip


def verdict_of(row: Mapping[str, Any], words: Words) -> str:
    """Return the word for a pattern, marked where it does not count."""
    verdict = words.of("pattern_verdicts", str(row["verdict"]))
    return words("not_counted", verdict=verdict) if row["role"] == "input" else verdict


def patterns(table: "pd.DataFrame", material: Material, words: Words, number: int) -> Table:
    """Return every pattern of the real market with target, observed and verdict."""
    labels = labels_of(material, words)
    rows = [
        [
            labels.get(row["scenario"], row["scenario"]),
            words("in_period", pattern=row["meaning"], period=row["period"]),
            words("interval", low=f"{row['low']:g}", high=f"{row['high']:g}"), f"{row['observed']:.3g}",
            words("interval", low=f"{row['ci_low']:.3g}", high=f"{row['ci_high']:.3g}"),
            verdict_of(row, words), row["source"],
        ]
        for row in records(table)
    ]  # fmt: skip
    head = [
        words("scenario"), words("pattern"), words("target"), words("observed"), words("interval_95"), words("verdict"),
        words("source"),
    ]  # fmt: skip
    caption = words("patterns_caption")
    return Table(
        slug("patterns", str(number)), caption, head, rows, table, words=(1, 5, 6), is_folded=True, language="en"
    )


def benchmarks(table: "pd.DataFrame", words: Words, number: int) -> Table:
    """Return every theory benchmark with its verdict."""
    rows = [
        [row["title"], f"{row['n_met']}/{row['n_claims']}" if row["n_claims"] else "-",
         words.of("pattern_verdicts", row["verdict"]), row["source"]]
        for row in table.to_dict("records")
    ]  # fmt: skip
    caption = words("benchmarks_caption")
    head = [words("benchmark"), words("points_met"), words("verdict"), words("source")]
    return Table(
        slug("benchmarks", str(number)), caption, head, rows, table, words=(2, 3), is_folded=True, language="en"
    )
