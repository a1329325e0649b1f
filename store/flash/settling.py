"""What becomes of reservations: paid or released, whichever comes first, and never both."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from capabilities.events import Subject, Topic
from capabilities.flash.records import SHARED, ReservationState
from capabilities.flash.settled import Reservation
from store.engine import Run, Store
from store.events import tell
from store.flash.movements import Account, Place, move

# Locked in order, and once: a plan that was made while the table was empty would look for what is
# locked anew for every row of the sale.
_CHOSEN = """
  WITH chosen AS MATERIALIZED (
    SELECT id FROM flash_reservations
    WHERE brand = :brand AND sale = :sale AND id = ANY (CAST(:ids AS uuid[]))
    ORDER BY id FOR UPDATE
  )
"""
_PAY = text(f"""{_CHOSEN}
  UPDATE flash_reservations SET state = 'PAID', settled_at = clock_timestamp()
  WHERE brand = :brand AND sale = :sale AND state IN ('PENDING', 'ORDERED')
    AND id = ANY (ARRAY(SELECT id FROM chosen))
  RETURNING id
""")  # noqa: S608 - ours alone
_RELEASE = text(f"""{_CHOSEN}
  UPDATE flash_reservations
  SET state = 'RELEASED', reason = :reason, settled_at = clock_timestamp()
  WHERE brand = :brand AND sale = :sale AND state IN ('PENDING', 'ORDERED')
    AND id = ANY (ARRAY(SELECT id FROM chosen))
  RETURNING id, member, quantity, pool, bucket
""")  # noqa: S608 - as above
_TAKE_BACK = text(f"""{_CHOSEN}
  UPDATE flash_reservations
  SET state = 'RELEASED', reason = 'REFUNDED', settled_at = clock_timestamp()
  WHERE brand = :brand AND sale = :sale AND state = 'PAID'
    AND id = ANY (ARRAY(SELECT id FROM chosen))
  RETURNING id, member, quantity, pool, bucket
""")  # noqa: S608 - as above
_RECONCILED = text("""
  SELECT 1 FROM flash_sales WHERE brand = :brand AND id = :sale AND state = 'RECONCILED'
""")
_PRICED = text("SELECT 1 FROM flash_sales WHERE brand = :brand AND id = :sale AND price > 0")
# Reservations that another process is settling at this moment are none of ours; one whose order is
# paid is about to be claimed.
_EXPIRE = text("""
  WITH chosen AS MATERIALIZED (
    SELECT r.id FROM flash_reservations r
    WHERE r.brand = :brand AND r.sale = :sale AND r.state IN ('PENDING', 'ORDERED')
      AND r.pay_until <= clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM flash_orders l JOIN platform_orders o
          ON o.brand = l.brand AND o.channel = l.channel AND o.number = l.number
        WHERE l.brand = r.brand AND l.sale = r.sale AND l.reservation = r.id
          AND NOT o.closed AND o.paid >= o.total)
    ORDER BY r.pay_until LIMIT :most FOR UPDATE OF r SKIP LOCKED
  )
  UPDATE flash_reservations
  SET state = 'RELEASED', reason = 'UNPAID', settled_at = clock_timestamp()
  WHERE brand = :brand AND sale = :sale AND id = ANY (ARRAY(SELECT id FROM chosen))
  RETURNING id, member, quantity, pool, bucket
""")
_SELECTED = """
  SELECT * FROM flash_reservations WHERE brand = :brand AND sale = :sale AND id = :id
"""
_ONE = text(_SELECTED)
_LOCKED = text(f"{_SELECTED} FOR UPDATE")
_MANY = text("""
  SELECT r.* FROM unnest(CAST(:sales AS text[]), CAST(:ids AS uuid[])) AS a (sale, id)
  CROSS JOIN LATERAL (
    SELECT * FROM flash_reservations k
    WHERE k.brand = :brand AND k.sale = a.sale AND k.id = a.id LIMIT 1
  ) r
""")
_OVERDUE = text("""
  SELECT s.id AS sale FROM flash_sales s
  WHERE s.brand = :brand AND s.state <> 'RECONCILED' AND s.shadow_of IS NULL AND EXISTS (
    SELECT FROM flash_reservations r
    WHERE r.brand = s.brand AND r.sale = s.id AND r.state IN ('PENDING', 'ORDERED')
      AND r.pay_until <= clock_timestamp())
  ORDER BY s.id
""")
# Locked in order before they change: an update alone takes them as they come.
_BUYERS = text("""
  WITH locked AS MATERIALIZED (
    SELECT b.member, a.quantity
    FROM unnest(CAST(:members AS text[]), CAST(:quantities AS integer[])) AS a (member, quantity)
    JOIN flash_buyers b ON b.brand = :brand AND b.sale = :sale AND b.member = a.member
    ORDER BY b.member FOR UPDATE OF b
  )
  UPDATE flash_buyers SET quantity = flash_buyers.quantity - locked.quantity
  FROM locked
  WHERE brand = :brand AND sale = :sale AND flash_buyers.member = locked.member
""")
_STOCK = text("""
  UPDATE flash_stock SET remaining = remaining + :units, version = version + 1
  WHERE brand = :brand AND sale = :sale AND pool = :pool AND bucket = :bucket
""")


async def pay(run: Run, brand: str, sale: str, ids: Sequence[UUID]) -> set[UUID]:
    """Those that are paid by this; one that was released, or paid before, is not among them."""
    rows = await run(_PAY, {"brand": brand, "sale": sale, "ids": list(ids)})
    await _told(run, brand, sale, rows)
    return {row.id for row in rows}


async def take_back(run: Run, brand: str, sale: str, ids: Sequence[UUID]) -> set[UUID]:
    """Those that were paid and given up before anything left: their pieces come back by this.

    Of a sale that is reconciled they leave its pools for where its stock came from.
    """
    named = {"brand": brand, "sale": sale}
    rows = await run(_TAKE_BACK, {**named, "ids": list(ids)})
    await _returned(run, named, rows)
    if rows and await run(_RECONCILED, named):
        units: Counter[str] = Counter()
        for row in rows:
            units[row.pool] += row.quantity
        for pool, many in sorted(units.items(), key=lambda one: (one[0] == SHARED, one[0])):
            await move(run, brand, sale, Account(Place.POOL, pool), Account(Place.SUPPLY), many)
    await _told(run, brand, sale, rows)
    return {row.id for row in rows}


async def release(run: Run, brand: str, sale: str, ids: Sequence[UUID], reason: str) -> set[UUID]:
    """Those that are released by this; their pieces and their places within the limit come back."""
    named = {"brand": brand, "sale": sale}
    rows = await run(_RELEASE, {**named, "ids": list(ids), "reason": reason})
    await _returned(run, named, rows)
    await _told(run, brand, sale, rows)
    return {row.id for row in rows}


async def read_reservation(
    run: Run, brand: str, sale: str, key: UUID, *, locked: bool = False
) -> Reservation | None:
    """One reservation; `locked`, nobody else settles it before the transaction ends."""
    rows = await run(_LOCKED if locked else _ONE, {"brand": brand, "sale": sale, "id": key})
    return reservation_of(rows[0]) if rows else None


async def read_reservations(
    store: Store, brand: str, keys: Sequence[tuple[str, UUID]]
) -> Sequence[Reservation]:
    """Reservations by sale and key, those that there are."""
    columns = {"sales": [sale for sale, _ in keys], "ids": [key for _, key in keys]}
    return [reservation_of(row) for row in await store.rows(_MANY, {"brand": brand, **columns})]


async def tell_paid_late(run: Run, brand: str, sale: str, key: UUID) -> None:
    """Somebody paid for what went back before: her money goes back as well.

    Of what costs nothing there is no money that could, and no order to keep it in.
    """
    if await run(_PRICED, {"brand": brand, "sale": sale}):
        await tell(run, brand, Topic.FLASH_PAID_LATE, [Subject(str(key), sale)])


async def overdue_sales(store: Store, brand: str) -> Sequence[str]:
    """The sales of a brand in which somebody did not pay in time."""
    return [row.sale for row in await store.rows(_OVERDUE, {"brand": brand})]


async def expire(run: Run, brand: str, sale: str, most: int) -> int:
    """Release what was not paid in time; how many reservations, `most` of them in one go."""
    named = {"brand": brand, "sale": sale}
    rows = await run(_EXPIRE, {**named, "most": most})
    await _returned(run, named, rows)
    await _told(run, brand, sale, rows)
    return len(rows)


async def _returned(run: Run, named: dict[str, Any], rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    buyers: Counter[str] = Counter()
    stock: Counter[tuple[bool, str, int]] = Counter()
    for row in rows:
        buyers[row.member] += row.quantity
        stock[row.pool == SHARED, row.pool, row.bucket] += row.quantity
    columns = {"members": list(buyers), "quantities": list(buyers.values())}
    await run(_BUYERS, {**named, **columns})
    # in the sequence in which a batch takes: quotas first, what all share last
    for (_, pool, bucket), units in sorted(stock.items()):
        await run(_STOCK, {**named, "pool": pool, "bucket": bucket, "units": units})


async def _told(run: Run, brand: str, sale: str, rows: Sequence[Row[Any]]) -> None:
    subjects = [Subject(key=str(row.id), channel=sale) for row in rows]
    await tell(run, brand, Topic.FLASH_SETTLED, subjects)


def reservation_of(row: Row[Any]) -> Reservation:
    """A reservation of its row."""
    return Reservation(
        sale=row.sale,
        key=row.id,
        member=row.member,
        channel=row.channel,
        quantity=row.quantity,
        state=ReservationState(row.state),
        reserved_at=row.reserved_at,
        pay_until=row.pay_until,
        settled_at=row.settled_at,
        reason=row.reason,
    )
