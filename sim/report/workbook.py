"""The tables of a report as one Excel workbook: a sheet each, numbers as numbers, no cell that would be run."""

import io
import re
import zipfile
from collections.abc import Sequence

from sim.report.blocks import Figure, Table
from sim.study.export import LARGEST_SHEET, defused

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_NAME = 31


def workbook(parts: Sequence[Table | Figure]) -> bytes | None:
    """Return the workbook, the first sheet a list of the others; None if openpyxl is missing."""
    try:
        import openpyxl
    except ImportError:
        return None
    import pandas as pd

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    contents = book.create_sheet("contents")
    contents.append(["sheet", "what"])
    names: set[str] = {"contents"}
    for part in parts:
        name = sheet_name(part.name, names)
        names.add(name.lower())
        caption = part.caption if isinstance(part, Table) else part.title
        contents.append([name, str(defused(pd.DataFrame({"x": [caption]}))["x"].iloc[0])])
        sheet = book.create_sheet(name)
        table = defused(part.data.head(LARGEST_SHEET))
        sheet.append([str(column) for column in table.columns])
        for row in table.astype(object).where(table.notna(), None).itertuples(index=False):
            sheet.append([plain(cell) for cell in row])
        sheet.freeze_panes = "A2"
    contents.freeze_panes, contents.column_dimensions["A"].width, contents.column_dimensions["B"].width = "A2", 32, 120
    made = io.BytesIO()
    book.save(made)
    return without_dates(made.getvalue())


def without_dates(content: bytes) -> bytes:
    """Return a workbook without the time at which it was written: the same tables make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            inside = source.read(name)
            if name == "docProps/core.xml":
                inside = re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z<", b">2014-01-06T00:00:00Z<", inside)
            target.writestr(zipfile.ZipInfo(name), inside, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def plain(cell: object) -> object:
    """Return a cell as openpyxl takes it: no letters that XML forbids, no infinite numbers."""
    if isinstance(cell, float) and cell in (float("inf"), float("-inf")):
        return str(cell)
    if cell is None or isinstance(cell, (bool, int, float)):
        return cell
    if hasattr(cell, "item"):
        return cell.item()
    if hasattr(cell, "isoformat"):
        return str(cell)[:10]
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", str(cell))


def sheet_name(name: str, taken: set[str]) -> str:
    """Return a name that Excel takes and no other sheet has.

    >>> sheet_name("over-time/like[ban]", set()), sheet_name("a" * 40, {"a" * 31})
    ('over-time-like-ban-', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa-2')
    """
    clean = re.sub(r"[\[\]:*?/\\']", "-", name)[:LONGEST_NAME]
    number, chosen = 1, clean
    while chosen.lower() in taken:
        number += 1
        chosen = f"{clean[: LONGEST_NAME - 1 - len(str(number))]}-{number}"[:LONGEST_NAME]
    return chosen
