"""Pending writes of a pair: what its system was not told of yet, the stuck ones first."""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import TextClause, text

from capabilities.adoption.pending import PendingWrite
from capabilities.audit import Entry
from capabilities.caller import Caller
from capabilities.estate import Capability
from store.access.audit import audited
from store.commands import Commands
from store.engine import Run
from store.order.commands import OrderCommands
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.row_records import records_of

_PENDING = """
  SELECT brand, '{type}' AS type, id AS command, connector, channel, kind, state, reason, attempts,
         created_at, changed_at, next_at
  FROM {table} WHERE brand = :brand AND {which}
"""
_WAITING = """channel = :channel AND state IN ('DEAD', 'UNKNOWN', 'SENDING', 'QUEUED')
  ORDER BY state <> 'DEAD', created_at, id LIMIT :first"""


class _Queue(Struct, frozen=True):
    """A table of commands, and the type that ids of its rows have."""

    type: str
    table: str

    def statement(self, which: str) -> TextClause:
        """Its rows; no word of it comes from outside."""
        words = {"type": self.type, "table": self.table, "which": which}
        return text(_PENDING.format_map(words))


_QUEUES: Mapping[Capability, _Queue] = {
    Capability.MEMBER: _Queue("Command", "member_commands"),
    Capability.ORDER: _Queue("OrderCommand", "order_commands"),
}
_LISTED = {one: queue.statement(_WAITING) for one, queue in _QUEUES.items()}
_BY_ID = {queue.type: queue.statement("id = :id") for queue in _QUEUES.values()}
TYPES = tuple(_BY_ID)


class PendingWrites:
    """The pending writes of one brand."""

    def __init__(self, owned: Owned) -> None:
        self._owned = owned
        keys = DataKeys(owned.brand, owned.sealer)
        self._members = Commands(owned.store, owned.brand, keys)
        self._orders = OrderCommands(owned.store, owned.brand, keys)

    async def of(self, channel: str, capability: Capability, first: int) -> list[PendingWrite]:
        """Those of a pair, the stuck ones first, then the oldest; none where nothing is told."""
        statement = _LISTED.get(capability)
        if statement is None:
            return []
        asked = {"brand": self._owned.brand, "channel": channel, "first": first}
        return records_of(await self._owned.store.rows(statement, asked), PendingWrite)

    async def one(self, type_: str, command: str, run: Run | None = None) -> PendingWrite | None:
        """One of them by its id, however far it has come; in the caller's transaction, if any."""
        asked = {"brand": self._owned.brand, "id": command}
        rows = await (run or self._owned.store.rows)(_BY_ID[type_], asked)
        return records_of(rows, PendingWrite)[0] if rows else None

    async def retry(self, run: Run, one: PendingWrite, who: Caller, reason: str) -> bool:
        """Try a stuck one again, behind a look-up; False where it is not stuck. Audited."""
        at = self._owned.now()
        if one.type == _QUEUES[Capability.ORDER].type:
            return await self._orders.retry(run, one.command, who.subject, at, reason)
        if not await self._members.retry(one.command, at, run):
            return False
        entry = Entry(
            action="retry member command",
            actor=who.subject,
            role=who.role.value,
            reason=reason,
            facts={"command": one.command},
        )
        await audited(run, self._owned.brand, entry)
        return True
