"""Streams of the sync: who runs one, how far it came, and what was seen of its rows.

A batch's effect, its digests and its position are one transaction, which only the holder of the
lease can commit: a run that was killed or overtaken leaves whole batches and nothing else.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import text

from capabilities.estate import Capability
from capabilities.syncing import Stream, SyncBusy, SyncLost, SyncState, SyncVanished
from store.engine import Row, Run, Store
from store.syncing.copied_channels import begin_in, filled_in
from store.syncing.passes import lose_in, missing_in, see_in, sweep_in

_ENTER = text("""
  INSERT INTO sync_streams (brand, connector, capability, state, mapping, whole, read, changed,
                            removed, unfit)
  VALUES (:brand, :connector, :capability, 'STOPPED', '', false, 0, 0, 0, 0)
  ON CONFLICT DO NOTHING
""")
_COLUMNS = """
  connector, capability, state, mapping, whole, position, whole_position, began_at, moved_at,
  ended_at, read, changed, removed, unfit, total, moment, failed_at, failure_code, failure,
  CASE WHEN lease_until > clock_timestamp() THEN lease_until END AS running_until
"""
_ONE = "brand = :brand AND connector = :connector AND capability = :capability"
_LOCK = text(f"SELECT {_COLUMNS} FROM sync_streams WHERE {_ONE} FOR UPDATE")  # noqa: S608 - our own
_STANDS = text(f"SELECT {_COLUMNS} FROM sync_streams WHERE {_ONE}")  # noqa: S608 - as above
_READ = text(f"SELECT {_COLUMNS} FROM sync_streams WHERE brand = :brand ORDER BY 1, 2")  # noqa: S608
_LEASE = """
  state = 'RUNNING', lease_by = :by,
  lease_until = clock_timestamp() + make_interval(secs => :seconds)
"""
_LAGS_KEPT = 60
_ANEW = text(f"UPDATE sync_streams SET mapping = '' WHERE {_ONE}")  # noqa: S608 - as above
_GO_ON = text(f"""
  UPDATE sync_streams SET {_LEASE} WHERE {_ONE} RETURNING {_COLUMNS}
""")  # noqa: S608 - our own words
_BEGIN = text(f"""
  UPDATE sync_streams SET {_LEASE}, mapping = :mapping, whole = :whole,
    position = CASE WHEN mapping = :mapping THEN position END, whole_position = NULL,
    previous_at = CASE WHEN state = 'DONE' THEN began_at ELSE previous_at END,
    began_at = statement_timestamp(), moved_at = statement_timestamp(), read = 0,
    changed = 0, removed = 0, unfit = 0, total = NULL, moment = NULL, failed_at = NULL,
    failure_code = NULL, failure = NULL
  WHERE {_ONE} RETURNING {_COLUMNS}
""")  # noqa: S608 - as above
_MOVE = text(f"""
  UPDATE sync_streams SET
    position = CASE WHEN whole THEN position ELSE :position END,
    whole_position = CASE WHEN whole THEN :position END,
    read = read + :read, changed = changed + :changed, removed = removed + :removed,
    unfit = unfit + :unfit, total = coalesce(:total, total),
    moment = coalesce(CAST(:moment AS timestamptz), moment), moved_at = clock_timestamp(),
    lease_until = clock_timestamp() + make_interval(secs => :seconds),
    failed_at = NULL, failure_code = NULL, failure = NULL
  WHERE {_ONE} AND lease_by = :by RETURNING {_COLUMNS}
""")  # noqa: S608 - as above
_END = text(f"""
  UPDATE sync_streams SET state = 'DONE', ended_at = clock_timestamp(), whole_position = NULL,
    removed = removed + :removed, lease_by = NULL, lease_until = NULL,
    lags = CASE WHEN previous_at IS NULL THEN lags ELSE (array_append(lags,
      CAST(extract(epoch FROM clock_timestamp() - previous_at) AS float)))
      [greatest(1, cardinality(coalesce(lags, '{{}}')) + 2 - {_LAGS_KEPT}):] END
  WHERE {_ONE} AND lease_by = :by RETURNING {_COLUMNS}
""")  # noqa: S608 - as above
_LEAVE = text(f"""
  UPDATE sync_streams SET state = :state, lease_by = NULL, lease_until = NULL,
    failed_at = CASE WHEN :state = 'FAILED' THEN clock_timestamp() END,
    failure_code = :code, failure = :message
  WHERE {_ONE} AND lease_by = :by
""")  # noqa: S608 - as above
# One look into the key for each row: joined, the planner reads every row of the stream, and more
# often the less it knows of a table that has just been filled.
_NEWS = text("""
  SELECT a.place - 1 AS place
  FROM unnest(CAST(:keys AS text[]), CAST(:digests AS bytea[])) WITH ORDINALITY
       AS a (key, digest, place)
  LEFT JOIN LATERAL (
    SELECT digest FROM sync_rows
    WHERE brand = :brand AND connector = :connector AND capability = :capability AND key = a.key
    OFFSET 0
  ) AS r ON true
  WHERE r.digest IS DISTINCT FROM a.digest ORDER BY a.place
""")
_KEEP = text("""
  INSERT INTO sync_rows (brand, connector, capability, key, channel, digest, missed, fault)
  SELECT :brand, :connector, :capability, a.key, a.channel, a.digest, 0, a.fault
  FROM unnest(CAST(:keys AS text[]), CAST(:channels AS text[]), CAST(:digests AS bytea[]),
              CAST(:faults AS text[])) AS a (key, channel, digest, fault)
  ON CONFLICT (brand, connector, capability, key) DO UPDATE
  SET channel = excluded.channel, digest = excluded.digest, missed = 0, fault = excluded.fault
""")


class Kept(Struct, frozen=True):
    """A row as it is remembered; `fault` is a word for what is wanting in it."""

    key: str
    channel: str
    digest: bytes
    fault: str | None = None


class Moved(Struct, frozen=True, kw_only=True):
    """One batch as its stream counts it."""

    position: str
    read: int = 0
    changed: int = 0
    removed: int = 0
    unfit: int = 0
    total: int | None = None
    moment: Any = None


class Streams:
    """The streams of one brand."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def all(self) -> list[Stream]:
        """Every stream that was ever begun, by connector."""
        rows = await self._store.rows(_READ, {"brand": self._brand})
        return [_stream(row) for row in rows]

    async def begin(
        self,
        connector: str,
        capability: Capability,
        *,
        by: str,
        lease_seconds: float,
        mapping: str,
        whole: bool,
        fresh: bool = False,
        copied: Sequence[str] = (),
        version: str = "",
    ) -> "Lease":
        """Begin a pass, or go on with the one that did not end; SyncBusy while another runs.

        With `fresh` it begins in any case; another mapping reads everything from the beginning, and
        so does a pass of `copied` channels of which one was not copied before, or under another
        `version`: the name of the definition of the connector that they are copied under.
        """
        named = {"brand": self._brand, "connector": connector, "capability": capability.value}
        held = {**named, "by": by, "seconds": lease_seconds}

        async def work(run: Run) -> Row:
            await run(_ENTER, named)
            (stand,) = await run(_LOCK, named)
            if stand.running_until is not None:
                message = f"another run reads {connector}; its turn ends at {stand.running_until}"
                raise SyncBusy(message)
            anew = await begin_in(run, named, copied, version)
            if anew:
                await run(_ANEW, named)
            same = stand.mapping == mapping and stand.whole == whole and not fresh and not anew
            # what a doubted reading saw is not added to: the source is read anew
            doubted = stand.failure_code == SyncVanished.code
            if same and not doubted and SyncState(stand.state) is not SyncState.DONE:
                (row,) = await run(_GO_ON, held)
                return row
            await sweep_in(run, named)
            (row,) = await run(_BEGIN, {**held, "mapping": mapping, "whole": whole})
            return row

        stream = _stream(await self._store.transaction(work))
        return Lease(self._store, held, stream, copied)


class Lease:
    """The right to move one stream; SyncLost once another run has taken it over."""

    def __init__(
        self, store: Store, held: dict[str, Any], stream: Stream, copied: Sequence[str] = ()
    ) -> None:
        self._store = store
        self._copied = copied
        self._held = held
        self._named = {name: held[name] for name in ("brand", "connector", "capability")}
        self.stream = stream

    async def news(self, keys: Sequence[str], digests: Sequence[bytes]) -> list[int]:
        """Places of the rows that are not known as they are."""
        if not keys:
            return []
        asked = {**self._named, "keys": list(keys), "digests": list(digests)}
        return [row.place for row in await self._store.rows(_NEWS, asked)]

    async def move_in(self, run: Run, moved: Moved, kept: Sequence[Kept], seen: bytes) -> Stream:
        """Move on in the transaction that has the batch's effect."""
        facts = {name: getattr(moved, name) for name in moved.__struct_fields__}
        rows = await run(_MOVE, {**self._held, **facts})
        if not rows:
            raise SyncLost("another run has taken this stream over")
        if kept:
            columns = {
                "keys": [one.key for one in kept],
                "channels": [one.channel for one in kept],
                "digests": [one.digest for one in kept],
                "faults": [one.fault for one in kept],
            }
            await run(_KEEP, {**self._named, **columns})
        if seen:
            await see_in(run, self._named, seen)
        return _stream(rows[0])

    async def missing_in(self, run: Run, *, believed: bool = False) -> list[tuple[str, str]]:
        """(channel, key) of rows that this whole pass and the one before it did not see.

        They are forgotten here; who asks forgets them everywhere else in the same transaction.
        SyncVanished where they are a great part of all, unless that is `believed`.
        """
        return await missing_in(run, self._named, believed=believed)

    async def lose_in(self, run: Run, keys: Sequence[str]) -> list[tuple[str, str]]:
        """(channel, key) of those among the keys that were known; forgotten as above."""
        return await lose_in(run, self._named, keys) if keys else []

    async def end_in(self, run: Run, removed: int) -> Stream:
        """The pass is over."""
        rows = await run(_END, {**self._held, "removed": removed})
        if not rows:
            raise SyncLost("another run has taken this stream over")
        if self._copied:
            await filled_in(run, self._named, self._copied, rows[0].began_at)
        return _stream(rows[0])

    async def over(self) -> Stream | None:
        """The stream, where this run's pass has ended after all; None where it has not.

        The holder of a lease alone ends its pass, so one of the same beginning was ended by it.
        """
        rows = await self._store.rows(_STANDS, self._named)
        stands = _stream(rows[0])
        ended = stands.state is SyncState.DONE and stands.began_at == self.stream.began_at
        return stands if ended else None

    async def leave(self, code: str | None = None, message: str | None = None) -> None:
        """Give the stream up before the pass has ended, with the reason if something failed."""
        state = SyncState.STOPPED if code is None else SyncState.FAILED
        said = {"state": state.value, "code": code, "message": message}
        await self._store.rows(_LEAVE, {**self._held, **said})


def _stream(row: Row) -> Stream:
    return Stream(
        connector=row.connector,
        capability=Capability(row.capability),
        state=SyncState(row.state),
        whole=row.whole,
        position=row.whole_position if row.whole else row.position,
        began_at=row.began_at,
        moved_at=row.moved_at,
        ended_at=row.ended_at,
        read=row.read,
        changed=row.changed,
        removed=row.removed,
        unfit=row.unfit,
        total=row.total,
        moment=row.moment,
        failed_at=row.failed_at,
        failure_code=row.failure_code,
        failure=row.failure,
        running_until=row.running_until,
    )
