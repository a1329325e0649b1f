"""Whether a sale offers no more than there is: one look at a time for all sales of a product."""

from sqlalchemy import text

from capabilities.flash.records import Supply
from capabilities.flash.supply import check_offered
from store.engine import Run

# Sales of one product take turns here until they commit, so that two never offer the same piece.
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('flash sku ' || :brand || :sku, 0))")
_SALE = text("""
  SELECT sku, on_hand, safety, elsewhere FROM flash_sales WHERE brand = :brand AND id = :sale
""")
_OFFERED = text("""
  SELECT coalesce(-sum(m.units) FILTER (WHERE m.sale = :sale), 0) AS offered,
         coalesce(-sum(m.units) FILTER (WHERE m.sale <> :sale), 0) AS others
  FROM flash_sales s JOIN flash_movements m ON m.brand = s.brand AND m.sale = s.id
  WHERE s.brand = :brand AND s.sku = :sku AND m.place = 'SUPPLY'
    AND (s.id = :sale OR s.state <> 'RECONCILED' AND s.shadow_of IS NULL)
""")


async def check_sellable(run: Run, brand: str, sale: str) -> None:
    """SaleDeclined where a sale offers more than is sellable, behind what was moved so far."""
    named = {"brand": brand, "sale": sale}
    (row,) = await run(_SALE, named)
    if row.on_hand is None:
        return
    supply = Supply(on_hand=row.on_hand, safety=row.safety, elsewhere=row.elsewhere)
    await run(_TURN, {"brand": brand, "sku": row.sku})
    (found,) = await run(_OFFERED, {**named, "sku": row.sku})
    check_offered(supply, int(found.offered), int(found.others))
