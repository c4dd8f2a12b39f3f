"""Brands: advertising for their own stores, and how much effort goes there (odd.md 7.6, 7.12)."""

import math

import numpy as np

from sim.population import exponentials, hazard
from sim.randomness import Purpose
from sim.week import QUARTER, REVIEW, Week


def imitate(week: Week) -> None:
    """Let brands move towards the effort of a more profitable one, every quarter."""
    if week.number == 0 or week.number % QUARTER:
        return
    brands = week.brands
    brands.profit_of_quarter[:] = brands.cash - brands.cash_at_quarter
    brands.cash_at_quarter[:] = brands.cash
    seen, n = brands.effort.copy(), brands.effort.size
    for brand in range(n):
        other = int(n * week.luck(Purpose.IMITATION, np.zeros(1, np.int64), brand)[0])
        if brands.profit_of_quarter[other] > brands.profit_of_quarter[brand]:
            brands.effort[brand] = seen[brand] + week.parameters.brands.imitation * (seen[other] - seen[brand])


def review_effort(week: Week) -> None:
    """Let brands invest in their stores if a new customer's worth beats cost and hurdle, every four weeks.

    v = (1 - K) * 52 * s/(n K) * m against (1 + hurdle) * advertising cost; K the share of people who know the
    store, s its weekly sales, m its margin in yuan. The hurdle rises with the ambiguity of rules.
    """
    if week.number == 0 or week.number % REVIEW:
        return
    given, brands, n_people = week.parameters.brands, week.brands, week.people.key.size
    sales = week.listings.sales_smoothed[: brands.effort.size].astype(np.float64)
    told = np.count_nonzero(week.people.knows, axis=0) / n_people
    known = 1 - exponentials(-brands.awareness) * (1 - told)
    margin = (brands.list_price - brands.cost - week.service_cost()) / 100
    per_person = np.divide(sales, n_people * known, out=np.zeros(known.size), where=known > 0)
    worth = (1 - known) * ((52 * per_person) * margin)
    threshold = (1 + (given.hurdle + given.hurdle_ambiguity * week.rules.ambiguity)) * given.advertising_cost
    invests, retreats = worth > threshold, worth < given.advertising_cost
    brands.effort[invests] = np.minimum(1.0, brands.effort[invests] + given.effort_step)
    retreats &= ~invests
    brands.effort[retreats] = np.maximum(given.effort_least, brands.effort[retreats] - given.effort_step)


def advertise(week: Week) -> None:
    """Let a week's advertising reach people: the hazard of knowing a store grows by effort * n_media * hazard."""
    given = week.parameters.brands
    per_week = given.n_media * hazard(given.reach_per_medium) if given.n_media else 0.0
    if week.number > 0:
        week.brands.awareness[:] += per_week * week.brands.effort if math.isfinite(per_week) else per_week
        week.brands.awareness[:] += week.rules.direct_traffic


def advertising_bills(week: Week) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return what each brand pays for this week's advertising, fen, shape (n_brands,)."""
    given = week.parameters.brands
    spending = 100 * given.advertising_cost * given.reach_per_medium * week.brands.effort * week.people.key.size
    return given.n_media * np.rint(spending).astype(np.int64)
