"""What processes counted, put together by day."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import text

from capabilities.usage.client import OTHER
from capabilities.usage.records import Counted
from store.engine import Run, Store

# Rows come in the order of their keys, so that two processes never wait for each other.
_OPERATIONS = text(f"""
  INSERT INTO usage_operations AS old (brand, sha256, name, kind, coordinates)
  SELECT :brand, sha256, name, kind, coordinates
  FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(sha256 text, name text, kind text, coordinates text[])
  ORDER BY sha256 COLLATE "C", name COLLATE "C"
  ON CONFLICT (brand, sha256, name) DO UPDATE
  SET coordinates = CASE WHEN old.sha256 = '{OTHER}' THEN ARRAY(
        SELECT DISTINCT c FROM unnest(old.coordinates || excluded.coordinates) c ORDER BY c
      ) ELSE excluded.coordinates END
  WHERE old.coordinates <> excluded.coordinates
""")  # noqa: S608 - our own word
_RUNS = text("""
  INSERT INTO usage_runs AS old
    (brand, day, credential, client, sha256, name, count, last_used_at)
  SELECT :brand, :day, credential, client, sha256, name, count, :at
  FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS r(credential text, client text, sha256 text, name text, count bigint)
  ORDER BY credential COLLATE "C", client COLLATE "C", sha256 COLLATE "C", name COLLATE "C"
  ON CONFLICT (brand, day, credential, client, sha256, name) DO UPDATE
  SET count = old.count + excluded.count,
    last_used_at = greatest(old.last_used_at, excluded.last_used_at)
""")
_READS = text("""
  INSERT INTO usage_reads AS old
    (brand, day, channel, capability, connector, side, credential, client, sha256, name,
     count, last_used_at)
  SELECT :brand, :day, channel, capability, connector, side, credential, client, sha256, name,
    count, :at
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
    channel text, capability text, connector text, side text,
    credential text, client text, sha256 text, name text, count bigint
  )
  ORDER BY channel COLLATE "C", capability COLLATE "C", connector COLLATE "C", side COLLATE "C",
    credential COLLATE "C", client COLLATE "C", sha256 COLLATE "C", name COLLATE "C"
  ON CONFLICT
    (brand, day, channel, capability, connector, side, credential, client, sha256, name)
  DO UPDATE
  SET count = old.count + excluded.count,
    last_used_at = greatest(old.last_used_at, excluded.last_used_at)
""")
# A minute's rest keeps the one row of a brand from being everybody's.
_BEAT = text("""
  INSERT INTO usage_counting AS old (brand, since, until) VALUES (:brand, :at, :at)
  ON CONFLICT (brand) DO UPDATE SET until = excluded.until
  WHERE old.until < excluded.until - interval '1 minute'
""")
_FORGET = text("""
  DELETE FROM usage_operations o WHERE brand = :brand AND NOT EXISTS (
    SELECT FROM usage_runs r
    WHERE r.brand = o.brand AND r.sha256 = o.sha256 AND r.name = o.name
  )
""")


class UsageCounts:
    """The counts of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def add(self, counted: Counted, *, day: date, at: datetime) -> None:
        """Add what one process counted; a day is the retailer's own."""
        named = {"brand": self._brand, "day": day, "at": at}

        async def add(run: Run) -> None:
            await run(_BEAT, {"brand": self._brand, "at": at})
            if counted.operations:
                await run(_OPERATIONS, {"brand": self._brand, "rows": _json(_operations(counted))})
            if counted.runs:
                await run(_RUNS, {**named, "rows": _json(_runs(counted))})
            if counted.reads:
                await run(_READS, {**named, "rows": _json(_reads(counted))})

        await self._store.transaction(add)

    async def forget_unused(self) -> None:
        """Forget operations whose last count was forgotten."""
        await self._store.rows(_FORGET, {"brand": self._brand})


def _json(rows: Iterator[dict[str, Any]]) -> str:
    return msgspec.json.encode(list(rows)).decode()


def _operations(counted: Counted) -> Iterator[dict[str, Any]]:
    for one in counted.operations.values():
        key = {"sha256": one.key.sha256, "name": one.key.name}
        yield {**key, "kind": one.kind, "coordinates": one.coordinates}


def _runs(counted: Counted) -> Iterator[dict[str, Any]]:
    for (client, key), count in counted.runs.items():
        asked = {"credential": client.credential, "client": client.name}
        yield {**asked, "sha256": key.sha256, "name": key.name, "count": count}


def _reads(counted: Counted) -> Iterator[dict[str, Any]]:
    for (client, key, path), count in counted.reads.items():
        yield {
            "channel": path.channel,
            "capability": path.capability.value,
            "connector": path.connector,
            "side": path.side.value,
            "credential": client.credential,
            "client": client.name,
            "sha256": key.sha256,
            "name": key.name,
            "count": count,
        }
