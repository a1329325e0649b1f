"""Moving points: given, spent, corrected, exchanged, put aside and given back."""

from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.member.records import Member, Membership
from capabilities.points import records, shown
from capabilities.points.shown import PointsChange, PointsCurrency
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.points import Points, PointsEntry
from schema.restrict import bounded_text, given
from schema.user_error import UserError
from schema.view import asked, plain, view

_MOST = 1_000_000_000
_KEY = "Key of this one wish: the same key again answers what it did the first time."
_REASON = "Why, for the ledger; at most 200 characters, nothing personal."
_AMOUNT = "How many points, from 1."
_WHOSE = "Id of the Membership."


@view(shown.PointsMoved)
class PointsMoved:
    """Points moved: the entries of this wish, and what stands after it."""

    entries: list[PointsEntry] = plain("The entries, in the order in which they were written.")
    points: Points = plain("The points of the membership as they stand now.")


@view(records.InsufficientPoints)
class InsufficientPoints(UserError):
    """Fewer points can be spent than were asked for; nothing was written."""

    available: int = plain("How many can be spent; below zero where some are owed.")


@view(records.PointsDeclined)
class PointsDeclined(UserError):
    """The ledger does not do this; nothing was written."""


PointsResult = Annotated[
    Union[PointsMoved, InsufficientPoints, PointsDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("PointsResult", description="What became of a change of points."),
]


@strawberry.input(description="Points to be given.")
class EarnPointsInput:
    """To whom, how many, why."""

    membership: strawberry.ID = strawberry.field(description=_WHOSE)
    amount: int = strawberry.field(description=_AMOUNT)
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Points to be spent.")
class RedeemPointsInput:
    """Whose, how many, what for."""

    membership: strawberry.ID = strawberry.field(description=_WHOSE)
    amount: int = strawberry.field(description=_AMOUNT)
    lock: int | None = strawberry.field(
        default=UNSET,
        description="Sequence of a LOCK whose points are spent; what is left of it comes back.",
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A balance to be corrected by hand.")
class AdjustPointsInput:
    """Whose, by how much, why."""

    membership: strawberry.ID = strawberry.field(description=_WHOSE)
    amount: int = strawberry.field(description="By how much; below zero takes points away.")
    currency: PointsCurrency = strawberry.field(
        default=PointsCurrency.SPENDABLE, description="Which points are meant."
    )
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Points of one membership for points of another.")
class ExchangePointsInput:
    """From which membership to which other one of the same person."""

    source: strawberry.ID = strawberry.field(description="Id of the Membership that gives.")
    target: strawberry.ID = strawberry.field(description="Id of the Membership that gets.")
    amount: int = strawberry.field(description="How many points are given, from 1.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Points to be put aside.")
class LockPointsInput:
    """Whose, how many, until when."""

    membership: strawberry.ID = strawberry.field(description=_WHOSE)
    amount: int = strawberry.field(description=_AMOUNT)
    until: datetime = strawberry.field(description="When they come back by themselves.")
    reason: str = strawberry.field(description=_REASON)
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="Points that were put aside and come back.")
class UnlockPointsInput:
    """Whose, and which LOCK."""

    membership: strawberry.ID = strawberry.field(description=_WHOSE)
    lock: int = strawberry.field(description="Sequence of the LOCK.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def _wish(what: str) -> strawberry.types.arguments.StrawberryArgumentAnnotation:
    return strawberry.argument(description=what)


@strawberry.type
class PointsMutations:
    """What can be done with points that the platform decides."""

    @asked(PointsResult | None)
    @staticmethod
    async def earn_points(
        info: Ask,
        input: Annotated[EarnPointsInput, _wish("What is given.")],  # noqa: A002 - the contract's name
    ) -> PointsChange:
        """Give points 积分 by hand, such as for a campaign; orders earn theirs by themselves."""
        key, reason, amount = _words(input)
        membership = await _found(info, input.membership)
        return await info.context.platform.points.earn(membership, amount, reason, key)

    @asked(PointsResult | None)
    @staticmethod
    async def redeem_points(
        info: Ask,
        input: Annotated[RedeemPointsInput, _wish("What is spent.")],  # noqa: A002 - as above
    ) -> PointsChange:
        """Spend points; never more than are available."""
        key, reason, amount = _words(input)
        membership = await _found(info, input.membership)
        points, lock = info.context.platform.points, given(input.lock)
        return await points.redeem(membership, amount, lock, reason, key)

    @asked(PointsResult | None)
    @staticmethod
    async def adjust_points(
        info: Ask,
        input: Annotated[AdjustPointsInput, _wish("What is corrected.")],  # noqa: A002 - as above
    ) -> PointsChange:
        """Correct a balance by hand; it stands in the audit trail."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        reason = bounded_text("reason", input.reason)
        if not input.amount or abs(input.amount) > _MOST:
            raise BadInput(f"`amount` must not be 0, and at most {_MOST}.")
        membership = await _found(info, input.membership)
        points, currency = info.context.platform.points, input.currency
        return await points.adjust(membership, input.amount, currency, reason, key)

    @asked(PointsResult | None)
    @staticmethod
    async def exchange_points(
        info: Ask,
        input: Annotated[ExchangePointsInput, _wish("What is exchanged.")],  # noqa: A002 - as above
    ) -> PointsChange:
        """Exchange points between two programmes, where a rule of the first one offers it."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        amount = _bounded(input.amount)
        person = await _person(info, input.source)
        source, target = _of(person, input.source), _of(person, input.target)
        return await info.context.platform.points.exchange(source, target, amount, key)

    @asked(PointsResult | None)
    @staticmethod
    async def lock_points(
        info: Ask,
        input: Annotated[LockPointsInput, _wish("What is put aside.")],  # noqa: A002 - as above
    ) -> PointsChange:
        """Put points aside, such as for an order that is being paid."""
        key, reason, amount = _words(input)
        membership = await _found(info, input.membership)
        points = info.context.platform.points
        return await points.lock(membership, amount, input.until, reason, key)

    @asked(PointsResult | None)
    @staticmethod
    async def unlock_points(
        info: Ask,
        input: Annotated[UnlockPointsInput, _wish("What comes back.")],  # noqa: A002 - as above
    ) -> PointsChange:
        """Give back points that were put aside."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        membership = await _found(info, input.membership)
        return await info.context.platform.points.unlock(membership, input.lock, key)


def _words(wish: EarnPointsInput | RedeemPointsInput | LockPointsInput) -> tuple[str, str, int]:
    key = bounded_text("idempotencyKey", wish.idempotency_key)
    return key, bounded_text("reason", wish.reason), _bounded(wish.amount)


def _bounded(amount: int) -> int:
    if not 1 <= amount <= _MOST:
        raise BadInput(f"`amount` must be between 1 and {_MOST}.")
    return amount


async def _found(info: Ask, membership: strawberry.ID) -> Membership | None:
    """The membership; None where the caller may see none of this id."""
    return _of(await _person(info, membership), membership)


async def _person(info: Ask, membership: strawberry.ID) -> Member | None:
    key = parse_id(membership, "Membership")
    return await info.context.reader.member_by_membership(key.scope, key.key)


def _of(person: Member | None, membership: strawberry.ID) -> Membership | None:
    wanted = parse_id(membership, "Membership")
    held = person.memberships if person is not None else ()
    return next(
        (one for one in held if (one.channel, one.number) == (wanted.scope, wanted.key)), None
    )
