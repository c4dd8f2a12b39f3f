"""From `group=option` and `key=value` to a scenario and settings.

Hydra composes the files and reads the values; `sim.scenario` lays these on the files and checks. The
defaults live in dataclasses, so that Hydra would ask for `++key=value`, which nobody has to type here.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim import scenario as scenarios
from sim.cli.arguments import Arguments
from sim.fields import ParameterError
from sim.parameters import PARAMETER_GROUPS, Settings
from sim.scenario import SETTINGS, Scenario, shown

GROUPS = {"scenario": "scenario@_global_", "network": "network"}
"""Groups of configurations, with the name under which Hydra's defaults list knows them."""


def configure(arguments: Arguments) -> tuple[Scenario, Settings]:
    """Return the scenario and the settings that were asked for; raises ParameterError with one line."""
    chosen, values = sort_words(arguments)
    scenario = scenario_of(chosen, values, arguments)
    settings = scenarios.build_settings({key: value for key, value in values.items() if key in SETTINGS})
    scenarios.refuse_late(scenario.parameters.policies, policies_named(values), settings.weeks)
    return scenario, settings


def scenario_of(chosen: Mapping[str, str], values: Mapping[str, Any], arguments: Arguments) -> Scenario:
    """Return the scenario made of options chosen by group and of values by key."""
    folders = scenarios.folders(arguments.config_dirs)
    name = chosen.get("scenario", "baseline")
    as_filed = scenarios.load(name, config_dirs=arguments.config_dirs)  # what is wrong in the file is said of the file
    if "network" in chosen:
        file = scenarios.option_file("network", chosen["network"], arguments.config_dirs)
        scenarios.checked("network", scenarios.read_yaml(file), PARAMETER_GROUPS["network"])
    content = composed(folders, [f"{GROUPS[group]}={quoted(option)}" for group, option in chosen.items()])
    content = {key: value for key, value in content.items() if key not in scenarios.TEXTS}
    given = {key: value for key, value in values.items() if key not in SETTINGS}
    return scenarios.compose(name, as_filed.description, content, given, as_filed.texts)


def quoted(text: str) -> str:
    """Return a text as Hydra reads it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def policies_named(given: Mapping[str, Any]) -> list[str]:
    """Return the policies of which something is said on the command line."""
    return list(scenarios.nested(given).get("policies") or ())


def composed(folders: Sequence[Path], overrides: Sequence[str]) -> dict[str, Any]:
    """Return what Hydra composes from the folders, the first of which win, as plain mappings."""
    *extra, main = folders
    try:
        with _searched_first(extra), initialize_config_dir(str(main), version_base="1.3"):
            return OmegaConf.to_container(compose("config", overrides=list(overrides)), resolve=True)
    except (HydraException, OmegaConfBaseException) as error:
        lines = str(error).strip().splitlines()
        raise ParameterError(lines[0] if lines else "the configuration cannot be composed") from None


def sort_words(arguments: Arguments, beside: Sequence[str] = ()) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the options chosen by group, and the values by key, in the order of their last mention.

    beside: keys that the verb reads itself, of which one mistyped may be the nearest
    """
    chosen: dict[str, str] = {}
    values: dict[str, Any] = {}
    parser = OverridesParser.create()
    for word in arguments.words:
        key, text = _split(word, arguments)
        if key in GROUPS and not text.startswith("{"):
            if key in chosen:
                raise ParameterError(f"{key}={shown(text)}: {key} is given twice; allowed is once")
            scenarios.option_file(key, _unswept(key, text, arguments), arguments.config_dirs)
            chosen[key] = text
        else:
            _require_known(key, text, beside)
            values.pop(key, None)
            values[key] = _parsed(parser, key, text, arguments)
    return chosen, values


def _split(word: str, arguments: Arguments) -> tuple[str, str]:
    key, equals, text = word.partition("=")
    if not equals:
        names = [f"scenario={name}" for name in scenarios.options("scenario", arguments.config_dirs)]
        close = scenarios.nearest(f"scenario={key}", names) or scenarios.nearest(key, [*GROUPS, *scenarios.all_keys()])
        raise ParameterError(f"{shown(key)}: no value{close}; allowed is key=value")
    if key.startswith("~"):
        raise ParameterError(f"{key}={shown(text)}: keys cannot be taken away; allowed is key=value")
    return key.lstrip("+"), text


def _unswept(key: str, text: str, arguments: Arguments) -> str:
    if "," in text or text.startswith(("choice(", "glob(")):
        raise _sweep(key, text, arguments)
    return text


def _sweep(key: str, text: str, arguments: Arguments) -> ParameterError:
    allowed = f"allowed for `{arguments.verb}` is one value a key, several for `weishang sweep`"
    return ParameterError(f"{key}={shown(text)}: several values; {allowed}")


def _require_known(key: str, text: str, beside: Sequence[str]) -> None:
    """Raise ParameterError unless there is such a key."""
    if key in scenarios.all_keys() or key in scenarios.PARTS:
        return
    if key.partition(".")[0] in scenarios.PARTS:
        scenarios.build({key: text})
    raise scenarios.unknown(key, text, dict.fromkeys([*beside, *GROUPS, *SETTINGS, *scenarios.PARTS]))


def _parsed(parser: OverridesParser, key: str, text: str, arguments: Arguments) -> Any:
    """Return what a value's text stands for."""
    if _is_text(key) and text != "null":
        plain = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
        if plain.startswith("~/"):  # not every shell does this behind `=`
            plain = str(scenarios.at_home(plain))
        return plain
    try:
        if "${" in text:
            raise ValueError("a reference: defaults are not in Hydra's configuration")
        override = parser.parse_override(f"++{key}={text}")
    except (HydraException, ValueError):  # also a number of too many digits
        (scenarios.build_settings if key in SETTINGS else scenarios.build)({key: text})
        raise ParameterError(f"{key}={shown(text)}: cannot be read as a value") from None
    if override.is_sweep_override():
        raise _sweep(key, text, arguments)
    return override.value()


def _is_text(key: str) -> bool:
    declared = scenarios.declared_at(key)
    return declared is not None and "str" in str(declared.type)


class _ExtraFolders(SearchPathPlugin):
    """Hydra's way to add folders of configurations; they come before the built-in ones."""

    folders: Sequence[Path] = ()

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for folder in reversed(self.folders):
            search_path.prepend("--config-dir", f"file://{folder.resolve()}")


@contextmanager
def _searched_first(folders: Sequence[Path]) -> Iterator[None]:
    if folders:
        Plugins.instance().register(_ExtraFolders)
    _ExtraFolders.folders = folders
    try:
        yield
    finally:
        _ExtraFolders.folders = ()
