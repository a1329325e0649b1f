"""Commands of orders: told to their system, read back, and told on to what waits for them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from capabilities.errors import CircuitOpen, Denied, Limited, Refused, SantongError
from capabilities.estate import ConnectorSpec
from capabilities.order.commands import ClaimedWrite, SettledWrite
from capabilities.order.ports import OrderSink
from capabilities.order.writing import OrderWrite, OrderWriteKind, OrderWritten
from connectors.connector import Connector
from store.engine import Run
from store.order.commands import OrderCommands
from store.order.settles import Settle, settle_all
from store.owned import Owned
from work.relaying import End, Open, Relaying

_READ_BACK = frozenset({OrderWriteKind.NOTE, OrderWriteKind.SERVICE_REQUEST})


class OrderRelay:
    """Carries out the commands of orders of one brand.

    `settles` are told how one ended, in the transaction that ends it.
    """

    def __init__(
        self,
        owned: Owned,
        commands: OrderCommands,
        settles: Sequence[Settle],
        spec_of: Callable[[str], ConnectorSpec | None],
        opened: Open,
    ) -> None:
        ends = _Ends(owned, commands, settles)
        self._relaying = Relaying(owned, ends, told, spec_of, opened)

    async def run(self) -> None:
        """Every command that is due, until none is."""
        await self._relaying.run()


class _Ends:
    """What becomes of commands of orders."""

    def __init__(self, owned: Owned, commands: OrderCommands, settles: Sequence[Settle]) -> None:
        self._owned = owned
        self._commands = commands
        self._settles = settles

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str]
    ) -> Sequence[ClaimedWrite]:
        """Commands that are due, this process's until the lease ends."""
        return await self._commands.claim(at, lease_seconds, most, without)

    async def done(self, one: ClaimedWrite, end: End) -> None:
        """It is done, and so is what waited for it."""
        now = self._owned.now()

        async def work(run: Run) -> None:
            number = end.number or ""
            await self._told_on(run, await self._commands.done(run, one, number, end.document, now))

        await self._owned.store.transaction(work)

    async def later(
        self, one: ClaimedWrite, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause; who looks sees that it was sent and not confirmed."""
        await self._commands.later(one, reason, at, pause, unsure=unsure)

    async def dead(self, one: ClaimedWrite, reason: str, at: datetime, *, unsure: bool) -> None:
        """It waits for a person."""

        async def work(run: Run) -> None:
            await self._told_on(run, await self._commands.dead(run, one, reason, at, unsure=unsure))

        await self._owned.store.transaction(work)

    async def _told_on(self, run: Run, settled: SettledWrite | None) -> None:
        if settled is None:  # another process's by now
            return
        await settle_all(run, self._owned.brand, self._settles, settled)


async def told(connector: Connector | OrderSink, one: ClaimedWrite) -> End:
    """Tell the system, behind a look-up where an attempt may have arrived."""
    write = one.write
    if write is None:
        return End(reason="ERASED", dead=True, unsure=one.unsure)
    if not isinstance(connector, OrderSink) or write.kind not in connector.order_write_kinds:
        return End(reason="CHANNEL_UNSUPPORTED", dead=True, unsure=one.unsure)
    if write.number is None and write.kind is not OrderWriteKind.PLACE:
        return End(reason="ORDER_NOT_PLACED", dead=True)
    if one.unsure:
        try:
            written = await connector.written_order(write)
        except SantongError as exc:
            return End(reason=exc.code, unsure=True)
        if written is not None:
            return _done(written)
    return await _written(connector, write)


async def _written(connector: OrderSink, write: OrderWrite) -> End:
    """One attempt to write."""
    try:
        written = await connector.write_order(write)
    except Refused as exc:
        return End(reason=exc.code, dead=True)
    except (Limited, CircuitOpen, Denied) as exc:  # nothing was sent, or nobody let in
        return End(reason=exc.code)
    except SantongError as exc:
        return End(reason=exc.code, unsure=True)
    if written is None:
        return End(reason="ORDER_UNKNOWN", dead=True)
    return await _read_back(connector, write) if write.kind in _READ_BACK else _done(written)


async def _read_back(connector: OrderSink, write: OrderWrite) -> End:
    """A text is done when all of it stands there for the next reader."""
    try:
        kept = await connector.written_order(write)
    except SantongError as exc:
        return End(reason=exc.code, unsure=True)
    return _done(kept) if kept is not None else End(reason="TEXT_NOT_KEPT", dead=True)


def _done(written: OrderWritten) -> End:
    return End(number=written.number, document=written.document)
