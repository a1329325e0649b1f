"""Asking one source for its part of a page, and refusing an answer that breaks its promises."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from time import perf_counter
from typing import Generic

from msgspec import Struct
from structlog import get_logger

from capabilities.errors import ChannelError, Garbled, SantongError, TimedOut
from capabilities.page import PageAsk, SortKey, SourcePage, before
from gateway.federation.cursor import can_carry
from gateway.federation.merge_source import MergeSource, R

_log = get_logger(__name__)


class Answer(Struct, Generic[R], frozen=True, kw_only=True):
    """What one call brought: a checked page with the keys of its rows, or the error it ended with.

    One source gives several answers where its channels stand at different places.
    """

    source: MergeSource[R]
    ask: PageAsk
    latency_ms: int
    page: SourcePage[R] | None = None
    keys: tuple[SortKey, ...] = ()
    error: ChannelError | None = None


async def answer(
    source: MergeSource[R], ask: PageAsk, sort_key: Callable[[R], SortKey]
) -> Answer[R]:
    """Ask once; never raises for what the source does."""
    started = perf_counter()
    page: SourcePage[R] | None = None
    keys: tuple[SortKey, ...] = ()
    error: ChannelError | None = None
    try:
        page = await source.fetch(ask)
        keys = tuple(sort_key(row) for row in page.rows)
        check(page, keys, ask)
    except Exception as exc:  # noqa: BLE001  # one source's fault never empties another's answer
        page, keys, error = None, (), _ours(exc, source.name)
    took = round((perf_counter() - started) * 1000)
    return Answer(source=source, ask=ask, latency_ms=took, page=page, keys=keys, error=error)


def _ours(exc: Exception, source: str) -> ChannelError:
    if isinstance(exc, ChannelError):
        return exc
    if isinstance(exc, TimeoutError):
        return TimedOut("no whole answer within the deadline", source=source)
    if isinstance(exc, SantongError):  # such as a request that may ask no more
        return ChannelError(exc.message, source=source, code=exc.code)
    _log.error("connector failed unexpectedly", source=source, error=type(exc).__name__)
    return ChannelError("the connector failed unexpectedly", source=source)


def check(page: SourcePage[R], keys: Sequence[SortKey], ask: PageAsk) -> None:
    """Garbled when the page is not what `SourcePage` promises for this ask."""
    if len(keys) > ask.first:
        raise Garbled("more rows than asked")
    places = [*([ask.after] if ask.after else []), *keys]
    for left, right in pairwise(places):
        if not before(left, right, newest_first=ask.newest_first):
            raise Garbled("rows out of order, twice, or not after the place asked")
    if any(key.channel not in ask.channels for key in keys):
        raise Garbled("a row of a channel that was not asked")
    if not all(map(can_carry, keys)):
        raise Garbled("a row whose key no cursor can hold")
    _check_end(page, keys, ask)


def _check_end(page: SourcePage[R], keys: Sequence[SortKey], ask: PageAsk) -> None:
    end = page.truncated_at
    if end is None:
        if page.has_more and not keys:
            raise Garbled("more rows announced, and none given")
        return
    behind = keys[-1] if keys else ask.after
    if behind is None or (keys and end == behind):
        return
    if not before(behind, end, newest_first=ask.newest_first):
        raise Garbled("a scan that ended before its own rows")
