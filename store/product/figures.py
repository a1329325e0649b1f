"""Of which version of the product reference something derived of it is."""

from sqlalchemy import text

from store.engine import Store
from store.versions import PRODUCTS

# Parts of `state_versions` of their own: the version of the products that each was computed by.
FIGURES = "profile.products"
ORDERS = "orders.products"
_WAITING = text("""
  SELECT p.version FROM state_versions p
  LEFT JOIN state_versions f ON f.brand = p.brand AND f.part = :figures
  WHERE p.brand = :brand AND p.part = :products AND p.version IS DISTINCT FROM f.version
""")
_DONE = text("""
  INSERT INTO state_versions (brand, part, version, changed_at)
  VALUES (:brand, :figures, :version, now())
  ON CONFLICT (brand, part) DO UPDATE SET version = excluded.version, changed_at = now()
""")


class ProductFigures:
    """Whether a part lags behind the products of one brand: people's figures, or orders' lines."""

    def __init__(self, store: Store, brand: str, part: str = FIGURES) -> None:
        self._store = store
        self._brand = brand
        self._part = part

    async def waiting(self) -> int | None:
        """The version that the part is to be computed by; None where it is."""
        asked = {"brand": self._brand, "figures": self._part, "products": PRODUCTS}
        rows = await self._store.rows(_WAITING, asked)
        return rows[0].version if rows else None

    async def done(self, version: int) -> None:
        """All of it is of this version; a newer one is seen the next time."""
        named = {"brand": self._brand, "figures": self._part, "version": version}
        await self._store.rows(_DONE, named)
