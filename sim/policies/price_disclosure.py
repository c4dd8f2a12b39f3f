"""Prices made known."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class PriceDisclosure(Policy):
    """Lets buyers see the brand's own price more often."""

    counterpart = "visible prices of open marketplaces"
    source = "every marketplace shows the brands' flagship prices"
    levers = ("price_transparency",)
    reaches = "buyers"

    chance: float = field(0.8, "chance that a buyer sees the direct price", "probability", 0, 1, source="most compare when prices are side by side", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with prices more transparent."""
        chance = probability_at(rules.price_transparency, self.chance, intensity)
        return dataclasses.replace(rules, price_transparency=chance)
