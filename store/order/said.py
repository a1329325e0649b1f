"""What was written to orders of any channel, and services asked for with them; sealed at rest."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from msgspec import Struct
from sqlalchemy import text

from capabilities.events import Subject, Topic
from capabilities.member.commands import CommandState
from capabilities.order.commands import SettledWrite
from capabilities.order.history import OrderNote, ServiceKind, ServiceRequest, ServiceState
from capabilities.order.writing import OrderWriteKind
from store.engine import Run, Store
from store.events import tell
from store.privacy.data_keys import DataKeys, OwnerSeal

_NOTE = text("""
  INSERT INTO order_notes (brand, id, channel, number, owner, sealed_text, author, at)
  VALUES (:brand, :id, :channel, :number, :owner, CAST(:sealed AS bytea), :author, :at)
""")
_REQUEST = text("""
  INSERT INTO order_service_requests (brand, id, channel, number, line, kind, owner, sealed_said,
                                      state, author, requested_at, changed_at)
  VALUES (:brand, :id, :channel, :number, CAST(:line AS text), :kind, :owner,
          CAST(:sealed AS bytea), :state, :author, :at, :at)
""")
_SETTLE = text("""
  UPDATE order_service_requests
  SET state = :state, reason = CAST(:reason AS text), changed_at = :at
  WHERE brand = :brand AND id = :id AND state = ANY (CAST(:before AS text[]))
  RETURNING channel, number
""")
_ORDER = text("""
  SELECT channel, number FROM order_service_requests WHERE brand = :brand AND id = :id
""")
_OF = """FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[]))
       WITH ORDINALITY AS a (channel, number, place)"""
_NOTES = text(f"""
  SELECT a.place, n.* {_OF}
  JOIN order_notes n ON n.brand = :brand AND n.number = a.number AND n.channel = a.channel
  ORDER BY a.place, n.at, n.id
""")
_REQUESTS = text(f"""
  SELECT a.place, r.* {_OF}
  JOIN order_service_requests r
    ON r.brand = :brand AND r.number = a.number AND r.channel = a.channel
  ORDER BY a.place, r.requested_at, r.id
""")
_OPEN = ("REQUESTED", "SENT")
_ENDS = {CommandState.DONE: ServiceState.ACCEPTED, CommandState.UNKNOWN: ServiceState.SENT}


class _Said(Struct, frozen=True, omit_defaults=True):
    text: str
    recipient: str | None = None


class NewSaid(Struct, frozen=True, kw_only=True):
    """Something to be written to an order; `owner` is whose data key seals it."""

    id: str
    channel: str
    number: str
    owner: str
    text: str
    author: str
    at: datetime

    def __repr__(self) -> str:
        return f"NewSaid({self.id})"


class OrdersSaid:
    """Notes and service requests of one brand."""

    def __init__(self, store: Store, brand: str, keys: DataKeys) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys

    async def note(self, run: Run, new: NewSaid) -> None:
        """Keep a note."""
        sealed = await self._sealed(run, new, _Said(new.text))
        await run(_NOTE, {**self._named(new), "sealed": sealed})
        await self._tell(run, new.channel, new.number)

    async def request(
        self,
        run: Run,
        new: NewSaid,
        kind: ServiceKind,
        state: ServiceState,
        *,
        recipient: str | None = None,
        line: str | None = None,
    ) -> None:
        """Keep a service that was asked for."""
        sealed = await self._sealed(run, new, _Said(new.text, recipient))
        facts = {"sealed": sealed, "kind": kind.value, "state": state.value, "line": line}
        await run(_REQUEST, {**self._named(new), **facts})
        await self._tell(run, new.channel, new.number)

    async def settle(self, run: Run, settled: SettledWrite) -> None:
        """Take in what became of a request that its system was told of.

        Where its text stands there it is accepted; UNKNOWN stays sent.
        """
        if settled.kind is not OrderWriteKind.SERVICE_REQUEST:
            return
        state = _ENDS.get(settled.state, ServiceState.REJECTED)
        reason = settled.reason if state is ServiceState.REJECTED else None
        await self.move(run, settled.command, state, _OPEN, reason, settled.at)

    async def move(
        self,
        run: Run,
        request: str,
        state: ServiceState,
        before: Sequence[str],
        reason: str | None,
        at: datetime,
    ) -> bool:
        """Put a request into a state, from some others; False where it is in none of them."""
        named = {"brand": self._brand, "id": request, "at": at}
        asked = {"state": state.value, "before": list(before), "reason": reason}
        rows = await run(_SETTLE, {**named, **asked})
        for row in rows:
            await self._tell(run, row.channel, row.number)
        return bool(rows)

    async def order_of(self, request: str) -> tuple[str, str] | None:
        """Channel and number of the order of a request."""
        rows = await self._store.rows(_ORDER, {"brand": self._brand, "id": request})
        return (rows[0].channel, rows[0].number) if rows else None

    async def notes(self, keys: Sequence[Subject]) -> list[tuple[OrderNote, ...]]:
        """The notes of each order, the oldest first."""
        found: defaultdict[int, list[OrderNote]] = defaultdict(list)
        for row, said in await self._opened(_NOTES, keys, "sealed_text"):
            found[row.place].append(
                OrderNote(text=None if said is None else said.text, author=row.author, at=row.at)
            )
        return [tuple(found[place]) for place in range(1, len(keys) + 1)]

    async def requests(self, keys: Sequence[Subject]) -> list[tuple[ServiceRequest, ...]]:
        """The service requests of each order, the oldest first."""
        found: defaultdict[int, list[ServiceRequest]] = defaultdict(list)
        for row, said in await self._opened(_REQUESTS, keys, "sealed_said"):
            found[row.place].append(
                ServiceRequest(
                    brand=self._brand,
                    key=row.id,
                    channel=row.channel,
                    number=row.number,
                    line=row.line,
                    kind=ServiceKind(row.kind),
                    text=None if said is None else said.text,
                    recipient=None if said is None else said.recipient,
                    state=ServiceState(row.state),
                    reason=row.reason,
                    author=row.author,
                    requested_at=row.requested_at,
                    changed_at=row.changed_at,
                )
            )
        return [tuple(found[place]) for place in range(1, len(keys) + 1)]

    async def _opened(
        self, statement: Any, keys: Sequence[Subject], column: str
    ) -> list[tuple[Any, _Said | None]]:
        columns = {"channels": [o.channel for o in keys], "numbers": [o.key for o in keys]}
        rows = await self._store.rows(statement, {"brand": self._brand, **columns})
        seals = await self._keys.load(self._store.rows, sorted({row.owner for row in rows}))
        return [(row, self._open(seals.get(row.owner), row, column)) for row in rows]

    def _open(self, seal: OwnerSeal | None, row: Any, column: str) -> _Said | None:
        if seal is None:
            return None
        try:
            said = seal.open(bytes(getattr(row, column)), self._place(row.id))
        except InvalidTag:  # sealed under a key that was erased and made anew
            return None
        return msgspec.json.decode(said, type=_Said)

    async def _sealed(self, run: Run, new: NewSaid, said: _Said) -> bytes:
        seals = await self._keys.make(run, [new.owner])
        return seals[new.owner].seal(msgspec.json.encode(said).decode(), self._place(new.id))

    async def _tell(self, run: Run, channel: str, number: str) -> None:
        subject = Subject(key=number, channel=channel)
        await tell(run, self._brand, Topic.ORDER_CHANGED, [subject])

    def _named(self, new: NewSaid) -> dict[str, object]:
        return {
            "brand": self._brand,
            "id": new.id,
            "channel": new.channel,
            "number": new.number,
            "owner": new.owner,
            "author": new.author,
            "at": new.at,
        }

    def _place(self, one: str) -> bytes:
        return f"order said\x1f{self._brand}\x1f{one}".encode()
