"""Prices found by trial and error."""

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.pricing.base import PricingRule, Sellers, markup_of


class HillClimb(PricingRule):
    """A step up or down; the direction turns when income fell.

    No model of competition: sellers who all move at once climb together above the Nash price
    (`weishang verify hill_climb`).
    """

    def prices(self, sellers: Sellers, parameters: Parameters) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return prices a step further in the direction, which turns if income fell; never below cost."""
        sellers.direction[sellers.income < sellers.income_before] *= -1
        step = 1 + parameters.shops.price_step * sellers.direction
        price = np.maximum(sellers.unit_cost, np.rint(sellers.price * step).astype(np.int64))
        return price, markup_of(price, sellers.unit_cost)
