"""The auditor: whether a sale's rows agree with one another, at any moment, from one snapshot."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from capabilities.flash.settled import SaleFigures
from capabilities.money import Money
from store.engine import Run
from store.flash.order_audit import audit_orders

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
  ), moved AS (
    SELECT place, name, sum(units) AS units
    FROM flash_movements WHERE brand = :brand AND sale = :sale GROUP BY place, name
  ), outside AS (
    SELECT channel, units, sold FROM flash_quotas WHERE brand = :brand AND sale = :sale
  ), pools AS (
    SELECT pool, sum(allocated) AS units
    FROM flash_stock WHERE brand = :brand AND sale = :sale GROUP BY pool
  )
  SELECT
    (SELECT price FROM flash_sales WHERE brand = :brand AND id = :sale) AS price,
    (SELECT currency FROM flash_sales WHERE brand = :brand AND id = :sale) AS currency,
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
    (SELECT coalesce(sum(units), 0) FROM moved) AS unpaired,
    (SELECT count(*) FROM pools p
     FULL JOIN (SELECT name, units FROM moved WHERE place = 'POOL') m ON m.name = p.pool
     WHERE coalesce(p.units, 0) <> coalesce(m.units, 0)) AS uneven_pools,
    (SELECT coalesce(-sum(units), 0) FROM moved WHERE place = 'SUPPLY') AS offered,
    (SELECT count(*) FROM outside o
     FULL JOIN (SELECT name, units FROM moved WHERE place = 'QUOTA') m ON m.name = o.channel
     WHERE coalesce(o.units, 0) <> coalesce(m.units, 0)) AS uneven_quotas,
    (SELECT coalesce(sum(units), 0) FROM outside) AS pushed,
    (SELECT coalesce(sum(sold), 0) FROM outside) AS sold_outside,
    (SELECT coalesce(sum(sold - units), 0) FROM outside WHERE sold > units) AS sold_beyond,
    (SELECT on_hand - safety - elsewhere FROM flash_sales
     WHERE brand = :brand AND id = :sale) AS sellable,
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
    ordered = await audit_orders(run, brand, sale)
    return SaleFigures(
        allocated=int(row.allocated),
        remaining=int(row.remaining),
        standing=int(row.standing),
        paid=int(row.paid),
        pushed=int(row.pushed),
        sold_outside=int(row.sold_outside),
        released=int(row.released),
        revenue=None if row.price is None else Money(int(row.paid) * row.price, row.currency),
        orders=ordered.orders,
        unordered=ordered.unordered,
        faults=(*_faults(row), *ordered.faults),
    )


def _faults(row: Row[Any]) -> Sequence[str]:
    found = []
    if row.allocated != row.remaining + row.standing:
        short = row.allocated - row.remaining - row.standing
        found.append(f"{short} units are neither left nor reserved")
    if row.standing > row.allocated:
        found.append(f"{row.standing - row.allocated} units are sold beyond the stock")
    found += _moved_faults(row)
    if row.uneven_buckets:
        found.append(f"{row.uneven_buckets} buckets do not add up")
    if row.uneven_buyers:
        found.append(f"{row.uneven_buyers} buyers are counted otherwise than they have reserved")
    if row.over_limit:
        found.append(f"{row.over_limit} buyers have more than one person may")
    if row.overdue:
        found.append(f"{row.overdue} reservations are overdue and were not released")
    return found


def _moved_faults(row: Row[Any]) -> Sequence[str]:
    """What is wrong with stock as it was moved between places."""
    found = []
    if row.unpaired:
        found.append(f"movements of stock make {row.unpaired} units out of nothing")
    if row.uneven_pools:
        found.append(f"{row.uneven_pools} pools have other stock than was moved into them")
    if row.uneven_quotas:
        found.append(f"{row.uneven_quotas} quotas have other units than were moved into them")
    if row.sold_beyond:
        found.append(f"{row.sold_beyond} units were sold beyond the quotas of their channels")
    if row.sellable is not None and row.offered > row.sellable:
        found.append(f"{row.offered - row.sellable} units are offered beyond what is sellable")
    return found
