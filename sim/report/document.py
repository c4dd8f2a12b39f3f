"""A report as one HTML file that opens without a network."""

import base64
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sim.parameters import START_DATE, WEEKS_PER_YEAR
from sim.report.blocks import Figure, Section, Table
from sim.report.material import Material
from sim.report.sections import chapters, sections
from sim.report.sections.base import labels_of
from sim.report.tables import BANDS
from sim.report.words import Words
from sim.report.workbook import WORKBOOK_TYPE, workbook
from sim.study.export import csv_bytes

HERE = Path(__file__).parent
HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
ID_LETTERS = 8
COLUMNS = {
    "option": "scenario",
    "scenario": "scenario",
    "measure": "measure, as in measures.csv",
    "week": "first week",
    "date": "Monday of that week",
    "difference": "mean paired difference, option less baseline, unit of the measure",
    "value": "the number drawn, unit of the measure",
    "low": "lower end of the 95 % interval",
    "high": "upper end of the 95 % interval",
    "n": "pairs of towns",
    "share": "fraction of one",
    "receiver": "who receives it",
    "rest": "sum less the parts",
    "by": "how people are told apart",
    "group": "group of people",
    "n_people": "people a town, mean",
    "change": "mean change, yuan per person and year",
    "channel": "channel",
    "change_consumer": "of it consumer surplus",
    "change_shop": "of it earnings of own shops after own time",
    "player": "policy, or several joined",
    "whole": "effect of the whole package",
    "policy": "policy",
    "start_week": "first week in which it acts",
    "end_week": "week in which it acts no more",
    "is_open": "whether it acts to the end of the run",
    "fields": "its settings",
    "label": "what it is called",
    "verdict": "word by the fixed rule",
    **{f"low_{level}": f"lower end of the {level} % interval of the mean" for level in (50, 80, 95)},
    **{f"high_{level}": f"upper end of the {level} % interval of the mean" for level in (50, 80, 95)},
    **dict.fromkeys(BANDS, "share of the group's people, mean over towns"),
}
"""What columns of CSV files mean."""


def document(material: Material) -> tuple[str, bytes | None]:
    """Return the page and the workbook of its tables (None without openpyxl): the same material, the same bytes."""
    words = Words(material.given.language)
    made, left_out = sections(material, words)
    parts = [block for section in made for block in section.blocks if isinstance(block, (Table, Figure))]
    book = workbook(sorted(parts, key=lambda part: isinstance(part, Figure)))
    packed = link(WORKBOOK_TYPE, book) if book else ""
    files = {name: (HERE / f"template.{name}").read_text(encoding="utf-8") for name in ("css", "js")}
    page = template().render(
        w=words, language=words.language, html_language=HTML_LANGUAGES[words.language], title=title(material, words),
        header_line=header_line(material, words), report_id=report_id(material, words), version=version(material),
        sections=made, left_out=left_out, contents=contents(made, words), drawings=drawings(material, made, words),
        workbook=packed, style=files["css"], script=files["js"], plotly=packed_plotly(),
    )  # fmt: skip
    return page, book


@cache
def template() -> Any:
    """Return the template; it escapes every text, and a missing value is an error."""
    import jinja2

    loader = jinja2.FileSystemLoader(HERE, encoding="utf-8")
    engine = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False)
    return engine.get_template("template.html.j2")


def contents(made: Sequence[Section], words: Words) -> list[tuple[int, str, bool]]:
    """Return number and title of every section there may be, and whether it was made."""
    numbers = {section.number for section in made}
    return [(each.number, words(f"title_{each.name}"), each.number in numbers) for each in chapters()]


# the head of the page ---------------------------------------------------------------------------


def title(material: Material, words: Words) -> str:
    """Return the team's title, or ours."""
    if material.given.title:
        return material.given.title
    if material.verb == "study":
        return material.studies[0].title
    if material.verb == "sweep":
        return words("default_title_sweep", scenario=str(material.sweeps[0].settings["scenario"]))
    baseline, first = material.baseline.label(words), material.others[0].label(words)
    if len(material.others) == 1:
        return words("default_title", option=first, baseline=baseline)
    return words("default_title_many", n=len(material.others), baseline=baseline)


def header_line(material: Material, words: Words) -> str:
    """Return what was run, in a line."""
    manifest = material.manifest
    if material.verb == "sweep":
        given = material.sweeps[0].settings
        return words("header_sweep", points=given["n_points"], design=given["design"]["kind"],
                     factors=len(given["factors"]), seeds=given["n_seeds"])  # fmt: skip
    weeks, n = int(manifest["configuration"]["weeks"]), len(manifest["seeds"])
    return words(
        "header_line", weeks=weeks, start=str(START_DATE), people=manifest["n_people"],
        n=words("header_seeds", n=n) if n > 1 else words("header_seed"),
        span=words("header_last_weeks", weeks=min(weeks, WEEKS_PER_YEAR)),
    )  # fmt: skip


def version(material: Material) -> str:
    """Return the version that made the results."""
    return str(material.manifest.get("versions", {}).get("weishang", "-"))


def report_id(material: Material, words: Words) -> str:
    """Return what identifies the results, and their date."""
    manifest = material.manifest
    identity = str(manifest.get("result_hash", manifest.get("configuration_hash", "-")))[:ID_LETTERS]
    return words("report_id", id=identity, version=version(material), date=str(manifest.get("finished", "-"))[:10])


# figures ----------------------------------------------------------------------------------------


def drawings(material: Material, made: Sequence[Section], words: Words) -> dict[str, dict[str, Any]]:
    """Return of every figure by name: its JSON, its height, its CSV and metadata as links."""
    found: dict[str, dict[str, Any]] = {}
    for section in made:
        for block in section.blocks:
            if isinstance(block, Figure):
                if block.name in found:
                    raise ValueError(f"two figures are called {block.name}")
                found[block.name] = {
                    "json": safe_json(figure_json(block.figure)), "height": int(block.figure.layout.height or 0),
                    "csv": link("text/csv", csv_bytes(block.data)),
                    "metadata": link("application/json", metadata(block, section, material, words).encode()),
                }  # fmt: skip
    return found


def figure_json(figure: Any) -> str:
    """Return a figure as JSON with numbers of five significant digits, without the defaults that it does not need."""
    whole = figure.to_plotly_json()
    whole["layout"].pop("template", None)
    return json.dumps(rounded(whole), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def rounded(value: Any) -> Any:
    """Return plain JSON values: floats to five significant digits, missing ones as null, dates as text."""
    if isinstance(value, Mapping):
        return {str(key): rounded(each) for key, each in value.items()}
    if hasattr(value, "tolist") and not isinstance(value, str):  # numpy, and pandas as numpy
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return str(value)[:10] if hasattr(value, "isoformat") else str(value)


def safe_json(text: str) -> str:
    r"""Return JSON that cannot end the script element it stands in.

    >>> print(safe_json('"</script>"'))
    "\u003c/script\u003e"
    """
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def metadata(figure: Figure, section: Section, material: Material, words: Words) -> str:
    """Return what a reader of the CSV must know: what it is of, its columns, where it comes from."""
    manifest, columns = material.manifest, list(figure.data.columns)
    facts = {
        "title": figure.title, "section": f"{section.number} {section.title}", "reading": figure.reading,
        "columns": {name: COLUMNS.get(name, "") for name in columns}, "rows": len(figure.data),
        "units": units_of(figure, material), "labels": dict(labels_of(material, words)),
        "report": title(material, words), "note": words("not_a_forecast"),
        "command": manifest.get("command"), "configuration_hash": manifest.get("configuration_hash"),
        "result_hash": manifest.get("result_hash"), "code_hash": manifest.get("code_hash"),
        "finished": manifest.get("finished"), "made_by": f"weishang {version(material)}",
    }  # fmt: skip
    return json.dumps(facts, ensure_ascii=False, indent=1)


def units_of(figure: Figure, material: Material) -> dict[str, str]:
    """Return measure -> unit of its numbers in the CSV: that of the results, in which shares are fractions of one."""
    if material.dictionary is None:
        return {}
    units = dict(zip(material.dictionary["name"], material.dictionary["unit"], strict=True))
    given = figure.data["measure"].unique() if "measure" in figure.data.columns else figure.measures
    return {str(name): str(units[name]) for name in given if name in units}


def link(kind: str, content: bytes) -> str:
    """Return content as a link that needs no server."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@cache
def packed_plotly() -> str:
    """Return plotly's script, compressed, as text."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()
