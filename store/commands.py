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
from store.engine import Run, Store
from store.privacy.data_keys import DataKeys, OwnerSeal, owner_of_person

_ORDER = text("""
  INSERT INTO member_commands (brand, id, connector, channel, kind, number, one_id, sealed_person,
    state, unsure, attempts, author, created_at, changed_at, next_at)
  VALUES (:brand, :id, :connector, :channel, :kind, :number, :one_id, CAST(:sealed AS bytea),
    'QUEUED', false, 0, :author, :at, :at, :at)
""")
# Of one membership the oldest goes first; whoever was killed lets go when its lease ends.
_CLAIM = text("""
  WITH due AS (
    SELECT c.id, c.unsure FROM member_commands c
    WHERE c.brand = :brand AND c.next_at <= :at
      AND (c.state IN ('QUEUED', 'UNKNOWN') OR (c.state = 'SENDING' AND c.leased_until < :at))
      AND (c.number IS NULL OR NOT EXISTS (
        SELECT FROM member_commands o
        WHERE o.brand = c.brand AND o.channel = c.channel AND o.number = c.number
          AND o.state IN ('QUEUED', 'SENDING', 'UNKNOWN')
          AND (o.created_at, o.id) < (c.created_at, c.id)))
    ORDER BY c.next_at, c.id LIMIT :most FOR UPDATE SKIP LOCKED
  )
  UPDATE member_commands m
  SET state = 'SENDING', unsure = true, attempts = m.attempts + 1, changed_at = :at,
      leased_until = :until
  FROM due WHERE m.brand = :brand AND m.id = due.id
  RETURNING m.id, m.connector, m.channel, m.kind, m.number, m.one_id, m.sealed_person,
            m.attempts, due.unsure AS unsure
""")
_END = text("""
  UPDATE member_commands
  SET state = :state, unsure = :unsure, reason = CAST(:reason AS text), changed_at = :at,
      next_at = :next, number = coalesce(CAST(:number AS text), number), leased_until = NULL,
      sealed_person = CASE WHEN :state = 'DONE' THEN NULL ELSE sealed_person END
  WHERE brand = :brand AND id = :id AND state = 'SENDING' AND attempts = :attempts
  RETURNING 1
""")
_AGAIN = text("""
  UPDATE member_commands SET state = 'QUEUED', next_at = :at, changed_at = :at, reason = NULL
  WHERE brand = :brand AND id = :id AND state = 'DEAD'
    AND (sealed_person IS NOT NULL OR kind = 'ERASE') RETURNING 1
""")
_DISCARD = text("""
  UPDATE member_commands SET state = 'DISCARDED', changed_at = :at, sealed_person = NULL
  WHERE brand = :brand AND id = :id AND state IN ('DEAD', 'QUEUED') RETURNING 1
""")
_FIELDS = """brand, id AS command, connector, channel, kind, number, one_id, state, reason,
  attempts, author, created_at, changed_at, next_at"""
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


async def order(run: Run, keys: DataKeys, brand: str, ordered: Ordered, at: datetime) -> str:
    """Ask a system for a change, in the caller's transaction; the command's id."""
    command = uuid4().hex
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
    }
    await run(_ORDER, {"brand": brand, "id": command, "sealed": sealed, "at": at, **facts})
    return command


class Commands:
    """The commands of one brand, for those who carry them out and look after them."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys

    async def claim(self, at: datetime, lease_seconds: float, most: int) -> list[Claimed]:
        """Commands that are due, this process's until the lease ends.

        One whose person was erased since is dead at once.
        """
        until = at + timedelta(seconds=lease_seconds)
        asked = {"brand": self._brand, "at": at, "until": until, "most": most}
        while rows := await self._store.rows(_CLAIM, asked):
            if found := await self._living(rows, at):
                return found
        return []

    async def _living(self, rows: Sequence[Any], at: datetime) -> list[Claimed]:
        """Those of claimed commands whose person is still known; the others are dead."""
        owners = [owner_of_person(row.one_id) for row in rows]
        seals = await self._keys.load(self._store.rows, owners)
        found = []
        for row in rows:
            person = _opened(seals.get(owner_of_person(row.one_id)), row, self._brand)
            if person is None:
                named = self._named(row.id, at)
                ended = {"state": "DEAD", "unsure": row.unsure, "reason": "ERASED", "next": at}
                await self._store.rows(
                    _END, {**named, **ended, "number": None, "attempts": row.attempts}
                )
                continue
            found.append(_claimed(row, person))
        return found

    async def done(self, run: Run, one: Claimed, number: str | None, at: datetime) -> bool:
        """It was carried out; False where it is another process's by now."""
        ended = {"state": "DONE", "unsure": False, "reason": None, "next": at, "number": number}
        return bool(await run(_END, {**self._named(one.command, at), **ended, **_of(one)}))

    async def later(
        self, one: Claimed, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause; `unsure` where this attempt may have arrived."""
        state = CommandState.UNKNOWN if unsure else CommandState.QUEUED
        ended = {"state": state.value, "unsure": unsure, "reason": reason, "next": at + pause}
        named = self._named(one.command, at)
        await self._store.rows(_END, {**named, **ended, "number": None, **_of(one)})

    async def dead(self, one: Claimed, reason: str, at: datetime, *, unsure: bool) -> None:
        """It waits for a person."""
        ended = {"state": "DEAD", "unsure": unsure, "reason": reason, "next": at, "number": None}
        await self._store.rows(_END, {**self._named(one.command, at), **ended, **_of(one)})

    async def retry(self, command: str, at: datetime) -> bool:
        """Try a dead one again, behind a look-up; False where there is none of this id."""
        return bool(await self._store.rows(_AGAIN, self._named(command, at)))

    async def discard(self, command: str, at: datetime) -> bool:
        """Give one up that is not on its way; what it said is forgotten."""
        return bool(await self._store.rows(_DISCARD, self._named(command, at)))

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

    def _named(self, command: str, at: datetime) -> dict[str, object]:
        return {"brand": self._brand, "id": command, "at": at}


def _of(one: Claimed) -> dict[str, object]:
    return {"attempts": one.attempts}


def _opened(seal: OwnerSeal | None, row: Any, brand: str) -> PersonFields | None:
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
        unsure=row.unsure,
        write=MembershipWrite(
            kind=WriteKind(row.kind), reference=row.id, number=row.number, person=person
        ),
    )


def _commands(rows: Sequence[Any]) -> list[Command]:
    return [msgspec.convert(row, Command, from_attributes=True) for row in rows]


def _place(brand: str, command: str) -> bytes:
    return f"member command\x1f{brand}\x1f{command}".encode()
