"""What goes into the cache and what comes out of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from capabilities.errors import ChannelError, SantongError


class Fetched(Struct, frozen=True):
    """A system's answer for one key, with the latency of the call that brought it."""

    value: Any
    latency_ms: int


class Served(Struct, frozen=True):
    """The answer for one key, and how far it can be trusted.

    `latency_ms` is None where no system was called for it; `age_ms` is 0 for a live answer.
    `stale` says that it is older than its policy calls fresh, `error` why it is nevertheless given.
    """

    value: Any
    latency_ms: int | None = None
    age_ms: int = 0
    stale: bool = False
    error: ChannelError | None = None


Fetch = Callable[[Sequence[Any]], Awaitable[Sequence[Fetched | SantongError]]]
