"""`weishang compare`: several scenarios in twin worlds."""

import dataclasses
import shlex
from collections.abc import Sequence
from typing import Any

from sim import scenario as scenarios
from sim.cli.arguments import Arguments
from sim.cli.configuration import policies_named, scenario_of, sort_words
from sim.cli.damage import damage_told
from sim.cli.report import given_words, split_words
from sim.fields import ParameterError
from sim.parameters import Settings
from sim.report import PAGE, make_report
from sim.report.options import options_from, require_criterion
from sim.scenario import SETTINGS, Scenario, nearest, options, shown, to_mapping
from sim.study.pairing import PAIRING, Pairing, build_pairing, check_scenarios

OWN = ("scenarios", *PAIRING)
"""Keys that only this verb has."""


def run(arguments: Arguments) -> int:
    """Compare the scenarios, print the table, make the report; with `--cfg job` print the configuration only."""
    of_report, words = split_words(arguments.words)
    given = options_from(given_words(of_report))
    arguments = dataclasses.replace(arguments, words=tuple(words))
    compared, settings, pairing = configure(arguments)
    if arguments.cfg:
        print(configuration_text(compared, settings, pairing), end="")
        return 0
    from sim.cli.progress import ProgressLine
    from sim.measures import catalogue
    from sim.study.compare import compare_scenarios

    require_criterion(given.criterion, (each.name for each in catalogue(compared[0].parameters.brands.n_brands)))
    command = shlex.join(["weishang", *arguments.typed])
    with ProgressLine("compare", is_quiet=arguments.quiet) as progress:
        results = compare_scenarios(compared, settings, pairing, command=command, progress=progress)
    if not arguments.quiet:
        from sim.cli.effects import summary

        with damage_told(results.folder):
            text = summary(compared, results)
        print(text)
    page = results.folder / PAGE
    if results.is_new or of_report or not page.is_file():
        make_report(results.folder, given=given)
    if not arguments.quiet:
        print(f"report: {page}")
    return 0


def configure(arguments: Arguments) -> tuple[list[Scenario], Settings, Pairing]:
    """Return the scenarios, how much is run and how it is paired; raises ParameterError with one line."""
    own, rest = own_words(arguments)
    names = listed_names(own, arguments)
    chosen, values = sort_words(rest, OWN)
    if "scenario" in chosen:
        raise ParameterError(f"scenario={chosen['scenario']!r}: allowed for `compare` is scenarios=[NAME,NAME,...]")
    compared = [scenario_of({"scenario": name, **chosen}, values, rest) for name in names]
    settings, pairing = build_pairing(
        {key: value for key, value in values.items() if key in SETTINGS}
        | {key: value_of(own[key]) for key in PAIRING if key in own}
    )
    for each in compared:
        scenarios.refuse_late(each.parameters.policies, policies_named(values), settings.weeks)
    check_scenarios(compared, pairing.fork_week)
    return compared, settings, pairing


def own_words(arguments: Arguments) -> tuple[dict[str, str], Arguments]:
    """Return the text of keys that only this verb has, and the arguments without these."""
    own: dict[str, str] = {}
    rest = []
    for word in arguments.words:
        key, equals, text = word.partition("=")
        if equals and key.lstrip("+") in OWN:
            own[key.lstrip("+")] = text
        else:
            rest.append(word)
    return own, dataclasses.replace(arguments, words=tuple(rest))


def value_of(text: str) -> int | str | None:
    """Return what was typed: a whole number, nothing (null), or text."""
    if text == "null":
        return None
    return int(text) if text.lstrip("+-").isdecimal() and len(text) < 20 else text


def listed_text(text: str) -> list[str]:
    """Return the names in a list as it is typed.

    >>> listed_text("[a, 'b']")
    ['a', 'b']
    """
    return [name.strip().strip("'\"") for name in text.removeprefix("[").removesuffix("]").split(",")]


def listed_names(own: dict[str, str], arguments: Arguments) -> list[str]:
    """Return the names in `scenarios=[...]`; raises ParameterError for one that there is not."""
    if "scenarios" not in own:
        raise ParameterError("scenarios: missing; allowed is scenarios=[NAME,NAME,...], the first is the baseline")
    text = own["scenarios"]
    names = listed_text(text)
    known = options("scenario", arguments.config_dirs)
    for name in names:
        if name not in known:
            close = nearest(name, known)
            raise ParameterError(
                f"scenarios={shown(text)}: no such scenario {shown(name)}{close}; allowed are {', '.join(known)}"
            )
    return names


def configuration_text(compared: Sequence[Scenario], settings: Settings, pairing: Pairing) -> str:
    """Return the full configuration, defaults included, as YAML."""
    import yaml

    whole: dict[str, Any] = {"scenarios": [each.name for each in compared]}
    whole |= dataclasses.asdict(settings) | dataclasses.asdict(pairing)
    if pairing.target is not None:
        whole["replications"] = "auto"
    whole["parameters"] = {each.name: to_mapping(each.parameters) for each in compared}
    return str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))
