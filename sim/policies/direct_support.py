"""Help for brands' own stores."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, blended, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class DirectSupport(Policy):
    """Bears a part of direct sellers' cost and sends people to brands' stores."""

    counterpart = "brands' official accounts and WeChat Stores, 2014: settle on the brand side"
    source = "WeChat Store announced 2014-05-29"
    levers = ("direct_fee_cut", "direct_traffic")
    reaches = "everyone"

    fee_cut: float = field(0.5, "share of the service cost of direct sales that the platform bears", "share", 0, 1, source="fee holidays for new services", tag="assumption")
    traffic: float = field(0.002, "weekly hazard that the platform makes a person know a brand's store", "1/week", 0, 1, source="twice a brand's own advertising", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with support for brands' stores."""
        return dataclasses.replace(
            rules,
            direct_fee_cut=probability_at(rules.direct_fee_cut, self.fee_cut, intensity),
            direct_traffic=blended(rules.direct_traffic, self.traffic, intensity),
        )
