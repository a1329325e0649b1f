"""TOP's queue of messages, emptied into deliveries over its real wire, and confirmed."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from capabilities.estate import Capability, ConnectorSpec
from connectors._kit import OpeningRules, SilentObserver, address_rules
from connectors.connector import open_connector
from demo.top import create_top
from store.engine import Store
from store.order.hooks import HookDeliveries
from store.owned import Owned
from store.sealing import Sealer
from tests.gateway.serving import LOOPBACK, served
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand
from work.messages import Messages

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def top():
    with served(create_top()) as (host, port):
        yield f"http://{host}:{port}"


def changed(top, count):
    """Numbers of trades that changed there."""
    answer = httpx.post(f"{top}/__control/trades", json={"count": count}, trust_env=False)
    return answer.json()["trades"]


class KilledError(BaseException):
    """The worker dies here."""


class Post:
    def __init__(self, store, top):
        self.store, self.brand = store, fresh_brand()
        self.now = datetime(2026, 11, 27, tzinfo=UTC)
        owned = Owned(
            store=store,
            brand=self.brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZONE,
            now=lambda: self.now,
        )
        self.spec = ConnectorSpec(
            name="tmall",
            system="taobao_top",
            channels={Capability.ORDER: {"*": "tmall"}},
            settings={"base_url": top, "app_key": "12345678"},
            secrets={"secret": "env:TOP_TEST_SECRET", "session": "env:TOP_TEST_SESSION"},
        )
        self.others = [ConnectorSpec(name="woo", system="woocommerce", channels={})]
        self.opened = 0
        deliveries = HookDeliveries(store, self.brand)
        specs = lambda: [*self.others, self.spec]  # noqa: E731
        self.messages = Messages(owned, deliveries, specs, self._opened)

    @asynccontextmanager
    async def _opened(self, spec):
        self.opened += 1
        rules = OpeningRules(addresses=address_rules(LOOPBACK))
        connector = await open_connector(spec, SilentObserver(), zone=ZONE, rules=rules)
        try:
            yield connector
        finally:
            await connector.aclose()

    async def rows(self):
        return await self.store.rows(
            text("SELECT number, topic, state FROM hook_deliveries WHERE brand = :brand"),
            {"brand": self.brand},
        )


@pytest.fixture
async def post(tmp_path, postgres, top, monkeypatch):
    monkeypatch.setenv("TOP_TEST_SECRET", "helloworld")
    monkeypatch.setenv("TOP_TEST_SESSION", "6100demo-session")
    database = migrated(postgres, f"messages_{tmp_path.name}")
    store = Store.open(database, deadline_seconds=30)
    yield Post(store, top)
    await store.aclose()


async def test_what_waits_is_kept_and_confirmed_once(post, top):
    trades = changed(top, 12)
    await post.messages.run()
    rows = await post.rows()
    assert {row.number for row in rows} == set(trades)
    assert {row.state for row in rows} == {"WAITING"}
    assert {row.topic for row in rows} <= {"taobao_trade_TradeSuccess", "taobao_trade_TradeClose"}
    assert len(rows) > len(trades)  # some are told twice, under two ids; their order is read once
    await post.messages.run()
    assert len(await post.rows()) == len(rows)


async def test_what_was_kept_and_not_confirmed_comes_again_and_has_no_second_effect(
    post, top, monkeypatch
):
    trades = changed(top, 3)
    assert trades

    async def killed(_queue, _ids):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("connectors.protocols.rest.messages.RestMessages.confirm", killed)
        with pytest.raises(KilledError):
            await post.messages.run()
    kept = await post.rows()
    assert {row.number for row in kept} == set(trades)
    await post.messages.run()
    assert await post.rows() == kept


async def test_a_system_without_a_queue_is_not_even_opened(post):
    await post.messages.run()
    assert post.opened == 1


async def test_a_queue_that_cannot_be_read_rests_for_a_while(post, top, monkeypatch):
    changed(top, 2)
    with monkeypatch.context() as patch:
        patch.setenv("TOP_TEST_SECRET", "another")
        await post.messages.run()
    await post.messages.run()
    assert (post.opened, await post.rows()) == (1, [])
    post.now += timedelta(minutes=5)
    await post.messages.run()
    assert len(await post.rows()) >= 2
