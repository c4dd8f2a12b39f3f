"""Section 7: why: whom the policies reach directly and whom through others, and which policy of a package does what."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.report.blocks import Block, Figure, Heading, Table, Text
from sim.report.figures import forest
from sim.report.material import Attributed, Material
from sim.report.sections.base import Chapter, interval_texts, labels_of, level_text, slug
from sim.report.tables import bands
from sim.report.words import Words, heads

if TYPE_CHECKING:
    import pandas as pd

REACHED = ("directly", "through_others", "not_at_all")


class Why(Chapter):
    """Direct against spill-over effects, Shapley shares."""

    number, name = 7, "why"

    def why_not(self, material: Material, words: Words) -> str:
        """Return that neither people nor an attribution are at hand, if so."""
        return "" if spill_over(material) is not None or material.attributions else words("no_people")

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield the table of spill-over and a figure an attribution."""
        table = spill_over(material)
        if table is not None:
            yield Heading(words("spill_over"))
            yield Text(words("reading_spill_over"), "note")
            yield spill_over_table(table, material, words)
            untold = [each.label(words) for each in material.others if each.name not in set(table["option"])]
            if untold:
                yield Text(words("spill_over_untold", options=words.listed(untold)), "note")
        yield Heading(words("shapley"))
        if not material.attributions:
            yield Text(words("no_attribution"))
        for found in material.attributions:
            yield shapley(found, material, words)


def spill_over(material: Material) -> "pd.DataFrame | None":
    """Return who was reached how under each option, None if nothing was kept of it."""
    import pandas as pd

    if material.people is None or material.people.empty:
        return None
    parts = [bands(material.people, each.name, ("reached",)).assign(option=each.name) for each in material.others]
    whole = pd.concat([part for part in parts if not part.empty] or [pd.DataFrame()], ignore_index=True)
    return None if whole.empty else whole


def spill_over_table(table: "pd.DataFrame", material: Material, words: Words) -> Table:
    """Return a row an option and way of being reached."""
    labels, rows = labels_of(material, words), []
    for row in table.to_dict("records"):
        change, bounds = interval_texts(words, row["change"], row["low"], row["high"])
        n_all = table[table["option"] == row["option"]]["n_people"].sum()
        rows.append(
            [
                labels[row["option"]],
                words.of("groups", row["group"]),
                finer(words, row["n_people"] / n_all),
                heads(row["n_people"]),
                change,
                bounds,
            ]
        )
    head = [
        words("option"),
        words("reached"),
        words("share_of_people"),
        words("n_people"),
        words("change_per_head"),
        words("interval_95"),
    ]
    caption = words("spill_over_caption", baseline=labels[material.baseline.name], n=int(table["n"].max()))
    data = table[["option", "group", "n_people", "change", "low", "high", "n"]]
    return Table("spill-over", caption, head, rows, data, words=(1,))


def finer(words: Words, share: float) -> str:
    """Return a share in per cent, a small one with a decimal."""
    return words("percent", number=f"{100 * share:.1f}") if 0 < share < 0.1 else words.percent(share)


def shapley(found: Attributed, material: Material, words: Words) -> Figure:
    """Return the share of each policy of a package in its effect on the criterion."""
    from sim.study.attribution import shares

    criterion = material.given.criterion
    table = shares(found.runs, found.players, [criterion])
    option = material.option(found.scenario)
    label = option.label(words) if option else found.scenario
    names = [" + ".join(words.of("policies", part) for part in player.split("+")) for player in table["player"]]
    drawn = table.assign(label=names, value=table["share"], low=table["ci_low"], high=table["ci_high"])
    drawn = drawn.sort_values("value", ascending=False, kind="stable")
    scale = words.unit(criterion).scale
    first = drawn.to_dict("records")[0]
    share, bounds = interval_texts(words, first["value"], first["low"], first["high"], scale)
    told = {"package": label, "measure": words.measure(criterion), "policy": first["label"], "n": int(first["n"])}
    key = "shapley_one_pair" if bounds == "-" else "shapley_finding"
    title = words(key, **told, share=share, interval=bounds, unit=words.unit(criterion).name)
    axis = words("shapley_axis", measure=words.measure(criterion), unit=words.unit(criterion).name)
    reading = words(
        "reading_shapley", whole=level_text(first["whole"] * scale, first["whole"] * scale), n=int(first["n"]),
        unit=words.unit(criterion).name, people=found.manifest["n_people"],
        weeks=found.manifest["configuration"]["weeks"],
    )  # fmt: skip
    data = table[["measure", "player", "share", "ci_low", "ci_high", "n", "whole"]]
    return Figure(slug("shapley", found.scenario), title, forest(drawn, axis, scale=scale), data, reading)
