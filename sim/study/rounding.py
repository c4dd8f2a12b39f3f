"""How numbers are rounded in tables and sentences: as far as their interval allows."""

import math

MOST_DECIMALS = 5


def decimals_for(low: float, high: float, level: float = math.nan) -> int:
    """Return the decimals, up to 5, at which the half-width shows two digits and no bound is rounded to zero.

    level: a number beside the interval, of whose hundredth the digits count where there is no width

    >>> decimals_for(-1.23, 4.56), decimals_for(0.012, 0.034), decimals_for(100, 900)
    (1, 3, 0)
    """
    half_width = (high - low) / 2
    size = half_width if half_width > 0 else abs(level) / 100
    if not 0 < size < math.inf:
        return 1
    decimals = min(4, max(0, 1 - math.floor(math.log10(size))))
    for bound in (low, high):
        while bound and round(bound, decimals) == 0 and decimals < MOST_DECIMALS:
            decimals += 1
    return decimals


def number(value: float, decimals: int) -> str:
    """Return a number, or - if there is none; a rounded zero has no sign.

    >>> number(-0.04, 1), number(12.345, 2), number(math.nan, 0)
    ('0.0', '12.35', '-')
    """
    if math.isnan(value):
        return "-"
    text = f"{value:.{decimals}f}"
    return text if float(text) else text.lstrip("-")


def signed(value: float, decimals: int) -> str:
    """Return a number with its sign; a zero, exact or rounded, has none.

    >>> signed(0.25, 1), signed(-0.01, 1), signed(0.0, 0)
    ('+0.2', '0.0', '0')
    """
    if math.isnan(value):
        return "-"
    text = f"{value:+.{decimals}f}"
    return text if float(text) else text[1:]
