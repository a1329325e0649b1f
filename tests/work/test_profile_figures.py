import secrets
from datetime import UTC, datetime

import psycopg
import pytest

from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.order.facts import OrderFact
from store.engine import Store
from store.events import Events, tell
from store.keyring import keyring_of
from store.order.facts import OrderFacts
from store.owned import owned_by
from store.profile.purchases import Purchases
from tests.migrated import migrated
from work.parts import consumers_of
from work.profile_figures import profile_figures

BRAND = "baiwei"
NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
HOLDER = MembershipKey("shop", "1")


@pytest.fixture
def database(postgres):
    return migrated(postgres, f"figures_{secrets.token_hex(4)}")


@pytest.fixture
async def owned(database):
    store = Store.open(database)
    yield owned_by(store, BRAND, keyring_of(b"k" * 48), "Asia/Shanghai")
    await store.aclose()


def own(database, one_id):
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM membership_links")
        connection.execute(
            "INSERT INTO membership_links (brand, number, channel, one_id) VALUES (%s, %s, %s, %s)",
            (BRAND, HOLDER.number, HOLDER.channel, one_id),
        )


def order(number):
    return OrderFact(
        channel="shop",
        number=number,
        connector="woo",
        holder=HOLDER,
        placed_at=NOON,
        currency="CNY",
        paid=1000,
    )


async def followed(owned):
    consumer = profile_figures(owned)
    events = Events(owned.store, owned.brand)
    while await events.consume(consumer.name, consumer.topics, consumer.handle):
        pass


async def test_figures_follow_orders_and_who_is_whom(owned, database):
    own(database, "ann")
    facts, read = OrderFacts(owned.store, BRAND), Purchases(owned.store, BRAND)
    await facts.record([order("1"), order("2")])
    await followed(owned)
    ann, bea = await read.statistics(["ann", "bea"])
    assert (ann.channels[0].orders, bea) == (2, None)
    own(database, "bea")
    both = [Subject(key="ann"), Subject(key="bea")]
    await owned.store.transaction(lambda run: tell(run, BRAND, Topic.MEMBER_CHANGED, both))
    await facts.record([order("3")])
    await followed(owned)
    ann, bea = await read.statistics(["ann", "bea"])
    assert (ann, bea.channels[0].orders) == (None, 3)


async def test_the_work_process_runs_it(owned):
    assert "profile" in {one.name for one in consumers_of(owned, lambda _: None)}
