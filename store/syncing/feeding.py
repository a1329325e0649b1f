"""How well the sync feeds the platform: what is wanting by day, and how late changes come."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import TextClause, text

from capabilities.estate import Capability
from store.engine import Store


def _wanting(table: str, day: str, since: str, standing: str = "true") -> TextClause:
    """What a pass read and the platform lacks, and what it had before and no pass read.

    What was left out of the platform, as of somebody erased, has no digest.
    """
    return text(f"""
      WITH differing AS (
        SELECT CAST(r.{day} AT TIME ZONE CAST(:zone AS text) AS date) AS day
        FROM (SELECT key FROM sync_rows WHERE brand = :brand AND connector = :connector
                AND capability = :capability AND channel = :channel AND digest <> '') s
        FULL JOIN (SELECT number, {day}, {since} FROM {table}
                   WHERE brand = :brand AND channel = :channel AND {standing}) r
          ON r.number = s.key
        WHERE r.number IS NULL OR (s.key IS NULL AND r.{since} < :began_at)
      )
      SELECT (SELECT count(*) FROM (SELECT DISTINCT day FROM differing) AS days) AS days,
             (SELECT count(*) FROM sync_rows WHERE brand = :brand AND connector = :connector
                AND capability = :capability AND channel = :channel) AS rows
    """)  # noqa: S608 - our own words


_WANTING: Mapping[Capability, TextClause] = {
    Capability.MEMBER: _wanting(
        "membership_records",
        "joined_at",
        "first_seen",
        "connector <> 'platform' AND gone_at IS NULL",
    ),
    Capability.ORDER: _wanting("order_facts", "placed_at", "recorded_at", "NOT gone"),
    Capability.PROMOTION: _wanting("promotion_copies", "starts_at", "read_at"),
}


def _statuses(table: str, newer: str) -> TextClause:
    """Rows of a channel, and those whose status the mapping did not know."""
    return text(f"""
      SELECT count(*) AS rows, count(*) FILTER (WHERE status = 'UNKNOWN') AS unknown
      FROM {table} WHERE brand = :brand AND channel = :channel AND {newer}
    """)  # noqa: S608 - our own words


_STATUSES: Mapping[Capability, TextClause] = {
    Capability.MEMBER: _statuses(
        "membership_records", "connector <> 'platform' AND gone_at IS NULL AND seen_at >= :since"
    ),
    Capability.ORDER: _statuses("order_facts", "NOT gone AND placed_at >= :since"),
    # one that began long ago may still hold
    Capability.PROMOTION: _statuses(
        "promotion_copies", "(status <> 'ENDED' OR starts_at >= :since)"
    ),
}
# Somebody who was erased has no membership here, unless something brought one back.
_ERASED = text("""
  SELECT count(*) AS back FROM membership_records r
  JOIN membership_links l ON l.brand = r.brand AND l.number = r.number AND l.channel = r.channel
  JOIN members m ON m.brand = l.brand AND m.one_id = l.one_id
  WHERE r.brand = :brand AND r.channel = :channel AND r.gone_at IS NULL AND m.status = 'ERASED'
""")
_LAGS = text("""
  SELECT lags FROM sync_streams
  WHERE brand = :brand AND connector = :connector AND capability = :capability
""")


class Wanting(Struct, frozen=True):
    """On how many days the platform has other rows than were read, of how many rows in all."""

    days: int
    rows: int


class Lag(Struct, frozen=True):
    """After how many seconds a change stood here at the latest, in 99 of 100 passes of the last."""

    p99: float
    passes: int


class Statuses(Struct, frozen=True):
    """Rows, and how many of them have a status that the mapping does not know."""

    rows: int
    unknown: int


class Feeding:
    """The sync of one brand, measured; days are those of `zone`."""

    def __init__(self, store: Store, brand: str, zone: ZoneInfo) -> None:
        self._store = store
        self._brand = brand
        self._zone = zone

    async def wanting(
        self, connector: str, capability: Capability, channel: str, began_at: datetime
    ) -> Wanting:
        """What is wanting of a channel behind a pass that began at a moment."""
        named = self._named(connector, capability)
        named |= {"channel": channel, "zone": self._zone.key, "began_at": began_at}
        (row,) = await self._store.rows(_WANTING[capability], named)
        return Wanting(row.days, row.rows)

    async def statuses(self, capability: Capability, channel: str, since: datetime) -> Statuses:
        """How far the mapping knows the statuses of a channel's rows since a moment.

        A channel whose every row has none is of a system that tells none: there is nothing to map.
        """
        named = {"brand": self._brand, "channel": channel, "since": since}
        (row,) = await self._store.rows(_STATUSES[capability], named)
        tells = capability is Capability.ORDER or row.unknown < row.rows
        return Statuses(row.rows, row.unknown if tells else 0)

    async def erased(self, channel: str) -> int:
        """How many memberships of a channel are here of people who were erased."""
        named = {"brand": self._brand, "channel": channel}
        (row,) = await self._store.rows(_ERASED, named)
        back: int = row.back
        return back

    async def lag(self, connector: str, capability: Capability) -> Lag | None:
        """How late changes come; None before there were two passes."""
        rows = await self._store.rows(_LAGS, self._named(connector, capability))
        lags = sorted(rows[0].lags or ()) if rows else []
        return Lag(lags[len(lags) * 99 // 100], len(lags)) if lags else None

    def _named(self, connector: str, capability: Capability) -> dict[str, object]:
        return {"brand": self._brand, "connector": connector, "capability": capability.value}
