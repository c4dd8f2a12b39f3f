"""A cap on tiers."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, limit_at, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class TierLimit(Policy):
    """Allows resale in some tiers only; deeper shops are looked for and sanctioned."""

    counterpart = "two or three levels allowed in WeChat distribution, 2015-16"
    source = "alltechasia.com 2016-07-12 (three), cnbeta 531731 of 2016-08-21 (two)"
    levers = ("tier_limit", "tier_detection")
    reaches = "owners"

    limit: int = field(2, "tiers allowed", "tiers", 1, 8, source="cnbeta 531731 of 2016-08-21", tag="measured")
    detection: float = field(0.01, "weekly chance that a deeper shop is found", "1/week", 0, 1, source="about 3 000 stores cut off in one action", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with the limit divided by the intensity; of two limits the lower holds."""
        return dataclasses.replace(
            rules,
            tier_limit=max(1, min(rules.tier_limit, limit_at(self.limit, intensity))),
            tier_detection=probability_at(rules.tier_detection, self.detection, intensity),
        )
