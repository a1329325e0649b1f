"""Whoever follows the differences of a pair, over the store's own positions.

Each reads the store for herself, a page when she has taken the one before: nothing is kept here for
somebody who is slow, and many who follow take turns.
"""

import asyncio
from collections.abc import AsyncGenerator

from capabilities.adoption.differing import Difference
from capabilities.errors import EventsForgotten, StoreUnavailable
from capabilities.estate import Capability
from capabilities.places import Place
from gateway.changes.turns import Turns
from store.adoption.differences import Differences, ReadDifferences
from store.engine import Store

# They are written down once a second; Redis needs wake nobody.
_POLL_SECONDS = 0.5
_PAGE = 100
_READERS = 2
_FORGOTTEN = (
    "what differed after this event is no longer known: read the report, and subscribe without it"
)


class FollowedDifferences:
    """Tells the differences of pairs on; one for all who follow in a process."""

    def __init__(
        self, store: Store, brand: str, *, poll_seconds: float = _POLL_SECONDS, page: int = _PAGE
    ) -> None:
        self._differences = Differences(store, brand)
        self._poll_seconds = poll_seconds
        self._page = page
        self._readers = Turns[tuple[str, Capability]](_READERS)

    async def follow(
        self, channel: str, capability: Capability, after: Place | None
    ) -> AsyncGenerator[Difference, None]:
        """The differences after a place, or from now on; each once, in the order of their events.

        While the store is away nothing is told. EventsForgotten where some after that place are no
        longer known.
        """
        place = after
        if place is None:
            place = await self._differences.standing(channel, capability)
        while True:
            try:
                read = await self._read(channel, capability, place)
            except StoreUnavailable:
                await asyncio.sleep(self._poll_seconds)
                continue
            for one in read.differences:
                yield one
            place = read.upto
            if len(read.differences) < self._page:
                await asyncio.sleep(self._poll_seconds)

    async def _read(self, channel: str, capability: Capability, place: Place) -> ReadDifferences:
        async with self._readers.turn((channel, capability)):
            read = await self._differences.after(channel, capability, place, self._page)
        if read.upto.era != place.era or place < read.floor or place > read.upto:
            raise EventsForgotten(_FORGOTTEN)
        return read
