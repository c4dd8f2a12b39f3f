"""Twenty more towns: the same two worlds among other people with other luck, one town after the other."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sim.explore.lesson import Look, compared
from sim.explore.setup import Setup
from sim.explore.world import World
from sim.parameters import Parameters

N_TOWNS = 20

AT_ONCE = threading.BoundedSemaphore(1)
"""One tab at a time lives other towns: the others' towns wait, their pages do not."""


def town_parameters(setup: Setup) -> tuple[Parameters, Parameters]:
    """Return what your world and its twin are made of."""
    return setup.parameters(is_yours=True), setup.parameters(is_yours=False)


def pair(setup: Setup, seed: int, weeks: int) -> tuple[World, World]:
    """Return your world and its twin in another town, lived up to a week; what they have in common is lived once."""
    parameters, others = town_parameters(setup)
    twin = World(others, seed)
    yours = beside(twin, parameters, weeks)
    twin.go(weeks)
    yours.go(weeks)
    return yours, twin


def beside(twin: World, parameters: Parameters, week: int) -> World:
    """Return your world beside a twin that has lived nothing: both are lived together up to the first other rules."""
    if replace(parameters, policies=()) != replace(twin.parameters, policies=()):
        return World(parameters, twin.market.seed, twin.market.network)
    ahead = range(week)
    twin.go(next((each for each in ahead if twin.rules(each) != twin.rules(each, parameters)), week))
    return twin.twin(parameters.policies)


def differences(
    setup: Setup, look: Look, start: int, weeks: int, n_towns: int = N_TOWNS
) -> Iterator[tuple[int, float]]:
    """Yield (seed, yours less other) for the seeds after that of the set-up."""
    for seed in range(setup.seed + 1, setup.seed + 1 + n_towns):
        yours, twin = pair(setup, seed % 2**32, weeks)
        mine, other = compared(look, yours.record, twin.record, start)
        yield seed % 2**32, mine - other


@dataclass
class Towns:
    """The differences of other towns as they come, in a thread of their own."""

    setup: Setup
    look: Look
    start: int
    weeks: int
    told: Callable[[], None]
    found: list[tuple[int, float]] = field(default_factory=list)
    is_running: bool = True
    is_waiting: bool = True
    _stopped: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> "Towns":
        """Start; `told` is called after every town."""
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop after the town at hand."""
        self._stopped.set()

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                if AT_ONCE.acquire(timeout=0.2):
                    try:
                        self.is_waiting = False
                        self._live()
                    finally:
                        AT_ONCE.release()
                    break
        finally:
            self.is_running = self.is_waiting = False
            if not self._stopped.is_set():
                self.told()

    def _live(self) -> None:
        for each in differences(self.setup, self.look, self.start, self.weeks):
            if self._stopped.is_set():
                return
            self.found.append(each)
            self.told()
