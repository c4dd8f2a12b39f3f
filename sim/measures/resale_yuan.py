"""Where each yuan goes that consumers pay to shops: brands, platform, state, and what the shops of each tier keep."""

from collections.abc import Iterator

from sim.ledger import N_TIERS_COUNTED, Account
from sim.measures.base import FEN, Measure, Theme, WeeklyFunction, change, column, less, paid, plus, total

UNIT = "yuan/yuan"
SOURCE = "accounts; all parts sum to 1"

sales = less(paid(Account.CONSUMERS, Account.SHOPS), paid(Account.SHOPS, Account.CONSUMERS))
stock_growth = change(total("stock_cost", FEN))


def leaves_for(*accounts: Account) -> WeeklyFunction:
    """Return the function for what leaves shops, and the deposits held for them, for these accounts, yuan a week."""
    out = (paid(holder, each) for holder in (Account.SHOPS, Account.DEPOSITS) for each in accounts)
    back = (paid(each, holder) for holder in (Account.SHOPS, Account.DEPOSITS) for each in accounts)
    return less(plus(*out), *back)


NAMED = (Account.BRANDS, Account.COUNTERFEITERS, Account.PLATFORM, Account.STATE)
AMONG_THEMSELVES = (Account.CONSUMERS, Account.SHOPS, Account.DEPOSITS)

LEAVES = {
    "brands": (less(leaves_for(Account.BRANDS), stock_growth), "paid for goods - bonuses - growth of stock at cost"),
    "counterfeiters": (leaves_for(Account.COUNTERFEITERS), "paid for lots of fakes, sold or still in stock"),
    "platform": (leaves_for(Account.PLATFORM), "fees, fines and lost deposits"),
    "state": (leaves_for(Account.STATE), "taxes"),
    "outside": (
        leaves_for(*(each for each in Account if each not in (*NAMED, *AMONG_THEMSELVES))),
        "paid to all others - received from them: the salvage value of stock makes it negative",
    ),
}  # fmt: skip
"""Part -> what of the yuan leaves the shops for it, and its formula."""


class ResaleYuan(Theme):
    """Parts of what consumers pay to shops: who gets it, and what the shops of each tier keep before their own time."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        whole = "consumers' payments to shops less refunds"
        for name, (weekly, formula) in LEAVES.items():
            yield Measure(f"resale_yuan.{name}", UNIT, f"({formula}) / {whole}", SOURCE, weekly, sales, True)
        for t in range(N_TIERS_COUNTED):
            kept = change(column("surplus_by_tier", t, FEN))
            formula = (
                f"shops of tier {t + 1}: (cash + deposits + growth of stock at its cost, before own time) / {whole}"
            )
            yield Measure(f"resale_yuan.tier_{t + 1}", UNIT, formula, SOURCE, kept, sales, True)
