"""A half-read list and the ids of its orders, over every step of an adoption up and down."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise

import pytest

from capabilities.adoption.cohort import Cohorts
from capabilities.adoption.states import AdoptionState
from capabilities.caller import Role
from capabilities.member.records import Member
from capabilities.order.records import OrderFilter
from capabilities.page import ConnectionArgs, Policy
from gateway.federation.estate import estate_version
from store.engine import Store
from tests.gateway.federation.adopting import MEMBER, ORDER, Place, S, member, order, plain
from tests.migrated import migrated

ORDERS, OF_TILLS, PEOPLE, PAGE = 1_000, 90, 9, 250


@dataclass(frozen=True)
class Step:
    """Where a pair stands."""

    state: AdoptionState
    points: int = 0
    more: tuple = ()

    def __str__(self):
        return f"{self.state.value}-{self.points}"


MIDDLE = (
    Step(S.MIDDLE_READ, 10_000),
    Step(S.DUAL_WRITE_LEGACY_LEAD, 10_000),
    Step(S.DUAL_WRITE_MIDDLE_LEAD, 10_000),
    Step(S.MIDDLE_OWNED, 10_000),
)
UP = (
    Step(S.UNREGISTERED),
    Step(S.REGISTERED),
    Step(S.CONTRACT_OK),
    Step(S.FEDERATED_READ),
    Step(S.SHADOW_READ),
    Step(S.CANARY_READ),
    Step(S.CANARY_READ, 2_500),
    Step(S.CANARY_READ, 10_000),
    *MIDDLE,
    Step(S.LEGACY_RETIRED, 10_000),
)
HALTED = Step(S.HALTED, 10_000, (("from_state", S.MIDDLE_OWNED),))
STAYS = Step(S.STAYS_LEGACY)
STEPS = [
    *pairwise(UP),
    *((late, early) for early, late in pairwise(UP) if late is not UP[-1]),
    (MIDDLE[0], Step(S.FEDERATED_READ)),
    (MIDDLE[3], HALTED),
    (HALTED, MIDDLE[3]),
    (Step(S.CANARY_READ, 2_500), Step(S.HALTED, 2_500, (("from_state", S.CANARY_READ),))),
    (Step(S.FEDERATED_READ), STAYS),
    (STAYS, Step(S.FEDERATED_READ)),
]


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "adopted_transitions")


def people():
    return [member(number) for number in range(1, PEOPLE + 1)]


def orders():
    return [order(n, customer=n % (PEOPLE + 1) or None) for n in range(1, ORDERS + 1)]


async def fill(database):
    """A brand whose shop is copied."""
    store = Store.open(database, deadline_seconds=30)
    place = Place(store)
    await place.copied_channels("shop")
    await place.copy(*people(), *orders())
    await store.aclose()
    return place.brand


@pytest.fixture(scope="module")
def brand(database):
    return asyncio.run(fill(database))


@pytest.fixture
async def place(database, brand):
    store = Store.open(database, deadline_seconds=30)
    made = Place(store, brand=brand)
    made.shop.members = {one.number: one for one in people()}
    made.shop.of_orders = {one.number: one for one in orders()}
    tills = [order(n, channel="store", connector="pos") for n in range(1, OF_TILLS + 1)]
    made.tills.of_orders = {one.number: one for one in tills}
    yield made
    made.abandon()
    await store.aclose()


def put(place, step):
    place.stand(step.state, ORDER, read_points=step.points, **dict(step.more))
    place.stand(step.state, MEMBER, read_points=step.points, **dict(step.more))


async def page(place, policy, *, backward, cursor):
    ends = {"last": PAGE, "first": None, "before": cursor} if backward else {"after": cursor}
    args = ConnectionArgs(**{"first": PAGE, **ends}, policy=policy)
    return await place.request(role=Role.ADMIN).listings.orders(OrderFilter(), args)


async def walked(place, policy, *, backward, between=lambda: None):
    """The ids of a whole walk, and what happens when half of it is read."""
    found, cursor = [], None
    while True:
        got = await page(place, policy, backward=backward, cursor=cursor)
        assert all(one.complete for one in got.sources)
        assert not any(edge.late for edge in got.edges)
        ids = [edge.node.id for edge in got.edges]
        found = ids + found if backward else found + ids
        info = got.page_info
        more = info.has_previous_page if backward else info.has_next_page
        if not more:
            return found
        cursor = info.start_cursor if backward else info.end_cursor
        if len(found) == 2 * PAGE:
            between()


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[f"{a}>{b}" for a, b in STEPS])
async def test_a_half_read_list_goes_on_and_every_id_stays(place, number):
    before, behind = STEPS[number]
    every = (*place.shop.of_orders.values(), *place.tills.of_orders.values())
    ids = [one.id for one in sorted(every, key=lambda one: one.sort_key.rank)]
    policies = (Policy.BEST_EFFORT, Policy.REQUIRE_ALL)
    if number % 2:
        policies = policies[::-1]
    for policy, backward in zip(policies, (False, True), strict=True):
        put(place, before)
        found = await walked(place, policy, backward=backward, between=lambda: put(place, behind))
        assert found == ids


@pytest.mark.parametrize("step", [*UP, HALTED, STAYS], ids=str)
async def test_every_order_is_the_same_by_its_number_in_every_state(place, step):
    put(place, step)
    numbers = list(place.shop.of_orders)
    found = await place.request(role=Role.ADMIN).orders(*numbers)
    assert [plain(one) for one in found] == [plain(one) for one in place.shop.of_orders.values()]
    sides = {one.source.answered_by for one in found}
    mixed = step.state is S.CANARY_READ and 0 < step.points < 10_000
    assert len(sides) == (2 if mixed else 1)


@pytest.mark.parametrize("step", [*UP, HALTED, STAYS], ids=str)
async def test_a_persons_orders_are_the_same_and_from_one_side(place, step):
    put(place, step)
    reads = place.request(role=Role.ADMIN)
    for number in ("1", "2"):
        her = await reads.persons.by_membership("shop", number)
        listed = await reads.listings.member_orders(
            her, OrderFilter(channels=frozenset({"shop"})), ConnectionArgs(first=30)
        )
        numbers = [edge.node.number for edge in listed.edges]
        hers = [one for one in place.shop.of_orders.values() if one.customer == number]
        hers.sort(key=lambda one: one.sort_key.rank)
        assert numbers == [one.number for one in hers[:30]]
        by_number = await reads.orders(*numbers)
        sides = {one.source.answered_by for one in by_number}
        assert {edge.node.source.answered_by for edge in listed.edges} == sides
        assert len(sides) == 1


async def test_whom_the_store_does_not_know_her_system_lists(place):
    put(place, MIDDLE[0])
    her = Member(brand=place.brand, one_id="nobody", memberships=(place.shop.members["1"],))
    listed = await place.request(role=Role.ADMIN).listings.member_orders(
        her, OrderFilter(channels=frozenset({"shop"})), ConnectionArgs(first=3)
    )
    assert {edge.node.source.answered_by for edge in listed.edges} == {"woo"}


async def test_an_anonymous_order_is_decided_by_itself(place):
    anonymous = [one for one in place.shop.of_orders.values() if one.customer is None]
    chosen = Cohorts(members=frozenset({f"shop:{anonymous[0].number}"}))
    place.stand(S.CANARY_READ, ORDER, cohorts=chosen)
    found = await place.request(role=Role.ADMIN).orders(*(one.number for one in anonymous))
    told = {one.number for one in found if one.source.copied}
    assert told == {anonymous[0].number}


async def test_the_version_of_the_estate_does_not_know_of_adoption(place):
    version = place.estate.version
    for step in UP:
        put(place, step)
        assert place.estate.version == version == estate_version(place.estate.assembled.plan)
