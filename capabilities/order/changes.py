"""Changes of orders as they are told to who follows them: which order, never what is in it."""

from datetime import datetime
from typing import Self

from msgspec import Struct

from capabilities.caller import Visibility
from capabilities.errors import BadInput
from capabilities.ids import global_id

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


class OrderChange(Struct, frozen=True, kw_only=True, gc=False):
    """One change of an order: its key, and where its event lies."""

    place: Place
    at: datetime
    channel_code: str
    number: str

    @property
    def event_id(self) -> str:
        """What a client goes on after."""
        return self.place.text

    @property
    def order_id(self) -> str:
        """The order's global id."""
        return global_id("Order", self.channel_code, self.number)


class ToldChange(Struct, frozen=True, kw_only=True, gc=False):
    """A change with what decides who hears of it: the order's store, and whose it is now.

    `one_ids` are the person's, and those of the persons who were merged into her.
    """

    change: OrderChange
    store: str | None = None
    one_ids: tuple[str, ...] = ()


class Watched(Struct, frozen=True, kw_only=True, gc=False):
    """Whose changes are followed: a person's or a store's, in the channels that may be seen."""

    one_id: str | None = None
    store: str | None = None
    channels: frozenset[str] | None = None

    def wants(self, told: ToldChange) -> bool:
        """Whether a change is told to who follows this."""
        if self.channels is not None and told.change.channel_code not in self.channels:
            return False
        if self.one_id is not None:
            return self.one_id in told.one_ids
        return self.store is not None and told.store == self.store


def watching_store(visibility: Visibility, code: str, channel: str | None) -> Watched | None:
    """A store's changes as this caller may follow them; None where not at all."""
    if visibility.stores is not None and code not in visibility.stores:
        return None
    channels = visibility.channel_scope(None if channel is None else frozenset({channel}))
    return Watched(store=code, channels=channels) if channels is None or channels else None
