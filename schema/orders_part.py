"""Orders placed and changed, and what the platform knows of them, as the platform answers it."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.member.records import Membership
from capabilities.money import Money
from capabilities.order.history import (
    OrderNote,
    OrderPast,
    OrderPersonal,
    ServiceRequest,
    ServiceState,
)
from capabilities.order.placing import (
    Changing,
    Exchanged,
    OrderKey,
    SentChange,
    WantedOrder,
    WantedPart,
    WantedService,
)
from capabilities.order.records import Order


class OrdersPart(Protocol):
    """Changes of orders; what a system owns is queued for it. An order that is None is unknown."""

    async def place(
        self,
        wanted: WantedOrder,
        membership: Membership | None,
        idempotency_key: str,
        *,
        quote: str | None = None,
        buyer: str | None = None,
    ) -> Changing:
        """Place an order; by a quote at what it says, for the person that it was asked for."""

    async def exchange(
        self,
        wanted: WantedOrder,
        membership: Membership | None,
        order: Order | None,
        back: Exchanged,
        idempotency_key: str,
    ) -> Changing:
        """Place an order in exchange for what comes back of another: both, or neither."""

    async def pay(
        self,
        order: Order | None,
        key: OrderKey,
        amount: Money,
        method: str,
        transaction: str | None,
        idempotency_key: str,
    ) -> Changing:
        """Take a payment."""

    async def cancel(
        self, order: Order | None, key: OrderKey, reason: str, idempotency_key: str
    ) -> Changing:
        """Give an order up."""

    async def give_back(
        self,
        order: Order | None,
        key: OrderKey,
        parts: Sequence[WantedPart],
        amount: Money | None,
        reason: str,
        idempotency_key: str,
        *,
        restock: bool,
    ) -> Changing:
        """Take goods back and refund them."""

    async def fulfil(
        self,
        order: Order | None,
        key: OrderKey,
        parts: Sequence[WantedPart] | None,
        carrier: str | None,
        tracking: str | None,
        idempotency_key: str,
        *,
        delivered: bool,
    ) -> Changing:
        """Say that goods left or arrived."""

    async def add_note(
        self, order: Order | None, key: OrderKey, text: str, idempotency_key: str
    ) -> Changing:
        """Write something to an order."""

    async def ask_service(
        self, order: Order | None, key: OrderKey, wanted: WantedService, idempotency_key: str
    ) -> Changing:
        """Ask for a service with an order."""

    async def answer_service(
        self,
        order: Order | None,
        request: str,
        state: ServiceState,
        reason: str | None,
        idempotency_key: str,
    ) -> Changing:
        """Say what became of a service."""

    async def order_of(self, request: str) -> tuple[str, str] | None:
        """Channel and number of the order of a service request."""

    async def past(self, order: Order) -> OrderPast:
        """What happened to an order that the platform holds."""

    async def notes(self, order: Order) -> Sequence[OrderNote]:
        """What the staff wrote to an order."""

    async def requests(self, order: Order) -> Sequence[ServiceRequest]:
        """Services asked for with an order."""

    async def personal(self, order: Order) -> OrderPersonal | None:
        """Whom an order of the platform's own is for."""

    async def sent(self, order: Order) -> Sequence[SentChange]:
        """Changes that the order's system was told of."""

    async def change(self, reference: str) -> SentChange | None:
        """How one of them stands."""
