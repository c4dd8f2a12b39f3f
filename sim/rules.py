"""Rules: what the platform and the venues guarantee, show and charge this week.

A fresh, frozen `Rules` is made every week and is all that the mechanisms see of policy.
"""

from dataclasses import dataclass

from sim.parameters import Platform


@dataclass(frozen=True)
class Rules:
    """The rules of one week; tuples have one number a venue (order of `Venue`)."""

    refund: tuple[float, ...]
    """Chance that a dissatisfied buyer is refunded, at the seller's cost."""
    rating_weight: tuple[float, ...]
    """Weight with which public ratings are visible, 0 to 1."""
    price_transparency: float
    """Chance that a buyer learns the direct price."""


def neutral(platform: Platform) -> Rules:
    """Return the rules of a week in which no policy acts."""
    resale, elsewhere = platform.rating_weight_resale, platform.rating_weight_elsewhere
    return Rules(
        refund=(
            platform.refund_resale,
            platform.refund_resale,
            platform.refund_direct,
            platform.refund_bazaar,
            platform.refund_mall,
        ),
        rating_weight=(resale, resale, elsewhere, elsewhere, elsewhere),
        price_transparency=platform.price_transparency,
    )
