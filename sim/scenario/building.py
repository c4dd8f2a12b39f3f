"""From a scenario's name or plain mappings to checked parameters, and back."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.fields import ParameterError
from sim.parameters import PARAMETER_GROUPS, Parameters, Scandal, Settings
from sim.scenario.files import read
from sim.scenario.mappings import merge, nested
from sim.scenario.names import PARTS, shown, unknown
from sim.scenario.phases import build_policies, by_name, changed_fields, laid_on, plain_fields
from sim.scenario.texts import LANGUAGES, TEXTS, Texts, plain, texts_in
from sim.scenario.values import checked


@dataclass(frozen=True)
class Scenario:
    """A named market: its parameters, and how they depart from the defaults.

    description: in English, or the only one there is; texts: label and description by language, as far as given
    """

    name: str
    description: str
    parameters: Parameters
    departures: Mapping[str, Any]
    texts: Texts = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it is called, in English or the only language there is: its name if nobody said so."""
        return plain(self.texts.get("label", {})) or self.name

    @property
    def wording(self) -> dict[str, dict[str, str]]:
        """Label and description by language, as manifests keep them."""
        usual = {"label": self.name, "description": self.description}
        return {key: dict(self.texts.get(key) or ({LANGUAGES[0]: usual[key]} if usual[key] else {})) for key in TEXTS}


def load(name: str, *, overrides: Mapping[str, Any] | None = None, config_dirs: Iterable[Path | str] = ()) -> Scenario:
    """Return the scenario in `scenario/NAME.yaml` of `config_dirs` or the built-in configurations.

    overrides: nested (`{"shops": {"initial_share": .1}}`) or dotted (`{"shops.initial_share": .1}`)
    Raises ParameterError with one line.
    """
    content = read(name, config_dirs)
    texts = texts_in(content)
    content = {key: value for key, value in content.items() if key not in TEXTS}
    try:
        build(content)  # a file must stand on its own
    except ParameterError as error:
        raise ParameterError(f"scenario {name}: {error}") from None
    return compose(name, plain(texts.get("description", {})), content, overrides or {}, texts)


def compose(
    name: str,
    description: str,
    content: Mapping[str, Any],
    overrides: Mapping[str, Any],
    texts: Texts | None = None,
) -> Scenario:
    """Return the scenario made of a file's content and of overrides, which come last, one after the other.

    texts: label and description by language
    """
    whole, chosen = assembled(content, overrides), nested(overrides)
    if _network_kind(whole) == "file" and "n_people" not in _mapping_at(chosen, "population"):
        population = _mapping_at(whole, "population")
        whole["population"] = {key: value for key, value in population.items() if key != "n_people"}
    parameters = build(whole)
    return Scenario(name, description, parameters, MappingProxyType(departures(parameters)), texts or {})


def assembled(*mappings: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested (or dotted) mappings laid on each other, entry after entry, the last on top."""
    whole: dict[str, Any] = {}
    for mapping in mappings:
        for key, value in mapping.items():
            entry = nested({key: value})
            policies = laid_on(whole.get("policies"), entry.pop("policies", None))
            whole = merge(whole, entry) | ({} if policies is None else {"policies": policies})
    return whole


def build(mapping: Mapping[str, Any]) -> Parameters:
    """Return parameters from nested (or dotted) plain mappings; what is not named keeps its default."""
    parts = assembled(mapping)
    for name, value in parts.items():
        if name not in PARTS:
            raise unknown(name, value, PARTS)
    policies = build_policies(parts.get("policies"))
    groups: dict[str, Any] = {
        name: cls(**checked(name, _mapping_at(parts, name), cls)) for name, cls in PARAMETER_GROUPS.items()
    }
    _check_network(parts)
    _check_pricing(groups)
    return Parameters(**groups, scandals=_build_scandals(parts.get("scandals")), policies=policies)


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


def _check_pricing(groups: Mapping[str, Any]) -> None:
    from sim.pricing import rule

    for name in ("shops", "brands"):
        rule(f"{name}.pricing", groups[name].pricing)


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


def to_mapping(parameters: Parameters) -> dict[str, Any]:
    """Return all parameters as plain mappings, from which `build` makes the same parameters."""
    mapping: dict[str, Any] = {name: dataclasses.asdict(getattr(parameters, name)) for name in PARAMETER_GROUPS}
    if parameters.network.kind == "file":
        del mapping["population"]["n_people"]  # comes from the file
    mapping["scandals"] = [dataclasses.asdict(each) for each in parameters.scandals]
    mapping["policies"] = by_name(parameters.policies, plain_fields)
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
    if parameters.policies:
        differing["policies"] = by_name(parameters.policies, changed_fields)
    return differing
