"""How many calls a connector makes at once, and how many may wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from capabilities.errors import Overloaded

_WAITERS_PER_PLACE = 4


class Gate:
    """A bounded number of places with a bounded queue; a call beyond both is refused at once."""

    def __init__(self, source: str, places: int) -> None:
        self._source = source
        self._places = asyncio.Semaphore(places)
        self._limit = places * (1 + _WAITERS_PER_PLACE)
        self._inside = 0

    @property
    def inside(self) -> int:
        """Calls that run or wait."""
        return self._inside

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One place, held for the block."""
        if self._inside >= self._limit:
            raise Overloaded("too many calls wait for this connector", source=self._source)
        self._inside += 1
        try:
            async with self._places:
                yield
        finally:
            self._inside -= 1
