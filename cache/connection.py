"""The one way to Redis: it never raises, and a Redis that is away costs a caller nothing.

A fault counts as a miss. It also puts Redis aside: every call is a miss at once, while one probe in
the background asks until Redis answers again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from functools import partial
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

T = TypeVar("T")

_TIMEOUT_SECONDS = 0.25
# a round trip of so many is well within the timeout, so a large request puts nobody's Redis aside
_MOST_KEYS = 1_000
_PROBE_PAUSE_SECONDS = 0.5


class Near:
    """Redis as seen by one process; connections are made when they are needed.

    The URL is redis-py's: `redis://`, `rediss://` or `unix://`. `faults` counts calls that failed,
    `skipped` those that were not tried because Redis was away.
    """

    def __init__(self, url: str, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._timeout = timeout_seconds
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self._away = False
        self._probe: asyncio.Task[None] | None = None
        self.faults = 0
        self.skipped = 0

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """One value per key; None where there is none, or where Redis cannot say."""
        found: list[bytes | None] = []
        for start in range(0, len(keys), _MOST_KEYS):
            some = keys[start : start + _MOST_KEYS]
            found += await self._try(partial(self._get, some), (None,) * len(some))
        return found

    async def set_many(self, entries: Mapping[str, tuple[bytes, int]]) -> None:
        """Keep values by key for so many seconds each, if Redis is there."""
        rows = list(entries.items())
        for start in range(0, len(rows), _MOST_KEYS):
            some = dict(rows[start : start + _MOST_KEYS])
            await self._try(partial(self._set, some), None)

    async def ping(self) -> bool:
        """Whether Redis answers right now."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._redis.echo("near")
        except (RedisError, OSError, TimeoutError):
            return False
        return True

    async def aclose(self) -> None:
        """Close every connection and end what runs in the background."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
        await self._redis.aclose()

    async def _get(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """GETs in one pipeline: in a cluster the keys of one MGET would have to share a slot."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.get(key)
            values: list[bytes | None] = await pipe.execute()
        return values

    async def _set(self, entries: Mapping[str, tuple[bytes, int]]) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for key, (value, seconds) in entries.items():
                pipe.set(key, value, ex=seconds)
            await pipe.execute()

    async def _try(self, call: Callable[[], Awaitable[T]], otherwise: T) -> T:
        if self._away:
            self.skipped += 1
            return otherwise
        try:
            async with asyncio.timeout(self._timeout):
                return await call()
        except (RedisError, OSError, TimeoutError):
            self.faults += 1
            self._away = True
            if self._probe is None or self._probe.done():
                self._probe = asyncio.create_task(self._ask_until_back(), context=Context())
            return otherwise

    async def _ask_until_back(self) -> None:
        while not await self.ping():  # noqa: ASYNC110  # what is awaited is another machine
            await asyncio.sleep(_PROBE_PAUSE_SECONDS)
        self._away = False
