"""Consents: what a person allows, and how an answer of hers is recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET, Parent

from capabilities.errors import BadInput
from capabilities.member import consent, records
from capabilities.member.consent import ConsentMedium, ConsentPurpose, ConsentStatus
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(consent.Consent)
class Consent:
    """What holds for a person, for one purpose and one way: the most restrictive of her answers."""

    purpose: ConsentPurpose = plain("What for.")
    medium: ConsentMedium = plain("By which way.")
    status: ConsentStatus = plain("What holds now.")
    text_version: str | None = plain("Version of the words that she answered.")
    source: str = plain("Where she answered, such as `store:0017`.")
    at: datetime = plain("When she answered.")
    expires_at: datetime | None = plain("When a grant ends; null for none that does.")


@view(consent.ConsentRecorded)
class ConsentRecorded:
    """The answer was recorded, and what holds for her now."""

    allowed: bool = plain("Whether she may be reached for this purpose, this way, now.")


@view(consent.ConsentDeclined)
class ConsentDeclined(UserError):
    """Nothing was recorded: there is no such person, or a grant names no known words."""

    valid: list[str] = plain("Versions of the words that are kept for this purpose.")


SetConsentResult = Annotated[
    Union[ConsentRecorded, ConsentDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("SetConsentResult", description="What became of an answer."),
]


@strawberry.input(description="An answer of a person.")
class SetConsentInput:
    """Who answered what."""

    member: strawberry.ID = strawberry.field(description="Id of the Member.")
    purpose: ConsentPurpose = strawberry.field(description="What for.")
    medium: ConsentMedium = strawberry.field(description="By which way; ANY for all of them.")
    status: ConsentStatus = strawberry.field(
        description="Her answer: GRANTED, DENIED when she was asked, REVOKED when she took it back."
    )
    text_version: str | None = strawberry.field(
        default=UNSET, description="Version of the words that she saw; a grant needs it."
    )
    source: str = strawberry.field(
        description="Where she answered: a word such as `store:0017`, nothing personal."
    )
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="When a grant ends; never where absent."
    )
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class ConsentFields:
    """What consents add to a member."""

    @asked(list[Consent])
    @staticmethod
    async def consents(member: Parent[records.Member], info: Ask) -> Sequence[consent.Consent]:
        """What she allows 同意, per purpose and way that she was asked about."""
        info.context.spend(1)
        return await info.context.platform.privacy.consents(member.one_id)


@strawberry.type
class ConsentMutations:
    """What can be done with consents."""

    @asked(SetConsentResult | None)
    @staticmethod
    async def set_consent(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            SetConsentInput, strawberry.argument(description="Who answered what.")
        ],
    ) -> consent.ConsentOutcome:
        """Record an answer of a person; those before it stay in her history."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        if input.status is ConsentStatus.EXPIRED:
            raise BadInput("`status` is GRANTED, DENIED or REVOKED; a grant expires by itself.")
        one_id = parse_id(input.member, "Member").key
        found = await info.context.reader.member_by_one_id(one_id)
        if found is None:
            return consent.ConsentDeclined(code="MEMBER_UNKNOWN", path=("input", "member"))
        answer = consent.ConsentAnswer(
            one_id=found.one_id,
            membership=None,
            purpose=input.purpose,
            medium=input.medium,
            status=input.status,
            text_version=optional_text("textVersion", input.text_version),
            source=bounded_text("source", input.source),
            at=None,
            expires_at=given(input.expires_at),
        )
        return await info.context.platform.privacy.set_consent(answer, key)
