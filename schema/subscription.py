"""Subscription: what the graph tells by itself, as it happens."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET, Parent

from capabilities import estate
from capabilities.adoption import differing
from capabilities.errors import Forbidden
from capabilities.flash import moment, settled
from capabilities.order import changes
from capabilities.order import records as order_records
from capabilities.order.changes import Watched, watching_store
from capabilities.page import Freshness
from capabilities.places import Place
from schema import keys
from schema.channel import Channel, channel_of
from schema.comparison import AdoptionDifference
from schema.context import Ask, Context
from schema.flash import FlashReservation, FlashSaleMoment, named_reservation
from schema.order import Order
from schema.restrict import bounded_text, optional_text
from schema.view import asked, described, plain, view

_NO_RESERVATION = "There is no such reservation that this caller may follow."
_NOBODY = "There is no such person or store whose changes this caller may follow."


@view(changes.OrderChange)
class OrderChange:
    """That an order changed: its key, and on demand the order as it is now."""

    event_id: strawberry.ID = plain(
        "Opaque id of this event; pass the last one as `after` to miss nothing in between."
    )
    at: datetime = plain("When it changed.")
    order_id: strawberry.ID = plain("Global id of the order.")
    channel_code: str = plain("Code of the order's channel.")
    number: str = plain("The order's number in its channel.")

    @asked(Channel)
    @staticmethod
    def channel(change: Parent[changes.OrderChange], info: Ask) -> estate.Channel:
        """The channel of the order."""
        return channel_of(info, change.channel_code)

    @asked(Order | None)
    @staticmethod
    async def order(change: Parent[changes.OrderChange], info: Ask) -> order_records.Order | None:
        """The order as its system has it now; null where it is gone."""
        reader = info.context.reader
        return await reader.order_named(change.channel_code, change.number, Freshness.LIVE)


@strawberry.input(description="A store by its code.")
class StoreChangesInput:
    """Code, and on demand the channel."""

    code: str = strawberry.field(description="Code of the store.")
    channel: str | None = strawberry.field(
        default=UNSET, description="Only orders of this channel; of all where nothing is said."
    )


@strawberry.input(
    one_of=True, description="Whose orders are followed; give exactly one of the fields."
)
class OrderChangedOn:
    """A person or a store."""

    member: keys.MemberKey | None = strawberry.field(
        default=UNSET, description="All orders of one person, in every channel."
    )
    store: StoreChangesInput | None = strawberry.field(
        default=UNSET, description="All orders of one store."
    )


def _told(graphql_type: object) -> Callable[[Any], Any]:
    def declare(resolver: Any) -> Any:
        return strawberry.subscription(
            resolver=resolver,
            graphql_type=graphql_type,
            description=described(resolver.__func__),
        )

    return declare


@strawberry.type(description="Everything that the graph tells as it happens.")
class Subscription:
    """The root of what is told; who may follow what stands in `capabilities.visibility`."""

    @_told(OrderChange)
    @staticmethod
    async def order_changed(
        info: Ask,
        on: Annotated[OrderChangedOn, strawberry.argument(description="Whose orders.")],
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The last event that was received: what came after it is told first."
            ),
        ] = UNSET,
    ) -> AsyncIterator[changes.OrderChange]:
        """Orders 订单 that changed, in the order of their events; each change is told once."""
        context = info.context
        place = _place(context, after)
        watched = await _watched(context, on)
        if watched is None:
            raise Forbidden(_NOBODY)
        return context.platform.changes.orders(watched, place)

    @_told(AdoptionDifference)
    @staticmethod
    async def adoption_diff(
        info: Ask,
        channel: Annotated[str, strawberry.argument(description="Code of the channel.")],
        capability: Annotated[
            estate.Capability, strawberry.argument(description="The capability.")
        ],
        after: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The last event that was received: what came after it is told first."
            ),
        ] = UNSET,
    ) -> AsyncIterator[differing.Difference]:
        """Differences of both sides as they are settled; each is told once."""
        place, code = _place(info.context, after), bounded_text("channel", channel)
        return info.context.platform.comparisons.differences(code, capability, place)

    @_told(FlashSaleMoment)
    @staticmethod
    async def flash_sale(
        info: Ask,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the sale.")],  # noqa: A002 - the contract's name
    ) -> AsyncIterator[moment.SaleMoment]:
        """A flash sale 秒杀 as it goes on: each second for operations, each change for others."""
        return info.context.platform.flash.moments(bounded_text("id", id))

    @_told(FlashReservation)
    @staticmethod
    async def reservation(
        info: Ask,
        id: Annotated[  # noqa: A002 - as above
            strawberry.ID | None, strawberry.argument(description="Id of the reservation.")
        ] = UNSET,
        sale: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Or its sale, with `key` of the fast path."),
        ] = UNSET,
        key: Annotated[
            strawberry.ID | None, strawberry.argument(description="The reservation in that sale.")
        ] = UNSET,
    ) -> AsyncIterator[settled.Reservation]:
        """A reservation as it is, and when it is paid or given back; her own, for a consumer."""
        flash = info.context.platform.flash
        found = await flash.reservation(*named_reservation(id, sale, key))
        if found is None:
            raise Forbidden(_NO_RESERVATION)
        return flash.follow(found)


def _place(context: Context, after: str | None) -> Place | None:
    """Where a client goes on; None for from now on."""
    known = context.resume or optional_text("after", after)
    return None if known is None else Place.parse(known)


async def _watched(context: Context, on: OrderChangedOn) -> Watched | None:
    """What may be followed of what was asked; the same answer where nobody is there."""
    if context.caller is None:
        return None
    visibility = context.caller.visibility
    if on.store:
        if not visibility.people:
            return None
        channel = optional_text("channel", on.store.channel)
        return watching_store(visibility, bounded_text("code", on.store.code), channel)
    if not on.member:
        return None
    member = await keys.find_member(context, on.member, Freshness.CACHED)
    if member is None:
        return None
    return Watched(one_id=member.one_id, channels=visibility.channels)
