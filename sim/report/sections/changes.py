"""Section 3: what each option changes, when, and what of it can have no effect."""

import math
from collections.abc import Iterator, Mapping

from sim.parameters import START_DATE
from sim.report.blocks import Block, Bullets, Figure, Heading, Table, Text
from sim.report.figures import schedule
from sim.report.material import Material
from sim.report.sections.base import Chapter, labels_of, rest_note, shown_in_full
from sim.report.tables import departures, timeline
from sim.report.words import Words


class Changes(Chapter):
    """The dated schedule, the exact differences in parameters, the notes."""

    number, name = 3, "changes"

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield schedule, policies, other parameters and notes."""
        labels, weeks = labels_of(material, words), int(material.manifest["configuration"]["weeks"])
        drawn = timeline([material.baseline, *shown_in_full(material)], weeks)
        whole = timeline(material.options, weeks)
        if drawn.empty:
            yield Text(words("no_policies"))
        else:
            title = words("schedule_title", n=len(whole), policies=whole["policy"].nunique(), weeks=weeks,
                          start=str(START_DATE))  # fmt: skip
            yield Figure(
                "schedule", title, schedule(drawn, str(START_DATE), labels, words), whole, words("reading_schedule")
            )
            if rest := rest_note(material, words):
                yield Text(rest, "note")
            yield policies_table(material, words, weeks)
            if words.language != "en":
                yield Text(words("original_english"), "note")
        yield parameters_table(material, words)
        notes = list(material.manifest.get("notes", []))
        yield Heading(words("without_effect"))
        if notes:
            yield Bullets([labelled(note, labels) for note in notes])
            if words.language != "en":
                yield Text(words("notes_in_english"), "note")
        else:
            yield Text(words("no_notes"))


def labelled(note: str, labels: Mapping[str, str]) -> str:
    """Return a note that begins with names of options with their labels instead.

    >>> labelled("a, b: binds", {"a": "Option A", "b": "Option B"}), labelled("network: dropped", {"a": "Option A"})
    ('Option A, Option B: binds', 'network: dropped')
    """
    names, colon, rest = note.partition(": ")
    known = [labels.get(name, "") for name in names.split(", ")]
    return f"{', '.join(known)}: {rest}" if colon and all(known) else note


def policies_table(material: Material, words: Words, weeks: int) -> Table:
    """Return every policy of every option with its weeks and its exact fields."""
    table, labels = timeline(material.options, weeks), labels_of(material, words)
    rows = [
        [
            labels[row["option"]], words.of("policies", row["policy"]), str(row["start_week"]),
            words("to_the_end") if row["is_open"] else str(row["end_week"]), row["fields"],
        ]
        for row in table.to_dict("records")
    ]  # fmt: skip
    head = [words("option"), words("policy"), words("from_week"), words("before_week"), words("fields")]
    return Table("policies", words("policies_caption"), head, rows, table, words=(1, 4))


def in_words(words: Words, value: object) -> str:
    """Return a value of a parameter."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return words("none")
    return words("yes" if value else "no") if isinstance(value, bool) else str(value)


def parameters_table(material: Material, words: Words) -> Block:
    """Return every other parameter in which an option departs from the baseline."""
    table, labels = departures(material.options), labels_of(material, words)
    if table.empty:
        return Text(words("no_departures", baseline=labels[material.baseline.name]))
    rows = [
        [
            labels[row["option"]],
            row["key"],
            *(in_words(words, row[key]) for key in ("baseline", "value")),
        ]
        for row in table.to_dict("records")
    ]
    head = [words("option"), words("parameter"), labels[material.baseline.name], words("there")]
    data = table.astype({"baseline": str, "value": str})
    return Table("departures", words("departures_caption"), head, rows, data, words=(1,))
