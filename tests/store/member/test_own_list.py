"""The platform's own memberships are walked as a system's are: in order, each once."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from capabilities.member.changing import own_source
from capabilities.member.records import MembershipFilter
from capabilities.page import PageAsk
from store.member.kept_memberships import KeptMemberships
from store.member.own_list import OwnMemberships
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.store.member.taking import START, Desk, membership

EVERY = MembershipFilter()


def own(channel, number, days, **more):
    joined = None if days is None else START + timedelta(days=days)
    one = membership(channel, number, phone=f"1391234{int(number):04d}", joined_at=joined, **more)
    return replace(one, source=own_source(number))


# Of one moment, of no date, with numbers of several lengths, in two channels and of two stores.
ROWS = [
    own("club", "7", 3, home_store_code="M1"),
    own("club", "10", 3, home_store_code="M2"),
    own("club", "2", None, home_store_code="M1"),
    own("club", "11", 1),
    own("app", "10", 3),
    own("app", "3", None),
    own("app", "4", 9, home_store_code="M1"),
    own("app", "5", -30_000),
]


@pytest.fixture
async def desk(store):
    opened = Desk(store)
    await opened.take(*ROWS, membership("sap", "1", phone="13700000001"))
    return opened


@pytest.fixture
def listed(desk):
    keys = DataKeys(desk.brand, Sealer(b"s" * 32))
    return OwnMemberships(desk.store, desk.brand, KeptMemberships(desk.store, desk.brand, keys))


async def walked(listed, size, filters=EVERY, channels=("app", "club"), *, newest_first=True):
    found, after = [], None
    while True:
        ask = PageAsk(first=size, channels=channels, after=after, newest_first=newest_first)
        page = await listed.search_memberships(filters, ask)
        assert len(page.rows) <= size
        found += page.rows
        if not page.has_more:
            return found
        after = page.truncated_at or page.rows[-1].sort_key


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 8, 50])
async def test_pages_put_together_are_the_sorted_list(listed, size, newest_first):
    found = await walked(listed, size, newest_first=newest_first)
    ranks = sorted((one.sort_key.rank for one in ROWS), reverse=not newest_first)
    assert [one.sort_key.rank for one in found] == ranks
    assert all(one.name_masked and one.source.connector == "platform" for one in found)


async def test_filters_and_channels_cut_it(listed):
    of_store = MembershipFilter(home_stores=frozenset({"M1"}))
    found = await walked(listed, 1, of_store)
    assert [one.key.number for one in found] == ["4", "7", "2"]
    assert {one.channel for one in await walked(listed, 2, channels=("app",))} == {"app"}
    assert await walked(listed, 2, channels=("sap",)) == []


@pytest.mark.parametrize("size", [1, 3])
async def test_who_was_erased_or_left_is_passed_over(desk, listed, size):
    await desk.rows("UPDATE membership_records SET gone_at = now() WHERE number = '7'")
    await desk.rows("DELETE FROM data_keys WHERE brand = :brand AND owner LIKE '%app%'")
    found = await walked(listed, size)
    assert [one.key.number for one in found] == ["10", "11", "2"]


async def test_many_who_cannot_be_opened_end_a_page_at_a_mark(desk, listed):
    await desk.rows("DELETE FROM data_keys WHERE brand = :brand")
    page = await listed.search_memberships(EVERY, PageAsk(first=1, channels=("app", "club")))
    assert (page.rows, page.has_more) == ((), True)
    assert page.truncated_at == sorted((one.sort_key for one in ROWS), key=lambda one: one.rank)[4]
    assert await walked(listed, 1) == []
