"""Sourcing: who deals in genuine units and who in fakes (odd.md 7.7, 7.13)."""

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Venue
from sim.population import bazaar_prices
from sim.week import HALF_YEAR, REVIEW, Week

Doubles = NDArray[np.float64]


def repeat_custom(repeat_share: float, quality_lost: Doubles, margin: Doubles, sales: Doubles) -> Doubles:
    """Return the income from buyers who would not come back, yuan per four weeks.

    repeat_share * (q - q_fake) * (price - unit cost) * (4 * sales); margin in yuan, sales in units a week.
    """
    lost = repeat_share * np.maximum(0.0, quality_lost) * np.maximum(0.0, margin)
    return lost * (REVIEW * sales)


def choose_lots(week: Week) -> None:
    """Let shops at their review decide what the next lot is: fakes if they gain more than they lose.

    gain = 4 * (unit cost - fake cost) * sales; losses = conscience + perceived risk * 26 weeks' profit
    + repeat custom over the horizon (Klein & Leffler 1981, Journal of Political Economy 89, 615).
    """
    given, shops, brands = week.parameters.sourcing, week.shops, week.brands
    shop = np.flatnonzero((shops.closed_week < 0) & week.is_reviewed(shops.opened_week))
    if shop.size == 0:
        return
    brand, owner = shops.brand[shop], shops.owner_row[shop]
    sales = shops.sales_smoothed[shop].astype(np.float64)
    gain = REVIEW * ((shops.unit_cost[shop] - brands.fake_cost[brand]) / 100) * sales
    future = HALF_YEAR * np.maximum(0.0, shops.profit_smoothed[shop].astype(np.float64))
    loss = (week.rules.fine + shops.deposit_held[shop] / 100) + future
    margin = (shops.price[shop] - shops.unit_cost[shop]) / 100
    quality_lost = brands.quality[brand] - week.parameters.brands.quality_fake
    custom = repeat_custom(given.repeat_share, quality_lost, margin, sales)
    custom = custom * given.horizon * week.people.patience[owner].astype(np.float64)
    risk = week.perceived(week.announced_risk(), shop)
    conscience = week.people.conscience[owner].astype(np.float64)
    shops.buys_fakes[shop] = gain > (conscience + risk * loss) + custom


def choose_goods(week: Week) -> None:
    """Let settled sellers of the bazaar choose between genuine units and fakes, every four weeks.

    They decide as shops do, but public ratings carry their record further and they have no conscience.
    """
    if week.number == 0 or week.number % REVIEW:
        return
    given, sourcing, listings, brands = week.parameters.bazaar, week.parameters.sourcing, week.listings, week.brands
    is_settled = listings.is_open & (listings.opened_week < week.number) & (listings.venue == Venue.BAZAAR)
    place = np.flatnonzero(is_settled)
    honest, fake = bazaar_prices(week.parameters, brands)
    brand, sales = listings.brand[place], listings.sales_smoothed[place].astype(np.float64)
    extra = ((fake - brands.fake_cost) - (honest - brands.wholesale))[brand] / 100
    margin = (honest - brands.wholesale)[brand] / 100
    quality_lost = brands.quality[brand] - week.parameters.brands.quality_fake
    custom = repeat_custom(given.repeat_share, quality_lost, margin, sales)
    custom = custom * sourcing.horizon * listings.patience[place].astype(np.float64)
    listings.sells_fakes[place] = REVIEW * extra * sales > custom
    listings.price[place] = np.where(listings.sells_fakes[place], fake[brand], honest[brand])
