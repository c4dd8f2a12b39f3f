"""The price of a seller who knows demand."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.pricing.base import PricingRule, Sellers, markup_of

HALVINGS = 60
LARGEST_EXPONENT = 700.0


class BestResponse(PricingRule):
    """The most profitable price against the others' present ones, for a single-product nested-logit seller.

    Solves p = c + (lambda/alpha) / (1 - (1-lambda) w(p) - lambda w(p) g(p)) (Berry 1994), w the share of its channel
    and g the channel's share of needs, carried from those of the last four weeks at today's price p0 to
    those at p: x = exp(-alpha (p - p0)/lambda), r = 1 - w + w x, w(p) = w x/r, g(p) = g r^lambda/(1 - g + g r^lambda).
    """

    def prices(self, sellers: Sellers, parameters: Parameters) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the best prices against the shares seen; unchanged before anybody sold or needed anything."""
        if sellers.channel_units == 0 or sellers.needs == 0:
            return sellers.price, sellers.markup
        scale, alpha = parameters.demand.dissimilarity, parameters.population.price_sensitivity
        of_channel = sellers.channel_units / sellers.needs
        columns = (sellers.price.tolist(), sellers.unit_cost.tolist(), sellers.units.tolist())
        best = [
            best_price(price, cost, units / sellers.channel_units, of_channel, scale, alpha)
            for price, cost, units in zip(*columns, strict=True)
        ]
        price = np.array(best, np.int64)
        return price, markup_of(price, sellers.unit_cost)


def best_price(price: int, unit_cost: int, within: float, of_channel: float, scale: float, alpha: float) -> int:
    """Return the best price in fen; today's if the seller is all there is to choose.

    price, unit_cost: fen; within, of_channel: w and g at today's price
    """

    def margin(tried: float) -> float:
        x = math.exp(min(LARGEST_EXPONENT, -alpha * (tried - price / 100) / scale))
        rest = 1 - within + within * x
        w, pull = within * x / rest, of_channel * rest**scale
        room = 1 - (1 - scale) * w - scale * w * (pull / (1 - of_channel + pull))
        return scale / alpha / room if room > 0 else math.inf

    low = unit_cost / 100 + scale / alpha
    high = unit_cost / 100 + margin(low)
    if not math.isfinite(high):
        return price
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle - unit_cost / 100 > margin(middle):
            high = middle
        else:
            low = middle
    return round(100 * (low + high) / 2)
