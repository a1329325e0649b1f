"""What the counts say: fields, applications, operations and sources, over the last days."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.adoption.states import Side
from capabilities.estate import Capability
from capabilities.usage.client import Client
from capabilities.usage.records import (
    ClientUsage,
    Counting,
    OperationKey,
    OperationUsage,
    Path,
    PathUsage,
    Quiet,
)
from store.engine import Store

_COUNTING = text("SELECT since, until FROM usage_counting WHERE brand = :brand")
_CLIENTS = text("""
  SELECT credential, client, count(DISTINCT (sha256, name)) AS operations,
    sum(count)::bigint AS runs, max(last_used_at) AS last_used_at
  FROM usage_runs WHERE brand = :brand AND day >= :since
  GROUP BY credential, client ORDER BY runs DESC, credential, client
""")
_OPERATIONS = text("""
  SELECT r.sha256, r.name, o.kind, r.credential, r.client,
    sum(r.count)::bigint AS runs, max(r.last_used_at) AS last_used_at
  FROM usage_runs r JOIN usage_operations o USING (brand, sha256, name)
  WHERE r.brand = :brand AND r.day >= :since
  GROUP BY r.sha256, r.name, o.kind, r.credential, r.client
  ORDER BY runs DESC, r.sha256, r.name, r.credential, r.client
  LIMIT CAST(:first AS bigint)
""")
_COORDINATES = text("""
  SELECT sha256, name, coordinates FROM usage_operations o
  WHERE brand = :brand AND EXISTS (
    SELECT FROM usage_runs r WHERE r.brand = o.brand AND r.sha256 = o.sha256
      AND r.name = o.name AND r.day >= :since
  )
""")
_READS = text("""
  SELECT connector, channel, capability, side, credential, client, sha256, name,
    sum(count)::bigint AS runs, max(last_used_at) AS last_used_at
  FROM usage_reads
  WHERE brand = :brand AND day >= :since
    AND (CAST(:channel AS text) IS NULL OR channel = :channel)
    AND (CAST(:capability AS text) IS NULL OR capability = :capability)
    AND (CAST(:side AS text) IS NULL OR side = :side)
  GROUP BY connector, channel, capability, side, credential, client, sha256, name
  ORDER BY runs DESC, channel, capability, connector, side, credential, client, sha256, name
  LIMIT CAST(:first AS bigint)
""")
_QUIET = text("""
  SELECT channel, capability, coalesce(sum(count) FILTER (WHERE day >= :since), 0)::bigint AS reads,
    max(last_used_at) AS last_used_at
  FROM usage_reads WHERE brand = :brand AND side = 'LEGACY'
  GROUP BY channel, capability
""")


class UsageReports:
    """What was used of one brand's graph since a day."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def counting(self) -> Counting:
        """Since when is counted."""
        rows = await self._store.rows(_COUNTING, {"brand": self._brand})
        return Counting(since=rows[0].since, until=rows[0].until) if rows else Counting()

    async def clients(self, since: date) -> Sequence[ClientUsage]:
        """Every application that asked, those that ask most first."""
        rows = await self._store.rows(_CLIENTS, {"brand": self._brand, "since": since})
        return [
            ClientUsage(
                client=_client(row),
                operations=row.operations,
                count=row.runs,
                last_used_at=row.last_used_at,
            )
            for row in rows
        ]

    async def operations(self, since: date, first: int | None = None) -> Sequence[OperationUsage]:
        """Every operation of every application, the most asked first."""
        named = {"brand": self._brand, "since": since, "first": first}
        return [
            OperationUsage(
                key=OperationKey(row.sha256, row.name),
                kind=row.kind,
                client=_client(row),
                count=row.runs,
                last_used_at=row.last_used_at,
            )
            for row in await self._store.rows(_OPERATIONS, named)
        ]

    async def coordinates(self, since: date) -> Mapping[OperationKey, Sequence[str]]:
        """What each operation that was asked may use of the contract."""
        rows = await self._store.rows(_COORDINATES, {"brand": self._brand, "since": since})
        return {OperationKey(row.sha256, row.name): row.coordinates for row in rows}

    async def reads(
        self,
        since: date,
        *,
        channel: str | None = None,
        capability: Capability | None = None,
        side: Side | None = None,
        first: int | None = None,
    ) -> Sequence[PathUsage]:
        """Who was answered by which source, the most often first."""
        named = {
            "brand": self._brand,
            "since": since,
            "channel": channel,
            "capability": None if capability is None else capability.value,
            "side": None if side is None else side.value,
            "first": first,
        }
        return [
            PathUsage(
                path=Path(row.connector, row.channel, Capability(row.capability), Side(row.side)),
                key=OperationKey(row.sha256, row.name),
                client=_client(row),
                count=row.runs,
                last_used_at=row.last_used_at,
            )
            for row in await self._store.rows(_READS, named)
        ]

    async def quiet(self, pairs: Sequence[tuple[Capability, str]], since: date) -> Sequence[Quiet]:
        """Since when no client was answered by the legacy side; nothing before counting began."""
        counting = await self.counting()
        if counting.since is None:
            return ()
        rows = await self._store.rows(_QUIET, {"brand": self._brand, "since": since})
        read = {(Capability(row.capability), row.channel): row for row in rows}
        return [_quiet(pair, read.get(pair), counting.since) for pair in pairs]


def _quiet(pair: tuple[Capability, str], row: Row[Any] | None, counted: datetime) -> Quiet:
    capability, channel = pair
    last = None if row is None else row.last_used_at
    return Quiet(
        channel=channel,
        capability=capability,
        reads=0 if row is None else row.reads,
        since=counted if last is None else max(last, counted),
    )


def _client(row: Row[Any]) -> Client:
    return Client(row.credential, row.client)
