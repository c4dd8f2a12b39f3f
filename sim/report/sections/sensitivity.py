"""Section 10: what the difference depends on: tornado, indices, switching values, of the sweeps included."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.analysis.sobol import told
from sim.analysis.stored import NAMELESS
from sim.report.blocks import Block, Bullets, Figure, Heading, Table, Text
from sim.report.figures import tornado
from sim.report.figures.tornado import span
from sim.report.material import Analysed, Material
from sim.report.sections.base import Chapter, declared, interval_texts, level_text, slug, swept_parameters
from sim.report.words import Words
from sim.sweep.factors import DUMMY

if TYPE_CHECKING:
    import pandas as pd

MOST_FACTORS = 8


class Sensitivity(Chapter):
    """A tornado on the paired difference, indices, switching values, a sweep after the other."""

    number, name = 10, "sensitivity"

    def why_not(self, material: Material, words: Words) -> str:
        """Return that no sweep was included, if so."""
        return "" if material.sweeps else words("no_sweep")

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield what each sweep says."""
        for number, sweep in enumerate(material.sweeps):
            yield Heading(heading(sweep, material, words))
            yield Text(described(sweep, words), "note")
            figure = tornado_of(sweep, material, words, number)
            if figure:
                yield figure
            yield from indices(sweep, material, words, number)
            yield Heading(words("switching"))
            lines = list(switching_lines(sweep, material, words))
            yield Bullets(lines) if lines else Text(no_switching(sweep, material, words))


def against(sweep: Analysed) -> str:
    """Return the scenario whose paired difference was analysed, nothing if levels were."""
    names = list(sweep.settings["against"])
    return str(names[0]) if names else ""


def called(name: str, material: Material, words: Words) -> str:
    """Return what a scenario is called, its name if it is none of the options."""
    option = material.option(name)
    return option.label(words) if option else name


def heading(sweep: Analysed, material: Material, words: Words) -> str:
    """Return which scenario was swept, and against which."""
    name, other = called(str(sweep.settings["scenario"]), material, words), against(sweep)
    if str(sweep.settings["scenario"]) == NAMELESS:
        name = words("swept_scenario")
    return words("against", option=name, baseline=called(other, material, words)) if other else name


def described(sweep: Analysed, words: Words) -> str:
    """Return the size of the sweep in a sentence."""
    given = sweep.settings
    return words(
        "sweep_line", design=given["design"]["kind"], points=given["n_points"], factors=len(given["factors"]),
        seeds=given["n_seeds"], folder=sweep.folder.name, **scale_of(sweep),
    )  # fmt: skip


def scale_of(sweep: Analysed) -> dict[str, int]:
    """Return how many people and weeks the towns of a sweep have."""
    people = int(swept_parameters(sweep.manifest)["population"]["n_people"])
    return {"people": people, "weeks": int(sweep.manifest["configuration"]["weeks"])}


def no_switching(sweep: Analysed, material: Material, words: Words) -> str:
    """Return that no parameter of a sweep turns the sign of the difference, or that there is none."""
    if not against(sweep):
        return words("switching_no_pair")
    return words("switching_none", k=len(sweep.settings["factors"]), n=len(list(declared(material))))


def of_difference(table: "pd.DataFrame", criterion: str) -> "pd.DataFrame":
    """Return the rows on the criterion, without the dummy."""
    return table[(table["measure"] == criterion) & (table["factor"] != DUMMY)]


def tornado_of(sweep: Analysed, material: Material, words: Words, number: int) -> Figure | None:
    """Return the tornado of the criterion, None if it was not made."""
    criterion = material.given.criterion
    rows = of_difference(sweep.tables["tornado"], criterion) if "tornado" in sweep.tables else None
    if rows is None or rows.empty:
        return None
    unit = words.unit(criterion)
    first = rows.to_dict("records")[0]
    ends = rows[rows["factor"] == first["factor"]].to_dict("records")
    swing, bounds = interval_texts(words, first["swing"], first["swing_low"], first["swing_high"], unit.scale)
    told = {"measure": response(sweep, material, words), "factor": first["factor"], "unit": unit.name,
            "low": span(ends[0]["value"]), "high": span(ends[-1]["value"])}  # fmt: skip
    key = "tornado_no_interval" if bounds == "-" else "tornado_finding"
    title = words(key, **told, swing=swing, interval=bounds, n=int(sweep.settings["n_seeds"]))
    axis = words("axis_with_unit", measure=response(sweep, material, words), unit=unit.name)
    drawn = tornado(rows, axis, words=words, scale=unit.scale)
    return Figure(slug("tornado", str(number), criterion), title, drawn, rows, words("reading_tornado"))


def response(sweep: Analysed, material: Material, words: Words) -> str:
    """Return what was explained: the criterion, or its paired difference."""
    measure = words.measure(material.given.criterion)
    if not against(sweep):
        return measure
    swept = str(sweep.settings["scenario"])
    name = words("swept_scenario") if swept == NAMELESS else called(swept, material, words)
    return words("response", measure=measure, option=name, baseline=called(against(sweep), material, words))


def indices(sweep: Analysed, material: Material, words: Words, number: int) -> Iterator[Block]:
    """Yield the table of Sobol or Morris indices, whichever was made."""
    for method, columns in (("sobol", ("st", "s1")), ("morris", ("mu_star", "sigma"))):
        if method in sweep.tables:
            rows = of_difference(sweep.tables[method], material.given.criterion)
            if len(rows):
                yield indices_table(method, columns, rows, sweep, material, words, number)
                if method == "sobol":
                    yield Text(words("sobol_note", luck=level_text(float(rows["luck"].iloc[0]), 1.0)), "note")


def indices_table(
    method: str, columns: tuple[str, str], rows: "pd.DataFrame", sweep: Analysed, material: Material, words: Words,
    number: int,
) -> Table:  # fmt: skip
    """Return the indices of the factors that move the difference most."""
    first, second = columns
    cells = [
        [row["factor"], f"{row[first]:.2f}" if method == "sobol" else level_text(row[first], row[first]),
         bounds_text(row, first, words), level_text(row[second], rows[first].max()),
         *([words(told(row).replace(" ", "_"))] if method == "sobol" else [])]
        for row in rows.head(MOST_FACTORS).to_dict("records")
    ]  # fmt: skip
    head = [words("parameter"), words(f"{method}_{first}"), words("interval_95"), words(f"{method}_{second}")]
    head += [words("above_noise")] if method == "sobol" else []
    caption = words(f"{method}_caption", measure=response(sweep, material, words), n=int(sweep.settings["n_seeds"]))
    return Table(slug(method, str(number)), caption, head, cells, rows)


def bounds_text(row: Mapping[Any, Any], name: str, words: Words) -> str:
    """Return the interval of an index."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return (
        words("interval", low=level_text(low, row[name]), high=level_text(high, row[name]))
        if not math.isnan(low)
        else "-"
    )


def switching_lines(sweep: Analysed, material: Material, words: Words) -> Iterator[str]:
    """Yield a sentence a factor along which the mean difference in the criterion changes its sign."""
    table = sweep.tables.get("switching")
    if table is None or table.empty:
        return
    for row in of_difference(table, material.given.criterion).to_dict("records"):
        if row["switches_at"] == row["switches_at"]:
            yield words(
                f"switching_{row['turn']}", measure=response(sweep, material, words), factor=row["factor"],
                at=f"{row['switches_at']:.4g}", n=int(sweep.settings["n_seeds"]),
                sure=words("switching_sure" if row["is_certain"] else "switching_unsure"),
            )  # fmt: skip


def spread_of_sweep(sweep: Analysed, material: Material, words: Words) -> str:
    """Return the range of the mean difference over the points, from the ends of the dependence or the tornado."""
    table = sweep.tables.get("tornado")
    rows = None if table is None else of_difference(table, material.given.criterion)
    if rows is None or rows.empty:
        return ""
    unit = words.unit(material.given.criterion)
    low, high, middle = (
        unit.scale * float(each) for each in (rows["y"].min(), rows["y"].max(), rows["middle"].iloc[0])
    )
    size = max(abs(low), abs(high))
    return words(
        "sweep_spread", measure=response(sweep, material, words), low=level_text(low, size),
        high=level_text(high, size), middle=level_text(middle, size), unit=unit.name, points=sweep.settings["n_points"],
        seeds=sweep.settings["n_seeds"], factors=len(sweep.settings["factors"]), **scale_of(sweep),
    )  # fmt: skip
