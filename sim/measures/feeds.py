"""Feeds: the advertising that everyone bears."""

from collections.abc import Iterator

from sim.ledger import PER_ONE
from sim.measures.base import Measure, Theme, column, people


class Feeds(Theme):
    """Advertising in feeds."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        share, seen = column("ads_share", 0, PER_ONE), column("ads_seen", 0, 1000)
        formula = "mean over people of shops' posts / posts in the feed"
        yield Measure("advertising_share", "share", formula, "platform's cost of tolerance", share, people)
        formula = "advertising posts read / people"
        yield Measure("ads_seen_per_person", "posts/week", formula, "counted", seen, people)
        yield Measure("muted_per_week", "shops/week", "slots emptied by muting", "counted", column("muted", 0))
