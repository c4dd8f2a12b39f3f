"""Who pays whom, in fen (docs/odd.md, 7.5)."""

from sim.parameters import Channel, Parameters
from tests.reference.agents import Seller, Shop

NAMES = (
    "consumers",
    "shops",
    "brands",
    "bazaar_sellers",
    "mall",
    "factories",
    "counterfeiters",
    "outside",
)


class Accounts(dict[str, int]):
    """The balance of every account; what one account gains another loses."""

    def __init__(self) -> None:
        """Open all accounts at 0."""
        super().__init__(dict.fromkeys(NAMES, 0))

    def pay(self, payer: str, payee: str, amount: int) -> None:
        """Move `amount` fen."""
        self[payer] -= amount
        self[payee] += amount

    def must_balance(self) -> None:
        """Check that no money came into being or vanished."""
        assert sum(self.values()) == 0, f"the accounts add up to {sum(self.values())} fen"

    def sale(self, seller: Seller, parameters: Parameters) -> None:
        """Book a sale and what it costs the seller and those above."""
        if seller.channel == Channel.RESALE:
            self.sale_in_resale(seller)
        elif seller.channel == Channel.DIRECT:
            self.pay("consumers", "brands", seller.price)
            self.pay("brands", "factories", seller.brand.cost)
            self.pay("brands", "outside", round(100 * parameters.brands.service_cost))
        elif seller.channel == Channel.MALL:
            commission = parameters.mall.commission
            self.pay("consumers", "brands", seller.price)
            self.pay("brands", "mall", round(seller.price * commission / (1 + commission)))
            self.pay("brands", "factories", seller.brand.cost)
        else:
            self.sale_in_bazaar(seller)

    def sale_in_resale(self, shop: Shop) -> None:
        """Book the sale of a shop and its payments up the chain."""
        self.pay("consumers", "shops", shop.price)
        if shop.sells_fakes:
            self.pay("shops", "counterfeiters", shop.brand.fake_cost)
            shop.income_retail += shop.price - shop.brand.fake_cost
            return
        shop.income_retail += shop.price - shop.unit_cost
        below = shop
        while below.upline is not None:
            self.pay("shops", "shops", below.unit_cost)
            below.upline.income_wholesale += below.unit_cost - below.upline.unit_cost
            below = below.upline
        self.pay("shops", "brands", below.unit_cost)
        self.pay("brands", "factories", shop.brand.cost)

    def sale_in_bazaar(self, seller: Seller) -> None:
        """Book the sale of a bazaar seller."""
        self.pay("consumers", "bazaar_sellers", seller.price)
        if seller.sells_fakes:
            self.pay("bazaar_sellers", "counterfeiters", seller.brand.fake_cost)
        else:
            self.pay("bazaar_sellers", "brands", seller.brand.wholesale)
            self.pay("brands", "factories", seller.brand.cost)

    def refund(self, seller: Seller) -> None:
        """Book that the seller gives the price back."""
        if isinstance(seller, Shop):
            self.pay("shops", "consumers", seller.price)
            seller.income_retail -= seller.price
        elif seller.channel == Channel.BAZAAR:
            self.pay("bazaar_sellers", "consumers", seller.price)
        else:
            self.pay("brands", "consumers", seller.price)
