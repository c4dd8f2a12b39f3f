"""Section 11: in which worlds an option backfires, which one would be regretted, which claims hold."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sim.report.blocks import Block, Bullets, Heading, Table, Text
from sim.report.material import Analysed, Material, Studied
from sim.report.sections.base import Chapter, interval_texts, labels_of, level_text, slug, with_unit
from sim.report.sections.sensitivity import against, heading, response
from sim.report.words import Words
from sim.study.effects import direction

if TYPE_CHECKING:
    import pandas as pd


class Robustness(Chapter):
    """PRIM boxes in sentences, regret, claims."""

    number, name = 11, "robustness"

    def why_not(self, material: Material, words: Words) -> str:
        """Return that neither a sweep nor a study was included, if so."""
        return "" if material.sweeps or material.studies else words("no_worlds")

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield what sweeps and studies say of other worlds."""
        for number, sweep in enumerate(material.sweeps):
            yield Heading(heading(sweep, material, words))
            yield from boxes(sweep, material, words)
            yield from regret_of_sweep(sweep, material, words, number)
        for number, study in enumerate(material.studies):
            yield from regret_of_worlds(study, material, words, number)
            yield from claims(study, words, number)


# boxes ------------------------------------------------------------------------------------------


def boxes(sweep: Analysed, material: Material, words: Words) -> Iterator[Block]:
    """Yield the box of each measure in a sentence and its limits in a list."""
    table = sweep.tables.get("prim")
    if table is None or table.empty:
        yield Text(words("prim_none"))
        return
    for case, rows in table.groupby("case", sort=False):
        first: dict[Any, Any] = rows.to_dict("records")[0]
        yield Text(
            words(
                "prim_finding", case=case_in_words(str(case), first, sweep, material, words),
                density=words.percent(first["density"]), coverage=words.percent(first["coverage"]),
                base=words.percent(first["base_rate"]), n=int(first["n_points"]), seeds=int(sweep.settings["n_seeds"]),
                held_out=words.percent(first["held_out_density"]),
            )
        )  # fmt: skip
        yield Bullets([limits(row, words) for row in rows.to_dict("records")])


def case_in_words(case: str, row: dict[Any, Any], sweep: Analysed, material: Material, words: Words) -> str:
    """Return the case, e.g. `welfare < 0`, with the two scenarios of a difference."""
    measure = str(row["measure"])
    bound = case.removeprefix(measure)
    name = response(sweep, material, words) if measure == material.given.criterion and against(sweep) else measure
    return f"{name} {bound[:1]} {bound[1:]}"


def limits(row: dict[Any, Any], words: Words) -> str:
    """Return the limits of one factor of a box."""
    low, high, values = row["low"], row["high"], row["values"]
    if isinstance(values, str) and values:
        return words("limit_values", factor=row["factor"], values=values)
    if not math.isnan(low) and not math.isnan(high):
        return words("limit_between", factor=row["factor"], low=f"{low:.3g}", high=f"{high:.3g}")
    if not math.isnan(low):
        return words("limit_above", factor=row["factor"], low=f"{low:.3g}")
    return words("limit_below", factor=row["factor"], high=f"{high:.3g}")


# regret -----------------------------------------------------------------------------------------


def regret_of_sweep(sweep: Analysed, material: Material, words: Words, number: int) -> Iterator[Block]:
    """Yield the regret table that the analysis made."""
    table = sweep.tables.get("regret")
    if table is None or table.empty:
        yield Text(words("regret_none"))
    elif str(table["criterion"].iloc[0]) != material.given.criterion:
        yield Text(words("regret_of_other", measure=words.measure(str(table["criterion"].iloc[0]))))
    else:
        yield regret_table(slug("regret", str(number)), table, material, words)


def regret_of_worlds(study: Studied, material: Material, words: Words, number: int) -> Iterator[Block]:
    """Yield the regret of the options over the plausible worlds of a study."""
    from sim.analysis.regret import regret

    if study.worlds is None or not study.worlds["scenario"].str.contains(".", regex=False).all():
        return
    parts = study.worlds["scenario"].str.partition(".")
    values = study.worlds.assign(world=parts[0], option=parts[2], value=study.worlds[material.given.criterion])
    names = [each.name for each in material.options]
    values = values[values["option"].isin(names)] if names else values
    if values["option"].nunique() > 1:
        table = regret(values[["option", "world", "seed", "value"]], direction(material.given.criterion) or 1)
        yield regret_table(slug("regret-worlds", str(number)), table, material, words)


def regret_table(name: str, table: "pd.DataFrame", material: Material, words: Words) -> Table:
    """Return what each option loses in a world in which another would have been better."""
    labels, unit = labels_of(material, words), words.unit(material.given.criterion)
    size = float(table[["mean", "worst", "max_regret"]].abs().max().max()) * unit.scale
    rows = [
        [
            labels.get(row["option"], row["option"]),
            *(level_text(row[key] * unit.scale, size) for key in ("mean", "worst", "max_regret", "mean_regret")),
            words.percent(row["share_best"]), words.percent(row["share_tied"]),
        ]
        for row in table.to_dict("records")
    ]  # fmt: skip
    head = [
        words("option"), words("mean"), words("worst"), words("max_regret"), words("mean_regret"), words("best_in"),
        words("tied_in"),
    ]  # fmt: skip
    caption = words("regret_caption", measure=with_unit(words, material.given.criterion),
                    n=int(table["n_worlds"].iloc[0]), seeds=int(table["n_seeds"].iloc[0]))  # fmt: skip
    return Table(name, caption, head, rows, table)


# claims -----------------------------------------------------------------------------------------


def claims(study: Studied, words: Words, number: int) -> Iterator[Block]:
    """Yield the claims of a study with their verdicts, and what was measured for each."""
    yield Heading(words("claims"))
    yield Text(study.title, "note")
    records = study.claims.to_dict("records")
    rows = [
        [row["claim"], row["title"], words.of("claim_verdicts", row["verdict"]), words.percent(row["share_of_worlds"])]
        for row in records
    ]
    n = int(records[0]["n_worlds"]) if records else 0
    head = [words("claim"), words("says"), words("verdict"), words("holds_in")]
    yield Table(slug("claims", str(number)), words("claims_caption", n=n), head, rows, study.claims, words=(1, 2))
    tests = []
    for row in study.tests.to_dict("records"):
        margin, bounds = interval_texts(words, row["margin"], row["ci_low"], row["ci_high"])
        tests.append(
            [row["claim"], row["expected"], margin, bounds, str(row["n"]), words.of("claim_verdicts", row["says"])]
        )
    head = [words("claim"), words("expected"), words("margin"), words("interval_95"), "n", words("verdict")]
    yield Table(slug("tests", str(number)), words("tests_caption"), head, tests, study.tests, words=(1, 5),
                is_folded=True)  # fmt: skip
    yield Text(words("claims_note"), "note")
