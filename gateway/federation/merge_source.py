"""One answering connector of a merged list, as the merge sees it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

from capabilities.page import PageAsk

R = TypeVar("R")


class MergeSource(Struct, Generic[R], frozen=True, kw_only=True):
    """One answering connector for some channels of a list.

    `fetch` raises ChannelError or TimeoutError; its rows belong to the channels asked, come in the
    walk's order, strictly after the place asked, at most `first`. It gives the page, or a `Loaded`
    with the page. `name` appears in reports only, never in a cursor. `skipped` is the reason why
    this source is not asked at all.
    """

    name: str
    channels: tuple[str, ...]
    fetch: Callable[[PageAsk], Awaitable[Any]]
    skipped: str | None = None


def channels_of(sources: Sequence[MergeSource[R]]) -> tuple[str, ...]:
    """All channels of the list; a channel with two answering sources would come twice."""
    channels = tuple(channel for source in sources for channel in source.channels)
    if len(set(channels)) != len(channels):
        raise ValueError("two sources answer for one channel")
    return channels
