"""What happened to an order, what was written to it, and what its system was told of it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import UNSET, Parent

from capabilities.member.mask import mask_name
from capabilities.member.phone import mask_phone
from capabilities.order import history as past
from capabilities.order import placing, received, writing
from capabilities.order.history import OrderAction, ServiceKind, ServiceState
from capabilities.order.placing import OrderChangeState
from capabilities.order.records import FulfillmentStatus, OrderStatus, PaymentStatus
from capabilities.order.writing import OrderWriteKind
from schema.context import Ask
from schema.money import Money
from schema.received_payment import ReceivedPayment
from schema.restrict import optional_text
from schema.view import asked, plain, view


@view(past.OrderHistoryEntry)
class OrderHistoryEntry:
    """One change of an order that the platform holds, and how the order stood behind it."""

    version: int = plain("The order's version behind the change.")
    action: OrderAction = plain("What was done.")
    status: OrderStatus = plain("The order's own axis behind it.")
    payment_status: PaymentStatus = plain("The payment axis behind it.")
    fulfillment_status: FulfillmentStatus = plain("The fulfilment axis behind it.")
    amount: Money | None = plain("The money that it moved.")
    author: str = plain("Who did it: a subject, or `provider:` and its name.")
    at: datetime = plain("When.")


@view(past.MovedLine)
class MovedLine:
    """A part of a line that left or came back."""

    ref: str = plain("Key of the line.")
    quantity: Decimal = plain("How much of it.")
    amount: Money | None = plain("What was refunded for it.")


@view(past.OrderRefund)
class OrderRefund:
    """Money that was given back, and goods that came back."""

    amount: Money = plain("What was given back.")
    lines: list[MovedLine] = plain("What came back; empty for money alone.")
    restocked: bool = plain("Whether the goods went back into stock.")
    at: datetime = plain("When.")


@view(past.OrderFulfillment)
class OrderFulfillment:
    """Goods that left or arrived."""

    lines: list[MovedLine] = plain("What left; empty where it has only arrived.")
    delivered: bool = plain("Whether it arrived.")
    carrier: str | None = plain("Who carries it.")
    tracking: str | None = plain("The carrier's number.")
    at: datetime = plain("When.")


@view(past.OrderNote)
class OrderNote:
    """A note of the staff."""

    text: str | None = plain("The note; null once the buyer was erased.")
    author: str = plain("Who wrote it: a subject.")
    at: datetime = plain("When.")


@view(past.ServiceRequest)
class ServiceRequest:
    """A service that a buyer asked for with an order 附加服务."""

    id: strawberry.ID = plain("Global id.")
    line: str | None = plain("Key of the line it is for.")
    kind: ServiceKind = plain("What is wanted.")
    text: str | None = plain("What it says; null once the buyer was erased.")
    recipient: str | None = plain("Whom it is for; null once the buyer was erased.")
    state: ServiceState = plain("How far it is.")
    reason: str | None = plain("Why it was rejected.")
    author: str | None = plain("Who asked: a subject.")
    requested_at: datetime = plain("When it was asked for.")
    changed_at: datetime = plain("When its state changed last.")


@view(placing.SentChange)
class SentOrderChange:
    """A change that the system of an order was told of: sent, until the system has confirmed."""

    reference: strawberry.ID = plain("What it is known by, here and in the system.")
    kind: OrderWriteKind = plain("What the system was told.")
    state: OrderChangeState = plain("SENT is not confirmed; a person sees to what was REFUSED.")
    reason: str | None = plain("Code of why it is not done.")
    channel: str = plain("Code of the channel.", name="channelCode")
    number: str | None = plain("The order's number; null while its system gave none.")
    at: datetime = plain("When its state changed last.")


@view(past.OrderPersonal)
class OrderRecipient:
    """Whom an order of the platform's own is for, masked."""

    @asked(str | None)
    @staticmethod
    def name_masked(said: Parent[past.OrderPersonal], info: Ask) -> str | None:
        """The name, but for its first character."""
        del info
        return None if said.recipient is None else mask_name(said.recipient.name)

    @asked(str | None)
    @staticmethod
    def phone_masked(said: Parent[past.OrderPersonal], info: Ask) -> str | None:
        """The phone, but for its ends."""
        del info
        phone = None if said.recipient is None else said.recipient.phone
        return None if phone is None else mask_phone(phone)

    @asked(str | None)
    @staticmethod
    def city(said: Parent[past.OrderPersonal], info: Ask) -> str | None:
        """The city."""
        del info
        return None if said.recipient is None else said.recipient.city


@view(writing.Recipient)
class UnmaskedRecipient:
    """Whom an order is for, in the clear; each look stands in the audit trail."""

    name: str | None = plain("The name.")
    phone: str | None = plain("The phone.")
    country: str | None = plain("The country.")
    region: str | None = plain("The province.")
    city: str | None = plain("The city.")
    district: str | None = plain("The district.")
    street: str | None = plain("Street and house.")
    postcode: str | None = plain("The postcode.")


@view(past.OrderDesk)
class OrderDesk:
    """What the staff works with beside an order."""

    @asked(list[OrderHistoryEntry])
    @staticmethod
    async def history(desk: Parent[past.OrderDesk], info: Ask) -> Sequence[past.OrderHistoryEntry]:
        """Every change of it, the oldest first; empty for an order of a system."""
        info.context.spend(1)
        return (await info.context.platform.orders.past(desk.order)).entries

    @asked(list[OrderNote])
    @staticmethod
    async def notes(desk: Parent[past.OrderDesk], info: Ask) -> Sequence[past.OrderNote]:
        """What the staff wrote to it here."""
        info.context.spend(1)
        return await info.context.platform.orders.notes(desk.order)

    @asked(list[SentOrderChange])
    @staticmethod
    async def sent_changes(desk: Parent[past.OrderDesk], info: Ask) -> Sequence[placing.SentChange]:
        """Changes that its system was told of, confirmed or not."""
        info.context.spend(1)
        return await info.context.platform.orders.sent(desk.order)

    @asked(list[ReceivedPayment])
    @staticmethod
    async def payments(
        desk: Parent[past.OrderDesk], info: Ask
    ) -> Sequence[received.ReceivedPayment]:
        """All money that was told of for it, whatever it came to."""
        info.context.spend(1)
        return await info.context.platform.payments.of_order(desk.order)

    @asked(OrderRecipient | None)
    @staticmethod
    async def recipient(desk: Parent[past.OrderDesk], info: Ask) -> past.OrderPersonal | None:
        """Whom it is for, masked; null for an order of a system, and once she was erased."""
        info.context.spend(1)
        return await info.context.platform.orders.personal(desk.order)

    @asked(UnmaskedRecipient | None)
    @staticmethod
    async def unmasked_recipient(
        desk: Parent[past.OrderDesk],
        info: Ask,
        reason: Annotated[
            str | None, strawberry.argument(description="Why, such as a ticket's number.")
        ] = UNSET,
    ) -> writing.Recipient | None:
        """Whom it is for, in the clear; the look and its reason stand in the audit trail."""
        info.context.spend(1)
        await info.context.platform.access.look_at_recipient(
            desk.order, optional_text("reason", reason)
        )
        personal = await info.context.platform.orders.personal(desk.order)
        return None if personal is None else personal.recipient
