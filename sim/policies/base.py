"""What a policy is: when it acts, how strongly, and how it amends the week's rules."""

from dataclasses import dataclass
from typing import ClassVar

from sim.fields import MAX_WEEKS, Group, ParameterError, field
from sim.rules import NO_LIMIT, Rules


def blended(neutral: float, lever: float, intensity: float) -> float:
    """Return neutral + x * (lever - neutral); exactly `neutral` at intensity x = 0."""
    return neutral + intensity * (lever - neutral)


def probability_at(neutral: float, lever: float, intensity: float) -> float:
    """Return the same held within 0 and 1."""
    return min(1.0, max(0.0, blended(neutral, lever, intensity)))


def limit_at(limit: float, intensity: float) -> int:
    """Return limit / x, rounded half to even; no limit at intensity x = 0."""
    return round(min(NO_LIMIT, limit / intensity)) if intensity > 0 else NO_LIMIT


# fmt: off
@dataclass(frozen=True)
class Policy(Group):
    """One intervention, in force from the first week to the last unless its fields say otherwise."""

    counterpart: ClassVar[str]
    """What it stands for in the real world."""
    source: ClassVar[str]
    """Where that is found."""
    levers: ClassVar[tuple[str, ...]]
    """The fields of `Rules` that it may change."""
    reaches: ClassVar[str]
    """Whom it reaches directly: a group of `sim.study.spillover.GROUPS`; all others it reaches through people."""

    start_week: int = field(0, "first week in which it acts", "week", 0, MAX_WEEKS, source="timeline of the experiment", tag="design")
    end_week: int | None = field(None, "week in which it acts no more (null: to the end)", "week", 0, MAX_WEEKS, source="timeline of the experiment", tag="design")
    schedule: tuple[tuple[int, float], ...] = field((), "list of [week, intensity], each intensity lasting to the next; none: 1 throughout", "list", source="timeline of the experiment", tag="design")
# fmt: on

    def __post_init__(self) -> None:
        """Check the fields, and that it ends after it starts."""
        super().__post_init__()
        if self.end_week is not None and self.end_week <= self.start_week:
            raise ParameterError(
                f"{self.key_prefix()}end_week={self.end_week}: allowed is a week after start_week={self.start_week}"
            )

    @classmethod
    def name(cls) -> str:
        """Return the name under which it is configured: that of its file."""
        return cls.__module__.rpartition(".")[2]

    @classmethod
    def key_prefix(cls) -> str:
        """Return what stands before a field's name in a key."""
        return f"policies.{cls.name()}."

    @property
    def first_week(self) -> int:
        """The first week that is not before its start nor before its schedule."""
        return max(self.start_week, self.schedule[0][0]) if self.schedule else self.start_week

    def intensity(self, week: int) -> float:
        """Return how strongly it acts in a week; 0 is not at all, 1 as its fields say."""
        if week < self.start_week or (self.end_week is not None and week >= self.end_week):
            return 0.0
        if not self.schedule:
            return 1.0
        return next((x for since, x in reversed(self.schedule) if since <= week), 0.0)

    def amend(self, rules: Rules, week: int) -> Rules:
        """Return the rules of the week with this policy in force."""
        x = self.intensity(week)
        return self.amended(rules, x) if x > 0 else rules

    def amended(self, rules: Rules, intensity: float) -> Rules:
        """Return the rules as the policy changes them at an intensity above 0."""
        raise NotImplementedError
