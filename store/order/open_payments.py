"""Payments that wait for people: too much, too late, in another currency, or for no order.

What was too much or too late waits until as much was given back; anybody may also close one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.money import Money
from capabilities.order.payments import DESK, PaymentOutcome
from capabilities.order.received import ReceivedPayment
from store.engine import Run, Store

Place = tuple[datetime, str, str]

_OPEN = """
  FROM order_payments p
  LEFT JOIN platform_orders o
    ON o.brand = p.brand AND o.channel = p.channel AND o.number = p.number
  WHERE p.brand = :brand AND p.closed_at IS NULL
    AND p.outcome IN ('OVERPAID', 'LATE', 'UNKNOWN_ORDER', 'CURRENCY_DIFFERS')
    AND (CAST(:channels AS text[]) IS NULL OR p.channel = ANY (CAST(:channels AS text[])))
    AND (p.outcome IN ('UNKNOWN_ORDER', 'CURRENCY_DIFFERS')
         OR o.paid - o.refunded > CASE WHEN o.closed THEN 0 ELSE o.total - (
              SELECT coalesce(sum(l.refunded), 0) FROM platform_order_lines l
              WHERE l.brand = o.brand AND l.channel = o.channel AND l.number = o.number) END)
"""
_PAGE = text(f"""
  SELECT p.* {_OPEN}
    AND (CAST(:at AS timestamptz) IS NULL
         OR (p.received_at, p.provider, p.transaction)
            > (CAST(:at AS timestamptz), CAST(:provider AS text), CAST(:transaction AS text)))
  ORDER BY p.received_at, p.provider, p.transaction LIMIT :first
""")
_COUNT = text(f"SELECT count(*) AS n {_OPEN}")
_BY_OUTCOME = text(f"""
  SELECT p.outcome, count(*) AS waiting, min(p.received_at) AS oldest {_OPEN}
  GROUP BY p.outcome ORDER BY p.outcome
""")
_OF_ORDER = text("""
  SELECT * FROM order_payments
  WHERE brand = :brand AND channel = :channel AND number = :number
  ORDER BY received_at, provider, transaction LIMIT :most
""")
_CLOSE = text("""
  UPDATE order_payments SET closed_at = :at
  WHERE brand = :brand AND provider = :provider AND transaction = :transaction
    AND provider <> :desk AND closed_at IS NULL
    AND outcome IN ('OVERPAID', 'LATE', 'UNKNOWN_ORDER', 'CURRENCY_DIFFERS')
    AND (CAST(:channels AS text[]) IS NULL OR channel = ANY (CAST(:channels AS text[])))
  RETURNING channel, number
""")
_MOST = 500


class WaitingPayments:
    """Of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def page(
        self, channels: frozenset[str] | None, first: int, after: Place | None = None
    ) -> list[ReceivedPayment]:
        """Some of them in these channels, None for all, the oldest first."""
        at, provider, transaction = after or (None, None, None)
        place = {"at": at, "provider": provider, "transaction": transaction}
        asked = {**self._asked(channels), **place, "first": first}
        return [_payment(row) for row in await self._store.rows(_PAGE, asked)]

    async def count(self, channels: frozenset[str] | None) -> int:
        """How many there are."""
        return int((await self._store.rows(_COUNT, self._asked(channels)))[0].n)

    async def by_outcome(self) -> Sequence[Row[Any]]:
        """How many of each outcome wait, and since when."""
        return await self._store.rows(_BY_OUTCOME, self._asked(None))

    async def of_order(self, channel: str, number: str) -> list[ReceivedPayment]:
        """All that arrived for an order, whatever it came to."""
        asked = {"brand": self._brand, "channel": channel, "number": number, "most": _MOST}
        return [_payment(row) for row in await self._store.rows(_OF_ORDER, asked)]

    async def close(
        self,
        run: Run,
        provider: str,
        transaction: str,
        channels: frozenset[str] | None,
        at: datetime,
    ) -> tuple[str, str] | None:
        """See to one; its order's channel and number, None where none of these waits."""
        named = {"provider": provider, "transaction": transaction, "desk": DESK, "at": at}
        rows: Sequence[Row[Any]] = await run(_CLOSE, {**self._asked(channels), **named})
        return (rows[0].channel, rows[0].number) if rows else None

    def _asked(self, channels: frozenset[str] | None) -> dict[str, object]:
        return {"brand": self._brand, "channels": None if channels is None else sorted(channels)}


def _payment(row: Row[Any]) -> ReceivedPayment:
    return ReceivedPayment(
        provider=row.provider,
        name=row.transaction,
        channel=row.channel,
        number=row.number,
        amount=Money(row.amount, row.currency),
        method=row.method,
        outcome=PaymentOutcome(row.outcome),
        paid_at=row.paid_at,
        received_at=row.received_at,
        matched_at=row.matched_at,
        closed_at=row.closed_at,
    )
