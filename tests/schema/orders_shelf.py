"""One record of everything about orders that the platform holds, and of changes of orders."""

# ruff: noqa: ARG002 - the shape is the protocol's

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from capabilities.member.records import Membership
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.changing import ChannelUnsupported, OrderDeclined
from capabilities.order.history import (
    MovedLine,
    OrderAction,
    OrderFulfillment,
    OrderHistoryEntry,
    OrderNote,
    OrderPast,
    OrderPersonal,
    OrderRefund,
    ServiceKind,
    ServiceRequest,
    ServiceState,
)
from capabilities.order.placing import (
    Changing,
    OrderChanged,
    OrderChangeState,
    OrderKey,
    SentChange,
    WantedOrder,
)
from capabilities.order.records import FulfillmentStatus, Order, OrderStatus, PaymentStatus
from capabilities.order.writing import OrderWriteKind, Recipient

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
LINE = MovedLine(ref="1", quantity=Decimal(1), amount=Money(1290, "CNY"))
PAST = OrderPast(
    entries=(
        OrderHistoryEntry(
            version=2,
            action=OrderAction.PAID,
            status=OrderStatus.CONFIRMED,
            payment_status=PaymentStatus.PAID,
            fulfillment_status=FulfillmentStatus.UNFULFILLED,
            amount=Money(1290, "CNY"),
            author="desk-1",
            at=NOON,
        ),
    ),
    refunds=(OrderRefund(amount=Money(1290, "CNY"), lines=(LINE,), restocked=True, at=NOON),),
    fulfillments=(
        OrderFulfillment(
            lines=(LINE,), delivered=True, carrier="SF", tracking="SF1234567890", at=NOON
        ),
    ),
)
REQUEST = ServiceRequest(
    brand="baiwei",
    key="c1",
    channel="store",
    number="9001",
    line="1",
    kind=ServiceKind.GIFT_CARD_NOTE,
    text="生日快乐",
    recipient="妈妈",
    state=ServiceState.REJECTED,
    reason="TOO_LATE",
    author="desk-1",
    requested_at=NOON,
    changed_at=NOON,
)
SENT = SentChange(
    reference="c1",
    kind=OrderWriteKind.PAY,
    state=OrderChangeState.REFUSED,
    reason="UPSTREAM_REFUSED",
    channel="store",
    number="9001",
    at=NOON,
)
DONE = OrderChanged(
    brand="baiwei",
    channel="store",
    number="M0001-20261001-0-1-7",
    state=OrderChangeState.SENT,
    change="c1",
    request="c1",
)


class OrdersShelf:
    """Answers every question with the one record of its kind."""

    async def place(
        self,
        wanted: WantedOrder,
        membership: Membership | None,
        idempotency_key: str,
        *,
        quote: str | None = None,
        buyer: str | None = None,
    ) -> Changing:
        if wanted.channel == "reused":
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        if wanted.channel == "none":
            return OrderDeclined(code="CHANNEL_UNKNOWN", path=("input", "channel"))
        if wanted.channel == "till":
            return ChannelUnsupported(
                code="CHANNEL_UNSUPPORTED", path=("input", "channel"), channels=("store",)
            )
        return DONE

    async def pay(self, order: Order | None, key: OrderKey, *told: Any) -> Changing:
        return DONE

    async def cancel(self, order: Order | None, key: OrderKey, *told: Any) -> Changing:
        return DONE

    async def give_back(
        self, order: Order | None, key: OrderKey, *told: Any, restock: bool
    ) -> Changing:
        return DONE

    async def fulfil(
        self, order: Order | None, key: OrderKey, *told: Any, delivered: bool
    ) -> Changing:
        return DONE

    async def add_note(self, order: Order | None, key: OrderKey, *told: Any) -> Changing:
        return DONE

    async def ask_service(self, order: Order | None, key: OrderKey, *told: Any) -> Changing:
        return DONE

    async def answer_service(self, order: Order | None, request: str, *told: Any) -> Changing:
        return DONE

    async def order_of(self, request: str) -> tuple[str, str] | None:
        return None if request == "none" else ("store", "9001")

    async def past(self, order: Order) -> OrderPast:
        return PAST

    async def notes(self, order: Order) -> Sequence[OrderNote]:
        return (OrderNote(text="轻放", author="desk-1", at=NOON),)

    async def requests(self, order: Order) -> Sequence[ServiceRequest]:
        return (REQUEST,)

    async def personal(self, order: Order) -> OrderPersonal | None:
        return OrderPersonal(
            recipient=Recipient(
                name="林小满",
                phone="+8613912345678",
                country="CN",
                region="浙江",
                city="杭州",
                district="西湖",
                street="文三路",
                postcode="310012",
            )
        )

    async def sent(self, order: Order) -> Sequence[SentChange]:
        return (SENT,)

    async def change(self, reference: str) -> SentChange | None:
        return None if reference == "none" else SENT
