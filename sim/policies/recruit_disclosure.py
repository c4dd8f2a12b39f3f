"""True incomes told to recruits."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class RecruitDisclosure(Policy):
    """Caps how far promised income may be above true income."""

    counterpart = "income disclosure of multi-level companies"
    source = "US FTC guidance on multi-level marketing; no Chinese counterpart then"
    levers = ("hype_cap",)
    reaches = "owners"

    cap: float = field(1.0, "promised over true income, at most", "ratio", 0, 100, source="1: the truth", tag="design")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with the cap divided by the intensity; of two caps the lower holds."""
        return dataclasses.replace(rules, hype_cap=min(rules.hype_cap, self.cap / intensity))
