"""Notes and service requests of orders of any channel, as one caller writes them."""

from capabilities.order.changing import ChannelUnsupported, OrderDeclined
from capabilities.order.history import ServiceState
from capabilities.order.placing import Changing, OrderChanged, OrderKey, WantedService
from capabilities.order.records import FulfillmentStatus, Order, OrderStatus
from capabilities.order.writing import OrderWriteKind
from gateway.platform.order_exchanging import OrderExchanging
from gateway.platform.order_sinks import taker, tell_system, unheld
from gateway.platform.order_wishes import GONE
from store.engine import Run
from store.order.said import NewSaid

# Until picking starts; what says nothing of it is asked of its system.
_EARLY = frozenset(
    {FulfillmentStatus.UNFULFILLED, FulfillmentStatus.ON_HOLD, FulfillmentStatus.UNKNOWN}
)
_OVER = frozenset({OrderStatus.CANCELLED, OrderStatus.CLOSED_REFUNDED, OrderStatus.COMPLETED})


class CallersOrders(OrderExchanging):
    """Implements `schema.orders_part.OrdersPart`."""

    async def add_note(
        self, order: Order | None, key: OrderKey, text: str, idempotency_key: str
    ) -> Changing:
        """Write something to an order, in its system where there is one that keeps notes."""
        if (refused := self._foreign(order)) is not None or order is None:
            return refused or GONE
        kind = OrderWriteKind.NOTE
        told = taker(self._request.estate, kind, key.channel, "order")
        if isinstance(told, ChannelUnsupported):
            return told
        connection = told.connection
        if (fault := unheld(connection, kind, text)) is not None:
            return fault
        write = self._write(kind, key, text=text)

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            await self._said.note(run, self._new(order, write.reference, text))
            if connection is None:
                return self._answer(key.channel, key.number)
            author, owner = self._caller.subject, self._owner(order)
            await tell_system(run, self._owned, self._keys, connection, owner, write, author)
            return self._sent(key.channel, key.number, write.reference)

        return await self._wished(idempotency_key, ("addOrderNote", key, text), do)

    async def ask_service(
        self, order: Order | None, key: OrderKey, wanted: WantedService, idempotency_key: str
    ) -> Changing:
        """Ask for a service with an order, until it is picked."""
        if (refused := self._foreign(order)) is not None or order is None:
            return refused or GONE
        if order.fulfillment_status not in _EARLY or order.status in _OVER:
            return OrderDeclined(code="TOO_LATE", path=("input", "order"))
        if wanted.line is not None and all(one.ref != wanted.line for one in order.lines):
            return OrderDeclined(code="LINE_UNKNOWN", path=("input", "line"))
        kind = OrderWriteKind.SERVICE_REQUEST
        told = taker(self._request.estate, kind, key.channel, "order")
        if isinstance(told, ChannelUnsupported):
            return told
        connection = told.connection
        if (fault := unheld(connection, kind, wanted.text)) is not None:
            return fault
        write = self._write(
            kind, key, wanted=wanted.kind.value, text=wanted.text, recipient=wanted.recipient
        )
        new = self._new(order, write.reference, wanted.text)

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            state = ServiceState.ACCEPTED if connection is None else ServiceState.SENT
            await self._said.request(
                run, new, wanted.kind, state, recipient=wanted.recipient, line=wanted.line
            )
            if connection is None:
                return self._answer(key.channel, key.number, request=new.id)
            author = self._caller.subject
            await tell_system(run, self._owned, self._keys, connection, new.owner, write, author)
            return self._sent(key.channel, key.number, write.reference, new.id)

        return await self._wished(idempotency_key, ("addServiceRequest", key, wanted), do)

    async def answer_service(
        self,
        order: Order | None,
        request: str,
        state: ServiceState,
        reason: str | None,
        idempotency_key: str,
    ) -> Changing:
        """Say that a service was done, or will not be."""
        if order is None:
            return OrderDeclined(code="SERVICE_REQUEST_UNKNOWN", path=("input", "request"))
        if (refused := self._foreign(order)) is not None:
            return refused
        before = (ServiceState.REQUESTED.value, ServiceState.ACCEPTED.value)

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            now = self._owned.now()
            if not await self._said.move(run, request, state, before, reason, now):
                return OrderDeclined(code="SERVICE_REQUEST_ENDED", path=("input", "request"))
            return self._answer(order.channel, order.number, request=request)

        wish = ("answerServiceRequest", request, state, reason)
        return await self._wished(idempotency_key, wish, do)

    async def order_of(self, request: str) -> tuple[str, str] | None:
        """Channel and number of the order that a service was asked for with."""
        return await self._said.order_of(request)

    def _new(self, order: Order, reference: str, text: str) -> NewSaid:
        return NewSaid(
            id=reference,
            channel=order.channel,
            number=order.number,
            owner=self._owner(order),
            text=text,
            author=self._caller.subject,
            at=self._owned.now(),
        )
