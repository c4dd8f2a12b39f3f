"""Offers and orders: what buyers face, what a block of them considers, what was bought this week."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.rules import Rules


class Taste(NamedTuple):
    """Scalars of demand and belief that do not change within a week."""

    dissimilarity: float
    tie_value: float
    notice: float
    n_shops_considered: int
    n_brands_considered: int
    prior_weight: float
    ratings_read: float
    likes_counted: float
    quality_fake: float
    n_bazaar_sellers: int


class VenueTerms(NamedTuple):
    """What buyers face at each venue, float64 (n_venues,), and who is sent to the mall."""

    hassle: NDArray[np.float64]  # yuan
    refund: NDArray[np.float64]  # chance
    rating_weight: NDArray[np.float64]
    mall_entry: float  # share of people who are sent to the mall


class Orders(NamedTuple):
    """Purchases of one week, one row a buyer, in order of rows."""

    buyer: NDArray[np.int32]  # row
    venue: NDArray[np.int32]
    shop: NDArray[np.int32]  # row, -1 outside resale
    listing: NDArray[np.int32]  # row, -1 in resale
    brand: NDArray[np.int32]
    from_friend: NDArray[np.bool_]  # the shop is a friend's
    price: NDArray[np.int64]  # fen
    belief: NDArray[np.float64]  # believed chance of satisfaction
    trust: NDArray[np.float32]  # in the venue, at purchase
    true_chance: NDArray[np.float64]
    is_genuine: NDArray[np.bool_]
    is_satisfied: NDArray[np.bool_]
    is_refunded: NDArray[np.bool_]
    is_complaint: NDArray[np.bool_]


class Offers(NamedTuple):
    """Offers considered by a block of people, (BLOCK, n_offers), channel after channel."""

    source: NDArray[np.int32]  # row of the shop or listing
    venue: NDArray[np.int32]
    from_friend: NDArray[np.bool_]  # the shop is a friend's
    belief: NDArray[np.float64]
    utility: NDArray[np.float64]  # V, perceived
    true_utility: NDArray[np.float64]  # V*, with the true chance
    end: NDArray[np.int32]  # one past the last offer of each channel (BLOCK, N_CHANNELS)


def taste_of(parameters: Parameters) -> Taste:
    """Return the scalars of demand and belief."""
    given, trust = parameters.demand, parameters.trust
    return Taste(
        dissimilarity=given.dissimilarity,
        tie_value=given.tie_value,
        notice=parameters.attention.notice,
        n_shops_considered=given.n_shops_considered,
        n_brands_considered=given.n_brands_considered,
        prior_weight=trust.prior_weight,
        ratings_read=trust.ratings_read,
        likes_counted=trust.likes_counted,
        quality_fake=parameters.brands.quality_fake,
        n_bazaar_sellers=parameters.bazaar.sellers_at_most,
    )


def venue_terms(parameters: Parameters, rules: Rules) -> VenueTerms:
    """Return what buyers face at each venue under this week's rules."""
    given = parameters.demand
    hassle = (given.hassle_resale, given.hassle_resale, given.hassle_direct, given.hassle_bazaar, given.hassle_mall)
    return VenueTerms(np.array(hassle), np.array(rules.refund), np.array(rules.rating_weight), rules.mall_entry)


def empty_orders(capacity: int) -> Orders:
    """Return room for `capacity` orders."""
    kinds: list[type] = [np.int32] * 5 + [np.bool_, np.int64, np.float64, np.float32, np.float64] + [np.bool_] * 4
    return Orders(*(np.empty(capacity, kind) for kind in kinds))
