"""Section 14: how anyone gets the same numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from sim.report.blocks import Block, Code, Heading, Table, Text
from sim.report.material import Material
from sim.report.sections.base import Chapter
from sim.report.words import Words


class Reproduce(Chapter):
    """Commands, hashes, versions, and the full configuration."""

    number, name = 14, "reproduce"

    def why_not(self, material: Material, words: Words) -> str:
        """Never."""
        return ""

    def blocks(self, material: Material, words: Words) -> Iterator[Block]:
        """Yield the commands, what they made, and the configuration as YAML."""
        import pandas as pd

        manifest = material.manifest
        commands = [
            str(manifest.get("command", "-")),
            *(str(each.get("command", "-")) for _, each in material.included),
        ]
        yield Code(words("commands"), "\n".join(commands))
        rows = list(facts(manifest, words))
        data = pd.DataFrame(rows, columns=["fact", "value"])
        yield Table("facts", words("facts_caption"), [words("fact"), words("value")], rows, data, words=(1,))
        yield Text(words("reproduce_note"), "note")
        if lines := list(to_add(material)):
            yield Heading(words("to_add"))
            yield Code("", "\n".join(lines))
        whole = yaml.safe_dump(manifest["configuration"], sort_keys=False, allow_unicode=True)
        yield Code(words("configuration"), whole, is_folded=True)


def to_add(material: Material) -> Iterator[str]:
    """Yield the lines that would make what this report does not have."""
    if not material.options:
        return
    best = material.others[-1].name
    if not material.sweeps:
        yield f"weishang sweep scenario={best} design=lhs 'KEY=interval(LOW,HIGH)' ... against={material.baseline.name}"
        yield "weishang analyse SWEEP_FOLDER"
    if not material.attributions:
        yield f"weishang attribute scenario={best}"
    if not material.patterns:
        yield "weishang calibrate"
    if not material.benchmarks:
        yield "weishang verify"
    if not (material.sweeps and material.attributions and material.patterns and material.benchmarks):
        yield "weishang report FOLDER_OF_THIS 'report.include=[FOLDER,FOLDER]'"


def facts(manifest: Mapping[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    """Yield what identifies the results."""
    seeds = list(manifest.get("seeds", []))
    told = {
        "seeds": f"{seeds[0]} … {seeds[-1]} ({len(seeds)})" if seeds else "",
        "people": str(manifest.get("n_people", "")), "finished": str(manifest.get("finished", "")),
        **{name: str(manifest.get(name, "")) for name in ("configuration_hash", "code_hash", "result_hash")},
        "commit": str(manifest.get("git_commit") or ""),
        "clean": "" if manifest.get("git_is_clean") is None else words("yes" if manifest["git_is_clean"] else "no"),
        "versions": ", ".join(f"{name} {version}" for name, version in manifest.get("versions", {}).items()),
    }  # fmt: skip
    for name, value in told.items():
        if value:
            yield words.of("facts", name), value
