"""Section 2: all options in one table."""

from collections.abc import Iterator

from sim.report.blocks import Block, Table, Text
from sim.report.material import Material
from sim.report.sections.base import Chapter, chance, labels_of, ranked, with_unit
from sim.report.sections.displacement import effects_table
from sim.report.sentences import Shown
from sim.report.words import Words
from sim.study.effects import direction
from sim.study.rounding import number

PARTS = (
    "consumer_surplus", "producer_surplus", "platform_surplus", "state_revenue", "loss.spam", "welfare",
    "enforcement_cost",
)  # fmt: skip
"""What welfare is made of, welfare, and what of the platform's surplus goes into enforcement."""

MARKET = ("price.resale", "price.direct", "trust.resale", "satisfaction.resale", "share.resale", "share.direct")
"""Prices, trust, satisfaction and market share."""


class Appraisal(Chapter):
    """Every option, doing nothing included, by the criterion and its parts."""

    number, name = 2, "appraisal"

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield the table of the criterion and that of its parts."""
        criterion, labels = material.given.criterion, labels_of(material, words)
        yield Text(words("appraisal_lead", measure=words.measure(criterion), baseline=labels[material.baseline.name]))
        yield by_criterion(material, words)
        yield by_parts(material, words)
        yield effects_table("market", words("market_caption"), MARKET, material, words)
        if not direction(criterion):
            yield Text(words("no_direction", measure=words.measure(criterion)), "note")
        yield Text(words("appraisal_note"), "note")
        yield Text(words("verdict_rule"), "note")


def by_criterion(material: Material, words: Words) -> Table:
    """Return level, difference, interval, verdict, worst town, rank and probability of being best."""
    criterion, labels, table = material.given.criterion, labels_of(material, words), ranked(material)
    unit, rows = words.unit(criterion), []
    for found in table.to_dict("records"):
        effect = material.effect(found["option"], criterion)
        decimals = 1
        cells = [words("baseline_cell"), "", ""]
        if effect is not None:
            shown = Shown(words, effect)
            decimals, cells = shown.decimals, [shown.plain_difference(), shown.interval(), shown.verdict]
        value = found["mean"] if effect is None else effect["mean"]
        worst = "" if effect is None else Shown(words, {**effect, "difference": found["worst"]}).plain_difference()
        rows.append(
            [labels[found["option"]], number(value * unit.scale, decimals), *cells, worst,
             str(found["rank"]), chance(words, found["p_best"])]
        )  # fmt: skip
    head = [
        words("option"), with_unit(words, criterion), words("difference"), words("interval_95"), words("verdict"),
        words("worst_town"), words("rank"), words("p_best"),
    ]  # fmt: skip
    caption = words("appraisal_caption", measure=words.measure(criterion), baseline=labels[material.baseline.name],
                    n=int(table["n"].iloc[0]))  # fmt: skip
    return Table("appraisal", caption, head, rows, table, words=(4,))


def by_parts(material: Material, words: Words) -> Table:
    """Return what welfare is made of, and what of it enforcement costs: the baseline's levels, then differences."""
    return effects_table("parts", words("parts_caption"), PARTS, material, words, tells_units=False)
