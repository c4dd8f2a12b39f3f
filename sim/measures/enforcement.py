"""Enforcement: what is found and punished, rightly or not, and what complaints tell of the harm."""

from collections.abc import Iterator

from sim.measures.base import FEN, Measure, Theme, less, of_channel, total
from sim.parameters import CHANNELS, WEEKS_PER_YEAR

COUNTED = "counted"
CLASSIFIER = "precision and recall of a classifier; truth is known to the model, not to the platform"


class Enforcement(Theme):
    """Campaigns, inspections, sanctions and their errors; complaints against true harm."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        n_shops, sanctioned, false_alarms = total("n_shops_by_tier"), total("sanctioned"), total("false_alarms")
        yield Measure("campaigns", "campaigns/week", "like campaigns on both platforms", COUNTED, total("campaigns"))
        yield Measure("campaigns_detected", "campaigns/week", "like campaigns detected", COUNTED, total("detected"))
        yield Measure("inspections", "inspections/week", "shops inspected", COUNTED, total("inspected"))
        formula = "open shops on WeChat that deal in fakes, ran a campaign or are too deep / open shops"
        violating = total("violating")
        yield Measure("share_violating", "share", formula, COUNTED, violating, n_shops)
        yield Measure("sanctions", "sanctions/week", "shops given a strike", COUNTED, sanctioned)
        formula = "52 x sanctions / open shops"
        a_year = total("sanctioned", 1 / WEEKS_PER_YEAR)
        yield Measure("sanctions_per_shop_year", "1/year", formula, COUNTED, a_year, n_shops, is_weighted=True)
        right = less(sanctioned, false_alarms)
        formula = "sanctions of shops that broke a rule / sanctions"
        yield Measure("precision", "share", formula, CLASSIFIER, right, sanctioned, is_weighted=True)
        formula = "sanctions of shops that broke a rule / shops that broke one, in a week"
        yield Measure("recall", "share/week", formula, CLASSIFIER, right, violating, is_weighted=True)
        formula = "shops closed for good that broke no rule"
        yield Measure("false_bans", "shops/week", formula, COUNTED, total("false_bans"))
        formula = "open shops suspended next week / open shops"
        yield Measure("share_suspended", "share", formula, COUNTED, total("suspended"), n_shops)
        formula = "contacts cut by the limit, and followers of campaigns removed"
        yield Measure("contacts_purged", "contacts/week", formula, COUNTED, total("purged"))
        for name, meaning in (("fined", "fines"), ("forfeited", "deposits lost"), ("tax", "taxes of shops")):
            yield Measure(f"yuan_{name}", "yuan/week", meaning, "accounts", total(name, FEN))
        yield from self.complaints()

    def complaints(self) -> Iterator[Measure]:
        """Yield disappointed purchases and complaints by channel."""
        for c, name in enumerate(CHANNELS):
            harmed = less(of_channel("units", c), of_channel("satisfied", c))
            complaints = of_channel("complaints", c)
            yield Measure(f"disappointed.{name}", "units/week", "units that did not satisfy", COUNTED, harmed)
            formula = "complaints to the operator"
            yield Measure(f"complaints.{name}", "complaints/week", formula, COUNTED, complaints)
            formula = "complaints / units that did not satisfy: what the operator sees of the harm"
            yield Measure(f"complaints_per_harm.{name}", "share", formula, COUNTED, complaints, harmed, True)
