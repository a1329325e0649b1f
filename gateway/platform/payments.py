"""Payments that arrived, as one caller meets them."""

import base64
from collections.abc import Sequence

import msgspec

from capabilities.audit import Entry
from capabilities.caller import Caller
from capabilities.errors import BadInput, Forbidden
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.received import (
    Closing,
    OpenPayments,
    PaymentClosed,
    PaymentDeclined,
    ReceivedPayment,
)
from capabilities.order.records import Order
from capabilities.time import from_micros, micros
from gateway.platform.whole_brand import WHOLE_BRAND_ONLY
from gateway.redact import redacted_text
from store.access.audit import audited
from store.engine import Run
from store.order.open_payments import Place, WaitingPayments
from store.owned import Owned
from store.wishes import KeyReused, once

_Written = tuple[int, str, str]


class PaymentBooks:
    """Implements `schema.payments_part.PaymentsPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller
        self._waiting = WaitingPayments(owned.store, owned.brand)

    async def waiting(self, first: int, after: str | None) -> OpenPayments:
        """Those that wait for people, in the caller's channels."""
        channels = self._channels()
        place = None if after is None else _place(after)
        found = await self._waiting.page(channels, first + 1, place)
        payments = tuple(found[:first])
        return OpenPayments(
            payments=payments,
            count=await self._waiting.count(channels),
            end_cursor=_cursor(payments[-1]) if payments else after,
            has_next_page=len(found) > first,
        )

    async def of_order(self, order: Order) -> Sequence[ReceivedPayment]:
        """All that arrived for an order."""
        return await self._waiting.of_order(order.channel, order.number)

    async def close(self, provider: str, transaction: str, reason: str, key: str) -> Closing:
        """Say that somebody has seen to one; who and why stands in the audit trail."""
        channels = self._channels()

        async def do(run: Run) -> PaymentClosed | PaymentDeclined:
            at = self._owned.now()
            order = await self._waiting.close(run, provider, transaction, channels, at)
            if order is None:
                return PaymentDeclined(code="PAYMENT_NOT_OPEN", path=("input", "transaction"))
            entry = Entry(
                action="payment.closed",
                actor=self._caller.subject,
                role=self._caller.role.value,
                reason=redacted_text(reason),
                facts={"provider": provider, "channel": order[0], "order": order[1]},
            )
            await audited(run, self._owned.brand, entry)
            return PaymentClosed(provider=provider, transaction=transaction)

        who = (self._owned.brand, self._caller.subject, key)
        wish = ("closePayment", provider, transaction, reason)
        try:
            closed: Closing = await self._owned.store.transaction(
                lambda run: once(run, who, wish, PaymentClosed | PaymentDeclined, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return closed

    def _channels(self) -> frozenset[str] | None:
        """The caller's channels; a payment is no store's, and of no use to who is bound to some."""
        visibility = self._caller.visibility
        if visibility.stores is not None:
            why = "Payments are seen to for whole channels."
            raise Forbidden(why, code=WHOLE_BRAND_ONLY)
        return visibility.channels


def _cursor(one: ReceivedPayment) -> str:
    place = (micros(one.received_at), one.provider, one.name)
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(cursor: str) -> Place:
    try:
        at, provider, name = msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=_Written)
        return from_micros(at), provider, name
    except (ValueError, OverflowError) as exc:
        raise BadInput("this is no cursor of these payments", code="BAD_CURSOR") from exc
