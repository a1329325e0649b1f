"""Orders changed as one caller does it: paid, cancelled, given back, fulfilled."""

from collections.abc import Sequence
from functools import partial

from capabilities.money import Money
from capabilities.order.changing import (
    GivenBack,
    OrderDeclined,
    cancelled,
    fulfilled,
    paid,
    returned,
)
from capabilities.order.held import HeldOrder
from capabilities.order.history import OrderAction
from capabilities.order.payments import shown_name, wished_name
from capabilities.order.placing import (
    Changing,
    Exchanged,
    OrderChanged,
    OrderKey,
    WantedPart,
)
from capabilities.order.records import Order
from capabilities.order.writing import OrderWrite, OrderWriteKind
from gateway.platform.order_parts import parts_of, worth
from gateway.platform.order_wishes import GONE, OrderWishes
from store.engine import Run


class OrderChanges(OrderWishes):
    """Changes of orders that stand; placing builds on it."""

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
                return known
            await self._held.put(run, [after], [self._done(OrderAction.PAID, amount.minor)])
            return None

        async def beside(run: Run) -> OrderDeclined | None:
            taken = self._taken(key, amount, method, named)
            return None if await self._payments.keep(run, taken, at) else known

        at = self._owned.now()
        known = OrderDeclined(code="PAYMENT_KNOWN", path=("input", "transaction"))
        if transaction is None:
            named = wished_name(self._caller.subject, idempotency_key)
        else:
            named = shown_name(key.channel, key.number, transaction)
        write = self._write(
            OrderWriteKind.PAY, key, amount=amount, method=method, transaction=transaction
        )
        return await self._change(order, key, write, own, wish, idempotency_key, beside)

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
        back = Exchanged(key=key, parts=tuple(parts), amount=amount, reason=reason, restock=restock)
        wish = ("returnOrder", key, parts, amount, reason, restock)
        write = self._returning(order, back)
        if isinstance(write, OrderDeclined):
            return await self._unless_heard(idempotency_key, wish, write)
        own = partial(self._given_back, back)
        return await self._change(order, key, write, own, wish, idempotency_key)

    def _returning(self, order: Order | None, back: Exchanged) -> OrderWrite | OrderDeclined:
        """What a system is told that takes goods back."""
        lines = worth(order, back.parts)
        if order is not None and not self._is_own(order.channel) and len(lines) < len(back.parts):
            # to a system a return without its lines is one of the whole order, or of nothing
            return OrderDeclined(code="LINE_UNKNOWN", path=("input", "lines"))
        return self._write(
            OrderWriteKind.RETURN,
            back.key,
            lines=lines,
            amount=back.amount,
            reason=back.reason,
            restock=back.restock,
        )

    async def _given_back(self, back: Exchanged, run: Run, held: HeldOrder) -> OrderDeclined | None:
        """Goods taken back of an order of our own."""
        sums = [one.amount for one in back.parts if one.amount is not None]
        sums += [] if back.amount is None else [back.amount]
        if any(one.currency != held.currency for one in sums):
            return OrderDeclined(code="CURRENCY_DIFFERS", path=("input", "amount"))
        minor = None if back.amount is None else back.amount.minor
        given = returned(held, parts_of(back.parts), minor, self._owned.now())
        if not isinstance(given, GivenBack):
            return given
        done = self._done(OrderAction.RETURNED, given.amount)
        await self._held.give_back(run, given, done, restock=back.restock)
        return None

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
            going = None if parts is None else parts_of(parts)
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
