"""How many calls a connector makes at once, and how many may wait."""

import asyncio

from capabilities.errors import Overloaded

_WAITERS_PER_PLACE = 4


class Gate:
    """A bounded number of places with a bounded queue; a call beyond both is refused at once.

    `async with gate:` holds one place for the block.
    """

    def __init__(self, source: str, places: int) -> None:
        self._source = source
        self._places = asyncio.Semaphore(places)
        self._limit = places * (1 + _WAITERS_PER_PLACE)
        self._inside = 0

    @property
    def inside(self) -> int:
        """Calls that run or wait."""
        return self._inside

    async def __aenter__(self) -> None:
        if self._inside >= self._limit:
            raise Overloaded("too many calls wait for this connector", source=self._source)
        self._inside += 1
        try:
            await self._places.acquire()
        except BaseException:
            self._inside -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._inside -= 1
        self._places.release()
