"""Payments that arrived, and those of them that wait for people."""

from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities.order import received
from capabilities.order.payments import PaymentOutcome
from capabilities.order.received import Closing
from schema.context import Ask
from schema.money import Money
from schema.operation import IdempotencyKeyReused
from schema.page import DEFAULT_PAGE
from schema.profile import bounded_first
from schema.restrict import bounded_text, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(received.ReceivedPayment)
class ReceivedPayment:
    """Money that a provider told of, or that a person took."""

    provider: str = plain("Who told of it: the provider's name, or `desk` for a person.")
    transaction: str | None = plain(
        "Its number at whoever carried it out; null where a person took it and wrote none."
    )
    channel: str = plain("Code of the order's channel.", name="channelCode")
    number: str = plain("Number of the order.", name="orderNumber")
    amount: Money = plain("How much.")
    method: str | None = plain("How it was paid.")
    outcome: PaymentOutcome = plain("What it came to.")
    paid_at: datetime = plain("When it was paid.")
    received_at: datetime = plain("When it was told here.")
    matched_at: datetime | None = plain("When its order came, where that was later.")
    closed_at: datetime | None = plain("When somebody saw to it.")


@view(received.OpenPayments)
class OpenPayments:
    """Payments that wait for people."""

    payments: list[ReceivedPayment] = plain("Some of them, the oldest first.")
    count: int = plain("How many there are in all.")
    end_cursor: str | None = plain("Pass it as `after` to go on.")
    has_next_page: bool = plain("Whether there are more.")


@view(received.PaymentClosed)
class PaymentClosed:
    """A payment that waits for nobody any more."""

    provider: str = plain("Its provider.")
    transaction: str = plain("Its number there.")


@view(received.PaymentDeclined)
class PaymentDeclined(UserError):
    """Nothing was done: no payment of this name waits for people."""


ClosePaymentResult = Annotated[
    Union[PaymentClosed, PaymentDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("ClosePaymentResult", description="What became of a payment."),
]


@strawberry.input(description="A payment that somebody has seen to.")
class ClosePaymentInput:
    """Which one, and what was done."""

    provider: str = strawberry.field(description="Its provider.")
    transaction: str = strawberry.field(description="Its number there.")
    reason: str = strawberry.field(description="What was done; it stands in the audit trail.")
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class PaymentQueries:
    """Questions about payments."""

    @asked(OpenPayments | None)
    @staticmethod
    async def open_payments(
        info: Ask,
        first: Annotated[int, strawberry.argument(description="How many: 1 to 100.")] = (
            DEFAULT_PAGE
        ),
        after: Annotated[
            str | None, strawberry.argument(description="Cursor that the page begins behind.")
        ] = UNSET,
    ) -> received.OpenPayments:
        """Money 待处理款项 that is too much, too late, in another currency or for no order."""
        wanted = bounded_first(first)
        info.context.spend(wanted)
        return await info.context.platform.payments.waiting(wanted, optional_text("after", after))


@strawberry.type
class PaymentMutations:
    """What can be done with payments."""

    @asked(ClosePaymentResult | None)
    @staticmethod
    async def close_payment(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            ClosePaymentInput, strawberry.argument(description="Which one, and what was done.")
        ],
    ) -> Closing:
        """Say that somebody has seen to a payment that waited for people."""
        return await info.context.platform.payments.close(
            bounded_text("provider", input.provider),
            bounded_text("transaction", input.transaction),
            bounded_text("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
        )
