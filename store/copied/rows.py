"""The platform's copy in PostgreSQL: rows that were pushed or dropped, asked as a system is."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from capabilities.copied import (
    CopiedAsk,
    CopiedBatch,
    CopiedRow,
    FeederState,
    Found,
    OutOfTurn,
    Quarantined,
    Receipt,
)
from store.copied.batches import Entry, put
from store.copied.graves import erased_among, forget_customer
from store.copied.lists import list_order, list_statement, list_values
from store.copied.seals import Seals
from store.engine import Rows, Run, Store
from store.row_records import records_of

KEEP_SECONDS = 7 * 86_400.0
# They are mapped on the loop that answers everyone.
_REMAPPED_AT_ONCE = 100
# Rows of another mapping, wherever they stand: two short looks into an index.
OUTDATED = """
  EXISTS (SELECT FROM copied_rows o WHERE o.brand = :brand AND o.connector = :connector
            AND o.section = :section AND o.mapping < :mapping)
  OR EXISTS (SELECT FROM copied_rows o WHERE o.brand = :brand AND o.connector = :connector
            AND o.section = :section AND o.mapping > :mapping)
"""
_ROW = "brand = :brand AND connector = :connector AND section = :section"


def _found(rows: str, order: str = "r.key") -> str:
    """A statement that says whether rows are outdated also where it finds none."""
    return (
        f"SELECT ({OUTDATED}) AS outdated, r.key, r.sealed_body "  # noqa: S608 - our own words
        f"FROM (SELECT 1) AS one LEFT JOIN LATERAL ({rows}) AS r ON true ORDER BY {order}"
    )


_BY_KEYS = text(
    _found(f"""
  SELECT key, sealed_body FROM copied_rows
  WHERE {_ROW} AND key = ANY(CAST(:keys AS text[]))
""")  # noqa: S608 - as above
)
_BY_IDENTITY = text(
    _found("""
  SELECT DISTINCT ON (c.key) c.key, c.sealed_body
  FROM copied_identities i
  JOIN copied_rows c ON c.brand = i.brand AND c.connector = i.connector
    AND c.section = i.section AND c.key = i.key
  WHERE i.brand = :brand AND i.connector = :connector AND i.section = :section
    AND i.hash = ANY(CAST(:hashes AS bytea[]))
""")
)
# Asked every few seconds by every process, and mostly for nothing: an index says so at once.
_OTHERS = text(f"""
  WITH others AS MATERIALIZED (
    (SELECT key FROM copied_rows WHERE {_ROW} AND mapping < :mapping LIMIT {_REMAPPED_AT_ONCE})
    UNION ALL
    (SELECT key FROM copied_rows WHERE {_ROW} AND mapping > :mapping LIMIT {_REMAPPED_AT_ONCE})
  )
  SELECT section, key, store, day, sealed_body FROM copied_rows
  WHERE {_ROW} AND key IN (SELECT key FROM others) ORDER BY key
  LIMIT {_REMAPPED_AT_ONCE} FOR UPDATE SKIP LOCKED
""")  # noqa: S608 - as above
# A sender that may send no more makes no answer older.
_ACCEPTED_AT = text("""
  SELECT min(a.newest) AS accepted_at FROM (
    SELECT max(s.accepted_at) AS newest FROM copied_streams s
    LEFT JOIN inbox_senders i
      ON i.brand = s.brand AND i.connector = s.connector AND i.sender = s.feeder
    WHERE s.brand = :brand AND s.connector = :connector AND i.revoked_at IS NULL
      AND s.batches > 0
    GROUP BY s.feeder
  ) AS a
""")
_STATES = text("""
  SELECT feeder, stream, sequence, last_key, accepted_at, batches, lines, quarantined
  FROM copied_streams WHERE brand = :brand AND connector = :connector AND batches > 0
  ORDER BY feeder, stream
""")
_DAYS = text("""
  SELECT DISTINCT store, day FROM copied_batches
  WHERE brand = :brand AND connector = :connector AND stream = :stream
    AND day >= CAST(:since AS date) AND store IS NOT NULL
  ORDER BY store, day
""")
_ROW_DAYS = text(f"""
  SELECT DISTINCT store, day FROM copied_rows WHERE {_ROW} AND day >= CAST(:since AS date)
  ORDER BY store, day
""")  # noqa: S608 - as above
_QUARANTINED = text("""
  SELECT feeder, stream, sequence, line, reason, at FROM copied_quarantine
  WHERE brand = :brand AND connector = :connector
  ORDER BY at DESC, feeder, stream, sequence, line LIMIT :first
""")
_SWEEP = text("""
  UPDATE copied_batches SET sealed_raw = NULL, raw_until = NULL
  WHERE brand = :brand AND raw_until < now() RETURNING 1
""")


class CopiedRows:
    """The copy of one brand; bodies as they came are kept for `keep_seconds`."""

    def __init__(self, store: Store, seals: Seals, *, keep_seconds: float = KEEP_SECONDS) -> None:
        self._store = store
        self._seals = seals
        self._keep_seconds = keep_seconds

    async def accept(self, batch: CopiedBatch) -> Receipt | OutOfTurn:
        """Take a batch and its rows, all or nothing and once."""
        entry = Entry(self._seals, batch, self._keep_seconds)
        return await self._store.transaction(entry.enter)

    async def by_keys(
        self, connector: str, section: str, mapping: str, keys: Sequence[str]
    ) -> Found:
        """The rows that have these natural keys."""
        named = self._named(connector, section, mapping)
        rows = await self._store.rows(_BY_KEYS, {**named, "keys": list(keys)})
        return self._opened(connector, section, rows)

    async def by_identity(
        self, connector: str, section: str, mapping: str, kind: str, values: Sequence[str]
    ) -> Found:
        """The rows that show one of these values."""
        hashes = [self._seals.hashed(connector, section, kind, value) for value in values]
        named = self._named(connector, section, mapping)
        rows = await self._store.rows(_BY_IDENTITY, {**named, "hashes": hashes})
        return self._opened(connector, section, rows)

    async def rows(self, connector: str, ask: CopiedAsk) -> Found:
        """Rows of a list, in the one order of lists; per customer where customers are asked."""
        named = self._named(connector, ask.section, ask.mapping)
        customers = [
            self._seals.customer(connector, ask.section, one) for one in ask.customers or ()
        ]
        statement = _found(list_statement(ask), list_order(ask, "r"))
        rows = await self._store.rows(text(statement), {**named, **list_values(ask, customers)})
        return self._opened(connector, ask.section, rows)

    async def remap(
        self,
        connector: str,
        section: str,
        mapping: str,
        mapped: Callable[[Sequence[CopiedRow]], Sequence[CopiedRow]],
    ) -> int:
        """Find places and words anew for some rows of other mappings; how many, 0 when done."""
        named = self._named(connector, section, mapping)

        async def work(run: Run) -> int:
            rows = await run(_OTHERS, named)
            old = [
                CopiedRow(
                    section=section,
                    key=row.key,
                    body=self._seals.opened(connector, section, row),
                    mapping="",
                    store=row.store,
                    day=row.day,
                )
                for row in rows
            ]
            await put(run, self._seals, connector, mapped(old), None)
            return len(rows)

        return await self._store.transaction(work)

    async def erased(self, connector: str, rows: Sequence[CopiedRow]) -> bool:
        """Whether any of these rows is an erased person's."""
        stones = self._seals.tombstones
        return bool(await erased_among(self._store.rows, stones, connector, rows))

    async def forget(self, connector: str, number: str) -> int:
        """Take the rows of a customer out; how many they were."""
        return await self._store.transaction(
            lambda run: forget_customer(run, self._seals, connector, number)
        )

    async def accepted_at(self, connector: str) -> datetime | None:
        """The oldest of what every feeder brought last."""
        rows = await self._store.rows(_ACCEPTED_AT, self._of(connector))
        moment: datetime | None = rows[0].accepted_at
        return moment

    async def states(self, connector: str) -> Sequence[FeederState]:
        """Every stream of every feeder that has brought something."""
        rows = await self._store.rows(_STATES, self._of(connector))
        return records_of(rows, FeederState)

    async def days(self, connector: str, stream: str, since: date) -> Sequence[tuple[str, date]]:
        """The (store, day) pairs that batches named since a day."""
        asked = {**self._of(connector), "stream": stream, "since": since}
        return [(row.store, row.day) for row in await self._store.rows(_DAYS, asked)]

    async def row_days(
        self, connector: str, section: str, since: date
    ) -> Sequence[tuple[str, date]]:
        """The (store, day) pairs that rows have since a day."""
        asked = {**self._of(connector), "section": section, "since": since}
        return [(row.store, row.day) for row in await self._store.rows(_ROW_DAYS, asked)]

    async def quarantined(self, connector: str, first: int) -> Sequence[Quarantined]:
        """The newest rows in quarantine."""
        rows = await self._store.rows(_QUARANTINED, {**self._of(connector), "first": first})
        return records_of(rows, Quarantined)

    async def sweep(self) -> int:
        """Forget the bodies whose time is over; how many."""
        return len(await self._store.rows(_SWEEP, {"brand": self._seals.brand}))

    def _of(self, connector: str) -> dict[str, Any]:
        return {"brand": self._seals.brand, "connector": connector}

    def _named(self, connector: str, section: str, mapping: str) -> dict[str, Any]:
        return {**self._of(connector), "section": section, "mapping": mapping}

    def _opened(self, connector: str, section: str, rows: Rows) -> Found:
        return Found(
            bodies=[
                self._seals.opened(connector, section, row) for row in rows if row.key is not None
            ],
            outdated=rows[0].outdated,
        )
