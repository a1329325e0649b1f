"""What callers give to place and change orders."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.money import Money, exponent
from capabilities.order.history import OrderPersonal
from capabilities.order.placing import WantedLine, WantedOrder, WantedPart
from capabilities.order.records import OrderKind
from capabilities.order.writing import Recipient
from schema.node import parse_id
from schema.restrict import bounded_text, clean_lines, given, optional_text
from schema.scalars import CurrencyCode

LONGEST_TEXT = 1000
_MOST_LINES = 200
_LARGEST = Decimal(10) ** 12
_PLACES = 3
_T = TypeVar("_T")


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """The contract's form of `Money`."""

    amount: Decimal = strawberry.field(description="The amount in major units.")
    currency: CurrencyCode = strawberry.field(description="The currency.")


@strawberry.input(description="Who receives an order, and where.")
class RecipientInput:
    """The contract's form of `Recipient`."""

    name: str | None = strawberry.field(default=UNSET, description="The name.")
    phone: str | None = strawberry.field(default=UNSET, description="The phone.")
    country: str | None = strawberry.field(default=UNSET, description="The country.")
    region: str | None = strawberry.field(default=UNSET, description="The province.")
    city: str | None = strawberry.field(default=UNSET, description="The city.")
    district: str | None = strawberry.field(default=UNSET, description="The district.")
    street: str | None = strawberry.field(default=UNSET, description="Street and house.")
    postcode: str | None = strawberry.field(default=UNSET, description="The postcode.")


@strawberry.input(description="One line of an order that is placed.")
class OrderLineInput:
    """The contract's form of `WantedLine`."""

    sku: str = strawberry.field(description="The retailer's own code, or a barcode.")
    quantity: Decimal = strawberry.field(description="How many, or how much.")
    unit_price: MoneyInput = strawberry.field(description="Price of one unit.")
    discount: MoneyInput | None = strawberry.field(
        default=UNSET, description="What is taken off the line, positive."
    )
    name: str | None = strawberry.field(default=UNSET, description="What it is called.")
    unit: str | None = strawberry.field(default=UNSET, description="Unit of the quantity.")
    gift: bool = strawberry.field(default=False, description="Whether it is given for nothing.")


@strawberry.input(description="A part of a line that left or came back.")
class OrderPartInput:
    """The contract's form of `WantedPart`."""

    ref: str = strawberry.field(description="Key of the line, `OrderLine.ref`.")
    quantity: Decimal = strawberry.field(description="How much of it.")
    amount: MoneyInput | None = strawberry.field(
        default=UNSET, description="What is refunded for it; without, its share of what was paid."
    )


@strawberry.input(description="Goods of another order that come back for an order.")
class ExchangedOrderInput:
    """Which order, what of it, and how much is refunded."""

    order: strawberry.ID = strawberry.field(description="Id of the Order that they are of.")
    lines: list[OrderPartInput] = strawberry.field(description="What comes back.")
    amount: MoneyInput | None = strawberry.field(
        default=UNSET, description="What is refunded in all; without, what the lines are worth."
    )
    reason: str = strawberry.field(description="Why, in words.")
    restock: bool = strawberry.field(
        default=False, description="Whether the goods go back into stock."
    )
    version: int | None = strawberry.field(
        default=UNSET,
        description="The `version` that was looked at; changed since, nothing is done.",
    )


@strawberry.input(description="An order to be placed.")
class PlaceOrderInput:
    """Where, for whom, what, and what it comes to."""

    channel: str = strawberry.field(description="Code of the channel.")
    store: str | None = strawberry.field(default=UNSET, description="Code of the store that sells.")
    membership: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Id of the Membership that buys; absent for nobody by name."
    )
    kind: OrderKind = strawberry.field(default=OrderKind.SALE, description="SALE or GIFT.")
    lines: list[OrderLineInput] = strawberry.field(description="What is sold.")
    discount: MoneyInput | None = strawberry.field(
        default=UNSET, description="What is taken off the whole order, positive."
    )
    shipping: MoneyInput | None = strawberry.field(default=UNSET, description="Delivery.")
    total: MoneyInput = strawberry.field(
        description="What it comes to; checked against lines, discount and delivery."
    )
    quote: str | None = strawberry.field(
        default=UNSET,
        description="The `token` of a quote 报价 of these lines, in its order and without discounts"
        " of their own: its reductions and gifts become the order's.",
    )
    recipient: RecipientInput | None = strawberry.field(
        default=UNSET, description="Who receives it."
    )
    note: str | None = strawberry.field(default=UNSET, description="What the buyer wrote.")
    handed_over: bool = strawberry.field(
        default=False, description="Whether the goods are handed over now, as at a counter."
    )
    in_exchange_for: ExchangedOrderInput | None = strawberry.field(
        default=UNSET,
        description="What comes back for it 换货, of any channel: both are done, or neither."
        " Not together with `quote`.",
    )
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


def wanted_order(asked: PlaceOrderInput) -> WantedOrder:
    """The order as the platform takes it."""
    if asked.kind not in (OrderKind.SALE, OrderKind.GIFT):
        raise BadInput("`kind` must be SALE or GIFT.")
    return WantedOrder(
        channel=bounded_text("channel", asked.channel),
        kind=asked.kind,
        store=optional_text("store", asked.store),
        membership=_membership(asked.membership),
        lines=tuple(
            _line(str(place), one) for place, one in enumerate(few("lines", asked.lines), start=1)
        ),
        discount=optional_money("discount", asked.discount),
        shipping=optional_money("shipping", asked.shipping),
        total=money_of("total", asked.total),
        personal=OrderPersonal(
            recipient=_recipient(given(asked.recipient)), note=optional_lines("note", asked.note)
        ),
        handed_over=asked.handed_over,
    )


def money_of(name: str, asked: MoneyInput, *, least: int = 0) -> Money:
    """An amount in minor units; BadInput for one that has parts of them, or is too small."""
    try:
        minor = asked.amount.scaleb(exponent(asked.currency))
        whole = int(minor)
    except (InvalidOperation, ValueError, OverflowError) as exc:
        raise BadInput(f"`{name}` is no amount of money.") from exc
    if whole != minor or not least <= whole < _LARGEST:
        raise BadInput(f"`{name}` is no amount that can be paid in {asked.currency}.")
    return Money(whole, asked.currency)


def optional_money(name: str, asked: MoneyInput | None) -> Money | None:
    """As `money_of`, where it was given."""
    wanted = given(asked)
    return None if wanted is None else money_of(name, wanted)


def parts_of(asked: Sequence[OrderPartInput]) -> tuple[WantedPart, ...]:
    """Parts of lines."""
    return tuple(
        WantedPart(
            ref=bounded_text("ref", one.ref),
            quantity=_quantity(one.quantity),
            amount=optional_money("amount", one.amount),
        )
        for one in few("lines", asked)
    )


def text_of(name: str, value: str, longest: int = LONGEST_TEXT) -> str:
    """A text of some lines."""
    said = clean_lines(name, value).strip()
    if not 1 <= len(said) <= longest:
        raise BadInput(f"`{name}` must have 1 to {longest} characters.")
    return said


def optional_lines(name: str, value: str | None) -> str | None:
    """As `text_of`, where it was given."""
    wanted = given(value)
    return None if wanted is None else text_of(name, wanted)


def few(name: str, some: Sequence[_T]) -> Sequence[_T]:
    """BadInput for more lines than an order may have."""
    if len(some) > _MOST_LINES:
        raise BadInput(f"`{name}` takes at most {_MOST_LINES}.")
    return some


def _line(ref: str, asked: OrderLineInput) -> WantedLine:
    return WantedLine(
        ref=ref,
        sku=bounded_text("sku", asked.sku),
        name=optional_text("name", asked.name),
        quantity=_quantity(asked.quantity),
        unit=optional_text("unit", asked.unit),
        unit_price=money_of("unitPrice", asked.unit_price),
        discount=optional_money("discount", asked.discount),
        gift=asked.gift,
    )


def _quantity(value: Decimal) -> Decimal:
    """A quantity of at most three decimals, above zero."""
    try:
        kept = round(value, _PLACES)
    except (InvalidOperation, ValueError, OverflowError) as exc:
        raise BadInput("`quantity` is no number.") from exc
    if kept != value or not 0 < kept < _LARGEST:
        raise BadInput(f"`quantity` must be above 0 with at most {_PLACES} decimals.")
    return kept


def _membership(asked: strawberry.ID | None) -> tuple[str, str] | None:
    named = given(asked)
    if named is None:
        return None
    found = parse_id(named, "Membership")
    return found.scope, found.key


def _recipient(asked: RecipientInput | None) -> Recipient | None:
    if asked is None:
        return None
    fields = ("name", "phone", "country", "region", "city", "district", "street", "postcode")
    return Recipient(**{name: optional_text(name, getattr(asked, name)) for name in fields})
