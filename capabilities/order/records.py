"""Order records: a kind, three independent status axes, and the raw words beside them."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from capabilities.ids import global_id
from capabilities.money import Money
from capabilities.native import Native
from capabilities.page import SortKey
from capabilities.sources import SourceRef
from capabilities.time import Precision, micros


class OrderKind(Enum):
    """What a document is; a POS return is a negative sale, not a status."""

    SALE = "SALE"
    RETURN = "RETURN"
    EXCHANGE = "EXCHANGE"
    QUOTE = "QUOTE"
    WORK_ORDER = "WORK_ORDER"
    GIFT = "GIFT"
    UNKNOWN = "UNKNOWN"


class OrderStatus(Enum):
    """The order's own axis."""

    DRAFT = "DRAFT"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    ON_HOLD = "ON_HOLD"
    CONFIRMED = "CONFIRMED"
    PROCESSING = "PROCESSING"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    CLOSED_REFUNDED = "CLOSED_REFUNDED"
    UNKNOWN = "UNKNOWN"


class PaymentStatus(Enum):
    """The payment axis."""

    UNPAID = "UNPAID"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class FulfillmentStatus(Enum):
    """The fulfilment axis."""

    NOT_REQUIRED = "NOT_REQUIRED"
    UNFULFILLED = "UNFULFILLED"
    ON_HOLD = "ON_HOLD"
    IN_PROGRESS = "IN_PROGRESS"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    UNKNOWN = "UNKNOWN"


class ProductRef(Struct, frozen=True, gc=False):
    """One code of a product as a system writes it, in its canonical form (product/codes)."""

    kind: str
    code: str


class Discount(Struct, frozen=True, kw_only=True, gc=False):
    """A reduction of a line or an order; `amount` is positive."""

    amount: Money
    name: str | None = None
    code: str | None = None


class OrderLine(Struct, frozen=True, kw_only=True, gc=False):
    """One line; `raw_sku` is the source's own text, `codes` what the crosswalk is asked."""

    ref: str
    raw_sku: str | None = None
    codes: tuple[ProductRef, ...] = ()
    name: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Money | None = None
    total: Money | None = None
    tax: Money | None = None
    discounts: tuple[Discount, ...] = ()
    gift: bool = False


class Payment(Struct, frozen=True, kw_only=True, gc=False):
    """One payment; the method stays in the source's words."""

    method: str | None = None
    amount: Money | None = None
    paid_at: datetime | None = None


class OrderMoney(Struct, frozen=True, kw_only=True, gc=False):
    """Sums as the source states them; None where it does not say."""

    items: Money | None = None
    discount: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    fees: Money | None = None
    total: Money | None = None
    paid: Money | None = None
    refunded: Money | None = None
    tax_included: bool | None = None


class IntegrityWarning(Struct, frozen=True, gc=False):
    """Something in the source's own figures that does not hold; never corrected."""

    code: str
    message: str


class Order(Struct, frozen=True, kw_only=True, gc=False):
    """One order of one channel; `number` is its natural key there.

    `customer` is the person's number in the answering system, None for an anonymous sale.
    `version` counts the changes of an order that the platform itself holds.
    """

    channel: str
    number: str
    version: int | None = None
    kind: OrderKind = OrderKind.SALE
    status: OrderStatus = OrderStatus.UNKNOWN
    payment_status: PaymentStatus = PaymentStatus.UNKNOWN
    fulfillment_status: FulfillmentStatus = FulfillmentStatus.UNKNOWN
    source_status: tuple[str, ...] = ()
    mapping_version: str = ""
    customer: str | None = None
    store_code: str | None = None
    placed_at: datetime | None = None
    placed_at_precision: Precision = Precision.INSTANT
    business_date: date | None = None
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime | None = None
    currency: str | None = None
    money: OrderMoney = OrderMoney()
    lines: tuple[OrderLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    discounts: tuple[Discount, ...] = ()
    notes: tuple[str, ...] = ()
    native: Native | None = None
    integrity_warnings: tuple[IntegrityWarning, ...] = ()
    source: SourceRef

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Order", self.channel, self.number)

    @property
    def sort_key(self) -> SortKey:
        """Newest orders first; one without a date sorts last."""
        return SortKey(micros(self.placed_at) if self.placed_at else 0, self.channel, self.number)

    @property
    def total(self) -> Money | None:
        """What the order costs in all."""
        return self.money.total


class OrderMirror(Struct, frozen=True, kw_only=True, gc=False):
    """A copy that another system keeps of an order: no order of its own, so it has no id."""

    number: str
    status: OrderStatus
    source_status: tuple[str, ...]
    placed_at: datetime | None
    placed_at_precision: Precision
    total: Money | None
    source: SourceRef

    @classmethod
    def of(cls, copy: Order) -> "OrderMirror":
        """The copy as its system holds it."""
        return cls(
            number=copy.number,
            status=copy.status,
            source_status=copy.source_status,
            placed_at=copy.placed_at,
            placed_at_precision=copy.placed_at_precision,
            total=copy.total,
            source=copy.source,
        )


_FIELDS = ("store", "status", "payment_status", "fulfillment_status", "kind", "placed_at", "number")


class OrderFilter(Struct, frozen=True, kw_only=True):
    """What a list of orders is restricted to; each None means no restriction.

    Times are half open: `placed_from` ≤ placed < `placed_before`. `number` is an order's own, which
    every source is asked by its key; `number_prefix` is how it begins.
    """

    channels: frozenset[str] | None = None
    stores: frozenset[str] | None = None
    statuses: frozenset[OrderStatus] | None = None
    payment_statuses: frozenset[PaymentStatus] | None = None
    fulfillment_statuses: frozenset[FulfillmentStatus] | None = None
    kinds: frozenset[OrderKind] | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    number: str | None = None
    number_prefix: str | None = None

    @property
    def fields(self) -> frozenset[str]:
        """Names of the filters in use, besides the channel (which the route answers)."""
        since, until = self.placed_from, self.placed_before
        parts = (
            *(self.stores, self.statuses, self.payment_statuses, self.fulfillment_statuses),
            *(self.kinds, since if since is not None else until, self.number_prefix),
        )
        return frozenset(
            [name for name, part in zip(_FIELDS, parts, strict=True) if part is not None]
        )

    def accepts(self, order: Order) -> bool:
        """Whether a row belongs to the list; checked again on every row that comes back."""
        return (
            (self.channels is None or order.channel in self.channels)
            and (self.stores is None or order.store_code in self.stores)
            and (self.statuses is None or order.status in self.statuses)
            and (self.kinds is None or order.kind in self.kinds)
            and self._on_axes(order)
            and self._in_time(order.placed_at)
            and (self.number is None or order.number == self.number)
            and (self.number_prefix is None or order.number.startswith(self.number_prefix))
        )

    def _on_axes(self, order: Order) -> bool:
        payments, fulfillments = self.payment_statuses, self.fulfillment_statuses
        return (payments is None or order.payment_status in payments) and (
            fulfillments is None or order.fulfillment_status in fulfillments
        )

    def _in_time(self, placed_at: datetime | None) -> bool:
        if self.placed_from is None and self.placed_before is None:
            return True
        if placed_at is None:
            return False
        late_enough = self.placed_from is None or placed_at >= self.placed_from
        return late_enough and (self.placed_before is None or placed_at < self.placed_before)


class StoreKind(Enum):
    """What a place of sale is."""

    MALL = "MALL"
    STREET = "STREET"
    POPUP = "POPUP"
    ONLINE = "ONLINE"
    TERMINAL = "TERMINAL"
    UNKNOWN = "UNKNOWN"


class Store(Struct, frozen=True, kw_only=True, gc=False):
    """A shop, stand or terminal; `code` is its natural key in its channel."""

    channel: str
    code: str
    name: str | None = None
    kind: StoreKind = StoreKind.UNKNOWN
    region: str | None = None
    time_zone: str = "Asia/Shanghai"
    closed: bool = False
    source: SourceRef

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Store", self.channel, self.code)

    @property
    def sort_key(self) -> SortKey:
        """Stores have no date: by channel and code."""
        return SortKey(0, self.channel, self.code)


class StoreFilter(Struct, frozen=True, kw_only=True):
    """What a list of stores is restricted to."""

    channels: frozenset[str] | None = None
    codes: frozenset[str] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """Names of the filters in use that a source must be able to answer."""
        return frozenset({"code"} if self.codes is not None else ())

    def accepts(self, store: Store) -> bool:
        """Whether a row belongs to the list."""
        return (self.channels is None or store.channel in self.channels) and (
            self.codes is None or store.code in self.codes
        )
