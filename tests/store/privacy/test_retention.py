from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from capabilities.retention import USUAL
from store.privacy import retention as module
from store.privacy.retention import _OVER, Retention

NOW = datetime(2026, 11, 27, tzinfo=UTC)
BRAND = "baiwei"


@pytest.fixture
def retention(store):
    return Retention(store, BRAND)


async def wishes(store, *ages, brand=BRAND):
    for number, age in enumerate(ages):
        await store.rows(
            text("INSERT INTO wishes VALUES (:brand, 'ada', :key, '', '', :at)"),
            {"brand": brand, "key": str(number), "at": NOW - timedelta(days=age)},
        )


async def left(store):
    rows = await store.rows(text("SELECT brand, idempotency_key AS key FROM wishes ORDER BY 1, 2"))
    return [(row.brand, row.key) for row in rows]


def test_every_kind_says_what_is_over_its_time():
    assert _OVER.keys() == USUAL.keys()


async def test_what_is_over_its_time_is_counted_then_forgotten(retention, store, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    await wishes(store, 1, 29, 31, 40, 50, 60)
    await wishes(store, 100, brand="other")
    over = {one.rule.kind: one.over for one in await retention.over(NOW)}
    assert over == {**dict.fromkeys(USUAL, 0), "wishes": 4}
    steps = []
    done = await retention.forget(NOW, steps.append)
    assert {one.rule.kind: one.over for one in done} == over
    assert steps == [2, 2]
    assert await left(store) == [(BRAND, "0"), (BRAND, "1"), ("other", "0")]
    assert {one.over for one in await retention.forget(NOW)} == {0}


async def test_how_long_a_kind_is_kept_is_the_retailers_to_say(retention, store):
    await wishes(store, 10, 20)
    await retention.set("wishes", 15, by="ada", at=NOW)
    rule = next(one for one in await retention.rules() if one.kind == "wishes")
    assert (rule.days, rule.changed_by, rule.changed_at) == (15, "ada", NOW)
    await retention.forget(NOW)
    assert await left(store) == [(BRAND, "0")]
    await retention.set("wishes", 5, by="bob", at=NOW)
    await retention.forget(NOW)
    assert await left(store) == []


async def test_an_event_waits_for_who_has_not_read_it(retention, store):
    old = {"brand": BRAND, "at": NOW - timedelta(days=99)}
    await store.rows(
        text(
            "INSERT INTO events (brand, xid, topic, channel, key, at)"
            " VALUES (:brand, 5, 'member.changed', '', 'lin', :at)"
        ),
        old,
    )
    consumer = text("INSERT INTO event_consumers VALUES (:brand, 'c', :xid, 0, :at)")
    await store.rows(consumer, {**old, "xid": 4})
    counts = {one.rule.kind: one.over for one in await retention.over(NOW)}
    assert counts["events"] == 0
    await store.rows(text("UPDATE event_consumers SET xid = 6"))
    counts = {one.rule.kind: one.over for one in await retention.forget(NOW)}
    assert counts["events"] == 1
