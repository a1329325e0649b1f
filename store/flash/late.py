"""Pieces for somebody who paid after hers had gone back, where some are left."""

from collections.abc import Sequence

from sqlalchemy import text

from capabilities.events import Subject, Topic
from capabilities.flash.ordering import late_id
from capabilities.flash.records import SHARED
from capabilities.flash.settled import Reservation
from store.engine import Run
from store.events import tell
from store.flash.settling import read_reservation

# In the sequence of a batch: buyers first, then quotas of all sales, what all share last.
_BUYERS = text("""
  SELECT 1 FROM flash_buyers
  WHERE brand = :brand AND (sale, member) IN (
    SELECT * FROM unnest(CAST(:sales AS text[]), CAST(:members AS text[])))
  ORDER BY sale, member FOR UPDATE
""")
_STOCK = text("""
  SELECT 1 FROM flash_stock WHERE brand = :brand AND sale = ANY (CAST(:sales AS text[]))
  ORDER BY pool = '', sale, pool, bucket FOR UPDATE
""")
_COUNT = text("""
  UPDATE flash_buyers b SET quantity = b.quantity + :quantity
  FROM flash_sales s
  WHERE b.brand = :brand AND b.sale = :sale AND b.member = :member
    AND s.brand = b.brand AND s.id = b.sale AND b.quantity + :quantity <= s.per_member
  RETURNING 1
""")
_UNCOUNT = text("""
  UPDATE flash_buyers SET quantity = quantity - :quantity
  WHERE brand = :brand AND sale = :sale AND member = :member
""")
_TAKE = text("""
  UPDATE flash_stock k SET remaining = k.remaining - :quantity
  FROM (SELECT pool, bucket FROM flash_stock
        WHERE brand = :brand AND sale = :sale AND pool IN (:channel, :shared)
          AND remaining >= :quantity
        ORDER BY pool = :shared, remaining DESC, bucket LIMIT 1) AS found
  WHERE k.brand = :brand AND k.sale = :sale AND k.pool = found.pool AND k.bucket = found.bucket
  RETURNING k.pool, k.bucket
""")
_RESERVE = text("""
  INSERT INTO flash_reservations (brand, sale, id, member, channel, quantity, pool, bucket, state,
                                  reserved_at, pay_until, settled_at, batch)
  VALUES (:brand, :sale, :id, :member, :channel, :quantity, :pool, :bucket, 'PAID',
          clock_timestamp(), clock_timestamp(), clock_timestamp(), nextval('flash_batches'))
""")


async def hold_stock(run: Run, brand: str, reservations: Sequence[Reservation]) -> None:
    """Lock buyers and stock of reservations as batches do, before any of them is given or taken."""
    buyers = sorted({(one.sale, one.member) for one in reservations})
    if buyers:
        sales = [sale for sale, _ in buyers]
        members = [member for _, member in buyers]
        await run(_BUYERS, {"brand": brand, "sales": sales, "members": members})
        await run(_STOCK, {"brand": brand, "sales": sorted(set(sales))})


async def reserve_late(run: Run, brand: str, lapsed: Reservation) -> Reservation | None:
    """A paid reservation in place of one that went back; None where no piece, or none for her.

    Behind `hold_stock`.
    """
    named = {"brand": brand, "sale": lapsed.sale}
    who = {**named, "member": lapsed.member, "quantity": lapsed.quantity}
    if not await run(_COUNT, who):
        return None
    pools = {"channel": lapsed.channel, "shared": SHARED}
    rows = await run(_TAKE, {**named, **pools, "quantity": lapsed.quantity})
    if not rows:
        await run(_UNCOUNT, who)
        return None
    key = late_id(lapsed.key)
    place = {"channel": lapsed.channel, "pool": rows[0].pool, "bucket": rows[0].bucket}
    await run(_RESERVE, {**who, **place, "id": key})
    await tell(run, brand, Topic.FLASH_SETTLED, [Subject(str(key), lapsed.sale)])
    return await read_reservation(run, brand, lapsed.sale, key)
