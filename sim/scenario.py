"""Scenarios: from a name or plain mappings to checked parameters, and back.

A scenario file (`configs/scenario/NAME.yaml`) holds a description and departures from the
defaults. What is wrong with it, or with a mapping from Python or the command line, is said in
one line that names the key, the value, what is allowed and the nearest name there is.
"""

import dataclasses
import difflib
import numbers
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from sim.parameters import PARAMETER_GROUPS, Group, ParameterError, Parameters, Scandal, Settings, check

SETTINGS = tuple(declared.name for declared in dataclasses.fields(Settings))
"""Keys of how much is run; they belong to the command line, not to a scenario."""

PARTS = (*PARAMETER_GROUPS, "scandals", "policies")
"""Keys at the top of a scenario, beside its description."""

_LONGEST_VALUE = 80


@dataclass(frozen=True)
class Scenario:
    """A named market: its parameters, and how they depart from the defaults."""

    name: str
    description: str
    parameters: Parameters
    departures: Mapping[str, Any]


def load(name: str, *, overrides: Mapping[str, Any] | None = None, config_dirs: Iterable[Path | str] = ()) -> Scenario:
    """Return the scenario in `scenario/NAME.yaml` of `config_dirs` or the built-in configurations.

    overrides: nested (`{"shops": {"initial_share": .1}}`) or dotted (`{"shops.initial_share": .1}`)
    Raises ParameterError with one line.
    """
    content = read(name, config_dirs)
    description = content.pop("description", "")
    try:
        build(content)  # a file must stand on its own
    except ParameterError as error:
        raise ParameterError(f"scenario {name}: {error}") from None
    return compose(name, description, content, overrides or {})


def compose(name: str, description: str, content: Mapping[str, Any], overrides: Mapping[str, Any]) -> Scenario:
    """Return the scenario made of a file's content and of overrides, which come last."""
    chosen = nested(overrides)
    whole = merge(nested(content), chosen)
    if _network_kind(whole) == "file" and "n_people" not in _mapping_at(chosen, "population"):
        whole["population"] = {key: value for key, value in whole.get("population", {}).items() if key != "n_people"}
    parameters = build(whole)
    return Scenario(name, description, parameters, MappingProxyType(departures(parameters)))


def build(mapping: Mapping[str, Any]) -> Parameters:
    """Return parameters from nested (or dotted) plain mappings; what is not named keeps its default."""
    parts = nested(mapping)
    for name, value in parts.items():
        if name not in PARTS:
            raise unknown(name, value, PARTS)
    refuse_policies(parts.get("policies"))
    groups = {name: cls(**checked(name, _mapping_at(parts, name), cls)) for name, cls in PARAMETER_GROUPS.items()}
    _check_network(parts)
    return Parameters(**groups, scandals=_build_scandals(parts.get("scandals")))  # type: ignore[arg-type]


def build_settings(mapping: Mapping[str, Any]) -> Settings:
    """Return how much is run, from the keys of `Settings`."""
    settings = Settings(**checked("", mapping, Settings))
    last = settings.seed + settings.replications - 1
    allowed = next(each for each in dataclasses.fields(Settings) if each.name == "seed").metadata["high"]
    if last > allowed:
        raise ParameterError(
            f"replications={settings.replications}: the last seed would be {last}; allowed is up to {allowed}"
        )
    return settings


def checked(prefix: str, mapping: Mapping[str, Any], cls: type[Group]) -> dict[str, Any]:
    """Return the values of a group with their types put right; raises ParameterError for the first wrong one."""
    declared = {each.name: each for each in dataclasses.fields(cls)}  # type: ignore[arg-type]
    values = {}
    for key, value in mapping.items():
        name = f"{prefix}.{key}" if prefix else key
        if key not in declared:
            raise unknown(name, value, declared, prefix)
        values[key] = converted(value, declared[key])
        try:
            check(name, values[key], declared[key])
        except ParameterError as error:
            raise ParameterError(str(error).replace(f"={values[key]!r}:", f"={shown(value)}:", 1)) from None
        if values[key] == "":
            raise ParameterError(f"{name}='': empty; allowed is a {declared[key].metadata['unit']}")
    return values


def converted(value: Any, declared: "dataclasses.Field[Any]") -> Any:
    """Return `value` as the declared type wherever nothing is lost; otherwise as it is.

    PyYAML reads `1e3` as text and Hydra as a float; numpy's numbers are no Python numbers.
    """
    kind = str(declared.type).replace(" | None", "").removeprefix("<class '").removesuffix("'>")
    if kind not in ("int", "float") or isinstance(value, bool):
        return value
    try:
        if isinstance(value, str):
            value = int(value) if value.strip("+-").isdecimal() else float(value)
        if isinstance(value, numbers.Integral):
            as_float = float(value)
            return int(value) if kind == "int" else as_float
        if isinstance(value, numbers.Real):
            as_float = float(value)
            return int(as_float) if kind == "int" and as_float.is_integer() else as_float
    except ValueError:
        return value
    except OverflowError:  # an integer beyond every float
        return float("inf")
    return value


def refuse_policies(policies: Any) -> None:
    """Raise ParameterError if any policy is named: the one place where their names are checked."""
    if policies:
        named = ", ".join(map(str, policies)) if isinstance(policies, Mapping | list | tuple) else policies
        raise ParameterError(
            f"policies={shown(str(named))}: this version has no policies, the next one will; allowed is none"
        )


def _build_scandals(given: Any) -> tuple[Scandal, ...]:
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise ParameterError(f"scandals={shown(given)}: allowed is a list of mappings (week, venue, cut)")
    scandals = []
    for number, each in enumerate(given):
        name = f"scandals[{number}]"
        if not isinstance(each, Mapping):
            raise ParameterError(f"{name}={shown(each)}: allowed is a mapping (week, venue, cut)")
        scandals.append(Scandal(**checked(name, each, Scandal)))
    return tuple(scandals)


def _check_network(parts: Mapping[str, Any]) -> None:
    network, kind = _mapping_at(parts, "network"), _network_kind(parts)
    path, people = network.get("path"), _mapping_at(parts, "population").get("n_people")
    if kind == "file" and path is None:
        raise ParameterError("network.path=None: network.kind=file needs an edge list; allowed is a file's path")
    if kind != "file" and path is not None:
        raise ParameterError(f"network.path={shown(path)}: read only with network.kind=file; add network=file")
    if kind == "file" and people is not None:
        raise ParameterError(
            f"population.n_people={shown(people)}: the number of people comes from {shown(path)}; "
            "allowed is to leave it out with network.kind=file"
        )


def _network_kind(parts: Mapping[str, Any]) -> Any:
    return _mapping_at(parts, "network").get("kind", Parameters().network.kind)


def _mapping_at(parts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the mapping at a key, empty if there is none."""
    value = parts.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        keys = ", ".join(each.name for each in dataclasses.fields(PARAMETER_GROUPS[name]))  # type: ignore[arg-type]
        raise ParameterError(f"{name}={shown(value)}: a group of keys; allowed in {name} are {keys}")
    return value


# mappings -------------------------------------------------------------------------------------


def nested(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a copy with dotted keys split and mappings as plain dictionaries."""
    result: dict[str, Any] = {}
    for key, value in mapping.items():
        head, dot, rest = str(key).partition(".")
        if dot:
            value = nested({rest: value})
        elif isinstance(value, Mapping):
            value = nested(value)
        result = merge(result, {head: value})
    return result


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` laid on it, key by key; lists are replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        is_deep = isinstance(value, Mapping) and isinstance(below, Mapping)
        result[key] = merge(below, value) if is_deep else value  # type: ignore[arg-type]
    return result


def flattened(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return dotted keys to values; entries of lists are numbered, e.g. `scandals[0].week`."""
    flat: dict[str, Any] = {}
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}.{name}": each for name, each in flattened(value).items()}
        elif isinstance(value, list | tuple):
            flat |= flattened({f"{key}[{number}]": each for number, each in enumerate(value)})
        else:
            flat[key] = value
    return flat


def to_mapping(parameters: Parameters) -> dict[str, Any]:
    """Return all parameters as plain mappings, from which `build` makes the same parameters."""
    mapping: dict[str, Any] = {name: dataclasses.asdict(getattr(parameters, name)) for name in PARAMETER_GROUPS}
    if parameters.network.kind == "file":
        del mapping["population"]["n_people"]  # comes from the file
    mapping["scandals"] = [dataclasses.asdict(each) for each in parameters.scandals]
    return mapping


def departures(parameters: Parameters) -> dict[str, Any]:
    """Return what differs from the defaults, as plain mappings."""
    given, usual = to_mapping(parameters), to_mapping(Parameters())
    differing: dict[str, Any] = {}
    for name in PARAMETER_GROUPS:
        group = {key: value for key, value in given[name].items() if value != usual[name][key]}
        if group:
            differing[name] = group
    if parameters.scandals:
        differing["scandals"] = given["scandals"]
    return differing


# names and errors -----------------------------------------------------------------------------


def all_keys() -> list[str]:
    """Return every key that can be set."""
    groups = [(name, cls) for name, cls in PARAMETER_GROUPS.items()]
    return [*SETTINGS, *(f"{name}.{each.name}" for name, cls in groups for each in dataclasses.fields(cls)), "scandals"]  # type: ignore[arg-type]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return '; nearest is NAME' for the known name most like `name`, or nothing."""
    candidates = list(known)
    by_last_part = {each.rpartition(".")[2]: each for each in reversed(candidates)}
    last = name.rpartition(".")[2]
    close = difflib.get_close_matches(name, candidates, 1, 0.75) or [
        by_last_part[each] for each in difflib.get_close_matches(last, by_last_part, 1, 0.7)
    ]
    close = close or difflib.get_close_matches(name, candidates, 1, 0.6)
    return f"; nearest is {close[0]}" if close else ""


def unknown(name: str, value: Any, beside: Iterable[str], group: str = "") -> ParameterError:
    """Return the error for a key that does not exist; `beside` are the keys of its group, or at the top."""
    if name in SETTINGS:
        return ParameterError(f"{name}={shown(value)}: not part of a scenario; give it on the command line or to run()")
    allowed = list(beside)
    close = nearest(name, [f"{group}.{each}" for each in allowed] if group else [*allowed, *all_keys()])
    within = f" in {group}" if group else ""
    return ParameterError(f"{name}={shown(value)}: no such key{close}; allowed{within} are {', '.join(allowed)}")


def shown(value: Any) -> str:
    """Return a value as it is quoted in an error: on one line, not too long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


# files ----------------------------------------------------------------------------------------


def config_folder() -> Path:
    """Return the folder of the built-in configurations: in the wheel, or at the top of the checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "configs", here.parent / "configs"):
        if (folder / "config.yaml").is_file():
            return folder
    raise ParameterError(f"{here / 'configs'}: the configurations are missing; install weishang again")


def folders(config_dirs: Iterable[Path | str] = ()) -> list[Path]:
    """Return the folders of configurations, the first to hold a name wins."""
    extra = [Path(each).expanduser() for each in config_dirs]
    for folder in extra:
        if not folder.is_dir():
            raise ParameterError(
                f"--config-dir={shown(str(folder))}: no such folder; allowed is a folder of configurations"
            )
    return [*extra, config_folder()]


def options(group: str, config_dirs: Iterable[Path | str] = ()) -> dict[str, Path]:
    """Return the names in a group of configurations (`scenario`, `network`) with their files."""
    found: dict[str, Path] = {}
    for folder in folders(config_dirs):
        for path in sorted((folder / group).glob("*.yaml")):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def option_file(group: str, name: str, config_dirs: Iterable[Path | str] = ()) -> Path:
    """Return the file of one name in a group; raises ParameterError that tells the names there are."""
    found = options(group, config_dirs)
    if name not in found:
        raise ParameterError(
            f"{group}={shown(name)}: no such {group}{nearest(str(name), found)}; allowed are {', '.join(found)}"
        )
    return found[name]


def available(config_dirs: Iterable[Path | str] = ()) -> dict[str, str]:
    """Return the names of all scenarios with their descriptions."""
    return {name: _description(path) for name, path in options("scenario", config_dirs).items()}


def _description(path: Path) -> str:
    try:
        return str(read_yaml(path).get("description", ""))
    except ParameterError:
        return "(cannot be read)"


def read(name: str, config_dirs: Iterable[Path | str] = ()) -> dict[str, Any]:
    """Return the content of a scenario file."""
    return read_yaml(option_file("scenario", name, config_dirs))


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file (empty for an empty file); raises ParameterError with one line."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}:" if error.problem_mark else ""
        raise ParameterError(f"{path}:{line} {error.problem}; allowed is YAML") from None
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: no UTF-8, or a number of too many digits
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ParameterError(f"{path}: {reason}; allowed is YAML") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ParameterError(f"{path}: holds {shown(content)}; allowed is a mapping of keys")
    if not isinstance(content.get("description", ""), str):
        raise ParameterError(f"{path}: description={shown(content['description'])}: allowed is text")
    return content


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Safe YAML in which a key given twice is an error, as it is for Hydra."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
            seen.add(key)
        return dict(super().construct_mapping(node, deep))
