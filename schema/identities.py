"""What a person is known by: kinds of identity, masked, with who showed them and when."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import Parent

from capabilities.member import identities, records
from capabilities.member.records import IdentityKind
from schema.context import Ask
from schema.view import asked, plain, view


@view(identities.MemberIdentity)
class MemberIdentity:
    """Identity 身份 of a person in its scope; its value is shown masked only."""

    kind: IdentityKind = plain("What it is.")
    scope: str = plain("Where it is unique: a country, a programme, an app.")
    value_masked: str = plain("Its value, masked.")
    verified: bool = plain("Whether a source vouches for it.")
    first_seen: datetime = plain("When it was shown first.")
    last_seen: datetime = plain("When it was shown last.")
    source: str = plain("Name of a connector that shows it.")


@strawberry.type
class IdentityFields:
    """What a member's identities add to her."""

    version: int | None = plain(
        "Rises with every change of what is hers; null where the platform does not know her."
    )

    @asked(list[MemberIdentity])
    @staticmethod
    async def identities(
        member: Parent[records.Member], info: Ask
    ) -> Sequence[identities.MemberIdentity]:
        """What she is known by, over all memberships that the platform knows."""
        info.context.spend(1)
        return await info.context.platform.identity.identities(member.one_id)
