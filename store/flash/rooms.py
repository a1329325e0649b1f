"""Waiting rooms: who entered, in which order, and how many were let in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.caller import MembershipKey
from capabilities.errors import BadInput
from capabilities.flash.room import Fairness, Room
from store.engine import Run

# The row is the lock: entries of a sale are numbered one batch after another. Who is let in for
# nobody is not saved up: a room that was empty for an hour does not let in an hour's crowd.
_COUNT = text("""
  WITH locked AS MATERIALIZED (
    SELECT r.*, clock_timestamp() AS now FROM flash_rooms r
    WHERE r.brand = :brand AND r.sale = :sale FOR UPDATE
  ), counted AS (
    SELECT l.*, s.state = 'OPEN' AND l.now >= s.opens_at AND l.now < s.closes_at AS moving,
           CASE WHEN s.state = 'OPEN'
                THEN greatest(0, extract(epoch FROM l.now - greatest(l.counted_at, s.opens_at)))
                ELSE 0 END AS seconds
    FROM locked l JOIN flash_sales s ON s.brand = :brand AND s.id = :sale
  )
  UPDATE flash_rooms r SET
    admitted = least(c.admitted + c.rate * c.seconds, c.issued + greatest(c.rate, 1)),
    counted_at = c.now,
    drawn = CASE WHEN c.moving THEN coalesce(c.drawn, c.issued) ELSE c.drawn END
  FROM counted c WHERE r.brand = :brand AND r.sale = :sale
  RETURNING r.fairness, r.rate, r.issued, r.drawn, r.admitted, r.counted_at, c.moving
""")
_INSIDE = text("""
  SELECT e.member, e.place FROM unnest(CAST(:members AS text[])) AS a (member)
  JOIN flash_entries e ON e.brand = :brand AND e.sale = :sale AND e.member = a.member
""")
_ENTER = text("""
  INSERT INTO flash_entries (brand, sale, member, place, channel, number, entered_at)
  SELECT :brand, :sale, a.*, clock_timestamp()
  FROM unnest(CAST(:members AS text[]), CAST(:places AS bigint[]), CAST(:channels AS text[]),
              CAST(:numbers AS text[])) AS a
""")
_ISSUED = text("""
  UPDATE flash_rooms SET issued = :issued WHERE brand = :brand AND sale = :sale
""")
_OPEN = text("""
  INSERT INTO flash_rooms (brand, sale, fairness, rate, issued, admitted, counted_at, epoch)
  VALUES (:brand, :sale, :fairness, :rate, 0, 0, clock_timestamp(), 0)
""")
_EPOCH = text("""
  UPDATE flash_rooms SET epoch = epoch + 1 WHERE brand = :brand AND sale = :sale RETURNING epoch
""")
_RATE = text("UPDATE flash_rooms SET rate = :rate WHERE brand = :brand AND sale = :sale")


class Entrant(Struct, frozen=True, gc=False):
    """Who enters: her OneID, and the membership by which she is known."""

    member: str
    key: MembershipKey


async def open_room(
    run: Run, brand: str, sale: str, fairness: Fairness = Fairness.ARRIVAL, rate: float = 0.0
) -> None:
    """An empty room for a sale."""
    named = {"brand": brand, "sale": sale}
    await run(_OPEN, {**named, "fairness": fairness.value, "rate": rate})


async def count_in(run: Run, brand: str, sale: str) -> Room | None:
    """The room as of now, counted anew; None where the sale has none.

    Before its rate or the state of its sale changes, and whenever somebody enters.
    """
    rows = await run(_COUNT, {"brand": brand, "sale": sale})
    return room_of(rows[0]) if rows else None


async def next_epoch(run: Run, brand: str, sale: str) -> int | None:
    """The number under which the gate of a sale is loaded anew; None where it has no room."""
    rows = await run(_EPOCH, {"brand": brand, "sale": sale})
    return rows[0].epoch if rows else None


async def change_rate(run: Run, brand: str, sale: str, rate: float) -> None:
    """Let in so many a second from now on; those who were let in stay so."""
    await count_in(run, brand, sale)
    await run(_RATE, {"brand": brand, "sale": sale, "rate": rate})


async def enter(run: Run, brand: str, sale: str, entrants: Sequence[Entrant]) -> dict[str, int]:
    """The place in which each arrived, by OneID: who enters again has the one she had."""
    room = await count_in(run, brand, sale)
    if room is None:
        raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
    named = {"brand": brand, "sale": sale}
    people = {one.member: one.key for one in entrants}
    rows = await run(_INSIDE, {**named, "members": list(people)})
    places = {row.member: row.place for row in rows}
    new = [member for member in people if member not in places]
    if new:
        fresh = {member: room.issued + place for place, member in enumerate(new, 1)}
        columns = {
            "members": new,
            "places": list(fresh.values()),
            "channels": [people[member].channel for member in new],
            "numbers": [people[member].number for member in new],
        }
        await run(_ENTER, {**named, **columns})
        await run(_ISSUED, {**named, "issued": room.issued + len(new)})
        places |= fresh
    return places


def room_of(row: Row[Any]) -> Room:
    """A room from the columns of its row, and whether it moves."""
    counted_at: datetime = row.counted_at
    return Room(
        fairness=Fairness(row.fairness),
        rate=row.rate,
        issued=row.issued,
        drawn=row.drawn,
        admitted=row.admitted,
        counted_at=counted_at,
        moving=row.moving,
    )
