"""Requests whose answers are compared: with a candidate that hangs, crashes or floods."""

import asyncio
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.adoption.difference import DiffClass
from capabilities.adoption.states import AdoptionState
from capabilities.estate import Capability
from gateway.adoption.shadow import ShadowReads
from gateway.adoption.shadow_bounds import ShadowBounds
from store.adoption.comparison_reading import ComparisonReports
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.gateway.adoption.counted import Counted
from tests.gateway.federation.adopting import KEY, NOW, Place, member, order, plain
from tests.migrated import migrated

PEOPLE = tuple(range(1, 21))
MEMBER, ORDER = Capability.MEMBER, Capability.ORDER
BOUNDS = ShadowBounds(deadline_seconds=30, window_seconds=60, lag_seconds=0.01, most_waiting=100)


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "shadow_reads")


@pytest.fixture
async def store(database):
    opened = Store.open(database, deadline_seconds=30)
    yield opened
    await opened.aclose()


@pytest.fixture
async def place(store):
    made = Place(store)
    for number in PEOPLE:
        made.shop.members[str(number)] = member(number)
        made.shop.of_orders[str(number)] = order(number, number)
    await made.copied_channels("shop")
    await made.copy(*made.shop.members.values(), *made.shop.of_orders.values())
    yield made
    made.abandon()


@pytest.fixture
def figures():
    return Counted()


@pytest.fixture
async def shadow(place, store, figures):
    owned = Owned(
        store=store,
        brand=place.brand,
        sealer=Sealer(b"s" * 32),
        key=KEY,
        zone=ZoneInfo("UTC"),
        now=lambda: NOW,
    )
    async with ShadowReads(owned, figures, BOUNDS, lambda *_: 10_000, lambda _: False) as reads:
        place.shadow = reads
        yield reads


async def answers(place):
    """What callers are told, in requests of their own."""
    found = [
        *await place.request().memberships(*PEOPLE),
        *await place.request().orders(*PEOPLE),
    ]
    return [(plain(one), one.source.answered_by) for one in found]


async def report(place, shadow, capability, compared):
    """The counts, once so many pairs are settled; what was found is written down first."""
    reports = ComparisonReports(place.store, place.brand)
    async with asyncio.timeout(60):
        while True:
            await shadow.write_now()
            found = await reports.of("shop", capability, NOW, 14)
            if found is not None and sum(one.count for one in found.classes) >= compared:
                return {one.klass: one.count for one in found.classes}


@pytest.mark.parametrize("state", [AdoptionState.SHADOW_READ, AdoptionState.MIDDLE_READ])
async def test_answers_are_compared_whichever_side_gave_them(place, shadow, state):
    for capability in (MEMBER, ORDER):
        place.stand(state, capability)
    await answers(place)
    for capability in (MEMBER, ORDER):
        counts = await report(place, shadow, capability, len(PEOPLE))
        assert counts == {DiffClass.EQUAL: len(PEOPLE)}


class Candidate:
    """The shop as the shadow asks it in MIDDLE_READ: it misbehaves in one way."""

    def __init__(self, how):
        self.how = how
        self.asked = asyncio.Event()

    async def __call__(self, numbers):
        self.asked.set()
        if self.how == "hangs":
            await asyncio.Event().wait()
        if self.how == "crashes":
            raise MemoryError
        return [b" " * 100_000_000] * len(numbers)


@pytest.mark.parametrize("how", ["hangs", "crashes", "floods"])
async def test_no_answer_is_another_and_none_waits_for_a_candidate(place, shadow, figures, how):
    for capability in (MEMBER, ORDER):
        place.stand(AdoptionState.MIDDLE_READ, capability)
    place.shadow = None
    alone = await answers(place)
    assert {by for _, by in alone} == {"platform"}
    place.shadow = shadow
    candidate = Candidate(how)
    place.shop.memberships = place.shop.orders = candidate
    beside = [await answers(place)]
    await candidate.asked.wait()
    beside += [await answers(place) for _ in range(5)]  # while it hangs, and behind its failures
    assert beside == [alone] * 6
    if how != "hangs":
        await figures.until(lambda: len(figures.drops) >= len(PEOPLE))
        assert set(figures.drops) == {"unanswered"}
    await shadow.write_now()
    reports = ComparisonReports(place.store, place.brand)
    assert await reports.of("shop", MEMBER, NOW, 14) is None, "the platform was right"


async def test_a_copy_that_is_locked_delays_nobody_whom_the_system_answers(place, shadow, store):
    place.stand(AdoptionState.SHADOW_READ, MEMBER)
    locked, free = asyncio.Event(), asyncio.Event()

    async def hold(run):
        await run(text("LOCK TABLE membership_records IN ACCESS EXCLUSIVE MODE"), {})
        locked.set()
        await free.wait()

    holding = asyncio.create_task(store.transaction(hold))
    await locked.wait()
    told = [one.source.answered_by for one in await place.request().memberships(*PEOPLE)]
    assert told == ["woo"] * len(PEOPLE)
    assert not holding.done()
    free.set()
    await holding
