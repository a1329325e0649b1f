import asyncio
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text

from capabilities.events import Subject, Topic
from store.events import Events, rebase_events, tell

BRAND = "baiwei"
ALL = tuple(Topic)


def _order(number):
    return Subject(key=number, channel="shop")


async def _told(store, *numbers, topic=Topic.ORDER_CHANGED, brand=BRAND):
    await store.transaction(lambda run: tell(run, brand, topic, [_order(one) for one in numbers]))


def _gather(into):
    async def handle(_run, events):
        into.extend(one.subject.key for one in events)

    return handle


async def _all(events, consumer="c", topics=ALL, most=500):
    got = []
    while await events.consume(consumer, topics, _gather(got), most=most):
        pass
    return got


async def test_each_event_is_handed_over_once_in_order(store):
    await _told(store, "1", "2")
    await _told(store, "3")
    events = Events(store, BRAND)
    assert await _all(events, most=2) == ["1", "2", "3"]
    assert await _all(events) == []
    await _told(store, "4")
    assert await _all(events) == ["4"]
    assert await _all(events, consumer="another") == ["1", "2", "3", "4"]


async def test_an_event_says_when_and_what(store):
    await _told(store, "1")
    seen = []

    async def handle(_run, events):
        seen.extend(events)

    await Events(store, BRAND).consume("c", ALL, handle)
    assert [(one.topic, one.subject) for one in seen] == [(Topic.ORDER_CHANGED, _order("1"))]
    assert abs((datetime.now(UTC) - seen[0].at).total_seconds()) < 60


async def test_brands_and_topics_stay_apart(store):
    await _told(store, "1", brand="other")
    await _told(store, "2", topic=Topic.MEMBER_CHANGED)
    events = Events(store, BRAND)
    assert await _all(events, topics=[Topic.ORDER_CHANGED]) == []
    assert await _all(events, consumer="d", topics=[Topic.MEMBER_CHANGED]) == ["2"]


async def test_what_a_consumer_does_not_follow_is_passed_and_forgotten(store, database):
    await _told(store, "1", topic=Topic.MEMBER_CHANGED)
    events = Events(store, BRAND)
    assert await _all(events, topics=[Topic.ORDER_CHANGED]) == []
    assert [row.behind for row in await events.behind()] == [0]
    assert await events.forget(seconds=0) == 1
    with psycopg.connect(database) as late:
        late.execute(
            "INSERT INTO events (brand, xid, topic, channel, key, at)"
            " VALUES ('baiwei', pg_current_xact_id()::text::bigint, 'order.changed',"
            " 'shop', 'late', now())"
        )
        await _told(store, "2", topic=Topic.MEMBER_CHANGED)  # committed first, told later
        assert await _all(events, topics=[Topic.ORDER_CHANGED]) == []
    assert await _all(events, topics=[Topic.ORDER_CHANGED]) == ["late"]


async def test_nobody_reads_past_a_transaction_that_is_open(store, database):
    events = Events(store, BRAND)
    with psycopg.connect(database) as late:
        late.execute(
            "INSERT INTO events (brand, xid, topic, channel, key, at)"
            " VALUES ('baiwei', pg_current_xact_id()::text::bigint, 'order.changed',"
            " 'shop', 'late', now())"
        )
        await _told(store, "early")  # committed first, told later
        assert await _all(events) == []
    assert await _all(events) == ["late", "early"]


async def test_what_fails_is_told_again_and_left_no_trace(store):
    await _told(store, "1")
    events = Events(store, BRAND)

    async def fail(run, _events):
        await tell(run, BRAND, Topic.MEMBER_CHANGED, [Subject(key="half")])
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError):
        await events.consume("c", ALL, fail)
    assert await _all(events) == ["1"]


async def test_two_processes_of_one_consumer_share_the_work(store):
    await _told(store, *map(str, range(40)))
    events, got = Events(store, BRAND), []
    while any(
        await asyncio.gather(*(events.consume("c", ALL, _gather(got), most=3) for _ in "ab"))
    ):
        pass
    assert sorted(got, key=int) == list(map(str, range(40)))


async def test_how_far_behind_a_consumer_is(store):
    events = Events(store, BRAND)
    await _told(store, "1")
    await _all(events)
    await _told(store, "2", "3")
    (row,) = await events.behind()
    assert (row.consumer, row.behind) == ("c", 2)


async def test_only_what_every_consumer_passed_is_forgotten(store):
    events = Events(store, BRAND)
    await _told(store, "1")
    await _all(events, consumer="slow")
    await _told(store, "2")
    await _all(events, consumer="quick")
    assert await events.forget(seconds=3600) == 0
    assert await events.forget(seconds=0) == 1
    assert await _all(events, consumer="slow") == ["2"]
    rows = await store.rows(text("SELECT count(*) AS n FROM events"))
    assert rows[0].n == 1


async def test_events_restored_from_another_cluster_hide_nothing(store, database):
    await _told(store, "1", "2", "3")
    events = Events(store, BRAND)
    ahead, behind = [], []
    await events.consume("ahead", ALL, _gather(ahead))
    await events.consume("behind", ALL, _gather(behind), most=1)
    with psycopg.connect(database) as connection:  # as a cluster that had counted far further
        connection.execute("UPDATE events SET xid = xid + 1000000000")
        connection.execute("UPDATE event_consumers SET xid = xid + 1000000000")
    await store.transaction(rebase_events)
    await _told(store, "4")
    assert await _all(events, consumer="ahead") == ["4"]
    assert await _all(events, consumer="behind") == ["2", "3", "4"]


async def test_others_hear_of_events_once_they_are_committed_and_of_nothing_else(store):
    heard = []
    store.told = lambda: heard.append(len(heard))
    await store.transaction(lambda run: run(text("SELECT 1"), {}))
    with pytest.raises(ZeroDivisionError):
        await store.transaction(_failing)
    assert heard == []
    await _told(store, "1", "2")
    assert heard == [0]


async def _failing(run):
    await tell(run, BRAND, Topic.ORDER_CHANGED, [_order("1")])
    raise ZeroDivisionError
