"""One deadline over a whole call, however many steps it has."""

import asyncio
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self

from capabilities.errors import TimedOut

_AROUND: "ContextVar[Within | None]" = ContextVar("santong_deadline", default=None)


class Within:
    """TimedOut when the block takes longer; what it awaits is cancelled. Deadlines nest.

    A block inside another that ends sooner sets no clock of its own: the outer one ends both. So
    whatever a block starts must end with it.
    """

    __slots__ = ("_clock", "_source", "_token", "ends")

    def __init__(self, seconds: float, source: str) -> None:
        self._source = source
        self.ends = asyncio.get_running_loop().time() + seconds
        self._clock: asyncio.Timeout | None = None
        self._token: Token[Within | None] | None = None

    @property
    def left(self) -> float:
        """Seconds until this block ends, or one around it."""
        return self.ends - asyncio.get_running_loop().time()

    def sooner_than(self, ends: float) -> bool:
        """Whether this block still runs, and its clock ends what would end then."""
        return self._clock is not None and self.ends <= ends

    async def __aenter__(self) -> Self:
        around = _AROUND.get()
        if around is not None and around.sooner_than(self.ends):
            self.ends = around.ends
            return self
        self._token = _AROUND.set(self)
        self._clock = asyncio.timeout_at(self.ends)
        await self._clock.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        clock, self._clock = self._clock, None
        if clock is not None and self._token is not None:
            _AROUND.reset(self._token)
            try:
                await clock.__aexit__(kind, error, trace)
            except TimeoutError as exc:
                raise self._late() from exc
        if isinstance(error, TimeoutError):
            raise self._late() from error

    def _late(self) -> TimedOut:
        return TimedOut("no whole answer within the deadline", source=self._source)


def within(seconds: float, source: str) -> Within:
    """A deadline for a block."""
    return Within(seconds, source)
