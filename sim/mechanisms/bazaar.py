"""The bazaar's sellers: who comes and who goes (odd.md 7.13)."""

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Population
from sim.population import bazaar_prices, place_uniforms
from sim.randomness import Purpose
from sim.week import REVIEW, Week

USUAL_TOWN = Population.n_people


def turn_over(week: Week) -> None:
    """Let unprofitable sellers of the bazaar leave and new ones come, every four weeks."""
    if week.number == 0 or week.number % REVIEW:
        return
    listings, given = week.listings, week.parameters.bazaar
    place = np.arange(2 * week.brands.quality.size, listings.brand.size)
    was_open = listings.is_open[place].copy()
    needed = given.income_needed * week.people.key.size / USUAL_TOWN
    profit = listings.profit_smoothed[place].astype(np.float64)
    luck = place_uniforms(week.seed, Purpose.BAZAAR_TURNOVER, week.number, place.size) < given.turnover
    is_settled = week.number - listings.opened_week[place] >= REVIEW
    leaves = was_open & is_settled & (profit < needed) & luck
    pays = mean_by_brand(profit, was_open, max(given.sellers_at_most, 1)) > needed
    comes = ~was_open & luck & pays[listings.brand[place]] if place.size else was_open
    listings.is_open[place[leaves]] = False
    enter(week, place[comes])


def mean_by_brand(profit: NDArray[np.float64], is_open: NDArray[np.bool_], n_places: int) -> NDArray[np.float64]:
    """Return the mean profit of each brand's open sellers, infinite where none is open, shape (n_brands,)."""
    total = np.zeros(profit.size // n_places)
    for place in np.flatnonzero(is_open):  # in order, so that sums are the same everywhere
        total[place // n_places] += profit[place]
    n_open = is_open.reshape(-1, n_places).sum(axis=1)
    return np.divide(total, n_open, out=np.full(total.size, np.inf), where=n_open > 0)


def enter(week: Week, place: NDArray[np.int64]) -> None:
    """Open places to new sellers without a record."""
    listings = week.listings
    luck = place_uniforms(week.seed, Purpose.LISTING_SOURCING, week.number, listings.brand.size)
    first = 2 * week.brands.quality.size
    listings.is_open[place] = True
    listings.opened_week[place] = week.number
    listings.sells_fakes[place] = luck[place - first] < week.parameters.bazaar.share_fakes
    for column in (listings.rating_satisfied, listings.rating_total, listings.sales_smoothed, listings.profit_smoothed):
        column[place] = 0.0
    honest, fake = bazaar_prices(week.parameters, week.brands)
    brand = listings.brand[place]
    listings.price[place] = np.where(listings.sells_fakes[place], fake[brand], honest[brand])
