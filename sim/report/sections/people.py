"""Section 5: who gains and who loses."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sim.report.blocks import Block, Figure, Table, Text
from sim.report.figures import winners_and_losers
from sim.report.material import Material, Option, records
from sim.report.sections.base import Chapter, interval_texts, labels_of, rest_note, shown_in_full, slug_of
from sim.report.tables import BANDS, bands
from sim.report.words import Words, heads

if TYPE_CHECKING:
    import pandas as pd

LEAST_DRAWN = 1.0
"""People a town, on average, below which a group is in the table alone."""

GROUPINGS = ("all", "tier", "entry", "wealth", "trust")
INEQUALITY = ("gini_shop_income", "top_fifth_share", "share_shops_lost", "hhi_brand")


class People(Chapter):
    """Five bands by tier, entry, wealth and trust; what each group gains on average."""

    number, name = 5, "people"

    def why_not(self, material: Material, words: Words) -> str:
        """Return that nothing was kept of people, if so."""
        return "" if material.people is not None and len(material.people) else words("no_people")

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield a figure and a table an option, then inequality."""
        yield Text(words("reading_bands"), "note")
        for option in shown_in_full(material):
            assert material.people is not None
            table = bands(material.people, option.name, GROUPINGS)
            if not table.empty:
                yield figure(option, table, material, words)
                yield Text(by_wealth(table, words))
                yield means(option, table, material, words)
        if rest := rest_note(material, words):
            yield Text(rest, "note")
        yield inequality(material, words)


def figure(option: Option, table: "pd.DataFrame", material: Material, words: Words) -> Figure:
    """Return the bands of one option."""
    drawn = table[table["n_people"] >= LEAST_DRAWN]
    title = finding(option, table, material, words)
    return Figure(
        slug_of(material, "people", option.name), title, winners_and_losers(drawn, words), table, words("bands_short")
    )


def finding(option: Option, table: "pd.DataFrame", material: Material, words: Words) -> str:
    """Return in a sentence which share gains and which loses more than 5 %."""
    whole: dict[Any, Any] = table[table["by"] == "all"].to_dict("records")[0]
    labels = labels_of(material, words)
    change, bounds = interval_texts(words, whole["change"], whole["low"], whole["high"])
    told = {"option": labels[option.name], "baseline": labels[material.baseline.name], "n": int(whole["n"])}
    if bounds == "-":
        return words("people_one_pair", **told)
    return words(
        "people_finding", **told, gain=words.percent(whole["gain_much"]), lose=words.percent(whole["lose_much"]),
        same=words.percent(whole["same"]), change=change, interval=bounds,
    )  # fmt: skip


def by_wealth(table: "pd.DataFrame", words: Words) -> str:
    """Return what the poorest and the richest fifth gain on average, each with its interval."""
    found = {row["group"]: row for row in records(table[table["by"] == "wealth"])}
    told = {}
    for name, group in (("poorest", "fifth_1"), ("richest", "fifth_5")):
        row = found[group]
        told[name] = " ".join(interval_texts(words, row["change"], row["low"], row["high"]))
    return words("by_wealth", **told, n=int(found["fifth_1"]["n"]))


def means(option: Option, table: "pd.DataFrame", material: Material, words: Words) -> Table:
    """Return what each group gains a head, with its interval, and the parts as consumers and as shopkeepers."""
    rows = []
    for row in table.to_dict("records"):
        change, bounds = interval_texts(words, row["change"], row["low"], row["high"])
        parts = [
            interval_texts(words, row[key], row["low"], row["high"])[0] for key in ("change_consumer", "change_shop")
        ]
        rows.append(
            [words.of("groups", row["group"]), heads(row["n_people"]), change, bounds, *parts,
             words.percent(row["lose_much"]), words.percent(row["gain_much"])]
        )  # fmt: skip
    head = [
        words("group"), words("n_people"), words("change_per_head"), words("interval_95"), words("as_consumers"),
        words("as_shopkeepers"), words("share_losing"), words("share_gaining"),
    ]  # fmt: skip
    labels = labels_of(material, words)
    caption = words("means_caption", option=labels[option.name], baseline=labels[material.baseline.name],
                    n=int(table["n"].max()))  # fmt: skip
    columns = ["by", "group", "n_people", *BANDS, "change", "low", "high", "change_consumer", "change_shop", "n"]
    return Table(slug_of(material, "groups", option.name), caption, head, rows, table[columns])


def inequality(material: Material, words: Words) -> Block:
    """Return what options do to inequality, losers and concentration."""
    from sim.report.sections.displacement import effects_table

    return effects_table("inequality", words("inequality_caption"), INEQUALITY, material, words)
