"""Price-setting rules: one file each, named in `shops.pricing` and `brands.pricing` (odd.md 7.8)."""

import sys
from functools import cache

from sim.discovery import discover
from sim.fields import ParameterError
from sim.pricing.base import PricingRule


@cache
def catalogue() -> dict[str, type[PricingRule]]:
    """Return name -> rule, by name."""
    return discover(sys.modules[__name__], PricingRule)


def rule(key: str, name: str) -> PricingRule:
    """Return the rule `name` that the parameter `key` asks for; raises ParameterError if there is none."""
    if name not in catalogue():
        raise ParameterError(f"{key}={name!r}: no such pricing rule; allowed are {', '.join(catalogue())}")
    return catalogue()[name]()
