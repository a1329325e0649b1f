"""Orders placed and changed as one caller does it: here where they are ours, else by their system.

What a system owns is recorded as a command, in the same transaction as the caller's wish, and is
sent and not confirmed until the system has answered.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from capabilities.caller import Caller
from capabilities.events import Subject
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.changing import (
    ChannelUnsupported,
    GivenBack,
    OrderDeclined,
    Part,
    cancelled,
    fulfilled,
    paid,
    returned,
)
from capabilities.order.held import HeldOrder
from capabilities.order.history import OrderAction
from capabilities.order.payments import DESK, Confirmation, shown_name, wished_name
from capabilities.order.placing import (
    Changing,
    OrderChanged,
    OrderChangeState,
    OrderKey,
    WantedPart,
)
from capabilities.order.records import Order
from capabilities.order.writing import LinePart, OrderWrite, OrderWriteKind
from gateway.federation.asking import Request
from gateway.platform.order_reading import OrderReading
from gateway.platform.order_sinks import new_reference, taker, tell_system
from store.engine import Run
from store.order.held import Done, HeldOrders
from store.order.payments import Payments
from store.order.said import OrdersSaid
from store.owned import Owned
from store.privacy.data_keys import DataKeys, owner_of_membership, owner_of_order
from store.wishes import KeyReused, once

GONE = OrderDeclined(code="ORDER_UNKNOWN", path=("input", "order"))


class OrderChanges(OrderReading):
    """What all changes of orders share; placing and what is said of orders build on it."""

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        self._keys = DataKeys(owned.brand, owned.sealer)
        self._held = HeldOrders(owned.store, owned.brand, self._keys, owned.zone)
        self._payments = Payments(owned.store, owned.brand, self._held)
        self._said = OrdersSaid(owned.store, owned.brand, self._keys)

    async def pay(
        self,
        order: Order | None,
        key: OrderKey,
        amount: Money,
        method: str,
        transaction: str | None,
        idempotency_key: str,
    ) -> Changing:
        """Take a payment that a person saw."""
        wish = ("payOrder", key, amount, method, transaction)

        async def own(run: Run, held: HeldOrder) -> OrderDeclined | None:
            if amount.currency != held.currency:
                return OrderDeclined(code="CURRENCY_DIFFERS", path=("input", "amount"))
            after = paid(held, amount.minor, self._owned.now())
            if isinstance(after, OrderDeclined):
                return after
            if not await self._payments.claim(run, self._taken(key, amount, method, named), at):
                return OrderDeclined(code="PAYMENT_KNOWN", path=("input", "transaction"))
            await self._held.put(run, [after], [self._done(OrderAction.PAID, amount.minor)])
            return None

        at = self._owned.now()
        if transaction is None:
            named = wished_name(self._caller.subject, idempotency_key)
        else:
            named = shown_name(key.channel, key.number, transaction)
        write = self._write(
            OrderWriteKind.PAY, key, amount=amount, method=method, transaction=transaction
        )
        return await self._change(order, key, write, own, wish, idempotency_key)

    async def cancel(
        self, order: Order | None, key: OrderKey, reason: str, idempotency_key: str
    ) -> Changing:
        """Give an order up before anything left."""

        async def own(run: Run, held: HeldOrder) -> OrderDeclined | None:
            given = cancelled(held, self._owned.now())
            if isinstance(given, OrderDeclined):
                return given
            done = self._done(OrderAction.CANCELLED, given.amount)
            await self._held.give_back(run, given, done, restock=False)
            return None

        write = self._write(OrderWriteKind.CANCEL, key, reason=reason)
        wish = ("cancelOrder", key, reason)
        return await self._change(order, key, write, own, wish, idempotency_key)

    async def give_back(
        self,
        order: Order | None,
        key: OrderKey,
        parts: Sequence[WantedPart],
        amount: Money | None,
        reason: str,
        idempotency_key: str,
        *,
        restock: bool,
    ) -> Changing:
        """Take goods back, and give money back for them."""
        sums = [one.amount for one in parts if one.amount is not None]
        sums += [] if amount is None else [amount]
        lines = worth(order, parts)
        if order is not None and not self._is_own(order.channel) and len(lines) < len(parts):
            # to a system a return without its lines is one of the whole order, or of nothing
            return OrderDeclined(code="LINE_UNKNOWN", path=("input", "lines"))

        async def own(run: Run, held: HeldOrder) -> OrderDeclined | None:
            if any(one.currency != held.currency for one in sums):
                return OrderDeclined(code="CURRENCY_DIFFERS", path=("input", "amount"))
            minor = None if amount is None else amount.minor
            given = returned(held, _parts(parts), minor, self._owned.now())
            if not isinstance(given, GivenBack):
                return given
            done = self._done(OrderAction.RETURNED, given.amount)
            await self._held.give_back(run, given, done, restock=restock)
            return None

        write = self._write(
            OrderWriteKind.RETURN,
            key,
            lines=lines,
            amount=amount,
            reason=reason,
            restock=restock,
        )
        wish = ("returnOrder", key, parts, amount, reason, restock)
        return await self._change(order, key, write, own, wish, idempotency_key)

    async def fulfil(
        self,
        order: Order | None,
        key: OrderKey,
        parts: Sequence[WantedPart] | None,
        carrier: str | None,
        tracking: str | None,
        idempotency_key: str,
        *,
        delivered: bool,
    ) -> Changing:
        """Say that goods left, or arrived; of the platform's own orders only."""
        if (refused := self._foreign(order)) is not None or order is None:
            return refused or GONE
        if not self._is_own(order.channel):
            return self._only_own()

        async def own(run: Run, held: HeldOrder) -> OrderDeclined | None:
            going = None if parts is None else _parts(parts)
            done = fulfilled(held, going, self._owned.now(), delivered=delivered)
            if isinstance(done, OrderDeclined):
                return done
            after, gone = done
            await self._held.fulfil(
                run,
                after,
                gone,
                self._done(OrderAction.FULFILLED),
                delivered=delivered,
                carrier=carrier,
                tracking=tracking,
            )
            return None

        wish = ("fulfillOrder", key, parts, carrier, tracking, delivered)

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            return await self._own(run, key, own)

        return await self._wished(idempotency_key, wish, do)

    async def _change(
        self,
        order: Order | None,
        key: OrderKey,
        write: OrderWrite,
        own: Callable[[Run, HeldOrder], Awaitable[OrderDeclined | None]],
        wish: Any,
        idempotency_key: str,
    ) -> Changing:
        """One change of one order: here where it is ours, else recorded for its system."""
        if (refused := self._foreign(order)) is not None or order is None:
            return refused or GONE
        told = taker(self._request.estate, write.kind, key.channel, "order")
        if isinstance(told, ChannelUnsupported):
            return told
        connection = told.connection

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            if connection is None:
                return await self._own(run, key, own)
            owner = self._owner(order)
            author = self._caller.subject
            await tell_system(run, self._owned, self._keys, connection, owner, write, author)
            return self._sent(key.channel, key.number, write.reference)

        return await self._wished(idempotency_key, wish, do)

    def _foreign(self, order: Order | None) -> OrderDeclined | None:
        """Why a caller who is bound to stores may not change an order that she may see."""
        own = self._caller.visibility.stores
        if order is None or own is None or order.store_code in own:
            return None
        return OrderDeclined(code="STORE_NOT_YOURS", path=("input", "order"))

    async def _own(
        self,
        run: Run,
        key: OrderKey,
        own: Callable[[Run, HeldOrder], Awaitable[OrderDeclined | None]],
    ) -> OrderChanged | OrderDeclined:
        (held,) = await self._held.locked(run, [Subject(key=key.number, channel=key.channel)])
        if held is None:
            return GONE
        if key.version is not None and key.version != held.version:
            return OrderDeclined(code="ORDER_CHANGED", path=("input", "version"))
        return await own(run, held) or self._answer(key.channel, key.number)

    def _answer(
        self,
        channel: str,
        number: str | None,
        state: OrderChangeState = OrderChangeState.DONE,
        change: str | None = None,
        request: str | None = None,
    ) -> OrderChanged:
        return OrderChanged(
            brand=self._owned.brand,
            channel=channel,
            number=number,
            state=state,
            change=change,
            request=request,
        )

    def _sent(
        self, channel: str, number: str | None, reference: str, request: str | None = None
    ) -> OrderChanged:
        return self._answer(channel, number, OrderChangeState.SENT, reference, request)

    def _write(self, kind: OrderWriteKind, key: OrderKey, **what: Any) -> OrderWrite:
        return OrderWrite(
            kind=kind,
            reference=new_reference(),
            channel=key.channel,
            number=key.number,
            at=self._owned.now(),
            **what,
        )

    def _taken(self, key: OrderKey, amount: Money, method: str, named: str) -> Confirmation:
        return Confirmation(
            provider=DESK,
            transaction=named,
            channel=key.channel,
            number=key.number,
            amount=amount.minor,
            currency=amount.currency,
            method=method,
            paid_at=self._owned.now(),
        )

    def _done(self, action: OrderAction, amount: int | None = None) -> Done:
        return Done(action=action, author=self._caller.subject, amount=amount)

    def _only_own(self) -> ChannelUnsupported:
        estate = self._request.estate
        own = [code for code in sorted(estate.channels) if self._is_own(code)]
        return ChannelUnsupported(
            code="CHANNEL_UNSUPPORTED", path=("input", "order"), channels=tuple(own)
        )

    def _owner(self, order: Order) -> str:
        """Under whose data key what is said of an order is sealed."""
        holder = self._holder(order)
        if holder is None:
            return owner_of_order(order.channel, order.number)
        return owner_of_membership(holder.channel, holder.number)

    async def _wished(
        self, key: str, wish: Any, do: Callable[[Run], Awaitable[OrderChanged | OrderDeclined]]
    ) -> Changing:
        """Once per key. The wish is kept as a keyed hash: it may hold names and addresses."""
        who = (self._owned.brand, self._caller.subject, key)
        hashed = hmac.digest(self._owned.key, b"wish" + msgspec.json.encode(wish), "sha256").hex()
        try:
            done: OrderChanged | OrderDeclined = await self._owned.store.transaction(
                lambda run: once(run, who, hashed, OrderChanged | OrderDeclined, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done


def _parts(parts: Sequence[WantedPart]) -> list[Part]:
    return [
        Part(
            ref=one.ref,
            quantity=one.quantity,
            amount=None if one.amount is None else one.amount.minor,
        )
        for one in parts
    ]


def worth(order: Order | None, parts: Sequence[WantedPart]) -> tuple[LinePart, ...]:
    """Parts of a system's lines with what they are worth: their share of the line's total.

    A part of no line of the order, or of one whose worth nobody knows, is not among them.
    """
    lines = {} if order is None else {line.ref: line for line in order.lines}
    found = []
    for one in parts:
        line, amount = lines.get(one.ref), one.amount
        if line is None:
            continue
        if amount is None and line.total is not None and line.quantity:
            whole = line.total
            share = whole.minor * one.quantity / line.quantity
            amount = Money(int(share.to_integral_value()), whole.currency)
        if amount is not None:
            found.append(LinePart(ref=one.ref, quantity=one.quantity, amount=amount))
    return tuple(found)
