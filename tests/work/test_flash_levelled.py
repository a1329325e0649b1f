"""A sale that runs out is a levelled stream to its shop: the shop's own counter says so.

Two workers send its orders, push and watch its quota, and a caller reads, all inside one agreement.
"""

import asyncio
import os
import time
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.errors import Limited
from capabilities.estate import Limits
from capabilities.load import Cause, LoadAgreement, because
from store.copied.copying import open_copied
from store.engine import Store
from store.flash.quotas import Quotas, Shop
from store.flash.sending import FlashSending
from store.flash.stock_commands import StockCommands
from store.order.commands import OrderCommands
from store.privacy.data_keys import DataKeys
from tests.connectors.conformance.stock_systems import SECRETS
from tests.connectors.conformance.stock_systems import Shop as Woo
from tests.connectors.conformance.subject import World
from tests.migrated import migrated
from tests.store.member.taking import fresh_brand
from tests.work.flash_books import SALE, FlashBooks, owned_of
from work.flash_orders import FlashToSystems
from work.opening import Openings
from work.order_commands import OrderRelay
from work.quotas import QuotaWatch
from work.settings import WorkSettings
from work.stock_commands import StockRelay

ZONE = ZoneInfo("Asia/Shanghai")
ORDERS, PER_SECOND, AT_ONCE = 18, 12, 3
_WITHIN_SECONDS = 110
# A share of an agreement is given out when no older one can stand any more.
_DEADLINE_MS = 4_000
_PRODUCT = text("""
  INSERT INTO products (brand, sku, name, category_path, barcodes)
  VALUES (:b, 'SN-1', 'x', '{}', '{}')
""")
_CODE = text("""
  INSERT INTO product_codes (brand, kind, code, system, connector, sku, valid_from, source, by)
  VALUES (:b, 'sku', :code, 'woocommerce', '', 'SN-1', '0001-01-01', 'test', 'ann')
""")
_PLACED = text("SELECT count(*) AS n FROM flash_orders WHERE brand = :b AND state = 'PLACED'")
_DONE = text("SELECT count(*) AS n FROM order_commands WHERE brand = :b AND state = 'DONE'")


@pytest.fixture
def shop(postgres, tmp_path_factory, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("work.opening._PATIENT_MS", _DEADLINE_MS)
    with ExitStack() as stack:
        yield Woo(World(postgres, tmp_path_factory, stack).server)


@pytest.fixture
async def store(postgres):
    database = migrated(postgres, f"levelled_{os.getpid()}")
    opened = Store.open(database, deadline_seconds=30, connections=12)
    yield opened
    await opened.aclose()


class _Worker:
    """What `santong work` does of a sale, in one process of two."""

    def __init__(self, books, spec, settings):
        self.books, self.spec = books, spec
        owned = owned_of(books.store, books.brand, now=lambda: datetime.now(UTC))
        copied = open_copied(books.store, books.brand, settings.keys())
        self.openings = Openings(settings, books.store, books.brand, copied, ZONE)
        opened, spec_of = self.opened, {spec.name: spec}.get
        commands = OrderCommands(books.store, books.brand, DataKeys(books.brand, owned.sealer))
        self.sending = FlashToSystems(owned, lambda: [spec], opened)
        settles = (FlashSending(owned).settle,)
        self.relay = OrderRelay(owned, commands, settles, spec_of, opened)
        self.quotas = Quotas(books.store, books.brand, owned.now)
        pushed = StockCommands(books.store, books.brand)
        self.stock = StockRelay(owned, pushed, spec_of, opened)
        self.watch = QuotaWatch(self.quotas, spec_of, opened)

    @asynccontextmanager
    async def entered(self):
        """One connector for all that it does: reading its manifest each time is not the point."""
        async with self.openings, self.openings.opened(self.spec) as self.connector:
            yield self

    @asynccontextmanager
    async def opened(self, _):
        with because(Cause.WRITE):
            yield self.connector

    async def work(self, stop):
        while not stop.is_set():
            await self.sending.run()
            await self.relay.run()
            await self.stock.run()
            await self.watch.run()

    async def read(self, stop):
        """A caller, who yields to nobody."""
        while not stop.is_set():
            with suppress(Limited):
                await self.connector.stock_level(self.books.code)


async def test_a_sale_that_runs_out_stays_inside_the_agreement_in_every_second(store, shop, valkey):
    code = shop.codes[0]
    books = FlashBooks(store, fresh_brand(), owner_of={"shop": "shop"}.get)
    books.code = code
    await store.rows(_PRODUCT, {"b": books.brand})
    await store.rows(_CODE, {"b": books.brand, "code": code})
    await books.open(stock=ORDERS + 5)
    agreement = LoadAgreement(per_second=PER_SECOND, max_concurrent=AT_ONCE)
    spec = replace(shop.spec(load=agreement), limits=Limits(deadline_ms=_DEADLINE_MS))
    settings = WorkSettings(
        redis_url=valkey.url,
        secret_key="k" * 64,
        processes=3,
        connector_hosts=("127.0.0.1:1-65535",),
    )
    async with AsyncExitStack() as stack:
        workers = [_Worker(books, spec, settings) for _ in range(3)]
        for one in workers:
            await stack.enter_async_context(one.entered())
        quota = Shop(connector="shop", kind="sku", code=code)
        await workers[0].quotas.push(SALE, "shop", 5, quota, "ann")
        names = [f"m{place}" for place in range(ORDERS)]
        await books.pay(*(await books.reserve(*names, channel="shop")))
        assert await books.reserve("late", channel="shop") == [None], "it ran out"
        await books.hear()
        stop, begun = asyncio.Event(), time.monotonic()
        tasks = [asyncio.create_task(one.work(stop)) for one in workers[:2]]
        tasks.append(asyncio.create_task(workers[2].read(stop)))
        try:
            while (await store.rows(_PLACED, {"b": books.brand}))[0].n < ORDERS:
                assert time.monotonic() - begun < _WITHIN_SECONDS
                assert not any(one.done() for one in tasks), [one for one in tasks if one.done()]
                await asyncio.sleep(0.2)
        finally:
            stop.set()
            await asyncio.gather(*tasks, return_exceptions=True)
    counted = await shop.requests()
    assert counted["busiest_second"] <= PER_SECOND
    assert counted["total"] > 2 * ORDERS
    assert (await store.rows(_DONE, {"b": books.brand}))[0].n >= ORDERS
    assert (await books.audited()).pushed == 5
