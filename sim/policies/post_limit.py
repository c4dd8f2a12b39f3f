"""A cap on posts."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, limit_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class PostLimit(Policy):
    """Shows no more than some posts of a shop in a week."""

    counterpart = "folding of repeated advertising posts in Moments"
    source = "Tencent's notices on Moments marketing, 2014-15; the number was never published"
    levers = ("post_limit",)
    reaches = "owners"

    limit: int = field(5, "posts of a shop that are shown in a week", "posts/week", 0, 10_000, source="half of the usual posts", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with the limit divided by the intensity; of two limits the lower holds."""
        return dataclasses.replace(rules, post_limit=min(rules.post_limit, limit_at(self.limit, intensity)))
