"""Prices that stay."""

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.pricing.base import PricingRule, Sellers


class Fixed(PricingRule):
    """The price stays as it is: brands' list prices."""

    def prices(self, sellers: Sellers, parameters: Parameters) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the prices and mark-ups as they are."""
        return sellers.price, sellers.markup
