"""Whose side a request was answered from, as usage counts it: exactly, and in every state."""

import pytest

from capabilities.adoption.states import Side
from capabilities.member.person import phone_identity
from capabilities.member.records import MembershipFilter
from capabilities.page import ConnectionArgs
from store.engine import Store
from tests.gateway.federation.adopting import MEMBER, Place, S, member, phone_of
from tests.migrated import migrated

PEOPLE = range(1, 21)
LEGACY, PLATFORM = {Side.LEGACY}, {Side.PLATFORM}


@pytest.fixture
async def place(postgres):
    store = Store.open(migrated(postgres, "adopted_usage"), deadline_seconds=30)
    made = Place(store)
    for number in PEOPLE:
        made.shop.members[str(number)] = member(number)
    await made.copy(*made.shop.members.values())
    yield made
    made.abandon()
    await store.aclose()


async def reached(place, channel="shop"):
    """The sides that answered of a channel: numbers, a phone, and a list, each by itself."""
    by_number, by_phone, listed = (place.request() for _ in range(3))
    await by_number.memberships(*PEOPLE)
    await by_phone.persons.by_identity(phone_identity(phone_of(1)))
    await listed.listings.memberships(MembershipFilter(), ConnectionArgs(first=5))
    return [
        {side for _, code, _, side in one.request.reached if code == channel}
        for one in (by_number, by_phone, listed)
    ]


async def test_only_the_side_that_answered_is_counted(place):
    assert await reached(place) == [LEGACY, LEGACY, LEGACY]
    place.stand(S.SHADOW_READ)
    assert await reached(place) == [LEGACY, LEGACY, LEGACY]
    place.stand(S.CANARY_READ, read_points=5_000)
    by_number, by_phone, listed = await reached(place)
    assert by_number == LEGACY | PLATFORM
    assert len(by_phone) == 1
    assert listed == LEGACY
    place.stand(S.MIDDLE_READ)
    assert await reached(place) == [PLATFORM, PLATFORM, PLATFORM]


async def test_a_key_that_the_copy_lacks_is_a_read_of_its_system(place):
    place.stand(S.MIDDLE_READ)
    place.shop.members["99"] = member(99)
    reads = place.request()
    await reads.memberships("99")
    assert {side for *_, side in reads.request.reached} == LEGACY


async def test_of_a_channel_that_the_platform_owns_nothing_is_read_elsewhere(place):
    place.stand(S.MIDDLE_OWNED)
    assert await reached(place) == [PLATFORM, PLATFORM, PLATFORM]
    reads = place.request()
    await reads.memberships("99")
    assert ("woo", "shop", MEMBER, Side.LEGACY) not in reads.request.reached
