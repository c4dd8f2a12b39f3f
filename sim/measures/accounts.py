"""Accounts: who receives more money than they pay."""

from collections.abc import Iterator

from sim.ledger import ACCOUNTS
from sim.measures.base import FEN, Measure, Theme, less, net, total

MEANINGS = {
    "consumers": "all consumers",
    "shops": "all shops; stock and deposits are payments",
    "brands": "brands",
    "bazaar_sellers": "sellers of the bazaar",
    "mall": "the mall's operator",
    "platform": "the platform: fees, fines, lost deposits less its costs",
    "deposits": "deposits held for shops",
    "state": "taxes",
    "factories": "makers of genuine units",
    "counterfeiters": "makers of fakes",
    "outside": "parcels, advertising, inspections; pays the salvage value of stock",
}


class Accounts(Theme):
    """Money received less paid, by account: all of them sum to 0."""

    def measures(self, n_brands: int) -> Iterator[Measure]:
        """Yield the measures in column order."""
        formula = "prices of the week's orders less refunds; equals the sum of all accounts but the consumers'"
        spending = less(total("spent", FEN), total("refunded", FEN))
        yield Measure("consumers_spending", "yuan/week", formula, "orders", spending)
        for number, name in enumerate(ACCOUNTS):
            formula = f"received - paid: {MEANINGS[name]}"
            yield Measure(f"account.{name}", "yuan/week", formula, "double entry", net(number))
