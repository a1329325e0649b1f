"""Failed attempts of all processes, in Redis: five in ten minutes, in whatever shape they come.

An attempt takes its place before anything is looked up, and gives it back when it was right. So a
thousand at once have five places, and nobody who is over the budget reaches a look-up. Each process
also remembers its own: without Redis it goes on with a smaller budget, never with none.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from hmac import digest
from itertools import count
from uuid import uuid4

from cache.connection import Near
from capabilities.attempts import MOST_FAILED, WINDOW_SECONDS, Guesser

# Of all processes together, when they cannot speak with one another.
_MOST_ALONE = 3
# Guessers whose attempts one process remembers; beyond, the longest quiet one is forgotten.
_MOST_REMEMBERED = 100_000
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
        self._own: OrderedDict[str, dict[str, float]] = OrderedDict()
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
        own, now = self._remembered(name), self._clock()
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
            self._own.get(name, {}).pop(attempt, None)
            remove = partial(self._near.command, "ZREM", name, attempt)
            await self._near.attempt(remove, None, writes=True)

    def _remembered(self, name: str) -> dict[str, float]:
        since = self._clock() - WINDOW_SECONDS
        found = self._own.setdefault(name, {})
        self._own.move_to_end(name)
        for attempt in [one for one, at in found.items() if at <= since]:
            del found[attempt]
        if len(self._own) > _MOST_REMEMBERED:
            self._own.popitem(last=False)
        return found

    def _name(self, guesser: Guesser) -> str:
        said = f"{self._brand}\x1f{guesser.by.value}\x1f{guesser.value}".encode()
        return f"santong:attempts:{digest(self._key, said, sha256)[:16].hex()}"


class Place:
    """An attempt that is under way; unless it is given back it counts as failed."""

    def __init__(self, attempts: Attempts, attempt: str) -> None:
        self._attempts = attempts
        self._attempt = attempt
        self.names: list[str] = []

    async def give_back(self) -> None:
        """It was right, or was not made."""
        await self._attempts.forget(self.names, self._attempt)
