"""One deadline over a whole call, however many steps it has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from capabilities.errors import TimedOut


@asynccontextmanager
async def within(seconds: float, source: str) -> AsyncIterator[None]:
    """TimedOut when the block takes longer; what it awaits is cancelled. Deadlines nest."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as exc:
        raise TimedOut("no whole answer within the deadline", source=source) from exc
