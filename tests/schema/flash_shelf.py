"""One flash sale, one reservation, and what becomes of orders by their keys."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from capabilities.flash.moment import SaleMoment
from capabilities.flash.ordering import FlashOrder, FlashOrderState
from capabilities.flash.records import (
    SHARED,
    DuplicateRequest,
    FlashSale,
    LimitReached,
    NotOpen,
    Outcome,
    ReservationState,
    Reserved,
    SaleState,
    SoldOut,
    Supply,
    Throttled,
)
from capabilities.flash.settled import (
    Reservation,
    ReservationDeclined,
    SaleFigures,
    Settling,
)
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
KEY = UUID(int=7)
YUAN = Money(990, "CNY")
SALE = FlashSale(
    id="spring-7",
    sku="SN-1",
    price=990,
    opens_at=NOON,
    closes_at=NOON,
    pools={SHARED: 5},
    supply=Supply(on_hand=9, safety=1, elsewhere=1),
    target_units=5,
    target_amount=4950,
)
RESERVATION = Reservation(
    sale="spring-7",
    key=KEY,
    member="abcdefghijklmnopqrstuvwx",
    channel="shop",
    quantity=1,
    state=ReservationState.RELEASED,
    reserved_at=NOON,
    pay_until=NOON,
    settled_at=NOON,
    reason="CANCELLED",
)
MOMENT = SaleMoment(
    sale="spring-7",
    at=NOON,
    state=SaleState.OPEN,
    opens_at=NOON,
    closes_at=NOON,
    left_percent=60,
    orders_per_second=5000,
)
OUTCOMES: dict[str, Outcome] = {
    "sold": SoldOut(may_return=True),
    "limit": LimitReached(1),
    "closed": NotOpen(SaleState.CLOSED, NOON, NOON),
    "twice": DuplicateRequest(),
    "crowd": Throttled(500),
}


class FlashShelf:
    """Implements `schema.flash_part.FlashPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def sale(self, sale: str) -> FlashSale | None:
        return SALE if sale == SALE.id else None

    async def figures(self, sale: str) -> SaleFigures:
        self.asked.append(("figures", sale))
        return SaleFigures(
            allocated=5,
            remaining=3,
            standing=2,
            paid=1,
            released=1,
            revenue=YUAN,
            pushed=2,
            sold_outside=1,
            faults=("one",),
        )

    async def reservation(self, sale: str, key: UUID) -> Reservation | None:
        self.asked.append(("reservation", sale, key))
        return RESERVATION

    async def moments(self, sale: str) -> AsyncIterator[SaleMoment]:
        self.asked.append(("moments", sale))
        yield MOMENT

    async def follow(self, reservation: Reservation) -> AsyncIterator[Reservation]:
        yield reservation

    async def order_of(self, reservation: Reservation) -> FlashOrder | None:
        return FlashOrder(
            sale=reservation.sale,
            reservation=reservation.key,
            channel=reservation.channel,
            number="M0001-20261001-0-1-7",
            state=FlashOrderState.MOVED,
            moved_to=UUID(int=8),
        )

    async def place(self, sale: str, ticket: str, quantity: int, key: str) -> Outcome:
        self.asked.append((sale, ticket, quantity, key))
        return OUTCOMES.get(key, Reserved(KEY, NOON))

    async def pay(self, sale: str, reservation: UUID, key: str) -> Settling:
        self.asked.append(("pay", sale, reservation, key))
        if key == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return RESERVATION

    async def cancel(self, sale: str, reservation: UUID, key: str) -> Settling:
        self.asked.append(("cancel", sale, reservation, key))
        if key == "paid":
            return ReservationDeclined(code="RESERVATION_PAID", path=("input", "reservation"))
        return RESERVATION
