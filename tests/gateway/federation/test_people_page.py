"""People made from a page of memberships: once each, and honest about what it rests on."""

from datetime import UTC, datetime, timedelta

import pytest

from capabilities.errors import SourceMissing
from capabilities.member.records import Member, Membership, MembershipFilter
from capabilities.page import Edge, PageInfo
from capabilities.sources import SourceRef, SourceReport, SourceStatus
from gateway.federation.people_page import (
    people_edges,
    require_all,
    shown_places,
    with_look_ups,
)

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ALL = MembershipFilter()


def membership(channel, number, days, store=None):
    return Membership(
        channel=channel,
        number=number,
        joined_at=_START + timedelta(days=days),
        home_store_code=store,
        source=SourceRef(connector=channel, system="s", external_id=number),
    )


def member(*memberships, sources=()):
    return Member(brand="b", one_id="x", memberships=memberships, sources=sources)


def edge(one):
    return Edge(node=one, place=f"{one.channel}{one.number}")


def report(name, status=SourceStatus.OK, *, retryable=False):
    return SourceReport(name=name, status=status, retryable=retryable)


NEW, OLD = membership("shop", "2", 9), membership("store", "1", 1, "M0001")


def test_a_person_stands_at_her_oldest_membership_only():
    her = member(NEW, OLD)
    shown = people_edges([edge(NEW), edge(OLD)], [her, her], _ALL)
    assert [one.cursor for one in shown] == ["store1"]


def test_a_membership_that_is_new_moves_nobody():
    before = people_edges([edge(OLD)], [member(OLD)], _ALL)
    after = people_edges([edge(OLD)], [member(NEW, OLD)], _ALL)
    assert [one.cursor for one in before] == [one.cursor for one in after] == ["store1"]


def test_only_memberships_of_the_list_decide():
    listed = MembershipFilter(channels=frozenset({"shop"}))
    assert len(people_edges([edge(NEW)], [member(NEW, OLD)], listed)) == 1


def test_a_failed_look_up_is_a_failed_source_of_the_page():
    failed = report("woo", SourceStatus.TIMEOUT, retryable=True)
    skipped = report("sap", SourceStatus.SKIPPED)
    sources = [report("sap"), report("woo"), report("pos", SourceStatus.ERROR)]
    told = with_look_ups(sources, [member(NEW, sources=(failed, skipped))])
    assert [one.status for one in told] == [
        SourceStatus.OK,
        SourceStatus.TIMEOUT,
        SourceStatus.ERROR,
    ]


@pytest.mark.parametrize("retryable", [True, False])
def test_a_page_that_needs_all_sources_fails_with_those_that_lack(retryable):
    require_all([report("sap"), report("woo")])
    with pytest.raises(SourceMissing) as told:
        require_all([report("sap"), report("woo", SourceStatus.ERROR, retryable=retryable)])
    assert told.value.sources == ("woo",)
    assert told.value.retryable is retryable


def test_the_cursor_to_go_on_with_is_the_memberships():
    info = PageInfo(has_next_page=True, has_previous_page=False, start="a", end="z")
    edges = [Edge(node=member(OLD), place="m")]
    forward = shown_places(info, edges, backward=False)
    assert (forward.start_cursor, forward.end_cursor) == ("m", "z")
    backward = shown_places(info, edges, backward=True)
    assert (backward.start_cursor, backward.end_cursor) == ("a", "m")
    assert shown_places(info, [], backward=False) == info
