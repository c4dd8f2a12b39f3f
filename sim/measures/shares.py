"""Market shares and concentration."""

from collections.abc import Iterator
from functools import cache

from sim.ledger import N_TIERS_COUNTED
from sim.measures.base import Measure, Theme, WeeklyFunction, column, of_channel, people, plus, so_far, total
from sim.parameters import CHANNELS, WEEKS_PER_YEAR

SOURCE = "standard"
HHI_SOURCE = "Herfindahl-Hirschman index, 0 to 10 000; US merger guidelines 2023: above 1 800 is high"
HHI = "10 000 x sum over {} of n (n - 1) / (N (N - 1)), n of the N units of the week: free of the bias of small N"


@cache
def pairs(counts: WeeklyFunction, per: float = 1) -> WeeklyFunction:
    """Return the function that gives n (n - 1) of a count, divided by `per`."""
    return lambda record: record.series(counts) * (record.series(counts) - 1) / per


def sum_of_pairs(parts: list[WeeklyFunction]) -> WeeklyFunction:
    """Return the function that gives 10 000 times the sum of n (n - 1) over several counts."""
    return plus(*(pairs(part, 1e-4) for part in parts))


def pairs_of_sellers(channel: int) -> WeeklyFunction:
    """Return the function that gives 10 000 times the sum of n (n - 1) over a channel's sellers."""
    squares, units = column("squared_units", channel), of_channel("units", channel)
    return lambda record: 1e4 * (record.series(squares) - record.series(units))


class Shares(Theme):
    """Shares of units and yuan by channel, tier and brand; HHI by channel, brand and seller."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        all_units, all_spent = total("units"), total("spent")
        for c, name in enumerate(CHANNELS):
            formula = "units / units of all channels"
            yield Measure(f"share.{name}", "share", formula, SOURCE, of_channel("units", c), all_units)
        for c, name in enumerate(CHANNELS):
            formula = "yuan / yuan of all channels"
            yield Measure(f"share_yuan.{name}", "share", formula, SOURCE, of_channel("spent", c), all_spent)
        for t in range(N_TIERS_COUNTED):
            formula = f"units of shops of tier {t + 1} / units of resale"
            in_tier = column("units_by_tier", t)
            yield Measure(f"share.tier_{t + 1}", "share", formula, SOURCE, in_tier, total("units_by_tier"))
        brands = [column("units_by_brand", b) for b in range(n_brands)]
        for b, units in enumerate(brands):
            yield Measure(f"share.brand_{b + 1}", "share", "units / all units", SOURCE, units, all_units)
        yield from self.concentration(brands)
        bought = lambda record: record.series(all_units) * WEEKS_PER_YEAR / record.n_people  # noqa: E731
        yield Measure("units_per_person", "units/year", "52 x units / people", SOURCE, bought)
        needs = total("needs")
        yield Measure("share_needs_met", "share", "units / people with a need", SOURCE, all_units, needs)
        formula = "units bought from a friend's shop / units of resale"
        resale = of_channel("units", 0)
        yield Measure("share_from_friends", "share", formula, SOURCE, total("from_friends"), resale)
        formula = "people who ever bought in resale / people"
        ever = so_far(total("first_purchases"))
        yield Measure("share_ever_bought", "share", formula, "counted", ever, people, is_total=True)

    def concentration(self, brands: list[WeeklyFunction]) -> Iterator[Measure]:
        """Yield HHI by seller within each channel, by brand and by channel."""
        for c, name in enumerate(CHANNELS):
            top, units = pairs_of_sellers(c), pairs(of_channel("units", c))
            formula = HHI.format("the channel's sellers")
            yield Measure(f"hhi_seller.{name}", "index", formula, HHI_SOURCE, top, units)
        whole = pairs(total("units"))
        yield Measure("hhi_brand", "index", HHI.format("brands"), HHI_SOURCE, sum_of_pairs(brands), whole)
        channels = sum_of_pairs([of_channel("units", c) for c in range(len(CHANNELS))])
        yield Measure("hhi_channel", "index", HHI.format("channels"), HHI_SOURCE, channels, whole)
