"""Goods: where they go."""

from collections.abc import Iterator

from sim.measures.base import Measure, Record, Series, Theme, of_channel, total

KOSCOT = "Koscot test for pyramids; Vander Nat & Keep 2002"


def outsiders(record: Record) -> Series:
    """Return units of resale bought by people who run no shop, by week."""
    return of_channel("units", 0)(record) - total("bought_by_shopkeepers")(record)


class Goods(Theme):
    """Sell-through and retail to outsiders."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        formula = "genuine units with consumers / genuine units shipped by brands (1 without stock)"
        consumed, made = total("consumed"), total("made")
        yield Measure("sell_through", "share", formula, "accounts", consumed, made, True)
        formula = "units of resale bought by people who run no shop / units of resale"
        resale = of_channel("units", 0)
        yield Measure("retail_to_outsiders", "share", formula, KOSCOT, outsiders, resale, True)
