"""Evidence that fades: what a person holds about a shop, and public ratings (docs/odd.md, 7.4)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reference.luck import single

if TYPE_CHECKING:
    from tests.reference.sellers import Shop


class Fading:
    """What is left of evidence after so many weeks: products of one factor a week."""

    def __init__(self, half_life: float) -> None:
        """Set the weekly factor 0.5^(1/half-life)."""
        self.weekly = 0.5 ** (1.0 / half_life)
        self.left = [1.0]

    def after(self, weeks: int) -> float:
        """Return decay[weeks]."""
        while len(self.left) <= weeks:
            self.left.append(self.left[-1] * self.weekly)
        return self.left[weeks]


@dataclass(eq=False)
class Slot:
    """One of a person's twelve places of attention: a shop and the evidence (f32) about it."""

    shop: "Shop"
    is_friend: bool
    from_campaign: bool = False
    satisfied: float = 0.0
    total: float = 0.0
    last_week: int = 0

    def read(self, week: int, fading: Fading) -> tuple[float, float]:
        """Return satisfied and total evidence as it counts in `week`."""
        left = fading.after(week - self.last_week)
        return self.satisfied * left, self.total * left

    def add(self, week: int, fading: Fading, weight: float, is_good: bool) -> None:
        """Fade, then add `weight` to the total and, if good, to the satisfied evidence."""
        satisfied, total = self.read(week, fading)
        self.satisfied, self.total, self.last_week = single(satisfied), single(total), week
        self.total = single(self.total + weight)
        if is_good:
            self.satisfied = single(self.satisfied + weight)


@dataclass
class Ratings:
    """Public ratings of a seller (f64)."""

    satisfied: float = 0.0
    total: float = 0.0
    last_week: int = 0

    def read(self, week: int, fading: Fading) -> tuple[float, float]:
        """Return satisfied and total ratings as they count in `week`."""
        left = fading.after(week - self.last_week)
        return self.satisfied * left, self.total * left

    def add(self, week: int, fading: Fading, satisfied: int, total: int) -> None:
        """Fade, then add the counts of the week."""
        self.satisfied, self.total = self.read(week, fading)
        self.satisfied += satisfied
        self.total += total
        self.last_week = week
