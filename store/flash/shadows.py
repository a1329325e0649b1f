"""Shadows of sales, in which they are rehearsed: in no list, told to nobody, and swept away."""

from sqlalchemy import text

from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.records import FlashSale
from store.engine import Run, Store
from store.flash.sales import define
from store.metadata import METADATA

_TURN = text("SELECT 1 FROM flash_sales WHERE brand = :brand AND id = :sale FOR UPDATE")
_RUNS = text("SELECT 1 FROM flash_sales WHERE brand = :brand AND shadow_of = :sale")
_SHADE = text("""
  UPDATE flash_sales
  SET shadow_of = :sale, opens_at = clock_timestamp(),
      closes_at = clock_timestamp() + make_interval(secs => :seconds)
  WHERE brand = :brand AND id = :shadow
""")
_LEFT = text("""
  SELECT id FROM flash_sales
  WHERE brand = :brand AND shadow_of IS NOT NULL
    AND closes_at < clock_timestamp() - make_interval(secs => :seconds)
""")
# Whatever any table holds of a sale is named so; what is added later is swept as well.
_SWEPT = [
    text(f"DELETE FROM {name} WHERE brand = :brand AND sale = :shadow")  # noqa: S608 - our tables
    for name, table in sorted(METADATA.tables.items())
    if {"brand", "sale"} <= set(table.columns.keys())
]
_GONE = text("""
  DELETE FROM flash_sales WHERE brand = :brand AND id = :shadow AND shadow_of IS NOT NULL
  RETURNING 1
""")
# Longer than whoever rehearses still reads it.
_LEFT_SECONDS = 300.0


async def define_shadow(run: Run, brand: str, sale: str, shadow: FlashSale, seconds: float) -> None:
    """The shadow of a sale, open for so long; SaleDeclined while another one stands."""
    await run(_TURN, {"brand": brand, "sale": sale})
    if await run(_RUNS, {"brand": brand, "sale": sale}):
        told = "the sale is being rehearsed; a rehearsal that was cut off is swept in a few minutes"
        raise SaleDeclined(told)
    await define(run, brand, shadow)
    named = {"brand": brand, "sale": sale, "shadow": shadow.id, "seconds": seconds}
    await run(_SHADE, named)


async def sweep(run: Run, brand: str, shadow: str) -> bool:
    """Take everything of a shadow away; False where there is none of this id."""
    named = {"brand": brand, "shadow": shadow}
    if not await run(_GONE, named):
        return False
    for statement in _SWEPT:
        await run(statement, named)
    return True


async def sweep_left(store: Store, brand: str) -> int:
    """Take away what rehearsals left that were cut off; how many there were."""
    rows = await store.rows(_LEFT, {"brand": brand, "seconds": _LEFT_SECONDS})
    for row in rows:
        await store.transaction(lambda run, row=row: sweep(run, brand, row.id))  # type: ignore[misc]
    return len(rows)
