"""A pass is background work: inside the load agreement, behind callers, and none in a blackout."""

import asyncio
import os
import time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.errors import Limited
from capabilities.estate import Capability
from capabilities.load import Blackout, Cause, LoadAgreement
from connectors._kit import SilentObserver, Wire
from connectors.connector import open_connector
from store.engine import Store
from store.syncing.streams import Streams
from tests.migrated import migrated
from tests.work.syncing_child import BRAND, Counting, spec_of
from tests.work.test_sync_killed import COUNT, ORDERS, shop  # noqa: F401 - a fixture
from work.syncing import Syncing

PER_SECOND = 8


@pytest.fixture
async def store(postgres):
    database = migrated(postgres, f"load_{os.getpid()}_{time.monotonic_ns()}")
    opened = Store.open(database, deadline_seconds=20)
    await opened.rows(text(COUNT))
    yield opened
    await opened.aclose()


async def opened(shop, agreement):  # noqa: F811
    spec = spec_of(shop, load=agreement)
    return await open_connector(spec, SilentObserver(), zone=ZoneInfo("Asia/Shanghai"))


def syncing(store):
    takers = {Capability.ORDER: Counting()}
    return Syncing(store, Streams(store, BRAND), takers, batch=100, pauses=())


async def test_callers_and_a_pass_together_keep_the_agreement(store, shop, monkeypatch):  # noqa: F811
    monkeypatch.setenv("DEMO_WOO_SECRET", "cs_demo")
    asked, right = [], Wire.get

    async def timed(self, *args, **kwargs):
        asked.append(time.monotonic())
        return await right(self, *args, **kwargs)

    monkeypatch.setattr(Wire, "get", timed)
    connector = await opened(shop, LoadAgreement(per_second=PER_SECOND, max_concurrent=2))
    try:
        running = asyncio.create_task(syncing(store).run(connector, Capability.ORDER))
        numbers = sorted(ORDERS)[:5]
        for number in numbers:
            (order,) = await connector.orders([number])
            assert order.number == number, "a caller waits for a pass"
        done = await running
    finally:
        await connector.aclose()
    calls = connector.upstream.calls
    assert done.changed == len(ORDERS)
    assert calls[Cause.CALLER] == len(numbers)
    assert calls[Cause.BACKFILL] >= len(ORDERS) // 100
    # A call is counted here when it is wanted, so the whole says what the system met.
    assert len(asked) <= PER_SECOND * (asked[-1] - asked[0] + 2)


async def test_in_a_blackout_nothing_is_asked_and_the_stream_says_so(store, shop, monkeypatch):  # noqa: F811
    monkeypatch.setenv("DEMO_WOO_SECRET", "cs_demo")
    always = Blackout(cron="* * * * *", zone="Asia/Shanghai")
    connector = await opened(shop, LoadAgreement(blackout=(always,)))
    try:
        with pytest.raises(Limited):
            await syncing(store).run(connector, Capability.ORDER)
    finally:
        await connector.aclose()
    assert sum(connector.upstream.calls.values()) == 0
    (stream,) = await Streams(store, BRAND).all()
    assert stream.state.value == "FAILED"
    assert "agreement" in stream.failure
