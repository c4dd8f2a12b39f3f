"""Section 4: how the effects go over time."""

from collections.abc import Iterator

import numpy as np

from sim.parameters import START_DATE
from sim.report.blocks import Block, Figure, Text
from sim.report.figures import fans
from sim.report.material import Material, Option
from sim.report.sections.base import Chapter, interval_texts, labels_of, rest_note, shown_in_full, slug_of
from sim.report.sentences import short_effect
from sim.report.tables import drift, fan, timeline
from sim.report.words import Words

BESIDE = ("trust.resale", "share.resale", "n_shops")
"""Measures drawn beside the criterion."""


class OverTime(Chapter):
    """A figure an option: the paired difference by week, with the dates of its policies."""

    number, name = 4, "over_time"

    def why_not(self, material: Material, words: Words) -> str:
        """Return that there is no comparison, or that one pair has no interval."""
        if material.weekly is None or material.weekly.empty:
            return words("no_weekly")
        return words("one_pair") if material.weekly["seed"].nunique() < 2 else ""

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield a fan of every option that is drawn."""
        yield Text(words("reading_fans"), "note")
        for option in shown_in_full(material):
            yield figure(option, material, words)
            yield Text(at_the_end(option, material, words))
        if rest := rest_note(material, words):
            yield Text(rest, "note")


def figure(option: Option, material: Material, words: Words) -> Figure:
    """Return the fans of one option."""
    import pandas as pd

    weekly, labels, criterion = material.weekly, labels_of(material, words), material.given.criterion
    assert weekly is not None
    measures = [name for name in dict.fromkeys((criterion, *BESIDE)) if name in weekly.columns]
    tables = {name: fan(weekly, name, option.name, material.baseline.name) for name in measures}
    row = material.effect(option.name, criterion)
    title = (
        short_effect(words, row, labels[option.name], labels[material.baseline.name]) if row else option.label(words)
    )
    data = pd.concat([table.assign(measure=name) for name, table in tables.items()], ignore_index=True)
    weeks = int(material.manifest["configuration"]["weeks"])
    return Figure(
        slug_of(material, "over-time", option.name), title, fans(tables, switches(option, weeks), words),
        data[["measure", *tables[measures[0]].columns]], words("reading_fan"),
    )  # fmt: skip


def at_the_end(option: Option, material: Material, words: Words) -> str:
    """Return whether the difference in the criterion still moves at the end of the run."""
    assert material.weekly is not None
    criterion, labels = material.given.criterion, labels_of(material, words)
    found = drift(material.weekly, criterion, option.name, material.baseline.name)
    told = {"option": labels[option.name], "baseline": labels[material.baseline.name]}
    if found is None:
        return words("too_short_to_settle", **told)
    scale, unit = words.unit(criterion).scale, words.difference_unit(criterion)
    moved, bounds = interval_texts(words, found.difference, found.low, found.high, scale)
    key = "settled" if found.low <= 0 <= found.high else "not_settled"
    return words(key, **told, measure=words.measure(criterion), moved=moved, interval=bounds, unit=unit, n=found.n)


def switches(option: Option, weeks: int) -> list[str]:
    """Return the dates within the run at which a policy of an option begins or ends, or a scandal breaks."""
    table = timeline([option], weeks)
    events = [each["week"] for each in option.parameters.get("scandals", [])]
    found = {int(week) for week in [*table["start_week"], *table["end_week"], *events] if 0 < week < weeks}
    return [str(np.datetime64(START_DATE) + np.timedelta64(7 * week, "D")) for week in sorted(found)]
