"""`weishang attribute scenario=PACKAGE`: Shapley shares of the policies of a package."""

import shlex
from typing import TYPE_CHECKING, Any

from sim.cli.arguments import Arguments
from sim.cli.compare import listed_text
from sim.cli.configuration import sort_words
from sim.fields import ParameterError
from sim.scenario import SETTINGS, build_settings

if TYPE_CHECKING:
    import pandas as pd

OWN = ("players",)


def run(arguments: Arguments) -> int:
    """Run all subsets of the players and print the shares."""
    from sim.cli.progress import ProgressLine
    from sim.study.attribution import attribute

    own, values, name = configure(arguments)
    settings = build_settings({key: value for key, value in values.items() if key in SETTINGS})
    overrides = {key: value for key, value in values.items() if key not in SETTINGS}
    command = shlex.join(["weishang", *arguments.typed])
    with ProgressLine("attribute", is_quiet=arguments.quiet) as progress:
        table, folder = attribute(
            name, own, settings=settings, config_dirs=arguments.config_dirs, command=command, progress=progress,
            **overrides,
        )  # fmt: skip
    if not arguments.quiet:
        print("\n".join([*lines_of(table), f"results in {folder}"]))
    return 0


def configure(arguments: Arguments) -> tuple[list[str] | None, dict[str, Any], str]:
    """Return the players, the values by key, and the package; raises ParameterError."""
    import dataclasses

    own = [word for word in arguments.words if word.partition("=")[0] in OWN and "=" in word]
    rest = dataclasses.replace(arguments, words=tuple(word for word in arguments.words if word not in own))
    chosen, values = sort_words(rest, OWN)
    if set(chosen) - {"scenario"}:
        raise ParameterError("network: allowed for `attribute` is network.kind=... with network.path=...")
    if "scenario" not in chosen:
        raise ParameterError("scenario: missing; allowed is scenario=PACKAGE, e.g. scenario=way_out")
    return (listed_text(own[-1].partition("=")[2]) if own else None), values, chosen["scenario"]


def lines_of(table: "pd.DataFrame") -> list[str]:
    """Return the shares of every measure with intervals."""
    lines: list[str] = []
    for measure, rows in table.groupby("measure", sort=False):
        lines.append(f"{measure}: change {rows['whole'].iloc[0]:+.4g} (n = {rows['n'].iloc[0]})")
        width = max(map(len, rows["player"]))
        lines += [
            f"  {row['player']:<{width}} {row['share']:+.4g} [{row['ci_low']:+.4g}, {row['ci_high']:+.4g}]"
            for row in rows.to_dict("records")
        ]
    return lines
