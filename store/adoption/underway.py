"""What may not have come to the platform's copy yet: how far its system was read, our writes."""

from collections.abc import Collection

from sqlalchemy import text

from capabilities.adoption.looking import Underway
from capabilities.estate import Capability
from store.engine import Store

# A pass that has not ended has read nothing yet: what the one before it read counts.
_READ = text("""
  SELECT CASE WHEN state = 'DONE' THEN began_at ELSE previous_at END AS read_at
  FROM sync_streams
  WHERE brand = :brand AND connector = :connector AND capability = :capability
""")
_WRITTEN = text("""
  SELECT DISTINCT number FROM member_commands
  WHERE brand = :brand AND channel = :channel AND number = ANY(CAST(:keys AS text[]))
    AND state IN ('QUEUED', 'SENDING', 'UNKNOWN')
""")


class UnderwayRows:
    """What is underway to the copies of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def of(
        self, channel: str, capability: Capability, keys: Collection[str], feed: str | None
    ) -> Underway:
        """Of some keys of a channel; `feed` is the connector that is read by the clock, if any."""
        named = {"brand": self._brand, "capability": capability.value, "channel": channel}
        read = [] if feed is None else await self._store.rows(_READ, {**named, "connector": feed})
        written: frozenset[str] = frozenset()
        if capability is Capability.MEMBER:  # copies of orders follow their system alone
            rows = await self._store.rows(_WRITTEN, {**named, "keys": list(keys)})
            written = frozenset(row.number for row in rows)
        return Underway(read[0].read_at if read else None, written)
