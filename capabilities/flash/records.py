"""A flash sale, what a buyer wishes of it, and what becomes of the wish."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import ClassVar, TypeAlias
from uuid import UUID

from msgspec import Struct

from capabilities.flash.room import Fairness
from capabilities.money import Money

# The pool that every channel may draw from once its own quota is used up.
SHARED = ""


class SaleState(Enum):
    """Where a sale is in its life; it sells while it is OPEN and its window is."""

    DRAFT = "DRAFT"
    PRELOADED = "PRELOADED"
    OPEN = "OPEN"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"
    RECONCILED = "RECONCILED"

    @property
    def sells_soon(self) -> bool:
        """Whether processes get ready for it."""
        return self in (SaleState.PRELOADED, SaleState.OPEN, SaleState.PAUSED)


class Supply(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sale's stock is taken from: pieces in the house, and those of them it never touches.

    `safety` covers what shops sell meanwhile, `elsewhere` is promised outside of flash sales.
    """

    on_hand: int
    safety: int = 0
    elsewhere: int = 0

    @property
    def sellable(self) -> int:
        """How many may be offered by all sales of these pieces together."""
        return self.on_hand - self.safety - self.elsewhere


class FlashSale(Struct, frozen=True, kw_only=True):
    """What is sold: `price` in minor units; `pools` is the stock by channel, SHARED for the rest.

    So many a second are admitted to it, in the order of `fairness`; all of them without a rate.
    `version` rises with every change of the sale. Without a `supply` nothing bounds its stock.
    `target_units`, and `target_amount` in minor units, are what it is to bring.
    """

    id: str
    sku: str
    price: int
    opens_at: datetime
    closes_at: datetime
    pools: Mapping[str, int]
    currency: str = "CNY"
    per_member: int = 1
    payment_seconds: int = 900
    fairness: Fairness = Fairness.ARRIVAL
    admission_rate: float = 0.0
    supply: Supply | None = None
    state: SaleState = SaleState.DRAFT
    version: int = 1
    target_units: int | None = None
    target_amount: int | None = None

    @property
    def target(self) -> Money | None:
        """What it is to bring, in money."""
        return None if self.target_amount is None else Money(self.target_amount, self.currency)

    @property
    def amount(self) -> Money:
        """What a piece costs."""
        return Money(self.price, self.currency)


class ReservationState(Enum):
    """Where a reservation is in its life; exactly one of payment and release wins."""

    PENDING = "PENDING"
    ORDERED = "ORDERED"
    PAID = "PAID"
    RELEASED = "RELEASED"

    @property
    def released(self) -> bool:
        """Whether its pieces went back."""
        return self is ReservationState.RELEASED


class Wish(Struct, frozen=True, gc=False):
    """What a buyer wants, under a key of hers: `member` names her and holds no personal data."""

    member: str
    key: str
    channel: str
    quantity: int = 1

    def reservation(self, brand: str, sale: str) -> UUID:
        """The id that this wish has wherever and however often it comes."""
        parts = (brand, sale, self.member, self.key)
        named = b"".join(b"%d:%b" % (len(part.encode()), part.encode()) for part in parts)
        return UUID(bytes=blake2b(named, digest_size=16).digest())


class Reserved(Struct, frozen=True, gc=False):
    """The pieces are hers until `pay_until`; `replay` where an earlier wish had them already."""

    reservation: UUID
    pay_until: datetime
    replay: bool = False

    @property
    def key(self) -> str:
        """The reservation as text."""
        return str(self.reservation)


class SoldOut(Struct, frozen=True, gc=False):
    """Nothing is left; `may_return` while reservations are still unpaid."""

    may_return: bool
    code: ClassVar[str] = "SOLD_OUT"
    path: ClassVar[tuple[str, ...]] = ("input", "sale")


class LimitReached(Struct, frozen=True, gc=False):
    """She has as many as one person may."""

    limit: int
    code: ClassVar[str] = "LIMIT_REACHED"
    path: ClassVar[tuple[str, ...]] = ("input", "quantity")


class NotOpen(Struct, frozen=True, gc=False):
    """The sale does not sell now, by the clock of the platform's store."""

    state: SaleState
    opens_at: datetime
    closes_at: datetime
    code: ClassVar[str] = "NOT_OPEN"
    path: ClassVar[tuple[str, ...]] = ("input", "sale")


class DuplicateRequest(Struct, frozen=True, gc=False):
    """Her key stood for another wish before."""

    code: ClassVar[str] = "DUPLICATE_REQUEST"
    path: ClassVar[tuple[str, ...]] = ("input", "idempotencyKey")


class Throttled(Struct, frozen=True, gc=False):
    """Too many ask at once: nothing was decided, and the same wish may come again."""

    retry_after_ms: int
    code: ClassVar[str] = "THROTTLED"
    path: ClassVar[tuple[str, ...]] = ("input", "sale")


Outcome: TypeAlias = Reserved | SoldOut | LimitReached | NotOpen | DuplicateRequest | Throttled
