"""Public ratings of shops."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class PublicRatings(Policy):
    """Shows buyers' ratings of shops to everyone."""

    counterpart = "seller ratings of marketplaces"
    source = "Taobao shows them since 2003"
    levers = ("rating_weight",)
    reaches = "resale_buyers"

    weight: float = field(1.0, "weight with which ratings are visible in resale", "share", 0, 1, source="as on marketplaces", tag="design")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with ratings visible in both resale venues."""
        wechat, rival, *others = rules.rating_weight
        shown = (probability_at(weight, self.weight, intensity) for weight in (wechat, rival))
        return dataclasses.replace(rules, rating_weight=(*shown, *others))
