"""What is said of a run that failed, and how any run of a sweep is run alone."""

import json
import shlex
import traceback
from collections.abc import Mapping
from typing import Any

from sim.scenario import to_mapping
from sim.sweep.designs import typed
from sim.sweep.factors import SCENARIO, is_policy
from sim.sweep.living import Recipe
from sim.sweep.plan import Option, Sweep, World

LONGEST = 300


def failure(
    sweep: Sweep, world: int, replication: int, error: BaseException, config_dirs: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return what is noted of a run that failed: who it was, why, its configuration, the line that replays it."""
    where, seed = sweep.worlds[world], sweep.seed + replication
    return {
        "scenario": sweep.name_at(where.point, where.variant),
        "point": where.point,
        "replication": replication,
        "seed": seed,
        "world": world,
        "error": said(error),
        "traceback": "".join(traceback.format_exception(error)).strip(),
        "replay": replay_line(sweep, where, seed, config_dirs),
        "configuration": configuration_of(sweep, where),
    }


def said(error: BaseException) -> str:
    """Return an error in one line."""
    text = " ".join(str(error).split()) or "no message"
    name = type(error).__name__
    return f"{name}: {text if len(text) <= LONGEST else text[: LONGEST - 3] + '...'}"


def configuration_of(sweep: Sweep, world: World) -> dict[str, Any] | None:
    """Return all parameters of a world; None if its values do not go together."""
    from sim.fields import ParameterError

    try:
        return to_mapping(sweep.scenario_at(world).parameters)
    except ParameterError:
        return None


def settings_of(sweep: Sweep, world: World) -> tuple[Option, dict[str, Any]]:
    """Return the scenario of a world, and dotted key -> value of all that is laid on it."""
    values = sweep.values_at(world.point)
    chosen = str(values.pop(SCENARIO, sweep.name))
    option = sweep.against[world.variant - 1] if world.variant else sweep.options[chosen]
    if world.variant:
        values = {key: each for key, each in values.items() if not is_policy(key)}
    return option, {**option.static, **values}


def recipe_of(sweep: Sweep, world: World) -> Recipe:
    """Return what the parameters of a world are composed from."""
    option, values = settings_of(sweep, world)
    return Recipe(dict(option.departures), values)


def replay_line(sweep: Sweep, world: World, seed: int, config_dirs: tuple[str, ...] = ()) -> str:
    """Return the command that runs one world alone."""
    option, values = settings_of(sweep, world)
    words = [word for each in config_dirs for word in ("--config-dir", each)]
    words += [f"scenario={option.name}", *(f"{key}={as_typed(value)}" for key, value in values.items())]
    words += [f"weeks={sweep.weeks}", f"seed={seed}", "replications=1"]
    return shlex.join(["weishang", "run", *words])


def as_typed(value: Any) -> str:
    """Return a value as it is typed on the command line, lists and mappings too.

    >>> as_typed(0.1), as_typed("on"), as_typed([[22, 0.5]]), as_typed([{"week": 3}])
    ('0.1', 'on', '[[22,0.5]]', '[{week:3}]')
    """
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{as_typed(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(as_typed(each) for each in value) + "]"
    return typed(value)


def point_page(sweep: Sweep, point: int, config_dirs: tuple[str, ...] = ()) -> str:
    """Return the configuration of a point as a scenario file, with the line that runs it."""
    import yaml

    world = World(0, point)
    scenario = sweep.scenario_at(world)
    values = ", ".join(f"{key}={as_typed(value)}" for key, value in sweep.values_at(point).items())
    content = {"description": f"point {point} of a sweep of {sweep.name}: {values}"} | json.loads(
        json.dumps(dict(scenario.departures))
    )
    line = replay_line(sweep, world, sweep.seed, config_dirs)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)
    return f"# @package _global_\n# {line}\n{text}"
