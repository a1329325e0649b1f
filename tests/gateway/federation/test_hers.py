"""A consumer's order by its number: found among hers, and nothing is asked of anybody else's."""

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.errors import StoreUnavailable, Unavailable
from capabilities.member.records import Member, Membership
from capabilities.order.records import Order
from capabilities.page import Edge, Freshness, MergedPage
from capabilities.sources import SourceRef, SourceReport, SourceStatus
from gateway.federation import hers
from gateway.federation.hers import Hers

SOURCE = SourceRef(connector="pos", system="s", external_id="1")
HERSELF = Member(
    brand="baiwei",
    one_id="a",
    memberships=(Membership(channel="store", number="1", source=SOURCE),),
)
OK = SourceReport(name="pos", status=SourceStatus.OK)


def page(*numbers, more=None, told=OK):
    edges = [
        Edge(node=Order(channel="store", number=one, source=SOURCE), place=None) for one in numbers
    ]
    info = SimpleNamespace(has_next_page=more is not None, end_cursor=more)
    return MergedPage(edges=tuple(edges), page_info=info, sources=(told,), total_count=None)


class Asked:
    """Lists that remember what was asked, and facts that know one order."""

    def __init__(self, *pages, recorded=(), away=False, me=HERSELF, channels=("store",)):
        self.asked = []
        self._pages = list(pages)
        self._recorded, self._away, self._me = recorded, away, me
        route = SimpleNamespace(name="pos")
        estate = SimpleNamespace(route=lambda _capability, _channel: route)
        sees = SimpleNamespace(in_channel=lambda one: one in channels)
        request = SimpleNamespace(estate=estate, visibility=sees)
        self._hers = Hers(request, self.me, self, self.recorded)

    async def me(self, *, live):
        assert live is False
        return self._me

    async def recorded(self, channel, number, holders):
        assert list(holders) == [MembershipKey("store", "1")]
        if self._away:
            raise StoreUnavailable("away")
        return (channel, number) in self._recorded

    async def member_orders(self, member, filters, args):
        assert member is self._me
        self.asked.append((filters.channels, args.after, args.freshness))
        return self._pages[min(len(self.asked), len(self._pages)) - 1]

    async def has(self, number, channel="store"):
        return await self._hers.has(channel, number, Freshness.CACHED)


async def test_what_the_platform_knows_as_hers_needs_no_list():
    asked = Asked(recorded={("store", "7")})
    assert await asked.has("7")
    assert asked.asked == []


async def test_what_it_does_not_know_is_found_in_her_list():
    asked = Asked(page("1", "2", more="c1"), page("3"))
    assert await asked.has("3")
    assert [after for _, after, _ in asked.asked] == [None, "c1"]
    assert await Asked(page("1"), away=True).has("1")


async def test_anothers_and_nobodys_ask_the_same():
    walked = []
    for number in ("another's", "nobody's"):
        asked = Asked(page("1", more="c1"), page("2"), recorded={("shop", number)})
        assert not await asked.has(number)
        walked.append(asked.asked)
    assert (
        walked[0]
        == walked[1]
        == [
            (frozenset({"store"}), None, Freshness.CACHED),
            (frozenset({"store"}), "c1", Freshness.CACHED),
        ]
    )


async def test_an_order_of_that_number_in_another_channel_is_not_the_one():
    asked = Asked(page("1"), channels=("store", "shop"))
    assert not await asked.has("1", "shop")


async def test_of_a_system_that_cannot_list_only_its_customers_may_ask():
    skipped = replace(OK, status=SourceStatus.SKIPPED)
    assert await Asked(page(told=skipped)).has("1")
    elsewhere = replace(SOURCE, connector="woo")
    stranger = replace(HERSELF, memberships=(replace(HERSELF.memberships[0], source=elsewhere),))
    assert not await Asked(page(told=skipped), me=stranger).has("1")


async def test_a_source_that_did_not_answer_leaves_it_open():
    down = replace(OK, status=SourceStatus.TIMEOUT)
    with pytest.raises(Unavailable):
        await Asked(page(told=down)).has("1")


async def test_nothing_is_asked_for_nobody_nor_of_other_channels():
    for asked in (Asked(me=None), Asked(channels=())):
        assert not await asked.has("1")
        assert asked.asked == []


async def test_a_walk_ends(monkeypatch):
    monkeypatch.setattr(hers, "_MOST_PAGES", 3)
    asked = Asked(page("1", more="c"))
    assert not await asked.has("2")
    assert len(asked.asked) == 3
