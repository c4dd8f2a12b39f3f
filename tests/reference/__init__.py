"""The market once more, in plain Python: one Mesa agent a person, a shop, a listing, a brand.

It is slow and made to be read beside docs/odd.md, from which it is transcribed; it shares with the
package only the parameters and the draw u(purpose, week, person, item). tests/test_reference.py asks the
package's arrays to reproduce it exactly.
"""

from tests.reference.agents import Person
from tests.reference.evidence import Slot
from tests.reference.market import Purchase, ReferenceMarket
from tests.reference.sellers import Brand, Listing, Shop

__all__ = ["Brand", "Listing", "Person", "Purchase", "ReferenceMarket", "Shop", "Slot"]
