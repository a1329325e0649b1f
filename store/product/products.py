"""The product reference of one brand."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.product.ports import ProductSearch, ProductSource
from capabilities.product.records import ExternalCode, Product, ProductFilter
from store.engine import Store

_PRODUCT = """
  SELECT p.*, (
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(c.system, c.kind, c.code, c.connector)),
                    '[]')
    FROM product_codes c
    WHERE c.brand = p.brand AND c.sku = p.sku
      AND c.valid_from <= current_date AND (c.valid_to IS NULL OR current_date < c.valid_to)
  ) AS codes
  FROM products p
"""
_FILTER = """
  WHERE p.brand = :brand
    AND (CAST(:category AS text) IS NULL OR :category = ANY (p.category_path))
    AND (CAST(:launched_from AS date) IS NULL OR p.launched_at >= :launched_from)
    AND (CAST(:pattern AS text) IS NULL OR p.name ILIKE :pattern OR p.sku ILIKE :pattern)
"""
_BY_SKU = text(_PRODUCT + "WHERE p.brand = :brand AND p.sku = ANY (:skus)")
_FORWARD = text(
    _PRODUCT
    + _FILTER
    + "AND (CAST(:sku AS text) IS NULL OR p.sku > :sku) ORDER BY p.sku LIMIT :first"
)
_BACKWARD = text(
    _PRODUCT
    + _FILTER
    + "AND (CAST(:sku AS text) IS NULL OR p.sku < :sku) ORDER BY p.sku DESC LIMIT :first"
)
_COUNT = text("SELECT count(*) FROM products p" + _FILTER)  # noqa: S608  # constants
_LIKE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class ProductReference(ProductSource, ProductSearch):
    """Products with the codes that name them today."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def products(self, skus: Sequence[str]) -> Sequence[Product | None]:
        """One product per sku, None where there is none."""
        if not skus:
            return ()
        rows = await self._store.rows(_BY_SKU, {"brand": self._brand, "skus": list(set(skus))})
        found = {row.sku: _product(row) for row in rows}
        return tuple(found.get(sku) for sku in skus)

    async def search_products(
        self, filters: ProductFilter, first: int, after_sku: str | None, *, backward: bool = False
    ) -> Sequence[Product]:
        """At most `first` products next to a sku; ascending in both directions."""
        statement = _BACKWARD if backward else _FORWARD
        place = {"sku": after_sku, "first": first}
        rows = await self._store.rows(statement, self._asked(filters) | place)
        page = tuple(_product(row) for row in rows)
        return page[::-1] if backward else page

    async def count_products(self, filters: ProductFilter) -> int:
        """How many products the filter has."""
        rows = await self._store.rows(_COUNT, self._asked(filters))
        count: int = rows[0][0]
        return count

    def _asked(self, filters: ProductFilter) -> dict[str, object]:
        return {
            "brand": self._brand,
            "category": filters.category,
            "launched_from": filters.launched_from,
            "pattern": f"%{filters.text.translate(_LIKE)}%" if filters.text else None,
        }


def _product(row: Row[Any]) -> Product:
    codes = sorted(tuple(code) for code in row.codes)
    return Product(
        brand=row.brand,
        sku=row.sku,
        name=row.name,
        brand_name=row.brand_name,
        category_path=tuple(row.category_path),
        barcodes=tuple(row.barcodes),
        unit=row.unit,
        launched_at=row.launched_at,
        discontinued_at=row.discontinued_at,
        external_codes=tuple(
            ExternalCode(system=system, kind=kind, code=code, connector=connector or None)
            for system, kind, code, connector in codes
        ),
    )
