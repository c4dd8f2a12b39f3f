"""Every yuan that consumers spend is somebody's margin, a cost of production, a fee, or in stock."""

from collections.abc import Iterable

from sim.model import Market
from sim.parameters import WEEKS_PER_YEAR
from sim.scenario import available
from sim.theory.base import Benchmark, Effort, Point, near


class Books(Benchmark):
    """What consumers spent against what sellers, makers and operators report, each from its own records."""

    title = "The books close"
    statement = (
        "What consumers spend, refunds deducted, is the sum of the margins of all tiers and stores, the factories' "
        "and counterfeiters' cost of all goods made, fees, fines, taxes and commissions, what is paid to the "
        "outside, less what the stock still held or written off had cost its holders."
    )
    formula = (
        "spending = shops' incomes - charges - forfeited deposits - stock at cost - loss on stock + brands' cash + "
        "bazaar sellers' incomes + mall + platform + state + units made * unit cost + fakes made * their cost + "
        "outside"
    )
    source = "accounting identity; national accounts: value of output = value added + intermediate cost + stocks"
    configuration = "every scenario as it is shipped"
    statistic = (
        "both sides since week 0, in yuan; spending from the orders, the rest from incomes, stocks and goods counted"
    )
    tolerance = "none: both sides are sums of whole fen"
    x_axis, y_axis = "consumers' spending, yuan", "sum of the other side, yuan"

    def points(self, effort: Effort) -> Iterable[Point]:
        """Yield both sides at the end of each year (quick: half-year)."""
        names = effort.pick(("history", "way_out"), tuple(available()))
        for name in names:
            market = Market(scenario=name, seed=effort.seed, n_people=effort.pick(1_000, 5_000))
            for year in (1, 2, 3):
                market.run(effort.pick(WEEKS_PER_YEAR // 2, WEEKS_PER_YEAR))
                spent, accounted = spending(market) / 100, others(market) / 100
                yield near(f"{name}, week {market.week}", spent, spent, accounted, 0.0, f"year {year}")


def spending(market: Market) -> int:
    """Return what consumers paid for their orders since week 0, refunds deducted, fen."""
    return sum(int(tally.spent.sum() - tally.refunded.sum()) for tally in market.tallies)


def others(market: Market) -> int:
    """Return the other side of the identity, fen."""
    shops, brands, ledger = market.shops, market.brands, market.ledger
    balance = ledger.balances()
    incomes = shops.income_from_retail + shops.income_from_wholesale + shops.income_from_recruits
    stock = shops.stock_genuine * shops.unit_cost + shops.cost_of_fakes
    of_shops = incomes.sum() - shops.charges.sum() - ledger.lost_deposits - stock.sum() - ledger.loss_on_stock
    made = sum(tally.made for tally in market.tallies)
    faked = sum(tally.faked for tally in market.tallies)
    production = (made * brands.cost).sum() + (faked * brands.fake_cost).sum()
    operators = balance["mall"] + balance["platform"] + balance["state"] + balance["outside"]
    return int(of_shops + brands.cash.sum() + market.listings.income.sum() + production + operators)
