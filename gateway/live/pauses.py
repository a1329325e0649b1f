"""A stream that is quiet says so now and then, for proxies cut what says nothing."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

T = TypeVar("T")


async def with_pauses(
    told: AsyncGenerator[T, None], quiet_seconds: float
) -> AsyncGenerator[T | None, None]:
    """The events, and None where none came for a while."""
    coming = asyncio.ensure_future(anext(told))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=quiet_seconds)
            if not done:
                yield None
                continue
            try:
                yield coming.result()
            except StopAsyncIteration:
                return
            coming = asyncio.ensure_future(anext(told))
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
