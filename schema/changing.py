"""Registering members, changing what is known of them, binding memberships to them."""

from collections.abc import Sequence
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.member import changing
from capabilities.member.changing import Binding, ChangeState, Registering, Updating
from capabilities.member.writing import PersonFields
from capabilities.profile.telling import MOST_VALUES, GivenAttribute
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.restrict import LARGEST_FILTER, bounded_text, given, optional_text
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

    valid: list[str] = plain("Names of attributes, or their values, that could have been meant.")


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


@strawberry.input(description="An attribute of a person, with all the values that it is to have.")
class ProfileAttributeInput:
    """Which, and what it says."""

    key: str = strawberry.field(description="Its name, one of `declaredAttributes`.")
    values: list[str] = strawberry.field(
        description="What it says: one, or several where it is a `UNION`; none takes back what "
        "was told here."
    )


@strawberry.input(description="What is known anew of a person; what is absent stays.")
class UpdateProfileInput:
    """Whom, and what."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    phone: str | None = strawberry.field(default=UNSET, description="Her phone.")
    email: str | None = strawberry.field(default=UNSET, description="Her e-mail address.")
    family_name: str | None = strawberry.field(default=UNSET, description="Her family name.")
    given_name: str | None = strawberry.field(default=UNSET, description="Her given name.")
    attributes: list[ProfileAttributeInput] | None = strawberry.field(
        default=UNSET, description="Attributes of her profile: they are kept here."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A membership that a person says is hers.")
class BindMembershipInput:
    """Whose, which, and what proves it."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    channel: str = strawberry.field(description="Code of the membership's channel.")
    number: str = strawberry.field(description="Its number.")
    phone: str = strawberry.field(description="The phone that it shows: the proof.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


def _attributes(asked: Sequence[ProfileAttributeInput]) -> tuple[GivenAttribute, ...]:
    if len(asked) > LARGEST_FILTER:
        raise BadInput(f"`attributes` takes at most {LARGEST_FILTER} of them.")
    return tuple(
        GivenAttribute(
            key=bounded_text("key", one.key),
            values=tuple(bounded_text("values", value) for value in one.values[: MOST_VALUES + 1]),
        )
        for one in asked
    )


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
        """Change what is known of a person; her systems are told, each its own membership.

        Attributes are kept by the platform; who told them is in the audit trail.
        """
        person = PersonFields(
            phone=optional_text("phone", input.phone),
            email=optional_text("email", input.email),
            family_name=optional_text("familyName", input.family_name),
            given_name=optional_text("givenName", input.given_name),
        )
        key = bounded_text("idempotencyKey", input.idempotency_key)
        given_attributes = _attributes(given(input.attributes) or ())
        member = await info.context.reader.member_by_one_id(parse_id(input.member, "Member").key)
        part = info.context.platform.changing
        return await part.update(member, person, given_attributes, key)

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
