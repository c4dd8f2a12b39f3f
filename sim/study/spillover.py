"""Direct effects against spill-over, from exact twins: whom a policy reached by its rule, and whom only through others.

Twins share people, luck and past, so whoever differs in the least differs because of the policy.
Each policy names the group of people that its rule reaches (`Policy.reaches`); whoever changed
without being in that group was reached through other people: a friend's message, a shop that
opened or closed, a price, a slot taken.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model import Market
from sim.parameters import WEEKS_PER_YEAR, Venue
from sim.randomness import Purpose, keyed_uniforms

if TYPE_CHECKING:
    import pandas as pd

Flags = NDArray[np.bool_]

COMPARED = ("spent", "surplus", "trust", "knows", "wealth", "strikes", "slot_shop", "slot_satisfied", "slot_total")
"""Columns of people in which twins are compared, to the last bit; shops in slots by their owners. So is what people own
in shops of their own."""


def everyone(market: Market) -> Flags:
    """Return everybody."""
    return np.ones(market.n_people, np.bool_)


def owners(market: Market) -> Flags:
    """Return those who have ever run a shop."""
    return market.people.last_opening >= 0


def owners_at_limit(market: Market) -> Flags:
    """Return those whose shop is at the limit of contacts, or has been within a tenth of it."""
    shops, at_limit = market.shops, np.zeros(market.n_people, np.bool_)
    at_limit[shops.owner_row[shops.n_contacts >= 0.9 * market.rules.contact_limit]] = True
    return at_limit


def owners_sanctioned(market: Market) -> Flags:
    """Return those who have taken a strike."""
    return market.people.strikes > 0


def buyers(market: Market) -> Flags:
    """Return those who have ever paid for anything."""
    return market.people.spent > 0


def resale_buyers(market: Market) -> Flags:
    """Return those who have ever bought in resale."""
    return market.people.has_bought


def people_sent_to_mall(market: Market) -> Flags:
    """Return those whom the platform sends to the mall and who did not use it before."""
    luck = keyed_uniforms(market.seed, Purpose.MALL_ENTRY, market.people.key)
    return (luck < market.rules.mall_entry) & ~market.people.uses_mall


GROUPS: dict[str, Callable[[Market], Flags]] = {
    function.__name__: function
    for function in (
        everyone, owners, owners_at_limit, owners_sanctioned, buyers, resale_buyers, people_sent_to_mall,
    )
}  # fmt: skip
"""Whom a policy can reach by its rule."""


def held_shops(market: Market) -> NDArray[np.int64]:
    """Return the owners of the shops in people's slots, -1 where empty: the same in all twins."""
    slots = market.people.slot_shop
    owner = np.append(market.shops.owner, -1)
    return owner[slots]


def owned(market: Market) -> NDArray[np.int64]:
    """Return what the shops of each person hold or left: cash, deposits, and stock at cost, fen, shape (n_people,)."""
    shops = market.shops
    stock = shops.stock_genuine * shops.unit_cost + shops.cost_of_fakes
    return by_owner(market, shops.cash + shops.deposit_held + stock)


def by_owner(market: Market, of_spells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum over the spells of each person, shape (n_people,)."""
    sums = np.zeros(market.n_people, np.int64)
    np.add.at(sums, market.shops.owner_row, of_spells)
    return sums


def has_changed(one: Market, other: Market) -> Flags:
    """Tell which people differ between two twins in anything that is compared, shape (n_people,)."""
    changed = owned(one) != owned(other)
    for name in COMPARED:
        left, right = (held_shops(m) if name == "slot_shop" else getattr(m.people, name) for m in (one, other))
        differs = left != right
        changed |= differs if differs.ndim == 1 else differs.any(axis=1)
    return changed


def reached_directly(without: Market, with_policies: Market) -> Flags:
    """Return whom the policies in force reach by their rules, in either world."""
    direct = np.zeros(without.n_people, np.bool_)
    for policy in with_policies.parameters.policies:
        if policy.first_week < with_policies.week:
            direct |= GROUPS[policy.reaches](with_policies) | GROUPS[policy.reaches](without)
    return direct


def spill_over(without: Market, with_policies: Market) -> "pd.DataFrame":
    """Return one row a group: how many people, and their mean changes since the twins parted.

    Groups: reached directly; only through others (changed, but not reached); not at all (equal to the
    last bit). Changes with policies less without: consumer surplus and spending in yuan per person
    and year over the weeks lived, trust in resale on WeChat. Weighted by people they sum to the whole change.
    """
    import pandas as pd

    years = max(without.week, 1) / WEEKS_PER_YEAR
    direct = reached_directly(without, with_policies)
    changed = has_changed(without, with_policies)
    before, after = without.people, with_policies.people
    surplus = (after.surplus - before.surplus) / 1e6 / years
    spent = (after.spent - before.spent) / 100 / years
    trust = after.trust[:, Venue.RESALE_WECHAT].astype(np.float64) - before.trust[:, Venue.RESALE_WECHAT]
    groups = {"directly": direct, "through others": changed & ~direct, "not at all": ~changed & ~direct}
    rows = [
        {
            "reached": name,
            "n_people": int(group.sum()),
            "share": float(group.mean()),
            "consumer_surplus": mean(surplus[group]),
            "spending": mean(spent[group]),
            "trust.resale": mean(trust[group]),
        }
        for name, group in groups.items()
    ]
    return pd.DataFrame(rows)


def mean(values: NDArray[np.float64]) -> float:
    """Return the mean, 0 of nobody."""
    return float(values.mean()) if values.size else 0.0


# the first divergence -------------------------------------------------------------------------


class Difference(NamedTuple):
    """Where twins part: the week, and a line that says what happened."""

    week: int
    line: str


CAUSES = (
    ("suspended_until", "shop {owner} was suspended {then}"),
    ("deposit_held", "shop {owner} held a deposit {then}"),
    ("platform", "shop {owner} moved to the rival platform {then}"),
    ("ran_campaign", "shop {owner} ran a like campaign {then}"),
    ("badge", "shop {owner} showed a licence {then}"),
    ("buys_fakes", "shop {owner} turned to fakes {then}"),
    ("n_posts", "shop {owner} posted {more} {then}"),
)
EFFECTS = (
    ("closed_week", "shop {owner} closed {then}"),
    ("price", "shop {owner} asked {more} {then}"),
    ("cash", "shop {owner} earned {more} {then}"),
)
"""Columns of shops in the order in which a week changes them, and what a difference means."""


def first_difference(without: Market, with_policies: Market, weeks: int) -> Difference | None:
    """Let twins live until they part, at most `weeks` weeks; return where and how, None if they do not part."""
    for _ in range(weeks):
        without.step()
        with_policies.step()
        line = explain(without, with_policies)
        if line:
            week = without.week - 1
            return Difference(week, f"week {week}: {line}")
    return None


def explain(without: Market, with_policies: Market) -> str:
    """Return in a line the first thing of this week that differs between twins, nothing if nothing does."""
    return (
        by_shop(without, with_policies, CAUSES)
        or by_contact(without, with_policies)
        or by_shop(without, with_policies, EFFECTS)
        or by_opening(without, with_policies)
        or by_person(without, with_policies)
    )


def by_contact(without: Market, with_policies: Market) -> str:
    """Say whom a shop reached in one world only."""
    left, right = held_shops(without), held_shops(with_policies)
    differing = np.argwhere(left != right)
    if not len(differing):
        return ""
    person, slot = differing[0]
    owner, world = (left[person, slot], "without") if left[person, slot] >= 0 else (right[person, slot], "with")
    return f"person {without.people.key[person]} came to follow shop {owner} only {world} the policies"


def by_shop(without: Market, with_policies: Market, events: tuple[tuple[str, str], ...]) -> str:
    """Say what a shop did in one world only, or more of in one."""
    one, other = without.shops, with_policies.shops
    n = min(one.owner.size, other.owner.size)
    for name, template in events:
        left, right = getattr(one, name)[:n], getattr(other, name)[:n]
        rows = np.flatnonzero(left != right)
        if rows.size:
            row = rows[0]
            is_more = right[row] > left[row]
            is_either = "{more}" not in template
            then = ("only with" if is_more else "only without") if is_either else "with"
            return template.format(
                owner=one.owner[row], more="more" if is_more else "less", then=f"{then} the policies"
            )
    return ""


def by_opening(without: Market, with_policies: Market) -> str:
    """Say who opened a shop in one world only."""
    n = min(without.shops.owner.size, with_policies.shops.owner.size)
    for world, market in (("without", without), ("with", with_policies)):
        if market.shops.owner.size > n:
            return f"person {market.shops.owner[n]} opened a shop only {world} the policies"
    return ""


def by_person(without: Market, with_policies: Market) -> str:
    """Say whose purchase or trust differs."""
    one, other = purchases(without), purchases(with_policies)
    for buyer in sorted(set(one) | set(other)):
        if one.get(buyer) != other.get(buyer):
            before, after = bought(one.get(buyer)), bought(other.get(buyer))
            return f"person {buyer} {before} without the policies and {after} with them"
    changed = np.flatnonzero(has_changed(without, with_policies))
    if not changed.size:
        return ""
    return f"person {without.people.key[changed[0]]} trusts or knows otherwise than without the policies"


def purchases(market: Market) -> Mapping[int, Any]:
    """Return buyer's key -> (venue, price) of the week's orders."""
    orders = market.orders
    keys = market.people.key[orders.buyer].tolist()
    return dict(zip(keys, zip(orders.venue.tolist(), orders.price.tolist(), strict=True), strict=True))


def bought(purchase: tuple[int, int] | None) -> str:
    """Return a purchase in words."""
    if purchase is None:
        return "bought nothing"
    venue, price = purchase
    return f"bought in {Venue(venue).name.lower()} at {price / 100:.2f} yuan"
