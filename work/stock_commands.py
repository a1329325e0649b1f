"""Quotas told to the systems that sell them: read back, and looked up where nobody knows."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from capabilities.errors import CircuitOpen, Denied, Limited, Refused, SantongError
from capabilities.estate import ConnectorSpec
from capabilities.flash.ports import StockLevel, StockSink
from capabilities.flash.quotas import PushKind, StockPush
from connectors.connector import Connector
from store.flash.stock_commands import StockCommands
from store.owned import Owned
from work.relaying import End, Open, Relaying
from work.sold import count_sold

_UNKNOWN_PRODUCT = End(reason="PRODUCT_UNKNOWN", dead=True)


class StockRelay:
    """Tells what quotas of one brand are to be told."""

    def __init__(
        self,
        owned: Owned,
        commands: StockCommands,
        spec_of: Callable[[str], ConnectorSpec | None],
        opened: Open,
    ) -> None:
        self._relaying = Relaying(owned, _Ends(owned, commands), told, spec_of, opened)

    async def run(self) -> None:
        """Every command that is due, until none is."""
        await self._relaying.run()


class _Ends:
    """What becomes of commands of stock."""

    def __init__(self, owned: Owned, commands: StockCommands) -> None:
        self._owned = owned
        self._commands = commands

    async def claim(
        self, at: datetime, lease_seconds: float, most: int, without: Sequence[str]
    ) -> Sequence[StockPush]:
        """Commands that are due, this process's until the lease ends."""
        return await self._commands.claim(at, lease_seconds, most, without)

    async def done(self, one: StockPush, end: End) -> None:
        """It stands there; the end's number is what was read back."""
        now, left = self._owned.now(), int(end.number or 0)
        await self._owned.store.transaction(lambda run: self._commands.done(run, one, left, now))

    async def later(
        self, one: StockPush, reason: str, at: datetime, pause: timedelta, *, unsure: bool
    ) -> None:
        """It is tried again after a pause; its units stay reserved."""
        await self._commands.later(one, reason, at, pause, unsure=unsure)

    async def dead(self, one: StockPush, reason: str, at: datetime, *, unsure: bool) -> None:
        """It waits for a person; its units stay reserved."""
        await self._commands.dead(one, reason, at, unsure=unsure)


async def told(connector: Connector | StockSink, one: StockPush) -> End:
    """Tell the system, behind a look at its stock where an attempt may have arrived."""
    if not isinstance(connector, StockSink):
        return End(reason="CHANNEL_UNSUPPORTED", dead=True, unsure=one.unsure)
    sold = one.sold
    if one.unsure:
        try:
            level = await connector.stock_level(one.code)
            counted = await count_sold(connector, one.channel, one.code_kind, one.code, one.since)
        except SantongError as exc:
            return End(reason=exc.code, unsure=True)
        sold = sold if counted is None else counted
        if level is not None and _came(one, level, sold):
            return End(number=str(level.left))
    return await _pushed(connector, one, sold)


async def _pushed(connector: StockSink, one: StockPush, sold: int) -> End:
    """One attempt: what is still to be sold of the quota, or nothing; then it is read back."""
    units = max(0, one.units - sold) if one.kind is PushKind.PUSH else 0
    try:
        known = await connector.push_stock(one.code, units, one.command)
    except Refused as exc:
        return End(reason=exc.code, dead=True)
    except (Limited, CircuitOpen, Denied) as exc:  # nothing was sent, or nobody let in
        return End(reason=exc.code)
    except SantongError as exc:
        return End(reason=exc.code, unsure=True)
    return await _read_back(connector, one, units) if known else _UNKNOWN_PRODUCT


async def _read_back(connector: StockSink, one: StockPush, units: int) -> End:
    """It is accepted where it stands there for the next who looks."""
    try:
        level = await connector.stock_level(one.code)
    except SantongError as exc:
        return End(reason=exc.code, unsure=True)
    if level is None or not _accepted(one, level, units):
        return End(reason="QUOTA_NOT_ACCEPTED", unsure=True)
    return End(number=str(level.left))


def _came(one: StockPush, level: StockLevel, sold: int) -> bool:
    """Whether an earlier attempt stands there: by its reference, else by what adds up."""
    if level.reference is not None:
        return level.reference == one.command
    wanted = max(0, one.units - sold) if one.kind is PushKind.PUSH else 0
    return level.left == wanted


def _accepted(one: StockPush, level: StockLevel, units: int) -> bool:
    """Whether what was just set stands there; some of it may be sold by now."""
    if level.reference is not None and level.reference != one.command:
        return False
    if level.left is None:
        return False
    return level.left <= units and (level.left > 0 or units == 0 or level.reference is not None)
