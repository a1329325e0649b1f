import asyncio
import secrets

import procrastinate
import pytest
from procrastinate.testing import InMemoryConnector

from capabilities.events import Subject, Topic
from store.engine import Store
from store.events import tell
from store.keyring import keyring_of
from store.owned import owned_by
from tests.migrated import migrated
from work.consumers import Consumer, follow_events
from work.jobs import add_chores
from work.parts import Chore

BRAND = "baiwei"


@pytest.fixture
async def owned(postgres):
    database = migrated(postgres, f"work_{secrets.token_hex(4)}")
    store = Store.open(database)
    yield owned_by(store, BRAND, keyring_of(b"k" * 48), "Asia/Shanghai")
    await store.aclose()


async def _told(owned, key):
    await owned.store.transaction(
        lambda run: tell(run, BRAND, Topic.MEMBER_CHANGED, [Subject(key=key)])
    )


async def test_what_happens_reaches_every_consumer_of_its_topic(owned):
    got, all_here = {"a": [], "b": []}, asyncio.Event()

    def consumer(name, topic):
        async def handle(_run, events):
            got[name].extend(one.subject.key for one in events)
            if got["a"] == ["one", "two"]:
                all_here.set()

        return Consumer(name=name, topics=[topic], handle=handle)

    await _told(owned, "one")
    followers = [consumer("a", Topic.MEMBER_CHANGED), consumer("b", Topic.ORDER_CHANGED)]
    following = asyncio.create_task(follow_events(owned, followers))
    await _told(owned, "two")
    await asyncio.wait_for(all_here.wait(), 10)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert got == {"a": ["one", "two"], "b": []}


async def test_one_that_fails_stops_no_other_and_is_told_again(owned, monkeypatch):
    monkeypatch.setattr("work.consumers._FAILED_SECONDS", 0.0)
    failures, done = [], asyncio.Event()

    async def fail_twice(_run, _events):
        if len(failures) < 2:
            failures.append(1)
            raise RuntimeError("not yet")
        done.set()

    well = asyncio.Event()

    async def handle(_run, _events):
        well.set()

    await _told(owned, "one")
    consumers = [
        Consumer(name="ill", topics=Topic, handle=fail_twice),
        Consumer(name="well", topics=Topic, handle=handle),
    ]
    following = asyncio.create_task(follow_events(owned, consumers))
    await asyncio.wait_for(asyncio.gather(well.wait(), done.wait()), 10)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert failures == [1, 1]


async def test_what_stands_before_an_event_that_fails_takes_effect(owned, monkeypatch):
    monkeypatch.setattr("work.consumers._FAILED_SECONDS", 0.0)
    got, tried = [], asyncio.Event()

    async def handle(_run, events):
        keys = [one.subject.key for one in events]
        if "bad" in keys:
            if keys == ["bad"] and got == ["1", "2", "3"]:
                tried.set()
            raise RuntimeError("never")
        got.extend(keys)

    for key in ("1", "2", "3", "bad", "4"):
        await _told(owned, key)
    consumer = Consumer(name="ill", topics=Topic, handle=handle)
    following = asyncio.create_task(follow_events(owned, [consumer]))
    await asyncio.wait_for(tried.wait(), 10)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert got == ["1", "2", "3"]


async def test_a_chore_that_fails_is_logged_and_comes_again():
    ran = []

    async def run():
        ran.append(1)
        raise RuntimeError("midway")

    queue = procrastinate.App(connector=InMemoryConnector())
    add_chores(queue, [Chore(name="sweep", cron="0 19 * * *", run=run)])
    async with queue.open_async():
        for _ in range(2):
            await queue.tasks["sweep"].defer_async(timestamp=0)
            await queue.run_worker_async(wait=False, install_signal_handlers=False)
    assert ran == [1, 1]
    assert [one.cron for one in queue.periodic_registry.periodic_tasks.values()] == ["0 19 * * *"]
