"""Welfare in yuan per person and year: consumers as they experience it, sellers, platform, state, annoyance."""

from collections.abc import Iterator

from sim.ledger import N_TIERS_COUNTED, Account
from sim.measures.base import (
    FEN,
    MICRO,
    Measure,
    Theme,
    WeeklyFunction,
    change,
    column,
    less,
    net,
    of_channel,
    paid,
    plus,
    so_far,
    total,
    yuan_per_person_year,
)
from sim.parameters import CHANNELS, Channel

UNIT = "yuan/person/year"
LOGSUM = "Small & Rosen 1981; misperception: Train 2015"
ACCOUNTS = "accounts"
CONSOLIDATED = "accounts; margins on goods not yet sold are eliminated as in consolidated accounts (IFRS 10)"

consumers = total("surplus", MICRO)
misinformation = less(total("informed_surplus", MICRO), consumers)
annoyance = total("annoyance", MICRO)
owners_time = total("owners_time_by_tier", FEN)
unsold_margins = change(less(total("stock_cost", FEN), total("stock_made_cost", FEN)))
salvage = paid(Account.OUTSIDE, Account.SHOPS)
dead_stock = less(total("waste", FEN), salvage)
enforcement_cost = total("enforcement_cost", FEN)
fee_cut = less(paid(Account.PLATFORM, Account.OUTSIDE), enforcement_cost)
advertising = less(plus(paid(Account.BRANDS, Account.OUTSIDE), fee_cut), total("served", FEN))
platform, state = net(Account.PLATFORM), net(Account.STATE)

PROFITS = {
    "shops": change(total("surplus_by_tier", FEN)),
    "brands": net(Account.BRANDS),
    "bazaar_sellers": net(Account.BAZAAR_SELLERS),
    "mall_operator": net(Account.MALL),
}
"""Operating profit a week: stock counts at what it cost its holder until it is sold or written off."""

producers = less(plus(*PROFITS.values()), unsold_margins, owners_time)
before_time = less(plus(consumers, producers, platform, state, owners_time), annoyance)
everyone = less(before_time, owners_time)


def markup(channel: int) -> WeeklyFunction:
    """Return the function for revenue less refunds less cost of making and serving the units sold, yuan a week."""
    return less(*(of_channel(name, channel, FEN) for name in ("spent", "refunded", "made_cost")))


charges = plus(
    paid(Account.SHOPS, Account.PLATFORM), paid(Account.SHOPS, Account.STATE), paid(Account.DEPOSITS, Account.PLATFORM)
)
CHANNEL_SURPLUS = {
    Channel.RESALE: less(markup(Channel.RESALE), dead_stock, charges, owners_time),
    Channel.DIRECT: less(plus(markup(Channel.DIRECT), fee_cut), advertising, paid(Account.BRANDS, Account.PLATFORM)),
    Channel.BAZAAR: less(markup(Channel.BAZAAR), paid(Account.BAZAAR_SELLERS, Account.PLATFORM)),
    Channel.MALL: markup(Channel.MALL),
}
"""Producer surplus by the channel in which it arises; the four sum to the whole."""


def measure(name: str, formula: str, source: str, weekly: WeeklyFunction) -> Measure:
    """Return a measure in yuan per person and year of a series in yuan a week."""
    return Measure(name, UNIT, formula, source, yuan_per_person_year(weekly))


class Welfare(Theme):
    """Surplus of consumers and producers, platform, state, annoyance, their sum, and where value is lost."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        formula = "sum over needs of (ln(1 + sum_g (sum_j e^(V_j/lambda))^lambda) + sum_j P_j (V*_j - V_j)) / alpha"
        yield measure("consumer_surplus", formula, LOGSUM, consumers)
        for fifth in range(5):
            formula = f"the same per person of wealth fifth {fifth + 1} (1 poorest); wealth does not enter demand"
            weekly = column("surplus", fifth, MICRO / 5)
            yield measure(f"consumer_surplus.wealth_{fifth + 1}", formula, LOGSUM, weekly)
        yield from self.producers()
        formula = "fees, fines and lost deposits received - fee cuts and enforcement paid"
        yield measure("platform_surplus", formula, ACCOUNTS, platform)
        yield measure("state_revenue", "taxes", ACCOUNTS, state)
        formula = "consumer_surplus + producer_surplus + platform_surplus + state_revenue - loss.spam"
        yield measure("welfare", formula, "sum", everyone)
        formula = "welfare + owners_time: as if the shopkeepers' time were free"
        yield measure("welfare_before_owners_time", formula, "sum", before_time)
        yield from self.losses()
        formula = "sum over all weeks so far, undiscounted"
        for name, weekly in (("consumer_surplus", consumers), ("producer_surplus", producers), ("welfare", everyone)):
            yield Measure(f"{name}_total", "yuan", formula, "sum", so_far(weekly), is_total=True)

    def producers(self) -> Iterator[Measure]:
        """Yield producer surplus: the whole, by channel, by tier, and the profits it is made of."""
        formula = "sum of profit.* - unsold_margins - owners_time (bazaar sellers' and brands' own time is not charged)"
        yield measure("producer_surplus", formula, CONSOLIDATED, producers)
        costs = {
            "resale": " - loss.dead_stock - charges and lost deposits - owners_time",
            "direct": " - advertising - fees + fee cuts",
            "bazaar": " - fees",
            "mall": ", brands and operator together",
        }
        for c, name in enumerate(CHANNELS):
            formula = (
                f"revenue - refunds - cost of making and serving the units sold{costs[name]}; brands' part included"
            )
            yield measure(f"producer_surplus.{name}", formula, CONSOLIDATED, CHANNEL_SURPLUS[Channel(c)])
        formula = "shops of all tiers: income - charges - losses on stock - lost deposits - owners_time"
        earned = change(total("surplus_by_tier", FEN))
        yield measure("producer_surplus.shopkeepers", formula, ACCOUNTS, less(earned, owners_time))
        for t in range(N_TIERS_COUNTED):
            earned, time = change(column("surplus_by_tier", t, FEN)), column("owners_time_by_tier", t, FEN)
            formula = f"shops of tier {t + 1}: income - charges - losses on stock - lost deposits - owners_time"
            yield measure(f"producer_surplus.tier_{t + 1}", formula, ACCOUNTS, less(earned, time))
        for name, weekly in PROFITS.items():
            formula = "received - paid" + " + growth of stock at its cost and of deposits held" * (name == "shops")
            yield measure(f"profit.{name}", formula, f"{ACCOUNTS}; own time is not charged", weekly)
        formula = (
            "growth of (cost of shops' stock to them - cost of making it): profits on goods that no consumer bought"
        )
        yield measure("unsold_margins", formula, CONSOLIDATED, unsold_margins)
        formula = "outside income forgone by those who ran a shop in the week, suspended or not"
        yield measure("owners_time", formula, "opportunity cost; population.outside_income_median", owners_time)

    def losses(self) -> Iterator[Measure]:
        """Yield what is lost against true beliefs and no waste, and the mark-up, which is a transfer."""
        formula = "surplus if each seller's true chance were known at the same offers, less experienced surplus"
        yield measure("loss.misinformation", formula, LOGSUM, misinformation)
        formula = "cost of making the stock of closed shops - its salvage value"
        yield measure("loss.dead_stock", formula, ACCOUNTS, dead_stock)
        yield measure("loss.spam", "advertising posts seen x attention.post_disutility", "docs/odd.md 7.1", annoyance)
        formula = "inspections x regulator.inspection_cost, paid out of platform_surplus"
        yield measure("enforcement_cost", formula, ACCOUNTS, enforcement_cost)
        formula = "revenue - refunds - cost of making and serving, all channels: a transfer to sellers, not a loss"
        gained = plus(*(markup(c) for c in range(len(CHANNELS))))
        yield measure("transfer.markup", formula, ACCOUNTS, gained)
