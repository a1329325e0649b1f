"""How many calls a connector makes at once, and how many may wait; callers go before the rest."""

import asyncio
from collections import deque
from contextlib import suppress

from capabilities.errors import Limited

_WAITERS_PER_PLACE = 4
# Of so many places background work leaves one free, so that a caller finds one at once.
_ONE_KEPT_OF = 4


class Gate:
    """A bounded number of places with a bounded queue; a call beyond both is refused at once.

    Whoever entered must leave. Background work has a queue of its own: it never makes a caller
    be refused, and goes only where no caller waits.
    """

    def __init__(self, source: str, places: int) -> None:
        self._source = source
        self._places = places
        self._most_waiting = places * _WAITERS_PER_PLACE
        self._kept = places // _ONE_KEPT_OF
        self._busy = 0
        self._callers: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()

    @property
    def inside(self) -> int:
        """Calls that run or wait."""
        return self._busy + len(self._callers) + len(self._background)

    async def enter(self, *, background: bool = False) -> None:
        """Wait for a place; Limited at once where too many wait already."""
        line = self._background if background else self._callers
        if not self._callers and not line and self._has_place(background=background):
            self._busy += 1
            return
        if len(line) >= self._most_waiting:
            raise Limited("too many calls wait for this connector", source=self._source)
        place = asyncio.get_running_loop().create_future()
        line.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()
            else:
                with suppress(ValueError):  # it was its turn already
                    line.remove(place)
            raise

    def leave(self) -> None:
        """Give a place back."""
        self._busy -= 1
        self._let_in()

    def _has_place(self, *, background: bool) -> bool:
        return self._busy < self._places - (self._kept if background else 0)

    def _let_in(self) -> None:
        while self._callers and self._has_place(background=False):
            self._admit(self._callers)
        while self._background and not self._callers and self._has_place(background=True):
            self._admit(self._background)

    def _admit(self, line: "deque[asyncio.Future[None]]") -> None:
        place = line.popleft()
        if not place.cancelled():
            self._busy += 1
            place.set_result(None)
