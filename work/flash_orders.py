"""Orders of flash sales: made behind the sale, and a levelled stream to the systems that own some.

A sale is answered when its reservation stands. Its order follows here: the platform's own at once,
a system's as its load agreement allows.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from capabilities.errors import SantongError
from capabilities.estate import Capability, ConnectorSpec
from capabilities.events import Topic
from capabilities.flash.ordering import Placing, order_of, reference_of
from capabilities.flash.records import FlashSale
from capabilities.money import Money
from capabilities.order.commands import OrderedWrite
from capabilities.order.drafting import codes_for, draft_of
from capabilities.order.ports import OrderSink
from capabilities.order.records import ProductRef
from capabilities.order.writing import OrderWrite, OrderWriteKind
from store.engine import Run
from store.flash.claiming import FlashClaiming
from store.flash.ordering import AUTHOR, TOPICS, FlashOrdering
from store.flash.orders import Key, Stands
from store.flash.sending import PAY, PLACE, FlashSending
from store.order.held import owner_of
from store.owned import Owned
from store.product.products import ProductReference
from work.consumers import Consumer
from work.relaying import Open

_log = structlog.get_logger("work")
SEND = "* * * * * */5"
_SEND_SECONDS = 5
# Each event may stand for a whole batch of a sale: what one transaction makes stays bounded.
_BATCHES = 32
_LATE_AT_ONCE = 200
# An order is a look-up and two or three writes to its system, beside what people ask of it.
_CALLS_OF_ONE = 4
_UNAGREED_PER_SECOND = 10


def flash_orders(owned: Owned, owner_of_channel: Callable[[str], str | None]) -> Sequence[Consumer]:
    """Who makes orders of reservations, and who lets reservations follow their orders."""
    ordering = FlashOrdering(owned, owner_of_channel)
    claiming = FlashClaiming(owned, ordering)
    return (
        Consumer(name="flash_orders", topics=TOPICS, handle=ordering.take, most=_BATCHES),
        Consumer(name="flash_claims", topics=(Topic.ORDER_CHANGED,), handle=claiming.follow),
    )


class FlashToSystems:
    """Sends what waits to the systems that own channels' orders; `specs` are those in force."""

    def __init__(
        self, owned: Owned, specs: Callable[[], Sequence[ConnectorSpec]], opened: Open
    ) -> None:
        self._owned = owned
        self._specs = specs
        self._opened = opened
        self._sending = FlashSending(owned)
        self._products = ProductReference(owned.store, owned.brand)

    async def run(self) -> None:
        """As many orders as each system may have now; one that is away holds up no other."""
        for key in await self._sending.late(_LATE_AT_ONCE):
            await self._owned.store.transaction(
                lambda run, key=key: self._sending.decide_late(run, key)  # type: ignore[misc]
            )
        for spec in self._specs():
            if Capability.ORDER in spec.channels and not spec.paused:
                await self._send(spec)

    async def _send(self, spec: ConnectorSpec) -> None:
        room = self._room(spec) - await self._sending.under_way(spec.name)
        keys = await self._sending.due(spec.name, room) if room > 0 else []
        if not keys:
            return
        try:
            async with self._opened(spec) as connector:
                sink: object = connector
                kinds = sink.order_write_kinds if isinstance(sink, OrderSink) else frozenset()
        except SantongError as exc:
            _log.warning("flash orders wait", connector=spec.name, reason=exc.code)
            return
        for key in keys:
            await self._send_one(spec, key, pays=OrderWriteKind.PAY in kinds)
        _log.info("flash orders sent", connector=spec.name, orders=len(keys))

    def _room(self, spec: ConnectorSpec) -> int:
        """How many orders a system may have under way; none where nobody may ask it now."""
        agreed = None if spec.load is None else spec.load.at(self._owned.now()).per_second
        if agreed is None:
            return _UNAGREED_PER_SECOND * _SEND_SECONDS
        return -(-agreed * _SEND_SECONDS // _CALLS_OF_ONE)

    async def _send_one(self, spec: ConnectorSpec, key: Key, *, pays: bool) -> None:
        async def work(run: Run) -> None:
            found = await self._sending.standing(run, key)
            if found is not None:
                writes = await self._writes(spec, *found, pays=pays)
                await self._sending.send(run, key, writes)

        await self._owned.store.transaction(work)

    async def _writes(
        self, spec: ConnectorSpec, stands: Stands, sale: FlashSale, *, pays: bool
    ) -> list[OrderedWrite]:
        """The order as its system is told it, and that it is paid where the system takes that."""
        reservation, now = stands.reservation, self._owned.now()
        reference = reference_of(reservation.key, PLACE)
        (product,) = await self._products.products([sale.sku])
        placing = Placing(
            sale=sale,
            reservation=reservation,
            holder=stands.holder,
            name=None if product is None else product.name,
        )
        order = order_of(placing, reference, self._owned.zone, now)
        codes: dict[str, tuple[ProductRef, ...]] = {}
        if product is not None:
            codes[sale.sku] = codes_for(product, spec.name, spec.system)
        holder = stands.holder
        knows = holder is not None and holder.channel in spec.codes(Capability.MEMBER)
        customer = holder.number if holder is not None and knows else None
        place = OrderWrite(
            kind=OrderWriteKind.PLACE,
            reference=reference,
            channel=reservation.channel,
            draft=draft_of(order, customer, codes),
            at=now,
        )
        pay = OrderWrite(
            kind=OrderWriteKind.PAY,
            reference=reference_of(reservation.key, PAY),
            channel=reservation.channel,
            amount=Money(order.total, order.currency),
            method="FLASH",
            transaction=str(reservation.key),
            at=now,
        )
        wanted = [place, pay] if pays and order.total else [place]
        return [_ordered(spec, owner_of(order), reservation.key, one) for one in wanted]


def _ordered(spec: ConnectorSpec, owner: str, reservation: UUID, write: OrderWrite) -> OrderedWrite:
    return OrderedWrite(
        connector=spec.name,
        subject=reference_of(reservation, PLACE),
        owner=owner,
        write=write,
        author=AUTHOR,
    )
