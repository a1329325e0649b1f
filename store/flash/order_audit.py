"""The auditor of a sale's orders: one reservation one order, and money where it belongs.

What one transaction writes together must agree at every moment. What consumers bring in step must
agree once they have heard all that was told of the sale.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from store.engine import Run

# One statement is one snapshot: of the rows, and of what the consumers have heard.
_AUDIT = text("""
  WITH stands AS MATERIALIZED (
    SELECT r.state, l.reservation, l.connector, l.channel, l.number, o.number AS held,
           o.total, o.paid, o.refunded, o.closed
    FROM flash_reservations r
    LEFT JOIN flash_orders l ON l.brand = r.brand AND l.sale = r.sale AND l.reservation = r.id
    LEFT JOIN platform_orders o
      ON o.brand = l.brand AND o.channel = l.channel AND o.number = l.number
     AND l.connector IS NULL
    WHERE r.brand = :brand AND r.sale = :sale
  ), received AS (
    SELECT s.number, s.channel, sum(p.amount) AS amount FROM stands s
    JOIN order_payments p ON p.brand = :brand AND p.number = s.held AND p.channel = s.channel
    WHERE p.outcome IN ('CONFIRMED', 'OVERPAID', 'LATE')
    GROUP BY s.number, s.channel
  ), given AS (
    SELECT s.number, s.channel, sum(p.amount) AS amount FROM stands s
    JOIN order_refunds p ON p.brand = :brand AND p.number = s.held AND p.channel = s.channel
    GROUP BY s.number, s.channel
  ), behind AS (
    SELECT count(*) AS events FROM event_consumers c
    JOIN events e ON e.brand = c.brand AND (e.xid, e.position) > (c.xid, c.position)
    WHERE c.brand = :brand AND (
      c.consumer = 'flash_orders' AND e.topic LIKE 'flash.%' AND e.channel = :sale
      OR c.consumer = 'flash_claims' AND e.topic = 'order.changed' AND EXISTS (
        SELECT FROM flash_orders l
        WHERE l.brand = e.brand AND l.number = e.key AND l.channel = e.channel
          AND l.sale = :sale))
  )
  SELECT
    (SELECT count(*) FROM stands WHERE reservation IS NOT NULL) AS orders,
    (SELECT count(*) FROM stands
     WHERE reservation IS NULL AND state <> 'RELEASED') AS unordered,
    (SELECT events = 0 AND (SELECT count(*) = 2 FROM event_consumers
                            WHERE brand = :brand
                              AND consumer IN ('flash_orders', 'flash_claims'))
     FROM behind) AS heard,
    (SELECT count(*) FROM stands
     WHERE reservation IS NOT NULL AND connector IS NULL AND held IS NULL) AS missing,
    (SELECT count(*) FROM stands WHERE state = 'ORDERED' AND reservation IS NULL) AS unmade,
    (SELECT count(*) FROM stands s
     LEFT JOIN received r ON r.number = s.number AND r.channel = s.channel
     LEFT JOIN given g ON g.number = s.number AND g.channel = s.channel
     WHERE s.held IS NOT NULL AND (s.paid <> coalesce(r.amount, 0)
                                   OR s.refunded <> coalesce(g.amount, 0))) AS miscounted,
    (SELECT count(*) FROM stands WHERE state = 'PAID' AND reservation IS NULL) AS lost,
    (SELECT count(*) FROM stands
     WHERE state = 'PAID' AND held IS NOT NULL AND NOT closed AND paid < total) AS unpaid,
    (SELECT count(*) FROM stands
     WHERE held IS NOT NULL AND (state = 'RELEASED' AND NOT closed
                                 OR closed AND paid > refunded)) AS kept,
    (SELECT count(*) FROM stands
     WHERE state IN ('PENDING', 'ORDERED') AND held IS NOT NULL
       AND (closed OR paid >= total)) AS unclaimed,
    (SELECT count(*) FROM stands s
     WHERE s.state = 'PAID' AND s.held IS NOT NULL AND s.closed AND NOT EXISTS (
       SELECT FROM platform_order_lines n
       WHERE n.brand = :brand AND n.channel = s.channel AND n.number = s.held
         AND n.fulfilled > 0)) AS unreturned
""")
# What must hold at every moment, and what once everything was heard.
_ALWAYS = {
    "missing": "orders that reservations became are not there",
    "unmade": "reservations count as orders and are none",
    "miscounted": "orders say other sums than their payments and refunds",
}
_HEARD = {
    "lost": "paid reservations are no order",
    "unpaid": "paid reservations have an order that is not paid",
    "kept": "orders stand whose reservation went back, or were given up and keep money",
    "unclaimed": "orders were paid or given up and their reservation does not know",
    "unreturned": "paid orders were given up before anything left and keep their pieces",
}


class OrderFigures(Struct, frozen=True, kw_only=True):
    """How many reservations are orders, and how many that stand are none yet."""

    orders: int
    unordered: int
    faults: tuple[str, ...]


async def audit_orders(run: Run, brand: str, sale: str) -> OrderFigures:
    """Check a sale's reservations against their orders and the orders' money."""
    (row,) = await run(_AUDIT, {"brand": brand, "sale": sale})
    return OrderFigures(
        orders=int(row.orders), unordered=int(row.unordered), faults=tuple(_faults(row))
    )


def _faults(row: Row[Any]) -> Sequence[str]:
    checks = {**_ALWAYS, **_HEARD} if row.heard else _ALWAYS
    return [f"{getattr(row, name)} {told}" for name, told in checks.items() if getattr(row, name)]
