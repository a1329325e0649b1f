"""Buckets of stock: one for each process that sells, filled from the others, collapsed at the end.

One row that all processes share makes their batches small and its lock busy. A process therefore
takes from a bucket of its own, and moves stock into it when it runs dry.
"""

from typing import Any

from sqlalchemy import text

from store.engine import Run
from store.flash.taking import Home

# With less than this for each bucket one bucket for all is best: moving would be most of the work.
_COLLAPSE_BELOW = 64

_SALE = text("SELECT 1 FROM flash_sales WHERE brand = :brand AND id = :sale FOR UPDATE")
_MINE = text("""
  SELECT bucket FROM flash_homes
  WHERE brand = :brand AND sale = :sale AND holder = :holder AND held_until > now()
""")
_LEFT = text("""
  SELECT bucket FROM flash_homes
  WHERE brand = :brand AND sale = :sale AND held_until <= now() ORDER BY bucket LIMIT 1
""")
_NEXT = text("""
  SELECT coalesce(max(bucket) + 1, 0) AS bucket FROM flash_homes
  WHERE brand = :brand AND sale = :sale
""")
_HOLD = text("""
  INSERT INTO flash_homes (brand, sale, bucket, holder, held_until)
  VALUES (:brand, :sale, :bucket, :holder, now() + make_interval(secs => :seconds))
  ON CONFLICT (brand, sale, bucket) DO UPDATE
  SET holder = excluded.holder, held_until = excluded.held_until
""")
_ROWS = text("""
  INSERT INTO flash_stock (brand, sale, pool, bucket, remaining, allocated, version)
  SELECT DISTINCT :brand, :sale, pool, CAST(:bucket AS integer), 0, 0, 0 FROM flash_stock
  WHERE brand = :brand AND sale = :sale
  ON CONFLICT DO NOTHING
""")
_LOCKED = text("""
  SELECT bucket, remaining FROM flash_stock
  WHERE brand = :brand AND sale = :sale AND pool = :pool ORDER BY bucket FOR UPDATE
""")
_MOVE = text("""
  UPDATE flash_stock SET remaining = remaining + a.units, allocated = allocated + a.units
  FROM (VALUES (CAST(:source AS integer), CAST(-:units AS bigint)),
               (CAST(:target AS integer), CAST(:units AS bigint))) AS a (bucket, units)
  WHERE brand = :brand AND sale = :sale AND pool = :pool AND flash_stock.bucket = a.bucket
""")


_LEAVE = text("""
  UPDATE flash_homes SET held_until = now() WHERE brand = :brand AND holder = :holder
""")


async def leave_homes(run: Run, brand: str, holder: str) -> None:
    """A process that ends leaves its buckets to whoever comes next."""
    await run(_LEAVE, {"brand": brand, "holder": holder})


async def hold_home(run: Run, brand: str, sale: str, holder: str, seconds: float) -> int:
    """The bucket that `holder` sells from, for so many seconds: its own, or one left behind."""
    named = {"brand": brand, "sale": sale}
    if not await run(_SALE, named):
        raise LookupError(f"there is no flash sale {sale}")
    rows = await run(_MINE, {**named, "holder": holder}) or await run(_LEFT, named)
    bucket: int = (rows or await run(_NEXT, named))[0].bucket
    await run(_HOLD, {**named, "bucket": bucket, "holder": holder, "seconds": seconds})
    await run(_ROWS, {**named, "bucket": bucket})
    return bucket


async def refill(run: Run, home: Home, pool: str) -> int:
    """Move stock of the other buckets into this one; how much it has now.

    Half of the fullest; all of all where little is left, so that the last pieces are in one place.
    """
    where: dict[str, Any] = {**home.named, "pool": pool}
    rows = await run(_LOCKED, where)
    left = {row.bucket: row.remaining for row in rows}
    if home.bucket not in left:
        return 0
    others = sorted((-units, bucket) for bucket, units in left.items() if bucket != home.bucket)
    if sum(left.values()) < _COLLAPSE_BELOW * len(left):
        moves = [(bucket, -units) for units, bucket in others if units]
    else:
        moves = [(bucket, -units - -units // 2) for units, bucket in others[:1] if units]
    for bucket, units in moves:
        await run(_MOVE, {**where, "source": bucket, "target": home.bucket, "units": units})
    return int(left[home.bucket] + sum(units for _, units in moves))
