"""What a process found goes to the store, each batch of it once however often it has to be sent."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from capabilities.adoption.tally import Batch, Drained, Tally
from store.adoption.comparisons import Comparisons


class ShadowWriting:
    """Writes down what a tally gathers.

    Of a batch that was not confirmed nobody knows whether it stands: it is kept apart and sent
    again as it was, under its number, before anything that came since.
    """

    def __init__(self, comparisons: Comparisons, tally: Tally, now: Callable[[], datetime]) -> None:
        self._comparisons = comparisons
        self._tally = tally
        self._now = now
        self._writer = uuid4().hex
        self._number = 0
        self._unsure: tuple[Drained, Batch] | None = None
        self._turn = asyncio.Lock()

    async def write(self) -> None:
        """Write down all that there is; raises where that is not confirmed, and loses nothing."""
        # One at a time: a writer's numbers come in their order, or an earlier one passes for known.
        async with self._turn:
            await self._send()
            drained = self._tally.drain()
            if any(drained):
                self._number += 1
                self._unsure = drained, Batch(self._writer, self._number, self._now())
                await self._send()

    async def _send(self) -> None:
        if self._unsure is not None:
            drained, batch = self._unsure
            await self._comparisons.keep(*drained, batch=batch)
            self._unsure = None
