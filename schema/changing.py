"""Registering members, changing what is known of them, binding memberships to them."""

from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities.member import changing
from capabilities.member.changing import Binding, ChangeState, Registering, Updating
from capabilities.member.writing import PersonFields
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, optional_text
from schema.user_error import UserError
from schema.view import asked as asked_for
from schema.view import plain, view

_KEY = "Key of this one wish: the same key again answers what it did the first time."


@view(changing.MembershipChange)
class MembershipChange:
    """A change of one membership."""

    channel: str = plain("Code of the channel.", name="channelCode")
    number: str | None = plain("The member's number; null while its system gave none.")
    state: ChangeState = plain("Whether it is done, or queued for its system.")


@view(changing.MemberRegistered)
class MemberRegistered:
    """A registration."""

    member_id: strawberry.ID | None = plain("Id of the Member; null while it is queued.")
    changes: list[MembershipChange] = plain("The membership.")


@view(changing.ProfileUpdated)
class ProfileUpdated:
    """A change of a person."""

    member_id: strawberry.ID | None = plain("Id of the Member.")
    changes: list[MembershipChange] = plain("All her memberships.")


@view(changing.MembershipBound)
class MembershipBound:
    """A membership that is hers from now on."""

    member_id: strawberry.ID | None = plain("Id of the Member.")
    changes: list[MembershipChange] = plain("The membership.")


@view(changing.MemberChangeDeclined)
class MemberChangeDeclined(UserError):
    """Nothing was done."""


RegisterMemberResult = Annotated[
    Union[MemberRegistered, MemberChangeDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("RegisterMemberResult", description="What became of a registration."),
]
UpdateProfileResult = Annotated[
    Union[ProfileUpdated, MemberChangeDeclined, IdempotencyKeyReused],  # noqa: UP007 - as above
    strawberry.union("UpdateProfileResult", description="What became of a change."),
]
BindMembershipResult = Annotated[
    Union[MembershipBound, MemberChangeDeclined, IdempotencyKeyReused],  # noqa: UP007 - as above
    strawberry.union("BindMembershipResult", description="What became of a binding."),
]


@strawberry.input(description="Somebody to become a member.")
class RegisterMemberInput:
    """Who, and of which channel."""

    channel: str = strawberry.field(description="Code of the channel.")
    phone: str = strawberry.field(description="Her phone.")
    phone_verified: bool = strawberry.field(
        default=False, description="Whether she proved that the phone is hers."
    )
    email: str | None = strawberry.field(default=UNSET, description="Her e-mail address.")
    family_name: str | None = strawberry.field(default=UNSET, description="Her family name.")
    given_name: str | None = strawberry.field(default=UNSET, description="Her given name.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="What is known anew of a person; what is absent stays.")
class UpdateProfileInput:
    """Whom, and what."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    phone: str | None = strawberry.field(default=UNSET, description="Her phone.")
    email: str | None = strawberry.field(default=UNSET, description="Her e-mail address.")
    family_name: str | None = strawberry.field(default=UNSET, description="Her family name.")
    given_name: str | None = strawberry.field(default=UNSET, description="Her given name.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A membership that a person says is hers.")
class BindMembershipInput:
    """Whose, which, and what proves it."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    channel: str = strawberry.field(description="Code of the membership's channel.")
    number: str = strawberry.field(description="Its number.")
    phone: str = strawberry.field(description="The phone that it shows: the proof.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class ChangingMutations:
    """What can be changed of members."""

    @asked_for(RegisterMemberResult | None)
    @staticmethod
    async def register_member(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RegisterMemberInput, strawberry.argument(description="Who, and of which channel.")
        ],
    ) -> Registering:
        """Make somebody a member 會員; a channel with a system is told, and answers later."""
        person = PersonFields(
            phone=bounded_text("phone", input.phone),
            phone_verified=input.phone_verified,
            email=optional_text("email", input.email),
            family_name=optional_text("familyName", input.family_name),
            given_name=optional_text("givenName", input.given_name),
        )
        key = bounded_text("idempotencyKey", input.idempotency_key)
        channel = bounded_text("channel", input.channel)
        return await info.context.platform.changing.register(channel, person, key)

    @asked_for(UpdateProfileResult | None)
    @staticmethod
    async def update_profile(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            UpdateProfileInput, strawberry.argument(description="Whom, and what.")
        ],
    ) -> Updating:
        """Change what is known of a person; her systems are told, each its own membership."""
        person = PersonFields(
            phone=optional_text("phone", input.phone),
            email=optional_text("email", input.email),
            family_name=optional_text("familyName", input.family_name),
            given_name=optional_text("givenName", input.given_name),
        )
        key = bounded_text("idempotencyKey", input.idempotency_key)
        member = await info.context.reader.member_by_one_id(parse_id(input.member, "Member").key)
        return await info.context.platform.changing.update(member, person, key)

    @asked_for(BindMembershipResult | None)
    @staticmethod
    async def bind_membership(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            BindMembershipInput, strawberry.argument(description="Whose, which, and its proof.")
        ],
    ) -> Binding:
        """Bind a membership to a person by its phone; five wrong ones in ten minutes are all."""
        channel = bounded_text("channel", input.channel)
        number = bounded_text("number", input.number)
        phone = bounded_text("phone", input.phone)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        member = await info.context.reader.member_by_one_id(parse_id(input.member, "Member").key)
        return await info.context.platform.changing.bind(member, channel, number, phone, key)
