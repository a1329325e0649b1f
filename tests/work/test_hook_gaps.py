"""Who pushed and fell silent, or left numbers out, is alarmed of and read at once."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.errors import Unavailable
from capabilities.estate import Capability, ConnectorSpec
from capabilities.syncing import SyncBusy
from store.engine import Store
from store.operating.standing import Standing
from store.order.hook_watches import HookWatches
from store.order.hooks import Delivery, HookDeliveries
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from tests.work.test_hooks import SPEC, ZONE
from work.hook_gaps import HookGaps

_CHECKED = text("SELECT checked FROM hook_watches WHERE brand = :brand")
OTHER = ConnectorSpec(name="jd", system="jd", channels={Capability.ORDER: {"*": "jd"}})


class Post:
    def __init__(self, store):
        self.store, self.brand = store, fresh_brand()
        self.now, self.filled, self.failing = datetime(2026, 11, 20, tzinfo=UTC), [], None
        owned = Owned(
            store=store,
            brand=self.brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZONE,
            now=lambda: self.now,
        )
        self.deliveries = HookDeliveries(store, self.brand)
        self.specs = [SPEC, OTHER]
        watches = HookWatches(store, self.brand)
        self.gaps = HookGaps(owned, watches, lambda: self.specs, self._fill)
        self._count = 0

    async def _fill(self, spec):
        if self.failing is not None:
            raise self.failing
        self.filled.append((spec.name, self.now))

    async def deliver(self, sequence=None):
        self._count += 1
        told = Delivery(
            connector="woo",
            delivery=str(self._count),
            topic="order.updated",
            number="7",
            sequence=sequence,
        )
        await self.deliveries.accept(told, self.now)

    async def pass_by(self, **time):
        self.now += timedelta(**time)
        await self.gaps.run()

    async def push_for_two_days(self):
        """Every hour by day, and nothing for six hours of the night."""
        for hours in [*[1] * 18, 6] * 2:
            await self.deliver()
            await self.pass_by(hours=hours)
        await self.deliver()
        await self.pass_by(minutes=1)
        assert not self.filled

    async def silent(self):
        return (await Standing(self.store, self.brand).read()).silent


@pytest.fixture
async def post(tmp_path, postgres):
    database = migrated(postgres, f"gaps_{tmp_path.name}")
    store = Store.open(database, deadline_seconds=30)
    yield Post(store)
    await store.aclose()


async def test_who_falls_silent_is_read_at_once_and_again_each_hour(post):
    await post.push_for_two_days()
    await post.pass_by(hours=11)
    assert (post.filled, await post.silent()) == ([], {"woo": False})
    await post.pass_by(hours=2)
    assert [name for name, _ in post.filled] == ["woo"]
    assert await post.silent() == {"woo": True}
    await post.pass_by(minutes=30)
    assert len(post.filled) == 1
    await post.pass_by(minutes=31)
    assert len(post.filled) == 2
    await post.deliver()
    await post.pass_by(minutes=1)
    assert (len(post.filled), await post.silent()) == (2, {"woo": False})


async def test_a_pause_is_judged_by_those_of_the_last_week_only(post):
    await post.push_for_two_days()
    for _ in range(8 * 12):
        await post.deliver()
        await post.pass_by(hours=2)
    assert post.filled == []
    await post.pass_by(hours=3)
    assert [name for name, _ in post.filled] == ["woo"]


async def test_nobody_is_called_silent_before_it_was_heard_for_two_days(post):
    await post.deliver()
    await post.pass_by(hours=47)
    assert post.filled == []


@pytest.mark.parametrize("failing", [Unavailable("away", source="woo"), SyncBusy("runs")])
async def test_a_gap_that_could_not_be_filled_is_filled_later(post, failing):
    await post.push_for_two_days()
    post.failing = failing
    await post.pass_by(hours=15)
    assert (post.filled, await post.silent()) == ([], {"woo": True})
    post.failing = None
    await post.pass_by(minutes=1)
    assert len(post.filled) == 1


async def test_a_number_that_stays_away_is_read_once(post):
    for sequence in (1, 2, 5, 4, 9):
        await post.deliver(sequence)
    await post.pass_by(seconds=30)
    assert post.filled == []  # it may still be on its way
    await post.deliver(3)
    await post.pass_by(minutes=3)
    assert [name for name, _ in post.filled] == ["woo"]
    await post.pass_by(minutes=1)
    assert len(post.filled) == 1
    await post.deliver(10)
    await post.pass_by(minutes=3)
    assert len(post.filled) == 1
    await post.deliver(12)
    await post.pass_by(minutes=3)
    assert len(post.filled) == 2


async def test_numbers_without_a_hole_are_not_read_again_until_their_sender_counts_anew(post):
    async def checked():
        named = {"brand": post.brand}
        (row,) = await post.store.rows(_CHECKED, named)
        return row.checked

    for sequence in (1, 2, 3):
        await post.deliver(sequence)
    await post.pass_by(seconds=30)
    assert await checked() == 3
    await post.deliver(5)
    await post.deliver(6)
    await post.pass_by(seconds=30)
    assert (await checked(), post.filled) == (3, [])  # the hole is looked at until it is filled
    await post.deliver(4)
    await post.pass_by(minutes=3)
    assert (await checked(), post.filled) == (6, [])
    post.now += timedelta(days=7)
    for one in range(1, 7):
        await post.store.transaction(
            lambda run, one=one: post.deliveries.end_in(run, "woo", [str(one)], post.now)
        )
    await post.deliveries.forget(post.now)
    await post.deliver(1)
    await post.deliver(3)
    await post.pass_by(minutes=3)
    assert [name for name, _ in post.filled] == ["woo"]
    assert await checked() == 3


async def test_a_connector_that_rests_is_not_read(post):
    await post.push_for_two_days()
    post.specs = [replace(SPEC, paused=True), OTHER]
    await post.pass_by(days=2)
    assert post.filled == []
