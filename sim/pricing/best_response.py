"""The price of a seller who knows demand."""

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.pricing.base import PricingRule, Sellers, markup_of


class BestResponse(PricingRule):
    """The first-order condition of a single-product seller under nested logit (Berry 1994).

    p = c + (lambda/alpha) / (1 - (1 - lambda) s_in_nest - lambda s), shares of the last four weeks.
    """

    def prices(self, sellers: Sellers, parameters: Parameters) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the best prices against the shares seen; unchanged before anybody sold or needed anything."""
        if sellers.channel_units == 0 or sellers.needs == 0:
            return sellers.price, sellers.markup
        dissimilarity, alpha = parameters.demand.dissimilarity, parameters.population.price_sensitivity
        in_nest, share = sellers.units / sellers.channel_units, sellers.units / sellers.needs
        room = 1 - (1 - dissimilarity) * in_nest - dissimilarity * share
        margin = np.divide(dissimilarity / alpha, room, out=np.full(room.size, np.nan), where=room > 0)
        best = np.rint(100 * (sellers.unit_cost / 100 + margin))
        price = np.where(room > 0, best, sellers.price).astype(np.int64)
        return price, markup_of(price, sellers.unit_cost)
