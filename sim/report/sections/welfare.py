"""Section 6: what a change of welfare is made of, and where each yuan of a resale purchase goes."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.report.blocks import Block, Figure, Heading, Text
from sim.report.figures import waterfall as draw_waterfall
from sim.report.figures import yuan_split as draw_split
from sim.report.material import Material, Option, records
from sim.report.sections.base import Chapter, labels_of, part_in_words, rest_note, shown_in_full, slug_of
from sim.report.sentences import Shown, short_effect
from sim.report.tables import WATERFALL, waterfall, yuan_split
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 2
LEAST_REST = 1e-6
"""Yuan per person and year by which parts and sum may differ: rounding of floating point."""


class WelfareParts(Chapter):
    """A waterfall an option, which adds up; and the split of a yuan."""

    number, name = 6, "welfare"

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield the waterfalls, the check that they add up, the split of a yuan."""
        if all((each.name, part) in material.effect_rows for each in material.others for part, _ in WATERFALL):
            yield from waterfalls(material, words)
        if material.runs is not None and "resale_yuan.brands" in material.runs.columns:
            yield Heading(words("yuan_heading"))
            yield split(material, words)


def waterfalls(material: Material, words: Words) -> Iterator[Block]:
    """Yield a waterfall of every option that is drawn, and how well they all add up."""
    rests = []
    for option in material.others:
        rests.append(abs(float(waterfall(material.effect_rows, option.name)["rest"].iloc[-1])))
    for option in shown_in_full(material):
        row = material.effect(option.name, "welfare")
        if row is not None:
            yield one(option, row, material, words)
    if rest := rest_note(material, words):
        yield Text(rest, "note")
    # a value that is missing in some pairs is left out of one mean and not of another: then the parts cannot add up
    worst = max((each for each in rests if not math.isnan(each)), default=math.inf)
    yield Text(
        words("adds_up" if worst <= LEAST_REST else "does_not_add_up", rest=f"{worst:.1g}", bound=f"{LEAST_REST:g}"),
        "note",
    )


def one(option: Option, row: Mapping[str, Any], material: Material, words: Words) -> Figure:
    """Return the waterfall of one option."""
    table = waterfall(material.effect_rows, option.name)
    title = finding(option, row, table, material, words)
    return Figure(
        slug_of(material, "welfare", option.name), title, draw_waterfall(table, words), table,
        words("reading_waterfall"),
    )  # fmt: skip


def finding(
    option: Option, row: Mapping[str, Any], table: "pd.DataFrame", material: Material, words: Words
) -> str:  # fmt: skip
    """Return the difference in welfare, and the two parts of it that are largest among those told from zero."""
    shown, labels = Shown(words, row), labels_of(material, words)
    told = table[:-1][(table["low"][:-1] > 0) | (table["high"][:-1] < 0)]
    largest = told.loc[told["difference"].abs().sort_values(ascending=False, kind="stable").index][:MOST_NAMED]
    if not shown.has_interval or largest.empty:
        return short_effect(words, row, labels[option.name], labels[material.baseline.name])
    parts = [part_in_words(words, row) for row in records(largest)]
    return words(
        "waterfall_finding", option=labels[option.name], baseline=labels[material.baseline.name], n=shown.n,
        difference=shown.difference(), interval=shown.interval(), verdict=shown.verdict, most=words.listed(parts),
    )  # fmt: skip


def split(material: Material, words: Words) -> Figure:
    """Return where each yuan goes, an option a bar."""
    assert material.runs is not None
    labels, names = labels_of(material, words), [each.name for each in material.options]
    drawn_names = [material.baseline.name, *(each.name for each in shown_in_full(material))]
    table = yuan_split(material.runs, names)
    drawn = table[table["option"].isin(drawn_names)]
    base = table[table["option"] == names[0]].set_index("receiver")["share"]
    tiers = sum(base[name] for name in base.index if str(name).startswith("tier"))
    title = words(
        "yuan_finding", baseline=labels[names[0]], brands=f"{100 * base['brands']:.0f}", tiers=f"{100 * tiers:.0f}",
        rest=f"{100 * (base.sum() - base['brands'] - tiers):.0f}", n=int(table["n"].max()),
    )  # fmt: skip
    return Figure(
        "yuan", title, draw_split(drawn, labels, words), table, words("reading_yuan"), ("resale_yuan.brands",)
    )
