import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from store.order.hooks import Delivery, HookDeliveries

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
SOON = NOW + timedelta(minutes=2)
ONE = Delivery(connector="woo", delivery="d-1", topic="order.updated", number="7")


@pytest.fixture
def deliveries(store):
    return HookDeliveries(store, "baiwei")


async def test_a_delivery_is_kept_once_however_often_it_comes(deliveries):
    took = await asyncio.gather(*(deliveries.accept(ONE, NOW) for _ in range(8)))
    assert sorted(took) == [False] * 7 + [True]
    (claimed,) = await deliveries.claim(NOW, SOON)
    assert (claimed.number, claimed.tries) == ("7", 1)
    assert await deliveries.claim(NOW, SOON) == []
    (again,) = await deliveries.claim(SOON, SOON + timedelta(minutes=2))  # its worker died
    assert again.tries == 2


async def test_what_took_effect_is_not_done_again(store, deliveries):
    await deliveries.accept(ONE, NOW)
    await store.transaction(lambda run: deliveries.end_in(run, "woo", ["d-1"], NOW))
    await deliveries.later("woo", ["d-1"], "LATE", NOW)
    assert await deliveries.claim(SOON, SOON) == []
    assert not await deliveries.accept(ONE, NOW)
    assert await deliveries.forget(SOON) == 1


async def test_what_was_given_up_waits_for_somebody(deliveries):
    await deliveries.accept(ONE, NOW)
    await deliveries.bury("woo", ["d-1"], "ORDER_NOT_FOUND", NOW)
    assert await deliveries.claim(SOON, SOON) == []
    assert [(one.delivery, one.reason) for one in await deliveries.dead()] == [
        ("d-1", "ORDER_NOT_FOUND")
    ]
    assert await deliveries.retry("woo", "d-1", NOW)
    assert len(await deliveries.claim(NOW, SOON)) == 1


async def test_a_topic_without_effect_is_kept_and_not_worked_on(deliveries):
    await deliveries.accept(Delivery(connector="woo", delivery="p", topic="x", number=None), NOW)
    assert await deliveries.claim(SOON, SOON) == []
    assert await deliveries.latest() == {"woo": NOW}
