"""The product reference that member, order and promotion share: no prices, no pictures."""

from datetime import date

from msgspec import Struct

from capabilities.ids import global_id


class ExternalCode(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the crosswalk: how a system writes this product."""

    system: str
    kind: str
    code: str
    connector: str | None = None


class Product(Struct, frozen=True, kw_only=True, gc=False):
    """A product of the brand; `sku` is the retailer's own code and its natural key."""

    brand: str
    sku: str
    name: str | None = None
    brand_name: str | None = None
    category_path: tuple[str, ...] = ()
    barcodes: tuple[str, ...] = ()
    unit: str | None = None
    launched_at: date | None = None
    discontinued_at: date | None = None
    external_codes: tuple[ExternalCode, ...] = ()

    @property
    def id(self) -> str:
        """Relay global id."""
        return global_id("Product", self.brand, self.sku)


class ProductCode(Struct, frozen=True, kw_only=True, gc=False):
    """What the crosswalk is asked: one code of one system, on the day it was used."""

    connector: str
    system: str
    kind: str
    code: str
    on: date | None = None


class ProductFilter(Struct, frozen=True, kw_only=True):
    """What a list of products is restricted to."""

    category: str | None = None
    launched_from: date | None = None
    text: str | None = None


class UnmatchedCode(Struct, frozen=True, kw_only=True):
    """A code that matches nothing, with how many lines carried it."""

    connector: str
    kind: str
    code: str
    lines: int
