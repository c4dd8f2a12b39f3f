"""Goods: how many are made, where they lie, and whom they reach."""

from collections.abc import Iterator

from sim.ledger import N_TIERS_COUNTED
from sim.measures.base import Measure, Theme, column, less, of_channel, plus, so_far, total
from sim.parameters import CHANNELS

KOSCOT = "Koscot test for pyramids; Vander Nat & Keep 2002"
ACCOUNTS = "accounts"
KINDS = (("goods", "genuine units", "made", ""), ("fakes", "fakes", "faked", "_fakes"))


class Goods(Theme):
    """Units made, consumed, in stock and written off; sell-through; what reaches outsiders."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        yield from self.sold_through()
        units = total("stock_by_tier")
        yield Measure("stock", "units", "units in shops' stock at the week's end, both kinds", ACCOUNTS, units)
        for t in range(N_TIERS_COUNTED):
            in_tier = column("stock_by_tier", t)
            yield Measure(f"stock.tier_{t + 1}", "units", "the same, of the tier", ACCOUNTS, in_tier)
        formula = "shops' stock / units that consumers buy in resale a week"
        yield Measure("weeks_of_stock", "weeks", formula, ACCOUNTS, units, of_channel("units", 0), is_weighted=True)
        for name, noun, made, ending in KINDS:
            yield from self.whereabouts(name, noun, made, ending)

    def sold_through(self) -> Iterator[Measure]:
        """Yield how much of what brands ship is consumed, and by whom."""
        consumed, made = total("consumed"), total("made")
        formula = (
            "genuine units that reach consumers / genuine units shipped by brands, of the period (above 1: destocking)"
        )
        yield Measure("sell_through", "share", formula, ACCOUNTS, consumed, made, True)
        formula = "the same of all weeks so far"
        yield Measure("sell_through_total", "share", formula, ACCOUNTS, so_far(consumed), so_far(made), is_total=True)
        formula = "units of resale bought by people who run no shop at the week's end / units of resale"
        resale = of_channel("units", 0)
        outsiders = less(resale, total("bought_by_shopkeepers"))
        yield Measure("retail_to_outsiders", "share", formula, KOSCOT, outsiders, resale, True)
        elsewhere = [less(of_channel("units", c), of_channel("fakes", c)) for c in range(1, len(CHANNELS))]
        reaching = plus(total("genuine_to_outsiders"), *elsewhere)
        formula = "(genuine units of resale bought by people without a shop + genuine units of other channels) / made"
        yield Measure("share_reaching_outsiders", "share", formula, KOSCOT, reaching, made, True)

    def whereabouts(self, name: str, noun: str, made: str, ending: str) -> Iterator[Measure]:
        """Yield the four counts that balance: made = consumed + growth of stock + written off."""
        identity = "; made = consumed + growth of stocked + written_off"
        yield Measure(f"{name}.made", "units/week", f"{noun} made{identity}", ACCOUNTS, total(made))
        formula = f"{noun} that reach consumers"
        yield Measure(f"{name}.consumed", "units/week", formula, ACCOUNTS, total(f"consumed{ending}"))
        formula = f"{noun} in shops' stock at the week's end"
        yield Measure(f"{name}.stocked", "units", formula, ACCOUNTS, total(f"stocked{ending}"))
        formula = f"{noun} in the stock of shops that closed"
        yield Measure(f"{name}.written_off", "units/week", formula, ACCOUNTS, total(f"written_off{ending}"))
