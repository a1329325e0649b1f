"""Commands of orders in PostgreSQL: ordered with the change, told to a system by the relay.

A write is sealed whole under its owner's key: who was erased is told to nobody any more. What
follows a PLACE that has no number yet gets the number when the PLACE is done.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from capabilities.audit import Entry
from capabilities.member.commands import CommandState
from capabilities.order.commands import (
    ClaimedWrite,
    OrderCommand,
    OrderedWrite,
    SettledWrite,
)
from capabilities.order.writing import OrderWrite, OrderWriteKind
from store.access.audit import audited
from store.command_queue import CommandQueue, QueueTable
from store.engine import Run, Store
from store.privacy.data_keys import DataKeys, OwnerSeal
from store.row_records import records_of

_TABLE = QueueTable(
    name="order_commands",
    line="subject",
    sealed="sealed_write",
    given=("number", "document"),
    # a saga that went back without this step would go on forward where it were done after all
    may="""sealed_write IS NOT NULL AND NOT EXISTS (
      SELECT FROM order_saga_steps t JOIN order_sagas s ON s.brand = t.brand AND s.id = t.saga
      WHERE t.brand = order_commands.brand AND t.command = order_commands.id
        AND NOT (s.state = 'STUCK' AND s.place = t.place))""",
)
_ORDER = text("""
  INSERT INTO order_commands (brand, id, connector, channel, kind, subject, number, owner,
    sealed_write, state, unsure, attempts, author, created_at, changed_at, next_at)
  VALUES (:brand, :id, :connector, :channel, :kind, :subject, CAST(:number AS text), :owner,
    CAST(:sealed AS bytea), 'QUEUED', false, 0, :author, :at, :at, :at)
  ON CONFLICT DO NOTHING
""")
_FIELDS = """brand, id AS command, connector, channel, kind, subject, number, document, state,
  reason, attempts, author, created_at, changed_at, next_at"""
_LISTED = text(f"""
  SELECT {_FIELDS} FROM order_commands
  WHERE brand = :brand AND state = ANY(CAST(:states AS text[]))
    AND (CAST(:connector AS text) IS NULL OR connector = :connector)
    AND (CAST(:channels AS text[]) IS NULL OR channel = ANY(CAST(:channels AS text[])))
  ORDER BY changed_at DESC, id LIMIT :first
""")  # noqa: S608 - our own words
_BY_ID = text(f"""
  SELECT {_FIELDS} FROM order_commands
  WHERE brand = :brand AND id = ANY(CAST(:ids AS text[]))
""")  # noqa: S608 - as above
_OF_ORDERS = text(f"""
  SELECT {_FIELDS}, a.place FROM order_commands o
  JOIN unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
       WITH ORDINALITY AS a (of_channel, of_number, place)
    ON o.channel = a.of_channel AND (o.number = a.of_number OR o.subject = a.of_number)
  WHERE o.brand = :brand ORDER BY o.created_at, o.id
""")  # noqa: S608 - as above
_PLACED = text("""
  SELECT state, number FROM order_commands
  WHERE brand = :brand AND channel = :channel AND id = :subject AND kind = 'PLACE'
""")


async def order_write(
    run: Run, keys: DataKeys, brand: str, ordered: OrderedWrite, at: datetime
) -> str:
    """Ask a system for a change, in the caller's transaction; the command's id.

    It is the write's own reference; one that was ordered already is not ordered again.
    """
    write = ordered.write
    seals = await keys.make(run, [ordered.owner])
    said = msgspec.json.encode(write).decode()
    facts = {
        "id": write.reference,
        "connector": ordered.connector,
        "channel": write.channel,
        "kind": write.kind.value,
        "subject": ordered.subject,
        "number": write.number,
        "owner": ordered.owner,
        "sealed": seals[ordered.owner].seal(said, _place(brand, write.reference)),
        "author": ordered.author,
    }
    await run(_ORDER, {"brand": brand, "at": at, **facts})
    return write.reference


class OrderCommands:
    """The commands of orders of one brand, for those who carry them out and look after them."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._queue = CommandQueue(store, brand, _TABLE)

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str] = ()
    ) -> list[ClaimedWrite]:
        """Commands that are due, this process's until the lease ends; `write` None for erased."""
        rows = await self._queue.claim(at, lease_seconds, most, without)
        seals = await self._keys.load(self._store.rows, [row.owner for row in rows])
        return [await self._claimed(row, seals.get(row.owner)) for row in rows]

    async def _claimed(self, row: Any, seal: OwnerSeal | None) -> ClaimedWrite:
        write = _opened(seal, row, self._brand)
        if write is not None and write.number is None and write.kind is not OrderWriteKind.PLACE:
            write = msgspec.structs.replace(write, number=await self._number_of(row))
        return ClaimedWrite(
            command=row.id,
            connector=row.connector,
            channel=row.channel,
            kind=OrderWriteKind(row.kind),
            subject=row.subject,
            attempts=row.attempts,
            unsure=row.was_unsure,
            write=write,
        )

    async def _number_of(self, row: Any) -> str | None:
        """The number that the order was given meanwhile."""
        asked = {"brand": self._brand, "channel": row.channel, "subject": row.subject}
        placed = await self._store.rows(_PLACED, asked)
        return placed[0].number if placed else None

    async def done(
        self, run: Run, one: ClaimedWrite, number: str, document: str | None, at: datetime
    ) -> SettledWrite | None:
        """It was carried out; None where it is another process's by now."""
        if not await self._queue.done(run, one, at, number=number, document=document):
            return None
        return _settled(one, CommandState.DONE, at, number=number, document=document)

    async def later(
        self, one: ClaimedWrite, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause; `unsure` where this attempt may have arrived."""
        await self._queue.later(one, reason, at, pause, unsure=unsure)

    async def dead(
        self, run: Run, one: ClaimedWrite, reason: str, at: datetime, *, unsure: bool
    ) -> SettledWrite | None:
        """It waits for a person; None where it is another process's by now."""
        if not await self._queue.dead(run, one, reason, at, unsure=unsure):
            return None
        return _settled(one, CommandState.DEAD, at, reason=reason, unsure=unsure)

    async def retry(
        self, run: Run, command: str, author: str, at: datetime, reason: str | None = None
    ) -> bool:
        """Try a dead one again, behind a look-up; False where there is none. Audited."""
        if not await self._queue.retry(run, command, at):
            return False
        await self._record(run, "retry order command", author, command, reason)
        return True

    async def discard(
        self, run: Run, command: str, author: str, at: datetime, reason: str | None = None
    ) -> SettledWrite | None:
        """Give one up that is not on its way; what it said is forgotten. Audited."""
        row = await self._queue.discard(run, command, at)
        if row is None:
            return None
        await self._record(run, "discard order command", author, command, reason)
        return SettledWrite(
            command=row.id,
            channel=row.channel,
            kind=OrderWriteKind(row.kind),
            subject=row.subject,
            state=CommandState.DISCARDED,
            number=row.number,
            reason=row.reason,
            unsure=row.unsure,
            at=at,
        )

    async def listed(
        self,
        states: Sequence[CommandState],
        first: int,
        connector: str | None = None,
        channels: Sequence[str] | None = None,
    ) -> list[OrderCommand]:
        """Commands in some states, what changed last first; of some channels, or all."""
        asked = {
            "states": [one.value for one in states],
            "first": first,
            "connector": connector,
            "channels": None if channels is None else list(channels),
        }
        return _commands(await self._store.rows(_LISTED, {"brand": self._brand, **asked}))

    async def by_id(self, ids: Sequence[str], run: Run | None = None) -> list[OrderCommand | None]:
        """One command per id, None where there is none; in the caller's transaction, if any."""
        asked = {"brand": self._brand, "ids": list(ids)}
        rows = await (run or self._store.rows)(_BY_ID, asked) if ids else ()
        found = {one.command: one for one in _commands(rows)}
        return [found.get(one) for one in ids]

    async def of_orders(self, keys: Sequence[tuple[str, str]]) -> list[tuple[OrderCommand, ...]]:
        """All commands of each (channel, number), the oldest first.

        An order without a number yet is asked for by the id of its PLACE.
        """
        asked = {"channels": [one for one, _ in keys], "numbers": [one for _, one in keys]}
        rows = await self._store.rows(_OF_ORDERS, {"brand": self._brand, **asked}) if keys else ()
        found: list[list[Any]] = [[] for _ in keys]
        for row in rows:
            found[row.place - 1].append(row)
        return [tuple(_commands(one)) for one in found]

    async def _record(
        self, run: Run, action: str, author: str, command: str, reason: str | None
    ) -> None:
        entry = Entry(action=action, actor=author, reason=reason, facts={"command": command})
        await audited(run, self._brand, entry)


def _settled(
    one: ClaimedWrite,
    state: CommandState,
    at: datetime,
    *,
    number: str | None = None,
    document: str | None = None,
    reason: str | None = None,
    unsure: bool = False,
) -> SettledWrite:
    known = number if number is not None or one.write is None else one.write.number
    return SettledWrite(
        command=one.command,
        channel=one.channel,
        kind=one.kind,
        subject=one.subject,
        state=state,
        number=known,
        document=document,
        reason=reason,
        unsure=unsure,
        at=at,
    )


def _opened(seal: OwnerSeal | None, row: Any, brand: str) -> OrderWrite | None:
    if seal is None or row.sealed_write is None:
        return None
    try:
        said = seal.open(bytes(row.sealed_write), _place(brand, row.id))
    except InvalidTag:  # the key was made anew since
        return None
    return msgspec.json.decode(said, type=OrderWrite)


def _commands(rows: Sequence[Any]) -> list[OrderCommand]:
    return records_of(rows, OrderCommand)


def _place(brand: str, command: str) -> bytes:
    return f"order command\x1f{brand}\x1f{command}".encode()
