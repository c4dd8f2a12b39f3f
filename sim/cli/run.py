"""`weishang run`: one scenario, some seeds."""

import dataclasses
import shlex

from sim.cli.arguments import Arguments
from sim.cli.configuration import configure
from sim.cli.damage import damage_told
from sim.parameters import Settings
from sim.scenario import Scenario, to_mapping


def run(arguments: Arguments) -> int:
    """Run the scenario and print its table; with `--cfg job` print the configuration only."""
    scenario, settings = configure(arguments)
    if arguments.cfg:
        print(configuration_text(scenario, settings), end="")
        return 0
    from sim.cli.progress import ProgressLine
    from sim.study.runner import run_scenario

    command = shlex.join(["weishang", *arguments.typed])
    with ProgressLine("run", is_quiet=arguments.quiet) as progress:
        results = run_scenario(scenario, settings, command=command, progress=progress)
    if not arguments.quiet:
        from sim.cli.summary import summary

        with damage_told(results.folder):
            text = summary(scenario, results)
        print(text)
    return 0


def configuration_text(scenario: Scenario, settings: Settings) -> str:
    """Return the full configuration, defaults included, as YAML."""
    import yaml

    whole = {"scenario": scenario.name} | dataclasses.asdict(settings) | to_mapping(scenario.parameters)
    return str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))
