"""Rules: what the platform and the venues allow, guarantee, show, check and know this week.

A fresh, frozen `Rules` is made every week and is all that the mechanisms see of policy.
"""

from dataclasses import dataclass

from sim.parameters import Parameters

PERMANENT = -1
"""A step of the ladder that closes the shop and bars its owner for good."""

NO_LIMIT = 2**62
"""A limit that nothing reaches."""


@dataclass(frozen=True)
class Rules:
    """The rules of one week; tuples by venue have one number a venue (order of `Venue`)."""

    refund: tuple[float, ...]
    """Chance that a dissatisfied buyer is refunded, at the seller's cost."""
    rating_weight: tuple[float, ...]
    """Weight with which public ratings are visible, 0 to 1."""
    price_transparency: float
    """Chance that a buyer learns the direct price."""
    campaign_detection: float
    """Chance that a like campaign on WeChat is detected."""
    sourcing_risk: float
    """What people think the risk of dealing in fakes is, chance in four weeks."""
    mean_degree: float
    """Friends of a person, mean: what the platform knows of its network."""
    contact_limit: int = NO_LIMIT
    """People who may hold a shop in a slot."""
    purges_contacts: bool = False
    """Contacts above the limit are cut, not only kept from growing."""
    ladder: tuple[int, ...] = (1, 2, 4, PERMANENT)
    """Weeks of suspension, step after step."""
    removes_followers: bool = False
    """Followers gained by a detected campaign are removed."""
    ambiguity: float = 0.0
    """Sigma of the mean-preserving spread of perceived risk."""


def neutral(parameters: Parameters, mean_degree: float) -> Rules:
    """Return the rules of a week in which no policy acts."""
    platform = parameters.platform
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
        campaign_detection=parameters.regulator.campaign_detection,
        sourcing_risk=parameters.sourcing.learnt_risk,
        mean_degree=mean_degree,
    )
