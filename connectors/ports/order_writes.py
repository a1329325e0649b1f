"""The port of changes of orders: one unit at the system, what comes before it and behind it."""

from collections.abc import Mapping
from typing import Any

from capabilities.errors import Refused
from capabilities.order.ports import OrderSink, OrderSource
from capabilities.order.records import FulfillmentStatus, Order, OrderStatus
from capabilities.order.values import values_of
from capabilities.order.writing import OrderWrite, OrderWriteKind, OrderWritten, TextLimit
from connectors.manifest.model import CommandCall, Commanding
from connectors.ports.port import Bound, Port
from connectors.protocols.templates import compiled

TEXTS = frozenset({OrderWriteKind.NOTE, OrderWriteKind.SERVICE_REQUEST})
# Until somebody picks the goods, something may still be put into the parcel.
_BEFORE_PICKING = frozenset(
    {
        FulfillmentStatus.UNFULFILLED,
        FulfillmentStatus.ON_HOLD,
        FulfillmentStatus.UNKNOWN,
        FulfillmentStatus.NOT_REQUIRED,
    }
)
_OVER = frozenset(
    {
        *(OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED),
        *(OrderStatus.PARTIALLY_SHIPPED, OrderStatus.CANCELLED, OrderStatus.CLOSED_REFUNDED),
    }
)


class OrderWrites(Port, OrderSink):
    """Orders, changed as the manifest says."""

    async def write_order(self, write: OrderWrite) -> OrderWritten | None:
        """Tell the system once; a text that it could not hold is never sent."""
        bound, commands = self._commanding()
        call = call_of(commands, write.kind)
        if call is None or bound.commander is None:
            raise self._not_sent("CHANNEL_UNSUPPORTED", f"its system takes no {write.kind.value}")
        self._check_text(call, write)
        if write.kind is OrderWriteKind.SERVICE_REQUEST and await self._too_late(write):
            raise self._not_sent("TOO_LATE", "the order is picked already")
        values = self._values(bound, commands, call, write)
        async with self._observed(f"write_order_{write.kind.value.lower()}", 1), self._deadline():
            return await bound.commander.write(write.kind, call, values)

    async def written_order(self, write: OrderWrite) -> OrderWritten | None:
        """Look up what a write came to."""
        bound, commands = self._commanding()
        if write.kind in TEXTS:
            return await self._read_back(bound, commands, write)
        call = finding_of(commands, write.kind)
        if call is None or bound.commander is None:
            return await self._as_it_stands(write)
        values = self._values(bound, commands, call, write)
        async with self._observed("written_order", 1), self._deadline():
            return await bound.commander.find(write.kind, call, values)

    def _commanding(self) -> tuple[Bound, Commanding]:
        bound = self._bound["orders"]
        commands = bound.compiled.section.commands
        if commands is None:
            raise TypeError("a port without its section")
        return bound, commands

    def _values(
        self, bound: Bound, commands: Commanding, call: CommandCall, write: OrderWrite
    ) -> dict[str, Any]:
        at = bound.at
        words = (word for word, channel in at.channels.items() if channel == write.channel)
        word = next((one for one in words if one != "*"), None)
        own = {name: at.settings.get(name, held) for name, held in commands.values.items()}
        values = {**own, **values_of(write, word, at.zone)}
        return {**values, "line": compiled(call.line)(values) if call.line else None}

    def _check_text(self, call: CommandCall, write: OrderWrite) -> None:
        """What does not fit is refused before it is sent: systems cut it without a word."""
        held = call.limit
        if held is None or write.text is None:
            return
        limit = TextLimit(
            characters=held.characters, octets=held.octets, basic_plane=held.basic_plane
        )
        if fault := limit.fault(write.text):
            raise self._not_sent(fault, "the text does not fit its system")

    async def _order(self, number: str | None) -> Order | None:
        if number is None or not isinstance(self, OrderSource):
            return None
        (found,) = await self.orders([number])
        return found

    async def _too_late(self, write: OrderWrite) -> bool:
        order = await self._order(write.number)
        if order is None:
            return False
        return order.status in _OVER or order.fulfillment_status not in _BEFORE_PICKING

    async def _read_back(
        self, bound: Bound, commands: Commanding, write: OrderWrite
    ) -> OrderWritten | None:
        """A text stands where the next reader of the order sees all of it."""
        call = call_of(commands, write.kind)
        order = await self._order(write.number)
        if call is None or order is None:
            return None
        line = str(self._values(bound, commands, call, write)["line"])
        stands = any(line in note for note in order.notes)
        return OrderWritten(number=order.number) if stands else None

    async def _as_it_stands(self, write: OrderWrite) -> OrderWritten | None:
        """What has no reference of its own is done where the order says so."""
        order = await self._order(write.number)
        done = write.kind is OrderWriteKind.CANCEL and not write.lines
        if order is None or not done or order.status is not OrderStatus.CANCELLED:
            return None
        return OrderWritten(number=order.number)

    def _not_sent(self, code: str, message: str) -> Refused:
        return Refused(message, source=self.spec.name, code=code)


def call_of(commands: Commanding, kind: OrderWriteKind) -> CommandCall | None:
    """The call by which a kind of change is made."""
    return {
        OrderWriteKind.PLACE: commands.place,
        OrderWriteKind.PAY: commands.pay,
        OrderWriteKind.CANCEL: commands.cancel,
        OrderWriteKind.RETURN: commands.give_back,
        OrderWriteKind.NOTE: commands.note,
        OrderWriteKind.SERVICE_REQUEST: commands.service_request,
    }[kind]


def finding_of(commands: Commanding, kind: OrderWriteKind) -> CommandCall | None:
    """The call by which a change is looked up; None where the order itself says."""
    found: Mapping[OrderWriteKind, CommandCall | None] = {
        OrderWriteKind.PLACE: commands.find,
        OrderWriteKind.PAY: commands.find_pay,
        OrderWriteKind.CANCEL: commands.find_cancel,
        OrderWriteKind.RETURN: commands.find_return,
    }
    return found.get(kind)


def kinds_of(commands: Commanding) -> frozenset[OrderWriteKind]:
    """What the system takes."""
    return frozenset(kind for kind in OrderWriteKind if call_of(commands, kind) is not None)


def limits_of(commands: Commanding) -> dict[OrderWriteKind, TextLimit]:
    """What it holds of each kind of text."""
    calls = {kind: call_of(commands, kind) for kind in sorted(TEXTS, key=lambda one: one.value)}
    return {
        kind: TextLimit(
            characters=call.limit.characters,
            octets=call.limit.octets,
            basic_plane=call.limit.basic_plane,
        )
        for kind, call in calls.items()
        if call is not None and call.limit is not None
    }
