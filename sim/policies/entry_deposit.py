"""A deposit that shops have to hold."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class EntryDeposit(Policy):
    """Asks every shop for a deposit, lost on a violation and returned at the end."""

    counterpart = "consumer-protection deposit of marketplace sellers"
    source = "Taobao's rules for sellers, 1 000 yuan at least"
    levers = ("deposit",)
    reaches = "owners"

    amount: float = field(1_000.0, "deposit of a shop", "yuan", 0, 1e6, source="Taobao's consumer-protection deposit", tag="measured")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with the deposit in fen, in proportion to the intensity."""
        return dataclasses.replace(rules, deposit=max(rules.deposit, round(100 * intensity * self.amount)))
