"""Refunds by escrow."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class BuyerProtection(Policy):
    """Holds payments back and refunds disappointed buyers at the seller's cost."""

    counterpart = "escrow and seven-day returns of marketplaces"
    source = "Consumer Rights Law in force 2014-03-15; WeChat transfers had no escrow"
    levers = ("refund",)
    reaches = "resale_buyers"

    resale: float = field(0.5, "chance that a disappointed buyer is refunded in resale on WeChat", "probability", 0, 1, source="between bazaar and mall", tag="assumption")
    direct: float = field(0.3, "the same in brands' stores", "probability", 0, 1, source="as without the policy", tag="design")
    bazaar: float = field(0.3, "the same in the bazaar", "probability", 0, 1, source="as without the policy", tag="design")
    mall: float = field(0.7, "the same in the mall", "probability", 0, 1, source="as without the policy", tag="design")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with refunds; the rival platform keeps its own."""
        wechat, rival, direct, bazaar, mall = rules.refund
        return dataclasses.replace(
            rules,
            refund=(
                probability_at(wechat, self.resale, intensity),
                rival,
                probability_at(direct, self.direct, intensity),
                probability_at(bazaar, self.bazaar, intensity),
                probability_at(mall, self.mall, intensity),
            ),
        )
