"""Pending writes as callers meet them: seen without whom they are about, tried again by id."""

from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.adoption.pending import PendingDeclined, PendingRetried
from capabilities.adoption.shown import Adoption
from capabilities.adoption.standing import implicit
from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import Forbidden
from capabilities.estate import Capability
from capabilities.member.commands import CommandState, Ordered
from capabilities.member.writing import PersonFields, WriteKind
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.commands import OrderedWrite
from capabilities.order.writing import OrderWrite, OrderWriteKind
from gateway.platform.dual_writes import DualWrites
from store.commands import Commands, order
from store.engine import Store
from store.order.commands import OrderCommands, order_write
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.migrated import migrated

PAIR = Adoption(standing=implicit("shop", Capability.MEMBER), next=None)
ORDERS = Adoption(standing=implicit("shop", Capability.ORDER), next=None)
COUPONS = Adoption(standing=implicit("shop", Capability.PROMOTION), next=None)
NOON = datetime(2026, 11, 11, 4, tzinfo=UTC)
_BRANDS = count()
PHONE = "13900007777"
AUDITED = text("SELECT action, actor, reason FROM audit_entries WHERE brand = :b ORDER BY number")


class Post:
    """What a system is told of one channel's members and orders."""

    def __init__(self, owned):
        self.owned = owned
        self.keys = DataKeys(owned.brand, owned.sealer)
        self.members = Commands(owned.store, owned.brand, self.keys)
        self.orders = OrderCommands(owned.store, owned.brand, self.keys)

    async def order(self, number):
        """A change of a member that waits."""
        wish = Ordered(
            connector="till",
            channel="shop",
            kind=WriteKind.UPDATE,
            number=number,
            one_id=f"p{number}",
            person=PersonFields(phone=PHONE),
            author="ada",
        )
        owned = self.owned
        return await owned.store.transaction(
            lambda run: order(run, self.keys, owned.brand, wish, owned.now())
        )

    async def stuck(self, number):
        """One that its system refused."""
        await self.order(number)
        (claimed,) = await self.members.claim(self.owned.now(), 60, 1)
        await self.members.dead(claimed, "UPSTREAM_REFUSED", self.owned.now(), unsure=False)
        return claimed.command

    async def stuck_order(self):
        """The cancellation of an order that its system refused."""
        write = OrderWrite(
            kind=OrderWriteKind.CANCEL, reference="c1", channel="shop", number="9001"
        )
        wish = OrderedWrite(
            connector="till", subject="9001", owner="order:9001", write=write, author="ada"
        )
        owned = self.owned
        await owned.store.transaction(
            lambda run: order_write(run, self.keys, owned.brand, wish, owned.now())
        )
        (claimed,) = await self.orders.claim(owned.now(), 60, 1)
        await owned.store.transaction(
            lambda run: self.orders.dead(run, claimed, "REFUSED", owned.now(), unsure=False)
        )
        return claimed.command

    def desk(self, **sees):
        """What an administrator may do about them."""
        visibility = Visibility(role=Role.ADMIN, brand=self.owned.brand, **sees)
        return DualWrites(self.owned, Caller(subject="wang", visibility=visibility))


@pytest.fixture(scope="module")
def database(postgres):
    """One for all tests: each has a brand of its own."""
    return migrated(postgres, "pending_writes")


@pytest.fixture
async def post(database):
    store = Store.open(database, deadline_seconds=30)
    yield Post(
        Owned(
            store=store,
            brand=f"brand-{next(_BRANDS)}",
            sealer=Sealer(b"v" * 32),
            key=b"h" * 32,
            zone=ZoneInfo("UTC"),
            now=lambda: NOON,
        )
    )
    await store.aclose()


async def test_the_stuck_one_comes_first_and_none_says_whom_it_is_about(post):
    dead = await post.stuck("1")
    waits = await post.order("2")
    found = await post.desk().pending(PAIR, 20)
    assert [(one.command, one.state, one.reason) for one in found] == [
        (dead, CommandState.DEAD, "UPSTREAM_REFUSED"),
        (waits, CommandState.QUEUED, None),
    ]
    assert (found[0].kind, found[0].connector, found[0].attempts) == ("UPDATE", "till", 1)
    assert PHONE not in repr(found)
    assert [one.command for one in await post.desk().pending(PAIR, 1)] == [dead]
    assert await post.desk().pending(ORDERS, 20) == []
    assert await post.desk().pending(COUPONS, 20) == [], "nobody is told of promotions"


async def test_a_stuck_one_is_tried_again_once_per_key_and_leaves_a_row(post):
    dead = await post.stuck("1")
    desk = post.desk()
    done = await desk.retry("Command", dead, "the till is back", "k1")
    assert isinstance(done, PendingRetried)
    assert (done.write.command, done.write.state) == (dead, CommandState.QUEUED)
    assert await desk.retry("Command", dead, "the till is back", "k1") == done
    assert isinstance(await desk.retry("Command", dead, "why", "k1"), IdempotencyKeyReused)
    again = await desk.retry("Command", dead, "and again", "k2")
    assert isinstance(again, PendingDeclined), "it is on its way already"
    rows = await post.owned.store.rows(AUDITED, {"b": post.owned.brand})
    assert [tuple(row) for row in rows] == [("retry member command", "wang", "the till is back")]


async def test_one_of_an_order_is_found_and_tried_again_under_its_own_type(post):
    dead = await post.stuck_order()
    (found,) = await post.desk().pending(ORDERS, 20)
    assert (found.command, found.type, found.kind) == (dead, "OrderCommand", "CANCEL")
    assert isinstance(await post.desk().retry("Command", dead, "why", "k1"), PendingDeclined)
    done = await post.desk().retry("OrderCommand", dead, "why", "k2")
    assert isinstance(done, PendingRetried)
    assert done.write.state is CommandState.QUEUED


async def test_of_another_channel_there_is_none_and_a_store_steers_nothing(post):
    dead = await post.stuck("1")
    elsewhere = post.desk(channels=frozenset({"jd"}))
    assert isinstance(await elsewhere.retry("Command", dead, "why", "k1"), PendingDeclined)
    with pytest.raises(Forbidden):
        await post.desk(stores=frozenset({"M1"})).retry("Command", dead, "why", "k1")
    (found,) = await post.desk().pending(PAIR, 20)
    assert found.state is CommandState.DEAD
