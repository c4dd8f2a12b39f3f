"""`weishang explore`: the students' page, served until it is interrupted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.cli.arguments import Arguments
from sim.cli.configuration import sort_words
from sim.fields import ParameterError
from sim.scenario import PARTS, at_home, build_settings, folders, is_folder, nested, shown

MOST_TABS = 1_000


def run(arguments: Arguments) -> int:
    """Serve the page; returns when it is interrupted."""
    from sim.explore import seats, server

    folders(arguments.config_dirs)
    given = configure(arguments)
    say: Callable[[str], None] = (lambda _: None) if arguments.quiet else (lambda text: print(text, flush=True))
    port = number("--port", arguments.port, server.PORT, 1, 65_535)
    tabs = number("--tabs", arguments.tabs, seats.TABS, 1, MOST_TABS)
    say("weishang: preparing the town (the very first time the kernels are compiled: a minute or two)")
    server.serve(given, host=arguments.host or server.HOST, port=port, tabs=tabs, say=say)
    return 0


def configure(arguments: Arguments) -> Any:
    """Return the set-up with which tabs begin; raises ParameterError."""
    from sim.explore import lesson, setup

    setup.config_dirs[:] = arguments.config_dirs
    setup.own_folders[:] = [folder_of(each) for each in arguments.lessons]
    lesson.catalogue()
    chosen, values = sort_words(arguments)
    if "network" in chosen:
        raise ParameterError(f"network={chosen['network']}: the page draws its own towns; allowed is to leave it out")
    settings: dict[str, Any] = {key: values.pop(key) for key in ("seed", "weeks") if key in values}
    for key, value in values.items():
        if key.partition(".")[0] not in PARTS:
            raise ParameterError(f"{key}={shown(value)}: not of the page; allowed are seed, weeks and parameters")
    checked = build_settings(settings)
    policies = nested({key: each for key, each in values.items() if key.partition(".")[0] == "policies"})
    town = {key: each for key, each in values.items() if key.partition(".")[0] != "policies"}
    return setup.first_setup(
        chosen.get("scenario", setup.TOWN),
        seed=checked.seed,
        weeks=checked.weeks,
        town=town,
        policies=policies.get("policies"),
    )


def folder_of(text: str) -> Path:
    """Return a folder of lessons; raises ParameterError."""
    folder = at_home(text)
    if not is_folder(folder):
        raise ParameterError(f"--lessons={shown(text)}: no such folder; allowed is a folder of lessons (YAML)")
    return folder.resolve()


def number(option: str, text: str | None, usual: int, low: int, high: int) -> int:
    """Return the whole number of an option; raises ParameterError."""
    if text is None:
        return usual
    if not text.isdecimal() or len(text) > 9 or not low <= int(text) <= high:
        raise ParameterError(f"{option}={shown(text)}: allowed is a whole number from {low} to {high}")
    return int(text)
