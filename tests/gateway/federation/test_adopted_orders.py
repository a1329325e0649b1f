"""Orders while their system is being adopted: fields apart, one number, and PostgreSQL away."""

import pytest

from capabilities.adoption.cohort import Cohorts
from capabilities.adoption.states import Side
from capabilities.errors import Unavailable
from capabilities.member.person import phone_identity
from capabilities.member.records import Member
from capabilities.order.records import OrderFilter, OrderStatus
from capabilities.page import ConnectionArgs
from store.engine import Store
from tests.gateway.federation.adopting import (
    MEMBER,
    NOW,
    ORDER,
    Place,
    S,
    member,
    order,
    phone_of,
)
from tests.migrated import migrated

ALL = OrderFilter()
FIRST = ConnectionArgs(first=20)


@pytest.fixture
async def place(postgres):
    store = Store.open(migrated(postgres, "adopted_orders"), deadline_seconds=30)
    made = Place(store)
    made.shop.members["1"] = member(1)
    orders = [order(n, customer=1, store_code=f"M{n % 2}") for n in range(1, 7)]
    made.shop.of_orders = {one.number: one for one in orders}
    await made.copied_channels("shop")
    await made.copy(member(1), *orders)
    yield made
    made.abandon()
    await store.aclose()


def sides(rows):
    return {one.number: one.source.answered_by for one in rows}


async def test_a_status_may_stay_with_the_system_while_the_rest_is_the_platforms(place):
    place.shop.of_orders["3"] = order(3, customer=1, status=OrderStatus.CANCELLED)
    place.stand(S.MIDDLE_READ, ORDER, fields={"status": Side.LEGACY})
    (one,) = await place.request().orders(3)
    assert (one.source.answered_by, one.status) == ("platform", OrderStatus.CANCELLED)
    assert one.store_code == "M1"
    listed = await place.request().listings.orders(ALL, FIRST)
    told = {edge.node.number: edge.node.status for edge in listed.edges}
    assert told["3"] is OrderStatus.CANCELLED
    assert told["2"] is OrderStatus.COMPLETED


async def test_orders_of_a_store_go_first(place):
    place.stand(S.CANARY_READ, ORDER, cohorts=Cohorts(stores=frozenset({"M1"})))
    rows = await place.request().orders(*range(1, 7))
    assert sides(rows) == {str(n): "platform" if n % 2 else "woo" for n in range(1, 7)}


def number_of(rows):
    return [one.number for one in rows]


async def test_an_order_of_such_a_store_is_the_same_in_her_list_and_by_its_number(place):
    place.stand(S.CANARY_READ, ORDER, cohorts=Cohorts(stores=frozenset({"M1"})))
    for single_first in (False, True):
        reads = place.request()
        her = await reads.persons.by_membership("shop", "1")
        rows = await reads.orders(*range(1, 7)) if single_first else []
        page = await reads.listings.member_orders(her, ALL, ConnectionArgs(first=4))
        after = ConnectionArgs(first=4, after=page.page_info.end_cursor)
        rest = await reads.listings.member_orders(her, ALL, after)
        rows = rows or await reads.orders(*range(1, 7))
        listed = [*page.nodes, *rest.nodes]
        assert listed == sorted(rows, key=lambda one: one.sort_key.rank)
        assert sides(listed) == {str(n): "platform" if n % 2 else "woo" for n in range(1, 7)}


async def test_an_order_that_the_copy_would_put_elsewhere_stays_where_her_system_lists_it(place):
    place.stand(S.CANARY_READ, ORDER, cohorts=Cohorts(stores=frozenset({"M1"})))
    place.shop.of_orders["3"] = order(3, 1, store_code="M1", status=OrderStatus.CANCELLED)
    place.shop.of_orders["5"] = order(5, 1, store_code="M1", placed_at=NOW)
    place.shop.of_orders["7"] = order(7, 1, store_code="M1")
    cancelled = OrderFilter(statuses=frozenset({OrderStatus.CANCELLED}))
    for filters, numbers in ((cancelled, ["3"]), (ALL, ["5", "7"])):
        reads = place.request()
        her = await reads.persons.by_membership("shop", "1")
        page = await reads.listings.member_orders(her, filters, FIRST)
        assert set(numbers) <= set(number_of(page.nodes))
        rows = await reads.orders(*numbers)
        assert {one.source.answered_by for one in rows} == {"woo"}
        assert [one for one in page.nodes if one.number in numbers] == rows


async def test_her_list_is_her_systems_while_the_copy_of_such_a_store_is_away():
    away = Store.open("postgresql://127.0.0.1:1/away", deadline_seconds=5)
    place = Place(away)
    place.shop.of_orders = {"1": order(1, customer=1, store_code="M1")}
    place.stand(S.CANARY_READ, ORDER, cohorts=Cohorts(stores=frozenset({"M1"})))
    her = Member(brand=place.brand, one_id="x", memberships=(member(1),), version=1)
    page = await place.request().listings.member_orders(her, ALL, FIRST)
    assert sides(page.nodes) == {"1": "woo"}
    shop = next(one for one in page.sources if "shop" in one.channels)
    assert (shop.complete, shop.code) == (True, "ADOPTION_FELL_BACK")
    place.abandon()
    await away.aclose()


async def listed(place, state, points, **more):
    """Who answers a list of the staff's, and what each side reports."""
    place.stand(state, ORDER, read_points=points, **more)
    page = await place.request().listings.orders(ALL, FIRST)
    assert len(page.edges) == 6
    by = {edge.node.source.answered_by for edge in page.edges}
    return by, [(one.name, one.count, one.channels) for one in page.sources]


async def test_a_list_of_all_or_nothing_of_a_canary_is_the_states_beside_it(place):
    nobody = await listed(place, S.CANARY_READ, 0)
    assert nobody == await listed(place, S.FEDERATED_READ, 0)
    everybody = await listed(place, S.CANARY_READ, 10_000)
    assert everybody == await listed(place, S.MIDDLE_READ, 10_000)
    assert (nobody[0], everybody[0]) == ({"woo"}, {"platform"})
    chosen = Cohorts(stores=frozenset({"M1"}))
    assert await listed(place, S.CANARY_READ, 10_000, cohorts=chosen) == everybody
    frozen = {"from_state": S.CANARY_READ, "frozen": True}
    assert await listed(place, S.HALTED, 10_000, **frozen) == everybody
    for points in (1, 5_000, 9_999):
        assert await listed(place, S.CANARY_READ, points, cohorts=chosen) == nobody
        assert await listed(place, S.HALTED, points, **frozen) == nobody
    apart = await listed(place, S.CANARY_READ, 10_000, fields={"status": Side.LEGACY})
    assert apart == nobody


async def test_a_list_of_one_number_says_who_has_it(place):
    place.stand(S.MIDDLE_READ, ORDER)
    place.shop.of_orders["9"] = order(9)
    for number, by in (("3", "platform"), ("9", "woo")):
        page = await place.request().listings.orders(OrderFilter(number=number), FIRST)
        assert [edge.node.number for edge in page.edges] == [number]
        assert {one.name: one.count for one in page.sources if one.count} == {by: 1}
    place.stand(S.MIDDLE_OWNED, ORDER)
    page = await place.request().listings.orders(OrderFilter(number="9"), FIRST)
    assert page.edges == (), "what the platform does not have is not there"


async def test_a_persons_number_is_found_on_her_side(place):
    place.stand(S.MIDDLE_READ, ORDER)
    place.stand(S.MIDDLE_READ, MEMBER)
    reads = place.request()
    her = await reads.persons.by_membership("shop", "1")
    for number, found in (("3", ["3"]), ("404", [])):
        page = await reads.listings.member_orders(her, OrderFilter(number=number), FIRST)
        assert [edge.node.number for edge in page.edges] == found


async def test_whether_she_is_a_customer_must_be_known_before_the_copy_is_believed(place):
    place.stand(S.MIDDLE_READ, ORDER)
    place.shop.error = Unavailable("not reached")
    reads = place.request()
    (report,) = (await reads.persons._search.find(phone_identity(phone_of(1)))).reports[:1]
    her = Member(brand=place.brand, one_id="x", memberships=(), version=1, sources=(report,))
    page = await reads.listings.member_orders(her, ALL, FIRST)
    told = {one.name: one.complete for one in page.sources}
    assert told["platform"] is False, "no order would be a guess"


async def test_while_postgresql_is_away_the_system_answers_and_it_is_told():
    away = Store.open("postgresql://127.0.0.1:1/away", deadline_seconds=5)
    place = Place(away)
    place.shop.of_orders = {str(n): order(n, customer=1) for n in range(1, 4)}
    her = Member(brand=place.brand, one_id="x", memberships=(member(1),), version=1)
    for state in (S.CANARY_READ, S.MIDDLE_READ, S.DUAL_WRITE_LEGACY_LEAD):
        place.stand(state, ORDER, read_points=10_000)
        assert sides(await place.request().orders(1, 2)) == {"1": "woo", "2": "woo"}
        for page in (
            await place.request().listings.orders(ALL, FIRST),
            await place.request().listings.member_orders(her, ALL, FIRST),
        ):
            assert [edge.node.number for edge in page.edges] == ["1", "2", "3"]
            shop = next(one for one in page.sources if "shop" in one.channels)
            assert (shop.name, shop.complete) == ("woo", True)
    place.stand(S.LEGACY_RETIRED, ORDER)
    place.shop.asked.clear()
    page = await place.request().listings.orders(ALL, FIRST)
    assert page.edges == ()
    (shop,) = [one for one in page.sources if "shop" in one.channels]
    assert (shop.name, shop.complete, shop.code) == ("platform", False, "STORE_UNAVAILABLE")
    assert place.shop.asked == []
    place.abandon()
    await away.aclose()
