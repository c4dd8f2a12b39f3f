"""A mark-up over cost that follows the stock."""

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.pricing.base import PricingRule, Sellers


class CostPlus(PricingRule):
    """Unit cost times one plus a mark-up, cut when stock is dead, raised when it is sold out."""

    def prices(self, sellers: Sellers, parameters: Parameters) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return price = unit cost * (1 + markup), fen, and the mark-up."""
        given = parameters.shops
        markup = sellers.markup.astype(np.float64)
        is_dead = (sellers.stock > 0) & (sellers.stock > given.dead_weeks * sellers.sales)
        is_sold_out = (sellers.stock == 0) & (sellers.sales > 0)
        markup = np.where(is_dead, markup * (1 - given.markup_step), markup)
        markup = np.where(is_sold_out, markup * (1 + given.markup_step), markup).astype(np.float32)
        held = np.clip(markup, np.float32(given.markup_least), np.float32(given.markup_most)).astype(np.float32)
        return np.rint(sellers.unit_cost * (1 + held.astype(np.float64))).astype(np.int64), held
