"""Rules: what the platform and the venues allow, guarantee, show, check and know this week.

A fresh, frozen `Rules` is made every week and is all that the mechanisms see of policy.
"""

from dataclasses import dataclass

from sim.parameters import Parameters, Venue

PERMANENT = -1
"""A step of the ladder that closes the shop and bars its owner for good."""

NO_LIMIT = 2**31 - 1
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
    mean_degree: float
    """Friends of a person, mean: what the platform knows of its network."""
    contact_limit: int = NO_LIMIT
    """People who may hold a shop in a slot."""
    purges_contacts: bool = False
    """Contacts above the limit are cut, not only kept from growing."""
    removes_followers: bool = False
    """Followers gained by a detected campaign are removed."""
    ladder: tuple[int, ...] = (1, 2, 4, PERMANENT)
    """Weeks of suspension, step after step."""
    post_limit: int = NO_LIMIT
    """Posts of a shop a week that are shown."""
    deposit: int = 0
    """Deposit that a shop on WeChat has to hold, fen."""
    tier_limit: int = NO_LIMIT
    """Deepest tier allowed on WeChat."""
    tier_detection: float = 0.0
    """Weekly chance that a shop of a deeper tier is found."""
    paid_levels: int = NO_LIMIT
    """Levels above a recruit on which recruiting may be paid on WeChat."""
    badge_evidence: float = 0.0
    """Satisfied purchases that the brand's licence is worth as evidence."""
    licence_detection: float = 0.0
    """Weekly chance that a shop that deals in fakes is found without a licence."""
    inspection_rate: float = 0.0
    """Weekly chance that a shop on WeChat is inspected."""
    inspection_power: float = 0.0
    """Chance that an inspection finds fakes where there are any."""
    false_positives: float = 0.0
    """Chance that an inspection finds fakes where there are none."""
    inspection_targeting: float = 0.0
    """Growth of a shop's chance of being inspected with each complaint."""
    budget: float = float("inf")
    """Inspections a week for every 1 000 shops, at most."""
    fine: float = 0.0
    """Fine for dealing in fakes, yuan."""
    tax_threshold: float = float("inf")
    """Retail sales a year above which a shop is taxed, yuan."""
    tax_rate: float = 0.0
    """Share of further sales."""
    hype_cap: float = float("inf")
    """Most that promised income may be over true income."""
    direct_fee_cut: float = 0.0
    """Share of the service cost of direct sales that the platform bears."""
    direct_traffic: float = 0.0
    """Weekly hazard that the platform makes a person know a brand's store."""
    mall_entry: float = 0.0
    """Share of people whom the platform sends to the mall."""
    sales_fee: tuple[float, ...] = (0.0,) * len(Venue)
    """Share of the price that the operator keeps, by venue."""
    ambiguity: float = 0.0
    """Sigma of the mean-preserving spread of perceived risk."""
    burst_share: float = 1.0
    """Share of weeks in which anything is enforced at all, with as much more force."""
    follows_complaints: bool = False
    """Enforcement grows and shrinks with complaints."""
    delay: int = 0
    """Weeks by which it lags behind them."""
    exodus_share: float = 0.0
    """Share of shops that leave for the rival platform."""


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
        mean_degree=mean_degree,
    )
