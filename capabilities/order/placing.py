"""Orders that are placed and changed by callers: what was done here, and what their systems do."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.ids import global_id
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.changing import ChannelUnsupported, OrderDeclined
from capabilities.order.held import Reduction
from capabilities.order.history import OrderPersonal, ServiceKind
from capabilities.order.records import OrderKind
from capabilities.order.writing import OrderWriteKind


class OrderChangeState(Enum):
    """How far a change of an order is.

    SENT was told to the system that owns the order, or is to be, and is not confirmed.
    """

    DONE = "DONE"
    SENT = "SENT"
    REFUSED = "REFUSED"


class WantedLine(Struct, frozen=True, kw_only=True):
    """One line that a caller wants: quantity by price less its discount and `reductions`."""

    ref: str
    sku: str
    name: str | None = None
    quantity: Decimal
    unit: str | None = None
    unit_price: Money
    discount: Money | None = None
    reductions: tuple[Reduction, ...] = ()
    gift: bool = False


class WantedOrder(Struct, frozen=True, kw_only=True):
    """An order as a caller wants it; `total` is what she reckoned it comes to."""

    channel: str
    kind: OrderKind = OrderKind.SALE
    store: str | None = None
    membership: tuple[str, str] | None = None
    lines: tuple[WantedLine, ...]
    discount: Money | None = None
    shipping: Money | None = None
    total: Money
    personal: OrderPersonal = OrderPersonal()
    handed_over: bool = False


class WantedPart(Struct, frozen=True, kw_only=True):
    """A part of a line that left or came back."""

    ref: str
    quantity: Decimal
    amount: Money | None = None


class OrderKey(Struct, frozen=True, kw_only=True):
    """Which order, and in which version the caller saw it; None where she does not care."""

    channel: str
    number: str
    version: int | None = None


class Exchanged(Struct, frozen=True, kw_only=True):
    """What comes back of one order where another is placed for it, and why."""

    key: OrderKey
    parts: tuple[WantedPart, ...]
    amount: Money | None = None
    reason: str
    restock: bool = False


class WantedService(Struct, frozen=True, kw_only=True):
    """A service that a buyer asks for with an order."""

    kind: ServiceKind
    text: str
    recipient: str | None = None
    line: str | None = None


class OrderChanged(Struct, frozen=True, kw_only=True, tag=True):
    """What was done; `number` is None while its system has not given one.

    `change` is the reference by which a change that was SENT is followed.
    """

    brand: str
    channel: str
    number: str | None
    state: OrderChangeState
    change: str | None = None
    request: str | None = None

    @property
    def order_id(self) -> str | None:
        """Relay global id of the order, where it has a number."""
        return None if self.number is None else global_id("Order", self.channel, self.number)

    @property
    def service_request_id(self) -> str | None:
        """Relay global id of the service request that was made."""
        made = self.request
        return None if made is None else global_id("ServiceRequest", self.brand, made)


class SentChange(Struct, frozen=True, kw_only=True, gc=False):
    """A change that the system of an order was told of, and how it stands."""

    reference: str
    kind: OrderWriteKind
    state: OrderChangeState
    reason: str | None = None
    channel: str
    number: str | None = None
    at: datetime


Changing: TypeAlias = OrderChanged | OrderDeclined | ChannelUnsupported | IdempotencyKeyReused
