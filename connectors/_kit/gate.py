"""How many calls a connector makes at once, and how many may wait; callers go before the rest."""

import asyncio
from collections import deque
from contextlib import suppress

from capabilities.allowance import Allowance
from capabilities.errors import Limited

_WAITERS_PER_PLACE = 4
# Of so many places background work leaves one free, so that a caller finds one at once.
_ONE_KEPT_OF = 4


class Gate:
    """A bounded number of places with a bounded queue; a call beyond both is refused at once.

    Whoever entered must leave. Background work has a queue of its own: it never makes a caller
    be refused, and goes only where no caller waits.
    """

    def __init__(
        self, source: str, places: int, allowance: Allowance | None = None, seconds: float = 1.0
    ) -> None:
        self._source = source
        self._allowance = allowance
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._places = places
        self._most_waiting = places * _WAITERS_PER_PLACE
        self._kept = places // _ONE_KEPT_OF
        self._busy = 0
        self._callers: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()
        if allowance is not None:
            allowance.waiting.add(self)

    @property
    def queued(self) -> tuple[int, int]:
        """Callers and background work that wait."""
        return len(self._callers), len(self._background)

    @property
    def inside(self) -> int:
        """Calls that run or wait."""
        return self._busy + len(self._callers) + len(self._background)

    async def enter(self, *, background: bool = False) -> None:
        """Wait for a place; Limited at once where too many wait already."""
        line = self._background if background else self._callers
        if not self._callers and not line and self._takes(background=background):
            return
        if len(line) >= self._may_wait():
            raise Limited("too many calls wait for this connector", source=self._source)
        place = asyncio.get_running_loop().create_future()
        line.append(place)
        self._look_again()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave(background=background)
            else:
                with suppress(ValueError):  # it was its turn already
                    line.remove(place)
            raise

    def leave(self, *, background: bool = False, answered: bool = True) -> None:
        """Give a place back; a call without its whole answer may still be under way there."""
        self._busy -= 1
        if self._allowance is not None:
            self._allowance.give(background=background, answered=answered)
        if self._callers or self._background:
            self.wake()

    def wake(self) -> None:
        """Let in who waits, as far as there are places."""
        for line, background in ((self._callers, False), (self._background, True)):
            while line and line[0].cancelled():
                line.popleft()
            while line and self._takes(background=background):
                line.popleft().set_result(None)
                while line and line[0].cancelled():
                    line.popleft()
            if line:
                break
        self._look_again()

    def _takes(self, *, background: bool) -> bool:
        """Take a place, and what the agreement wants for it, if there is one."""
        if self._busy >= self._places - (self._kept if background else 0):
            return False
        if self._allowance is not None and not self._allowance.take(background=background):
            return False
        self._busy += 1
        return True

    def _may_wait(self) -> int:
        """How many may wait: no more than can have their turn before their time is over."""
        if self._allowance is None:
            return self._most_waiting
        if self._allowance.closed:
            message = "the agreement with the system's owner allows no call now"
            raise Limited(message, source=self._source)
        a_second = self._allowance.limit.per_second
        if a_second is None:
            return self._most_waiting
        return min(self._most_waiting, max(1, int(a_second * self._seconds)))

    def _look_again(self) -> None:
        """Tokens come back by themselves, and nobody tells."""
        if self._allowance is None or self._timer is not None:
            return
        pause = self._allowance.next_back() if self._callers or self._background else None
        if pause is not None:
            self._timer = asyncio.get_running_loop().call_later(pause, self._due)

    def _due(self) -> None:
        self._timer = None
        self.wake()
