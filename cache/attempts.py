"""Failed attempts of all processes, in Redis: five in ten minutes, in whatever shape they come.

An attempt takes its place before anything is looked up, and gives it back when it was right. So a
thousand at once have five places, and nobody who is over the budget reaches a look-up. Each process
also remembers its own: without Redis it goes on with a smaller budget, never with none.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from uuid import uuid4

from cache.connection import Near
from cache.remembered import Remembered, hashed
from capabilities.attempts import MOST_FAILED, WINDOW_SECONDS, Guesser

# Of all processes together, when they cannot speak with one another.
_MOST_ALONE = 3
_ENTER = b"""
local now = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Attempts:
    """The budgets of one brand as one process meets them."""

    def __init__(
        self,
        near: Near,
        brand: str,
        key: bytes,
        processes: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._near = near
        self._brand = brand
        self._key = key
        self._alone = max(1, _MOST_ALONE // processes)
        self._clock = clock
        self._own = Remembered(WINDOW_SECONDS)
        self._me, self._numbers = uuid4().hex, count()

    async def enter(self, guessers: Sequence[Guesser]) -> "Place | None":
        """A place for one attempt on the budgets of all these; None where one of them is spent."""
        attempt = f"{self._me}:{next(self._numbers)}"
        place = Place(self, attempt)
        for guesser in guessers:
            name = self._name(guesser)
            if not await self._taken(name, attempt):
                await place.give_back()
                return None
            place.names.append(name)
        return place

    async def _taken(self, name: str, attempt: str) -> bool:
        now = self._clock()
        own = self._own.of(name, now)
        if len(own) >= MOST_FAILED:
            return False
        own[attempt] = now  # before Redis is asked: others of this process come meanwhile
        words = (attempt, int(now * 1000), WINDOW_SECONDS * 1000, MOST_FAILED)
        ask = partial(self._near.command, "EVAL", _ENTER, 1, name, *words)
        answer = await self._near.attempt(ask, None, writes=True)
        entered = len(own) <= self._alone if answer is None else bool(answer)
        if not entered:
            own.pop(attempt, None)
        return entered

    async def forget(self, names: Sequence[str], attempt: str) -> None:
        """This attempt was right: it is on nobody's budget."""
        for name in names:
            self._own.forget(name, attempt)
            remove = partial(self._near.command, "ZREM", name, attempt)
            await self._near.attempt(remove, None, writes=True)

    def _name(self, guesser: Guesser) -> str:
        said = hashed(self._key, self._brand, guesser.by.value, guesser.value)
        return f"santong:attempts:{said}"


class Place:
    """An attempt that is under way; unless it is given back it counts as failed."""

    def __init__(self, attempts: Attempts, attempt: str) -> None:
        self._attempts = attempts
        self._attempt = attempt
        self.names: list[str] = []

    async def give_back(self) -> None:
        """It was right, or was not made."""
        await self._attempts.forget(self.names, self._attempt)
