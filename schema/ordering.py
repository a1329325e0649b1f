"""Orders placed, paid, cancelled, returned, fulfilled and annotated."""

from typing import Annotated, Union

import strawberry
from strawberry import UNSET, Parent

from capabilities.errors import BadInput
from capabilities.order import changing, placing
from capabilities.order.history import ServiceKind, ServiceState
from capabilities.order.placing import (
    Changing,
    OrderChangeState,
    WantedService,
)
from capabilities.order.records import Order as OrderRecord
from capabilities.page import Freshness
from schema.context import Ask
from schema.exchanging import exchanged
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.order import Order
from schema.order_asked import order_asked
from schema.order_input import (
    MoneyInput,
    OrderPartInput,
    PlaceOrderInput,
    money_of,
    optional_lines,
    optional_money,
    parts_of,
    text_of,
    wanted_order,
)
from schema.order_past import SentOrderChange
from schema.restrict import bounded_text, clean_text, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_VERSION = "The `version` that was looked at: where it has changed since, nothing is done."
_ORDER = "Id of the Order."


@view(placing.OrderChanged)
class OrderChanged:
    """A change of an order: done, or sent to the system that owns it and not confirmed."""

    state: OrderChangeState = plain("Whether it is done, or sent and not confirmed.")
    change: strawberry.ID | None = plain(
        "Reference of what was sent: `orderChange` says how it stands; null where it is done."
    )
    order_id: strawberry.ID | None = plain("Id of the Order; null while its system gave no number.")
    service_request_id: strawberry.ID | None = plain("Id of the ServiceRequest that was made.")

    @asked(Order | None)
    @staticmethod
    async def order(done: Parent[placing.OrderChanged], info: Ask) -> OrderRecord | None:
        """The order as it stands now; null while it has no number."""
        if done.number is None:
            return None
        return await info.context.reader.order(done.channel, done.number, Freshness.LIVE)


@view(changing.OrderDeclined)
class OrderDeclined(UserError):
    """Nothing was done."""


@view(changing.ChannelUnsupported)
class ChannelUnsupported(UserError):
    """This channel cannot do it; nothing was dropped in silence."""

    channels: list[str] = plain("Codes of the channels that can.")


OrderResult = Annotated[
    Union[OrderChanged, OrderDeclined, ChannelUnsupported, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("OrderResult", description="What became of a change of an order."),
]


@strawberry.input(description="Money that a person took for an order.")
class PayOrderInput:
    """Which order, and how much."""

    order: strawberry.ID = strawberry.field(description=_ORDER)
    amount: MoneyInput = strawberry.field(description="What was paid; at most what is due.")
    method: str = strawberry.field(description="How, such as CASH or CARD.")
    transaction: str | None = strawberry.field(
        default=UNSET, description="Number of the payment at whoever carried it out."
    )
    version: int | None = strawberry.field(default=UNSET, description=_VERSION)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="An order that is given up before anything left.")
class CancelOrderInput:
    """Which order, and why."""

    order: strawberry.ID = strawberry.field(description=_ORDER)
    reason: str = strawberry.field(description="Why, in words.")
    version: int | None = strawberry.field(default=UNSET, description=_VERSION)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Goods that come back, or money alone.")
class ReturnOrderInput:
    """Which order, what of it, and how much is refunded."""

    order: strawberry.ID = strawberry.field(description=_ORDER)
    lines: list[OrderPartInput] = strawberry.field(description="What comes back.")
    amount: MoneyInput | None = strawberry.field(
        default=UNSET, description="What is refunded in all; without, what the lines are worth."
    )
    reason: str = strawberry.field(description="Why, in words.")
    restock: bool = strawberry.field(
        default=False, description="Whether the goods go back into stock."
    )
    version: int | None = strawberry.field(default=UNSET, description=_VERSION)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Goods that left or arrived.")
class FulfillOrderInput:
    """Which order, and what of it."""

    order: strawberry.ID = strawberry.field(description=_ORDER)
    lines: list[OrderPartInput] | None = strawberry.field(
        default=UNSET, description="What left; without, all that has not left yet."
    )
    delivered: bool = strawberry.field(default=False, description="Whether it has arrived.")
    carrier: str | None = strawberry.field(default=UNSET, description="Who carries it.")
    tracking: str | None = strawberry.field(default=UNSET, description="The carrier's number.")
    version: int | None = strawberry.field(default=UNSET, description=_VERSION)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A note to an order.")
class AddOrderNoteInput:
    """Which order, and what is said."""

    order: strawberry.ID = strawberry.field(description=_ORDER)
    text: str = strawberry.field(description="The note.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A service that a buyer asks for with an order.")
class AddServiceRequestInput:
    """Which order, and what is wanted."""

    order: strawberry.ID = strawberry.field(description=_ORDER)
    line: str | None = strawberry.field(default=UNSET, description="Key of the line it is for.")
    kind: ServiceKind = strawberry.field(description="What is wanted.")
    text: str = strawberry.field(description="What the card says, or what is to be done.")
    recipient: str | None = strawberry.field(default=UNSET, description="Whom it is for.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="What became of a service.")
class AnswerServiceRequestInput:
    """Which request, and what."""

    request: strawberry.ID = strawberry.field(description="Id of the ServiceRequest.")
    state: ServiceState = strawberry.field(description="FULFILLED or REJECTED.")
    reason: str | None = strawberry.field(default=UNSET, description="Why it was rejected.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class OrderMutations:
    """What can be done with orders."""

    @asked(OrderResult | None)
    @staticmethod
    async def place_order(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            PlaceOrderInput, strawberry.argument(description="Where, for whom, and what.")
        ],
    ) -> Changing:
        """Place an order 下单; a channel with a system is told, and confirms later."""
        wanted = wanted_order(input)
        membership, member = None, None
        if wanted.membership is not None:
            channel, number = wanted.membership
            member = await info.context.reader.member_by_membership(channel, number)
            own = member.memberships if member is not None else ()
            membership = next((o for o in own if (o.channel, o.number) == (channel, number)), None)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        quote = given(input.quote)
        back = given(input.in_exchange_for)
        if back is not None:
            return await exchanged(info, wanted, membership, back, key, quoted=quote is not None)
        return await info.context.platform.orders.place(
            wanted,
            membership,
            key,
            quote=None if quote is None else clean_text("quote", quote),
            buyer=None if member is None else member.one_id,
        )

    @asked(OrderResult | None)
    @staticmethod
    async def pay_order(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            PayOrderInput, strawberry.argument(description="Which order, and how much.")
        ],
    ) -> Changing:
        """Take a payment 付款 that a person saw; never more than is due."""
        order, key = await order_asked(info, input.order, input.version)
        return await info.context.platform.orders.pay(
            order,
            key,
            money_of("amount", input.amount, least=1),
            bounded_text("method", input.method),
            optional_text("transaction", input.transaction),
            bounded_text("idempotencyKey", input.idempotency_key),
        )

    @asked(OrderResult | None)
    @staticmethod
    async def cancel_order(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            CancelOrderInput, strawberry.argument(description="Which order, and why.")
        ],
    ) -> Changing:
        """Give an order up 取消 before anything left; what was paid is refunded."""
        order, key = await order_asked(info, input.order, input.version)
        wish = bounded_text("idempotencyKey", input.idempotency_key)
        reason = text_of("reason", input.reason)
        return await info.context.platform.orders.cancel(order, key, reason, wish)

    @asked(OrderResult | None)
    @staticmethod
    async def return_order(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            ReturnOrderInput, strawberry.argument(description="Which order, and what of it.")
        ],
    ) -> Changing:
        """Take goods back 退货 and refund them; never more than was paid, however many at once."""
        order, key = await order_asked(info, input.order, input.version)
        return await info.context.platform.orders.give_back(
            order,
            key,
            parts_of(input.lines),
            optional_money("amount", input.amount),
            text_of("reason", input.reason),
            bounded_text("idempotencyKey", input.idempotency_key),
            restock=input.restock,
        )

    @asked(OrderResult | None)
    @staticmethod
    async def fulfill_order(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            FulfillOrderInput, strawberry.argument(description="Which order, and what of it.")
        ],
    ) -> Changing:
        """Say that goods left or arrived 发货, of an order that the platform holds."""
        order, key = await order_asked(info, input.order, input.version)
        lines = given(input.lines)
        return await info.context.platform.orders.fulfil(
            order,
            key,
            None if lines is None else parts_of(lines),
            optional_text("carrier", input.carrier),
            optional_text("tracking", input.tracking),
            bounded_text("idempotencyKey", input.idempotency_key),
            delivered=input.delivered,
        )

    @asked(OrderResult | None)
    @staticmethod
    async def add_order_note(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            AddOrderNoteInput, strawberry.argument(description="Which order, and the note.")
        ],
    ) -> Changing:
        """Write a note 备注 to an order; kept here, and told to its system."""
        order, key = await order_asked(info, input.order)
        wish = bounded_text("idempotencyKey", input.idempotency_key)
        said = text_of("text", input.text)
        return await info.context.platform.orders.add_note(order, key, said, wish)

    @asked(OrderResult | None)
    @staticmethod
    async def add_service_request(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            AddServiceRequestInput, strawberry.argument(description="Which order, and what.")
        ],
    ) -> Changing:
        """Ask for a service with an order 附加服务, such as a gift card, until it is picked."""
        order, key = await order_asked(info, input.order)
        wanted = WantedService(
            kind=input.kind,
            text=text_of("text", input.text),
            recipient=optional_text("recipient", input.recipient),
            line=optional_text("line", input.line),
        )
        wish = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.orders.ask_service(order, key, wanted, wish)

    @asked(OrderResult | None)
    @staticmethod
    async def answer_service_request(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            AnswerServiceRequestInput, strawberry.argument(description="Which, and what.")
        ],
    ) -> Changing:
        """Say that a service was done, or will not be."""
        if input.state not in (ServiceState.FULFILLED, ServiceState.REJECTED):
            raise BadInput("`state` must be FULFILLED or REJECTED.")
        request = parse_id(input.request, "ServiceRequest").key
        orders = info.context.platform.orders
        named = await orders.order_of(request)
        order = None
        if named is not None:
            order = await info.context.reader.order(named[0], named[1], Freshness.LIVE)
        reason = optional_lines("reason", input.reason)
        wish = bounded_text("idempotencyKey", input.idempotency_key)
        return await orders.answer_service(order, request, input.state, reason, wish)


@strawberry.type
class OrderQueries:
    """Questions about changes of orders."""

    @asked(SentOrderChange | None)
    @staticmethod
    async def order_change(
        info: Ask,
        reference: Annotated[
            strawberry.ID, strawberry.argument(description="What `OrderChanged.change` gave.")
        ],
    ) -> placing.SentChange | None:
        """How a change stands that the system of an order was told of."""
        named = bounded_text("reference", reference)
        return await info.context.platform.orders.change(named)
