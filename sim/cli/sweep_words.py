"""From words to a sweep: factors by Hydra's sweep syntax, a design, scenarios, and how runs are lived."""

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, RangeSweep
from hydra.errors import HydraException

from sim import scenario as scenarios
from sim.cli.arguments import Arguments
from sim.cli.compare import listed_text, value_of
from sim.cli.configuration import GROUPS, policies_named, scenario_of, sort_words
from sim.fields import Group, ParameterError
from sim.parameters import Settings
from sim.scenario import SETTINGS, checked, nearest, option_file, options, read_yaml, shown
from sim.study.pairing import AUTO, Pairing, target_of
from sim.study.runner import network_content
from sim.sweep.designs import Design, points_of
from sim.sweep.factors import SCENARIO, Factor, by_field, choice, interval, is_policy
from sim.sweep.plan import Option, Sweep, Sweeping, check
from sim.sweep.teams import Executor

if TYPE_CHECKING:
    from sim.sweep.sweeping import How

LISTS = ("against", "vary")
SWEEPING = tuple(declared.name for declared in dataclasses.fields(Sweeping))
CHOSEN: dict[str, type[Group]] = {"design": Design, "executor": Executor}
"""Groups of configuration files that only this verb has."""
OWN = (*LISTS, *SWEEPING, *CHOSEN)
_SWEPT = (ChoiceSweep, RangeSweep, IntervalSweep)


@dataclass
class Words:
    """What was typed, taken apart: text by key, factors, and the arguments without either."""

    own: dict[str, str] = field(default_factory=dict)
    factors: list[Factor] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


def configure(arguments: Arguments) -> "tuple[Sweep, How]":
    """Return the sweep and how its runs are lived; raises ParameterError with one line."""
    words = taken_apart(arguments)
    rest = dataclasses.replace(arguments, words=tuple(words.rest))
    chosen, values = sort_words(rest, OWN)
    settings, sweeping = settings_of(values, words.own)
    factors = [*words.factors, *varied(words)]
    refuse_twice(factors, {**chosen, **values})
    static = {key: value for key, value in values.items() if key not in SETTINGS}
    design = group_of("design", Design, words.own, arguments)
    table = points_of(design, factors, None) if design.kind == "csv" else None
    name, swept = swept_options(table.factors if table else factors, chosen, static, rest)
    points = table or points_of(design, factors, swept[name].at({}))
    against = tuple(
        option(each, chosen, without_policies(static), rest) for each in against_names(words.own, arguments)
    )
    sweep = Sweep(
        name, swept, against, design, points, settings.seed, settings.replications, settings.weeks,
        sweeping.series, sweeping.target, network_content(swept[name].at({}).parameters).get("network_sha256"),
    )  # fmt: skip
    check(sweep)
    check_target(sweep)
    scenarios.refuse_late(sweep.first_parameters.policies, policies_named(values), settings.weeks)
    return sweep, how(arguments, settings, sweeping, words.own)


def taken_apart(arguments: Arguments) -> Words:
    """Return the words by what they are; raises ParameterError."""
    parser = OverridesParser.create()
    words = Words()
    for word in arguments.words:
        key, equals, text = word.partition("=")
        key = key.lstrip("+")
        if equals and (key in OWN or key.partition(".")[0] in CHOSEN):
            words.own[key] = text
        elif equals and (factor := factor_of(parser, key, text)) is not None:
            words.factors.append(factor)
        else:
            words.rest.append(word)
    for key in words.own:
        group, _, name = key.partition(".")
        cls: Any = CHOSEN.get(group)
        known = [each.name for each in dataclasses.fields(cls)] if cls else []
        if name and name not in known:
            raise ParameterError(f"{key}: no such key{nearest(name, known)}; allowed in {group} are {', '.join(known)}")
    return words


def factor_of(parser: OverridesParser, key: str, text: str) -> Factor | None:
    """Return the factor that a word makes, None if it sets a single value; raises ParameterError."""
    if key in SETTINGS and key not in ("seed", "replications", "weeks", "threads", "workers"):
        return None
    try:
        found = parser.parse_override(f"++{key}={text}").value()
    except (HydraException, ValueError, RecursionError):
        if text.startswith(("interval(", "choice(", "range(", "tag(")):
            raise ParameterError(
                f"{key}={shown(text)}: cannot be read; allowed are interval(LOW,HIGH), tag(log,interval(LOW,HIGH)), "
                "choice(A,B,...), A,B,... and range(START,STOP,STEP)"
            ) from None
        return None
    if not isinstance(found, _SWEPT):
        return None
    if key in GROUPS and key != SCENARIO:
        raise ParameterError(f"{key}={shown(text)}: the network is the same in all points; allowed is one")
    if isinstance(found, IntervalSweep):
        return interval(key, float(found.start or 0), float(found.end or 0), is_log="log" in found.tags)
    if isinstance(found, RangeSweep):
        return choice(key, numbers_of(key, text, found), "range")
    return choice(key, [None if str(each) == "null" else plain(each) for each in found.list])


def numbers_of(key: str, text: str, found: RangeSweep) -> list[float]:
    """Return the numbers of a range, at most 10 000; raises ParameterError."""
    start, stop, step = float(found.start or 0), float(found.stop or 0), float(found.step or 0)
    n = (stop - start) / step if step else -1.0
    if not 0 < n <= 10_000:
        raise ParameterError(f"{key}={shown(text)}: allowed is range(START,STOP,STEP) of 2 to 10000 numbers")
    return list(found.range())


def plain(value: Any) -> Any:
    """Return a listed value as plain text or number (Hydra keeps quoted texts apart)."""
    return getattr(value, "text", value)


def varied(words: Words) -> list[Factor]:
    """Return the factors over all that their fields allow."""
    return [by_field(key) for key in listed_text(words.own["vary"])] if "vary" in words.own else []


def refuse_twice(factors: Sequence[Factor], given: Mapping[str, Any]) -> None:
    """Raise ParameterError for a key that varies twice, or has a single value too."""
    keys = [each.key for each in factors]
    for key in keys:
        if keys.count(key) > 1 or key in given:
            raise ParameterError(f"{key}: is given twice; allowed is one value, or one range to vary over")
        policy = ".".join(key.split(".")[:2])
        if key != policy and key.startswith("policies.") and (policy in keys or policy in given):
            raise ParameterError(f"{policy}: says whether the policy is on, but {key} varies; allowed is one of them")


# scenarios ------------------------------------------------------------------------------------


def option(name: str, chosen: Mapping[str, str], static: Mapping[str, Any], arguments: Arguments) -> Option:
    """Return a scenario with the values that hold at all points."""
    known = options("scenario", arguments.config_dirs)
    if name not in known:
        raise ParameterError(
            f"scenario={shown(name)}: no such scenario{nearest(name, known)}; allowed are {', '.join(known)}"
        )
    network = {"network": chosen["network"]} if "network" in chosen else {}
    path = {key: value for key, value in static.items() if key in ("network.path", "network.kind")}
    loaded = scenario_of({"scenario": name, **network}, path, arguments)
    return Option(name, loaded.description, loaded.departures, dict(static), loaded.texts)


def swept_options(
    factors: Sequence[Factor], chosen: Mapping[str, str], static: Mapping[str, Any], arguments: Arguments
) -> tuple[str, dict[str, Option]]:  # fmt: skip
    """Return the name of the swept scenario, and all that a factor may choose."""
    by_factor = [str(name) for each in factors if each.key == SCENARIO for name in each.values]
    names = by_factor or [chosen.get("scenario", "baseline")]
    return names[0], {name: option(name, chosen, static, arguments) for name in names}


def without_policies(static: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that hold for scenarios beside the swept one."""
    return {key: value for key, value in static.items() if not is_policy(key) and key != "policies"}


def against_names(own: Mapping[str, str], arguments: Arguments) -> list[str]:
    """Return the scenarios beside the swept one; raises ParameterError for one given twice."""
    names = listed_text(own["against"]) if "against" in own else []
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ParameterError(f"against={names}: {twice} is given twice; allowed is once")
    return names


# settings -------------------------------------------------------------------------------------


def settings_of(values: Mapping[str, Any], own: Mapping[str, str]) -> tuple[Settings, Sweeping]:
    """Return how much is run; with replications=auto the replications are the most there may be."""
    sweeping = Sweeping(**checked("", {key: typed_value(own[key]) for key in SWEEPING if key in own}, Sweeping))
    given = {key: value for key, value in values.items() if key in SETTINGS}
    is_auto = given.get("replications") == AUTO
    if is_auto and sweeping.target is None:
        raise ParameterError("replications='auto': needs a target; allowed is target=measure:halfwidth with it")
    if not is_auto and (sweeping.target is not None or "max" in own):
        key = "target" if sweeping.target is not None else "max"
        raise ParameterError(f"{key}={shown(own[key])}: allowed only with replications=auto")
    if is_auto:
        given["replications"] = sweeping.max
    return scenarios.build_settings(given), sweeping


def typed_value(text: str) -> Any:
    """Return what was typed: a number, nothing (null), or text."""
    try:
        return float(text) if not text.lstrip("+-").isdecimal() else value_of(text)
    except ValueError:
        return value_of(text)


def check_target(sweep: Sweep) -> None:
    """Raise ParameterError for a target that is no measure, or has nothing to be paired with."""
    from sim.sweep.sweeping import columns_of

    if sweep.target is None:
        return
    if not sweep.against:
        raise ParameterError(f"target={shown(sweep.target)}: needs pairs; allowed is against=SCENARIO with it")
    target_of(Pairing(target=sweep.target), columns_of(sweep).measures)


def group_of(name: str, cls: Any, own: Mapping[str, str], arguments: Arguments) -> Any:
    """Return a group of settings: a file of configs/NAME, then what was typed; raises ParameterError."""
    file = option_file(name, own.get(name, cls().kind), arguments.config_dirs)
    content = checked(name, read_yaml(file), cls)
    typed = {key.partition(".")[2]: text for key, text in own.items() if key.startswith(f"{name}.")}
    texts = {"path", "address", "kind"}
    given = {key: text if key in texts else typed_bool(text) for key, text in typed.items()}
    return cls(**{**content, **checked(name, given, cls)})


def typed_bool(text: str) -> Any:
    """Return what was typed, true and false as switches."""
    return {"true": True, "false": False}.get(text, typed_value(text))


def how(arguments: Arguments, settings: Settings, sweeping: Sweeping, own: Mapping[str, str]) -> "How":
    """Return how runs are lived."""
    from sim.sweep.sweeping import How

    executor = group_of("executor", Executor, own, arguments)
    if executor.address is not None and executor.kind != "dask":
        raise ParameterError(f"executor.address={shown(executor.address)}: read only with executor=dask")
    command = shlex.join(["weishang", *arguments.typed])
    return How(settings, executor, sweeping.run_limit, sweeping.memory_limit, command, arguments.config_dirs)


def how_of(arguments: Arguments, folder: str, command: str) -> "How":
    """Return how the runs of a sweep that is there are lived again; nothing that they depend on can be set."""
    words = taken_apart(arguments)
    _, values = sort_words(dataclasses.replace(arguments, words=tuple(words.rest)), OWN)
    for key in (*values, *words.own, *(each.key for each in words.factors)):
        if (
            key not in ("workers", "threads", "export", "run_limit", "memory_limit")
            and key.partition(".")[0] != "executor"
        ):
            raise ParameterError(
                f"{key}: is as the sweep was begun; allowed are workers, threads, executor, run_limit, ..."
            )
    settings, sweeping = settings_of({**values, "output": folder}, words.own)
    return dataclasses.replace(how(arguments, settings, sweeping, words.own), command=command)
