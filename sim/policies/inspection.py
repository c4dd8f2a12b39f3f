"""Inspections and fines."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, blended, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class Inspection(Policy):
    """Inspects shops, with misses and false alarms; who is found pays a fine and takes a strike."""

    counterpart = "thunder action against counterfeits, 16 May 2014"
    source = "m.52tianma.cn weixin/zenmewan/46495"
    levers = ("inspection_rate", "inspection_power", "false_positives", "inspection_targeting", "budget", "fine")
    reaches = "owners"

    rate: float = field(0.01, "weekly chance that a shop is inspected", "1/week", 0, 1, source="every shop once in two years; never published", tag="assumption")
    power: float = field(0.7, "chance that fakes are found where there are any", "probability", 0, 1, source="test purchases miss some", tag="assumption")
    false_positives: float = field(0.02, "chance that an honest shop is found guilty", "probability", 0, 1, source="disputed sanctions in the press", tag="assumption")
    targeting: float = field(1.0, "growth of the chance of being inspected with each complaint", "1/complaint", 0, 1_000, source="complaints are looked into first", tag="assumption")
    budget: float = field(1_000.0, "inspections a week for every 1 000 shops, at most", "inspections/week", 0, 1_000, source="no limit as default", tag="design")
    fine: float = field(2_000.0, "fine for dealing in fakes", "yuan", 0, 1e6, source="small fines of market supervision", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with inspections; power and false alarms are those of an inspection at any intensity."""
        return dataclasses.replace(
            rules,
            inspection_rate=probability_at(rules.inspection_rate, self.rate, intensity),
            inspection_power=self.power,
            false_positives=self.false_positives,
            inspection_targeting=self.targeting,
            budget=min(rules.budget, self.budget),
            fine=blended(rules.fine, self.fine, intensity),
        )
