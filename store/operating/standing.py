"""How the back door stands, in counts: what waits, since when, and how far each stream came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, text

from capabilities.member.quality import PointsDrift
from capabilities.syncing import Stream
from store.adoption.outbox import Outbox, Undrained
from store.engine import Store
from store.events import Events
from store.order.open_payments import WaitingPayments
from store.points.drifts import PointsDrifts
from store.row_records import records_of
from store.syncing.streams import Streams

# What is done is counted by nobody: it grows for ever.
_COMMANDS = text("""
  SELECT 'member' AS of, state, count(*) AS waiting, min(created_at) AS oldest
  FROM member_commands
  WHERE brand = :brand AND state IN ('QUEUED', 'SENDING', 'UNKNOWN', 'DEAD') GROUP BY state
  UNION ALL
  SELECT 'order', state, count(*), min(created_at) FROM order_commands
  WHERE brand = :brand AND state IN ('QUEUED', 'SENDING', 'UNKNOWN', 'DEAD') GROUP BY state
  UNION ALL
  SELECT 'saga', state, count(*), min(changed_at) FROM order_sagas
  WHERE brand = :brand AND state IN ('RUNNING', 'UNDOING', 'STUCK') GROUP BY state
  ORDER BY 1, 2
""")
_TOUCHES = text("""
  SELECT state, count(*) AS waiting, min(planned_at) AS oldest FROM lifecycle_touches
  WHERE brand = :brand AND state IN ('PLANNED', 'SENDING', 'DROPPED', 'UNKNOWN')
  GROUP BY state ORDER BY state
""")


_CONTRACTS = text("""
  SELECT channel, capability, value = 1 AS passed, at FROM adoption_evidence
  WHERE brand = :brand AND fact = 'contract.passed' ORDER BY channel, capability
""")
_SILENT = text("SELECT connector, silent FROM hook_watches WHERE brand = :brand ORDER BY connector")


class Waiting(Struct, frozen=True, kw_only=True):
    """Something of which so much waits, the oldest since a moment; `state` is empty for events."""

    of: str
    count: int
    state: str = ""
    oldest: datetime | None = None


class Checked(Struct, frozen=True, kw_only=True):
    """Whether the answers of a channel's capability fit the contract, as checked last."""

    channel: str
    capability: str
    passed: bool
    at: datetime


class Stands(Struct, frozen=True, kw_only=True):
    """The back door of one brand at a moment.

    `silent` says it of each connector that pushes; `payments` wait for people. Writes that are
    `one_sided` are done on one of two sides.
    """

    streams: Sequence[Stream]
    consumers: Sequence[Waiting]
    commands: Sequence[Waiting]
    touches: Sequence[Waiting]
    silent: Mapping[str, bool] = {}
    payments: Sequence[Waiting] = ()
    drifts: Sequence[PointsDrift] = ()
    one_sided: Sequence[Undrained] = ()
    contracts: Sequence[Checked] = ()


class Standing:
    """Counts for one brand; each look is nine short statements."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def read(self) -> Stands:
        """As it is now."""
        named = {"brand": self._brand}
        consumers = await Events(self._store, self._brand).behind()
        commands = await self._store.rows(_COMMANDS, named)
        touches = await self._store.rows(_TOUCHES, named)
        payments = await WaitingPayments(self._store, self._brand).by_outcome()
        pushing = await self._store.rows(_SILENT, named)
        return Stands(
            streams=await Streams(self._store, self._brand).all(),
            consumers=[
                Waiting(of=row.consumer, count=row.behind, oldest=row.oldest) for row in consumers
            ],
            commands=[_waiting(row.of, row) for row in commands],
            touches=[_waiting("touch", row) for row in touches],
            drifts=await PointsDrifts(self._store, self._brand).newest(),
            one_sided=tuple(await Outbox(self._store, self._brand).all()),
            contracts=records_of(await self._store.rows(_CONTRACTS, named), Checked),
            silent={row.connector: row.silent for row in pushing},
            payments=[
                Waiting(of="payment", state=row.outcome, count=row.waiting, oldest=row.oldest)
                for row in payments
            ],
        )


def _waiting(of: str, row: Row[Any]) -> Waiting:
    return Waiting(of=of, state=row.state, count=row.waiting, oldest=row.oldest)
