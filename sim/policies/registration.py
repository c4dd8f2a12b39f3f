"""Registration and taxes."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class Registration(Policy):
    """Taxes shops whose sales of the year are above a threshold."""

    counterpart = "registration of online sellers by the E-commerce Law, in force 2019-01-01"
    source = "E-commerce Law, articles 10 and 11"
    levers = ("tax_threshold", "tax_rate")
    reaches = "owners"

    threshold: float = field(100_000.0, "retail sales a year up to which nothing is due", "yuan/year", 0, 1e9, source="small transactions exempt: 100 000 yuan a year", tag="measured")
    rate: float = field(0.03, "share of further sales due to the state", "share", 0, 1, source="small-scale taxpayers' value-added tax of 3 %", tag="measured")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with sales taxed; of two thresholds the lower holds."""
        return dataclasses.replace(
            rules,
            tax_threshold=min(rules.tax_threshold, self.threshold),
            tax_rate=probability_at(rules.tax_rate, self.rate, intensity),
        )
