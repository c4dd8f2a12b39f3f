"""What is fitted to what, and how much of the work there is."""

from dataclasses import dataclass
from typing import Any

from sim.calibration.free import Free
from sim.calibration.moments import Moment
from sim.parameters import Settings
from sim.scenario import Scenario, to_mapping
from sim.study.runner import network_content

CHECK_SEEDS = 10
"""Seeds that the search never sees, under which the scenario and the best point are lived at the end."""

GAUSS_NEWTON_ROUNDS = 3
STEP_LENGTHS = (1.0, 0.5, 0.25)
"""Shares of a Gauss-Newton step that are tried."""

PROFILE_VALUES = 7


@dataclass(frozen=True)
class Task:
    """What is fitted to what: a scenario's free parameters to moments, over settings.replications seeds."""

    scenario: Scenario
    settings: Settings
    free: tuple[Free, ...]
    moments: tuple[Moment, ...]
    n_trials: int

    @property
    def seeds(self) -> range:
        """Return the seeds under which every trial is lived."""
        return range(self.settings.seed, self.settings.seed + self.settings.replications)

    @property
    def check_seeds(self) -> range:
        """Return the seeds that the search never sees."""
        return range(self.seeds.stop, self.seeds.stop + CHECK_SEEDS)

    @property
    def slopeful(self) -> tuple[Moment, ...]:
        """Return the moments that can identify something."""
        return tuple(moment for moment in self.moments if not moment.is_check)

    @property
    def n_worlds(self) -> int:
        """Return how many worlds a fit runs at most."""
        d = len(self.free)
        around = GAUSS_NEWTON_ROUNDS * (2 * d + len(STEP_LENGTHS)) + PROFILE_VALUES * d + 1
        return (self.n_trials + around) * len(self.seeds) + 2 * CHECK_SEEDS

    def configuration(self) -> dict[str, Any]:
        """Return everything that the fit depends on but the number of trials, which may be raised."""
        return network_content(self.scenario.parameters) | {
            "verb": "calibrate fit",
            "scenario": self.scenario.name,
            "seed": self.settings.seed,
            "replications": self.settings.replications,
            "weeks": self.settings.weeks,
            "free": {each.key: [each.low, each.high] for each in self.free},
            "moments": {
                each.name: [each.target, each.scale, each.is_log, each.error, each.is_check] for each in self.moments
            },
            "parameters": to_mapping(self.scenario.parameters),
        }
