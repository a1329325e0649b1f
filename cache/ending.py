"""Tasks that speak to Redis, ended for good."""

import asyncio
from collections.abc import Iterable

_ASKED_EVERY_SECONDS = 0.5


async def ended(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel them until they are over: a client of Redis may swallow a wish to end."""
    ending = set(tasks)
    while ending:
        for task in ending:
            task.cancel()
        ending = (await asyncio.wait(ending, timeout=_ASKED_EVERY_SECONDS))[1]
