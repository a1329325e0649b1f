"""What waits for one subscriber."""

import asyncio
from collections import deque

from capabilities.errors import Ended, TooSlow
from capabilities.order.changes import OrderChange, Watched
from capabilities.places import Place


class Line:
    """A bounded queue of one subscriber; who does not take from it is told to come back.

    `place` is where its subscriber stands: what she took last.
    """

    def __init__(self, watched: Watched, place: Place, most: int) -> None:
        self.watched = watched
        self._place = place
        self._most = most
        self._waiting: deque[OrderChange] = deque()
        self._ended: Ended | None = None
        self._news = asyncio.Event()

    def put(self, change: OrderChange) -> None:
        """Tell of one more change; a line that is full ends."""
        if self._ended is not None:
            return
        if len(self._waiting) >= self._most:
            told = f"more than {self._most} changes waited for this subscriber"
            self.end(TooSlow(told, after=self._place.text))
            return
        self._waiting.append(change)
        self._news.set()

    def end(self, reason: Ended) -> None:
        """Tell no more; what was not taken yet is told to who comes back."""
        if self._ended is None:
            self._ended = reason
            self._waiting.clear()
            self._news.set()

    async def next(self) -> OrderChange:
        """The next change; raises the reason where the line was ended."""
        while not self._waiting:
            if self._ended is not None:
                raise self._ended
            self._news.clear()
            await self._news.wait()
        change = self._waiting.popleft()
        self._place = change.place
        return change
