"""How two memberships are weighed against each other: a Fellegi-Sunter model, as data.

Per field `same` is how often it is equal where two memberships are one person's, `close` how often
it is nearly so. How often it is equal by chance is counted from the people at hand, value by value
for a name, so that a rare name weighs more than a common one.
"""

from msgspec import Struct

VERSION = "2026-11"
# Of all memberships so many are expected to have a twin that no rule has joined.
EXPECTED_SHARE = 0.05
# A value on more memberships than this is a placeholder, a shop's or a family's: it proves nothing.
MOST_ALIKE = 20


class Field(Struct, frozen=True, kw_only=True):
    """One field: `close` counts one typing error (a digit wrong, missing or swapped)."""

    name: str
    same: float
    close: float | None = None
    close_by_chance: float = 1e-6
    by_value: bool = False
    bounded: bool = True


FIELDS = (
    Field(name="name", same=0.85, by_value=True, bounded=False),
    Field(name="phone", same=0.3, close=0.3),
    Field(name="email", same=0.6, close=0.1),
    Field(name="birthday", same=0.9, close=0.05, close_by_chance=1e-3),
    Field(name="store", same=0.6, by_value=True, bounded=False),
)
# Two memberships are compared only where one of these is equal: all pairs would be too many.
MEETINGS = (("phone",), ("email",), ("name", "birthday"), ("name", "store"))
