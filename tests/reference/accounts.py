"""Who pays whom, in fen, and that neither money nor goods come into being (docs/odd.md, 7.5)."""

from typing import TYPE_CHECKING

from sim.parameters import Channel, Parameters
from sim.rules import Rules
from tests.reference.sellers import Brand, Listing, Seller, Shop

if TYPE_CHECKING:
    from tests.reference.market import ReferenceMarket

NAMES = (
    "consumers",
    "shops",
    "brands",
    "bazaar_sellers",
    "mall",
    "platform",
    "deposits",
    "state",
    "factories",
    "counterfeiters",
    "outside",
)


class Accounts(dict[str, int]):
    """The balance of every account; what one account gains another loses."""

    def __init__(self) -> None:
        """Open all accounts at 0."""
        super().__init__(dict.fromkeys(NAMES, 0))

    def pay(self, payer: Brand | Seller | str, payee: Brand | Seller | str, amount: int) -> None:
        """Move `amount` fen between accounts, and between the purses of those who have one."""
        for party, change in ((payer, -amount), (payee, amount)):
            self[party if isinstance(party, str) else party.account] += change
            if not isinstance(party, str):
                party.receive(change)

    def buy_from_maker(self, payer: Shop | Listing, units: int, price: int) -> None:
        """Pay the brand for genuine units, and let it have them made."""
        self.pay(payer, payer.brand, price)
        self.pay(payer.brand, "factories", units * payer.brand.cost)
        payer.brand.made += units

    def buy_fakes(self, payer: Shop | Listing, units: int) -> None:
        """Pay the counterfeiter for fakes."""
        self.pay(payer, "counterfeiters", units * payer.brand.fake_cost)
        payer.brand.faked += units

    def sale_of_listing(self, seller: Listing, parameters: Parameters, rules: Rules) -> None:
        """Book a sale outside resale, and what it costs the seller."""
        brand = seller.brand
        fee = round(rules.sales_fee[seller.venue] * seller.price)
        if seller.channel == Channel.BAZAAR:
            self.pay("consumers", seller, seller.price)
            self.pay(seller, "platform", fee)
            if seller.sells_fakes:
                self.buy_fakes(seller, 1)
            else:
                self.buy_from_maker(seller, 1, brand.wholesale)
        else:
            self.pay("consumers", brand, seller.price)
            self.pay(brand, "factories", brand.cost)
            brand.made += 1
            self.pay(brand, "mall" if seller.channel == Channel.MALL else "platform", fee)
            if seller.channel == Channel.DIRECT:
                service = round(100 * parameters.brands.service_cost)
                borne = round(100 * parameters.brands.service_cost * rules.direct_fee_cut)
                self.pay("platform", "outside", borne)
                self.pay(brand, "outside", service - borne)
            else:
                commission = parameters.mall.commission
                self.pay(brand, "mall", round(seller.price * commission / (1 + commission)))
        seller.n_units += 1

    def refund(self, seller: Seller, price: int) -> None:
        """Book that the seller gives the price back."""
        if isinstance(seller, Shop):
            seller.income_retail -= price
        by_brand = seller.channel in (Channel.DIRECT, Channel.MALL)
        self.pay(seller.brand if by_brand else seller, "consumers", price)

    def must_balance(self, market: "ReferenceMarket") -> None:
        """Check that no money and no good came into being or vanished."""
        assert sum(self.values()) == 0, f"the accounts add up to {sum(self.values())} fen"
        assert self["shops"] == sum(shop.cash for shop in market.shops)
        assert self["brands"] == sum(brand.cash for brand in market.brands)
        assert self["deposits"] == sum(shop.deposit_held for shop in market.shops)
        assert self["bazaar_sellers"] == sum(place.income for place in market.listings)
        for brand in market.brands:
            shops = [shop for shop in market.shops if shop.brand is brand]
            genuine, fakes = sum(shop.stock_genuine for shop in shops), sum(shop.stock_fake for shop in shops)
            assert brand.made == brand.consumed + genuine + brand.written_off
            assert brand.faked == brand.consumed_fakes + fakes + brand.written_off_fakes
