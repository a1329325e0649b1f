"""Asking one source for its part of a page, and refusing an answer that breaks its promises."""

from collections.abc import Callable, Sequence
from operator import gt, lt
from typing import Any, Generic

from msgspec import Struct
from structlog import get_logger

from capabilities.errors import ChannelError, Garbled, SantongError, TimedOut
from capabilities.page import PageAsk, Rank, SortKey, SourcePage, before
from gateway.federation.cursor import can_carry
from gateway.federation.loaded import Loaded
from gateway.federation.merge_source import MergeSource, R
from gateway.federation.wait import Wait

_log = get_logger(__name__)


class Answer(Struct, Generic[R], frozen=True, kw_only=True):
    """What one call brought: a checked page with the keys of its rows, or the error it ended with.

    `ranks` are those of `keys`, worked out once. One source gives several answers where its
    channels stand at different places. `loaded` says how old the page is, where it may be kept.
    """

    source: MergeSource[R]
    ask: PageAsk
    latency_ms: int | None
    loaded: Loaded | None = None
    page: SourcePage[R] | None = None
    keys: tuple[SortKey, ...] = ()
    ranks: tuple[Rank, ...] = ()
    error: ChannelError | None = None


def begin(source: MergeSource[R], ask: PageAsk) -> Wait[Any]:
    """Ask a source; what it does shows in its answer."""
    return Wait(lambda: source.fetch(ask))


async def answer(
    source: MergeSource[R], ask: PageAsk, wait: Wait[Any], sort_key: Callable[[R], SortKey]
) -> Answer[R]:
    """What a source that was asked once brought; never raises for what it does."""
    try:
        found = await wait
        loaded = found if isinstance(found, Loaded) else None
        page: SourcePage[R] = found if loaded is None else loaded.value
        keys = tuple([sort_key(row) for row in page.rows])
        ranks = tuple([key.rank for key in keys])
        check(page, keys, ranks, ask)
    except Exception as exc:  # noqa: BLE001  # one source's fault never empties another's answer
        error = _ours(exc, source.name)
        return Answer(source=source, ask=ask, latency_ms=wait.latency_ms, error=error)
    took = wait.latency_ms if loaded is None else loaded.latency_ms
    return Answer(
        source=source, ask=ask, latency_ms=took, loaded=loaded, page=page, keys=keys, ranks=ranks
    )


def _ours(exc: Exception, source: str) -> ChannelError:
    if isinstance(exc, ChannelError):
        return exc
    if isinstance(exc, TimeoutError):
        return TimedOut("no whole answer within the deadline", source=source)
    if isinstance(exc, SantongError):  # such as a request that may ask no more
        return ChannelError(exc.message, source=source, code=exc.code)
    _log.error("connector failed unexpectedly", source=source, error=type(exc).__name__)
    return ChannelError("the connector failed unexpectedly", source=source)


def check(
    page: SourcePage[R], keys: Sequence[SortKey], ranks: Sequence[Rank], ask: PageAsk
) -> None:
    """Garbled when the page is not what `SourcePage` promises for this ask."""
    if len(keys) > ask.first:
        raise Garbled("more rows than asked")
    places = ranks if ask.after is None else (ask.after.rank, *ranks)
    if not all(map(lt if ask.newest_first else gt, places, places[1:])):
        raise Garbled("rows out of order, twice, or not after the place asked")
    if not {key.channel for key in keys}.issubset(ask.channels):
        raise Garbled("a row of a channel that was not asked")
    if not can_carry(keys):
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
