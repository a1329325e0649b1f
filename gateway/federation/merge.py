"""The merge: the same type from many systems as one sorted, cursor-paginated list.

Every source is asked for a page of its own from where its channels stand; the pages are merged in
the one order of `capabilities.page`, and a cursor after each row says where every channel stands
then. What the two policies promise is in docs/explanation/merged-connections.md.
"""

from collections.abc import Callable, Iterable, Sequence
from heapq import merge as merge_sorted
from itertools import islice
from typing import Any

from capabilities.errors import SourceMissing
from capabilities.page import (
    ConnectionArgs,
    Edge,
    MergedPage,
    PageAsk,
    PageInfo,
    Place,
    Policy,
    Rank,
    SortKey,
    before,
)
from gateway.federation.cursor import Cursor, encode
from gateway.federation.merge_answer import Answer, answer, begin
from gateway.federation.merge_report import reports, total_count
from gateway.federation.merge_source import MergeSource, R, channels_of
from gateway.federation.merge_walk import Delivered, advance, resume
from gateway.federation.paging import Paging, paging_of
from gateway.federation.wait import give_up

__all__ = ["MergeSource", "merge"]


async def merge(
    sources: Sequence[MergeSource[R]],
    args: ConnectionArgs,
    *,
    sort_key: Callable[[R], SortKey],
    filter_hash: str,
    estate_version: str,
) -> MergedPage[R]:
    """One page of one list over all sources.

    `filter_hash` names the list with its filters and its caller's scope; a cursor of another one is
    refused, and so is one of a channel that has no source any more. BadInput for a bad cursor,
    SourceMissing for a REQUIRE_ALL page that lacks a source; what a source does never raises under
    BEST_EFFORT.
    """
    paging = paging_of(args)
    walk = Cursor(
        filter_hash=filter_hash,
        estate_version=estate_version,
        newest_first=paging.newest_first,
        channels=channels_of(sources),
    )
    if paging.place is not None:
        walk = resume(walk, paging.place)
    answers = await answers_of(sources, walk, max(paging.size, 1), sort_key)
    if args.policy is Policy.REQUIRE_ALL:
        require_all(sources, answers)
    rows = take(walk, answers, paging.size, limit(walk, answers, args.policy))
    return _page(sources, walk, answers, rows, paging)


async def answers_of(
    sources: Sequence[MergeSource[R]],
    walk: Cursor,
    size: int,
    sort_key: Callable[[R], SortKey],
) -> list[Answer[R]]:
    """What every source that can be asked brings; all are asked before one is waited for."""
    begun = [
        (source, ask, begin(source, ask))
        for source in sources
        if source.skipped is None
        for ask in asks(source, walk, size)
    ]
    try:
        return [await answer(source, ask, wait, sort_key) for source, ask, wait in begun]
    finally:
        give_up(wait for _, _, wait in begun)


def asks(source: MergeSource[Any], walk: Cursor, size: int) -> list[PageAsk]:
    """One ask per place where channels of this source stand: in the normal case one."""
    together: dict[SortKey | None, list[str]] = {}
    for channel in source.channels:
        together.setdefault(walk.stand(channel), []).append(channel)
    return [
        PageAsk(first=size, channels=tuple(channels), after=stand, newest_first=walk.newest_first)
        for stand, channels in together.items()
    ]


def require_all(sources: Sequence[MergeSource[Any]], answers: Sequence[Answer[Any]]) -> None:
    """SourceMissing when a part of the list did not answer; another try helps unless skipped."""
    skipped = [source.name for source in sources if source.skipped is not None]
    missing = [one.source.name for one in answers if one.error is not None]
    if skipped or missing:
        raise SourceMissing(tuple(dict.fromkeys(skipped + missing)), retryable=not skipped)


def limit(walk: Cursor, answers: Sequence[Answer[Any]], policy: Policy) -> SortKey | None:
    """The place behind which some source's rows are not known yet; None where all are.

    Under BEST_EFFORT a truncated source does not hold the others up: its rows come late.
    """
    ends = [end for one in answers if (end := _known_until(one, policy)) is not None]
    nearest: SortKey | None = None
    for end in ends:
        if nearest is None or before(end, nearest, newest_first=walk.newest_first):
            nearest = end
    return nearest


def _known_until(one: Answer[Any], policy: Policy) -> SortKey | None:
    if one.page is None:
        return None
    if one.page.truncated_at is not None:
        return one.page.truncated_at if policy is Policy.REQUIRE_ALL else None
    return one.keys[-1] if one.page.has_more else None


def ranked(one: Answer[R]) -> Iterable[tuple[Rank, SortKey, R]]:
    """The rows of an answer with what the merge sorts by: the one order of every list."""
    return zip(one.ranks, one.keys, one.page.rows if one.page is not None else (), strict=True)


def take(
    walk: Cursor, answers: Sequence[Answer[R]], size: int, until: SortKey | None
) -> list[tuple[SortKey, R]]:
    """The first `size` rows of all answers in the walk's order, none of them behind `until`."""
    merged = merge_sorted(*map(ranked, answers), reverse=not walk.newest_first)
    rows = islice(merged, size)
    if until is None:
        return [(key, row) for _, key, row in rows]
    end = until.rank
    if walk.newest_first:
        return [(key, row) for rank, key, row in rows if rank <= end]
    return [(key, row) for rank, key, row in rows if rank >= end]


def more_may_come(answers: Sequence[Answer[Any]], delivered: int) -> bool:
    """Whether the walk goes on: rows left over, announced, not looked for, or a source missing."""
    rows = sum(len(one.keys) for one in answers)
    return rows > delivered or any(
        one.page is None or one.page.has_more or one.page.truncated_at is not None
        for one in answers
    )


def _page(
    sources: Sequence[MergeSource[R]],
    walk: Cursor,
    answers: Sequence[Answer[R]],
    rows: Sequence[tuple[SortKey, R]],
    paging: Paging,
) -> MergedPage[R]:
    edges = tuple(
        [
            Edge(node=row, place=Delivered(walk, answers, key), late=walk.is_late(key))
            for key, row in rows
        ]
    )
    more = more_may_come(answers, len(edges))
    onward: Place | None
    onward = edges[-1].place if edges else onward_without_rows(walk, answers, paging.place, more)
    first_walked = edges[0].place if edges else None
    return MergedPage(
        edges=edges[::-1] if paging.backward else edges,
        page_info=page_info(walk, paging, more=more, first_walked=first_walked, onward=onward),
        sources=reports(sources, answers, [key.channel for key, _ in rows]),
        total_count=total_count(sources, answers),
    )


def onward_without_rows(
    walk: Cursor, answers: Sequence[Answer[Any]], given: str | None, more: bool
) -> str | None:
    """The cursor of a page without rows: the given one, unless a scan went on in silence."""
    reached = advance(walk, answers, None)
    if reached == walk and (given is not None or not more):
        return given
    return encode(reached)


def page_info(
    walk: Cursor, paging: Paging, *, more: bool, first_walked: Place | None, onward: Place | None
) -> PageInfo:
    """Relay's words for a walk: backward, the walk goes on before the first row."""
    behind = walk.own is not None
    if paging.backward:
        return PageInfo(
            has_next_page=behind,
            has_previous_page=more,
            start=onward,
            end=first_walked,
        )
    return PageInfo(
        has_next_page=more,
        has_previous_page=behind,
        start=first_walked,
        end=onward,
    )
