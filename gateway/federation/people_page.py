"""A page of people made from a page of memberships: each person once, and what that rests on."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from capabilities.caller import Visibility
from capabilities.errors import SourceMissing
from capabilities.member.records import Member, Membership, MembershipFilter
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    Freshness,
    MergedPage,
    PageInfo,
    Policy,
    TotalCount,
)
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.listings import Listings
from gateway.federation.persons import Persons
from gateway.federation.scopes import within

# Pages of memberships read at most for one page of people that would be empty.
_ROUNDS = 5


async def people_page(
    listings: Listings,
    persons: Persons,
    filters: MembershipFilter,
    args: ConnectionArgs,
    visibility: Visibility,
) -> MergedPage[Member]:
    """One page of people; memberships of people shown elsewhere leave it shorter than asked."""
    backward, live = args.last is not None, args.freshness is Freshness.LIVE
    for _ in range(_ROUNDS):
        page = await listings.memberships(filters, args)
        rows = [edge for edge in page.edges if not listings.hides(edge.node)]
        whole = await asyncio.gather(*(persons.of(edge.node, live=live) for edge in rows))
        people = [within(visibility, one) for one in whole]
        sources = with_look_ups(page.sources, people)
        if args.policy is Policy.REQUIRE_ALL:
            require_all(sources)
        edges, info = people_edges(rows, people, filters), page.page_info
        more = info.has_previous_page if backward else info.has_next_page
        if edges or not more or not page.edges:
            break
        args = (
            replace(args, before=info.start_cursor)
            if backward
            else replace(args, after=info.end_cursor)
        )
    return MergedPage(
        edges=edges,
        page_info=shown_places(info, edges, backward=backward),
        sources=sources,
        total_count=TotalCount(None, CountPrecision.UNKNOWN),
    )


def people_edges(
    edges: Sequence[Edge[Membership]], people: Sequence[Member], filters: MembershipFilter
) -> tuple[Edge[Member], ...]:
    """The edges of people at their oldest membership of the list.

    The oldest, whatever the direction: a membership that is new can then not move a person to a
    place that the walk has passed.
    """
    found = []
    for edge, member in zip(edges, people, strict=True):
        listed = [one for one in member.memberships if filters.accepts(one)]
        oldest = max(listed, key=lambda one: one.sort_key.rank, default=None)
        if oldest is not None and oldest.key == edge.node.key:
            found.append(Edge(node=member, place=edge.place, late=edge.late))
    return tuple(found)


def with_look_ups(
    sources: Sequence[SourceReport], people: Sequence[Member]
) -> tuple[SourceReport, ...]:
    """The page's reports, worse where a source failed to say whom it knows.

    Then a person may stand here without a membership, or once more on another page. Where only
    the look-ups are old, the page is too.
    """
    failed = {
        report.name: report
        for member in people
        for report in member.sources
        if not report.complete and report.status is not SourceStatus.SKIPPED
    }
    old = {
        report.name: report
        for member in people
        for report in member.sources
        if report.status is SourceStatus.STALE
    }
    return tuple([_worse(one, failed.get(one.name), old.get(one.name)) for one in sources])


def _worse(
    own: SourceReport, failed: SourceReport | None, old: SourceReport | None
) -> SourceReport:
    if not own.complete:
        return own
    if failed is not None:
        return failed
    if old is None:
        return own
    age = max(own.age_ms or 0, old.age_ms or 0)
    count, channels = own.count, own.channels
    return replace(old, latency_ms=own.latency_ms, age_ms=age, count=count, channels=channels)


def require_all(sources: Sequence[SourceReport]) -> None:
    """SourceMissing when a look-up behind the page failed."""
    missing = [one for one in sources if not one.complete]
    if missing:
        raise SourceMissing(
            tuple(one.name for one in missing), retryable=all(one.retryable for one in missing)
        )


def shown_places(info: PageInfo, edges: Sequence[Edge[Member]], *, backward: bool) -> PageInfo:
    """Page information of the people shown; the cursor to go on with stays the memberships'."""
    if not edges:
        return info
    if backward:
        return replace(info, end=edges[-1].place)
    return replace(info, start=edges[0].place)
