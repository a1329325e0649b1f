"""Orders that the platform itself holds: what happened to them, and the axes that follow from it.

No axis is set by hand: each is derived from what was paid, refunded, fulfilled, returned and
cancelled, so that no two of them can contradict each other. Sums are in minor units.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from capabilities.caller import MembershipKey
from capabilities.order.records import (
    FulfillmentStatus,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    ProductRef,
)

_NONE = Decimal(0)


class Reduction(Struct, frozen=True, kw_only=True, gc=False):
    """A reduction of a line or an order; positive."""

    name: str | None = None
    code: str | None = None
    amount: int


class HeldLine(Struct, frozen=True, kw_only=True, gc=False):
    """One line; `net` is its total less its share of what was taken off the whole order."""

    ref: str
    raw_sku: str
    sku: str | None = None
    codes: tuple[ProductRef, ...] = ()
    name: str | None = None
    quantity: Decimal
    unit: str | None = None
    unit_price: int
    discounts: tuple[Reduction, ...] = ()
    total: int
    net: int
    gift: bool = False
    fulfilled: Decimal = _NONE
    returned: Decimal = _NONE
    refunded: int = 0


class HeldOrder(Struct, frozen=True, kw_only=True, gc=False):
    """One order as the platform holds it, without what it says of a person.

    `paid` is all that was received and `refunded` all that was given back. It is `closed` once it
    was cancelled or all was given back, and stays so, whatever money is late. Every change raises
    `version` by one.
    """

    channel: str
    number: str
    version: int = 1
    kind: OrderKind = OrderKind.SALE
    holder: MembershipKey | None = None
    store_code: str | None = None
    currency: str
    items: int
    discounts: tuple[Reduction, ...] = ()
    shipping: int = 0
    fees: int = 0
    total: int
    paid: int = 0
    refunded: int = 0
    closed: bool = False
    delivered: bool = False
    placed_at: datetime
    business_date: date
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime
    lines: tuple[HeldLine, ...]

    @property
    def discount(self) -> int:
        """What was taken off the whole order."""
        return sum(one.amount for one in self.discounts)

    @property
    def due(self) -> int:
        """What is still to be paid."""
        return 0 if self.closed else max(0, self.total - self.paid)

    @property
    def refundable(self) -> int:
        """What of the money received was not given back."""
        return self.paid - self.refunded

    @property
    def begun(self) -> bool:
        """Whether goods have left."""
        return any(line.fulfilled for line in self.lines)

    @property
    def payment_status(self) -> PaymentStatus:
        """The payment axis."""
        if self.refunded:
            whole = self.refunded >= self.paid
            return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
        if self.paid:
            return PaymentStatus.PAID if self.paid >= self.total else PaymentStatus.PARTIALLY_PAID
        if self.closed:
            return PaymentStatus.VOIDED
        return PaymentStatus.UNPAID if self.total else PaymentStatus.PAID

    @property
    def fulfillment_status(self) -> FulfillmentStatus:
        """The fulfilment axis."""
        if not self.begun:
            return FulfillmentStatus.UNFULFILLED
        if self._all(lambda line: line.returned >= line.fulfilled):
            return FulfillmentStatus.RETURNED
        if not self._all(lambda line: line.fulfilled >= line.quantity):
            return FulfillmentStatus.PARTIALLY_FULFILLED
        return FulfillmentStatus.DELIVERED if self.delivered else FulfillmentStatus.FULFILLED

    @property
    def status(self) -> OrderStatus:
        """The order's own axis."""
        if self.closed:
            return OrderStatus.CLOSED_REFUNDED if self.refunded else OrderStatus.CANCELLED
        paid, fulfilled = self.paid >= self.total, self.fulfillment_status
        if fulfilled is FulfillmentStatus.UNFULFILLED:
            return OrderStatus.CONFIRMED if paid else OrderStatus.PENDING_PAYMENT
        if fulfilled is FulfillmentStatus.PARTIALLY_FULFILLED:
            return OrderStatus.PARTIALLY_SHIPPED
        if not self.delivered:
            return OrderStatus.SHIPPED
        return OrderStatus.COMPLETED if paid else OrderStatus.DELIVERED

    def line(self, ref: str) -> HeldLine | None:
        """A line by its key."""
        return next((line for line in self.lines if line.ref == ref), None)

    def changed(self, at: datetime, **parts: object) -> "HeldOrder":
        """The order after a change, one version on."""
        after = replace(self, version=self.version + 1, updated_at=at, **parts)
        done = after.completed_at is None and after.status is OrderStatus.COMPLETED
        settled = after.paid_at is None and after.paid >= after.total and after.paid > 0
        return replace(
            after,
            completed_at=at if done else after.completed_at,
            paid_at=at if settled else after.paid_at,
        )

    def _all(self, holds: Callable[[HeldLine], bool]) -> bool:
        return all(map(holds, self.lines))
