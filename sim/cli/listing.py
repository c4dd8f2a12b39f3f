"""`weishang list`: what there is, as a table to read, as CSV or as JSON."""

import csv
import dataclasses
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sim.cli.arguments import Arguments
from sim.cli.layout import heading, paragraph
from sim.fields import Group, ParameterError
from sim.parameters import PARAMETER_GROUPS, Scandal, Settings
from sim.policies import catalogue as policy_catalogue
from sim.scenario import available, flattened, load, nearest, policy_groups, to_mapping

Row = Mapping[str, Any]

SWITCH = ("on", "off")
"""What a policy as a whole can be set to."""


def run(arguments: Arguments) -> int:
    """Print one of the lists."""
    name = arguments.words[0] if arguments.words else ""
    if name not in LISTS or len(arguments.words) > 1:
        typed = " ".join(arguments.words)
        close = nearest(typed, LISTS) if typed else ""
        raise ParameterError(f"list {typed}".rstrip() + f": no such list{close}; allowed are {', '.join(LISTS)}")
    if arguments.diff and name != "scenarios":
        raise ParameterError(f"list {name} --diff: allowed is list scenarios --diff A B")
    rows = differences(arguments) if arguments.diff else LISTS[name](arguments)
    print({"csv": as_csv, "json": as_json, "table": as_table}[arguments.form](name, rows), end="")
    return 0


def scenarios(arguments: Arguments) -> list[Row]:
    """Return the scenarios with their descriptions."""
    return [{"name": name, "meaning": text} for name, text in available(arguments.config_dirs).items()]


def differences(arguments: Arguments) -> list[Row]:
    """Return every key in which two scenarios differ, with both values; `-` where a policy is off."""
    one, other = arguments.diff
    flat = [flattened(to_mapping(load(name, config_dirs=arguments.config_dirs).parameters)) for name in (one, other)]
    keys = [key for key in dict.fromkeys([*flat[0], *flat[1]]) if flat[0].get(key, "-") != flat[1].get(key, "-")]
    columns = (one, other if other != one else f"{other} again")
    return [{"name": key, **{n: plain(f.get(key, "-")) for n, f in zip(columns, flat, strict=True)}} for key in keys]


def designs(arguments: Arguments) -> list[Row]:
    """Return the designs of sweeps with what each is."""
    from sim.sweep import designs as there

    texts = dict(re.findall(r"^    (\w+)\s{2,}(.*?)(?=^    \w|^$)", str(there.__doc__), re.M | re.S))
    return [{"name": name, "meaning": " ".join(texts.get(name, "").split())} for name in there.KINDS]


def measures(arguments: Arguments) -> list[Row]:
    """Return the measures in the order of their columns."""
    from sim.measures import catalogue

    fields = ("name", "unit", "formula", "source")
    return [{field: getattr(measure, field) for field in fields} for measure in catalogue()]


def parameters(arguments: Arguments) -> list[Row]:
    """Return everything that can be set: settings, groups of parameters, the fields of a scandal."""
    groups: dict[str, type[Group]] = {"": Settings, **PARAMETER_GROUPS, "scandals[]": Scandal}
    return [row for prefix, cls in groups.items() for row in group_rows(prefix, cls)]


def group_rows(prefix: str, cls: type[Group]) -> list[Row]:
    """Return a row a field of one group of parameters."""
    rows: list[Row] = []
    for declared in dataclasses.fields(cls):  # type: ignore[arg-type]
        given = declared.metadata
        rows.append(
            {
                "name": f"{prefix}.{declared.name}" if prefix else declared.name,
                "default": list(declared.default) if isinstance(declared.default, tuple) else declared.default,
                "unit": given["unit"],
                "low": given["low"],
                "high": given["high"],
                "choices": " ".join(given["choices"]),
                "meaning": given["meaning"],
                "source": given["source"],
                "tag": given["tag"],
            }
        )
    return rows


def policies(arguments: Arguments) -> list[Row]:
    """Return the policies, each with its fields below it."""
    return [row for name in policy_catalogue() for row in policy_rows(name)]


def policy_rows(name: str) -> list[Row]:
    """Return a row for a policy as a whole, and one for each of its fields."""
    key, cls = f"policies.{name}", policy_catalogue()[name]
    facts = {"default": SWITCH[1], "unit": "switch", "choices": " ".join(SWITCH), "meaning": first_line(cls)}
    whole = dict.fromkeys(("name", "default", "unit", "low", "high", "choices", "meaning", "source", "tag"))
    whole |= {"name": key, "source": cls.source, "tag": "", "counterpart": cls.counterpart} | facts
    return [whole, *(dict(row, counterpart="") for row in group_rows(key, cls))]


def studies(arguments: Arguments) -> list[Row]:
    """Return the studies with their titles."""
    from sim.study.claims import available as studies_there

    return [{"name": name, "meaning": title} for name, title in studies_there().items()]


LISTS: dict[str, Callable[[Arguments], list[Row]]] = {
    "scenarios": scenarios,
    "measures": measures,
    "parameters": parameters,
    "policies": policies,
    "studies": studies,
    "designs": designs,
}


# how they are printed -------------------------------------------------------------------------


def as_table(name: str, rows: Sequence[Row]) -> str:
    """Return the rows for the eye: each name with its facts, in paragraphs."""
    if not rows:
        return f"{name}: none in this version\n"
    if not {"meaning", "formula"} & rows[0].keys():
        return "\n".join(aligned_rows(rows)) + "\n"
    lines: list[str] = []
    width = max(len(label(row)) for row in rows)
    previous = None
    for row in rows:
        group = group_of(name, row)
        if group is not None and group != previous:
            lines += ["", *heading(group)] if lines else heading(group)
            previous = group
        texts = [text for text in (meaning(row) or row.get("formula"), facts(row)) if text]
        lines += paragraph(label(row), texts, width)
    return "\n".join(lines) + "\n"


def aligned_rows(rows: Sequence[Row]) -> list[str]:
    """Return rows of short texts as columns below their names."""
    columns = [[str(key), *(str(row[key]) for row in rows)] for key in rows[0]]
    widths = [max(map(len, column)) for column in columns]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*columns, strict=True)
    ]


def label(row: Row) -> str:
    """Return the name, with the default of a parameter behind it."""
    return f"{row['name']}={plain(row['default'])}" if "default" in row else str(row["name"])


def meaning(row: Row) -> str:
    """Return what a row stands for; of a policy, whose heading says what it does, the real counterpart."""
    return str(row.get("counterpart") or row.get("meaning") or "")


def facts(row: Row) -> str:
    """Return unit, range, tag and source of a row on one line."""
    return " | ".join(str(each) for each in (unit_and_range(row), row.get("tag"), row.get("source")) if each)


def unit_and_range(row: Row) -> str:
    """Return the unit of a row with what is allowed."""
    if row.get("choices"):
        return f"one of {', '.join(row['choices'].split())}"
    if row.get("low") is not None:
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        return f"{plain(row['low'])} to {plain(row['high'])}{unit}"
    return str(row.get("unit", ""))


def group_of(name: str, row: Row) -> str | None:
    """Return the heading under which a parameter, or a policy with its fields, stands."""
    if name not in ("parameters", "policies"):
        return None
    return group_heading(row["name"] if row.get("counterpart") else row["name"].rpartition(".")[0])


def group_heading(prefix: str) -> str:
    """Return the name of a group with what its docstring says."""
    groups = {"": Settings, "scandals[]": Scandal, **PARAMETER_GROUPS, **policy_groups()}
    said = first_line(groups[prefix]).rstrip(".")
    return f"{prefix}: {said}" if prefix else said


def first_line(cls: type[Group]) -> str:
    """Return what the docstring of a group or policy says first."""
    return (cls.__doc__ or "").partition("\n")[0]


def plain(value: Any) -> str:
    """Return a value as it can be typed."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.15g}" if abs(value) < 1e7 else f"{value:g}"
    return str(list(value) if isinstance(value, tuple) else value)


def as_csv(name: str, rows: Iterable[Row]) -> str:
    """Return the rows as CSV with a head."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["name"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(name: str, rows: Iterable[Row]) -> str:
    """Return the rows as a JSON list of objects."""
    return json.dumps(list(rows), indent=2, ensure_ascii=False) + "\n"
