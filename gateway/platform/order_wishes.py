"""What all changes of orders share: made here where the order is ours, else told to its system.

What a system owns is recorded as a command, in the same transaction as the caller's wish, and is
sent and not confirmed until the system has answered.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from capabilities.audit import Entry
from capabilities.caller import Caller
from capabilities.events import Subject
from capabilities.money import Money
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.changing import (
    ChannelUnsupported,
    OrderDeclined,
)
from capabilities.order.held import HeldOrder
from capabilities.order.history import OrderAction
from capabilities.order.payments import DESK, Confirmation
from capabilities.order.placing import (
    Changing,
    OrderChanged,
    OrderChangeState,
    OrderKey,
)
from capabilities.order.records import Order
from capabilities.order.writing import OrderWrite, OrderWriteKind
from gateway.federation.asking import Request
from gateway.platform.order_reading import OrderReading
from gateway.platform.order_sinks import new_reference, taker, tell_system
from gateway.redact import redacted_text
from store.access.audit import audited
from store.engine import Run
from store.order.held import Done, HeldOrders
from store.order.payments import Payments
from store.order.said import OrdersSaid
from store.owned import Owned
from store.privacy.data_keys import DataKeys, owner_of_membership, owner_of_order
from store.wishes import KeyReused, Wish, once, wished_before

GONE = OrderDeclined(code="ORDER_UNKNOWN", path=("input", "order"))
_REUSED = IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey"))


class OrderWishes(OrderReading):
    """A caller's wishes, each done once; changes, placing and what is said build on it."""

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        self._keys = DataKeys(owned.brand, owned.sealer)
        self._held = HeldOrders(owned.store, owned.brand, self._keys, owned.zone)
        self._payments = Payments(owned.store, owned.brand, self._held)
        self._said = OrdersSaid(owned.store, owned.brand, self._keys)

    async def _change(
        self,
        order: Order | None,
        key: OrderKey,
        write: OrderWrite,
        own: Callable[[Run, HeldOrder], Awaitable[OrderDeclined | None]],
        wish: Any,
        idempotency_key: str,
        beside: Callable[[Run], Awaitable[OrderDeclined | None]] | None = None,
    ) -> Changing:
        """One change of one order: here where it is ours, else recorded for its system.

        `beside` is what is kept here of a change that a system is told of, or why it is not told.
        """
        if (refused := self._foreign(order)) is not None or order is None:
            return await self._unless_heard(idempotency_key, wish, refused or GONE)
        told = taker(self._request.estate, write.kind, key.channel, "order")
        if isinstance(told, ChannelUnsupported):
            return await self._unless_heard(idempotency_key, wish, told)
        connection = told.connection

        async def do(run: Run) -> OrderChanged | OrderDeclined:
            if connection is None:
                return await self._own(run, key, own)
            if beside is not None and (refused := await beside(run)) is not None:
                return refused
            owner = self._owner(order)
            author = self._caller.subject
            await tell_system(run, self._owned, self._keys, connection, owner, write, author)
            return self._sent(key.channel, key.number, write.reference)

        return await self._wished(idempotency_key, wish, do, write.reason)

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
        self,
        key: str,
        wish: Any,
        do: Callable[[Run], Awaitable[OrderChanged | OrderDeclined]],
        reason: str | None = None,
    ) -> Changing:
        """Once per key. The wish is kept as a keyed hash: it may hold names and addresses.

        What is done stands in the audit trail, last: the trail is one line for a whole brand.
        """

        async def kept(run: Run) -> OrderChanged | OrderDeclined:
            done = await do(run)
            if isinstance(done, OrderChanged):
                await self._audited(run, wish[0], done, reason)
            return done

        who = (self._owned.brand, self._caller.subject, key)
        hashed = self._hashed(wish)
        try:
            done: OrderChanged | OrderDeclined = await self._owned.store.transaction(
                lambda run: once(run, who, hashed, OrderChanged | OrderDeclined, lambda: kept(run))
            )
        except KeyReused:
            return _REUSED
        return done

    async def _unless_heard(
        self, key: str, wish: Any, refusal: OrderDeclined | ChannelUnsupported
    ) -> Changing:
        """A refusal of what stands now, for a wish that was not answered before.

        What the wish itself has changed may be why: its key hears its first answer.
        """
        asked = Wish(self._caller.subject, key, self._hashed(wish))
        run, kinds = self._owned.store.rows, OrderChanged | OrderDeclined
        (heard,) = await wished_before(run, self._owned.brand, [asked], kinds)
        if isinstance(heard, KeyReused):
            return _REUSED
        answer: Changing = refusal if heard is None else heard
        return answer

    def _hashed(self, wish: Any) -> str:
        said = b"wish" + msgspec.json.encode(wish)
        return hmac.digest(self._owned.key, said, "sha256").hex()

    async def _audited(self, run: Run, name: str, done: OrderChanged, reason: str | None) -> None:
        facts = {"channel": done.channel, "order": done.number, "change": done.change}
        entry = Entry(
            action=f"order.{name}",
            actor=self._caller.subject,
            role=self._caller.role.value,
            reason=None if reason is None else redacted_text(reason),
            facts={name: value for name, value in facts.items() if value is not None},
        )
        await audited(run, self._owned.brand, entry)
