"""Section 8: how behaviour answers: purchases move between channels, shops open and close, rules are evaded."""

from collections.abc import Iterator, Sequence

from sim.parameters import CHANNELS
from sim.report.blocks import Block, Figure, Table, Text
from sim.report.figures import panels
from sim.report.material import Material
from sim.report.sections.base import Chapter, interval_texts, labels_of, rest_note, shown_in_full, with_unit
from sim.report.sentences import Shown
from sim.report.tables import displacement
from sim.report.words import Words

ENTRY = ("n_shops", "shops_opened", "shops_closed.unprofitable", "shops_closed.out_of_money", "shops_closed.banned")
SHARES = tuple(f"share.{channel}" for channel in CHANNELS)
EVASION = ("share_violating", "campaigns", "campaigns_detected", "shops_moved_to_rival", "share_fakes.resale")


class Displacement(Chapter):
    """Shares of channels, entry and exit, evasion."""

    number, name = 8, "displacement"

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield the figure of channels and the tables of entry and evasion."""
        yield channels(material, words)
        if rest := rest_note(material, words):
            yield Text(rest, "note")
        yield effects_table("shares", words("shares_caption"), SHARES, material, words)
        yield effects_table("entry", words("entry_caption"), ENTRY, material, words)
        yield effects_table("evasion", words("evasion_caption"), EVASION, material, words)


def channels(material: Material, words: Words) -> Figure:
    """Return how shares of units move, a panel a channel."""
    labels = labels_of(material, words)
    table = displacement(material.effect_rows, [each.name for each in material.others])
    drawn = table[table["option"].isin([each.name for each in shown_in_full(material)])]
    drawn = drawn.assign(label=[labels[name] for name in drawn["option"]], value=drawn["difference"])
    by_channel = {name: drawn[drawn["channel"] == name] for name in CHANNELS}
    titles = [words.of("channels", name) for name in CHANNELS]
    figure = panels(by_channel, words("points_axis", baseline=labels[material.baseline.name]), scale=100, titles=titles)
    return Figure(
        "channels", finding(table, material, words), figure, table, words("reading_channels"), ("share.resale",), 660
    )


def finding(table: "object", material: Material, words: Words) -> str:
    """Return the largest movement whose interval leaves zero out."""
    import pandas as pd

    assert isinstance(table, pd.DataFrame)
    labels = labels_of(material, words)
    told = table[(table["low"] > 0) | (table["high"] < 0)]
    if told.empty:
        return words("channels_nothing", baseline=labels[material.baseline.name], n=int(table["n"].max()))
    row = told.iloc[int(told["difference"].abs().to_numpy().argmax())]
    difference, bounds = interval_texts(words, row["difference"], row["low"], row["high"], 100)
    return words(
        "channels_finding", option=labels[row["option"]], channel=words.of("channels", str(row["channel"])),
        baseline=labels[material.baseline.name], difference=difference, interval=bounds, n=int(row["n"]),
    )  # fmt: skip


def effects_table(
    name: str, caption: str, measures: Sequence[str], material: Material, words: Words, *, tells_units: bool = True
) -> Table:  # fmt: skip
    """Return a row an option and a column a measure: the baseline's levels, then differences, intervals, verdicts."""
    import pandas as pd

    labels = labels_of(material, words)
    known = [
        each for each in measures if all((option.name, each) in material.effect_rows for option in material.others)
    ]
    effects = {each: [Shown(words, material.effect_rows[option.name, each]) for option in material.others]
               for each in known}  # fmt: skip
    base = [
        min(of_measure, key=lambda shown: shown.decimals).plain_level("mean_baseline")
        for of_measure in effects.values()
    ]
    rows = [[labels[material.baseline.name], *base]]
    for place, option in enumerate(material.others):
        cells = [effects[each][place] for each in known]
        rows.append([labels[option.name], *(cell_of(shown, words) for shown in cells)])
    numbers = [
        {key: shown.row[key] for key in ("measure", "scenario", "mean_baseline", "difference", "ci_low", "ci_high", "n",
                                         "verdict")}
        for of_measure in effects.values()
        for shown in of_measure
    ]  # fmt: skip
    whole = words("matrix_caption", caption=caption, baseline=labels[material.baseline.name],
                  n=len(material.manifest["seeds"]))  # fmt: skip
    return Table(
        name,
        whole,
        [words("option"), *(with_unit(words, each) if tells_units else words.heading(each) for each in known)],
        rows,
        pd.DataFrame(numbers),
    )


def cell_of(shown: Shown, words: Words) -> str:
    """Return difference, interval and verdict, one below the other."""
    if str(shown.row["verdict"]) in ("no difference", "no value") or not shown.has_interval:
        return shown.verdict if shown.has_interval or not shown.row["n"] else "-"
    return f"{shown.plain_difference()}\n{shown.interval()}\n{shown.verdict}"
