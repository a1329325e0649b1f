"""The audit trail of a brand: only added to, and every entry holds the hash of the one before.

Who changes a byte breaks the chain from there on; who cuts its end off is found by the head, or by
a head that was written down elsewhere.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict, replace
from sqlalchemy import Row, text

from capabilities.audit import (
    EVERYTHING,
    FIRST,
    AuditFault,
    AuditFilter,
    AuditHead,
    Entry,
    Recorded,
    chained,
    facts_text,
)
from store.engine import Run, Store

# The row is the lock: entries of a brand are added one transaction after another.
_HEAD = text("""
  INSERT INTO audit_heads AS old (brand, number, hash) VALUES (:brand, 0, :first)
  ON CONFLICT (brand) DO UPDATE SET number = old.number
  RETURNING number, hash, clock_timestamp() AS at
""")
_ADD = text("""
  WITH moved AS (
    UPDATE audit_heads SET number = :number, hash = :hash WHERE brand = :brand
  )
  INSERT INTO audit_entries (brand, number, at, action, actor, role, about, reason, facts, hash)
  SELECT :brand, one.* FROM unnest(
    CAST(:numbers AS bigint[]), CAST(:ats AS timestamptz[]), CAST(:actions AS text[]),
    CAST(:actors AS text[]), CAST(:roles AS text[]), CAST(:abouts AS text[]),
    CAST(:reasons AS text[]), CAST(:facts AS text[]), CAST(:hashes AS bytea[])
  ) AS one
""")
_STANDS = text("SELECT number, hash FROM audit_heads WHERE brand = :brand")
_AFTER = text("""
  SELECT * FROM audit_entries WHERE brand = :brand AND number > :number
  ORDER BY number LIMIT :first
""")
_MEANT = """
  (CAST(:about AS text) IS NULL OR about = :about)
  AND (CAST(:actor AS text) IS NULL OR actor = :actor)
  AND (CAST(:action AS text) IS NULL OR action = :action)
"""
_PAGE = text(f"""
  SELECT * FROM audit_entries WHERE brand = :brand AND {_MEANT}
    AND (CAST(:place AS bigint) IS NULL OR number < :place)
  ORDER BY number DESC LIMIT :first
""")  # noqa: S608 - our own text
_BACK = text(f"""
  SELECT * FROM audit_entries WHERE brand = :brand AND {_MEANT}
    AND (CAST(:place AS bigint) IS NULL OR number > :place)
  ORDER BY number LIMIT :first
""")  # noqa: S608 - our own text
_COLUMNS = {
    "numbers": "number",
    "ats": "at",
    "actions": "action",
    "actors": "actor",
    "roles": "role",
    "abouts": "about",
    "reasons": "reason",
    "facts": "facts",
    "hashes": "hash",
}
_AT_ONCE = 1_000


async def audited(run: Run, brand: str, *entries: Entry) -> None:
    """Add entries in the caller's transaction; nothing is done without its entry, nor the reverse.

    Ask it last: until the transaction ends nobody else of the brand adds one.
    """
    if not entries:
        return
    head = (await run(_HEAD, {"brand": brand, "first": FIRST}))[0]
    before, rows = bytes(head.hash), []
    for number, entry in enumerate(entries, start=head.number + 1):
        made = _made(number, head.at, entry)
        rows.append(made := replace(made, hash=chained(before, brand, made)))
        before = made.hash
    columns = {name: [getattr(row, of) for row in rows] for name, of in _COLUMNS.items()}
    await run(_ADD, {"brand": brand, "number": rows[-1].number, "hash": before, **columns})


class Audit:
    """The trail of one brand, by itself and for those who read it."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def record(self, *entries: Entry) -> None:
        """Add entries in a transaction of their own; StoreUnavailable where that cannot be."""
        await self._store.transaction(lambda run: audited(run, self._brand, *entries))

    async def page(
        self,
        first: int,
        filters: AuditFilter = EVERYTHING,
        place: int | None = None,
        *,
        backward: bool = False,
    ) -> Sequence[Recorded]:
        """Entries before a place, the newest first; backward those after it, in the same order."""
        asked: dict[str, object] = {**asdict(filters), "first": first, "place": place}
        rows = await self._store.rows(_BACK if backward else _PAGE, self._named(asked))
        found = [_recorded(row) for row in rows]
        return found[::-1] if backward else found

    async def head(self) -> AuditHead:
        """The end of the chain as it is now."""
        rows = await self._store.rows(_STANDS, self._named({}))
        return AuditHead(rows[0].number, bytes(rows[0].hash)) if rows else AuditHead(0, FIRST)

    async def verify(self, expected: AuditHead | None = None) -> AuditFault | None:
        """The first place where the chain does not hold; None where it is whole.

        `expected` is a head of earlier, written down elsewhere.
        """
        stands, at = await self.head(), AuditHead(0, FIRST)
        async for one in self._up_to(stands.number):
            if one.number != at.number + 1:
                return AuditFault(at.number + 1, "the entry is missing")
            if chained(at.hash, self._brand, one) != one.hash:
                return AuditFault(one.number, "the entry was changed, or one before it")
            at = AuditHead(one.number, one.hash)
            if expected is not None and at.number == expected.number and at != expected:
                return AuditFault(at.number, "the chain is not the one that was written down")
        if at != stands:
            return AuditFault(at.number + 1, "the end is missing")
        if expected is not None and expected.number > at.number:
            return AuditFault(at.number + 1, "the chain is shorter than it was")
        return None

    async def _up_to(self, to: int) -> AsyncIterator[Recorded]:
        number = 0
        while number < to:
            asked: dict[str, object] = {"number": number, "first": _AT_ONCE}
            rows = await self._store.rows(_AFTER, self._named(asked))
            for row in rows:
                yield _recorded(row)
            number = rows[-1].number if rows else to

    def _named(self, asked: dict[str, object]) -> dict[str, object]:
        return {"brand": self._brand, **asked}


def _made(number: int, at: datetime, entry: Entry) -> Recorded:
    return Recorded(
        number=number,
        at=at,
        action=entry.action,
        actor=entry.actor,
        role=entry.role,
        about=entry.about,
        reason=entry.reason,
        facts=facts_text(entry.facts),
        hash=b"",
    )


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(
        number=row.number,
        at=row.at,
        action=row.action,
        actor=row.actor,
        role=row.role,
        about=row.about,
        reason=row.reason,
        facts=row.facts,
        hash=bytes(row.hash),
    )
