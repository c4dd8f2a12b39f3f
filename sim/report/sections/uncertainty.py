"""Section 9: how sure: what seeds, parameters and the structure of the model add, apart."""

import math
from collections.abc import Iterator

from sim.report.blocks import Block, Figure, Heading, Table, Text
from sim.report.figures import forest
from sim.report.material import Material, Studied
from sim.report.sections.base import Chapter, labels_of, level_text, with_unit
from sim.report.sections.sensitivity import of_difference, spread_of_sweep
from sim.report.tables import by_seed, over_worlds, spread_over_seeds
from sim.report.words import Words
from sim.study.rounding import decimals_for, number, signed

STRUCTURE = ("pricing", "network.kind", "share_targeting", "demand.form")
"""Parts of keys that choose between mechanisms."""


class Uncertainty(Chapter):
    """Luck of the towns, parameters, structure, and what no interval covers."""

    number, name = 9, "uncertainty"

    def why_not(self, material: Material, words: Words) -> str:
        """Never: that a source was not looked at is also said here."""
        return ""

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield the three sources one after the other."""
        yield Heading(words("from_seeds"))
        if material.runs is None:
            yield Text(words("seeds_of_sweep"))
        else:
            yield seeds_table(material, words)
            yield towns_table(material, words)
            yield Text(words("seeds_note"), "note")
        yield Heading(words("from_parameters"))
        yield from parameters(material, words)
        yield Heading(words("from_structure"))
        yield from structure(material, words)
        yield Text(words("not_covered"), "note")


def seeds_table(material: Material, words: Words) -> Table:
    """Return how the difference varies from town to town, and what so many pairs detect."""
    assert material.runs is not None
    criterion, labels = material.given.criterion, labels_of(material, words)
    table = spread_over_seeds(material.runs, criterion, [each.name for each in material.options])
    unit, rows = words.unit(criterion), []
    for row in table.to_dict("records"):
        low, high, value = (row[key] * unit.scale for key in ("low", "high", "difference"))
        digits = decimals_for(low, high, value)
        is_told = not math.isnan(low)
        cells = [signed(value, digits), words("interval", low=signed(low, digits), high=signed(high, digits))]
        cells = cells if is_told else ["-", "-"]
        others = [
            number(row[key] * unit.scale, digits) if is_told else "-" for key in ("sd", "least", "most", "detectable")
        ]
        rows.append([labels[row["option"]], *cells, *others, words.percent(row["share_positive"]), str(row["n"])])
    head = [
        words("option"), words("difference"), words("interval_95"), words("sd_towns"), words("least_town"),
        words("most_town"), words("detectable"), words("towns_above_zero"), "n",
    ]  # fmt: skip
    caption = words("seeds_caption", measure=with_unit(words, criterion), baseline=labels[material.baseline.name])
    return Table("uncertainty-seeds", caption, head, rows, table)


def towns_table(material: Material, words: Words) -> Table:
    """Return the difference of every option in every town."""
    assert material.runs is not None
    criterion, labels = material.given.criterion, labels_of(material, words)
    values = by_seed(material.runs, criterion, [each.name for each in material.options])
    differences = values.sub(values[material.baseline.name], axis=0)
    scale, size = words.unit(criterion).scale, float(values.abs().to_numpy().max()) if len(values) else 0.0
    names = [each.name for each in material.others]
    rows = [
        [str(seed), level_text(values.loc[seed, material.baseline.name] * scale, size * scale),
         *(level_text(differences.loc[seed, name] * scale, size * scale) for name in names)]
        for seed in values.index
    ]  # fmt: skip
    head = [words("town"), labels[material.baseline.name], *(labels[name] for name in names)]
    caption = words("towns_caption", measure=with_unit(words, criterion), baseline=labels[material.baseline.name])
    return Table("towns", caption, head, rows, values.reset_index(), is_folded=True)


def parameters(material: Material, words: Words) -> Iterator[Block]:
    """Yield how far the difference varies over plausible parameters: of sweeps and of studies' worlds."""
    found = False
    for study in material.studies:
        if (
            study.worlds is not None
            and material.options
            and study.worlds["scenario"].str.contains(".", regex=False).all()
        ):
            yield worlds_figure(study, material, words)
            found = True
    for sweep in material.sweeps:
        line = spread_of_sweep(sweep, material, words)
        if line:
            yield Text(line)
            found = True
    if not found:
        yield Text(words("no_parameters"))


def worlds_figure(study: Studied, material: Material, words: Words) -> Figure:
    """Return the middle 80 % of plausible worlds, an option a row."""
    assert study.worlds is not None
    criterion, labels = material.given.criterion, labels_of(material, words)
    table = over_worlds(study.worlds, criterion, [each.name for each in material.options])
    drawn = table.assign(label=[labels.get(name, name) for name in table["option"]], value=table["median"],
                         low=table["low_10"], high=table["high_90"])  # fmt: skip
    scale = words.unit(criterion).scale
    surest = table.iloc[int((table["share_positive"] - 0.5).abs().to_numpy().argmax())]
    title = words(
        "worlds_finding", measure=words.measure(criterion), option=labels.get(surest["option"], surest["option"]),
        baseline=labels[material.baseline.name], share=words.percent(surest["share_positive"]),
        n=int(surest["n_worlds"]), median=level_text(surest["median"] * scale, surest["median"] * scale),
        low=level_text(surest["low_10"] * scale, surest["median"] * scale),
        high=level_text(surest["high_90"] * scale, surest["median"] * scale), unit=words.unit(criterion).name,
    )  # fmt: skip
    axis = words("difference_axis", measure=words.measure(criterion), unit=words.unit(criterion).name,
                 baseline=labels[material.baseline.name])  # fmt: skip
    drawing = forest(drawn, axis, scale=scale)
    return Figure("uncertainty-worlds", title, drawing, table, words("reading_worlds"), (criterion,))


def structure(material: Material, words: Words) -> Iterator[Block]:
    """Yield what sweeps over mechanisms say, or that none was included."""
    found = False
    for sweep in material.sweeps:
        table = sweep.tables.get("tornado")
        if table is None:
            continue
        rows = of_difference(table, material.given.criterion)
        for factor, ends in rows.groupby("factor", sort=False):
            if any(part in str(factor) for part in STRUCTURE) and (ends["end"] == "choice").any():
                unit = words.unit(material.given.criterion)
                told = words("ends").join(
                    words("end", value=row["value"], number=level_text(row["y"] * unit.scale, row["y"] * unit.scale))
                    for row in ends.to_dict("records")
                )
                yield Text(words("structure_line", factor=factor, told=told, unit=unit.name,
                                 measure=words.measure(material.given.criterion)))  # fmt: skip
                found = True
    if not found:
        yield Text(words("no_structure"))
