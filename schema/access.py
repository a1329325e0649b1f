"""Persons in the clear, and the audit trail of who saw them so."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET, Parent

from capabilities import audit
from capabilities.audit import AuditFilter
from capabilities.member import records, unmasked
from capabilities.member.records import IdentityKind
from capabilities.page import ConnectionArgs, MergedPage
from schema.context import Ask
from schema.page import connection_of, paged
from schema.restrict import optional_text
from schema.view import asked, plain, view


@view(unmasked.UnmaskedIdentity)
class UnmaskedIdentity:
    """An identity in the clear."""

    kind: IdentityKind = plain("Kind of the identity.")
    scope: str = plain("Where the value is unique.")
    value: str = plain("The identity itself.")


@view(unmasked.UnmaskedMembership)
class UnmaskedMembership:
    """What one channel knows of a person, in the clear."""

    id: strawberry.ID = plain("Global id of the membership.")
    number: str = plain("The member's number in its channel.")
    name: str | None = plain("Name in this channel.")
    phone: str | None = plain("Phone in this channel, as its system has it.")
    email: str | None = plain("E-mail address in this channel.")
    card_number: str | None = plain("Number of the membership card.")
    identities: list[UnmaskedIdentity] = plain("Ids that other systems gave to the person.")


@view(unmasked.UnmaskedMember)
class UnmaskedMember:
    """A person in the clear; each look stands in the audit trail."""

    name: str | None = plain("Name.")
    phone: str | None = plain("Phone that joins the memberships, with its country.")
    email: str | None = plain("E-mail address.")
    memberships: list[UnmaskedMembership] = plain("What each channel knows of her.")


@strawberry.type
class UnmaskedFields:
    """What of a person is shown in the clear."""

    @asked(UnmaskedMember | None)
    @staticmethod
    async def unmasked(
        member: Parent[records.Member],
        info: Ask,
        reason: Annotated[
            str | None,
            strawberry.argument(
                description="Why, such as a ticket's number; only a consumer needs none."
            ),
        ] = UNSET,
    ) -> unmasked.UnmaskedMember:
        """The person in the clear; the look and its reason stand in the audit trail."""
        why = optional_text("reason", reason)
        return await info.context.platform.access.unmasked(member, why)


@view(audit.Recorded)
class AuditEntry:
    """One entry of the audit trail 审计: who did what with whose data, when and why."""

    number: int = plain("Its place in the chain, from 1.")
    at: datetime = plain("When it was done.")
    action: str = plain("What was done, such as `member.unmasked`.")
    actor: str = plain("Subject of who did it.")
    role: str | None = plain("The role in which it was done.")
    about: strawberry.ID | None = plain("OneID of the person concerned.")
    reason: str | None = plain("Why, in the words of who did it.")
    facts: str = plain("What else is to be known, as JSON; never personal.")
    hash_text: str = plain("Hash of this entry and of all before it.", name="hash")


@strawberry.input(description="What of the audit trail is shown; what is absent restricts nothing.")
class AuditFilterInput:
    """The contract's form of `AuditFilter`."""

    about: strawberry.ID | None = strawberry.field(
        default=UNSET, description="OneID of the person concerned."
    )
    actor: str | None = strawberry.field(default=UNSET, description="Subject of who did it.")
    action: str | None = strawberry.field(default=UNSET, description="What was done.")


AuditEntryConnection = connection_of(AuditEntry)


@strawberry.type
class AuditQueries:
    """Questions about what was done."""

    @paged(AuditEntryConnection)
    @staticmethod
    async def audit_trail(
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            AuditFilterInput | None, strawberry.argument(description="Which entries.")
        ] = UNSET,
    ) -> MergedPage[audit.Recorded]:
        """The audit trail 审计, the newest entry first."""
        given = filter or AuditFilterInput()
        wanted = AuditFilter(
            about=optional_text("about", given.about),
            actor=optional_text("actor", given.actor),
            action=optional_text("action", given.action),
        )
        return await info.context.platform.access.trail(wanted, page)
