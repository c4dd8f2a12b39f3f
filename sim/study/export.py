"""Results in forms that other programs open: CSV and Excel, beside Parquet."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.study.files import write_bytes
from sim.study.store import StoreError

if TYPE_CHECKING:
    import pandas as pd

LARGEST_SHEET = 1_048_575
"""Rows of a sheet below its head."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def require(form: str | None) -> None:
    """Raise StoreError, before anything is run, if a form needs a package that is missing."""
    if form == "xlsx":
        try:
            import openpyxl  # noqa: F401
        except ImportError:
            raise StoreError(
                "export=xlsx: needs openpyxl, missing here (pip install 'weishang[export]'); allowed without it is csv"
            ) from None


def export(folder: Path, form: str, tables: Mapping[str, "pd.DataFrame"]) -> None:
    """Write each table as NAME.csv or NAME.xlsx beside the results; raises StoreError."""
    make = {"csv": csv_bytes, "xlsx": xlsx_bytes}[form]
    for name, table in tables.items():
        if form == "xlsx" and len(table) > LARGEST_SHEET:
            raise StoreError(f"export=xlsx: {name} has {len(table)} rows; allowed is up to {LARGEST_SHEET}: use csv")
        path = folder / f"{name}.{form}"
        try:
            write_bytes(path, make(table))
        except OSError as error:
            raise StoreError(f"export={form}: {path}: {error.strerror}; the results themselves are kept") from None


def csv_bytes(table: "pd.DataFrame") -> bytes:
    """Return a table as CSV; missing values are empty."""
    return defused(table).to_csv(index=False, lineterminator="\n").encode()


def xlsx_bytes(table: "pd.DataFrame") -> bytes:
    """Return a table as an Excel workbook of one sheet."""
    content = io.BytesIO()
    defused(table).to_excel(content, index=False, freeze_panes=(1, 0), engine="openpyxl")
    return content.getvalue()


def defused(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a table in whose text no cell starts like a formula: `'` is put before = + - @.

    A spreadsheet would run such a cell, whoever wrote it.
    """
    copy = table.copy()
    for column in copy.columns:
        if copy[column].dtype.kind not in "biufM":
            copy[column] = [f"'{each}" if str(each).startswith(_FORMULA) else each for each in copy[column]]
    copy.columns = [f"'{name}" if str(name).startswith(_FORMULA) else name for name in copy.columns]
    return copy
