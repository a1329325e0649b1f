"""Which order a reservation became: rows that join the two, once each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.events import Subject
from capabilities.flash.ordering import FlashOrder, FlashOrderState
from capabilities.flash.settled import Reservation
from store.engine import Run
from store.flash.settling import reservation_of

Key = tuple[str, UUID]

_KEYS = """unnest(CAST(:sales AS text[]), CAST(:ids AS uuid[])) AS a (sale, id)"""
_OF_BATCHES = text("""
  SELECT r.sale, r.id
  FROM unnest(CAST(:sales AS text[]), CAST(:batches AS bigint[])) AS a (sale, batch)
  JOIN flash_reservations r ON r.brand = :brand AND r.batch = a.batch AND r.sale = a.sale
""")
# In one order, so that two who settle the same wait for one another and never cross.
_LOCK = text("""
  SELECT 1 FROM flash_reservations
  WHERE brand = :brand AND (sale, id) IN (
    SELECT * FROM unnest(CAST(:sales AS text[]), CAST(:ids AS uuid[])))
  ORDER BY sale, id FOR UPDATE
""")
_STANDING = text(f"""
  SELECT r.*, e.number AS entry_number, e.channel AS entry_channel,
         o.channel AS order_channel, o.number AS order_number, o.connector,
         o.state AS order_state, o.moved_to
  FROM {_KEYS}
  JOIN flash_reservations r ON r.brand = :brand AND r.sale = a.sale AND r.id = a.id
  LEFT JOIN flash_entries e ON e.brand = :brand AND e.sale = r.sale AND e.member = r.member
  LEFT JOIN flash_orders o ON o.brand = :brand AND o.sale = r.sale AND o.reservation = r.id
  ORDER BY r.sale, r.id
""")  # noqa: S608 - our own words
_LINK = text("""
  INSERT INTO flash_orders (brand, sale, reservation, channel, number, connector, state, made_at,
                            changed_at)
  SELECT :brand, a.sale, a.reservation, a.channel, a.number, a.connector, a.state, :at, :at
  FROM unnest(CAST(:sale AS text[]), CAST(:reservation AS uuid[]), CAST(:channel AS text[]),
              CAST(:number AS text[]), CAST(:connector AS text[]), CAST(:state AS text[]))
       AS a (sale, reservation, channel, number, connector, state)
""")
_ORDERED = text(f"""
  UPDATE flash_reservations r SET state = 'ORDERED' FROM {_KEYS}
  WHERE r.brand = :brand AND r.sale = a.sale AND r.id = a.id AND r.state = 'PENDING'
""")  # noqa: S608 - our own words
_OF_ORDERS = text("""
  SELECT o.sale, o.reservation
  FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS a (channel, number)
  JOIN flash_orders o ON o.brand = :brand AND o.number = a.number AND o.channel = a.channel
  WHERE o.connector IS NULL
""")
_MOVED = text("""
  UPDATE flash_orders SET state = :state, moved_to = CAST(:moved_to AS uuid), changed_at = :at
  WHERE brand = :brand AND sale = :sale AND reservation = :reservation
""")
_SHOWN = text("""
  SELECT a.place, o.sale, o.reservation, o.channel, o.number, o.connector, o.state, o.moved_to
  FROM unnest(CAST(:sales AS text[]), CAST(:ids AS uuid[])) WITH ORDINALITY AS a (sale, id, place)
  JOIN flash_orders o ON o.brand = :brand AND o.sale = a.sale AND o.reservation = a.id
""")


class Stands(Struct, frozen=True, kw_only=True):
    """A reservation with its order; `holder` is the membership by which she entered."""

    reservation: Reservation
    order: FlashOrder | None
    holder: MembershipKey | None

    @property
    def key(self) -> Key:
        """The reservation's key."""
        return self.reservation.sale, self.reservation.key


async def of_batches(run: Run, brand: str, batches: Iterable[Subject]) -> list[Key]:
    """The reservations that batches of sales granted."""
    named = sorted({(one.channel, int(one.key)) for one in batches})
    if not named:
        return []
    columns = {"sales": [sale for sale, _ in named], "batches": [batch for _, batch in named]}
    rows = await run(_OF_BATCHES, {"brand": brand, **columns})
    return [(row.sale, row.id) for row in rows]


async def of_orders(run: Run, brand: str, orders: Sequence[Subject]) -> list[Key]:
    """The reservations behind orders that the platform holds; most orders have none."""
    columns = {"channels": [o.channel for o in orders], "numbers": [o.key for o in orders]}
    rows = await run(_OF_ORDERS, {"brand": brand, **columns}) if orders else ()
    return [(row.sale, row.reservation) for row in rows]


async def locked(run: Run, brand: str, keys: Iterable[Key]) -> list[Stands]:
    """Reservations that nobody else settles until the transaction ends, in the order of keys."""
    named = {"brand": brand, **_columns(sorted(set(keys)))}
    if not named["ids"]:
        return []
    await run(_LOCK, named)
    return [_stands(row) for row in await run(_STANDING, named)]


async def link(run: Run, brand: str, orders: Sequence[FlashOrder], at: datetime) -> None:
    """Write down which reservations have an order from now on."""
    fields = ("sale", "reservation", "channel", "number", "connector")
    columns: dict[str, list[Any]] = {n: [getattr(one, n) for one in orders] for n in fields}
    columns["state"] = [one.state.value for one in orders]
    if orders:
        await run(_LINK, {"brand": brand, "at": at, **columns})


async def mark_ordered(run: Run, brand: str, keys: Sequence[Key]) -> None:
    """Say of reservations that wait for their payment that they are orders."""
    if keys:
        await run(_ORDERED, {"brand": brand, **_columns(keys)})


async def move(
    run: Run, brand: str, key: Key, state: FlashOrderState, at: datetime, to: UUID | None = None
) -> None:
    """Say what became of the order of a reservation."""
    named = {"sale": key[0], "reservation": key[1], "state": state.value, "moved_to": to}
    await run(_MOVED, {"brand": brand, "at": at, **named})


async def shown(run: Run, brand: str, keys: Sequence[Key]) -> list[FlashOrder | None]:
    """The order of each reservation, None where it has none yet."""
    rows = await run(_SHOWN, {"brand": brand, **_columns(keys)}) if keys else ()
    found: Mapping[int, FlashOrder] = {row.place: _order(row, row.reservation) for row in rows}
    return [found.get(place) for place in range(1, len(keys) + 1)]


def _columns(keys: Sequence[Key]) -> dict[str, list[Any]]:
    return {"sales": [sale for sale, _ in keys], "ids": [key for _, key in keys]}


def _stands(row: Row[Any]) -> Stands:
    entered = row.entry_number is not None
    order = None
    if row.order_state is not None:
        order = FlashOrder(
            sale=row.sale,
            reservation=row.id,
            channel=row.order_channel,
            number=row.order_number,
            connector=row.connector,
            state=FlashOrderState(row.order_state),
            moved_to=row.moved_to,
        )
    return Stands(
        reservation=reservation_of(row),
        order=order,
        holder=MembershipKey(row.entry_channel, row.entry_number) if entered else None,
    )


def _order(row: Row[Any], reservation: UUID) -> FlashOrder:
    return FlashOrder(
        sale=row.sale,
        reservation=reservation,
        channel=row.channel,
        number=row.number,
        connector=row.connector,
        state=FlashOrderState(row.state),
        moved_to=row.moved_to,
    )
