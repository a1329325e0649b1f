"""What past writes prove of a system: they are found again, and come back in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import text

from capabilities.member.claims import Key
from capabilities.member.echoes import AS_SHOWN, FIELDS, said_by
from store.engine import Store
from store.member.agreements import Agreements
from store.member.kept_memberships import KeptMemberships
from store.owned import Owned
from store.privacy.data_keys import DataKeys

# The newest that is done of each membership: an older one's mark is overwritten by it.
_NEWEST = text("""
  SELECT * FROM (
    SELECT DISTINCT ON (w.number) w.number, w.command, w.phone, w.email, w.name, c.changed_at
    FROM member_writes w
    JOIN member_commands c ON c.brand = w.brand AND c.id = w.command AND c.state = 'DONE'
    WHERE w.brand = :brand AND w.channel = :channel AND c.changed_at > :since
    ORDER BY w.number, c.changed_at DESC
  ) AS newest ORDER BY changed_at DESC LIMIT :most
""")
# One that its system does not have yet is late by now already.
_LAG = text("""
  SELECT count(*) AS writes, coalesce(percentile_cont(0.99) WITHIN GROUP (
    ORDER BY extract(epoch FROM
      CASE c.state WHEN 'DONE' THEN c.changed_at ELSE CAST(:now AS timestamptz) END - c.created_at
    )), 0) AS p99
  FROM member_writes w
  JOIN member_commands c ON c.brand = w.brand AND c.id = w.command AND c.state <> 'DISCARDED'
  WHERE w.brand = :brand AND w.channel = :channel AND (c.state <> 'DONE' OR c.changed_at > :since)
""")
_SINCE = timedelta(days=30)


class Proof(Struct, frozen=True):
    """A write that its system has; `returned` says whether what it wrote stands here, too."""

    number: str
    command: str
    done_at: datetime
    returned: bool


class Lag(Struct, frozen=True):
    """How long writes took until their system had them, in seconds, and how many they were."""

    writes: int
    p99: float


class WriteProofs:
    """The done writes of one brand."""

    def __init__(self, owned: Owned, keys: DataKeys) -> None:
        self._store: Store = owned.store
        self._brand = owned.brand
        self._kept = KeptMemberships(owned.store, owned.brand, keys)
        self._agreements = Agreements(owned.brand, owned.key)

    async def newest(self, channel: str, most: int, now: datetime) -> Sequence[Proof]:
        """The newest of some memberships."""
        named = {"brand": self._brand, "channel": channel, "most": most, "since": now - _SINCE}
        rows = await self._store.rows(_NEWEST, named)
        keys: list[Key] = [(channel, row.number) for row in rows]
        kept = await self._kept.kept_in(self._store.rows, keys)
        found = []
        for row, key in zip(rows, keys, strict=True):
            ours = self._agreements.digests(said_by(kept[key].contact)) if key in kept else {}
            marks = {name: getattr(row, name) for name in FIELDS}
            returned = all(
                mark is None or bytes(mark) in (AS_SHOWN, ours.get(name))
                for name, mark in marks.items()
            )
            found.append(Proof(row.number, row.command, row.changed_at, returned))
        return found

    async def lag(self, channel: str, now: datetime) -> Lag:
        """Of the last day, and of all that is still on its way."""
        since = now - timedelta(days=1)
        rows = await self._store.rows(
            _LAG, {"brand": self._brand, "channel": channel, "since": since, "now": now}
        )
        return Lag(int(rows[0].writes), float(rows[0].p99))
