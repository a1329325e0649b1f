"""A page of people made from a page of memberships: each person once, and what that rests on."""

from collections.abc import Sequence

from msgspec.structs import replace

from capabilities.errors import SourceMissing
from capabilities.member.records import Member, Membership, MembershipFilter
from capabilities.page import Edge, PageInfo
from capabilities.sources import SourceReport, SourceStatus


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
        oldest = max(listed, key=lambda one: one.sort_key.rank)
        if oldest.key == edge.node.key:
            found.append(Edge(node=member, cursor=edge.cursor, late=edge.late))
    return tuple(found)


def with_look_ups(
    sources: Sequence[SourceReport], people: Sequence[Member]
) -> tuple[SourceReport, ...]:
    """The page's reports, worse where a source failed to say whom it knows.

    Then a person may stand here without a membership, or once more on another page.
    """
    failed = {
        report.name: report
        for member in people
        for report in member.sources
        if not report.complete and report.status is not SourceStatus.SKIPPED
    }
    return tuple(
        failed[one.name] if one.complete and one.name in failed else one for one in sources
    )


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
        return replace(info, end_cursor=edges[-1].cursor)
    return replace(info, start_cursor=edges[0].cursor)
