"""Section 13: what the measures of this report mean."""

from collections.abc import Iterator

from sim.report.blocks import Block, Table, Text
from sim.report.material import Material
from sim.report.sections.appraisal import MARKET, PARTS
from sim.report.sections.base import Chapter
from sim.report.sections.displacement import ENTRY, EVASION, SHARES
from sim.report.sections.over_time import BESIDE
from sim.report.sections.people import INEQUALITY
from sim.report.sections.summary import CARDS
from sim.report.tables import WATERFALL
from sim.report.words import Words


class Dictionary(Chapter):
    """Name, unit, formula and source of every measure that the report shows."""

    number, name = 13, "dictionary"

    def why_not(self, material: Material, words: Words) -> str:
        """Return that the dictionary of the results is missing, if so."""
        return "" if material.dictionary is not None else words("no_dictionary")

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield the table."""
        import pandas as pd

        assert material.dictionary is not None
        yield Text(words("downloads"), "screen")
        by_name = {row["name"]: row for row in material.dictionary.to_dict("records")}
        parts = [name for name, _ in WATERFALL]
        used = [
            material.given.criterion,
            *CARDS,
            *PARTS,
            *parts,
            *BESIDE,
            *MARKET,
            *SHARES,
            *ENTRY,
            *EVASION,
            *INEQUALITY,
        ]
        rows = [by_name[name] for name in dict.fromkeys(used) if name in by_name]
        cells = [
            [
                words.heading(row["name"]),
                f"{row['name']}\n{words.of('raw_units', row['unit'])}",
                f"{row['formula']} ({row['source']})",
            ]
            for row in rows
        ]
        head = [words("measure"), words("name"), words("formula")]
        yield Table("dictionary", words("dictionary_caption", n=len(rows)), head, cells, pd.DataFrame(rows),
                    words=(1, 2), language="en")  # fmt: skip
