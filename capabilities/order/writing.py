"""Changes of orders that their system is told: what is to be written, and by what it is known.

As with memberships every change has a reference of ours, which the system keeps with what it
wrote, and by which it is looked up before it is repeated.
"""

from datetime import datetime
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from capabilities.money import Money
from capabilities.order.records import Discount, OrderKind, ProductRef


class OrderWriteKind(Enum):
    """What is done to an order."""

    PLACE = "PLACE"
    PAY = "PAY"
    CANCEL = "CANCEL"
    RETURN = "RETURN"
    NOTE = "NOTE"
    SERVICE_REQUEST = "SERVICE_REQUEST"


class Recipient(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who receives an order and where, in the clear: inside only."""

    name: str | None = None
    phone: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    district: str | None = None
    street: str | None = None
    postcode: str | None = None

    def __repr__(self) -> str:
        return "Recipient(***)"


class DraftLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line to be sold: `total` is quantity by price less its discounts.

    `raw_sku` is the code as the caller wrote it, `codes` what the system calls the product by the
    crosswalk.
    """

    ref: str
    raw_sku: str
    codes: tuple[ProductRef, ...] = ()
    name: str | None = None
    quantity: Decimal
    unit: str | None = None
    unit_price: Money
    discounts: tuple[Discount, ...] = ()
    total: Money
    gift: bool = False


class OrderDraft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order that is to be placed; `customer` is the person's number in the system written to.

    Its lines' totals, and shipping and fees, less the order's own discounts, are its total; a tax
    is within the prices. `note` is what the buyer wrote.
    """

    currency: str
    kind: OrderKind = OrderKind.SALE
    customer: str | None = None
    store_code: str | None = None
    placed_at: datetime
    lines: tuple[DraftLine, ...]
    discounts: tuple[Discount, ...] = ()
    shipping: Money | None = None
    fees: Money | None = None
    total: Money
    recipient: Recipient | None = None
    note: str | None = None

    def __repr__(self) -> str:
        return f"OrderDraft({len(self.lines)} lines)"


class LinePart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a line that is given back, or cancelled; the amount is positive."""

    ref: str
    quantity: Decimal
    amount: Money


class OrderWrite(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of one order; `number` is None where the system gives it out.

    `draft` is what a PLACE writes; `amount` what a PAY receives or a RETURN refunds, `transaction`
    the number that a payment provider gave it; `lines` what a RETURN takes back; `text` what a
    NOTE or a SERVICE_REQUEST says, `wanted` the kind of the service; `recipient` is whom a service
    is for.
    """

    kind: OrderWriteKind
    reference: str
    channel: str
    number: str | None = None
    draft: OrderDraft | None = None
    lines: tuple[LinePart, ...] = ()
    amount: Money | None = None
    method: str | None = None
    transaction: str | None = None
    at: datetime | None = None
    reason: str | None = None
    restock: bool = False
    wanted: str | None = None
    text: str | None = None
    recipient: str | None = None

    def __repr__(self) -> str:
        return f"OrderWrite({self.kind.value} {self.reference})"


class OrderWritten(Struct, frozen=True, kw_only=True):
    """What a write came to: the order's number, and that of a document made for it.

    A document is the return order, the refund or the payment where the system numbers it.
    """

    number: str
    document: str | None = None


class TextLimit(Struct, frozen=True, kw_only=True):
    """What a system can hold of a text: beyond, it cuts or drops characters without a word.

    `basic_plane` where only characters of three bytes survive (no emoji, no rare hanzi).
    """

    characters: int
    octets: int | None = None
    basic_plane: bool = False

    def fault(self, text: str) -> str | None:
        """The code of what is wrong with a text; None where it will survive."""
        if len(text) > self.characters:
            return "TEXT_TOO_LONG"
        if self.octets is not None and len(text.encode()) > self.octets:
            return "TEXT_TOO_LONG"
        if self.basic_plane and any(ord(one) > 0xFFFF for one in text):  # noqa: PLR2004 - its end
            return "TEXT_NOT_HELD"
        return None
