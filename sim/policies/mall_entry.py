"""Traffic for a mall."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, probability_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class MallEntry(Policy):
    """Gives people a first-level entry to the mall in the app."""

    counterpart = "JD's first-level entry in WeChat, 27 May 2014"
    source = "Tencent and JD announcements of March and May 2014"
    levers = ("mall_entry",)
    reaches = "people_sent_to_mall"

    share: float = field(0.3, "share of people who are sent to the mall", "share", 0, 1, source="part of WeChat's users used the entry", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with people sent to the mall."""
        return dataclasses.replace(rules, mall_entry=probability_at(rules.mall_entry, self.share, intensity))
