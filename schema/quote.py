"""Quotes 试算: what a cart costs, with every promotion that applied and why the others did not."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.member.records import Member
from capabilities.money import money
from capabilities.pricing.quote import Why
from capabilities.promotion import quoting
from capabilities.promotion.quoting import AskedLine, QuoteAsk
from schema.context import Ask
from schema.money import Money
from schema.node import parse_id
from schema.restrict import bounded_text, clean_text, given, optional_text
from schema.scalars import CurrencyCode
from schema.view import asked, plain, view

_MOST_LINES, _MOST_FACTS, _MOST_COUPONS = 100, 20, 10
_LONGEST_TOKEN = 65_536
_MOST = Decimal(10**12)
# Finer than a gram of a kilogram no scale is.
_FINEST = -6


@view(quoting.Reduction)
class QuoteReduction:
    """What one promotion took off one line."""

    promotion_id: strawberry.ID = plain("Global id of the promotion.")
    amount: Money = plain("How much.")


@view(quoting.ShownLine)
class QuoteLine:
    """A line before and after all reductions."""

    ref: str = plain("The front end's own name of the line.")
    sku: str | None = plain("The product that it is; null where nothing matched.")
    gross: Money = plain("What it costs before.")
    net: Money = plain("What it costs after all of them.")
    reductions: list[QuoteReduction] = plain("By promotion; they add up exactly.")


@view(quoting.ShownApplied)
class AppliedPromotion:
    """A promotion that applied."""

    promotion_id: strawberry.ID = plain("Global id of the promotion.")
    key: str = plain("Its id in the platform.")
    version: int = plain("Its version.")
    name: str = plain("What people call it.")
    amount: Money = plain("What it took off in all.")
    times: int = plain("How often it applied.")
    settled: bool = plain("Whether the system is told of it as plain discount lines.")
    gift_sku: str | None = plain("What is put into the parcel for nothing.")
    gift_quantity: int | None = plain("How many.")
    coupon: str | None = plain("Template of the coupon that she gets once the order is paid.")
    points_times: Decimal | None = plain("So many times its points the purchase earns.")


@view(quoting.ShownRejected)
class RejectedPromotion:
    """A promotion that did not apply."""

    promotion_id: strawberry.ID = plain("Global id of the promotion.")
    key: str = plain("Its id in the platform.")
    name: str = plain("What people call it.")
    why: Why = plain("Why not.")
    missing: Decimal | None = plain("The amount or the quantity that is short.")
    by: str | None = plain("Id in the platform of the promotion that took its place.")


@view(quoting.ShownQuote)
class Quote:
    """What a cart costs here and now; the same question at the same policy has the same answer."""

    at: datetime = plain("When it was asked.")
    policy_version: int = plain("What was in force: a step of `promotionHistory`.")
    book: str = plain("A hash of every promotion that was in force.")
    gross: Money = plain("What it costs before promotions, delivery included.")
    discount: Money = plain("What all of them take off.")
    shipping: Money = plain("What delivery costs after them.")
    total: Money = plain("What is to be paid.")
    lines: list[QuoteLine] = plain("The lines, in the cart's order.")
    applied: list[AppliedPromotion] = plain("In the order in which they applied.")
    rejected: list[RejectedPromotion] = plain("By id.")
    unmatched: list[str] = plain("Lines that are no product of the reference, by `ref`.")
    token: str = plain("This quote: to be asked again, or ordered within 30 minutes.")


@strawberry.input(description="A line of a cart: give `sku` or `code`.")
class QuoteLineInput:
    """As `AskedLine`."""

    ref: str = strawberry.field(description="The front end's own name of it, once in the cart.")
    sku: str | None = strawberry.field(default=UNSET, description="The retailer's own code.")
    code: str | None = strawberry.field(
        default=UNSET, description="The code of the channel's system, through the crosswalk."
    )
    code_kind: str | None = strawberry.field(
        default=UNSET, description="Kind of that code in the crosswalk, such as barcode; sku."
    )
    unit_price: Decimal = strawberry.field(description="What one costs in this channel.")
    quantity: Decimal | None = strawberry.field(default=UNSET, description="How many: 1.")


@strawberry.input(description="A named fact of the occasion, for conditions that ask for it.")
class QuoteFactInput:
    """Name and value."""

    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@strawberry.input(description="A cart, and who buys it where.")
class QuoteInput:
    """As `QuoteAsk`."""

    channel: str = strawberry.field(description="Code of the channel.")
    store: str | None = strawberry.field(default=UNSET, description="Code of the store.")
    scene: str | None = strawberry.field(
        default=UNSET, description="The event, live room or terminal."
    )
    membership: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="Id of a Membership of the buyer; a consumer is the buyer herself.",
    )
    lines: list[QuoteLineInput] = strawberry.field(description="1 to 100.")
    shipping: Decimal | None = strawberry.field(default=UNSET, description="Delivery: 0.")
    currency: CurrencyCode | None = strawberry.field(default=UNSET, description="CNY.")
    coupons: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Units of coupons that `lockCoupon` keeps; at most 10."
    )
    facts: list[QuoteFactInput] | None = strawberry.field(
        default=UNSET, description="At most 20; not a consumer's to tell."
    )


def _argument(what: str) -> Any:
    return strawberry.argument(description=what)


@strawberry.type
class QuoteQueries:
    """What can be asked of prices."""

    @asked(Quote | None)
    @staticmethod
    async def quote(
        info: Ask,
        input: Annotated[QuoteInput, _argument("The cart and its occasion.")],  # noqa: A002 - the contract's name
    ) -> quoting.ShownQuote:
        """What a cart costs 试算: the same in every channel, with the reason of every promotion."""
        ask = _ask(input)
        info.context.spend(len(ask.lines))
        buyer = await _buyer(info, given(input.membership))
        return await info.context.platform.promotions.quote(ask, buyer)

    @asked(Quote | None)
    @staticmethod
    async def quote_again(
        info: Ask,
        token: Annotated[str, _argument("Token of a quote.")],
    ) -> quoting.ShownQuote | None:
        """A quote as it was, whatever is in force now; null for what is no token."""
        clean_text("token", token)
        if len(token) > _LONGEST_TOKEN:
            return None
        return await info.context.platform.promotions.quote_again(token)


async def _buyer(info: Ask, membership: strawberry.ID | None) -> Member | None:
    """Who buys: a consumer herself, else whom the membership names; BadInput for one unseen."""
    context = info.context
    if context.caller is not None and context.caller.visibility.member is not None:
        return await context.reader.me()
    if membership is None:
        return None
    key = parse_id(membership, "Membership")
    found = await context.reader.member_by_membership(key.scope, key.key)
    if found is None:
        raise BadInput("there is no such membership, or none that you may see")
    return found


def _ask(wanted: QuoteInput) -> QuoteAsk:
    currency = given(wanted.currency) or "CNY"
    lines = [_line(one, currency) for one in _bounded("lines", wanted.lines, _MOST_LINES)]
    if not lines or len({one.ref for one in lines}) < len(lines):
        raise BadInput("`lines` has at least one line, and each `ref` once.")
    shipping = given(wanted.shipping)
    facts = _bounded("facts", given(wanted.facts) or (), _MOST_FACTS)
    units = _bounded("coupons", given(wanted.coupons) or (), _MOST_COUPONS)
    return QuoteAsk(
        channel=bounded_text("channel", wanted.channel),
        lines=tuple(lines),
        currency=currency,
        shipping=0 if shipping is None else _minor("shipping", shipping, currency),
        store=optional_text("store", wanted.store),
        scene=optional_text("scene", wanted.scene),
        units=tuple(bounded_text("coupons", one) for one in units),
        facts={
            bounded_text("facts.name", one.name): bounded_text("facts.value", one.value)
            for one in facts
        },
    )


def _line(line: QuoteLineInput, currency: str) -> AskedLine:
    quantity = given(line.quantity)
    quantity = Decimal(1) if quantity is None else quantity
    if not 0 < quantity <= _MOST or _exponent(quantity) < _FINEST:
        raise BadInput("`quantity` is above 0, with at most 6 decimals.")
    sku, code = optional_text("sku", line.sku), optional_text("code", line.code)
    if (sku is None) == (code is None):
        raise BadInput("a line has a `sku` or a `code`.")
    return AskedLine(
        ref=bounded_text("ref", line.ref),
        unit_price=_minor("unitPrice", line.unit_price, currency),
        quantity=quantity,
        sku=sku,
        code=code,
        code_kind=optional_text("codeKind", line.code_kind) or "sku",
    )


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _bounded(name: str, values: Sequence[Any], most: int) -> Sequence[Any]:
    if len(values) > most:
        raise BadInput(f"`{name}` takes at most {most}.")
    return values


def _minor(name: str, amount: Decimal, currency: str) -> int:
    """Minor units of an amount from 0."""
    if not 0 <= amount <= _MOST or _exponent(amount) < 2 * _FINEST:
        raise BadInput(f"`{name}` is an amount from 0.")
    return money(amount, currency).minor
