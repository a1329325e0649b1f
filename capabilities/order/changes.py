"""Changes of orders as they are told to who follows them: which order, never what is in it."""

from datetime import datetime

from msgspec import Struct

from capabilities.caller import Visibility
from capabilities.ids import global_id
from capabilities.places import Place


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
