"""Following changes: what a subscription asks of the platform."""

from collections.abc import AsyncIterator
from typing import Protocol

from capabilities.order.changes import OrderChange, Watched
from capabilities.places import Place


class ChangesPart(Protocol):
    """Changes as they happen, in the order of their events, each once."""

    def orders(self, watched: Watched, after: Place | None) -> AsyncIterator[OrderChange]:
        """Changes of orders after a place, or from now on; it may end with an `Ended`."""
