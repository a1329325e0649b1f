"""Usage in PostgreSQL: counts of many processes add up by day, and are forgotten in time."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.usage.client import OTHER, Client
from capabilities.usage.records import Counted, CountedOperation, OperationKey, Path
from store.privacy.retention import Retention
from store.usage.counts import UsageCounts
from store.usage.reports import UsageReports

BRAND = "baiwei"
DAY = date(2026, 11, 27)
AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
TILL, SHOP = Client("key:till"), Client("token:CONSUMER", "mini program")
KEY, ALSO = OperationKey("a" * 64, "Person"), OperationKey("b" * 64, "")
LEGACY = Path("woo", "web", Capability.MEMBER, Side.LEGACY)
PLATFORM = Path("woo", "web", Capability.MEMBER, Side.PLATFORM)
_ALL = text("SELECT sha256 FROM usage_operations")


def operation(key, *coordinates):
    return CountedOperation(key=key, kind="QUERY", coordinates=coordinates)


BOTH = (operation(KEY, "Query.member"), operation(ALSO))


def counted(runs=(), reads=(), operations=BOTH):
    return Counted(
        operations={one.key: one for one in operations}, runs=dict(runs), reads=dict(reads)
    )


@pytest.fixture
def counts(store):
    return UsageCounts(store, BRAND)


@pytest.fixture
def reports(store):
    return UsageReports(store, BRAND)


async def test_counts_of_many_processes_add_up(counts, reports):
    many = counted({(TILL, KEY): 2, (SHOP, KEY): 1, (TILL, ALSO): 1}, {(TILL, KEY, LEGACY): 2})
    await asyncio.gather(*(counts.add(many, day=DAY, at=AT) for _ in range(8)))
    found = {(one.client, one.key): one.count for one in await reports.operations(DAY)}
    assert found == {(TILL, KEY): 16, (SHOP, KEY): 8, (TILL, ALSO): 8}
    clients = [(one.client, one.operations, one.count) for one in await reports.clients(DAY)]
    assert clients == [(TILL, 2, 24), (SHOP, 1, 8)]
    (read,) = await reports.reads(DAY, side=Side.LEGACY)
    assert (read.path, read.client, read.count, read.last_used_at) == (LEGACY, TILL, 16, AT)


async def test_only_the_days_that_are_asked_for(counts, reports):
    for back in range(3):
        await counts.add(counted({(TILL, KEY): 1}), day=DAY - timedelta(back), at=AT)
    assert [one.count for one in await reports.operations(DAY - timedelta(1))] == [2]


async def test_an_operation_of_another_contract_has_its_newest_coordinates(counts, reports):
    for field in ("Query.old", "Query.member"):
        one = counted({(TILL, KEY): 1}, operations=(operation(KEY, field),))
        await counts.add(one, day=DAY, at=AT)
    assert await reports.coordinates(DAY) == {KEY: ["Query.member"]}


async def test_of_operations_told_together_no_coordinate_is_lost(counts, reports):
    key = OperationKey(OTHER, "")
    for field in ("Query.b", "Query.a"):
        one = counted({(TILL, key): 1}, operations=(operation(key, field),))
        await counts.add(one, day=DAY, at=AT)
    assert await reports.coordinates(DAY) == {key: ["Query.a", "Query.b"]}


async def test_quiet_begins_with_the_last_read_or_with_counting_itself(counts, reports):
    pair = (Capability.MEMBER, "web")
    assert await reports.quiet([pair], DAY) == ()
    await counts.add(counted(), day=DAY - timedelta(2), at=AT - timedelta(2))
    never = counted({(TILL, KEY): 1}, {(TILL, KEY, PLATFORM): 1})
    await counts.add(never, day=DAY, at=AT)
    (found,) = await reports.quiet([pair], DAY)
    assert (found.reads, found.since) == (0, AT - timedelta(2))
    await counts.add(counted({(TILL, KEY): 3}, {(TILL, KEY, LEGACY): 3}), day=DAY, at=AT)
    (found,) = await reports.quiet([pair], DAY)
    assert (found.reads, found.since) == (3, AT)


async def test_the_beat_is_written_once_a_minute(counts, reports):
    for seconds in (0, 30, 61):
        await counts.add(counted(), day=DAY, at=AT + timedelta(seconds=seconds))
    found = await reports.counting()
    assert (found.since, found.until) == (AT, AT + timedelta(seconds=61))
    await counts.add(counted(), day=DAY, at=AT + timedelta(seconds=90))
    assert (await reports.counting()).until == AT + timedelta(seconds=61)


async def test_old_days_are_forgotten_and_then_their_operations(store, counts, reports):
    old = DAY - timedelta(91)
    kept = counted({(TILL, ALSO): 1}, operations=(operation(ALSO),))
    await counts.add(kept, day=DAY, at=AT)
    gone = counted({(TILL, KEY): 1}, {(TILL, KEY, LEGACY): 1}, (operation(KEY, "Query.a"),))
    await counts.add(gone, day=old, at=AT)
    told = {one.rule.kind: one.over for one in await Retention(store, BRAND).forget(AT)}
    assert (told["usage"], told["usage_reads"]) == (1, 1)
    await counts.forget_unused()
    assert set(await reports.coordinates(old)) == {ALSO}
    assert await store.rows(_ALL, {}) == [(ALSO.sha256,)]
