"""Sellers leave for another platform."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class Exodus(Policy):
    """Moves shops to the rival platform, whether that pays or not; nothing else changes."""

    counterpart = "calls among sellers to move to other platforms after each ban"
    source = "press of 2014-16 on sellers moving to Weibo and Momo"
    levers = ("exodus_share",)
    reaches = "owners"

    share: float = field(0.8, "share of shops that leave", "share", 0, 1, source="a thought experiment", tag="design")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules under which shops leave."""
        return dataclasses.replace(rules, exodus_share=probability_at(rules.exodus_share, self.share, intensity))
