"""The queue that every table of commands is: claimed by one process at a time, ended by its claim.

The id of a command is its reference in the system. Of one line (a membership, an order) the oldest
goes first; who was killed lets go when its lease ends, and leaves a look-up behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct
from sqlalchemy import TextClause, text

from capabilities.member.commands import CommandState
from store.engine import Run, Store

_CLAIM = """
  WITH due AS (
    SELECT c.id, c.unsure FROM {table} c
    WHERE c.brand = :brand AND c.next_at <= :at
      AND (c.state IN ('QUEUED', 'UNKNOWN') OR (c.state = 'SENDING' AND c.leased_until < :at))
      AND (c.{line} IS NULL OR NOT EXISTS (
        SELECT FROM {table} o
        WHERE o.brand = c.brand AND o.channel = c.channel AND o.{line} = c.{line}
          AND o.state IN ('QUEUED', 'SENDING', 'UNKNOWN')
          AND (o.created_at, o.id) < (c.created_at, c.id)))
      AND c.connector <> ALL (CAST(:without AS text[]))
    ORDER BY c.next_at, c.id LIMIT :most FOR UPDATE SKIP LOCKED
  )
  UPDATE {table} m
  SET state = 'SENDING', unsure = true, attempts = m.attempts + 1, changed_at = :at,
      leased_until = :until
  FROM due WHERE m.brand = :brand AND m.id = due.id
  RETURNING m.*, due.unsure AS was_unsure
"""
_END = """
  UPDATE {table}
  SET state = :state, unsure = :unsure, reason = CAST(:reason AS text), changed_at = :at,
      next_at = :next, {given} {forgets} leased_until = NULL
  WHERE brand = :brand AND id = :id AND state = 'SENDING' AND attempts = :attempts
  RETURNING 1
"""
_FORGETS = "{0} = CASE WHEN :state IN ('DONE', 'DISCARDED') THEN NULL ELSE {0} END,"
_GIVEN = "{name} = coalesce(CAST(:{name} AS text), {name}),"
_AGAIN = """
  UPDATE {table}
  SET state = 'QUEUED', unsure = true, next_at = :at, changed_at = :at, reason = NULL
  WHERE brand = :brand AND id = :id AND state = 'DEAD' AND {may} RETURNING 1
"""
_DISCARD = """
  UPDATE {table} SET state = 'DISCARDED', {forgotten} changed_at = :at
  WHERE brand = :brand AND id = :id AND state IN ('DEAD', 'QUEUED') RETURNING *
"""


class QueueTable(Struct, frozen=True, kw_only=True):
    """A table of commands: `line` orders them, `sealed` is what is forgotten with the end, if any.

    `given` are columns that a system's answer fills; `may` says which dead ones can be tried again.
    """

    name: str
    line: str
    sealed: str | None
    given: tuple[str, ...]
    may: str


class Held(Protocol):
    """A command that this process carries out now."""

    @property
    def command(self) -> str:
        """Its id."""

    @property
    def attempts(self) -> int:
        """How many attempts were begun, this one included."""


class CommandQueue:
    """The queue of one brand in one table."""

    def __init__(self, store: Store, brand: str, table: QueueTable) -> None:
        self._store = store
        self._brand = brand
        self._given = table.given
        words = {
            "table": table.name,
            "line": table.line,
            "forgets": "" if table.sealed is None else _FORGETS.format(table.sealed),
            "forgotten": "" if table.sealed is None else f"{table.sealed} = NULL,",
            "may": table.may,
            "given": " ".join(_GIVEN.format(name=one) for one in table.given),
        }
        self._claim, self._end, self._again, self._discard = (
            _of(one, words) for one in (_CLAIM, _END, _AGAIN, _DISCARD)
        )

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str] = ()
    ) -> Sequence[Any]:
        """Rows that are due, this process's until the lease ends; `was_unsure` is from before.

        None is for a connector of `without`.
        """
        until = at + timedelta(seconds=lease_seconds)
        asked = {"brand": self._brand, "at": at, "until": until, "most": most}
        asked["without"] = list(without)
        return await self._store.rows(self._claim, asked)

    async def done(self, run: Run, one: Held, at: datetime, **given: str | None) -> bool:
        """It was carried out; False where it is another process's by now."""
        ended = {"state": "DONE", "unsure": False, "reason": None, "next": at}
        return bool(await run(self._end, self._ended(one, at, ended, given)))

    async def later(
        self, one: Held, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause; `unsure` where this attempt may have arrived."""
        state = CommandState.UNKNOWN if unsure else CommandState.QUEUED
        ended = {"state": state.value, "unsure": unsure, "reason": reason, "next": at + pause}
        await self._store.rows(self._end, self._ended(one, at, ended, {}))

    async def dead(self, run: Run, one: Held, reason: str, at: datetime, *, unsure: bool) -> bool:
        """It waits for a person; False where it is another process's by now."""
        ended = {"state": "DEAD", "unsure": unsure, "reason": reason, "next": at}
        return bool(await run(self._end, self._ended(one, at, ended, {})))

    async def give_up(self, run: Run, one: Held, reason: str, at: datetime) -> bool:
        """Nothing of it is to be done any more; False where it is another process's by now."""
        ended = {"state": "DISCARDED", "unsure": False, "reason": reason, "next": at}
        return bool(await run(self._end, self._ended(one, at, ended, {})))

    async def retry(self, run: Run, command: str, at: datetime) -> bool:
        """Try a dead one again, behind a look-up; False where there is none of this id."""
        return bool(await run(self._again, self._named(command, at)))

    async def discard(self, run: Run, command: str, at: datetime) -> Any | None:
        """Give one up that is not on its way; what it was, None where there is none."""
        rows = await run(self._discard, self._named(command, at))
        return rows[0] if rows else None

    def _ended(
        self, one: Held, at: datetime, ended: dict[str, Any], given: dict[str, str | None]
    ) -> dict[str, Any]:
        empty: dict[str, str | None] = dict.fromkeys(self._given)
        named = self._named(one.command, at)
        return {**named, **ended, **empty, **given, "attempts": one.attempts}

    def _named(self, command: str, at: datetime) -> dict[str, Any]:
        return {"brand": self._brand, "id": command, "at": at}


def _of(statement: str, words: dict[str, str]) -> TextClause:
    """A statement for a table of ours; no word of it comes from outside."""
    return text(statement.format_map(words))
