"""Differences of a pair, read in the order in which they were told, for those who follow it."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.adoption.difference import DiffClass
from capabilities.adoption.differing import Difference
from capabilities.estate import Capability
from capabilities.places import Place
from store.engine import Row, Store
from store.events import ERA
from store.placed import LAST, STANDING, floor_of, upto_of

_READ = text(f"""
{STANDING}
  SELECT s.*, d.* FROM standing s LEFT JOIN LATERAL (
    SELECT d.xid, d.position, d.field, d.klass, d.store, d.version, d.at,
           encode(d.key, 'hex') AS key, encode(d.legacy_hash, 'hex') AS legacy_hash,
           encode(d.platform_hash, 'hex') AS platform_hash, d.legacy, d.platform, d.apart, d.more
    FROM adoption_differences d
    WHERE d.brand = :brand AND d.channel = :channel AND d.capability = :capability
      AND d.xid < s.horizon AND (d.xid, d.position) > (:xid, :position)
    ORDER BY d.xid, d.position LIMIT :most
  ) d ON true
  ORDER BY d.xid, d.position
""")  # noqa: S608 - a piece of our own


class ReadDifferences(Struct, frozen=True, kw_only=True):
    """What was read: differences, the place to go on after, and the last that was forgotten."""

    differences: Sequence[Difference]
    upto: Place
    floor: Place


class Differences:
    """The differences of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def after(
        self, channel: str, capability: Capability, place: Place, most: int
    ) -> ReadDifferences:
        """The next ones after a place, at most so many, past no open transaction.

        `upto` is of another era where they were restored since: then the place says nothing.
        """
        asked = {
            "brand": self._brand,
            "part": ERA,
            "topic": f"adoption.differed {capability.value} {channel}",
            "channel": channel,
            "capability": capability.value,
            "xid": place.xid,
            "position": place.position,
            "most": most,
        }
        rows = await self._store.rows(_READ, asked)
        standing = rows[0]
        found = [_told(channel, capability, row) for row in rows if row.position is not None]
        upto = upto_of(standing, [one.place for one in found], most)
        return ReadDifferences(differences=found, upto=upto, floor=floor_of(standing))

    async def standing(self, channel: str, capability: Capability) -> Place:
        """The place behind everything that is whole now."""
        return (await self.after(channel, capability, LAST, 1)).upto


def _told(channel: str, capability: Capability, row: Row) -> Difference:
    told: dict[str, Any] = row._asdict()
    for name in ("horizon", "era", "floor_xid", "floor_position", "xid", "position"):
        del told[name]
    return Difference(
        **{**told, "klass": DiffClass(row.klass)},
        place=Place(row.era, row.xid, row.position),
        channel_code=channel,
        capability=capability,
    )
