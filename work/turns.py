"""Turns of long jobs: only so many run at once, and what comes by the clock never waits for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """So many at once; whoever still waits for a turn at the end gets none."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._over = False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[bool]:
        """A turn, once there is one; False where the end came first."""
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield not self._over
        finally:
            self._free.release()

    def end(self) -> None:
        """Nobody begins any more: all who wait are let go."""
        self._over = True
        for _ in range(self._waiting):
            self._free.release()
