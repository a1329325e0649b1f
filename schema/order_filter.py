"""What a list of orders is restricted to, and how it is sorted."""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from msgspec.structs import replace
from strawberry import UNSET

from capabilities.order.records import (
    FulfillmentStatus,
    OrderFilter,
    OrderKind,
    OrderStatus,
    PaymentStatus,
)
from capabilities.page import ConnectionArgs
from schema.restrict import chosen, given, optional_text


@strawberry.input(
    description="What a list of orders is restricted to; what is absent restricts nothing."
)
class OrderFilterInput:
    """The contract's form of `OrderFilter`."""

    channels: list[str] | None = strawberry.field(default=UNSET, description="Codes of channels.")
    stores: list[str] | None = strawberry.field(default=UNSET, description="Codes of stores.")
    statuses: list[OrderStatus] | None = strawberry.field(
        default=UNSET, description="Statuses of the order's own axis."
    )
    payment_statuses: list[PaymentStatus] | None = strawberry.field(
        default=UNSET, description="Statuses of the payment axis."
    )
    fulfillment_statuses: list[FulfillmentStatus] | None = strawberry.field(
        default=UNSET, description="Statuses of the fulfilment axis."
    )
    kinds: list[OrderKind] | None = strawberry.field(default=UNSET, description="Kinds of order.")
    placed_from: datetime | None = strawberry.field(
        default=UNSET, description="Placed at this moment or later."
    )
    placed_before: datetime | None = strawberry.field(
        default=UNSET, description="Placed before this moment."
    )
    number: str | None = strawberry.field(
        default=UNSET, description="The whole number; every channel is asked by its key."
    )
    number_prefix: str | None = strawberry.field(
        default=UNSET,
        description="How the number begins; channels that cannot search so say it in `sources`.",
    )


@strawberry.enum(description="What orders are sorted by.")
class OrderOrderField(Enum):
    """One key today; the tie-break is always channel and number."""

    PLACED_AT = strawberry.enum_value("PLACED_AT", description="The moment the order was placed.")


@strawberry.enum(description="Direction of a sorted list.")
class SortDirection(Enum):
    """Newest first, or its exact reverse."""

    DESC = strawberry.enum_value("DESC", description="Newest first.")
    ASC = strawberry.enum_value("ASC", description="Oldest first.")


@strawberry.input(description="How a list of orders is sorted.")
class OrderOrder:
    """The contract's form of `ConnectionArgs.newest_first`."""

    field: OrderOrderField = strawberry.field(
        default=OrderOrderField.PLACED_AT, description="What orders are sorted by."
    )
    direction: SortDirection = strawberry.field(
        default=SortDirection.DESC, description="Which end comes first."
    )


def order_filter(asked_for: OrderFilterInput | None) -> OrderFilter:
    """The filter as the reader takes it."""
    wanted: Any = asked_for or OrderFilterInput()
    return OrderFilter(
        channels=chosen("channels", wanted.channels),
        stores=chosen("stores", wanted.stores),
        statuses=chosen("statuses", wanted.statuses),
        payment_statuses=chosen("paymentStatuses", wanted.payment_statuses),
        fulfillment_statuses=chosen("fulfillmentStatuses", wanted.fulfillment_statuses),
        kinds=chosen("kinds", wanted.kinds),
        placed_from=given(wanted.placed_from),
        placed_before=given(wanted.placed_before),
        number=optional_text("number", wanted.number),
        number_prefix=optional_text("numberPrefix", wanted.number_prefix),
    )


def sorted_by(page: ConnectionArgs, order_by: OrderOrder | None) -> ConnectionArgs:
    """Paging arguments in the wanted direction."""
    oldest_first = order_by is not None and order_by.direction is SortDirection.ASC
    return replace(page, newest_first=False) if oldest_first else page
