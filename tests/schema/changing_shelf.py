"""One record of everything about members who change."""

# ruff: noqa: ARG002 - the shape is the protocol's

from collections.abc import Sequence

from capabilities.member.changing import (
    Binding,
    ChangeState,
    MemberChangeDeclined,
    MemberRegistered,
    MembershipBound,
    MembershipChange,
    ProfileUpdated,
    Registering,
    Updating,
)
from capabilities.member.records import Member
from capabilities.member.writing import PersonFields
from capabilities.operations import IdempotencyKeyReused
from capabilities.profile.telling import GivenAttribute

_LIN = "abcdefghijklmnopqrstuvwx"
CHANGE = MembershipChange(channel="store", number="1", state=ChangeState.QUEUED)


class ChangingShelf:
    """Answers every change with the one record of its kind."""

    async def register(
        self, channel: str, person: PersonFields, idempotency_key: str
    ) -> Registering:
        if channel == "reused":
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        if channel == "none":
            path = ("input", "channel")
            return MemberChangeDeclined(code="CHANNEL_UNKNOWN", path=path, valid=("store",))
        return MemberRegistered(brand="baiwei", one_id=_LIN, changes=(CHANGE,))

    async def update(
        self,
        member: Member | None,
        person: PersonFields,
        attributes: Sequence[GivenAttribute],
        idempotency_key: str,
    ) -> Updating:
        return ProfileUpdated(brand="baiwei", one_id=_LIN, changes=(CHANGE,))

    async def bind(
        self, member: Member | None, channel: str, number: str, phone: str, idempotency_key: str
    ) -> Binding:
        if number == "none":
            return MemberChangeDeclined(code="MEMBERSHIP_NOT_PROVEN", path=("input", "number"))
        return MembershipBound(brand="baiwei", one_id=_LIN, changes=(CHANGE,))
