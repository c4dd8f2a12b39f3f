"""One seed's worlds: what is to be lived, and how twins share a friend graph and a past."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sim.parameters import Parameters
from sim.scenario import to_mapping
from sim.study.store import Part, write_part

if TYPE_CHECKING:
    from sim.model import Market
    from sim.network import Network
    from sim.study.persons import Before

SECONDS_BETWEEN_REPORTS = 0.2


@dataclass(frozen=True)
class World:
    """One world to run, and where to keep what it yields."""

    parameters: Parameters
    part: Path


@dataclass(frozen=True)
class Job:
    """Worlds of one seed, to be run one after the other by one process.

    They share their friend graph. With a `trunk` they also share their past: the world of these
    parameters is lived to `fork_week`, where the others fork from it.
    """

    worlds: tuple[World, ...]
    seed: int
    weeks: int
    threads: int
    fork_week: int = 0
    trunk: Parameters | None = None
    keeps_weekly: bool = True
    keeps_people: bool = False

    @property
    def weeks_to_live(self) -> int:
        """Weeks of all its worlds, a shared past once."""
        shared = self.fork_week if self.trunk else 0
        return shared + len(self.worlds) * (self.weeks - shared)


def spread(jobs: Sequence[Job], workers: int) -> list[Job]:
    """Return the jobs, world by world if there are fewer of them than processes."""
    if len(jobs) >= workers:
        return list(jobs)
    return [replace(job, worlds=(world,)) for job in jobs for world in job.worlds]


def simulate(job: Job, network: "Network | None", lived: Callable[[int], None]) -> None:
    """Run the worlds of a job and keep what they yield; `lived` is told the weeks lived so far."""
    from sim.study.persons import persons

    before = 0

    def live(market: "Market", weeks: int) -> None:
        nonlocal before
        _live(market, weeks, lambda so_far: lived(before + so_far))
        before += weeks

    for world, market in _forked(job, network, live) if job.trunk else _unrelated(job, network):
        start = _until_window(job, market, live) if job.keeps_people else None
        live(market, job.weeks - market.week)
        weekly = market.weekly if job.keeps_weekly else market.weekly.iloc[:0]
        people = persons(market, start) if start else None
        yielded = Part(job.seed, weekly, market.run_level(), list(market.notes), market.n_people, people)
        write_part(world.part, yielded)


def _until_window(job: Job, market: "Market", live: "Callable[[Market, int], None]") -> "Before":
    """Live to the window over which people are followed; return how they stand there."""
    from sim.study.persons import before, window_start

    live(market, window_start(job.weeks, market.week) - market.week)
    return before(market)


def _unrelated(job: Job, network: "Network | None") -> "Iterator[tuple[World, Market]]":
    """Yield the worlds with their markets in week 0; a graph is made once for all that ask for the same."""
    from sim.model import Market, make_network

    made_for = job.worlds[0].parameters.network if network else None
    for world in job.worlds:
        if world.parameters.network != made_for or network is None:
            network, made_for = make_network(world.parameters, job.seed), world.parameters.network
        yield world, Market(parameters=world.parameters, seed=job.seed, network=network, threads=job.threads)


def _forked(
    job: Job, network: "Network | None", live: "Callable[[Market, int], None]"
) -> "Iterator[tuple[World, Market]]":
    """Yield the worlds with their markets in `fork_week`, after the past that they share."""
    from sim.model import Market

    assert job.trunk is not None
    trunk = Market(parameters=job.trunk, seed=job.seed, network=network, threads=job.threads)
    live(trunk, job.fork_week)
    for world in job.worlds:
        yield world, fork_into(trunk, world.parameters)


def fork_into(trunk: "Market", parameters: Parameters) -> "Market":
    """Return a twin that from now on has the policies and scandals of `parameters`, and no others."""
    if parameters == trunk.parameters:
        return trunk.fork()
    return trunk.fork(policies=replacing(trunk.parameters, parameters), scandals=parameters.scandals)


def replacing(now: Parameters, then: Parameters) -> "dict[str, object]":
    """Return the policies of `then` as a fork takes them, those that only `now` has switched off."""
    return {policy.name(): "off" for policy in now.policies} | to_mapping(then)["policies"]


def _live(market: "Market", weeks: int, lived: Callable[[int], None]) -> None:
    """Live so many weeks; tell now and then how many are lived."""
    end, weeks_at_once = market.week + weeks, 1
    while market.week < end:
        started = perf_counter()
        market.run(min(weeks_at_once, end - market.week))
        is_quick = perf_counter() - started < SECONDS_BETWEEN_REPORTS / 2
        weeks_at_once = weeks_at_once * 2 if is_quick else weeks_at_once
        lived(weeks - (end - market.week))
