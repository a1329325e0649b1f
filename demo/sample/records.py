"""The facts of the invented retailer, before any system writes them in its own way."""

from datetime import date, datetime
from typing import Final

import msgspec

SAP: Final = "sap_s4hana"
WOO: Final = "woocommerce"
POS: Final = "ospos"
SYSTEMS: Final = (SAP, WOO, POS)


class Product(msgspec.Struct, frozen=True):
    """One article of the retailer's own reference; `cents` is its shelf price with tax."""

    sku: str
    name: str
    brand: str
    category_path: tuple[str, ...]
    barcodes: tuple[str, ...]
    unit: str
    launched_at: date
    discontinued_at: date | None
    cents: int


class Code(msgspec.Struct, frozen=True):
    """What one system calls an article.

    `code` is the canonical form, `written` what the system really shows, `product` is None
    for a planted code that the crosswalk does not know. `number` is the system's own row id;
    `parent` and `variation` are the web shop's.
    """

    system: str
    kind: str
    code: str
    written: str
    product: Product | None
    name: str
    cents: int
    unit: str
    number: int
    parent: int = 0
    variation: int = 0


class CrosswalkRow(msgspec.Struct, frozen=True):
    """One line of the crosswalk: this system's code means this sku in this span of days."""

    system: str
    kind: str
    code: str
    sku: str
    valid_from: date | None = None
    valid_to: date | None = None


class Person(msgspec.Struct, frozen=True):
    """One human being; `phone` is the plain number whatever the systems wrote."""

    index: int
    family: str
    given: str
    phone: str
    email: str
    gender: str
    born: date
    city: int
    street: str
    systems: tuple[str, ...]

    @property
    def name(self) -> str:
        """Family name first, as in Chinese."""
        return self.family + self.given


class Account(msgspec.Struct, frozen=True):
    """A person as one system knows her: its number, the phone as typed, when she joined."""

    system: str
    number: int
    person: Person
    phone: str
    email: str
    joined: datetime
    changed: datetime
    grouping: str = ""
    card: str = ""
    points: int = 0
    package: int = 0
    home: int = 0
    deleted: bool = False
    blocked: bool = False


class Store(msgspec.Struct, frozen=True):
    """A place that sells: M mall or street store, T office terminal, P popup."""

    number: int
    code: str
    name: str


class Line(msgspec.Struct, frozen=True):
    """One position; quantities in thousandths, prices in cents with tax.

    `percent` is a discount on the line, `off` a fixed one in cents per unit.
    """

    code: Code
    milli: int
    cents: int
    percent: int = 0
    off: int = 0

    @property
    def before(self) -> int:
        """Cents before discount, rounded half up."""
        return (self.milli * self.cents + 500) // 1000

    @property
    def after(self) -> int:
        """Cents after discount, the discount rounded half up on its own."""
        if self.percent:
            return self.before - (self.milli * self.cents * self.percent + 50_000) // 100_000
        return self.before - (self.milli * self.off + 500) // 1000


class SapOrder(msgspec.Struct, frozen=True):
    """A sales order; `mirrors` is the web shop's order number when it is only a copy."""

    number: int
    channel: str
    kind: str
    account: Account | None
    placed: datetime
    changed: datetime
    lines: tuple[Line, ...]
    process: str
    delivery: str
    rejection: str
    block: str
    credit: str
    mirrors: str = ""
    reference: str = ""


class Coupon(msgspec.Struct, frozen=True):
    """A web shop coupon: a promotion with a code, or one person's when `email` is set."""

    number: int
    code: str
    text: str
    percent: int
    cents: int
    minimum: int
    created: datetime
    expires: datetime | None
    email: str
    limit: int
    used: int


class WooOrder(msgspec.Struct, frozen=True):
    """A web shop order in local time; `refunded` is in cents, part or all of it."""

    number: int
    created_via: str
    status: str
    account: Account | None
    guest: Person | None
    placed: datetime
    changed: datetime
    lines: tuple[Line, ...]
    shipping: int
    payment: str
    coupon: Coupon | None = None
    refunded: int = 0
    note: str = ""


class PosSale(msgspec.Struct, frozen=True):
    """A till's sale in local time; returns have negative quantities."""

    number: int
    store: Store
    account: Account | None
    placed: datetime
    status: int
    kind: int
    lines: tuple[Line, ...]
    payment: str
    employee: int
    tax_added: bool = False
    earned: int = 0
    used: int = 0
    comment: str = ""


class GiftCard(msgspec.Struct, frozen=True):
    """A gift card of a store customer."""

    number: int
    text: str
    account: Account
    cents: int
    recorded: datetime


class Kit(msgspec.Struct, frozen=True):
    """A bundle promotion of the tills: items, quantities and a discount in percent."""

    number: int
    code: str
    name: str
    percent: int
    parts: tuple[tuple[Code, int], ...]


class Retailer(msgspec.Struct, frozen=True):
    """Everything there is at this (seed, scale)."""

    products: tuple[Product, ...]
    codes: dict[str, tuple[Code, ...]]
    crosswalk: tuple[CrosswalkRow, ...]
    people: tuple[Person, ...]
    stores: tuple[Store, ...]
    accounts: dict[str, tuple[Account, ...]]
    sap_orders: tuple[SapOrder, ...]
    woo_orders: tuple[WooOrder, ...]
    coupons: tuple[Coupon, ...]
    pos_sales: tuple[PosSale, ...]
    gift_cards: tuple[GiftCard, ...]
    kits: tuple[Kit, ...]
