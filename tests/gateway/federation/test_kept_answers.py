"""Requests over kept answers: what they say of their age, and how one asks for live ones."""

import asyncio

import pytest

from cache import EntityCache, Near
from capabilities.caller import Role, Visibility
from capabilities.errors import BadInput, Refused, Unavailable
from capabilities.estate import CachePolicy, Capability, Channel, ChannelKind, ConnectorSpec
from capabilities.member.ports import (
    MembershipIdentitySource,
    MembershipSearch,
    MembershipSource,
)
from capabilities.member.records import Contact, IdentityKind, Membership, MembershipFilter
from capabilities.order.ports import CustomerOrderSource, OrderSearch, OrderSource
from capabilities.order.records import Order, OrderFilter
from capabilities.page import ConnectionArgs, Freshness, SourcePage
from capabilities.sources import SourceRef, SourceStatus
from connectors.connector import Turn
from gateway.federation.asking import Request
from gateway.federation.estate import Connection, Estate
from gateway.federation.estate_file import EstatePlan
from gateway.federation.identity_search import IdentitySearch
from gateway.federation.listings import Listings
from gateway.federation.own_orders import OwnOrders
from gateway.federation.people_page import with_look_ups
from gateway.federation.persons import Persons, phone_identity
from gateway.trace import Trace

_POLICY = CachePolicy(fresh=30, absent=5, stale_while_revalidate=60, stale_if_error=600)
_PHONE = "+8613912345678"
_REF = SourceRef(connector="woo", system="woo", external_id="1")
_SEES = Visibility(role=Role.OPERATIONS, brand="baiwei")


class _Shop(
    MembershipSource,
    MembershipIdentitySource,
    MembershipSearch,
    OrderSource,
    OrderSearch,
    CustomerOrderSource,
):
    """A connector that counts its questions."""

    identity_kinds = frozenset({IdentityKind.PHONE})
    membership_filters = order_filters = customer_order_filters = frozenset()
    one_credential = True
    digest = "1"
    native_types = ()
    abilities = frozenset()

    def __init__(self):
        self.asked = []
        self.error = None
        self.disorder = False
        self.phone = _PHONE
        self.cut = False

    def turn(self, _):
        return Turn(10, 10)

    def _say(self, *question):
        self.asked.append(question)
        if self.error is not None:
            raise self.error

    def _member(self, number):
        contact = Contact(phone=self.phone, phone_verified=True)
        return Membership(channel="shop", number=number, contact=contact, source=_REF)

    def _page(self):
        rows = [Order(channel="shop", number=number, customer="1", source=_REF) for number in "12"]
        cut = rows[-1].sort_key if self.cut else None
        return SourcePage(
            rows=tuple(rows[:: -1 if self.disorder else 1]),
            has_more=self.cut,
            total=2,
            truncated_at=cut,
        )

    async def memberships(self, numbers):
        self._say("memberships", *numbers)
        return [self._member(one) if one == "1" else None for one in numbers]

    async def memberships_by_identity(self, identities):
        self._say("memberships_by_identity", *identities)
        return [(self._member("1"),) for _ in identities]

    async def search_memberships(self, *_):
        self._say("search_memberships")
        return SourcePage(rows=(self._member("1"),), has_more=False)

    async def orders(self, numbers):
        self._say("orders", *numbers)
        return [Order(channel="shop", number=one, source=_REF) for one in numbers]

    async def search_orders(self, *_):
        self._say("search_orders")
        return self._page()

    async def orders_by_customer(self, customers, *_):
        self._say("orders_by_customer", *customers)
        return [self._page() for _ in customers]


class _Clock:
    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return _Clock()


@pytest.fixture
def shop():
    return _Shop()


@pytest.fixture
async def cache(valkey, clock):
    near = Near(valkey.url, timeout_seconds=5)
    async with EntityCache(near, b"k" * 32, brand="kept", clock=clock) as opened:
        await near._redis.flushall()
        yield opened
    await near.aclose()


@pytest.fixture
def estate_of(shop):
    def of(**policies):
        kept = {Capability(name): policy for name, policy in policies.items()}
        channels = {one: {"*": "shop"} for one in (Capability.MEMBER, Capability.ORDER)}
        spec = ConnectorSpec(name="woo", system="woo", cache=kept, channels=channels)
        shown = Channel(brand="baiwei", code="shop", name="官网", kind=ChannelKind.OTHER)
        plan = EstatePlan(
            brand="baiwei", time_zone="Asia/Shanghai", channels=(shown,), connectors=(spec,)
        )
        return Estate(plan, (Connection(spec, shop),))

    return of


@pytest.fixture
async def ask(cache, estate_of):
    """Makes a request over one estate that keeps members and orders."""
    estate = estate_of(member=_POLICY, order=_POLICY)
    made = []

    def of(estate=estate, **more):
        made.append(Request(estate, _SEES, 5, cache=cache, **more))
        return made[-1]

    yield of
    for request in made:
        request.abandon()


async def _settled(cache):
    while cache._tasks:
        await asyncio.gather(*cache._tasks, return_exceptions=True)


def _orders(request, **args):
    return Listings(request, None, OwnOrders(request, None)).orders(
        OrderFilter(), ConnectionArgs(first=2, **args)
    )


async def test_the_second_request_asks_nobody_and_says_how_old_its_answer_is(
    ask, shop, cache, clock
):
    (first,) = (await _orders(ask())).sources
    await _settled(cache)
    clock.now += 12
    page = await _orders(ask())
    (kept,) = page.sources
    assert (first.status, first.age_ms) == (SourceStatus.OK, 0)
    assert (kept.status, kept.age_ms, kept.latency_ms) == (SourceStatus.OK, 12_000, None)
    assert [edge.node.number for edge in page.edges] == ["1", "2"]
    assert (kept.count, page.total_count.value) == (2, 2)
    assert shop.asked == [("search_orders",)]


async def test_an_old_page_is_stale_and_complete(ask, shop, cache, clock):
    await _orders(ask())
    await _settled(cache)
    clock.now += 40
    (old,) = (await _orders(ask())).sources
    assert (old.status, old.age_ms, old.code) == (SourceStatus.STALE, 40_000, None)
    assert old.complete
    await _settled(cache)
    (new,) = (await _orders(ask())).sources
    assert (new.status, new.age_ms) == (SourceStatus.OK, 0)
    assert len(shop.asked) == 2


async def test_a_failing_system_gives_its_old_page_and_names_the_failure(ask, shop, cache, clock):
    await _orders(ask())
    await _settled(cache)
    clock.now += 200
    shop.error = Unavailable("not reached")
    (old,) = (await _orders(ask())).sources
    assert (old.status, old.code, old.retryable) == (
        SourceStatus.STALE,
        "UPSTREAM_UNAVAILABLE",
        True,
    )
    shop.error = Refused("no")
    (no,) = (await _orders(ask())).sources
    assert (no.status, no.code) == (SourceStatus.ERROR, "UPSTREAM_REFUSED")


async def test_an_old_page_that_met_its_bound_says_both(ask, shop, cache, clock):
    shop.cut = True
    (new,) = (await _orders(ask())).sources
    await _settled(cache)
    clock.now += 40
    (old,) = (await _orders(ask())).sources
    await _settled(cache)
    clock.now += 200
    shop.error = Unavailable("not reached")
    (failed,) = (await _orders(ask())).sources
    assert {one.status for one in (new, old, failed)} == {SourceStatus.TRUNCATED}
    assert "old" not in new.message
    assert "its rows are old" in old.message
    assert "not reached" in failed.message
    assert [one.age_ms for one in (new, old, failed)] == [0, 40_000, 200_000]


async def test_live_asks_and_what_it_brings_is_kept(ask, shop, cache, clock):
    await _orders(ask())
    await _settled(cache)
    clock.now += 5
    (live,) = (await _orders(ask(), freshness=Freshness.LIVE)).sources
    assert (live.age_ms, live.latency_ms is None) == (0, False)
    await _settled(cache)
    (kept,) = (await _orders(ask())).sources
    assert kept.age_ms == 0
    assert len(shop.asked) == 2


async def test_a_page_that_breaks_its_promises_is_not_kept(ask, shop, cache):
    shop.disorder = True
    (bad,) = (await _orders(ask())).sources
    assert bad.code == "UPSTREAM_GARBLED"
    await _settled(cache)
    shop.disorder = False
    (good,) = (await _orders(ask())).sources
    assert good.status is SourceStatus.OK


async def test_identities_memberships_and_customers_are_kept(ask, shop, cache, clock):
    async def once(request):
        persons = Persons(request, None, b"k" * 32)
        membership = await persons.membership("shop", "1")
        nobody = await persons.membership("shop", "9")
        found = await IdentitySearch(request).find(phone_identity(_PHONE))
        member = type("M", (), {"one_id": "x", "memberships": (membership,), "sources": ()})
        args = ConnectionArgs(first=2)
        orders = await Listings(request, None, OwnOrders(request, None)).member_orders(
            member, OrderFilter(), args
        )
        await _settled(cache)
        return membership, nobody, found, orders

    first = await once(ask())
    asked = len(shop.asked)
    clock.now += 3
    again = await once(ask())
    assert asked == 4
    assert len(shop.asked) == asked
    assert again[0] == first[0]
    assert again[1] is None
    assert again[2].memberships == first[2].memberships
    assert [one.age_ms for one in (*again[2].reports, *again[3].sources)] == [3000, 3000]


async def test_a_single_look_up_that_is_old_by_a_failure_is_noticed(ask, shop, cache, clock):
    await Persons(ask(), None, b"k").membership("shop", "1")
    await _settled(cache)
    clock.now += 200
    shop.error = Unavailable("not reached")
    request = ask()
    assert (await Persons(request, None, b"k").membership("shop", "1")).number == "1"
    notice = request.notices["woo"]
    assert (notice.status, notice.code) == (SourceStatus.STALE, "UPSTREAM_UNAVAILABLE")


async def test_a_person_without_a_phone_is_as_old_as_her_membership_and_not_remembered(
    ask, shop, cache, clock
):
    class Stored:
        """A store that knows nobody and counts whom it is brought."""

        brought = 0

        async def of(self, _):
            return {}

        async def beside(self, _):
            return ()

        async def of_new(self, memberships, _):
            self.brought += len(memberships)
            return {}

    shop.phone = None
    stored, ages = Stored(), []
    for later in (0, 12, 40):
        clock.now += later
        persons = Persons(ask(), stored, b"k" * 32)
        (report,) = (await persons.by_membership("shop", "1")).sources
        ages.append((report.status, report.age_ms))
        await _settled(cache)
        if not later:
            assert stored.brought == 1
            stored.brought = 0
    assert ages == [(SourceStatus.OK, 0), (SourceStatus.OK, 12_000), (SourceStatus.STALE, 52_000)]
    assert stored.brought == 1  # by the one that was old, and still fresh


async def test_a_key_is_one_answer_in_one_request(ask, shop, cache, clock):
    request, connection = ask(), None
    connection = request.estate.connections[0]
    first, second = (
        request.load(connection, "orders", shop.orders, "1"),
        request.load(connection, "orders", shop.orders, "1"),
    )
    first.cancel()
    value = (await second).value
    await _settled(cache)
    clock.now += 1000
    assert (await request.load(connection, "orders", shop.orders, "1")).value is value
    assert (await request.load(connection, "orders", shop.orders, "1", live=True)).age_ms == 0
    assert len(shop.asked) == 2


async def test_without_a_policy_everything_is_asked(ask, shop, cache, estate_of):
    estate = estate_of(member=_POLICY)
    for _ in range(2):
        await _orders(ask(estate))
        await _settled(cache)
    assert len(shop.asked) == 2


async def test_a_connector_that_asks_in_its_callers_name_is_never_kept(ask, shop, cache):
    shop.one_credential = False
    for _ in range(2):
        await _orders(ask())
        await _settled(cache)
    assert len(shop.asked) == 2


async def test_a_request_pays_as_if_nothing_were_kept(ask, shop, cache):
    request = ask(max_calls=1)
    await _orders(request)
    await _settled(cache)
    request = ask(max_calls=1)
    await _orders(request)
    connection = request.estate.connections[0]
    with pytest.raises(BadInput, match="too many questions"):
        await request.load(connection, "orders", shop.orders, "1")


async def test_a_request_that_goes_leaves_the_others_their_answer(ask, shop, cache):
    gate = asyncio.Event()

    async def slow(keys):
        shop.asked.append(keys)
        await gate.wait()
        return [None for _ in keys]

    one, other = ask(), ask()
    connection = one.estate.connections[0]
    loads = [request.load(connection, "orders", slow, "1") for request in (one, other)]
    async with asyncio.timeout(10):
        while not shop.asked:  # noqa: ASYNC110  # what is awaited passes through Redis
            await asyncio.sleep(0.001)
    one.abandon()
    gate.set()
    assert (await loads[1]).value is None
    assert loads[0].cancelled()
    assert shop.asked == [["1"]]


async def test_the_last_who_goes_ends_the_call(ask, shop, cache):
    ended = asyncio.Event()

    async def slow(keys):
        shop.asked.append(keys)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    request = ask()
    request.load(request.estate.connections[0], "orders", slow, "1")
    async with asyncio.timeout(10):
        while not shop.asked:  # noqa: ASYNC110  # what is awaited passes through Redis
            await asyncio.sleep(0.001)
        request.abandon()
        await ended.wait()


async def test_a_trace_counts_what_was_kept(ask, shop, cache):
    first, second = Trace(), Trace()
    for trace in (first, second):
        await _orders(ask(trace=trace))
        await _settled(cache)
    assert first.kept == {"source": 1}
    assert [(one.source, one.port, one.keys) for one in first.calls] == [
        ("woo", "search_orders", 1)
    ]
    assert first.calls[0].ms is not None
    assert second.kept in ({"redis": 1}, {"process": 1})
    assert second.calls == []
    assert shop.asked == [("search_orders",)]


async def test_a_page_of_people_is_as_old_as_its_look_ups(ask, shop, cache, clock):
    asked = ask()
    listings = Listings(asked, None, OwnOrders(asked, None))
    page = await listings.memberships(MembershipFilter(), ConnectionArgs(first=2))
    await _settled(cache)
    found = await IdentitySearch(ask()).find(phone_identity(_PHONE))
    await _settled(cache)
    clock.now += 40
    found = await IdentitySearch(ask()).find(phone_identity(_PHONE))
    person = type("M", (), {"sources": found.reports})
    (told,) = with_look_ups(page.sources, [person])
    assert (told.status, told.age_ms, told.count) == (SourceStatus.STALE, 40_000, 1)
