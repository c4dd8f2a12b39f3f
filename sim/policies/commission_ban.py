"""A ban on pay for recruiting."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, limit_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class CommissionBan(Policy):
    """Allows pay for recruits on some levels only."""

    counterpart = "bans on multi-level distribution, February 2015, July to September 2016"
    source = "Southern Metropolis Daily 2015-02-16"
    levers = ("paid_levels",)
    reaches = "owners"

    levels: int = field(0, "levels above a recruit on which recruiting may be paid", "levels", 0, 8, source="payment for recruits is illegal in China whatever the level", tag="measured")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with the levels divided by the intensity; of two limits the lower holds."""
        return dataclasses.replace(rules, paid_levels=min(rules.paid_levels, limit_at(self.levels, intensity)))
