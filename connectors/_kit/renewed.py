"""What a logon gives and what ends: fetched when it is needed, once for all who wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

from connectors._kit.secrets import Secret

_BEFORE_SECONDS = 30.0
_BEFORE_SHARE = 0.1


class Token(Struct, frozen=True, eq=False):
    """A secret, and how many seconds it holds; None where nobody says."""

    secret: Secret
    seconds: float | None = None


class Renewed:
    """A token until shortly before its end.

    Whoever needs it first fetches it; all others wait for that one. When she goes away, the next
    who waits fetches it.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[Token]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._fetching = asyncio.Lock()
        self._held: Token | None = None
        self._until = float("inf")

    async def current(self) -> Token:
        """The token in force; what fetching raises."""
        if (held := self._valid()) is not None:
            return held
        async with self._fetching:
            if (held := self._valid()) is not None:
                return held
            asked = self._clock()
            token = await self._fetch()
            self._held, self._until = token, self._end(token, asked)
            return token

    def drop(self, token: object) -> None:
        """The system no longer takes it; one that was fetched since stays."""
        if self._held is token:
            self._held = None

    def _valid(self) -> Token | None:
        return self._held if self._clock() < self._until else None

    def _end(self, token: Token, asked: float) -> float:
        if token.seconds is None:
            return float("inf")
        return asked + token.seconds - min(_BEFORE_SECONDS, token.seconds * _BEFORE_SHARE)
