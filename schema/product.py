"""Products: the reference that all channels share."""

from datetime import date
from typing import Any

import strawberry
from strawberry import UNSET

from capabilities.product import records
from schema.node import Node
from schema.page import connection_of
from schema.restrict import given, optional_text
from schema.view import plain, view


@view(records.ExternalCode)
class ExternalCode:
    """How one system writes a product: an entry of the crosswalk 编码对照."""

    system: str = plain("The system that uses this code.")
    kind: str = plain("Kind of the code there, for example matnr, sku or barcode.")
    code: str = plain("The code in its canonical form.")
    connector: str | None = plain("Set where the code holds for one connector only.")


@view(records.Product, keys=["id"])
class Product(Node):
    """Product 商品: what the retailer sells, under the retailer's own code. No prices here."""

    sku: str = plain("The retailer's own code.")
    name: str | None = plain("Name of the product.")
    brand_name: str | None = plain("Brand printed on it.")
    category_path: list[str] = plain("Categories from the widest to the narrowest.")
    barcodes: list[str] = plain("Barcodes as text; leading zeros count.")
    unit: str | None = plain("Unit of sale.")
    launched_at: date | None = plain("First day of sale.")
    discontinued_at: date | None = plain("Last day of sale.")
    external_codes: list[ExternalCode] = plain("How the systems write this product.")


@view(records.UnmatchedCode)
class UnmatchedCode:
    """A product code in orders that matches no product."""

    connector: str = plain("Connector whose orders carry it.")
    kind: str = plain("Kind of the code.")
    code: str = plain("The code in its canonical form.")
    lines: int = plain("How many lines carried it, counted each time that one is read.")


@strawberry.input(
    description="What a list of products is restricted to; what is absent restricts nothing."
)
class ProductFilterInput:
    """The contract's form of `ProductFilter`."""

    category: str | None = strawberry.field(default=UNSET, description="A category of the path.")
    launched_from: date | None = strawberry.field(
        default=UNSET, description="First day of sale, at the earliest."
    )
    text: str | None = strawberry.field(default=UNSET, description="A part of the name or sku.")


def product_filter(asked_for: ProductFilterInput | None) -> records.ProductFilter:
    """The filter as the reader takes it."""
    wanted: Any = asked_for or ProductFilterInput()
    return records.ProductFilter(
        category=optional_text("category", wanted.category),
        launched_from=given(wanted.launched_from),
        text=optional_text("text", wanted.text),
    )


ProductConnection = connection_of(Product)
