"""Changes of orders, read from the outbox with whose they are, for those who follow them."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import text

from capabilities.events import Topic
from capabilities.order.changes import OrderChange, ToldChange, Watched
from capabilities.places import Place
from store.engine import Row, Store
from store.events import ERA
from store.placed import LAST, STANDING, floor_of, upto_of

_READ = text(f"""
{STANDING}
  SELECT s.*, e.* FROM standing s LEFT JOIN LATERAL (
    SELECT e.xid, e.position, e.channel, e.key, e.at,
           f.store, l.one_id, ARRAY(
             SELECT a.old_id FROM member_aliases a
             WHERE a.brand = e.brand AND a.one_id = l.one_id
             UNION SELECT o.own_id FROM membership_links o
             WHERE o.brand = e.brand AND o.one_id = l.one_id AND o.own_id IS NOT NULL
           ) AS old_ids
    FROM events e
    LEFT JOIN order_facts f ON f.brand = e.brand AND f.number = e.key AND f.channel = e.channel
    LEFT JOIN membership_links l ON l.brand = e.brand AND l.number = f.holder_number
                                AND l.channel = f.holder_channel
    WHERE e.brand = :brand AND e.topic = :topic AND e.xid < s.horizon
      AND (e.xid, e.position) > (:xid, :position)
      AND (CAST(:store AS text) IS NULL OR f.store = :store)
      AND (CAST(:one_id AS text) IS NULL OR l.one_id = :one_id)
    ORDER BY e.xid, e.position LIMIT :most
  ) e ON true
  ORDER BY e.xid, e.position
""")  # noqa: S608 - a piece of our own
_BACK = text("""
  SELECT xid, position FROM events WHERE brand = :brand AND topic = :topic
  ORDER BY xid DESC, position DESC OFFSET :most LIMIT 1
""")
_ALL = Watched()


class ReadChanges(Struct, frozen=True, kw_only=True):
    """What was read: the changes, the place to go on after, and the last that was forgotten."""

    changes: Sequence[ToldChange]
    upto: Place
    floor: Place


class OrderChanges:
    """The changes of orders of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def after(self, place: Place, most: int, watched: Watched = _ALL) -> ReadChanges:
        """The next changes after a place, at most so many, past no open transaction.

        `upto` is of another era where the outbox was restored since: then the place says nothing.
        """
        asked = {
            "brand": self._brand,
            "part": ERA,
            "topic": Topic.ORDER_CHANGED.value,
            "xid": place.xid,
            "position": place.position,
            "store": watched.store,
            "one_id": watched.one_id,
            "most": most,
        }
        rows = await self._store.rows(_READ, asked)
        standing = rows[0]
        changes = [_told(row) for row in rows if row.position is not None]
        upto = upto_of(standing, [one.change.place for one in changes], most)
        return ReadChanges(changes=changes, upto=upto, floor=floor_of(standing))

    async def standing(self) -> Place:
        """The place behind everything that is whole now."""
        return (await self.after(LAST, 1)).upto

    async def back(self, most: int) -> Place:
        """The place behind which no more changes than these lie, or all that are remembered."""
        named = {"brand": self._brand, "topic": Topic.ORDER_CHANGED.value, "most": most}
        read = await self.after(LAST, 1)
        rows = await self._store.rows(_BACK, named)
        found = Place(read.floor.era, rows[0].xid, rows[0].position) if rows else read.floor
        return max(found, read.floor)


def _told(row: Row) -> ToldChange:
    return ToldChange(
        change=OrderChange(
            place=Place(row.era, row.xid, row.position),
            at=row.at,
            channel_code=row.channel,
            number=row.key,
        ),
        store=row.store,
        one_ids=() if row.one_id is None else (row.one_id, *row.old_ids),
    )
