"""Sagas in PostgreSQL: each moves in the transaction that ends one of its commands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from capabilities.audit import Entry
from capabilities.member.commands import CommandState
from capabilities.order.commands import OrderedWrite, SettledWrite
from capabilities.order.sagas import (
    Move,
    Saga,
    SagaDeclined,
    SagaDiscarded,
    SagaState,
    SagaStep,
    next_move,
)
from store.access.audit import audited
from store.engine import Run, Store
from store.order.commands import order_write
from store.privacy.data_keys import DataKeys
from store.row_records import records_of

_BEGIN = text("""
  INSERT INTO order_sagas (brand, id, state, place, author, created_at, changed_at)
  VALUES (:brand, :saga, 'RUNNING', 0, :author, :at, :at)
""")
_STEP = text("""
  INSERT INTO order_saga_steps (brand, saga, place, command, undo, owner, sealed_do, sealed_undo)
  VALUES (:brand, :saga, :place, :command, CAST(:undo AS text), :owner,
          CAST(:sealed_do AS bytea), CAST(:sealed_undo AS bytea))
""")
# The saga is locked: of its commands that end at once the second waits for the first.
_OF = text("""
  SELECT s.id, s.author, t.place, t.undo IS NOT DISTINCT FROM :command AS undoing,
         (SELECT count(*) FROM order_saga_steps n
          WHERE n.brand = s.brand AND n.saga = s.id) AS steps
  FROM order_saga_steps t
  JOIN order_sagas s ON s.brand = t.brand AND s.id = t.saga
  WHERE t.brand = :brand AND (t.command = :command OR t.undo = :command)
    AND s.state IN ('RUNNING', 'UNDOING', 'STUCK')
  FOR UPDATE OF s
""")
_AT = text("""
  SELECT command, undo, owner, sealed_do, sealed_undo FROM order_saga_steps
  WHERE brand = :brand AND saga = :saga AND place = :place
""")
_MOVE = text("""
  UPDATE order_sagas
  SET state = :state, place = :place, reason = CAST(:reason AS text), changed_at = :at
  WHERE brand = :brand AND id = :saga
""")
_FORGET = text("""
  UPDATE order_saga_steps SET sealed_do = NULL, sealed_undo = NULL
  WHERE brand = :brand AND saga = :saga
""")
_FIELDS = """s.brand, s.id AS saga, s.state, s.place, s.reason, s.created_at, s.changed_at,
  (SELECT c.id FROM order_saga_steps t
   JOIN order_commands c ON c.brand = t.brand AND c.id IN (t.command, t.undo)
   WHERE t.brand = s.brand AND t.saga = s.id AND t.place = s.place
     AND c.state NOT IN ('DONE', 'DISCARDED') LIMIT 1) AS waits_for"""
_STUCK = text(f"""
  SELECT {_FIELDS} FROM order_sagas s
  WHERE s.brand = :brand AND (s.state = 'STUCK'
    OR (s.state IN ('RUNNING', 'UNDOING') AND s.changed_at < :before))
  ORDER BY s.changed_at, s.id LIMIT 100
""")  # noqa: S608 - our own words
_BY_ID = text(f"""
  SELECT {_FIELDS} FROM order_sagas s WHERE s.brand = :brand AND s.id = :saga
""")  # noqa: S608 - as above
_LOCK = text("""
  SELECT id FROM order_sagas WHERE brand = :brand AND id = :saga AND state = 'STUCK' FOR UPDATE
""")
_PATH = ("input", "saga")
_OVER = frozenset({SagaState.DONE, SagaState.UNDONE})
# Whoever is told within five minutes is told of what did not move for four.
PATIENCE = timedelta(minutes=4)


class Sagas:
    """The sagas of one brand."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys

    async def begin(self, run: Run, steps: Sequence[SagaStep], author: str, at: datetime) -> str:
        """Begin a saga in the caller's transaction, with the first step's change; its id."""
        saga = uuid4().hex
        await run(_BEGIN, {"brand": self._brand, "saga": saga, "author": author, "at": at})
        for place, step in enumerate(steps):
            await self._keep(run, saga, place, step)
        await order_write(run, self._keys, self._brand, steps[0].do, at)
        return saga

    async def settle(self, run: Run, settled: SettledWrite) -> None:
        """A command has ended: where it is a saga's, the saga goes on or back."""
        rows = await run(_OF, {"brand": self._brand, "command": settled.command})
        for row in rows:
            move = next_move(
                row.place, row.steps, settled.state, undoing=row.undoing, unsure=settled.unsure
            )
            await self._move(run, row.id, move, settled.reason, settled.at)

    async def discard(
        self, run: Run, saga: str, author: str, at: datetime, reason: str
    ) -> SagaDiscarded | SagaDeclined:
        """Give up what one is stuck at that no command is on its way for. Audited.

        It counts as not done, or as taken back: the step before is next.
        """
        if not await run(_LOCK, {"brand": self._brand, "saga": saga}):
            return SagaDeclined(code="SAGA_UNKNOWN", path=_PATH)
        found = await self._by_id(run, saga)
        if found.waits_for is not None:
            return SagaDeclined(code="SAGA_HAS_COMMAND", path=_PATH)
        place, given_up = found.place, CommandState.DISCARDED
        move = next_move(place, place + 1, given_up, undoing=False, unsure=False)
        await self._move(run, saga, move, given_up.value, at)
        entry = Entry(
            action="discard order saga",
            actor=author,
            reason=reason,
            facts={"saga": saga, "step": place},
        )
        await audited(run, self._brand, entry)
        return SagaDiscarded(saga=await self._by_id(run, saga))

    async def stuck(self, now: datetime) -> list[Saga]:
        """Those that wait for a person, or have not moved for minutes, the oldest first."""
        asked = {"brand": self._brand, "before": now - PATIENCE}
        return _sagas(await self._store.rows(_STUCK, asked))

    async def by_id(self, saga: str) -> Saga | None:
        """One as it stands."""
        found = await self._store.rows(_BY_ID, {"brand": self._brand, "saga": saga})
        return _sagas(found)[0] if found else None

    async def _by_id(self, run: Run, saga: str) -> Saga:
        return _sagas(await run(_BY_ID, {"brand": self._brand, "saga": saga}))[0]

    async def _move(
        self, run: Run, saga: str, move: Move, reason: str | None, at: datetime
    ) -> None:
        """Order what is next, and say where it stands then."""
        state, place = move.state, move.place
        if state is SagaState.RUNNING:
            if not await self._order(run, saga, place, at, undo=False):
                state = SagaState.STUCK  # whoever it was about was erased meanwhile
        elif state is SagaState.UNDOING:
            state, place = await self._back(run, saga, place, at)
        moved = {"saga": saga, "state": state.value, "place": place, "reason": reason, "at": at}
        await run(_MOVE, {"brand": self._brand, **moved})
        if state in _OVER:
            await run(_FORGET, {"brand": self._brand, "saga": saga})

    async def _back(self, run: Run, saga: str, place: int, at: datetime) -> tuple[SagaState, int]:
        """Take back the last step that has something to take back."""
        while place >= 0:
            if await self._order(run, saga, place, at, undo=True):
                return SagaState.UNDOING, place
            (row,) = await run(_AT, {"brand": self._brand, "saga": saga, "place": place})
            if row.undo is not None:
                return SagaState.STUCK, place  # whoever it was about was erased meanwhile
            place -= 1
        return SagaState.UNDONE, 0

    async def _order(self, run: Run, saga: str, place: int, at: datetime, *, undo: bool) -> bool:
        """Ask for a step's change, or for its undoing; False where there is none."""
        (row,) = await run(_AT, {"brand": self._brand, "saga": saga, "place": place})
        if undo and row.undo is None:
            return False
        sealed = row.sealed_undo if undo else row.sealed_do
        ordered = await self._opened(run, row.owner, sealed, saga, place, undo=undo)
        if ordered is None:
            return False
        await order_write(run, self._keys, self._brand, ordered, at)
        return True

    async def _opened(
        self, run: Run, owner: str, sealed: bytes | None, saga: str, place: int, *, undo: bool
    ) -> OrderedWrite | None:
        seals = await self._keys.load(run, [owner])
        if owner not in seals or sealed is None:
            return None
        try:
            said = seals[owner].open(bytes(sealed), self._place(saga, place, undo=undo))
        except InvalidTag:  # the key was made anew since
            return None
        return msgspec.json.decode(said, type=OrderedWrite)

    async def _keep(self, run: Run, saga: str, place: int, step: SagaStep) -> None:
        owner = step.do.owner
        seals = await self._keys.make(run, [owner])

        def sealed(ordered: OrderedWrite | None, *, undo: bool) -> bytes | None:
            if ordered is None:
                return None
            said = msgspec.json.encode(ordered).decode()
            return seals[owner].seal(said, self._place(saga, place, undo=undo))

        facts = {
            "place": place,
            "command": step.do.write.reference,
            "undo": None if step.undo is None else step.undo.write.reference,
            "owner": owner,
            "sealed_do": sealed(step.do, undo=False),
            "sealed_undo": sealed(step.undo, undo=True),
        }
        await run(_STEP, {"brand": self._brand, "saga": saga, **facts})

    def _place(self, saga: str, place: int, *, undo: bool) -> bytes:
        return f"order saga\x1f{self._brand}\x1f{saga}\x1f{place}\x1f{undo}".encode()


def _sagas(rows: Sequence[Any]) -> list[Saga]:
    return records_of(rows, Saga)
