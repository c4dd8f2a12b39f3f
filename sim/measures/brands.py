"""Brands and the bazaar: what they put into the ways to consumers."""

from collections.abc import Iterator

from sim.ledger import PER_ONE
from sim.measures.base import Measure, Theme, total


class Makers(Theme):
    """Brands' effort for their own stores, sellers of the bazaar."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        formula = "share of effort that goes into the own store, mean over brands"
        yield Measure("brand_effort", "share", formula, "docs/odd.md 7.12", total("effort", PER_ONE * n_brands))
        yield Measure("n_bazaar_sellers", "sellers", "open sellers of the bazaar", "counted", total("sellers"))
