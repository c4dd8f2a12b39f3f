"""`weishang study NAME`: the claims of a study, on the baseline and on plausible worlds."""

import dataclasses
import shlex
from typing import Any

from sim import scenario as scenarios
from sim.cli.arguments import Arguments
from sim.cli.compare import value_of
from sim.cli.configuration import sort_words
from sim.cli.layout import heading
from sim.fields import ParameterError
from sim.scenario import SETTINGS, checked
from sim.study.claims import RULE, Study, available, load_study
from sim.study.studying import Findings, Worlds, run_study

REPLICATIONS = 20
"""Pairs on the baseline unless replications= says otherwise."""

WORLDS = tuple(declared.name for declared in dataclasses.fields(Worlds))


def run(arguments: Arguments) -> int:
    """Run the study and print its table."""
    study, overrides, settings, worlds = configure(arguments)
    from sim.cli.progress import ProgressLine

    command = shlex.join(["weishang", *arguments.typed])
    with ProgressLine("study", is_quiet=arguments.quiet) as progress:
        findings = run_study(
            study, overrides, settings, worlds, config_dirs=arguments.config_dirs, command=command, progress=progress
        )
    if not arguments.quiet:
        print("\n".join(summary(study, findings)))
    return 0


def configure(arguments: Arguments) -> tuple[Study, dict[str, Any], Any, Worlds]:
    """Return the study, overrides of parameters, settings, and how many worlds; raises ParameterError."""
    name, *words = arguments.words or ("",)
    if not name or "=" in name:
        raise ParameterError(f"study: which one? allowed are {', '.join(available())}")
    study = load_study(name)
    own = dict(word.split("=", 1) for word in words if word.partition("=")[0] in WORLDS and "=" in word)
    rest = dataclasses.replace(arguments, words=tuple(word for word in words if word.partition("=")[0] not in WORLDS))
    chosen, values = sort_words(rest, WORLDS)
    if chosen:
        key, value = next(iter(chosen.items()))
        raise ParameterError(f"{key}={value!r}: a study has its own scenarios; allowed is key=value")
    worlds = Worlds(**checked("", {key: value_of(text) for key, text in own.items()}, Worlds))
    settings = scenarios.build_settings(
        {"replications": REPLICATIONS} | {key: value for key, value in values.items() if key in SETTINGS}
    )
    return study, {key: value for key, value in values.items() if key not in SETTINGS}, settings, worlds


def summary(study: Study, findings: Findings) -> list[str]:
    """Return the table of claims with the tests below each."""
    lines = [study.title, ""]
    for claim in findings.claims.to_dict("records"):
        share = f"holds in {claim['share_of_worlds']:.0%} of {claim['n_worlds']} worlds"
        lines += [f"{claim['claim']:>3} {claim['verdict']}; {share}", f"    {claim['title']}"]
        for test in findings.tests[findings.tests["claim"] == claim["claim"]].to_dict("records"):
            margin = f"{test['margin']:.3g} [{test['ci_low']:.3g}, {test['ci_high']:.3g}]"
            lines.append(f"      {test['says']:<11} {test['expected']}: {margin}")
        if claim["depends"]:
            lines += heading(f"      depends: {claim['depends']}")
    return [*lines, "", *heading(RULE), f"page and tables in {findings.folder}"]
