"""Money and goods in double entry, and the tally of a week from which measures are made.

Money is int64 fen. Every payment is written once, as flow[payer, payee], so that what leaves one
account enters another; the check compares these flows with what people, shops and orders
recorded on their own. All sums over people are sums of integers: they do not depend on the order of
rows, on chunks or on threads. Fractions are counted in units of 2**-30 (`PER_ONE`).
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from sim.parameters import CHANNELS, VENUES, WEEKS_PER_YEAR
from sim.population import State

Integers = NDArray[np.int64]

PER_ONE = 2**30
"""Counting unit of fractions."""

N_TIERS_COUNTED = 8
"""Tiers told apart in measures; deeper ones count with the last."""


class Account(IntEnum):
    """Who holds money."""

    CONSUMERS = 0
    SHOPS = 1
    BRANDS = 2
    BAZAAR_SELLERS = 3
    MALL = 4
    PLATFORM = 5  # fees and fines
    DEPOSITS = 6  # held for the shops
    STATE = 7  # taxes
    FACTORIES = 8
    COUNTERFEITERS = 9
    OUTSIDE = 10  # parcels, advertising; pays salvage


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
    complaints: Integers  # dissatisfied buyers who complained (venue,)
    from_friends: Integers  # units bought from a friend's shop (1,)
    spent_at_friends: Integers  # fen paid to friends' shops (1,)
    bought_by_shopkeepers: Integers  # units bought in resale by people who run a shop (1,)
    genuine_to_outsiders: Integers  # genuine units of resale bought by people who run no shop (1,)
    first_purchases: Integers  # people who bought in resale for the first time (1,)
    units_by_tier: Integers  # (N_TIERS_COUNTED,)
    spent_by_tier: Integers  # fen (N_TIERS_COUNTED,)
    units_by_brand: Integers  # (n_brands,)
    spent_by_brand: Integers  # fen (n_brands,)
    made: Integers  # genuine units shipped by the brands (n_brands,)
    faked: Integers  # fakes shipped by counterfeiters (n_brands,)
    consumed: Integers  # genuine units that reached consumers (n_brands,)
    consumed_fakes: Integers  # fakes that reached consumers (n_brands,)
    written_off: Integers  # genuine units of closed shops (n_brands,)
    written_off_fakes: Integers  # fakes of closed shops (n_brands,)
    stocked: Integers  # genuine units in shops' stock at the week's end (n_brands,)
    stocked_fakes: Integers  # fakes in shops' stock at the week's end (n_brands,)
    loss_on_stock: Integers  # cost less salvage of the stock of closed shops, fen (1,)
    waste: Integers  # factories' and counterfeiters' cost of the units written off, fen (1,)
    stock_cost: Integers  # what the stock cost the shops, fen (1,)
    stock_made_cost: Integers  # what it cost factories and counterfeiters, fen (1,)
    served: Integers  # cost of serving direct sales, fen (1,)
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
    opened: Integers  # shops opened (1,)
    closed: Integers  # shops closed, by cause: unprofitable, out of money, banned (3,)
    moved: Integers  # shops that moved to the rival platform (1,)
    campaigns: Integers  # like campaigns (1,)
    detected: Integers  # campaigns detected (1,)
    inspected: Integers  # shops inspected (1,)
    enforcement_cost: Integers  # paid by the operator for inspections, fen (1,)
    violating: Integers  # open shops on WeChat that deal in fakes or ran a campaign (1,)
    sanctioned: Integers  # shops sanctioned (1,)
    false_alarms: Integers  # sanctions of shops that broke no rule (1,)
    false_bans: Integers  # the same, for good (1,)
    fined: Integers  # fen (1,)
    forfeited: Integers  # deposits, fen (1,)
    tax: Integers  # fen (1,)
    purged: Integers  # contacts cut by the limit, and followers removed (1,)
    suspended: Integers  # open shops that are suspended (1,)
    sellers: Integers  # open sellers of the bazaar (1,)
    effort: Integers  # sum of brands' efforts, PER_ONE (1,)
    n_shops_by_tier: Integers  # open shops (N_TIERS_COUNTED,)
    spells_by_tier: Integers  # shops ever opened (N_TIERS_COUNTED,)
    lost_by_tier: Integers  # those with negative total profit (N_TIERS_COUNTED,)
    profit_by_tier: Integers  # total profit of all spells, fen (N_TIERS_COUNTED,)
    income_by_tier: Integers  # income of all spells, fen (N_TIERS_COUNTED,)
    surplus_by_tier: (
        Integers  # income less charges, losses on stock and deposits lost, all spells, fen (N_TIERS_COUNTED,)
    )
    owners_time_by_tier: Integers  # outside income forgone this week by owners of shops, fen (N_TIERS_COUNTED,)
    stock_by_tier: Integers  # units in stock, both kinds (N_TIERS_COUNTED,)
    weeks_by_tier: Integers  # weeks lived by all spells (N_TIERS_COUNTED,)
    income_by_source: Integers  # of all spells: retail, wholesale, recruits; cumulative, fen (3,)
    likes: Integers  # likes seen on open shops, PER_ONE (1,)
    contacts: Integers  # contacts of open shops (1,)
    most_contacts: Integers  # of one shop (1,)
    near_limit: Integers  # open shops with 4 500 contacts or more (1,)
    at_limit: Integers  # open shops at the week's limit of contacts (1,)
    selling_fakes: Integers  # open shops that would ship fakes (1,)
    closed_lost: Integers  # closed spells with negative total profit (1,)
    sum_of_losses: Integers  # total profits below 0 of all spells, fen (1,)
    recruited_nobody: Integers  # spells without a recruit (1,)
    open_a_year_ago: Integers  # shops open 52 weeks before (1,)
    closed_since: Integers  # those of them closed since (1,)
    profit_spread: Integers  # sum of (2i - n - 1) times the i-th smallest total profit of open shops, fen (1,)
    profit_size: Integers  # sum of absolute total profits of open shops, fen (1,)
    profit_median: Integers  # fen (1,)
    profit_top_fifth: Integers  # total profit of the best fifth of open shops, fen (1,)
    income_spread: Integers  # as profit_spread, of the incomes above 0 of open shops, fen (1,)
    income_size: Integers  # sum of these incomes, fen (1,)
    n_with_income: Integers  # open shops with an income above 0 (1,)


BY_VENUE = (
    "units", "spent", "squared_price", "satisfied", "fakes", "true_chance", "trust_at_purchase", "deceived", "refunded",
    "made_cost", "wholesale_value", "overpaid", "complaints", "trust", "n_trusting",
)  # fmt: skip
BY_BRAND = (
    "units_by_brand", "spent_by_brand", "made", "faked", "consumed", "consumed_fakes", "written_off",
    "written_off_fakes", "stocked", "stocked_fakes",
)  # fmt: skip
OTHER_SIZES = {
    "flow": len(ACCOUNTS) ** 2,
    "squared_units": len(CHANNELS),
    "surplus": 5,
    "closed": 3,
    "income_by_source": 3,
}


@cache
def layout(n_brands: int) -> dict[str, slice]:
    """Return where the fields of a tally lie in its row, by name."""
    places, end = {}, 0
    for name in Tally._fields:
        if name.endswith("_by_tier"):
            size = N_TIERS_COUNTED
        elif name in BY_VENUE:
            size = len(VENUES)
        else:
            size = n_brands if name in BY_BRAND else OTHER_SIZES.get(name, 1)
        places[name] = slice(end, end + size)
        end += size
    return places


def empty_rows(n_weeks: int, n_brands: int) -> Integers:
    """Return rows for the tallies of `n_weeks` weeks, all zeros, shape (n_weeks, width)."""
    return np.zeros((n_weeks, max(place.stop for place in layout(n_brands).values())), np.int64)


def tally_in(rows: Integers, n_brands: int) -> Tally:
    """Return the tally that lies in a row, shape (width,), or in several, shape (n_weeks, width): views of them."""
    flow, *others = [rows[..., place] for place in layout(n_brands).values()]
    return Tally(flow.reshape(*rows.shape[:-1], len(ACCOUNTS), len(ACCOUNTS)), *others)


def empty_tally(n_brands: int) -> Tally:
    """Return a tally of zeros."""
    return tally_in(empty_rows(1, n_brands)[0], n_brands)


class Tallies(Sequence[Tally]):
    """The tallies of all weeks so far, in one array with a row a week."""

    def __init__(self, n_brands: int) -> None:
        """Begin without weeks."""
        self._n_brands, self._n_weeks = n_brands, 0
        self._rows = empty_rows(WEEKS_PER_YEAR, n_brands)

    def __len__(self) -> int:
        """Return the number of weeks."""
        return self._n_weeks

    @overload
    def __getitem__(self, week: int) -> Tally: ...
    @overload
    def __getitem__(self, week: slice) -> list[Tally]: ...
    def __getitem__(self, week: int | slice) -> Tally | list[Tally]:
        """Return the tally of a week, or a list of those of several."""
        rows = self._rows[: self._n_weeks][week]
        return tally_in(rows, self._n_brands) if rows.ndim == 1 else [tally_in(row, self._n_brands) for row in rows]

    def begin(self) -> Tally:
        """Return the tally of a new week, all zeros; it counts among the weeks once `end` is called."""
        if self._n_weeks == len(self._rows):
            self._rows = np.concatenate((self._rows, np.zeros_like(self._rows)))
        self._rows[self._n_weeks] = 0
        return tally_in(self._rows[self._n_weeks], self._n_brands)

    def end(self) -> None:
        """Count the week begun last among the weeks."""
        self._n_weeks += 1

    def of(self, name: str) -> Integers:
        """Return a field of one dimension over all weeks, shape (n_weeks, size)."""
        return self._rows[: self._n_weeks, layout(self._n_brands)[name]]

    def together(self) -> Tally:
        """Return a copy of all weeks as one tally whose fields have a first axis of weeks."""
        rows = np.array(self._rows[: self._n_weeks], order="F")  # the weeks of a count side by side, as measures read
        return tally_in(rows, self._n_brands)

    def copy(self) -> "Tallies":
        """Return an independent copy."""
        return self.first(self._n_weeks)

    def is_like(self, other: "Tallies") -> bool:
        """Tell whether another record holds the same weeks with the same counts."""
        n_weeks = len(self)
        return n_weeks == len(other) and np.array_equal(self._rows[:n_weeks], other._rows[:n_weeks])

    def first(self, n_weeks: int) -> "Tallies":
        """Return an independent copy of the first weeks."""
        twin = Tallies(self._n_brands)
        twin._rows = empty_rows(max(n_weeks, WEEKS_PER_YEAR), self._n_brands)
        twin._rows[:n_weeks], twin._n_weeks = self._rows[:n_weeks], n_weeks
        return twin


class LedgerError(RuntimeError):
    """The books do not balance: a defect of the program, never of the input."""


GOODS = ("made", "faked", "consumed", "consumed_fakes", "written_off", "written_off_fakes")


class Ledger:
    """Flows of money and goods since week 0, and their check against what others recorded."""

    def __init__(self, n_brands: int) -> None:
        """Open with empty accounts."""
        self.flow = np.zeros((len(ACCOUNTS), len(ACCOUNTS)), np.int64)
        self.goods = {kind: np.zeros(n_brands, np.int64) for kind in GOODS}
        self.loss_on_stock = self.lost_deposits = 0

    def copy(self) -> "Ledger":
        """Return an independent copy."""
        twin = Ledger(0)
        twin.flow, twin.loss_on_stock, twin.lost_deposits = self.flow.copy(), self.loss_on_stock, self.lost_deposits
        twin.goods = {kind: units.copy() for kind, units in self.goods.items()}
        return twin

    def balances(self) -> dict[str, int]:
        """Return what each account received less what it paid since week 0, fen."""
        net = self.flow.sum(axis=0) - self.flow.sum(axis=1)
        return {name: int(amount) for name, amount in zip(ACCOUNTS, net, strict=True)}

    def post(self, tally: Tally) -> None:
        """Add the flows and goods of one week."""
        self.flow += tally.flow
        self.loss_on_stock += int(tally.loss_on_stock[0])
        self.lost_deposits += int(tally.forfeited[0])
        for kind, units in self.goods.items():
            units += getattr(tally, kind)

    def check(self, state: State, tally: Tally) -> None:
        """Raise LedgerError unless flows agree with what people, sellers and orders recorded.

        Every payment is one entry from payer to payee, so the accounts sum to zero by
        construction; what is checked is that each side's own record says the same, that goods
        made are consumed, in stock or written off, and that makers were paid for exactly these.
        """
        net = self.flow.sum(axis=0) - self.flow.sum(axis=1)
        goods, shops, brands = self.goods, state.shops, state.brands
        identities = {
            "consumers paid what people spent": (-net[Account.CONSUMERS], state.people.spent.sum()),
            "consumers paid the prices of the week's orders": (
                tally.flow[Account.CONSUMERS].sum(),
                tally.spent.sum(),
            ),
            "refunds of the week are those of its orders": (
                tally.flow[:, Account.CONSUMERS].sum(),
                tally.refunded.sum(),
            ),
            "shops hold the cash of their spells": (net[Account.SHOPS], shops.cash.sum()),
            "the operator holds the shops' deposits": (net[Account.DEPOSITS], shops.deposit_held.sum()),
            "brands hold their cash": (net[Account.BRANDS], brands.cash.sum()),
            "bazaar sellers received their incomes": (net[Account.BAZAAR_SELLERS], state.listings.income.sum()),
            "factories were paid for the goods made": (net[Account.FACTORIES], (goods["made"] * brands.cost).sum()),
            "counterfeiters were paid for the fakes made": (
                net[Account.COUNTERFEITERS],
                (goods["faked"] * brands.fake_cost).sum(),
            ),
            "shops' cash is their income less what their stock cost": (
                shops.cash.sum() + self.loss_on_stock + stock_cost(state) + self.lost_deposits,
                tally.income_by_source.sum() - shops.charges.sum() - shops.deposit_held.sum(),
            ),
            "goods sold are with consumers": (
                shops.units_sold.sum() + state.listings.units_sold.sum(),
                goods["consumed"].sum() + goods["consumed_fakes"].sum(),
            ),
        }
        for identity, (left, right) in identities.items():
            if left != right:
                raise LedgerError(f"{identity}: {left} is not {right}")
        in_stock, fakes_in_stock = tally.stocked, tally.stocked_fakes
        for kind, made, gone, stock in (
            ("goods", "made", ("consumed", "written_off"), in_stock),
            ("fakes", "faked", ("consumed_fakes", "written_off_fakes"), fakes_in_stock),
        ):
            whereabouts = goods[gone[0]] + goods[gone[1]] + stock
            if (goods[made] != whereabouts).any():
                raise LedgerError(
                    f"{kind} made are with consumers, in stock or written off: {goods[made]} is not {whereabouts}"
                )


def stock_cost(state: State) -> int:
    """Return what the stock of all shops cost them, fen."""
    shops = state.shops
    return int((shops.stock_genuine * shops.unit_cost + shops.cost_of_fakes).sum())
