"""A flash sale, the consumers that make orders of it, and the counters where they are paid."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.flash.records import SHARED, FlashSale, Reserved, SaleState, Wish
from capabilities.order.changing import Part, cancelled, fulfilled, returned
from capabilities.order.history import OrderAction
from capabilities.order.payments import Confirmation
from store.events import Events
from store.flash.audit import audit
from store.flash.order_audit import audit_orders
from store.flash.orders import shown
from store.flash.rooms import Entrant, enter
from store.flash.sales import define
from store.flash.selling import Asked, reserve
from store.flash.settling import expire, pay, read_reservation, release, tell_paid_late
from store.flash.taking import Home
from store.order.held import Done, HeldOrders
from store.order.payments import Payments
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.store.member.taking import KEY
from work.flash_orders import flash_orders

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
SALE = "s1"
FOREIGN = {"jd": "till"}
_PAST_DUE = text("""
  UPDATE flash_reservations SET pay_until = clock_timestamp() - interval '1 second'
  WHERE brand = :brand AND id = :id
""")


def owned_of(store, brand, now=lambda: NOW):
    """The platform of a brand under the tests' keys."""
    sealer, zone = Sealer(b"s" * 32), ZoneInfo("Asia/Shanghai")
    return Owned(store=store, brand=brand, sealer=sealer, key=KEY, zone=zone, now=now)


class FlashBooks:
    """One brand with one sale of pieces at 990."""

    def __init__(self, store, brand, owner_of=FOREIGN.get):
        self.store, self.brand = store, brand
        self.owned = owned_of(store, brand)
        self.consumers = flash_orders(self.owned, owner_of)
        self.orders = HeldOrders(store, brand, DataKeys(brand, self.owned.sealer), self.owned.zone)
        self.payments = Payments(store, brand, self.orders)

    async def open(self, stock=10, per_member=2, price=990):
        sale = FlashSale(
            id=SALE,
            sku="SN-1",
            price=price,
            opens_at=NOW - timedelta(days=400),
            closes_at=NOW + timedelta(days=4000),
            pools={SHARED: stock},
            per_member=per_member,
            state=SaleState.OPEN,
        )
        await self.do(lambda run: define(run, self.brand, sale))
        return self

    async def do(self, work):
        return await self.store.transaction(work)

    async def reserve(self, *members, channel="mini", quantity=1, key="k"):
        """The reservations that members get, None for those who get nothing."""
        home = Home(self.brand, SALE, 0)
        asked = [Asked(home, Wish(member, key, channel, quantity)) for member in members]
        got = await self.do(lambda run: reserve(run, self.brand, asked))
        return [one.reservation if isinstance(one, Reserved) else None for one in got]

    async def enter(self, member, channel, number):
        entrant = Entrant(member, MembershipKey(channel, number))
        await self.do(lambda run: enter(run, self.brand, SALE, [entrant]))

    async def pay(self, *ids):
        """As `payReservation` does."""
        for one in ids:
            await self.do(lambda run, one=one: self._pay(run, one))

    async def _pay(self, run, one):
        if not await pay(run, self.brand, SALE, [one]):
            found = await read_reservation(run, self.brand, SALE, one, locked=True)
            if found.state.released:
                await tell_paid_late(run, self.brand, SALE, one)

    async def release(self, *ids):
        await self.do(lambda run: release(run, self.brand, SALE, ids, "CANCELLED"))

    async def lapse(self, *ids):
        """Their time to pay is over; how many were released."""
        for one in ids:
            await self.store.rows(_PAST_DUE, {"brand": self.brand, "id": one})
        return await self.do(lambda run: expire(run, self.brand, SALE, 100))

    async def hear(self):
        """Until every consumer has heard all."""
        events = Events(self.store, self.brand)
        more = True
        while more:
            more = False
            for one in self.consumers:
                if await events.consume(one.name, one.topics, one.handle, most=one.most):
                    more = True

    async def reservation(self, key):
        return await self.do(lambda run: read_reservation(run, self.brand, SALE, key))

    async def link(self, key):
        (found,) = await self.do(lambda run: shown(run, self.brand, [(SALE, key)]))
        return found

    async def order(self, key):
        link = await self.link(key)
        subject = Subject(key=link.number, channel=link.channel)
        (found,) = await self.do(lambda run: self.orders.locked(run, [subject]))
        return found

    async def take_money(self, order, amount, transaction):
        """As the door of payments does."""
        one = Confirmation(
            provider="alipay",
            transaction=transaction,
            channel=order.channel,
            number=order.number,
            amount=amount,
            currency="CNY",
            paid_at=NOW,
        )
        return (await self.payments.confirm([one], NOW))[0].outcome

    async def cancel_order(self, key):
        """As `cancelOrder` does."""
        link = await self.link(key)

        async def work(run):
            subject = Subject(key=link.number, channel=link.channel)
            (held,) = await self.orders.locked(run, [subject])
            given = cancelled(held, NOW)
            done = Done(action=OrderAction.CANCELLED, author="ada", amount=given.amount)
            await self.orders.give_back(run, given, done, restock=False)

        await self.do(work)

    async def send(self, key):
        """As `fulfillOrder` does."""

        async def work(run):
            link = await self.link(key)
            subject = Subject(key=link.number, channel=link.channel)
            (held,) = await self.orders.locked(run, [subject])
            after, parts = fulfilled(held, None, NOW, delivered=False)
            done = Done(action=OrderAction.FULFILLED, author="ada", amount=0)
            await self.orders.fulfil(run, after, parts, done, delivered=False)

        await self.do(work)

    async def return_order(self, key):
        """As `returnOrder` of everything does."""

        async def work(run):
            link = await self.link(key)
            subject = Subject(key=link.number, channel=link.channel)
            (held,) = await self.orders.locked(run, [subject])
            parts = [Part(ref=line.ref, quantity=line.quantity) for line in held.lines]
            given = returned(held, parts, None, NOW)
            done = Done(action=OrderAction.RETURNED, author="ada", amount=given.amount)
            await self.orders.give_back(run, given, done, restock=True)

        await self.do(work)

    async def audited(self):
        """The auditor's figures, which have no fault."""
        found = await self.do(lambda run: audit(run, self.brand, SALE))
        assert found.faults == ()
        return found

    async def faults(self):
        return (await self.do(lambda run: audit_orders(run, self.brand, SALE))).faults

    async def told(self, topic=Topic.FLASH_PAID_LATE):
        statement = text("SELECT count(*) AS n FROM events WHERE brand = :b AND topic = :t")
        return (await self.store.rows(statement, {"b": self.brand, "t": topic.value}))[0].n
