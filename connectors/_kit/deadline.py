"""One deadline over a whole call, however many steps it has."""

import asyncio
from types import TracebackType

from capabilities.errors import TimedOut


class Within:
    """TimedOut when the block takes longer; what it awaits is cancelled. Deadlines nest."""

    __slots__ = ("_clock", "_source")

    def __init__(self, seconds: float, source: str) -> None:
        self._clock = asyncio.timeout(seconds)
        self._source = source

    async def __aenter__(self) -> None:
        await self._clock.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._clock.__aexit__(kind, error, trace)
        except TimeoutError as exc:
            raise self._late() from exc
        if isinstance(error, TimeoutError):
            raise self._late() from error

    def _late(self) -> TimedOut:
        return TimedOut("no whole answer within the deadline", source=self._source)


def within(seconds: float, source: str) -> Within:
    """A deadline for a block."""
    return Within(seconds, source)
