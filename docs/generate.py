"""Pages that are made from the code at every build: parameters, policies, measures, scenarios, theory.

They hold what `weishang list` and `weishang verify` know, and copies of files that lie above this folder.
"""

import dataclasses
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

import sim.measures
import sim.theory
from sim.cli.arguments import VERBS, parse
from sim.cli.help import help_text
from sim.cli.listing import Row, first_line, group_rows, plain, unit_and_range
from sim.discovery import discover
from sim.measures.base import Theme
from sim.parameters import PARAMETER_GROUPS, Parameters, Scandal, Settings
from sim.policies import catalogue as policies
from sim.policies.base import Policy
from sim.scenario import available, departures, load
from sim.theory.base import TEXTS

HERE = Path(__file__).parent
COPIES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "VISION.md", "LICENSE", "CITATION.cff")
TAGS = {
    "measured": "a public figure",
    "theory": "a formula of the literature",
    "design": "fixed by what is studied",
    "assumption": "chosen with the reason given",
}
WIDE = "---\nhide-toc: true\n---\n\n"
NOTE = "*Made from the code when this site was built.*"


def write(folder: Path) -> None:
    """Write all pages whose text has changed."""
    pages = {
        "assumptions": assumptions(), "policies": policy_page(), "measures": measure_page(),
        "scenarios": scenario_page(), "theory_gallery": theory_page(), "commands": command_page(),
    }  # fmt: skip
    pages |= {Path(copy_of(name)).stem: copied(name) for name in COPIES}
    folder.mkdir(exist_ok=True)
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def command_page() -> str:
    """Return what `--help` says of the command and of each verb."""
    texts = {"weishang": help_text(parse(["--help"]))}
    texts |= {f"weishang {verb}": help_text(parse([verb, "--help"])) for verb in VERBS}
    return f"# The command\n\n{NOTE}\n\n" + "\n".join(
        f"## {name}\n\n```text\n{text}\n```\n" for name, text in texts.items()
    )


def copy_of(name: str) -> str:
    """Return the page, from the root of the site, on which a file from above this folder is."""
    return f"generated/{Path(name).stem.lower()}.md"


def copied(name: str) -> str:
    """Return the page of a file from above this folder; its links lead to pages of this site."""
    text = (HERE.parent / name).read_text(encoding="utf-8")
    if not name.endswith(".md"):
        return f"# {Path(name).stem.capitalize()}\n\n```text\n{text}```\n"
    text = text.replace("](docs/", "](/")
    return re.sub(rf"\]\(({'|'.join(map(re.escape, COPIES))})", lambda match: f"](/{copy_of(match[1])}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table."""
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(map(cell, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def cell(value: Any) -> str:
    """Return a value as text in a table, in which nothing but backticks is markup."""
    parts = " ".join(str("" if value is None else value).split()).split("`")
    parts[::2] = [re.sub(r"[*<\[\\{$]|_(?!\w)", r"\\\g<0>", part) for part in parts[::2]]
    return "`".join(parts).replace("|", "\\|")


def code(text: Any) -> str:
    """Return text as code."""
    return f"`{text}`"


def parameter_table(rows: Iterable[Row]) -> str:
    """Return the table of some parameters, named by the last part of their keys."""
    facts = (
        (code(row["name"].rpartition(".")[2]), code(plain(row["default"])), unit_and_range(row), row["meaning"])
        + (row["tag"], row["source"])
        for row in rows
    )
    return table(("parameter", "value", "range, unit", "meaning", "tag", "source"), facts)


def counted(rows: Sequence[Row]) -> str:
    """Return how many parameters have each tag."""
    counts = Counter(row["tag"] for row in rows)
    shares = ((tag, what, counts[tag], f"{100 * counts[tag] / len(rows):.0f} %") for tag, what in TAGS.items())
    return table(("tag", "meaning", "parameters", "share"), shares)


def assumptions() -> str:
    """Return the ledger of parameters with the evidence of each."""
    groups = {**PARAMETER_GROUPS, "scandals[]": Scandal}
    rows = {name: group_rows(name, group) for name, group in groups.items()}
    everything = [row for each in rows.values() for row in each]
    assumed = [row for row in everything if row["tag"] == "assumption"]
    fitted = sum("fitted to the record" in row["source"] for row in assumed)
    own = [row for name in policies() for row in own_fields(name)]
    own_assumed = sum(row["tag"] == "assumption" for row in own)
    parts = [
        f"{WIDE}# Assumptions\n\n{NOTE}",
        f"**{len(assumed)} of the {len(everything)} parameters of the market, "
        f"{100 * len(assumed) / len(everything):.0f} %, are assumptions**: nobody measured them, and another value "
        f"could be defended. {fitted} of them were fitted to the record ([calibration](/calibration.md)), so that "
        f"meeting these patterns is no proof. Of the {len(own)} fields of [policies](policies.md) {own_assumed} are "
        "assumptions. What a result owes to them is found by [a sweep](/sweeps.md). A key is the group and the name: "
        "`weishang run trust.gain_bad=0.3`.",
        counted(everything),
    ]
    parts += [f"## {name}\n\n{first_line(groups[name])}\n\n{parameter_table(each)}" for name, each in rows.items()]
    parts.append(f"## Settings of a run\n\n{first_line(Settings)}\n\n{parameter_table(group_rows('', Settings))}")
    return "\n\n".join(parts)


def own_fields(name: str) -> list[Row]:
    """Return the fields of a policy without those that all policies have."""
    common = {field.name for field in dataclasses.fields(Policy)}
    rows = group_rows(f"policies.{name}", policies()[name])
    return [row for row in rows if row["name"].rpartition(".")[2] not in common]


def policy_page() -> str:
    """Return what each policy is, what it stands for and what can be set."""
    parts = [
        f"{WIDE}# Policies\n\n{NOTE}\n\n{len(policies())} interventions. One is switched on by naming it: "
        "`weishang run policies.like_ban=on`, or by a field: `policies.friend_limit.limit=500`. Their equations are in "
        "[section 7.15 of the model](/odd.md#715-levers-and-policies).",
        f"## Fields of every policy\n\n{parameter_table(group_rows('policies.NAME', Policy))}",
    ]
    for name, policy in policies().items():
        facts = {
            "stands for": policy.counterpart,
            "source": policy.source,
            "levers": ", ".join(map(code, policy.levers)),
            "reaches directly": code(policy.reaches),
        }
        listed = "\n".join(f"- {key}: {cell(value)}" for key, value in facts.items())
        fields = parameter_table(own_fields(name)) if own_fields(name) else "It has no field of its own."
        parts.append(f"## {name}\n\n{cell(first_line(policy))}\n\n{listed}\n\n{fields}")
    return "\n\n".join(parts)


def measure_page() -> str:
    """Return what is measured, by theme."""
    n_brands = Parameters().brands.n_brands
    parts = [
        f"{WIDE}# Measures\n\n{NOTE}\n\n{len(sim.measures.catalogue())} columns of every result, one row a week. The "
        "value of a run covers its last 52 weeks ([how](/reference/extending.md))."
    ]
    for name, theme in discover(sim.measures, Theme).items():
        rows = ((code(each.name), each.unit, each.formula, each.source) for each in theme().measures(n_brands))
        says = first_line_of(sys.modules[theme.__module__].__doc__)
        parts.append(f"## {name}\n\n{cell(says)}\n\n{table(('measure', 'unit', 'formula', 'source'), rows)}")
    return "\n\n".join(parts)


def first_line_of(text: str | None) -> str:
    """Return the first line of a docstring."""
    return (text or "").partition("\n")[0]


def scenario_page() -> str:
    """Return what each scenario is and in what it departs from the defaults."""
    parts = [
        f"# Scenarios\n\n{NOTE}\n\nA scenario is a file of departures from the defaults, run by "
        "`weishang run scenario=NAME`; two are compared key by key with `weishang list scenarios --diff A B`."
    ]
    for name, description in available().items():
        scenario = load(name)
        differs = departures(scenario.parameters)
        lines = yaml.safe_dump(differs, sort_keys=False, allow_unicode=True, default_flow_style=None)
        shown = f"```yaml\n{lines}```" if differs else "All parameters have their defaults."
        parts.append(f"## {name}\n\n{cell(description)}\n\n{shown}")
    return "\n\n".join(parts)


def theory_page() -> str:
    """Return each benchmark of theory with its texts, and its picture if one was made."""
    catalogue = sim.theory.catalogue()
    parts = [
        f"# Theory gallery\n\n{NOTE}\n\n{len(catalogue)} formulas of the literature that `weishang verify` holds "
        "against the market itself. What it found: [results](/theory.md). In the pictures, made by the quick form, "
        "lines are theory, bars the tolerance around it, marks what the market did."
    ]
    for name, benchmark in catalogue.items():
        texts = {text: getattr(benchmark, text) for text in TEXTS if text not in ("title", "x_axis", "y_axis")}
        listed = "\n".join(f"- **{text}**: {cell(said)}" for text, said in texts.items())
        picture = f"images/theory/{name}.png"
        drawn = f"\n\n![{benchmark.title}](/{picture})" if (HERE / picture).is_file() else ""
        parts.append(f"## {benchmark.title}\n\n`weishang verify {name}`{drawn}\n\n{listed}")
    return "\n\n".join(parts) + "\n"
