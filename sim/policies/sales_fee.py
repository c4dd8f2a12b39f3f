"""Fees on sales."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class SalesFee(Policy):
    """Lets operators keep a share of every price."""

    counterpart = "marketplace commissions"
    source = "Tmall 2 to 5 %, JD 5 to 10 %; WeChat Store none in 2014"
    levers = ("sales_fee",)
    reaches = "owners"

    resale: float = field(0.02, "share of the price in resale on WeChat", "share", 0, 1, source="below marketplaces' commissions", tag="assumption")
    rival: float = field(0.0, "the same on the rival platform", "share", 0, 1, source="outside the platform's reach", tag="design")
    direct: float = field(0.0, "the same in brands' stores", "share", 0, 1, source="WeChat Store none in 2014", tag="measured")
    bazaar: float = field(0.0, "the same in the bazaar", "share", 0, 1, source="Taobao charged none", tag="measured")
    mall: float = field(0.0, "the same in the mall, beside its commission", "share", 0, 1, source="its commission is mall.commission", tag="design")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with fees by venue."""
        fees = (self.resale, self.rival, self.direct, self.bazaar, self.mall)
        blends = (probability_at(now, fee, intensity) for now, fee in zip(rules.sales_fee, fees, strict=True))
        return dataclasses.replace(rules, sales_fee=tuple(blends))
