"""What the platform knows of orders beside their records, for all orders of a wave together."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from capabilities.caller import Caller, MembershipKey
from capabilities.estate import Capability
from capabilities.events import Subject
from capabilities.member.changing import PLATFORM
from capabilities.member.commands import CommandState
from capabilities.order.commands import OrderCommand
from capabilities.order.held_records import holder_of
from capabilities.order.history import OrderNote, OrderPast, OrderPersonal, ServiceRequest
from capabilities.order.placing import OrderChangeState, SentChange
from capabilities.order.records import Order
from gateway.federation.asking import Request
from store.order.commands import OrderCommands
from store.order.held import HeldOrders
from store.order.past import OrdersPast
from store.order.said import OrdersSaid
from store.owned import Owned
from store.privacy.data_keys import DataKeys

_ENDED = {CommandState.DONE: OrderChangeState.DONE}
_GIVEN_UP = (CommandState.DEAD, CommandState.DISCARDED)


class OrderReading:
    """Reads of one caller; who may see an order may see what hangs below it, as the policy says."""

    _owned: Owned
    _caller: Caller
    _request: Request
    _keys: DataKeys
    _held: HeldOrders
    _said: OrdersSaid

    async def past(self, order: Order) -> OrderPast:
        """What happened to an order that the platform holds."""
        past: OrderPast = await self._load(
            "order past", OrdersPast(self._owned.store, self._owned.brand).of, order
        )
        return past

    async def notes(self, order: Order) -> Sequence[OrderNote]:
        """What the staff wrote to an order."""
        notes: Sequence[OrderNote] = await self._load("order notes", self._said.notes, order)
        return notes

    async def requests(self, order: Order) -> Sequence[ServiceRequest]:
        """Services that were asked for with an order."""
        found: Sequence[ServiceRequest] = await self._load(
            "service requests", self._said.requests, order
        )
        return found

    async def personal(self, order: Order) -> OrderPersonal | None:
        """Whom an order of the platform's own is for."""
        found: OrderPersonal | None = await self._load("order people", self._held.personal, order)
        return found

    async def sent(self, order: Order) -> Sequence[SentChange]:
        """Changes that the order's system was told of, the oldest first."""
        commands = OrderCommands(self._owned.store, self._owned.brand, self._keys)

        async def of(keys: Sequence[Subject]) -> Sequence[Sequence[OrderCommand]]:
            return await commands.of_orders([(one.channel, one.key) for one in keys])

        return [_sent(one) for one in await self._load("order commands", of, order)]

    async def change(self, reference: str) -> SentChange | None:
        """How a change stands that a system was told of; None for none of the caller's channels.

        Who is bound to stores follows what she sent herself: a command is of no store.
        """
        commands = OrderCommands(self._owned.store, self._owned.brand, self._keys)
        (found,) = await commands.by_id([reference])
        visibility, sender = self._request.visibility, self._caller.subject
        if found is None or not visibility.in_channel(found.channel):
            return None
        hers = visibility.stores is None or found.author == sender
        return _sent(found) if hers else None

    def _is_own(self, channel: str) -> bool:
        return self._request.estate.route(Capability.ORDER, channel) is None

    def _holder(self, order: Order) -> MembershipKey | None:
        """The membership under which an order was made, as far as its record says."""
        if order.customer is None:
            return None
        if order.source.connector == PLATFORM:
            return holder_of(order.customer)
        connection = self._request.estate.connection(order.source.connector)
        channels = () if connection is None else connection.channels(Capability.MEMBER)
        if order.channel in channels:
            return MembershipKey(order.channel, order.customer)
        return MembershipKey(channels[0], order.customer) if len(channels) == 1 else None

    async def _load(
        self, name: str, ask: Callable[[Sequence[Subject]], Awaitable[Sequence[Any]]], order: Order
    ) -> Any:
        key = Subject(key=order.number, channel=order.channel)
        return await self._request.load_with(name, ask, key)


def _sent(one: OrderCommand) -> SentChange:
    state = _ENDED.get(one.state, OrderChangeState.SENT)
    refused = one.state in _GIVEN_UP
    return SentChange(
        reference=one.command,
        kind=one.kind,
        state=OrderChangeState.REFUSED if refused else state,
        reason=one.reason,
        channel=one.channel,
        number=one.number,
        at=one.changed_at,
    )
