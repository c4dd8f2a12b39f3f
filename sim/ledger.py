"""Money and goods in double entry, and the counts from which measures are made.

Money is int64 fen. Every payment is written once, as flow[payer, payee], so that what leaves one
account enters another; the check compares these flows with what people, shops and orders
recorded on their own. All sums over people are sums of integers: they do not depend on the order of
rows, on chunks or on threads. Fractions are counted in units of 2**-30 (`PER_ONE`).
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.parameters import CHANNELS, VENUES, Venue
from sim.population import Shops, State

Integers = NDArray[np.int64]

PER_ONE = 2**30
"""Counting unit of fractions."""

DECEIVED_BY = 0.1
"""A purchase deceives when the unit's believed chance exceeds the true one by this much."""

DIRECT = int(Venue.DIRECT)

N_TIERS_COUNTED = 8
"""Tiers told apart in measures; deeper ones count with the last."""


class Account(IntEnum):
    """Who holds money."""

    CONSUMERS = 0
    SHOPS = 1
    BRANDS = 2
    BAZAAR_SELLERS = 3
    MALL = 4
    FACTORIES = 5
    COUNTERFEITERS = 6
    OUTSIDE = 7


ACCOUNTS = tuple(account.name.lower() for account in Account)


class Tally(NamedTuple):
    """What one week adds up to; int64 counts."""

    flow: Integers  # fen paid, (payer, payee)
    units: Integers  # units bought (venue,)
    spent: Integers  # fen paid (venue,)
    squared_price: Integers  # sum of squared prices, fen^2 (venue,)
    satisfied: Integers  # units that satisfied (venue,)
    fakes: Integers  # units that were fakes (venue,)
    true_chance: Integers  # sum of true chances, PER_ONE (venue,)
    trust_at_purchase: Integers  # sum of venue trust of buyers, PER_ONE (venue,)
    deceived: Integers  # units believed better than they are by .1 or more (venue,)
    refunded: Integers  # fen (venue,)
    made_cost: Integers  # factory, counterfeiter, service cost of units sold, fen (venue,)
    wholesale_value: Integers  # brand's wholesale price of units sold, fen (venue,)
    overpaid: Integers  # fen above the brand's list price (venue,)
    from_friends: Integers  # units bought from a friend's shop (1,)
    bought_by_shopkeepers: Integers  # units bought in resale by people who run a shop (1,)
    units_by_tier: Integers  # (N_TIERS_COUNTED,)
    spent_by_tier: Integers  # fen (N_TIERS_COUNTED,)
    income_by_tier: Integers  # cumulative income of open shops, fen (N_TIERS_COUNTED,)
    units_by_brand: Integers  # (n_brands,)
    spent_by_brand: Integers  # fen (n_brands,)
    made: Integers  # genuine units shipped by the brands (n_brands,)
    faked: Integers  # fakes shipped by counterfeiters (n_brands,)
    consumed: Integers  # genuine units that reached consumers (n_brands,)
    consumed_fakes: Integers  # fakes that reached consumers (n_brands,)
    squared_units: Integers  # sum over sellers of squared units (channel,)
    needs: Integers  # people with a need (1,)
    surplus: Integers  # experienced consumer surplus, micro-yuan, by wealth fifth (5,)
    surplus_naive: Integers  # of naive people (1,)
    informed_surplus: Integers  # micro-yuan (1,)
    trust: Integers  # sum of trust over people, PER_ONE (venue,)
    n_trusting: Integers  # people with trust of .5 or more (venue,)
    ads_share: Integers  # sum of advertising shares of feeds, PER_ONE (1,)
    ads_seen: Integers  # advertising posts seen, thousandths (1,)
    annoyance: Integers  # harm of advertising posts seen, micro-yuan (1,)
    muted: Integers  # shops muted (1,)
    n_shops_by_tier: Integers  # open shops (N_TIERS_COUNTED,)
    profit_spread: Integers  # sum of (2i - n - 1) times the i-th smallest cumulative profit, fen (1,)
    profit_size: Integers  # sum of absolute cumulative profits, fen (1,)
    profit_median: Integers  # fen (1,)
    profit_top_fifth: Integers  # cumulative profit of the best fifth of shops, fen (1,)


def empty_tally(n_brands: int) -> Tally:
    """Return a tally of zeros."""
    n_venues, n_channels, n_accounts = len(VENUES), len(CHANNELS), len(ACCOUNTS)
    by_tier = ("units_by_tier", "spent_by_tier", "income_by_tier", "n_shops_by_tier")
    by_brand = ("units_by_brand", "spent_by_brand", "made", "faked", "consumed", "consumed_fakes")
    single: tuple[str, ...] = ("from_friends", "bought_by_shopkeepers", "needs", "surplus_naive", "informed_surplus")
    single += ("ads_share", "ads_seen", "annoyance", "muted")
    single += ("profit_spread", "profit_size", "profit_median", "profit_top_fifth")
    shapes: dict[str, int | tuple[int, int]] = {"flow": (n_accounts, n_accounts)}
    shapes |= dict.fromkeys(by_tier, N_TIERS_COUNTED) | dict.fromkeys(by_brand, n_brands)
    shapes |= dict.fromkeys(single, 1) | {"squared_units": n_channels, "surplus": 5}
    return Tally(*(np.zeros(shapes.get(name, n_venues), np.int64) for name in Tally._fields))


@kernel
def count_orders(orders, people, shops, listings, brands, service_cost, tally):  # type: ignore[no-untyped-def]
    """Count the week's orders by venue, tier, brand and seller (not the money flows)."""
    by_shop, by_listing = np.zeros(shops.brand.size, np.int64), np.zeros(listings.brand.size, np.int64)
    for n in range(orders.buyer.size):
        venue, brand, price, true = orders.venue[n], orders.brand[n], orders.price[n], orders.true_chance[n]
        genuine = orders.is_genuine[n]
        tally.units[venue] += 1
        tally.spent[venue] += price
        tally.squared_price[venue] += price * price
        tally.satisfied[venue] += orders.is_satisfied[n]
        tally.fakes[venue] += not genuine
        tally.true_chance[venue] += np.int64(np.rint(true * PER_ONE))
        tally.trust_at_purchase[venue] += np.int64(np.rint(np.float64(orders.trust[n]) * PER_ONE))
        tally.deceived[venue] += orders.belief[n] >= true + DECEIVED_BY
        tally.refunded[venue] += price * orders.is_refunded[n]
        tally.made_cost[venue] += brands.cost[brand] if genuine else brands.fake_cost[brand]
        tally.made_cost[venue] += service_cost * (venue == DIRECT)
        tally.wholesale_value[venue] += brands.wholesale[brand]
        tally.overpaid[venue] += max(np.int64(0), price - brands.list_price[brand])
        tally.from_friends[0] += orders.from_friend[n]
        tally.bought_by_shopkeepers[0] += orders.shop[n] >= 0 and people.shop[orders.buyer[n]] >= 0
        tally.units_by_brand[brand] += 1
        tally.spent_by_brand[brand] += price
        tally.consumed[brand] += genuine
        tally.consumed_fakes[brand] += not genuine
        if orders.shop[n] >= 0:
            tier = min(shops.tier[orders.shop[n]] - 1, N_TIERS_COUNTED - 1)
            tally.units_by_tier[tier] += 1
            tally.spent_by_tier[tier] += price
            by_shop[orders.shop[n]] += 1
        else:
            by_listing[orders.listing[n]] += 1
    tally.squared_units[0] += (by_shop * by_shop).sum()
    for listing in range(by_listing.size):
        tally.squared_units[listings.venue[listing] - 1] += by_listing[listing] * by_listing[listing]


def count_shops(shops: Shops, tally: Tally) -> None:
    """Count open shops by tier and take the figures of the distribution of cumulative profits."""
    tiers = np.minimum(shops.tier - 1, N_TIERS_COUNTED - 1)
    income = shops.income_from_retail + shops.income_from_wholesale
    np.add.at(tally.n_shops_by_tier, tiers, 1)
    np.add.at(tally.income_by_tier, tiers, income)
    profit = np.sort(income)
    n = profit.size
    tally.profit_spread[0] = ((2 * np.arange(n) + 1 - n) * profit).sum()
    tally.profit_size[0] = np.abs(profit).sum()
    tally.profit_top_fifth[0] = profit[n - max(1, n // 5) :].sum()
    if n > 0:
        tally.profit_median[0] = (profit[(n - 1) // 2] + profit[n // 2]) // 2


@kernel
def count_trust(first, last, people, tally):  # type: ignore[no-untyped-def]
    """Add up trust of rows first ... last-1 by venue, and how many trust (.5 or more)."""
    trust = people.trust
    for venue in range(trust.shape[1]):
        total, trusting = np.int64(0), np.int64(0)
        for person in range(first, last):
            total += np.int64(np.rint(np.float64(trust[person, venue]) * PER_ONE))
            trusting += trust[person, venue] >= np.float32(0.5)
        tally.trust[venue] += total
        tally.n_trusting[venue] += trusting


class LedgerError(RuntimeError):
    """The books do not balance: a defect of the program, never of the input."""


GOODS = ("made", "faked", "consumed", "consumed_fakes")


class Ledger:
    """Flows of money and goods since week 0, and their check against what others recorded."""

    def __init__(self, n_brands: int) -> None:
        """Open with empty accounts."""
        self.flow = np.zeros((len(ACCOUNTS), len(ACCOUNTS)), np.int64)
        self.goods = {kind: np.zeros(n_brands, np.int64) for kind in GOODS}

    def copy(self) -> "Ledger":
        """Return an independent copy."""
        twin = Ledger(0)
        twin.flow = self.flow.copy()
        twin.goods = {kind: units.copy() for kind, units in self.goods.items()}
        return twin

    def balances(self) -> dict[str, int]:
        """Return what each account received less what it paid since week 0, fen."""
        net = self.flow.sum(axis=0) - self.flow.sum(axis=1)
        return {name: int(amount) for name, amount in zip(ACCOUNTS, net, strict=True)}

    def post(self, tally: Tally) -> None:
        """Add the flows and goods of one week."""
        self.flow += tally.flow
        for kind, units in self.goods.items():
            units += getattr(tally, kind)

    def check(self, state: State, tally: Tally) -> None:
        """Raise LedgerError unless flows agree with what people, sellers and orders recorded.

        Every payment is one entry from payer to payee, so the accounts sum to zero by
        construction; what is checked is that each side's own record says the same, that goods
        shipped are goods received (nothing is stocked in this version), that sellers sold them,
        and that makers were paid for exactly these goods.
        """
        received, paid, goods = self.flow.sum(axis=0), self.flow.sum(axis=1), self.goods
        shops, brands = state.shops, state.brands
        sold = shops.units_sold.sum() + state.listings.units_sold.sum()
        identities = {
            "consumers paid what people spent": (
                paid[Account.CONSUMERS] - received[Account.CONSUMERS],
                state.people.spent.sum(),
            ),
            "consumers paid the prices of the week's orders": (
                tally.flow[Account.CONSUMERS].sum(),
                tally.spent.sum(),
            ),
            "refunds of the week are those of its orders": (
                tally.flow[:, Account.CONSUMERS].sum(),
                tally.refunded.sum(),
            ),
            "shops received their incomes": (
                received[Account.SHOPS] - paid[Account.SHOPS],
                shops.income_from_retail.sum() + shops.income_from_wholesale.sum(),
            ),
            "factories were paid for the goods made": (
                received[Account.FACTORIES],
                (goods["made"] * brands.cost).sum(),
            ),
            "counterfeiters were paid for the fakes made": (
                received[Account.COUNTERFEITERS],
                (goods["faked"] * brands.fake_cost).sum(),
            ),
            "goods made are with consumers": (goods["made"].sum(), goods["consumed"].sum()),
            "fakes made are with consumers": (goods["faked"].sum(), goods["consumed_fakes"].sum()),
            "goods shipped were sold": (goods["made"].sum() + goods["faked"].sum(), sold),
        }
        for identity, (left, right) in identities.items():
            if left != right:
                raise LedgerError(f"{identity}: {left} is not {right}")
