"""Commands to systems in PostgreSQL: ordered with the change, carried out by one process at a time.

The id of a command is its reference in the system. What it says of a person is sealed under her
key: whoever was erased is told to nobody any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from capabilities.member.commands import Claimed, Command, CommandState, Ordered
from capabilities.member.writing import MembershipWrite, PersonFields, WriteKind
from store.command_queue import CommandQueue, QueueTable
from store.engine import Run, Store
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_person
from store.row_records import records_of

_ORDER = text("""
  INSERT INTO member_commands (brand, id, connector, channel, kind, number, one_id, sealed_person,
    fields, state, unsure, attempts, author, created_at, changed_at, next_at)
  VALUES (:brand, :id, :connector, :channel, :kind, :number, :one_id, CAST(:sealed AS bytea),
    CAST(:fields AS text[]), 'QUEUED', false, 0, :author, :at, :at, :at)
""")
_FIELDS = """brand, id AS command, connector, channel, kind, number, one_id, state, reason,
  attempts, author, created_at, changed_at, next_at"""
# One that a person tries again may come behind newer ones: what these changed, or may have changed,
# is not its to change back.
_NEWER = text("""
  SELECT DISTINCT unnest(o.fields) AS field
  FROM member_commands c
  JOIN member_commands o ON o.brand = c.brand AND o.channel = c.channel AND o.number = c.number
  WHERE c.brand = :brand AND c.id = :id AND (o.created_at, o.id) > (c.created_at, c.id)
    AND (o.state = 'DONE' OR (o.unsure AND o.state <> 'DISCARDED'))
""")
_LISTED = text(f"""
  SELECT {_FIELDS} FROM member_commands
  WHERE brand = :brand AND state = ANY(CAST(:states AS text[]))
    AND (CAST(:connector AS text) IS NULL OR connector = :connector)
  ORDER BY changed_at DESC, id LIMIT :first
""")  # noqa: S608 - our own words
_OF_PERSON = text(f"""
  SELECT {_FIELDS} FROM member_commands
  WHERE brand = :brand AND one_id = :one_id ORDER BY created_at, id
""")  # noqa: S608 - as above
_WAITS = text("""
  SELECT EXISTS (
    SELECT FROM member_commands WHERE brand = :brand AND channel = :channel AND number = :number
      AND state IN ('QUEUED', 'SENDING', 'UNKNOWN')) AS found
""")


def new_reference() -> str:
    """The id of a new command."""
    return uuid4().hex


async def order(
    run: Run,
    keys: DataKeys,
    brand: str,
    ordered: Ordered,
    at: datetime,
    command: str | None = None,
) -> str:
    """Ask a system for a change, in the caller's transaction; the command's id."""
    command = command or new_reference()
    sealed = None
    if ordered.kind is not WriteKind.ERASE:  # says nothing of her, and her key is gone
        owner = owner_of_person(ordered.one_id)
        seals = await keys.make(run, [owner])
        said = msgspec.json.encode(ordered.person).decode()
        sealed = seals[owner].seal(said, _place(brand, command))
    facts = {
        "connector": ordered.connector,
        "channel": ordered.channel,
        "kind": ordered.kind.value,
        "number": ordered.number,
        "one_id": ordered.one_id,
        "author": ordered.author,
        "fields": list(ordered.person.told),
    }
    await run(_ORDER, {"brand": brand, "id": command, "sealed": sealed, "at": at, **facts})
    return command


_TABLE = QueueTable(
    name="member_commands",
    line="number",
    sealed="sealed_person",
    given=("number",),
    may="(sealed_person IS NOT NULL OR kind = 'ERASE')",
)


class Commands:
    """The commands of one brand, for those who carry them out and look after them."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._queue = CommandQueue(store, brand, _TABLE)

    async def wait_for(self, channel: str, number: str) -> bool:
        """Whether a system is still to be told of a change of a membership."""
        named = {"brand": self._brand, "channel": channel, "number": number}
        (row,) = await self._store.rows(_WAITS, named)
        return bool(row.found)

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str] = ()
    ) -> list[Claimed]:
        """Commands that are due, this process's until the lease ends.

        One whose person was erased since is dead at once.
        """
        while rows := await self._queue.claim(at, lease_seconds, most, without):
            if found := await self._living(rows, at):
                return found
        return []

    async def _living(self, rows: Sequence[Any], at: datetime) -> list[Claimed]:
        """Those of claimed commands that are still to be done.

        Dead is one whose person was erased; given up is one of which newer ones have changed all.
        """
        owners = [owner_of_person(row.one_id) for row in rows]
        seals = await self._keys.load(self._store.rows, owners)
        found = []
        for row in rows:
            person = opened_person(seals.get(owner_of_person(row.one_id)), row, self._brand)
            one = _claimed(row, person or PersonFields())
            if person is None:
                await self.dead(one, "ERASED", at, unsure=row.was_unsure)
                continue
            left = person.without(await self._newer(row))
            if person.told and not left.told:
                await self._queue.give_up(self._store.rows, one, "SUPERSEDED", at)
                continue
            found.append(_claimed(row, left))
        return found

    async def _newer(self, row: Any) -> frozenset[str]:
        """Names of what newer commands have changed of a membership, or may have."""
        if row.kind != WriteKind.UPDATE.value:
            return frozenset()
        rows = await self._store.rows(_NEWER, {"brand": self._brand, "id": row.id})
        return frozenset(one.field for one in rows)

    async def done(self, run: Run, one: Claimed, number: str | None, at: datetime) -> bool:
        """It was carried out; False where it is another process's by now."""
        return await self._queue.done(run, one, at, number=number)

    async def later(
        self, one: Claimed, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause; `unsure` where this attempt may have arrived."""
        await self._queue.later(one, reason, at, pause, unsure=unsure)

    async def dead(self, one: Claimed, reason: str, at: datetime, *, unsure: bool) -> None:
        """It waits for a person."""
        await self._queue.dead(self._store.rows, one, reason, at, unsure=unsure)

    async def retry(self, command: str, at: datetime, run: Run | None = None) -> bool:
        """Try a dead one again, behind a look-up; False where there is none of this id."""
        return await self._queue.retry(run or self._store.rows, command, at)

    async def discard(self, command: str, at: datetime) -> bool:
        """Give one up that is not on its way; what it said is forgotten."""
        return await self._queue.discard(self._store.rows, command, at) is not None

    async def listed(
        self, states: Sequence[CommandState], first: int, connector: str | None = None
    ) -> list[Command]:
        """Commands in some states, what changed last first."""
        asked = {"states": [one.value for one in states], "first": first, "connector": connector}
        return _commands(await self._store.rows(_LISTED, {"brand": self._brand, **asked}))

    async def of_person(self, one_id: str) -> list[Command]:
        """Everything that was ever asked of systems about somebody, the oldest first."""
        asked = {"brand": self._brand, "one_id": one_id}
        return _commands(await self._store.rows(_OF_PERSON, asked))


def opened_person(seal: OwnerSeal | None, row: Any, brand: str) -> PersonFields | None:
    """What a command says of its person; None where she was erased since."""
    if row.kind == WriteKind.ERASE.value:
        return PersonFields()
    if seal is None or row.sealed_person is None:
        return None
    try:
        said = seal.open(bytes(row.sealed_person), _place(brand, row.id))
    except InvalidTag:  # her key was made anew since
        return None
    return msgspec.json.decode(said, type=PersonFields)


def _claimed(row: Any, person: PersonFields) -> Claimed:
    return Claimed(
        command=row.id,
        connector=row.connector,
        channel=row.channel,
        one_id=row.one_id,
        attempts=row.attempts,
        unsure=row.was_unsure,
        write=MembershipWrite(
            kind=WriteKind(row.kind), reference=row.id, number=row.number, person=person
        ),
    )


def _commands(rows: Sequence[Any]) -> list[Command]:
    return records_of(rows, Command)


def _place(brand: str, command: str) -> bytes:
    return f"member command\x1f{brand}\x1f{command}".encode()
