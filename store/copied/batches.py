"""How a batch enters the copy: once, with all its rows, in one transaction."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from capabilities.copied import BadRow, CopiedBatch, CopiedRow, OutOfTurn, Receipt
from store.copied.graves import erased_among
from store.copied.seals import Seals
from store.engine import Run

FOREIGN = "its key belongs to a store that this sender may not write"

# The stream's row is made where it is not yet, and locked: two batches of it go one by one.
_STREAM = text("""
  INSERT INTO copied_streams (brand, connector, feeder, stream, sequence, last_key, accepted_at,
                              batches, lines, quarantined)
  VALUES (:brand, :connector, :feeder, :stream, 0, '', now(), 0, 0, 0)
  ON CONFLICT (brand, connector, feeder, stream) DO UPDATE SET sequence = copied_streams.sequence
  RETURNING sequence, last_key
""")
_STANDING = text("""
  SELECT sequence, content, accepted, quarantined FROM copied_batches
  WHERE brand = :brand AND connector = :connector AND feeder = :feeder AND stream = :stream
    AND sequence = :sequence
""")
# A day that was corrected since is another one: its first content, sent again, is taken anew.
_SAME = text("""
  SELECT sequence, content, accepted, quarantined FROM copied_batches b
  WHERE brand = :brand AND connector = :connector AND stream = :stream AND content = :content
    AND feeder = :feeder AND store IS NOT DISTINCT FROM :store
    AND day IS NOT DISTINCT FROM CAST(:day AS date)
    AND (day IS NULL OR NOT EXISTS (
      SELECT FROM copied_batches later
      WHERE later.brand = b.brand AND later.connector = b.connector AND later.stream = b.stream
        AND later.feeder = b.feeder AND later.day = b.day
        AND later.store IS NOT DISTINCT FROM b.store AND later.sequence > b.sequence))
  ORDER BY sequence DESC LIMIT 1
""")
# In the order of keys, so that two feeders that write the same rows wait and never cross.
_PUT = text("""
  INSERT INTO copied_rows AS old (brand, connector, section, key, key_length, newest, channel,
                                  customer, words, store, day, mapping, sealed_body)
  SELECT :brand, :connector, a.section, a.key, length(a.key), a.newest, a.channel, a.customer,
         ARRAY(SELECT jsonb_array_elements_text(CAST(a.words AS jsonb))), a.store, a.day,
         a.mapping, a.body
  FROM unnest(CAST(:sections AS text[]), CAST(:keys AS text[]), CAST(:newest AS bigint[]),
              CAST(:channels AS text[]), CAST(:customers AS bytea[]), CAST(:words AS text[]),
              CAST(:owners AS text[]), CAST(:days AS date[]), CAST(:mappings AS text[]),
              CAST(:bodies AS bytea[]))
       AS a (section, key, newest, channel, customer, words, store, day, mapping, body)
  ORDER BY a.section COLLATE "C", a.key COLLATE "C"
  ON CONFLICT (brand, connector, section, key) DO UPDATE
  SET newest = excluded.newest, channel = excluded.channel, customer = excluded.customer,
      words = excluded.words, store = excluded.store, day = excluded.day,
      mapping = excluded.mapping, sealed_body = excluded.sealed_body
  WHERE CAST(:stores AS text[]) IS NULL OR old.store = ANY(CAST(:stores AS text[]))
  RETURNING section, key
""")
_REMOVE = text("""
  DELETE FROM copied_rows r
  USING unnest(CAST(:sections AS text[]), CAST(:keys AS text[])) AS a (section, key)
  WHERE r.brand = :brand AND r.connector = :connector AND r.section = a.section AND r.key = a.key
    AND (CAST(:stores AS text[]) IS NULL OR r.store = ANY(CAST(:stores AS text[])))
  RETURNING r.section, r.key
""")
_REPLACED = text("""
  DELETE FROM copied_rows r
  WHERE r.brand = :brand AND r.connector = :connector AND r.section = ANY(CAST(:named AS text[]))
    AND r.store = :store AND r.day = CAST(:day AS date) AND NOT EXISTS (
      SELECT FROM unnest(CAST(:sections AS text[]), CAST(:keys AS text[])) AS a (section, key)
      WHERE a.section = r.section AND a.key = r.key)
  RETURNING r.section, r.key
""")
_UNSHOW = text("""
  DELETE FROM copied_identities i
  USING unnest(CAST(:sections AS text[]), CAST(:keys AS text[])) AS a (section, key)
  WHERE i.brand = :brand AND i.connector = :connector AND i.section = a.section AND i.key = a.key
""")
_SHOW = text("""
  INSERT INTO copied_identities (brand, connector, section, hash, key)
  SELECT :brand, :connector, a.section, a.hash, a.key
  FROM unnest(CAST(:sections AS text[]), CAST(:hashes AS bytea[]), CAST(:keys AS text[]))
       AS a (section, hash, key)
  ON CONFLICT DO NOTHING
""")
_QUARANTINE = text("""
  INSERT INTO copied_quarantine (brand, connector, feeder, stream, sequence, line, reason, at)
  SELECT :brand, :connector, :feeder, :stream, :sequence, a.line, a.reason, now()
  FROM unnest(CAST(:lines AS bigint[]), CAST(:reasons AS text[])) AS a (line, reason)
  ON CONFLICT DO NOTHING
""")
_ENTER = text("""
  INSERT INTO copied_batches (brand, connector, feeder, stream, sequence, content, store, day,
                              first_key, last_key, lines, accepted, quarantined, accepted_at,
                              sealed_raw, raw_until)
  VALUES (:brand, :connector, :feeder, :stream, :sequence, :content, :store, CAST(:day AS date),
          :first_key, :last_key, :lines, :accepted, :quarantined, now(), CAST(:raw AS bytea),
          now() + CAST(:kept AS double precision) * interval '1 second')
""")
_MOVE = text("""
  UPDATE copied_streams SET sequence = :sequence, last_key = :last_key, accepted_at = now(),
    batches = batches + 1, lines = lines + :lines, quarantined = quarantined + :quarantined
  WHERE brand = :brand AND connector = :connector AND feeder = :feeder AND stream = :stream
""")


class Entry:
    """One batch on its way in, inside a transaction."""

    def __init__(self, seals: Seals, batch: CopiedBatch, keep_seconds: float) -> None:
        self._seals = seals
        self._batch = batch
        self._keep_seconds = keep_seconds
        self._named: dict[str, object] = {
            "brand": seals.brand,
            "connector": batch.connector,
            "feeder": batch.feeder,
            "stream": batch.stream,
        }

    async def enter(self, run: Run) -> Receipt | OutOfTurn:
        """Take the batch, or say what stands or is wanted instead."""
        batch = self._batch
        stands = (await run(_STREAM, self._named))[0]
        known = await self._known(run)
        if known is not None and known.content == batch.content:
            return Receipt(
                sequence=known.sequence,
                accepted=known.accepted,
                quarantined=known.quarantined,
                again=True,
            )
        wanted = stands.sequence + 1
        if batch.sequence not in (None, wanted):
            return OutOfTurn(wanted=wanted, last_key=stands.last_key, taken=known is not None)
        return await self._take(run, wanted)

    async def _known(self, run: Run) -> Any:
        batch = self._batch
        if batch.sequence is None:
            same = {"content": batch.content, "store": batch.store, "day": batch.day}
            rows = await run(_SAME, {**self._named, **same})
        else:
            rows = await run(_STANDING, {**self._named, "sequence": batch.sequence})
        return rows[0] if rows else None

    async def _take(self, run: Run, sequence: int) -> Receipt:
        batch = self._batch
        brought = {(row.section, row.key): row for row in batch.rows}
        stones, all_rows = self._seals.tombstones, list(brought.values())
        erased = await erased_among(run, stones, batch.connector, all_rows)
        rows = [row for key, row in brought.items() if key not in erased]
        await self._drop(run, rows)
        written = await put(run, self._seals, batch.connector, rows, batch.stores)
        bad = [*batch.bad, *self._foreign(written | erased)]
        lines, reasons = [one.line for one in bad], [one.reason for one in bad]
        named = {**self._named, "sequence": sequence}
        if bad:
            await run(_QUARANTINE, {**named, "lines": lines, "reasons": reasons})
        counts = {
            "lines": batch.lines,
            "accepted": len({(row.section, row.key) for row in rows} & written),
            "quarantined": len(set(lines)),
        }
        facts = {
            "content": batch.content,
            "store": batch.store,
            "day": batch.day,
            "first_key": batch.first_key,
            "raw": None if erased else self._seals.raw(batch, sequence),
            "kept": self._keep_seconds,
        }
        keyed = {**named, "last_key": batch.last_key}
        await run(_ENTER, {**keyed, **facts, **counts})
        await run(_MOVE, {**keyed, "lines": counts["lines"], "quarantined": counts["quarantined"]})
        return Receipt(
            sequence=sequence, accepted=counts["accepted"], quarantined=counts["quarantined"]
        )

    def _foreign(self, written: set[tuple[str, str]]) -> list[BadRow]:
        rows = self._batch.rows
        return [
            BadRow(line=row.line, reason=FOREIGN)
            for row in rows
            if (row.section, row.key) not in written
        ]

    async def _drop(self, run: Run, rows: Sequence[CopiedRow]) -> None:
        """Rows that this batch takes away: those it names, and those it replaces."""
        batch = self._batch
        gone: list[Any] = []
        stores = None if batch.stores is None else sorted(batch.stores)
        named = {"brand": self._seals.brand, "connector": batch.connector, "stores": stores}
        if batch.removed:
            gone += await run(_REMOVE, {**named, **_keys(batch.removed)})
        if batch.replaces:
            kept = _keys([(row.section, row.key) for row in rows])
            of = {"named": list(batch.sections), "store": batch.store, "day": batch.day}
            gone += await run(_REPLACED, {**named, **kept, **of})
        if gone:
            pairs = _keys([(row.section, row.key) for row in gone])
            await run(_UNSHOW, {"brand": self._seals.brand, "connector": batch.connector, **pairs})


async def put(
    run: Run,
    seals: Seals,
    connector: str,
    rows: Sequence[CopiedRow],
    stores: frozenset[str] | None,
) -> set[tuple[str, str]]:
    """Write rows, each key once; which were written: not those of other stores."""
    if not rows:
        return set()
    named = {"brand": seals.brand, "connector": connector}
    own = None if stores is None else sorted(stores)
    found = await run(_PUT, {**named, **_columns(seals, connector, rows), "stores": own})
    written = {(row.section, row.key) for row in found}
    await run(_UNSHOW, {**named, **_keys(list(written))})
    shown = [
        (row.section, seals.hashed(connector, row.section, kind, value), row.key)
        for row in rows
        if (row.section, row.key) in written
        for kind, value in row.identities
    ]
    if shown:
        sections, hashes, keys = (list(column) for column in zip(*shown, strict=True))
        await run(_SHOW, {**named, "sections": sections, "hashes": hashes, "keys": keys})
    return written


def _columns(seals: Seals, connector: str, rows: Sequence[CopiedRow]) -> dict[str, object]:
    return {
        **_keys([(row.section, row.key) for row in rows]),
        "newest": [None if row.place is None else -row.place.value for row in rows],
        "channels": [None if row.place is None else row.place.channel for row in rows],
        "customers": [seals.customer(connector, row.section, row.customer) for row in rows],
        "words": [json.dumps(row.words) for row in rows],
        "owners": [row.store for row in rows],
        "days": [row.day for row in rows],
        "mappings": [row.mapping for row in rows],
        "bodies": [seals.body(connector, row) for row in rows],
    }


def _keys(pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
    return {"sections": [one for one, _ in pairs], "keys": [key for _, key in pairs]}
