"""What a need was worth: consumer surplus of the nested logit (docs/odd.md, 7.2)."""

import math


def inclusive_value(channels: list[list[float]], dissimilarity: float) -> tuple[float, list[list[float]]]:
    """Return ln of the expected maximum, and the choice probability of every offer.

    `channels` holds the utilities V_j of the offers, one list a channel; not buying has utility 0.
    """
    largest = [max(v / dissimilarity for v in channel) if channel else 0.0 for channel in channels]  # m_g
    odds = [[math.exp(v / dissimilarity - m) for v in channel] for channel, m in zip(channels, largest, strict=True)]
    z = [added(channel) for channel in odds]
    value = [
        dissimilarity * (m + math.log(z_g)) if z_g > 0 else None for m, z_g in zip(largest, z, strict=True)
    ]  # L_g; None for a channel without offers
    top = max([0.0] + [L for L in value if L is not None])  # M
    denominator = added([math.exp(-top)] + [math.exp(L - top) for L in value if L is not None])  # D
    total = top + math.log(denominator)
    chances = [[math.exp(L - total) * e / z_g for e in channel] for channel, L, z_g in zip(odds, value, z, strict=True)]
    return total, chances


def added(terms: list[float]) -> float:
    """Add from left to right; `sum` of Python compensates its rounding errors."""
    result = 0.0
    for term in terms:
        result = result + term
    return result


def experienced_surplus(
    believed: list[list[float]], true: list[list[float]], dissimilarity: float, price_sensitivity: float
) -> int:
    """Return the surplus in micro-yuan of choosing by `believed` utilities and receiving the `true` ones."""
    total, chances = inclusive_value(believed, dissimilarity)
    correction = 0.0  # C
    for chance_g, believed_g, true_g in zip(chances, believed, true, strict=True):
        for chance, v, v_true in zip(chance_g, believed_g, true_g, strict=True):
            correction = correction + chance * (v_true - v)
    return round(1e6 * ((total + correction) / price_sensitivity))


def informed_surplus(true: list[list[float]], dissimilarity: float, price_sensitivity: float) -> int:
    """Return the surplus in micro-yuan of choosing by the true utilities."""
    total, _ = inclusive_value(true, dissimilarity)
    return round(1e6 * (total / price_sensitivity))
