"""Coupons 优惠券 of the platform: claimed, locked for an order, redeemed once, returned."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Union

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.member.records import Member
from capabilities.promotion import coupons
from capabilities.promotion.coupons import (
    LONGEST_LOCK,
    MOST_IN_UNIT,
    Claiming,
    CouponChoice,
    CouponState,
    Using,
)
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.promotion import Coupon
from schema.restrict import bounded_text, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."
_WHOSE = "Id of a Membership of hers; a consumer is meant herself."
_DEFAULT_SECONDS = 900


@view(coupons.CouponClaimed)
class CouponClaimed:
    """She has a coupon more."""

    coupon: Coupon = plain("The coupon.")
    whole_code: str | None = plain("Its code, to be given to her; no later answer has it whole.")


@view(coupons.CouponUnit)
class CouponUnit:
    """Coupons that are used together, and come back together."""

    unit: strawberry.ID = plain("Its id; who has it may use it for its order.")
    state: CouponState = plain("What became of them.")
    coupons: list[Coupon] = plain("The coupons.")
    until: datetime | None = plain("When their lock runs out.")


@view(coupons.CouponDeclined)
class CouponDeclined(UserError):
    """Nothing was done; unknown, used, expired and another's are one answer."""


CouponClaimResult = Annotated[
    Union[CouponClaimed, CouponDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("CouponClaimResult", description="What became of a claim."),
]
CouponResult = Annotated[
    Union[CouponUnit, CouponDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("CouponResult", description="What became of coupons."),
]


@strawberry.input(description="A coupon for a member: give `template` or `code`.")
class ClaimCouponInput:
    """Which, and for whom."""

    template: str | None = strawberry.field(
        default=UNSET, description="Id of a template that members may claim."
    )
    code: str | None = strawberry.field(
        default=UNSET, description="Code of a coupon that nobody holds yet."
    )
    membership: strawberry.ID | None = strawberry.field(default=UNSET, description=_WHOSE)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="The order that coupons are used for.")
class CouponOrderInput:
    """Channel and number."""

    channel: str = strawberry.field(description="Code of the channel.")
    number: str = strawberry.field(description="Number of the order, or of the cart that will be.")


@strawberry.input(description="Coupons that are to be kept for an order, all of them or none.")
class LockCouponInput:
    """Which, for which order, how long."""

    codes: list[str] | None = strawberry.field(
        default=UNSET, description="By code, as people type it."
    )
    coupons: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="By id of the Coupon, of those that she holds."
    )
    order: CouponOrderInput = strawberry.field(description="The order.")
    seconds: int | None = strawberry.field(default=UNSET, description="How long: 1 to 86,400; 900.")
    membership: strawberry.ID | None = strawberry.field(default=UNSET, description=_WHOSE)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Coupons that are used up: give `unit`, or coupons.")
class RedeemCouponInput:
    """Which, for which order."""

    unit: strawberry.ID | None = strawberry.field(
        default=UNSET, description="What was locked for this order."
    )
    codes: list[str] | None = strawberry.field(default=UNSET, description="By code, at once.")
    coupons: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="By id of the Coupon, at once."
    )
    order: CouponOrderInput = strawberry.field(description="The order.")
    membership: strawberry.ID | None = strawberry.field(default=UNSET, description=_WHOSE)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Coupons that are to be good again.")
class ReturnCouponInput:
    """Which."""

    unit: strawberry.ID = strawberry.field(description="What was locked or redeemed.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A coupon that is to be good for nothing.")
class VoidCouponInput:
    """Which."""

    coupon: strawberry.ID = strawberry.field(description="Id of the Coupon.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def _input(what: str) -> Any:
    return strawberry.argument(description=what)


@strawberry.type
class CouponMutations:
    """What can be done with coupons of the platform."""

    @asked(CouponClaimResult | None)
    @staticmethod
    async def claim_coupon(
        info: Ask,
        input: Annotated[ClaimCouponInput, _input("Which, for whom.")],  # noqa: A002 - the contract's name
    ) -> Claiming:
        """Give a member a coupon 优惠券 of a template, or that of a code that she has."""
        template, code = (
            optional_text("template", input.template),
            optional_text("code", input.code),
        )
        key = bounded_text("idempotencyKey", input.idempotency_key)
        member = await _holder(info, given(input.membership))
        part = info.context.platform.coupons
        if template is not None and code is None:
            return await part.claim(template, member, key)
        if code is not None and template is None:
            return await part.claim_code(code, member, key)
        raise BadInput("Give `template` or `code`.")

    @asked(CouponResult | None)
    @staticmethod
    async def lock_coupon(
        info: Ask,
        input: Annotated[LockCouponInput, _input("Which, for which order.")],  # noqa: A002 - as above
    ) -> Using:
        """Keep coupons for an order until then; the answer's unit redeems them."""
        seconds = given(input.seconds)
        seconds = _DEFAULT_SECONDS if seconds is None else seconds
        length = timedelta(seconds=seconds) if 0 < seconds <= LONGEST_LOCK.total_seconds() else None
        if length is None:
            raise BadInput("`seconds` must be between 1 and 86400.")
        key, choice = bounded_text("idempotencyKey", input.idempotency_key), _choice(input)
        member = await _user(info, given(input.membership))
        part = info.context.platform.coupons
        return await part.lock(choice, _order(input.order), length, member, key)

    @asked(CouponResult | None)
    @staticmethod
    async def redeem_coupon(
        info: Ask,
        input: Annotated[RedeemCouponInput, _input("Which, for which order.")],  # noqa: A002 - as above
    ) -> Using:
        """Use coupons up for an order, all of them or none; each once."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        unit = optional_text("unit", input.unit)
        choice = _choice(input) if unit is None else unit
        member = await _user(info, given(input.membership))
        part = info.context.platform.coupons
        return await part.redeem(choice, _order(input.order), member, key)

    @asked(CouponResult | None)
    @staticmethod
    async def return_coupon(
        info: Ask,
        input: Annotated[ReturnCouponInput, _input("Which.")],  # noqa: A002 - as above
    ) -> Using:
        """Make the coupons of a unit good again: what is used together comes back together."""
        unit = bounded_text("unit", input.unit)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.coupons.give_back(unit, key)

    @asked(CouponResult | None)
    @staticmethod
    async def void_coupon(
        info: Ask,
        input: Annotated[VoidCouponInput, _input("Which.")],  # noqa: A002 - as above
    ) -> Using:
        """Make a coupon that is not used up good for nothing."""
        coupon = parse_id(input.coupon, "Coupon").key
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.coupons.void(coupon, key)


async def _holder(info: Ask, membership: strawberry.ID | None) -> Member | None:
    """Who is meant: a consumer herself, else whom the membership names, if she may be seen."""
    context = info.context
    if context.caller is not None and context.caller.visibility.member is not None:
        return await context.reader.me()
    if membership is None:
        return None
    key = parse_id(membership, "Membership")
    return await context.reader.member_by_membership(key.scope, key.key)


async def _user(info: Ask, membership: strawberry.ID | None) -> Member | None:
    """As `_holder`; BadInput for one unseen: without a holder a code is anybody's."""
    member = await _holder(info, membership)
    caller = info.context.caller
    herself = caller is not None and caller.visibility.member is not None
    if member is None and (herself or membership is not None):
        raise BadInput("there is no such membership, or none that you may see")
    return member


def _choice(wanted: LockCouponInput | RedeemCouponInput) -> CouponChoice:
    codes, ids = given(wanted.codes) or [], given(wanted.coupons) or []
    if not 1 <= len(codes) + len(ids) <= MOST_IN_UNIT:
        raise BadInput(f"1 to {MOST_IN_UNIT} coupons are used together.")
    return CouponChoice(
        ids=tuple(parse_id(one, "Coupon").key for one in ids),
        codes=tuple(bounded_text("codes", one) for one in codes),
    )


def _order(order: CouponOrderInput) -> tuple[str, str]:
    return bounded_text("order.channel", order.channel), bounded_text("order.number", order.number)
