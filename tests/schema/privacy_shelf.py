"""One record of everything that consents and erasures hold."""

from collections.abc import Sequence
from datetime import UTC, datetime

from capabilities.member.consent import (
    Consent,
    ConsentAnswer,
    ConsentDeclined,
    ConsentMedium,
    ConsentOutcome,
    ConsentPurpose,
    ConsentRecorded,
    ConsentStatus,
)
from capabilities.member.erasure import (
    EraseDeclined,
    Erasure,
    ErasureOutcome,
    ErasurePlace,
    ErasureState,
)
from capabilities.operations import IdempotencyKeyReused

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
CONSENT = Consent(
    purpose=ConsentPurpose.MARKETING,
    medium=ConsentMedium.SMS,
    status=ConsentStatus.GRANTED,
    text_version="2026-10",
    source="store:0017",
    at=NOON,
    expires_at=NOON,
)
ERASURE = Erasure(
    id="e1",
    one_id="lin",
    author="admin-1",
    reason="ticket 12",
    erased_at=NOON,
    places=(
        ErasurePlace(place="platform:copy", state=ErasureState.DONE, changed_at=NOON),
        ErasurePlace(
            place="pos/store/7",
            state=ErasureState.UNSUPPORTED,
            changed_at=NOON,
            channel="store",
            customer="7",
        ),
    ),
)
_REUSED = IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey"))


class PrivacyShelf:
    """Implements `schema.privacy_part.PrivacyPart`."""

    def __init__(self) -> None:
        self.answers: list[ConsentAnswer] = []

    async def consents(self, one_id: str) -> Sequence[Consent]:
        assert one_id
        return (CONSENT,)

    async def set_consent(self, answer: ConsentAnswer, idempotency_key: str) -> ConsentOutcome:
        self.answers.append(answer)
        if idempotency_key == "reused":
            return _REUSED
        if answer.text_version == "unknown":
            path = ("input", "textVersion")
            return ConsentDeclined(code="CONSENT_TEXT_UNKNOWN", path=path, valid=("2026-10",))
        return ConsentRecorded(one_id="lin", allowed=True)

    async def erase(self, one_id: str, reason: str, idempotency_key: str) -> ErasureOutcome:
        assert one_id
        if idempotency_key == "reused":
            return _REUSED
        if reason == "nobody":
            return EraseDeclined(code="MEMBER_UNKNOWN", path=("input", "member"))
        return ERASURE

    async def erasures(self, first: int) -> Sequence[Erasure]:
        return (ERASURE,)[:first]
