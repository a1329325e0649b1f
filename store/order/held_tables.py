"""Tables of orders that the platform itself holds.

What was paid, refunded, fulfilled and returned is the truth; the axes beside it are derived from it
and kept for those who search. What is said of a person is sealed under the data key of `owner`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME

_QUANTITY = Numeric(15, 3)


class PlatformOrderRow(SQLModel, table=True):
    """One order of a channel that has no system for orders."""

    __tablename__ = "platform_orders"
    __table_args__ = (
        CheckConstraint("refunded BETWEEN 0 AND paid", name="platform_orders_refunded_check"),
        Index(None, "brand", "placed_at"),
        Index(None, "brand", "holder_number", "holder_channel"),
        Index(None, "brand", "number", unique=True),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer)
    kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    payment_status: str = Field(sa_type=Text)
    fulfillment_status: str = Field(sa_type=Text)
    holder_number: str | None = Field(default=None, sa_type=KEY)
    holder_channel: str | None = Field(default=None, sa_type=KEY)
    store: str | None = Field(default=None, sa_type=KEY)
    currency: str = Field(sa_type=Text)
    items: int = Field(sa_type=BigInteger)
    discounts: list[Any] = Field(sa_type=JSONB)
    shipping: int = Field(sa_type=BigInteger)
    fees: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)
    paid: int = Field(sa_type=BigInteger)
    refunded: int = Field(sa_type=BigInteger)
    closed: bool = Field(sa_type=Boolean)
    delivered: bool = Field(sa_type=Boolean)
    placed_at: datetime = Field(sa_type=TIME)
    business_date: date = Field(sa_type=Date)
    paid_at: datetime | None = Field(default=None, sa_type=TIME)
    completed_at: datetime | None = Field(default=None, sa_type=TIME)
    updated_at: datetime = Field(sa_type=TIME)
    owner: str = Field(sa_type=KEY)
    sealed_personal: bytes | None = Field(default=None, sa_type=LargeBinary)


class OrderLineRow(SQLModel, table=True):
    """One line; `place` is its place among the others."""

    __tablename__ = "platform_order_lines"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    ref: str = Field(sa_type=KEY, primary_key=True)
    place: int = Field(sa_type=Integer)
    raw_sku: str = Field(sa_type=Text)
    sku: str | None = Field(default=None, sa_type=KEY)
    codes: list[Any] = Field(sa_type=JSONB)
    name: str | None = Field(default=None, sa_type=Text)
    quantity: Decimal = Field(sa_type=_QUANTITY)
    unit: str | None = Field(default=None, sa_type=Text)
    unit_price: int = Field(sa_type=BigInteger)
    discounts: list[Any] = Field(sa_type=JSONB)
    total: int = Field(sa_type=BigInteger)
    net: int = Field(sa_type=BigInteger)
    gift: bool = Field(sa_type=Boolean)
    fulfilled: Decimal = Field(sa_type=_QUANTITY)
    returned: Decimal = Field(sa_type=_QUANTITY)
    refunded: int = Field(sa_type=BigInteger)


class OrderPaymentRow(SQLModel, table=True):
    """Money that arrived, once per transaction of its provider; no row is ever deleted.

    `outcome` says whether it counts in what its order was paid. One whose order came later was
    `matched_at` then; one that people have seen to was `closed_at` then.
    """

    __tablename__ = "order_payments"
    __table_args__ = (
        Index(None, "brand", "number", "channel"),
        Index(
            "order_payments_open",
            "brand",
            "received_at",
            postgresql_where=text(
                "closed_at IS NULL AND outcome IN"
                " ('OVERPAID', 'LATE', 'UNKNOWN_ORDER', 'CURRENCY_DIFFERS')"
            ),
        ),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    provider: str = Field(sa_type=KEY, primary_key=True)
    transaction: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY)
    number: str = Field(sa_type=KEY)
    amount: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    method: str | None = Field(default=None, sa_type=Text)
    outcome: str = Field(sa_type=Text)
    paid_at: datetime = Field(sa_type=TIME)
    received_at: datetime = Field(sa_type=TIME)
    matched_at: datetime | None = Field(default=None, sa_type=TIME)
    closed_at: datetime | None = Field(default=None, sa_type=TIME)


class OrderRefundRow(SQLModel, table=True):
    """Money that was given back, and goods that came back, by the version that did it."""

    __tablename__ = "order_refunds"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    amount: int = Field(sa_type=BigInteger)
    parts: list[Any] = Field(sa_type=JSONB)
    restock: bool = Field(sa_type=Boolean)
    at: datetime = Field(sa_type=TIME)


class OrderFulfillmentRow(SQLModel, table=True):
    """Goods that left or arrived, by the version that said so."""

    __tablename__ = "order_fulfillments"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    parts: list[Any] = Field(sa_type=JSONB)
    delivered: bool = Field(sa_type=Boolean)
    carrier: str | None = Field(default=None, sa_type=Text)
    tracking: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class OrderChangeRow(SQLModel, table=True):
    """One change of one order: who did what, and how the order stood behind it; only added."""

    __tablename__ = "order_changes"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    action: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    payment_status: str = Field(sa_type=Text)
    fulfillment_status: str = Field(sa_type=Text)
    amount: int | None = Field(default=None, sa_type=BigInteger)
    author: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class OrderNoteRow(SQLModel, table=True):
    """What somebody of the staff wrote to an order of any channel, sealed."""

    __tablename__ = "order_notes"
    __table_args__ = (Index(None, "brand", "number", "channel"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY)
    number: str = Field(sa_type=KEY)
    owner: str = Field(sa_type=KEY)
    sealed_text: bytes = Field(sa_type=LargeBinary)
    author: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class OrderServiceRequestRow(SQLModel, table=True):
    """A service that a buyer asked for with an order of any channel; what it says is sealed.

    Its id is that of the command that carries it, where a system is told.
    """

    __tablename__ = "order_service_requests"
    __table_args__ = (Index(None, "brand", "number", "channel"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY)
    number: str = Field(sa_type=KEY)
    line: str | None = Field(default=None, sa_type=KEY)
    kind: str = Field(sa_type=Text)
    owner: str = Field(sa_type=KEY)
    sealed_said: bytes = Field(sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    author: str = Field(sa_type=Text)
    requested_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)
