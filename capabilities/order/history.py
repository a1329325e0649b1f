"""What happened to an order that the platform holds, and what was written to any order."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from capabilities.ids import global_id
from capabilities.money import Money
from capabilities.order.records import FulfillmentStatus, Order, OrderStatus, PaymentStatus
from capabilities.order.writing import Recipient


class OrderAction(Enum):
    """What was done to an order."""

    PLACED = "PLACED"
    PAID = "PAID"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


class OrderHistoryEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One change of an order, and how it stood behind it; `author` is a subject, never a name."""

    version: int
    action: OrderAction
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    amount: Money | None = None
    author: str
    at: datetime


class MovedLine(Struct, frozen=True, kw_only=True, gc=False):
    """A part of a line that left or came back."""

    ref: str
    quantity: Decimal
    amount: Money | None = None


class OrderRefund(Struct, frozen=True, kw_only=True, gc=False):
    """Money that was given back, and goods that came back."""

    amount: Money
    lines: tuple[MovedLine, ...] = ()
    restocked: bool = False
    at: datetime


class OrderFulfillment(Struct, frozen=True, kw_only=True, gc=False):
    """Goods that left or arrived."""

    lines: tuple[MovedLine, ...] = ()
    delivered: bool = False
    carrier: str | None = None
    tracking: str | None = None
    at: datetime


class OrderPast(Struct, frozen=True, kw_only=True, gc=False):
    """All that happened to one order, the oldest first."""

    entries: tuple[OrderHistoryEntry, ...] = ()
    refunds: tuple[OrderRefund, ...] = ()
    fulfillments: tuple[OrderFulfillment, ...] = ()


class OrderNote(Struct, frozen=True, kw_only=True, gc=False):
    """What somebody of the staff wrote to an order; None once the buyer was erased."""

    text: str | None
    author: str
    at: datetime

    def __repr__(self) -> str:
        return "OrderNote(***)"


class OrderPersonal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order says of a person: sealed at rest."""

    recipient: Recipient | None = None
    note: str | None = None

    def __repr__(self) -> str:
        return "OrderPersonal(***)"


class ServiceKind(Enum):
    """What a buyer asked for with an order."""

    GIFT_CARD_NOTE = "GIFT_CARD_NOTE"
    GIFT_WRAP = "GIFT_WRAP"
    OTHER = "OTHER"


class ServiceState(Enum):
    """How far a service is.

    SENT was told to its system and is not confirmed; ACCEPTED stands there, read back.
    """

    REQUESTED = "REQUESTED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    FULFILLED = "FULFILLED"
    REJECTED = "REJECTED"


class ServiceRequest(Struct, frozen=True, kw_only=True, gc=False):
    """A service asked for with an order; its words are None once the buyer was erased."""

    brand: str
    key: str
    channel: str
    number: str
    line: str | None = None
    kind: ServiceKind
    text: str | None
    recipient: str | None = None
    state: ServiceState
    reason: str | None = None
    author: str
    requested_at: datetime
    changed_at: datetime

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("ServiceRequest", self.brand, self.key)

    def __repr__(self) -> str:
        return f"ServiceRequest({self.key})"


class OrderDesk(Struct, frozen=True, gc=False):
    """What the staff works with beside an order."""

    order: Order
