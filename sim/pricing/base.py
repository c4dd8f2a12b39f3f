"""What a price-setting rule is: from what sellers see to their new prices."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters


class Sellers(NamedTuple):
    """What sellers know at a review, four weeks after the last; shape (n_sellers,) unless said."""

    price: NDArray[np.int64]  # fen
    unit_cost: NDArray[np.int64]  # fen, with the cost of serving a buyer
    markup: NDArray[np.float32]  # price over unit cost, less one
    stock: NDArray[np.int64]  # units
    sales: NDArray[np.float64]  # smoothed, units/week
    units: NDArray[np.int64]  # sold to consumers since the last review
    channel_units: int  # of the channel in the last four weeks
    needs: int  # in the last four weeks
    income: NDArray[np.int64]  # since the last review, fen
    income_before: NDArray[np.int64]  # in the four weeks before, fen
    direction: NDArray[np.int8]  # of the last price change; a rule may change it in place


def markup_of(price: NDArray[np.int64], unit_cost: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return price / unit cost - 1 as it is stored; 0 where a unit costs nothing."""
    ratio = np.divide(price, unit_cost, out=np.ones(price.size), where=unit_cost > 0)
    return (ratio - 1).astype(np.float32)


class PricingRule:
    """One way of setting prices; one subclass a file of this folder."""

    def prices(self, sellers: Sellers, parameters: Parameters) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the new prices in fen and mark-ups."""
        raise NotImplementedError
