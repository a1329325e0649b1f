"""Of which version of the product reference people's figures are."""

from sqlalchemy import text

from store.engine import Store
from store.versions import PRODUCTS

# A part of `state_versions` of its own: the version of the products that figures were computed by.
_FIGURES = "profile.products"
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
    """Whether figures lag behind the products of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def waiting(self) -> int | None:
        """The version that figures are to be computed by; None where they are."""
        asked = {"brand": self._brand, "figures": _FIGURES, "products": PRODUCTS}
        rows = await self._store.rows(_WAITING, asked)
        return rows[0].version if rows else None

    async def done(self, version: int) -> None:
        """All figures are of this version; a newer one is seen the next time."""
        named = {"brand": self._brand, "figures": _FIGURES, "version": version}
        await self._store.rows(_DONE, named)
