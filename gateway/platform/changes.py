"""Changes as they happen, for one caller."""

from collections.abc import AsyncIterator

from capabilities.order.changes import OrderChange, Watched
from capabilities.places import Place
from gateway.changes.hub import ChangeHub


class CallersChanges:
    """Implements `schema.changes_part.ChangesPart` over the reader of this process."""

    def __init__(self, hub: ChangeHub) -> None:
        self._hub = hub

    def orders(self, watched: Watched, after: Place | None) -> AsyncIterator[OrderChange]:
        """Changes of orders after a place, or from now on."""
        return self._hub.follow(watched, after)
