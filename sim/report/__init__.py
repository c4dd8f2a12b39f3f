"""Pages and figures for readers, made from stored tables alone: `make_report` for the decision report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.report.options import ReportOptions, options_from, require_criterion

PAGE = "report.html"

__all__ = ["ReportOptions", "make_report", "options_from"]


def make_report(
    folder: Path | str, path: Path | str | None = None, given: ReportOptions | Mapping[str, Any] | None = None
) -> Path:
    """Make the decision report of a finished comparison, sweep or study; return where the page is.

    path: of the page (default: report.html in the folder), beside which the workbook is written with the suffix
    .xlsx; given: title, question, criterion, language, include (folders of sweeps, studies, attributions,
    `calibrate` and `verify` to take in). Reads stored files alone. Raises StoreError, ParameterError in one line.
    """
    from sim.report.document import document
    from sim.report.material import read_material
    from sim.study.files import write_bytes
    from sim.study.store import StoreError

    options = given if isinstance(given, ReportOptions) else options_from(given or {})
    place = Path(folder) / PAGE if path is None else Path(path)
    material = read_material(Path(folder), options)
    require_criterion(options.criterion, material.measures)
    page, book = document(material)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(place, page.encode())
        if book:
            write_bytes(place.with_suffix(".xlsx"), book)
    except OSError as error:
        raise StoreError(f"{place}: {error.strerror}; allowed is a place that can be written to") from None
    return place
