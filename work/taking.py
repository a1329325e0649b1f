"""Takers: what a synced record becomes in what the platform keeps, in the sync's transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.estate import Capability, ConnectorSpec
from capabilities.events import Subject
from capabilities.member.quality import phone_fault
from capabilities.member.records import Membership
from capabilities.order.facts import OrderFact, fact_of
from capabilities.order.records import Order, OrderLine
from capabilities.product.records import ProductCode
from store.engine import Run
from store.member.echoes import Echoes
from store.member.given import Given
from store.member.taking import Intake
from store.order.copies import Copied, OrderCopying
from store.order.facts import OrderFacts
from store.product.crosswalk import Crosswalk


class Took(Struct, frozen=True):
    """How many records differed from what was kept; those left out are not known for it."""

    changed: int = 0
    left_out: frozenset[tuple[str, str]] = frozenset()


class Taker(Protocol):
    """One kind of record. The same records again have no effect."""

    async def prepare(self, spec: ConnectorSpec, records: Sequence[Any], read_at: datetime) -> Any:
        """What will be taken of these records; reads, and writes nothing.

        The batch before may be taken at the same time. `read_at` is when their system was asked.
        """

    def fault(self, record: Any) -> str | None:
        """A word for what is wanting in a record, for the report of the data's quality."""

    async def take(self, run: Run, prepared: Any) -> Took:
        """Keep it."""

    async def remove(self, run: Run, keys: Sequence[tuple[str, str]], read_at: datetime) -> int:
        """Records by (channel, number) that their system had no more; how many were kept."""


class ReadMembers(Struct, frozen=True):
    """What memberships show of their people, and when their system was asked for them."""

    given: Given
    read_at: datetime


class MemberTaker:
    """Memberships as claims of people; whoever was erased is left out there."""

    def __init__(self, intake: Intake, echoes: Echoes, now: Callable[[], datetime]) -> None:
        self._intake = intake
        self._echoes = echoes
        self._now = now

    async def prepare(
        self, _spec: ConnectorSpec, records: Sequence[Membership], read_at: datetime
    ) -> ReadMembers:
        """What the records show of their people."""
        return ReadMembers(self._intake.given(records), read_at)

    def fault(self, record: Membership) -> str | None:
        """Why its phone joins nobody."""
        fault = phone_fault(record)
        return None if fault is None else fault.value

    async def take(self, run: Run, prepared: ReadMembers) -> Took:
        """Take them in but for echoes; people who gained or lost something are told as events.

        Of a row that was read before a write was confirmed the next pass says the whole.
        """
        now, given = self._now(), prepared.given
        newer = await self._echoes.newer(run, given, prepared.read_at)
        if newer:
            given = self._intake.given([*{**given.memberships, **newer}.values()])
        left = await self._echoes.left(run, given, now)
        done = await self._intake.take_given(run, left, at=now)
        return Took(done.new + done.changed, done.left_out | newer.keys())

    async def remove(self, run: Run, keys: Sequence[tuple[str, str]], _read_at: datetime) -> int:
        """Memberships that are gone stay whose they were."""
        gone = [MembershipKey(channel, number) for channel, number in keys]
        return await self._intake.untake(run, gone, at=self._now())


class ReadOrders(Struct, frozen=True):
    """Facts of orders, when their system was asked for them, and the orders themselves."""

    facts: Sequence[OrderFact]
    read_at: datetime
    orders: Sequence[Copied] = ()


class OrderTaker:
    """Orders as facts: under the membership that bought, with the retailer's own codes.

    Those of channels that are being adopted are copied whole besides.
    """

    def __init__(
        self,
        facts: OrderFacts,
        crosswalk: Crosswalk,
        zone: ZoneInfo,
        copies: OrderCopying | None = None,
    ) -> None:
        self._facts = facts
        self._crosswalk = crosswalk
        self._zone = zone
        self._copies = copies

    async def prepare(
        self, spec: ConnectorSpec, records: Sequence[Order], read_at: datetime
    ) -> ReadOrders:
        """A fact for each order of the connector's own channels.

        What it mirrors of another's would overwrite what the one who answers there says.
        """
        own = set(spec.channels.get(Capability.ORDER, {}).values())
        orders = [order for order in records if order.channel in own]
        asked = {
            code: None for order in orders for line in order.lines for code in _of(order, line)
        }
        found = await self._crosswalk.skus(list(asked))
        skus = dict(zip(asked, found, strict=True))
        facts = [self._fact(spec, order, skus) for order in orders]
        return ReadOrders(facts, read_at, [Copied(one, holder_of(spec, one)) for one in orders])

    def fault(self, record: Order) -> str | None:
        """Nothing is counted of orders but whose they are."""
        del record
        return None

    async def take(self, run: Run, prepared: ReadOrders) -> Took:
        """Keep the facts; those that changed are told as events.

        One that was read later by another way is left out: who took this one asks again.
        """
        done = await self._facts.record_in(run, prepared.facts, prepared.read_at)
        if self._copies is not None:
            await self._copies.keep_in(run, prepared.orders, prepared.read_at)
        return Took(done.new + done.changed, done.older)

    async def remove(self, run: Run, keys: Sequence[tuple[str, str]], read_at: datetime) -> int:
        """An order that is gone stays known, and counts for nothing."""
        subjects = [Subject(key=number, channel=channel) for channel, number in keys]
        kept = [one for one in await self._facts.by_key_in(run, subjects) if one is not None]
        gone = ReadOrders([replace(one, gone=True) for one in kept], read_at)
        if self._copies is not None:
            await self._copies.drop_in(run, keys, read_at)
        return (await self.take(run, gone)).changed

    def _fact(
        self, spec: ConnectorSpec, order: Order, skus: Mapping[ProductCode, str | None]
    ) -> OrderFact:
        def sku(line: OrderLine) -> str | None:
            # the connector's own order of codes is the order of the look-up
            return next((one for code in _of(order, line) if (one := skus[code])), None)

        return fact_of(order, self._zone, holder=holder_of(spec, order), sku=sku)


def holder_of(spec: ConnectorSpec, order: Order) -> MembershipKey | None:
    """The membership that an order was made under; None where its connector cannot say.

    A customer's number is one of its connector. Where that has memberships of several channels,
    a customer is taken for one of the order's own.
    """
    if order.customer is None:
        return None
    channels = set(spec.channels.get(Capability.MEMBER, {}).values())
    if len(channels) == 1:
        return MembershipKey(channels.pop(), order.customer)
    return MembershipKey(order.channel, order.customer) if order.channel in channels else None


def _of(order: Order, line: OrderLine) -> list[ProductCode]:
    source = order.source
    return [
        ProductCode(
            connector=source.connector,
            system=source.system,
            kind=ref.kind,
            code=ref.code,
            on=order.business_date,
        )
        for ref in line.codes
    ]
