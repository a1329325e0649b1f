"""Keys: the ways to name one member or one order, exactly one at a time."""

import strawberry
from strawberry import UNSET

from capabilities.ids import GlobalId
from capabilities.member.records import Identity, IdentityKind, Member
from capabilities.order.records import Order
from capabilities.page import Freshness
from schema.context import Context
from schema.node import parse_id
from schema.restrict import bounded_text


@strawberry.input(description="A membership by its business key.")
class MembershipKeyInput:
    """Channel and number."""

    channel: str = strawberry.field(description="Code of the channel.")
    number: str = strawberry.field(description="The member's number in it.")


@strawberry.input(description="An identity that some system gave to a person.")
class ExternalIdentityInput:
    """Kind, scope and value."""

    kind: IdentityKind = strawberry.field(description="Kind of the identity.")
    scope: str = strawberry.field(
        description="Where the value is unique: a channel, a programme, an app."
    )
    value: str = strawberry.field(description="The identity itself.")


@strawberry.input(
    one_of=True, description="One way to name a person; give exactly one of the fields."
)
class MemberKey:
    """The ways to find a member."""

    id: strawberry.ID | None = strawberry.field(default=UNSET, description="Global id of a Member.")
    phone: str | None = strawberry.field(
        default=UNSET, description="Mobile number, as people write it."
    )
    email: str | None = strawberry.field(default=UNSET, description="E-mail address.")
    card_number: str | None = strawberry.field(
        default=UNSET, description="Number of a membership card."
    )
    membership: MembershipKeyInput | None = strawberry.field(
        default=UNSET, description="Channel and number of one membership."
    )
    external: ExternalIdentityInput | None = strawberry.field(
        default=UNSET, description="An identity that some system gave."
    )


@strawberry.input(description="An order by its business key.")
class OrderBusinessKey:
    """Channel and number."""

    channel: str = strawberry.field(description="Code of the channel.")
    number: str = strawberry.field(description="The order's number in it.")


@strawberry.input(
    one_of=True, description="One way to name an order; give exactly one of the fields."
)
class OrderKey:
    """The ways to find an order."""

    id: strawberry.ID | None = strawberry.field(default=UNSET, description="Global id of an Order.")
    business: OrderBusinessKey | None = strawberry.field(
        default=UNSET, description="Channel and number."
    )


async def find_member(context: Context, by: MemberKey, freshness: Freshness) -> Member | None:
    """The member that a key names; None where there is none."""
    reader = context.reader
    if by.id is not UNSET:
        found = parse_id(by.id or "", "Member")
        own = _own(context, found)
        return await reader.member_by_one_id(found.key, freshness) if own else None
    if by.membership:
        channel = bounded_text("channel", by.membership.channel)
        return await reader.member_by_membership(
            channel, bounded_text("number", by.membership.number), freshness
        )
    return await reader.member_by_identity(_identity(by), freshness)


async def find_order(context: Context, by: OrderKey, freshness: Freshness) -> Order | None:
    """The order that a key names; None where there is none."""
    if by.business:
        channel = bounded_text("channel", by.business.channel)
        number = bounded_text("number", by.business.number)
        return await context.reader.order(channel, number, freshness)
    found = parse_id(by.id or "", "Order")
    return await context.reader.order(found.scope, found.key, freshness)


def _own(context: Context, found: GlobalId) -> bool:
    """Whether an id is of the caller's brand; another brand's person is nobody here."""
    return context.caller is not None and context.caller.visibility.brand == found.scope


def _identity(by: MemberKey) -> Identity:
    if by.external:
        return _given(by.external.kind, by.external.scope, by.external.value)
    if by.email is not UNSET:
        return _given(IdentityKind.EMAIL, "", by.email or "")
    if by.card_number is not UNSET:
        return _given(IdentityKind.CARD_NO, "", by.card_number or "")
    return _given(IdentityKind.PHONE, "", by.phone or "")


def _given(kind: IdentityKind, scope: str, value: str) -> Identity:
    """What the caller wrote; the reader brings a phone to its canonical form, or refuses it."""
    text = bounded_text(kind.value, value.strip())
    within = scope.strip() and bounded_text("scope", scope.strip())
    return Identity(kind, within, text.casefold() if kind is IdentityKind.EMAIL else text)
