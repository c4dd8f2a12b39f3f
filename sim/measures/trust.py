"""Trust, true satisfaction, and the gap between the two."""

from collections.abc import Iterator

from sim.ledger import PER_ONE
from sim.measures.base import FEN, Measure, Theme, WeeklyFunction, column, less, of_channel, people
from sim.parameters import CHANNELS, Venue

BELIEF = "Josang & Ismail 2002 (beta reputation); negativity as in docs/odd.md 7.4"
GAP = "mean over purchases of trust less true chance; negative even among the honest as bad news weighs more"
VENUE_OF = {
    "resale": Venue.RESALE_WECHAT,
    "direct": Venue.DIRECT,
    "bazaar": Venue.BAZAAR,
    "mall": Venue.MALL,
    "resale_rival": Venue.RESALE_RIVAL,
}


def trust_less_truth(channel: int) -> WeeklyFunction:
    """Return the function that sums trust less true chance over the purchases of a channel."""
    return less(*(of_channel(name, channel, PER_ONE) for name in ("trust_at_purchase", "true_chance")))


class Trust(Theme):
    """Trust by venue over all people, satisfaction and deception over purchases."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        for name, venue in VENUE_OF.items():
            formula = "mean over all people, users or not, of the chance they give a purchase there (resale: on WeChat)"
            yield Measure(f"trust.{name}", "probability", formula, BELIEF, column("trust", venue, PER_ONE), people)
        for name, venue in VENUE_OF.items():
            formula = "people whose trust is .5 or more / people"
            yield Measure(f"share_trusting.{name}", "share", formula, BELIEF, column("n_trusting", venue), people)
        for c, name in enumerate(CHANNELS):
            units = of_channel("units", c)
            formula = "units that satisfied / units"
            good = of_channel("satisfied", c)
            yield Measure(f"satisfaction.{name}", "share", formula, "realised", good, units, True)
            yield Measure(f"trust_gap.{name}", "probability", GAP, BELIEF, trust_less_truth(c), units, True)
            formula = "purchases believed better than they are by .1 or more / purchases"
            deceived = of_channel("deceived", c)
            yield Measure(f"share_deceived.{name}", "share", formula, BELIEF, deceived, units, True)
            fakes = of_channel("fakes", c)
            yield Measure(f"share_fakes.{name}", "share", "fakes / units", "counted", fakes, units, True)
            formula = "sum of prices paid above the brand's list price / sum of prices paid"
            over, spent = of_channel("overpaid", c, FEN), of_channel("spent", c, FEN)
            yield Measure(f"overpayment.{name}", "share", formula, "counted", over, spent, True)
