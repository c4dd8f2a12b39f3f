"""A ban on collecting likes."""

import dataclasses
from dataclasses import dataclass

from sim.fields import ParameterError, field
from sim.policies.base import Policy, probability_at
from sim.rules import PERMANENT, Rules


# fmt: off
@dataclass(frozen=True)
class LikeBan(Policy):
    """Like campaigns are looked for; each one found takes the shop a step up the ladder."""

    counterpart = "ban on collecting likes with strikes of 7, 15 and 30 days, then for good, 9 June 2014"
    source = "media.people.com.cn 2014-06-07"
    levers = ("campaign_detection", "ladder", "removes_followers")
    reaches = "owners_sanctioned"

    detection: float = field(0.3, "chance that a campaign is detected", "probability", 0, 1, source="reports by users; never published", tag="assumption")
    ladder: str = field("7 15 30 permanent", "days of suspension, step after step, or permanent", "days", source="media.people.com.cn 2014-06-07", tag="measured")
    remove_followers: bool = field(False, "followers gained by a detected campaign are removed", "yes or no", source="zbjdyw.com news 314 (from 30 Dec 2014)", tag="measured")
# fmt: on

    def __post_init__(self) -> None:
        """Check the fields and the ladder."""
        super().__post_init__()
        ladder_of_weeks(self.ladder)

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules with detection raised towards that of the ban."""
        return dataclasses.replace(
            rules,
            campaign_detection=probability_at(rules.campaign_detection, self.detection, intensity),
            ladder=ladder_of_weeks(self.ladder),
            removes_followers=rules.removes_followers or self.remove_followers,
        )


def ladder_of_weeks(days: str) -> tuple[int, ...]:
    """Return the weeks of each step: days / 7, rounded, at least 1; `PERMANENT` for good.

    >>> ladder_of_weeks("7 15 30 permanent")
    (1, 2, 4, -1)
    """
    steps = days.split()
    if not steps or not all(step == "permanent" or (step.isdecimal() and 0 < int(step) <= 36_500) for step in steps):
        raise ParameterError(
            f"policies.like_ban.ladder={days!r}: allowed are days (1 to 36500) or permanent, parted by blanks"
        )
    return tuple(PERMANENT if step == "permanent" else max(1, round(int(step) / 7)) for step in steps)
