"""A place in what the platform tells one after the other: where a client goes on."""

from typing import Self

from msgspec import Struct

from capabilities.errors import BadInput

_PARTS = 3
_LONGEST = 50
_MOST = 2**63 - 1
_DIGITS = frozenset("0123456789abcdef")


class Place(Struct, frozen=True, order=True, gc=False):
    """A place in the outbox; `era` changes when a restored one begins to count anew.

    What comes after it in the order of (xid, position) was told later. `Place(era, xid, 0)` lies
    before all that a transaction told.
    """

    era: int
    xid: int
    position: int

    @property
    def text(self) -> str:
        """The id of an event, opaque to clients."""
        return f"{self.era:x}.{self.xid:x}.{self.position:x}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The place that an event's id names; BadInput for what is none."""
        parts = text.split(".")
        fits = len(parts) == _PARTS and len(text) <= _LONGEST
        if not fits or not all(one and _DIGITS.issuperset(one) for one in parts):
            raise BadInput("`after` must be the id of an event that this graph told.")
        numbers = [int(one, 16) for one in parts]
        if max(numbers) > _MOST:
            raise BadInput("`after` must be the id of an event that this graph told.")
        return cls(*numbers)
