"""The outbox of changes: written with the change, read by position, past no open transaction."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from sqlalchemy import text

from capabilities.events import Event, Subject, Topic
from store.engine import TELLS, Row, Run, Store

# The part of `state_versions` that says in which era places of events are counted.
ERA = "events"

Handle = Callable[[Run, Sequence[Event]], Awaitable[None]]

# What a statement says that writes events: a row each of `channel` and `key` follows.
TELLING = """
  INSERT INTO events (brand, xid, topic, channel, key, at)
  SELECT :brand, CAST(CAST(pg_current_xact_id() AS text) AS bigint), :topic, channel, key, now()
  FROM
"""
_TELL = text(f"""{TELLING}
  unnest(CAST(:channels AS text[]), CAST(:keys AS text[])) AS a (channel, key)
""").execution_options(**{TELLS: True})
_BEGIN = text("""
  INSERT INTO event_consumers (brand, consumer, xid, position, read_at)
  VALUES (:brand, :consumer, 0, 0, now()) ON CONFLICT DO NOTHING
""")
# The row is locked: of one consumer's processes one reads at a time. What a transaction below the
# horizon wrote is whole; whatever comes later has a higher id.
_STAND = text("""
  SELECT xid, position,
         CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS horizon
  FROM event_consumers WHERE brand = :brand AND consumer = :consumer FOR UPDATE
""")
_READ = text("""
  SELECT xid, position, topic, channel, key, at FROM events
  WHERE brand = :brand AND topic = ANY (CAST(:topics AS text[]))
    AND (xid, position) > (:xid, :position) AND xid < :horizon
  ORDER BY xid, position LIMIT :most
""")
# A consumer that has heard all of its topics has also passed what is told of others: else nothing
# is ever forgotten that one of them does not follow.
_LAST = text("""
  SELECT xid, position FROM events
  WHERE brand = :brand AND (xid, position) > (:xid, :position) AND xid < :horizon
  ORDER BY xid DESC, position DESC LIMIT 1
""")
_MOVE = text("""
  UPDATE event_consumers SET xid = :xid, position = :position, read_at = now()
  WHERE brand = :brand AND consumer = :consumer
""")
_BEHIND = text("""
  SELECT c.consumer, count(e.position) AS behind, min(e.at) AS oldest
  FROM event_consumers c
  LEFT JOIN events e ON e.brand = c.brand AND (e.xid, e.position) > (c.xid, c.position)
  WHERE c.brand = :brand GROUP BY c.consumer ORDER BY c.consumer
""")
_FORGET = text("""
  WITH gone AS (
    DELETE FROM events e
    WHERE e.brand = :brand AND e.at < now() - make_interval(secs => :seconds)
      AND NOT EXISTS (SELECT FROM event_consumers c
                      WHERE c.brand = e.brand AND (c.xid, c.position) < (e.xid, e.position))
    RETURNING 1
  ) SELECT count(*) AS gone FROM gone
""")


# Numbers of transactions belong to a cluster. In another one they would hide what comes: restored
# events count as older than all of its own, and a consumer hears some again rather than miss one.
_REBASE_CONSUMERS = text("""
  UPDATE event_consumers c SET xid = 0, position = coalesce(
    (SELECT min(e.position) - 1 FROM events e
     WHERE e.brand = c.brand AND (e.xid, e.position) > (c.xid, c.position)),
    (SELECT max(e.position) FROM events e WHERE e.brand = c.brand), 0)
""")
_REBASE_EVENTS = text("UPDATE events SET xid = 0 WHERE xid <> 0")
_REBASE_DIFFERENCES = text("UPDATE adoption_differences SET xid = 0 WHERE xid <> 0")
# Places that clients hold name transactions of the cluster before: a new era tells them apart.
_NEW_ERA = text("""
  INSERT INTO state_versions AS old (brand, part, version, changed_at)
  SELECT brand, :part, CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint), now()
  FROM (SELECT brand FROM events UNION SELECT brand FROM event_consumers
        UNION SELECT brand FROM adoption_differences
        UNION SELECT brand FROM state_versions) AS brands
  ON CONFLICT (brand, part) DO UPDATE
  SET version = greatest(old.version + 1, excluded.version), changed_at = now()
""")
_ZERO_FLOORS = text("DELETE FROM event_floors")


async def rebase_events(run: Run) -> None:
    """Make restored events of all brands readable where other transactions are counted."""
    await run(_REBASE_CONSUMERS, {})
    await run(_REBASE_EVENTS, {})
    await run(_REBASE_DIFFERENCES, {})
    await run(_ZERO_FLOORS, {})
    await run(_NEW_ERA, {"part": ERA})


async def tell(run: Run, brand: str, topic: Topic, subjects: Sequence[Subject]) -> None:
    """Write one event per subject in the caller's transaction, in this order."""
    if not subjects:
        return
    columns = {"channels": [one.channel for one in subjects], "keys": [one.key for one in subjects]}
    await run(_TELL, {"brand": brand, "topic": topic.value, **columns})


class Events:
    """The events of one brand, for those who follow them."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def consume(
        self, consumer: str, topics: Collection[Topic], handle: Handle, *, most: int = 500
    ) -> int:
        """Hand the next events to `handle` and move on, in one transaction; how many they were.

        What `handle` writes through its `Run` takes effect exactly once. A consumer that asks for
        other topics than before goes on from where it stands.
        """

        async def work(run: Run) -> int:
            who = {"brand": self._brand, "consumer": consumer}
            stand = await _stand(run, who)
            asked = {"topics": [one.value for one in topics], "most": most}
            place = {
                "brand": self._brand,
                "xid": stand.xid,
                "position": stand.position,
                "horizon": stand.horizon,
            }
            rows = await run(_READ, {**asked, **place})
            if rows:
                await handle(run, [_event(row) for row in rows])
            last = rows if len(rows) == most else await run(_LAST, place)
            if last:
                await run(_MOVE, {**who, "xid": last[-1].xid, "position": last[-1].position})
            return len(rows)

        return await self._store.transaction(work)

    async def behind(self) -> Sequence[Row]:
        """Per consumer how many events of any topic lie before it, and when the oldest was."""
        return await self._store.rows(_BEHIND, {"brand": self._brand})

    async def forget(self, seconds: float) -> int:
        """Forget events of that age that every consumer has passed; how many they were."""
        rows = await self._store.rows(_FORGET, {"brand": self._brand, "seconds": seconds})
        return int(rows[0].gone)


async def _stand(run: Run, who: Mapping[str, object]) -> Row:
    """Where a consumer stands; only its first time writes, for most looks find nothing new."""
    rows = await run(_STAND, who)
    if not rows:
        await run(_BEGIN, who)
        rows = await run(_STAND, who)
    return rows[0]


def _event(row: Row) -> Event:
    return Event(
        topic=Topic(row.topic), subject=Subject(key=row.key, channel=row.channel), at=row.at
    )
