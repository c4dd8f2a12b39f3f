"""A cap on a shop's contacts."""

import dataclasses
from dataclasses import dataclass

from sim.fields import field
from sim.policies.base import Policy, limit_at
from sim.rules import Rules


# fmt: off
@dataclass(frozen=True)
class FriendLimit(Policy):
    """Caps the people who hold a shop in a slot; friendships themselves are left alone."""

    counterpart = "WeChat's cap of 5000 contacts for accounts that add people in masses, 21 May 2014"
    source = "Beijing Evening News 2014-05-26"
    levers = ("contact_limit", "purges_contacts")
    reaches = "owners_at_limit"

    limit: int = field(5_000, "contacts that a shop may have", "people", 1, 100_000_000, source="Beijing Evening News 2014-05-26", tag="measured")
    limit_ratio: float | None = field(None, "the same over the mean number of friends (instead of limit)", "ratio", 0.001, 1e6, source="5000 is 18 to 40 times the mean degree", tag="design")
    mode: str = field("grandfather", "what happens to contacts above it: grandfather keeps, purge cuts them", "mode", source="existing contacts were kept", tag="measured", choices=("grandfather", "purge"))
# fmt: on

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with the limit divided by the intensity; of two limits the lower holds."""
        limit = self.limit if self.limit_ratio is None else self.limit_ratio * rules.mean_degree
        return dataclasses.replace(
            rules,
            contact_limit=min(rules.contact_limit, limit_at(limit, intensity)),
            purges_contacts=rules.purges_contacts or self.mode == "purge",
        )
