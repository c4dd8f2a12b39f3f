"""What a sweep runs: points, scenarios at every point, seeds, and the order in which worlds are lived.

At every point the swept scenario is run, and every scenario of `against` with the point's values of
all but policies. Worlds of equal parameters are lived once. The order is replication after
replication, in each every world: a sweep cut short holds every point under the same seeds.
"""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.fields import MAX_WEEKS, Group, ParameterError, field
from sim.parameters import CHANNELS, Parameters
from sim.scenario import Scenario, Texts, compose, nearest, shown, to_mapping
from sim.study import store
from sim.sweep.designs import MOST_POINTS, Design, Points
from sim.sweep.factors import DUMMY, SCENARIO, factor_from, is_policy

AGAINST = "against."
"""Before the name of a scenario that is run beside the swept one."""

SECONDS_A_CHUNK = 2.0
SECONDS_A_WORLD, SECONDS_A_WEEK, SECONDS_A_PERSON_WEEK = 0.02, 0.0015, 6e-7
"""What a run costs, roughly: to begin, every week, and every person's week."""
MOST_WORLDS_A_CHUNK = 256

BY_CHANNEL = ("price", "trust", "satisfaction", "share", "share_yuan", "trust_gap")
CORE = (
    *(f"{name}.{channel}" for name in BY_CHANNEL for channel in CHANNELS),
    "n_shops", "share_shops_lost", "gini_shop_profit", "hhi_brand", "price_cv.resale", "consumer_surplus",
    "producer_surplus", "welfare", "sell_through", "retail_to_outsiders",
)  # fmt: skip
"""Measures of which `weekly.parquet` always holds the series."""


# fmt: off
@dataclass(frozen=True)
class Sweeping(Group):
    """What a sweep is beside its scenario, its factors and its design."""

    series: str = field("core", "series of weeks kept: none, those that every result has, or of all measures", "series", source="a run's whole series take a thousand times the room of its means", tag="design", choices=("none", "core", "all"))
    target: str | None = field(None, "with replications=auto: half-width wanted of the paired interval, at every point", "measure:halfwidth", source="sequential stopping", tag="design")
    max: int = field(200, "with replications=auto: most pairs", "pairs", 10, 1_000_000, source="an end in any case", tag="design")
    run_limit: float | None = field(None, "seconds after which a run is given up (null: none)", "s", 0.1, 1e7, source="one run that hangs must not stop the others", tag="design")
    memory_limit: float | None = field(None, "memory a worker process may take (null: an equal share of what is free)", "GiB", 0.5, 100_000, source="one run that eats memory must not end the others", tag="design")
# fmt: on

    @classmethod
    def key_prefix(cls) -> str:
        """Return what stands before a field's name in a key: nothing."""
        return ""


@dataclass(frozen=True)
class Option:
    """A scenario that is run at every point: its name, texts and departures, and values for all points."""

    name: str
    description: str
    departures: Mapping[str, Any]
    static: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    texts: Texts = dataclasses.field(default_factory=dict)

    def at(self, values: Mapping[str, Any]) -> Scenario:
        """Return the scenario at a point; raises ParameterError."""
        return compose(self.name, self.description, self.departures, {**self.static, **values}, self.texts)


@dataclass(frozen=True)
class World:
    """One world but for its seed: the scenario and the point it was first asked for at."""

    variant: int
    point: int


@dataclass(frozen=True)
class Sweep:
    """A whole sweep.

    options: the swept scenario by name; several where `scenario` itself is a factor
    against: run beside it at every point; the first is what differences are taken from
    most_replications: seeds that may be run; with a target fewer may do
    """

    name: str
    options: Mapping[str, Option]
    against: tuple[Option, ...]
    design: Design
    points: Points
    seed: int
    most_replications: int
    weeks: int
    series: str = "core"
    target: str | None = None
    network_sha256: str | None = None

    # points and worlds ------------------------------------------------------------------------

    def values_at(self, point: int) -> dict[str, Any]:
        """Return key -> value at a point, without the dummy."""
        row = self.points.values[point]
        return {each.key: value for each, value in zip(self.points.factors, row, strict=True) if each.key != DUMMY}

    def scenario_at(self, world: World) -> Scenario:
        """Return the scenario of a world; raises ParameterError where values do not go together."""
        values = self.values_at(world.point)
        chosen = str(values.pop(SCENARIO, self.name))
        if world.variant == 0:
            return self.options[chosen].at(values)
        return self.against[world.variant - 1].at({key: each for key, each in values.items() if not is_policy(key)})

    def name_at(self, point: int, variant: int) -> str:
        """Return what the column `scenario` says of a world."""
        if variant:
            return f"{AGAINST}{self.against[variant - 1].name}"
        return str(self.values_at(point).get(SCENARIO, self.name))

    @cached_property
    def worlds(self) -> list[World]:
        """The different worlds in order: point after point, at each the swept scenario first."""
        return self._unique[0]

    @cached_property
    def world_of(self) -> NDArray[np.int64]:
        """The number of the world of every point and variant, shape (n_points, 1 + n_against)."""
        return self._unique[1]

    @cached_property
    def _unique(self) -> tuple[list[World], NDArray[np.int64]]:
        factors, n_variants = self.points.factors, 1 + len(self.against)
        read = [number for number, each in enumerate(factors) if each.key != DUMMY]
        shared = [number for number in read if not factors[number].is_policy]
        found: dict[tuple[Any, ...], int] = {}
        worlds: list[World] = []
        world_of = np.empty((len(self.points.values), n_variants), np.int64)
        for point, row in enumerate(self.points.values):
            for variant in range(n_variants):
                identity = (variant, *(repr(row[number]) for number in (shared if variant else read)))
                if identity not in found:
                    found[identity] = len(worlds)
                    worlds.append(World(variant, point))
                world_of[point, variant] = found[identity]
        return worlds, world_of

    @property
    def worlds_a_chunk(self) -> int:
        """Worlds that are kept in one file: about two seconds of work, so that little is lost by a kill."""
        n_people = self.first_parameters.population.n_people
        seconds = SECONDS_A_WORLD + self.weeks * (SECONDS_A_WEEK + n_people * SECONDS_A_PERSON_WEEK)
        return max(1, min(MOST_WORLDS_A_CHUNK, round(SECONDS_A_CHUNK / seconds)))

    @property
    def n_chunks(self) -> int:
        """Chunks of every replication."""
        return -(-len(self.worlds) // self.worlds_a_chunk)

    @cached_property
    def first_parameters(self) -> Parameters:
        """The parameters of the first world."""
        return self.scenario_at(self.worlds[0]).parameters

    def run_key(self, parameters: Parameters, seed: int, code: str) -> str:
        """Return the hash of all that a run depends on: parameters, seed, weeks, network file, code."""
        whole = {"parameters": to_mapping(parameters), "seed": seed, "weeks": self.weeks}
        content = store.configuration_hash(whole | {"network_sha256": self.network_sha256})
        return hashlib.sha256(f"{content} {code}".encode()).hexdigest()[:32]

    # identity ---------------------------------------------------------------------------------

    def configuration(self) -> dict[str, Any]:
        """Return everything that the results depend on, as plain mappings; `sweep_from` reads it again."""
        values = [[plain(each) for each in row] for row in self.points.values]
        return {
            "verb": "sweep",
            "scenario": self.name,
            "against": [each.name for each in self.against],
            "design": dataclasses.asdict(self.design) | {"path": None},
            "factors": [each.described() for each in self.points.factors],
            "points_sha256": hashlib.sha256(store.canonical(values)).hexdigest(),
            "n_points": len(values),
            "seed": self.seed,
            "replications": self.most_replications,
            "target": self.target,
            "weeks": self.weeks,
            "series": self.series,
            "options": {name: option_mapping(each) for name, each in self.options.items()},
            "against_options": [option_mapping(each) for each in self.against],
        } | ({} if self.network_sha256 is None else {"network_sha256": self.network_sha256})


def plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    return value.item() if isinstance(value, np.generic) else value


def option_mapping(option: Option) -> dict[str, Any]:
    """Return an option as it is kept in the manifest, with the whole of its parameters beside, but not its texts."""
    return {
        "name": option.name,
        "departures": dict(option.departures),
        "static": dict(option.static),
        "parameters": to_mapping(option.at({}).parameters),
    }


def option_from(mapping: Mapping[str, Any]) -> Option:
    """Return the option that `option_mapping` described, without texts."""
    return Option(mapping["name"], "", mapping["departures"], mapping["static"])


def sweep_from(configuration: Mapping[str, Any], values: Sequence[Sequence[Any]]) -> Sweep:
    """Return the sweep of a stored configuration and of its points' values."""
    given = configuration["design"]
    factors = tuple(factor_from(each) for each in configuration["factors"])
    return Sweep(
        name=configuration["scenario"],
        options={name: option_from(each) for name, each in configuration["options"].items()},
        against=tuple(option_from(each) for each in configuration["against_options"]),
        design=Design(**{key: given[key] for key in given}),
        points=Points(factors, [tuple(row) for row in values], None),
        seed=configuration["seed"],
        most_replications=configuration["replications"],
        weeks=configuration["weeks"],
        series=configuration["series"],
        target=configuration["target"],
        network_sha256=configuration.get("network_sha256"),
    )


def check(sweep: Sweep) -> None:
    """Raise ParameterError where a factor's end or the first point cannot be built, or the sweep is too large."""
    if len(sweep.points.values) > MOST_POINTS:
        raise ParameterError(f"sweep: {len(sweep.points.values)} points; allowed are up to {MOST_POINTS}")
    for factor in sweep.points.factors:
        if factor.key == SCENARIO:
            for name in factor.values:
                if name not in sweep.options:
                    raise ParameterError(f"scenario={shown(name)}: no such scenario{nearest(str(name), sweep.options)}")
        elif factor.key != DUMMY:
            for end in dict.fromkeys(factor.ends()):
                for option in sweep.options.values():
                    option.at({factor.key: end})
    for variant in range(1 + len(sweep.against)):
        sweep.scenario_at(World(variant, 0))
    if not 0 < sweep.weeks <= MAX_WEEKS:
        raise ParameterError(f"weeks={sweep.weeks}: allowed is int from 1 to {MAX_WEEKS}")
