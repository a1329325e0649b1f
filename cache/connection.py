"""The one way to Redis: it never raises, and a Redis that is away costs a caller nothing.

A fault counts as a miss. It also puts Redis aside: every call is a miss at once, while one probe in
the background asks until Redis answers again. A Redis that answers and refuses to write (it is
full, a replica, or cannot save) goes on being read, and is asked to write again after a pause.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from typing import Any, TypeVar

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import RedisError, ResponseError

T = TypeVar("T")

_TIMEOUT_SECONDS = 0.25
# a round trip of so many is well within the timeout, so a large request puts nobody's Redis aside
_MOST_KEYS = 1_000
_PROBE_PAUSE_SECONDS = 0.5
_WRITE_PAUSE_SECONDS = 0.5
_CLUSTER = "+cluster://"


class Near:
    """Redis as seen by one process; connections are made when they are needed.

    The URL is redis-py's: `redis://`, `rediss://` or `unix://`; `redis+cluster://` and
    `rediss+cluster://` name one node of a cluster. `faults` counts calls that failed, `skipped`
    those that were not tried because Redis was away.
    """

    def __init__(self, url: str, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._timeout = timeout_seconds
        self.is_cluster = _CLUSTER in url
        self._redis = _opened(url, timeout_seconds)
        self._away = False
        self._writes_from = 0.0
        self._probe: asyncio.Task[None] | None = None
        self.faults = 0
        self.skipped = 0

    async def get_many(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """One value per key; None where there is none, or where Redis cannot say."""
        found: list[bytes | None] = []
        for start in range(0, len(keys), _MOST_KEYS):
            some = keys[start : start + _MOST_KEYS]
            found += await self.attempt(partial(self._get, some), (None,) * len(some))
        return found

    async def set_many(self, entries: Mapping[str, tuple[bytes, int]]) -> None:
        """Keep values by key for so many seconds each, if Redis is there."""
        rows = list(entries.items())
        for start in range(0, len(rows), _MOST_KEYS):
            some = dict(rows[start : start + _MOST_KEYS])
            await self.attempt(partial(self._set, some), None, writes=True)

    async def attempt(
        self, call: Callable[[], Awaitable[T]], otherwise: T, *, writes: bool = False
    ) -> T:
        """What a call to Redis answers within the timeout, else `otherwise`."""
        if self._away or (writes and time.monotonic() < self._writes_from):
            self.skipped += 1
            return otherwise
        try:
            async with asyncio.timeout(self._timeout):
                return await call()
        except ResponseError:
            self.faults += 1
            if writes:
                self._writes_from = time.monotonic() + _WRITE_PAUSE_SECONDS
        except (RedisError, OSError, TimeoutError):
            self.faults += 1
            self._put_aside()
        return otherwise

    async def pipelined(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The answers to some commands in one round trip a node; a refused one is its error.

        Inside `attempt` only: raises where no command at all was answered.
        """
        if len(commands) == 1:  # a pipeline would cost half as much again
            return [await self.command(*commands[0])]
        async with self._redis.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            with _connected():
                answers: list[Any] = await pipe.execute(raise_on_error=False)
        faults = [one for one in answers if isinstance(one, Exception)]
        if faults and len(faults) == len(answers):
            raise faults[0]
        self.faults += len(faults)
        return answers

    async def command(self, *words: Any) -> Any:
        """The answer to one command; inside `attempt` only."""
        with _connected():
            return await self._redis.execute_command(*words)

    def pubsub(self) -> PubSub:
        """A subscription of its own connection; its faults are its user's."""
        opened: PubSub = self._redis.pubsub()
        return opened

    async def prepare(self) -> None:
        """Learn the nodes of a cluster, which a subscription needs; raises what Redis raises."""
        if isinstance(self._redis, RedisCluster):
            await self._redis.initialize()

    async def ping(self) -> bool:
        """Whether Redis answers right now; one that is still loading does not."""
        try:
            async with asyncio.timeout(self._timeout):
                await self.command("GET", "santong:probe")
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
        return values_of(await self.pipelined([("GET", key) for key in keys]))

    async def _set(self, entries: Mapping[str, tuple[bytes, int]]) -> None:
        await self.pipelined(
            [("SET", key, value, "EX", seconds) for key, (value, seconds) in entries.items()]
        )

    def _put_aside(self) -> None:
        self._away = True
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._ask_until_back(), context=Context())

    async def _ask_until_back(self) -> None:
        while not await self.ping():  # noqa: ASYNC110  # what is awaited is another machine
            await asyncio.sleep(_PROBE_PAUSE_SECONDS)
        self._away = False


@contextmanager
def _connected() -> Iterator[None]:
    """A connection that was closed under a command is a fault of Redis, as every other.

    After one command that failed redis-py closes all connections of a cluster's node, also those
    that another task has just taken: they have lost their writer, which it does not look at.
    """
    try:
        yield
    except AttributeError as exc:
        raise Disconnected("the connection was closed under the command") from exc


def values_of(answers: Sequence[Any]) -> list[bytes | None]:
    """The answers that are values; what was refused, or is of another type, is None."""
    return [one if isinstance(one, bytes) else None for one in answers]


def _opened(url: str, timeout_seconds: float) -> "Redis | RedisCluster":
    settings: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
    }
    if _CLUSTER in url:
        return RedisCluster.from_url(url.replace(_CLUSTER, "://", 1), **settings)
    return Redis.from_url(url, **settings)
