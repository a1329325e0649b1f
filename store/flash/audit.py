"""The auditor: whether a sale's rows agree with one another, at any moment, from one snapshot."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.flash.settled import SaleFigures
from store.engine import Run

# One statement is one snapshot: a sale may be audited while it sells.
_AUDIT = text("""
  WITH taken AS (
    SELECT pool, bucket,
           sum(quantity) FILTER (WHERE state <> 'RELEASED') AS standing,
           sum(quantity) FILTER (WHERE state = 'PAID') AS paid,
           sum(quantity) FILTER (WHERE state = 'RELEASED') AS released
    FROM flash_reservations WHERE brand = :brand AND sale = :sale GROUP BY pool, bucket
  ), buyers AS (
    SELECT member, sum(quantity) FILTER (WHERE state <> 'RELEASED') AS standing
    FROM flash_reservations WHERE brand = :brand AND sale = :sale GROUP BY member
  )
  SELECT
    (SELECT coalesce(sum(allocated), 0) FROM flash_stock
     WHERE brand = :brand AND sale = :sale) AS allocated,
    (SELECT coalesce(sum(remaining), 0) FROM flash_stock
     WHERE brand = :brand AND sale = :sale) AS remaining,
    (SELECT coalesce(sum(standing), 0) FROM taken) AS standing,
    (SELECT coalesce(sum(paid), 0) FROM taken) AS paid,
    (SELECT coalesce(sum(released), 0) FROM taken) AS released,
    (SELECT count(*) FROM flash_stock k
     FULL JOIN taken t ON t.pool = k.pool AND t.bucket = k.bucket
     WHERE (k.brand = :brand AND k.sale = :sale OR k.brand IS NULL)
       AND coalesce(k.allocated, 0) <> coalesce(k.remaining, 0) + coalesce(t.standing, 0)
    ) AS uneven_buckets,
    (SELECT count(*) FROM buyers b
     FULL JOIN (SELECT member, quantity FROM flash_buyers
                WHERE brand = :brand AND sale = :sale) q ON q.member = b.member
     WHERE coalesce(q.quantity, 0) <> coalesce(b.standing, 0)) AS uneven_buyers,
    (SELECT count(*) FROM flash_buyers q JOIN flash_sales s ON s.brand = q.brand AND s.id = q.sale
     WHERE q.brand = :brand AND q.sale = :sale AND q.quantity > s.per_member) AS over_limit,
    (SELECT count(*) FROM flash_reservations
     WHERE brand = :brand AND sale = :sale AND state IN ('PENDING', 'ORDERED')
       AND pay_until < clock_timestamp() - make_interval(secs => :grace)) AS overdue
""")
GRACE_SECONDS = 60.0


async def audit(run: Run, brand: str, sale: str, grace: float = GRACE_SECONDS) -> SaleFigures:
    """Check the invariants of a sale; reservations may be overdue by `grace` seconds."""
    (row,) = await run(_AUDIT, {"brand": brand, "sale": sale, "grace": grace})
    return SaleFigures(
        allocated=int(row.allocated),
        remaining=int(row.remaining),
        standing=int(row.standing),
        paid=int(row.paid),
        released=int(row.released),
        faults=tuple(_faults(row)),
    )


def _faults(row: Row[Any]) -> Sequence[str]:
    found = []
    if row.allocated != row.remaining + row.standing:
        short = row.allocated - row.remaining - row.standing
        found.append(f"{short} units are neither left nor reserved")
    if row.standing > row.allocated:
        found.append(f"{row.standing - row.allocated} units are sold beyond the stock")
    if row.uneven_buckets:
        found.append(f"{row.uneven_buckets} buckets do not add up")
    if row.uneven_buyers:
        found.append(f"{row.uneven_buyers} buyers are counted otherwise than they have reserved")
    if row.over_limit:
        found.append(f"{row.over_limit} buyers have more than one person may")
    if row.overdue:
        found.append(f"{row.overdue} reservations are overdue and were not released")
    return found
