"""The standings as one process follows them: new within two seconds, the last ones while away."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from capabilities.adoption.standing import Adopted, Standing
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from store.adoption.standings import Standings
from store.owned import Owned
from store.versions import Versions

_log = logging.getLogger(__name__)
# Behind a poll of the versions, so that a step is in force everywhere within two seconds.
_POLL_SECONDS = 0.5


class Adoption:
    """The standings in memory, read when their version rises; while PostgreSQL is away, the last.

    A request keeps `current` for as long as it lasts: nobody is answered by both sides at once.
    """

    def __init__(self, standings: Standings, version: Callable[[], int | None]) -> None:
        self._standings = standings
        self._version = version
        self._seen: int | None = None
        # one read at a time: an older answer never comes behind a newer one
        self._reading = asyncio.Lock()
        self.current = Adopted()

    def of(self, capability: Capability, channel: str) -> Standing:
        """How a pair stands, as far as this process knows."""
        return self.current.of(capability, channel)

    async def look(self) -> None:
        """Read the standings where their version rose."""
        version = self._version()
        if version is None or version == self._seen:
            return
        await self.refresh()
        self._seen = version

    async def refresh(self) -> None:
        """Read the standings at once, such as behind a step that this process took."""
        async with self._reading:
            self.current = await self._standings.current()

    async def follow(self) -> None:
        """Follow the standings, until cancelled."""
        told = False
        while True:
            try:
                await self.look()
                told = False
            except StoreUnavailable:
                pass  # what is known stands
            except Exception:  # noqa: BLE001 - whatever it was, the next look tries again
                if not told:
                    _log.exception("standings of adoption cannot be read")
                told = True
            await asyncio.sleep(_POLL_SECONDS)


@contextlib.asynccontextmanager
async def opened_adoption(owned: Owned) -> AsyncIterator[Adoption]:
    """The standings of a process that follows nothing else."""
    async with Versions(owned.store, owned.brand) as versions:
        adoption = Adoption(Standings(owned), versions.adoption)
        with contextlib.suppress(StoreUnavailable):  # the next look reads them
            await adoption.refresh()
        task = asyncio.create_task(adoption.follow())
        try:
            yield adoption
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
