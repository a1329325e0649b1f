"""Payments that arrived: a batch of confirmations takes effect in one transaction.

The orders are locked first and in key order, then the transactions are claimed in theirs, so two
batches wait for one another and never cross. A transaction takes effect once, whoever brings it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from capabilities.events import Subject
from capabilities.order.changing import received
from capabilities.order.held import HeldOrder
from capabilities.order.history import OrderAction
from capabilities.order.payments import (
    DESK,
    Confirmation,
    Confirmed,
    Contradicted,
    PaymentOutcome,
    slip,
)
from store.engine import Run, Store
from store.order import payment_rows
from store.order.carried_payments import CarriedPayments
from store.order.held import Done, HeldOrders
from store.order.payment_rows import Key, key, slip_key

Answer = Confirmed | Contradicted
_TRIES = 5


class PaymentRaced(Exception):
    """Somebody else brought one of these transactions meanwhile."""


class Payments:
    """The payments of one brand; without `carried` all its orders are the platform's own."""

    def __init__(
        self,
        store: Store,
        brand: str,
        orders: HeldOrders,
        carried: CarriedPayments | None = None,
    ) -> None:
        self._store = store
        self._brand = brand
        self._orders = orders
        self._carried = carried

    async def confirm(self, some: Sequence[Confirmation], at: datetime) -> list[Answer]:
        """What each came to, in order; all are durable when this answers."""
        for _ in range(_TRIES):
            try:
                return await self._store.transaction(lambda run: self.confirm_in(run, some, at))
            except PaymentRaced:
                continue
        raise RuntimeError("confirmations met others at every try")

    async def stands(self, some: Sequence[Confirmation]) -> list[Answer | None]:
        """What those came to that took effect, None where one did not."""
        known = await payment_rows.known(self._store.rows, self._brand, some)
        return [_again(known[key(one)], one) if key(one) in known else None for one in some]

    async def claim(self, run: Run, one: Confirmation, at: datetime) -> bool:
        """Keep a payment that a person took, in her transaction; False where it is known.

        Its order is locked: no provider tells of the same money meanwhile.
        """
        return await self._claim(run, one, PaymentOutcome.CONFIRMED, at)

    async def keep(self, run: Run, one: Confirmation, at: datetime) -> bool:
        """As `claim`, of an order that a system owns: it counts there, and is told once."""
        await payment_rows.lock_elsewhere(run, self._brand, [(one.channel, one.number)])
        return await self._claim(run, one, PaymentOutcome.KEPT, at)

    async def _claim(
        self, run: Run, one: Confirmation, outcome: PaymentOutcome, at: datetime
    ) -> bool:
        shown = slip(DESK, one.transaction)
        if shown is not None and await payment_rows.on_a_slip(
            run, self._brand, one.channel, one.number, shown
        ):
            return False
        return bool(await payment_rows.claim(run, self._brand, [one], {key(one): outcome}, at))

    async def match(self, at: datetime, most: int = 500) -> int:
        """Count money that came before its order was placed; how many payments."""

        async def work(run: Run) -> int:
            found = await payment_rows.unmatched(run, self._brand, most)
            if not found:
                return 0
            held = await self._held(run, found)
            some = await payment_rows.hold(run, self._brand, [key(row) for row in found])
            known = await payment_rows.known(run, self._brand, some)
            outcomes = await self._received(run, some, known, held, at)
            if outcomes:
                await payment_rows.match(run, self._brand, outcomes, at)
            return len(outcomes)

        return await self._store.transaction(work)

    async def confirm_in(
        self, run: Run, some: Sequence[Confirmation], at: datetime
    ) -> list[Answer]:
        """As `confirm`, in the caller's transaction; after PaymentRaced it is begun anew."""
        held = await self._held(run, some)
        await payment_rows.lock_elsewhere(run, self._brand, self._elsewhere(held))
        known = await payment_rows.known(run, self._brand, some)
        fresh: dict[Key, Confirmation] = {}
        for one in some:
            if key(one) not in known:
                fresh.setdefault(key(one), one)
        outcomes = await self._taken(run, list(fresh.values()), known, held, at)
        answers: list[Answer] = []
        told: set[Key] = set()
        for one in some:
            row = known.get(key(one))
            if row is not None:
                answers.append(_again(row, one))
            elif not _same(fresh[key(one)], one):
                answers.append(Contradicted())
            else:
                outcome, again = outcomes[key(one)], key(one) in told
                answers.append(Confirmed(outcome=outcome, duplicate=again))
                told.add(key(one))
        return answers

    async def _taken(
        self,
        run: Run,
        some: Sequence[Confirmation],
        known: Mapping[Key, Row[Any]],
        held: dict[tuple[str, str], HeldOrder | None],
        at: datetime,
    ) -> dict[Key, PaymentOutcome]:
        """What new ones came to, once they have taken effect."""
        if not some:
            return {}
        outcomes = await self._received(run, some, known, held, at)
        if await payment_rows.claim(run, self._brand, some, outcomes, at) < len(some):
            raise PaymentRaced
        if self._carried is not None:
            kept = [one for one in some if outcomes[key(one)] is PaymentOutcome.KEPT]
            await self._carried.tell(run, kept, at)
        return outcomes

    async def _received(
        self,
        run: Run,
        some: Sequence[Confirmation],
        known: Mapping[Key, Row[Any]],
        held: dict[tuple[str, str], HeldOrder | None],
        at: datetime,
    ) -> dict[Key, PaymentOutcome]:
        """What they came to, their orders written."""
        outcomes: dict[Key, PaymentOutcome] = {}
        changed: list[HeldOrder] = []
        dones: list[Done] = []
        for one in some:
            order = held[one.channel, one.number]
            outcome = self._uncounted(one, order, known.get(slip_key(one)))
            if outcome is None and order is not None:
                after, outcome = received(order, one.amount, at)
                held[one.channel, one.number] = after
                changed.append(after)
                author = f"provider:{one.provider}"
                dones.append(Done(action=OrderAction.PAID, author=author, amount=one.amount))
            outcomes[key(one)] = outcome or PaymentOutcome.UNKNOWN_ORDER
        if changed:
            await self._orders.put(run, changed, dones)
        return outcomes

    def _uncounted(
        self, one: Confirmation, order: HeldOrder | None, taken: Row[Any] | None
    ) -> PaymentOutcome | None:
        """Why money counts in no order; None where it counts."""
        if taken is not None and _same(taken, one):
            return PaymentOutcome.KNOWN
        if order is None:
            owned = self._carried is not None and self._carried.owns(one.channel)
            return PaymentOutcome.KEPT if owned else PaymentOutcome.UNKNOWN_ORDER
        return None if order.currency == one.currency else PaymentOutcome.CURRENCY_DIFFERS

    def _elsewhere(self, held: Mapping[tuple[str, str], HeldOrder | None]) -> list[tuple[str, str]]:
        """The orders that systems own, by channel and number."""
        if self._carried is None:
            return []
        return [named for named, one in held.items() if not one and self._carried.owns(named[0])]

    async def _held(self, run: Run, some: Sequence[Any]) -> dict[tuple[str, str], HeldOrder | None]:
        """Their orders, locked."""
        keys = sorted({(one.channel, one.number) for one in some})
        subjects = [Subject(key=number, channel=channel) for channel, number in keys]
        return dict(zip(keys, await self._orders.locked(run, subjects), strict=True))


def _again(row: Row[Any], one: Confirmation) -> Answer:
    if not _same(row, one):
        return Contradicted()
    return Confirmed(outcome=PaymentOutcome(row.outcome), duplicate=True)


def _same(first: Any, one: Confirmation) -> bool:
    """Whether two confirmations of one transaction tell the same."""
    told = (first.channel, first.number, first.amount, first.currency)
    return told == (one.channel, one.number, one.amount, one.currency)
