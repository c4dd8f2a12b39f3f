"""Brands' licences shown by shops."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, blended, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class Authorisation(Policy):
    """Lets shops show the brand's licence, which buyers take as evidence and the platform checks."""

    counterpart = "brand-protection platform and verified sellers, March 2016"
    source = "dlsmwx.com 64785157: 72 000 accounts sanctioned in 22 months"
    levers = ("badge_evidence", "licence_detection")
    reaches = "resale_buyers"

    badge: float = field(4.0, "satisfied purchases that the licence is worth as evidence", "purchases", 0, 1_000, source="as much as the prior", tag="assumption")
    detection: float = field(0.01, "weekly chance that a shop that deals in fakes is found without a licence", "1/week", 0, 1, source="some ten times what was measured at first (.0025 a year)", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with badges shown and licences checked."""
        return dataclasses.replace(
            rules,
            badge_evidence=blended(rules.badge_evidence, self.badge, intensity),
            licence_detection=probability_at(rules.licence_detection, self.detection, intensity),
        )
