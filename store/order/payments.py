"""Payments that arrived: a batch of confirmations takes effect in one transaction.

The orders are locked first and in key order, then the transactions are claimed in theirs, so two
batches wait for one another and never cross. A transaction takes effect once, whoever brings it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.events import Subject
from capabilities.order.changing import received
from capabilities.order.held import HeldOrder
from capabilities.order.history import OrderAction
from capabilities.order.payments import (
    Confirmation,
    Confirmed,
    Contradicted,
    PaymentOutcome,
)
from store.engine import Run, Store
from store.order.held import Done, HeldOrders

Answer = Confirmed | Contradicted
_Key = tuple[str, str]

_KNOWN = text("""
  SELECT p.* FROM unnest(CAST(:providers AS text[]), CAST(:transactions AS text[]))
       AS a (provider, transaction)
  JOIN order_payments p
    ON p.brand = :brand AND p.provider = a.provider AND p.transaction = a.transaction
""")
_CLAIM = text("""
  INSERT INTO order_payments (brand, provider, transaction, channel, number, amount, currency,
                              method, outcome, paid_at, received_at)
  SELECT :brand, a.provider, a.transaction, a.channel, a.number, a.amount, a.currency, a.method,
         a.outcome, a.paid_at, :at
  FROM unnest(CAST(:provider AS text[]), CAST(:transaction AS text[]), CAST(:channel AS text[]),
              CAST(:number AS text[]), CAST(:amount AS bigint[]), CAST(:currency AS text[]),
              CAST(:method AS text[]), CAST(:outcome AS text[]), CAST(:paid_at AS timestamptz[]))
       AS a (provider, transaction, channel, number, amount, currency, method, outcome, paid_at)
  ORDER BY a.provider, a.transaction
  ON CONFLICT DO NOTHING RETURNING 1
""")
_TRIES = 5


class _Raced(Exception):
    """Somebody else brought one of these transactions meanwhile."""


class Payments:
    """The payments of one brand."""

    def __init__(self, store: Store, brand: str, orders: HeldOrders) -> None:
        self._store = store
        self._brand = brand
        self._orders = orders

    async def confirm(self, some: Sequence[Confirmation], at: datetime) -> list[Answer]:
        """What each came to, in order; all are durable when this answers."""
        for _ in range(_TRIES):
            try:
                return await self._store.transaction(lambda run: self._confirmed(run, some, at))
            except _Raced:
                continue
        raise RuntimeError("confirmations met others at every try")

    async def claim(self, run: Run, one: Confirmation, at: datetime) -> bool:
        """Keep a payment that a person took, in her transaction; False where it is known."""
        outcomes = {_key(one): PaymentOutcome.CONFIRMED}
        return bool(await self._claimed(run, [one], outcomes, at))

    async def _confirmed(
        self, run: Run, some: Sequence[Confirmation], at: datetime
    ) -> list[Answer]:
        known = await self._known(run, some)
        fresh: dict[_Key, Confirmation] = {}
        for one in some:
            if _key(one) not in known:
                fresh.setdefault(_key(one), one)
        outcomes = await self._received(run, list(fresh.values()), at)
        answers: list[Answer] = []
        told: dict[_Key, Confirmation] = {}
        for one in some:
            key = _key(one)
            first = known.get(key) or told.get(key)
            if first is None:
                told[key] = one
                answers.append(Confirmed(outcome=outcomes[key]))
            elif not _same(first, one):
                answers.append(Contradicted())
            else:
                outcome = outcomes.get(key) or PaymentOutcome(known[key].outcome)
                answers.append(Confirmed(outcome=outcome, duplicate=True))
        return answers

    async def _known(self, run: Run, some: Sequence[Confirmation]) -> Mapping[_Key, Row[Any]]:
        columns = {
            "providers": [one.provider for one in some],
            "transactions": [one.transaction for one in some],
        }
        rows = await run(_KNOWN, {"brand": self._brand, **columns})
        return {(row.provider, row.transaction): row for row in rows}

    async def _received(
        self, run: Run, some: Sequence[Confirmation], at: datetime
    ) -> dict[_Key, PaymentOutcome]:
        """What new ones came to, once they have taken effect."""
        if not some:
            return {}
        keys = sorted({(one.channel, one.number) for one in some})
        subjects = [Subject(key=number, channel=channel) for channel, number in keys]
        held = dict(zip(keys, await self._orders.locked(run, subjects), strict=True))
        outcomes: dict[_Key, PaymentOutcome] = {}
        changed: list[HeldOrder] = []
        dones: list[Done] = []
        for one in some:
            order = held[one.channel, one.number]
            if order is None or order.currency != one.currency:
                missing = order is None
                outcomes[_key(one)] = (
                    PaymentOutcome.UNKNOWN_ORDER if missing else PaymentOutcome.CURRENCY_DIFFERS
                )
                continue
            after, outcomes[_key(one)] = received(order, one.amount, at)
            held[one.channel, one.number] = after
            changed.append(after)
            author = f"provider:{one.provider}"
            dones.append(Done(action=OrderAction.PAID, author=author, amount=one.amount))
        if await self._claimed(run, some, outcomes, at) < len(some):
            raise _Raced
        if changed:
            await self._orders.put(run, changed, dones)
        return outcomes

    async def _claimed(
        self,
        run: Run,
        some: Sequence[Confirmation],
        outcomes: Mapping[_Key, PaymentOutcome],
        at: datetime,
    ) -> int:
        fields = ("provider", "transaction", "channel", "number", "amount", "currency", "method")
        columns: dict[str, Any] = {name: [getattr(one, name) for one in some] for name in fields}
        columns["paid_at"] = [one.paid_at for one in some]
        columns["outcome"] = [outcomes[_key(one)].value for one in some]
        return len(await run(_CLAIM, {"brand": self._brand, "at": at, **columns}))


def _key(one: Confirmation) -> _Key:
    return one.provider, one.transaction


def _same(first: Any, one: Confirmation) -> bool:
    """Whether two confirmations of one transaction tell the same."""
    told = (first.channel, first.number, first.amount, first.currency)
    return told == (one.channel, one.number, one.amount, one.currency)
