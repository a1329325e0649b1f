"""Kept answers while a system is being adopted: no side's is ever given as the other's."""

import asyncio

import pytest

from cache import EntityCache, Near
from capabilities.estate import CachePolicy
from capabilities.member.person import phone_identity
from capabilities.member.records import MembershipFilter
from capabilities.order.records import OrderFilter
from capabilities.page import ConnectionArgs
from capabilities.promotion.records import PromotionFilter
from store.engine import Store
from tests.gateway.federation.adopting import (
    MEMBER,
    ORDER,
    PROMOTION,
    Place,
    S,
    member,
    order,
    phone_of,
    promotion,
)
from tests.migrated import migrated

_POLICY = CachePolicy(fresh=3600, absent=3600)


@pytest.fixture
async def opened(valkey):
    """Opens a cache over one Redis, as every process does."""
    near = Near(valkey.url, timeout_seconds=30)
    await near._redis.flushall()
    caches = []

    async def of():
        caches.append(await EntityCache(near, b"k" * 32, brand="adopted").__aenter__())
        return caches[-1]

    yield of
    for one in caches:
        await one.__aexit__(None, None, None)
    await near.aclose()


@pytest.fixture
async def place(postgres, opened):
    store = Store.open(migrated(postgres, "adopted_kept"), deadline_seconds=30)
    made = Place(store, await opened(), _POLICY)
    made.shop.members["1"] = member(1, points=1)
    made.shop.of_orders["1"] = order(1, customer=1, store_code="legacy")
    await made.copied_channels("shop")
    made.shop.offers["1"] = promotion(1, name="legacy")
    offer = promotion(1, name="copy")
    await made.copy(member(1, points=2), order(1, customer=1, store_code="copy"), offer)
    yield made
    made.abandon()
    await store.aclose()


async def settled(place):
    while place.cache._tasks:
        await asyncio.gather(*place.cache._tasks, return_exceptions=True)


async def told(place):
    """Whose words each way of asking gives."""
    reads, args = place.request(), ConnectionArgs(first=5)
    (membership,) = await reads.memberships(1)
    (bought,) = await reads.orders(1)
    her = await place.request().persons.by_identity(phone_identity(phone_of(1)))
    people = await place.request().listings.memberships(MembershipFilter(), args)
    orders = await place.request().listings.orders(OrderFilter(), args)
    hers = await place.request().listings.member_orders(her, OrderFilter(), args)
    (offer,) = await reads.promotions(1)
    offers = await place.request().listings.promotions(PromotionFilter(), args)
    await settled(place)
    names = {one.name for one in (offer, *offers.nodes)}
    points = [membership, *her.memberships, *people.nodes]
    stores = [bought, *orders.nodes, *hers.nodes]
    return {one.points.available for one in points}, {one.store_code for one in stores}, names


def put(place, state):
    place.stand(state, MEMBER)
    place.stand(state, ORDER)
    place.stand(state, PROMOTION)


LEGACY, COPY = ({1}, {"legacy"}, {"legacy"}), ({2}, {"copy"}, {"copy"})


async def test_a_step_up_or_down_never_gives_what_the_other_side_said(place, opened):
    for _ in range(2):
        put(place, S.FEDERATED_READ)
        assert await told(place) == LEGACY
        put(place, S.MIDDLE_READ)
        assert await told(place) == COPY
    # another process, which finds in Redis what this one left there
    place.cache = await opened()
    for one in place.connections:
        one.kept.clear()
    asked = len(place.shop.asked)
    assert await told(place) == COPY
    put(place, S.FEDERATED_READ)
    assert await told(place) == LEGACY
    assert len(place.shop.asked) == asked, "what the system said is still kept, and still its own"


async def test_what_is_kept_of_a_system_is_of_use_where_the_copy_lacks_it(place):
    place.shop.members["7"] = member(7)
    put(place, S.MIDDLE_READ)
    for _ in range(2):
        (one,) = await place.request().memberships(7)
        assert one.source.answered_by == "woo"
        await settled(place)
    assert place.shop.asked.count(("memberships", "7")) == 1


async def test_what_is_kept_is_not_shown_to_who_compares(place):
    put(place, S.SHADOW_READ)
    for _ in range(2):
        await place.request().memberships(1)
        await settled(place)
    assert len(place.shadow.offered) == 1
