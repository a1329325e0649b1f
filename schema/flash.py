"""Flash sales 秒杀: what is sold, an order's outcome, a reservation's end."""

from datetime import datetime
from typing import Annotated, Union
from uuid import UUID

import strawberry
from strawberry import UNSET, Parent

from capabilities.errors import BadInput
from capabilities.flash import moment, records, running, settled
from capabilities.flash.ordering import FlashOrderState
from capabilities.flash.records import Outcome, ReservationState, SaleState
from capabilities.flash.room import Fairness
from capabilities.flash.settled import KIND, Settling
from capabilities.order.records import Order as OrderRecord
from capabilities.page import Freshness
from schema.context import Ask
from schema.flash_desk import FlashSaleDesk
from schema.money import Money
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.order import Order
from schema.restrict import bounded_text, clean_text
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_MOST_PIECES = 1_000


@view(settled.SaleFigures)
class FlashSaleFigures:
    """What stands in the rows of a sale, in units, from one snapshot."""

    allocated: int = plain("What was put into it.")
    remaining: int = plain("What is left.")
    standing: int = plain("What is reserved or paid.")
    pending: int = plain("What is reserved and not paid.")
    paid: int = plain("What is paid.")
    revenue: Money | None = plain("What that comes to.")
    released: int = plain("What was reserved and given back.")
    pushed: int = plain("What channels have to sell in their own carts.")
    sold_outside: int = plain("What of it is known to be sold there.")
    orders: int = plain("How many reservations became an order.")
    unordered: int = plain("How many stand and are no order yet.")
    faults: list[str] = plain("What the auditor finds; nothing where all of it agrees.")


@view(records.FlashSale)
class FlashSale:
    """Flash sale 秒杀: a stock that many want at once."""

    id: strawberry.ID = plain("Its id, as it was defined with.")
    sku: str = plain("What is sold.")
    amount: Money = plain("What a piece costs.", name="price")
    opens_at: datetime = plain("When it opens, by the store's clock.")
    closes_at: datetime = plain("When it closes.")
    per_member: int = plain("How many one person may have.")
    payment_seconds: int = plain("How long a reservation waits for its payment.")
    fairness: Fairness = plain("In which order those who wait are let in.")
    admission_rate: float = plain("How many are let in each second; 0 lets in all.")
    state: SaleState = plain("Where it is in its life.")
    target_units: int | None = plain("How many pieces it is to sell.")
    target: Money | None = plain("What it is to bring.", name="targetAmount")

    @asked(FlashSaleDesk | None)
    @staticmethod
    def desk(sale: Parent[records.FlashSale], info: Ask) -> running.SaleDesk:
        """What operations work with."""
        del info
        return running.SaleDesk(sale)

    @asked(FlashSaleFigures | None)
    @staticmethod
    async def figures(sale: Parent[records.FlashSale], info: Ask) -> settled.SaleFigures:
        """What is left, reserved and paid now."""
        return await info.context.platform.flash.figures(sale.id)


@view(moment.SaleMoment)
class FlashSaleMoment:
    """A flash sale at a moment: coarse, as everybody may know it."""

    sale: strawberry.ID = plain("Id of the sale.", name="saleId")
    at: datetime = plain("When, by the store's clock.")
    state: SaleState = plain("Where it is in its life.")
    left_percent: int = plain("What is left in percent, rounded up to the next ten.")
    orders_per_second: int = plain("How many are granted a second, to one digit.")

    @asked(FlashSale | None, name="sale")
    @staticmethod
    async def whole(at: Parent[moment.SaleMoment], info: Ask) -> records.FlashSale | None:
        """The sale as it is now."""
        return await info.context.platform.flash.sale(at.sale)


@view(settled.Reservation)
class FlashReservation:
    """What somebody has of a flash sale, and until when."""

    id: strawberry.ID = plain("Its id.")
    sale: str = plain("Id of the sale.", name="saleId")
    channel: str = plain("Code of the channel where she bought.", name="channelCode")
    quantity: int = plain("How many pieces.")
    state: ReservationState = plain("Where it is in its life.")
    reserved_at: datetime = plain("When it was granted.")
    pay_until: datetime = plain("Until when it waits for its payment.")
    settled_at: datetime | None = plain("When it was paid or given back.")
    reason: str | None = plain("Why it was given back.")

    @asked(FlashOrderState | None)
    @staticmethod
    async def order_state(held: Parent[settled.Reservation], info: Ask) -> FlashOrderState | None:
        """How far its order is; null before there is one."""
        found = await info.context.platform.flash.order_of(held)
        return None if found is None else found.state

    @asked(strawberry.ID | None)
    @staticmethod
    async def moved_to(held: Parent[settled.Reservation], info: Ask) -> str | None:
        """Id of the FlashReservation that a payment too late was moved to."""
        found = await info.context.platform.flash.order_of(held)
        to = None if found is None else found.moved_to
        return None if to is None else settled.reservation_id(held.sale, to)

    @asked(Order | None)
    @staticmethod
    async def order(held: Parent[settled.Reservation], info: Ask) -> OrderRecord | None:
        """The order 订单 that it became; null while it has no number."""
        found = await info.context.platform.flash.order_of(held)
        if found is None or found.number is None:
            return None
        return await info.context.reader.order(found.channel, found.number, Freshness.CACHED)


@view(records.Reserved)
class Reserved:
    """The pieces are hers until `payUntil`."""

    key: strawberry.ID = plain("The reservation within its sale.", name="reservation")
    pay_until: datetime = plain("Until when they wait for their payment.")
    replay: bool = plain("Whether an earlier request with this key had them already.")


@view(records.SoldOut)
class SoldOut(UserError):
    """Nothing is left."""

    may_return: bool = plain("Whether some are reserved and not paid yet.")


@view(records.LimitReached)
class LimitReached(UserError):
    """She has as many as one person may."""

    limit: int = plain("How many that are.")


@view(records.NotOpen)
class NotOpen(UserError):
    """The sale does not sell now, by the clock of the platform's store."""

    state: SaleState = plain("Where it is in its life.")
    opens_at: datetime = plain("When it opens.")
    closes_at: datetime = plain("When it closes.")


@view(records.DuplicateRequest)
class DuplicateRequest(UserError):
    """Her key stood for another wish before."""


@view(records.Throttled)
class Throttled(UserError):
    """Too many ask at once: nothing was decided, and the same wish may come again."""

    retry_after_ms: int = plain("When to come again, in milliseconds.")


@view(settled.ReservationDeclined)
class ReservationDeclined(UserError):
    """It is not there, or was settled otherwise: a payment that comes too late goes back."""


PlaceFlashOrderResult = Annotated[
    Union[Reserved, SoldOut, LimitReached, NotOpen, DuplicateRequest, Throttled],  # noqa: UP007 - a union type of the contract
    strawberry.union("PlaceFlashOrderResult", description="What became of a wish."),
]
SettleReservationResult = Annotated[
    Union[FlashReservation, ReservationDeclined, IdempotencyKeyReused],  # noqa: UP007 - as above
    strawberry.union("SettleReservationResult", description="What became of a reservation."),
]


@strawberry.input(description="An order of a flash sale.")
class PlaceFlashOrderInput:
    """What is wished, and the ticket that allows it."""

    sale: strawberry.ID = strawberry.field(description="The sale.")
    ticket: str = strawberry.field(description="A ticket of its waiting room that buys.")
    quantity: int = strawberry.field(default=1, description="How many pieces.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A reservation that is to be settled.")
class SettleReservationInput:
    """Which one."""

    reservation: strawberry.ID = strawberry.field(description="Id of the FlashReservation.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class FlashQueries:
    """Questions about flash sales."""

    @asked(FlashSale | None)
    @staticmethod
    async def flash_sale(
        info: Ask,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the sale.")],  # noqa: A002 - the contract's name
    ) -> records.FlashSale | None:
        """A flash sale 秒杀."""
        return await info.context.platform.flash.sale(bounded_text("id", id))

    @asked(FlashReservation | None)
    @staticmethod
    async def reservation(
        info: Ask,
        id: Annotated[  # noqa: A002 - the contract's name
            strawberry.ID | None, strawberry.argument(description="Id of the reservation.")
        ] = UNSET,
        sale: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Or its sale, with `key` of the fast path."),
        ] = UNSET,
        key: Annotated[
            strawberry.ID | None, strawberry.argument(description="The reservation in that sale.")
        ] = UNSET,
    ) -> settled.Reservation | None:
        """What somebody has of a flash sale; her own, for a consumer."""
        return await info.context.platform.flash.reservation(*named_reservation(id, sale, key))


@strawberry.type
class FlashMutations:
    """What can be done in a flash sale."""

    @asked(PlaceFlashOrderResult | None)
    @staticmethod
    async def place_flash_order(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            PlaceFlashOrderInput, strawberry.argument(description="What is wished.")
        ],
    ) -> Outcome:
        """Order from a flash sale 秒杀; answered when it is committed."""
        if not 1 <= input.quantity <= _MOST_PIECES:
            raise BadInput(f"`quantity` must be 1 to {_MOST_PIECES}.")
        sale = bounded_text("sale", input.sale)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        ticket = clean_text("ticket", input.ticket)
        return await info.context.platform.flash.place(sale, ticket, input.quantity, key)

    @asked(SettleReservationResult | None)
    @staticmethod
    async def pay_reservation(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            SettleReservationInput, strawberry.argument(description="Which was paid.")
        ],
    ) -> Settling:
        """Say that a reservation was paid; one that lapsed before is declined."""
        sale, named = _parsed(input.reservation)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.flash.pay(sale, named, key)

    @asked(SettleReservationResult | None)
    @staticmethod
    async def cancel_reservation(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            SettleReservationInput, strawberry.argument(description="Which is given back.")
        ],
    ) -> Settling:
        """Give a reservation back before it is paid; her own, for a consumer."""
        sale, named = _parsed(input.reservation)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.flash.cancel(sale, named, key)


def named_reservation(
    reservation: str | None, sale: str | None, key: str | None
) -> tuple[str, UUID]:
    """The sale and the key of a reservation, by its id or by both; BadInput for neither."""
    if reservation:
        return _parsed(reservation)
    if sale and key:
        return bounded_text("sale", sale), _uuid(key)
    raise BadInput("Name `id`, or `sale` and `key`.")


def _parsed(text: str) -> tuple[str, UUID]:
    found = parse_id(text, KIND)
    return found.scope, _uuid(found.key)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise BadInput("This is not an id of this graph.") from exc
