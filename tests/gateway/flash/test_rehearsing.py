"""A rehearsal goes the real way, is sold to nobody, and leaves nothing behind."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.errors import BadInput
from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.records import SHARED, FlashSale, SaleState, Supply
from capabilities.flash.rehearsal import people_for, shadow_sale
from gateway.flash.opening import opened_desk
from gateway.flash.rehearsing import rehearse
from gateway.settings import Settings
from store.engine import Store
from store.flash.offers import followed
from store.flash.running import Running
from store.flash.settling import overdue_sales
from store.flash.shadows import define_shadow, sweep_left
from store.metadata import METADATA
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand

SALE = FlashSale(
    id="s1",
    sku="SN-1",
    price=990,
    opens_at=datetime(2099, 1, 1, tzinfo=UTC),
    closes_at=datetime(2100, 1, 1, tzinfo=UTC),
    pools={SHARED: 200, "jd": 101},
    supply=Supply(on_hand=301),
)


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "rehearsing")


@pytest.fixture
async def store(database):
    opened = Store.open(database, deadline_seconds=30)
    yield opened
    await opened.aclose()


@pytest.fixture
def owned(store):
    return Owned(
        store=store,
        brand=fresh_brand(),
        sealer=Sealer(b"s" * 32),
        key=KEY,
        zone=ZoneInfo("Asia/Shanghai"),
        now=lambda: datetime.now(UTC),
    )


@pytest.fixture
def opened(owned, database, valkey):
    settings = Settings(
        secret_key="k" * 64, database_url=database, redis_url=valkey.url, processes=1
    )
    return partial(opened_desk, settings, owned.brand)


async def _rows(store, brand, named):
    """How many rows of any table name a sale, by table."""
    found = {}
    for name, table in METADATA.tables.items():
        column = "id" if name == "flash_sales" else "sale"
        if {"brand", column} <= set(table.columns.keys()) and name.startswith(("flash", "stock")):
            asked = text(f"SELECT count(*) AS n FROM {name} WHERE brand = :b AND {column} LIKE :s")  # noqa: S608
            (row,) = await store.rows(asked, {"b": brand, "s": named})
            found[name] = row.n
    return found


async def test_a_tenth_is_sold_to_the_last_piece_and_nothing_stays(store, owned, opened):
    running = Running(store, owned.brand)
    await running.define(SALE, "ann")
    before = await _rows(store, owned.brand, "s1")
    found = await rehearse(owned, opened, "s1", "ann")
    assert (found.units, found.people, found.reserved, found.faults) == (31, 93, 31, ())
    assert found.answers["RESERVED"] == 31
    assert found.answers["SOLD_OUT"] > 0
    assert sum(found.answers.values()) >= 93 + 19, "every fifth sends her order twice"
    assert 0 < found.p50_ms <= found.p99_ms
    assert found.rate > 0
    assert set((await _rows(store, owned.brand, "rehearsal-%")).values()) == {0}
    assert await _rows(store, owned.brand, "s1") == before
    (sale,) = await running.sales()
    assert (sale.pools, sale.state) == (SALE.pools, SaleState.DRAFT)
    told = text("SELECT count(*) AS n FROM events WHERE brand = :b AND topic LIKE 'flash.%'")
    assert (await store.rows(told, {"b": owned.brand}))[0].n == 0, "no order is made of it"
    trail = text("SELECT action, actor FROM audit_entries WHERE brand = :b ORDER BY number")
    rows = await store.rows(trail, {"b": owned.brand})
    assert [tuple(row) for row in rows][-1] == ("flash.rehearsed", "ann")


async def test_a_waiting_room_lets_in_a_tenth_of_the_rate(store, owned, opened):
    await Running(store, owned.brand).define(
        replace(SALE, pools={SHARED: 20}, admission_rate=40.0), "ann"
    )
    found = await rehearse(owned, opened, "s1", "ann")
    assert (found.people, found.reserved, found.faults) == (6, 2, ())
    assert found.seconds > 0.5, "somebody waited"


async def test_the_shadow_is_seen_by_nobody_else(store, owned, opened):
    running = Running(store, owned.brand)
    await running.define(SALE, "ann")
    shadow = shadow_sale(SALE, "rehearsal-x")
    await store.transaction(lambda run: define_shadow(run, owned.brand, "s1", shadow, -1))
    assert [one.id for one in await running.sales()] == ["s1"]
    assert set((await followed(store, owned.brand))[0]) == {"s1"}
    assert set((await followed(store, owned.brand, "rehearsal-x"))[0]) == {"rehearsal-x"}
    with pytest.raises(BadInput):
        await running.transfer("rehearsal-x", SHARED, "jd", 1, "ann")
    await running.define(
        replace(SALE, id="s2", pools={SHARED: 0}, supply=Supply(on_hand=301)), "ann"
    )
    with pytest.raises(SaleDeclined, match="is being rehearsed"):
        await rehearse(owned, opened, "s1", "ann")


async def test_what_was_cut_off_is_swept_later(store, owned):
    await Running(store, owned.brand).define(SALE, "ann")
    shadow = shadow_sale(SALE, "rehearsal-x")
    await store.transaction(lambda run: define_shadow(run, owned.brand, "s1", shadow, 0))
    assert await sweep_left(store, owned.brand) == 0, "somebody may read it still"
    late = text("UPDATE flash_sales SET closes_at = now() - interval '1 hour' WHERE shadow_of > ''")
    await store.rows(late)
    assert await overdue_sales(store, owned.brand) == []
    assert await sweep_left(store, owned.brand) == 1
    assert set((await _rows(store, owned.brand, "rehearsal-%")).values()) == {0}


async def test_one_that_is_stopped_leaves_nothing(store, owned, opened):
    await Running(store, owned.brand).define(replace(SALE, admission_rate=1.0), "ann")
    running = asyncio.create_task(rehearse(owned, opened, "s1", "ann"))
    named = text("SELECT count(*) AS n FROM flash_entries WHERE brand = :b")
    deadline = datetime.now(UTC) + timedelta(seconds=60)
    while not (await store.rows(named, {"b": owned.brand}))[0].n:
        assert datetime.now(UTC) < deadline
        await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert set((await _rows(store, owned.brand, "rehearsal-%")).values()) == {0}


@pytest.mark.parametrize("state", [SaleState.CLOSED, SaleState.RECONCILED])
def test_a_sale_that_is_over_is_not_rehearsed(state):
    with pytest.raises(SaleDeclined):
        shadow_sale(replace(SALE, state=state), "x")


@pytest.mark.parametrize(("units", "people"), [(0, 1), (1, 3), (10_000, 5_000)])
def test_the_crowd_is_bounded(units, people):
    assert people_for(units) == people


def test_a_large_sale_is_rehearsed_with_so_many_units_at_most():
    shadow = shadow_sale(
        replace(SALE, pools={SHARED: 1_000_000, "jd": 3}, admission_rate=5000), "x"
    )
    assert shadow.pools == {SHARED: 1_997, "jd": 1}
    assert shadow.supply is None
