"""Rehearsals that were asked for: who asked, and how it went; one of a sale at a time."""

from typing import Any

import msgspec
from sqlalchemy import Row, text

from capabilities.audit import Entry
from capabilities.errors import BadInput
from capabilities.flash.lifecycle import SaleDeclined
from capabilities.flash.rehearsal import (
    LOST_SECONDS,
    Rehearsal,
    RehearsalRun,
    RehearsalState,
    check_rehearsed,
)
from store.access.audit import audited
from store.engine import Run, Store
from store.flash.sales import read_sale

_TURN = text("SELECT 1 FROM flash_sales WHERE brand = :brand AND id = :sale FOR UPDATE")
_BEGIN = text("""
  INSERT INTO flash_rehearsals (brand, sale, id, author, started_at)
  VALUES (:brand, :sale, :id, :author, clock_timestamp())
""")
_END = text("""
  UPDATE flash_rehearsals
  SET ended_at = clock_timestamp(), result = CAST(:result AS text), reason = CAST(:reason AS text)
  WHERE brand = :brand AND sale = :sale AND id = :id AND ended_at IS NULL
""")
_LAST = text("""
  SELECT *, ended_at IS NULL
            AND started_at < clock_timestamp() - make_interval(secs => :lost) AS lost
  FROM flash_rehearsals WHERE brand = :brand AND sale = :sale
  ORDER BY started_at DESC, id LIMIT 1
""")


async def begin(run: Run, brand: str, sale: str, named: str, by: str, role: str) -> RehearsalRun:
    """Write down that a sale is rehearsed now; SaleDeclined while it is already."""
    await run(_TURN, {"brand": brand, "sale": sale})
    found = await read_sale(run, brand, sale)
    if found is None:
        raise BadInput("there is no such flash sale", code="FLASH_SALE_UNKNOWN")
    check_rehearsed(found.state)
    rows = await run(_LAST, {"brand": brand, "sale": sale, "lost": LOST_SECONDS})
    if rows and _run_of(rows[0]).state is RehearsalState.RUNNING:
        raise SaleDeclined("the sale is being rehearsed")
    await run(_BEGIN, {"brand": brand, "sale": sale, "id": named, "author": by})
    facts = {"sale": sale}
    await audited(run, brand, Entry(action="flash.rehearse", actor=by, role=role, facts=facts))
    (row,) = await run(_LAST, {"brand": brand, "sale": sale, "lost": LOST_SECONDS})
    return _run_of(row)


async def ended(
    store: Store, brand: str, sale: str, named: str, result: Rehearsal | None, reason: str | None
) -> None:
    """Write down how it went, or why it did not."""
    told = None if result is None else msgspec.json.encode(result).decode()
    given = {"id": named, "result": told, "reason": reason}
    await store.rows(_END, {"brand": brand, "sale": sale, **given})


async def last_rehearsal(store: Store, brand: str, sale: str) -> RehearsalRun | None:
    """The last one of a sale; None where it was not rehearsed here."""
    rows = await store.rows(_LAST, {"brand": brand, "sale": sale, "lost": LOST_SECONDS})
    return _run_of(rows[0]) if rows else None


def _run_of(row: Row[Any]) -> RehearsalRun:
    result = None if row.result is None else msgspec.json.decode(row.result, type=Rehearsal)
    if result is not None:
        state = RehearsalState.DONE
    elif row.ended_at is not None or row.lost:
        state = RehearsalState.FAILED
    else:
        state = RehearsalState.RUNNING
    return RehearsalRun(
        id=row.id,
        sale=row.sale,
        author=row.author,
        started_at=row.started_at,
        ended_at=row.ended_at,
        state=state,
        result=result,
        reason="LOST" if row.lost else row.reason,
    )
