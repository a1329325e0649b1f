"""Orders: one shape over every channel, with the source's own words beside ours."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import Parent

from capabilities import estate
from capabilities.member.records import Member as MemberRecord
from capabilities.native import Native
from capabilities.order import history as past
from capabilities.order import records
from capabilities.order.records import FulfillmentStatus, OrderKind, OrderStatus, PaymentStatus
from capabilities.product.records import Product as ProductRecord
from capabilities.time import Precision
from schema.channel import Channel, channel_of
from schema.context import Ask
from schema.money import Money
from schema.native import OrderNative
from schema.node import Node
from schema.order_past import (
    OrderDesk,
    OrderFulfillment,
    OrderRefund,
    ServiceRequest,
)
from schema.page import connection_of
from schema.product import Product
from schema.scalars import CurrencyCode
from schema.source import OrderSource
from schema.store import Store
from schema.view import asked, plain, view
from schema.warning import note

if TYPE_CHECKING:
    from schema.member import Member

_MEMBER = Annotated["Member", strawberry.lazy("schema.member")]


@view(records.Discount)
class Discount:
    """A reduction of a line or an order."""

    amount: Money = plain("The reduction, positive.")
    name: str | None = plain("What it is called at the source.")


@view(records.OrderLine)
class OrderLine:
    """One line of an order."""

    ref: str = plain("The line's key inside its order.")
    raw_sku: str | None = plain("The product code as the source wrote it.")
    name: str | None = plain("The product's name as the source wrote it.")
    quantity: Decimal | None = plain("Quantity; negative on a return.")
    unit: str | None = plain("Unit of the quantity.")
    unit_price: Money | None = plain("Price of one unit.")
    total: Money | None = plain("What the line costs.")
    tax: Money | None = plain("Tax of the line.")
    discounts: list[Discount] = plain("Reductions of this line.")
    gift: bool | None = plain("Whether it was given for nothing.")

    @asked(Product | None)
    @staticmethod
    async def product(line: Parent[records.OrderLine], info: Ask) -> ProductRecord | None:
        """The product by the crosswalk 编码对照; null where its codes match nothing."""
        context = info.context
        return await context.reader.line_product(context.order_of(line), line)


@view(records.Payment)
class Payment:
    """One payment of an order."""

    method: str | None = plain("How it was paid, in the source's words.")
    amount: Money | None = plain("What was paid.")
    paid_at: datetime | None = plain("When it was paid.")


@view(records.OrderMoney)
class OrderMoney:
    """Sums of an order as its source states them; null where it does not say."""

    items: Money | None = plain("The lines together.")
    discount: Money | None = plain("Reductions, positive.")
    shipping: Money | None = plain("Delivery.")
    tax: Money | None = plain("Tax.")
    fees: Money | None = plain("Fees.")
    total: Money | None = plain("What the order costs in all.")
    paid: Money | None = plain("What was paid.")
    refunded: Money | None = plain("What was paid back.")
    tax_included: bool | None = plain("Whether prices include the tax.")


@view(records.IntegrityWarning)
class IntegrityWarning:
    """Something in the source's own figures that does not hold; shown, never corrected."""

    code: str = plain("Stable code.")
    message: str = plain("What does not hold.")


@view(records.OrderMirror)
class OrderMirror:
    """A copy that another system keeps of an order; it is no order of its own."""

    number: str = plain("The copy's number in its system.")
    status: OrderStatus = plain("The order's status as that system has it.")
    source_status: list[str] = plain("That system's own words for it.")
    placed_at: datetime | None = plain("When it was placed, as that system has it.")
    placed_at_precision: Precision = plain("How exactly that system knows it.")
    total: Money | None = plain("What it costs, as that system has it.")
    source: OrderSource = plain("Where the copy lies.")


@view(records.Order, keys=["id"])
class Order(Node):
    """Order 订单: one order of one channel, with a kind and three independent status axes."""

    number: str = plain("The order's number in its channel.")
    version: int | None = plain("How often the platform has changed it; null for a system's own.")
    kind: OrderKind = plain("What the document is.")
    status: OrderStatus = plain("The order's own axis.")
    payment_status: PaymentStatus = plain("The payment axis.")
    fulfillment_status: FulfillmentStatus = plain("The fulfilment axis.")
    source_status: list[str] = plain("The source's own words for its status.")
    mapping_version: str = plain("Version of the mapping that read those words.")
    store_code: str | None = plain("Code of the store that sold it.")
    placed_at: datetime | None = plain("When it was placed.")
    placed_at_precision: Precision = plain("How exactly the source knows that.")
    business_date: date | None = plain("Business day at the store; shops close after midnight.")
    paid_at: datetime | None = plain("When it was paid.")
    completed_at: datetime | None = plain("When it was completed.")
    updated_at: datetime | None = plain("When the source last changed it.")
    currency: CurrencyCode | None = plain("Currency of its amounts.")
    total: Money | None = plain("What it costs in all; the same as `money.total`.")
    money: OrderMoney = plain("Its sums.")
    payments: list[Payment] = plain("Its payments.")
    discounts: list[Discount] = plain("Reductions of the whole order.")
    integrity_warnings: list[IntegrityWarning] = plain("What does not hold in its figures.")
    source: OrderSource = plain("Where this record came from.")

    @asked(OrderNative | None)
    @staticmethod
    def native(order: Parent[records.Order], info: Ask) -> Native | None:
        """What its system knows beyond this contract; null where it knows no more."""
        return info.context.native(order.native)

    @asked(Channel)
    @staticmethod
    def channel(order: Parent[records.Order], info: Ask) -> estate.Channel:
        """The channel that it was placed in."""
        return channel_of(info, order.channel)

    @asked(_MEMBER | None)
    @staticmethod
    async def member(order: Parent[records.Order], info: Ask) -> MemberRecord | None:
        """The person who ordered; null for an anonymous sale."""
        return await info.context.reader.order_member(order)

    @asked(Store | None)
    @staticmethod
    async def store(order: Parent[records.Order], info: Ask) -> records.Store | None:
        """The store that sold it; null where no store did."""
        if order.store_code is None:
            return None
        return await info.context.reader.store(order.channel, order.store_code)

    @asked(list[OrderLine])
    @staticmethod
    def lines(order: Parent[records.Order], info: Ask) -> Sequence[records.OrderLine]:
        """Its lines."""
        info.context.spend(len(order.lines))
        info.context.keep_lines(order)
        return order.lines

    @asked(list[OrderRefund])
    @staticmethod
    async def refunds(order: Parent[records.Order], info: Ask) -> Sequence[past.OrderRefund]:
        """Money that was given back; empty for an order of a system."""
        info.context.spend(1)
        return (await info.context.platform.orders.past(order)).refunds

    @asked(list[OrderFulfillment])
    @staticmethod
    async def fulfillments(
        order: Parent[records.Order], info: Ask
    ) -> Sequence[past.OrderFulfillment]:
        """Goods that left or arrived; empty for an order of a system."""
        info.context.spend(1)
        return (await info.context.platform.orders.past(order)).fulfillments

    @asked(list[ServiceRequest])
    @staticmethod
    async def service_requests(
        order: Parent[records.Order], info: Ask
    ) -> Sequence[past.ServiceRequest]:
        """Services that were asked for with it."""
        info.context.spend(1)
        return await info.context.platform.orders.requests(order)

    @asked(OrderDesk | None)
    @staticmethod
    def desk(order: Parent[records.Order], info: Ask) -> past.OrderDesk:
        """What the staff works with."""
        del info
        return past.OrderDesk(order)

    @asked(list[OrderMirror])
    @staticmethod
    async def mirrors(order: Parent[records.Order], info: Ask) -> Sequence[records.OrderMirror]:
        """Copies that other systems keep of this order; they are never listed as orders."""
        info.context.spend(1)
        copies, reports = await info.context.reader.order_mirrors(order)
        note(info, reports)
        return copies


OrderConnection = connection_of(Order)
