"""How clear the platform's attitude is."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, blended
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class Stance(Policy):
    """Makes enforcement clear, ambiguous (the same on average, unknown and in bursts) or adaptive to complaints."""

    counterpart = "the platform's unclear attitude: rumours of May 2014, two against three levels in 2015-16"
    source = "wxtt.com thread 10732; shougong114.com 2014-05-22"
    levers = ("ambiguity", "burst_share", "follows_complaints", "delay")
    reaches = "owners"

    kind: str = field("ambiguous", "clear, ambiguous or adaptive", "kind", source="the claims under test", tag="design", choices=("clear", "ambiguous", "adaptive"))
    sigma: float = field(1.0, "spread of perceived risk if ambiguous: standard deviation of its logarithm", "ln 1", 0, 5, source="estimates that differ by a factor of three either way", tag="assumption")
    burst_share: float = field(0.25, "share of weeks in which anything is enforced if ambiguous", "share", 0.01, 1, source="campaigns of a week in a month", tag="assumption")
    delay: int = field(8, "weeks by which adaptive enforcement lags behind complaints", "weeks", 0, 520, source="two months", tag="assumption")
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with the spread of perceived risk, bursts, or enforcement that follows complaints."""
        if self.kind == "adaptive":
            return dataclasses.replace(rules, follows_complaints=True, delay=self.delay)
        if self.kind == "clear":
            return dataclasses.replace(rules, ambiguity=0.0, burst_share=1.0, follows_complaints=False, delay=0)
        return dataclasses.replace(
            rules,
            ambiguity=blended(rules.ambiguity, self.sigma, intensity),
            burst_share=max(0.01, blended(rules.burst_share, self.burst_share, min(1.0, intensity))),
        )
