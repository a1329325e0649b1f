"""What the shop offers: products and variations by SKU, with a stock that its own cart sells."""

from typing import Any

from demo.sample.records import Code
from demo.shop.documents import Document
from demo.shop.failures import ShopError, invalid

_MOST_STOCK = 1_000_000


class Shelf:
    """Products whose stock the shop keeps; those without a SKU of their own are not found by it."""

    def __init__(self, codes: tuple[Code, ...]) -> None:
        self._by_id = {one.variation or one.number: _product(one) for one in codes}

    def by_sku(self, sku: str) -> list[Document]:
        """Every product or variation with a SKU."""
        return [one for one in self._by_id.values() if sku and one["sku"] == sku]

    def put(self, number: int, body: Document, *, variation: bool) -> Document:
        """Change a product, or a variation; the answer is how it stands then."""
        row = self._by_id.get(number)
        if row is None or bool(row["parent_id"]) != variation:
            raise ShopError(404, "woocommerce_rest_product_invalid_id", "无效的 ID。")
        units = body.get("stock_quantity", row["stock_quantity"])
        if units is not None and (not isinstance(units, int) or units > _MOST_STOCK):
            raise invalid("stock_quantity", "is not of type integer.")
        row["stock_quantity"] = units
        row["manage_stock"] = bool(body.get("manage_stock", row["manage_stock"]))
        meta = {one["key"]: one for one in row["meta_data"]}
        for one in body.get("meta_data") or ():
            meta[one["key"]] = {"id": number * 100 + len(meta), **meta.get(one["key"], {}), **one}
        row["meta_data"] = list(meta.values())
        return dict(row)

    def take(self, sku: str, count: int) -> int:
        """Take what is left of a product, at most so many; how many there were."""
        (row,) = self.by_sku(sku)
        taken = min(count, max(0, row["stock_quantity"] or 0))
        row["stock_quantity"] = (row["stock_quantity"] or 0) - taken
        return taken


def _product(code: Code) -> dict[str, Any]:
    return {
        "id": code.variation or code.number,
        "parent_id": code.parent,
        "name": code.name,
        "type": "variation" if code.variation else "simple",
        "status": "publish",
        "sku": code.written,
        "manage_stock": False,
        "stock_quantity": None,
        "total_sales": 0,
        "meta_data": [],
    }
