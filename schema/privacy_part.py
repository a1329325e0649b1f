"""What a resolver may ask of consents and erasures."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.member.consent import Consent, ConsentAnswer, ConsentOutcome
from capabilities.member.erasure import Erasure, ErasureOutcome


class PrivacyPart(Protocol):
    """Consents of people, each by OneID, and who was erased."""

    async def consents(self, one_id: str) -> Sequence[Consent]:
        """What holds for her now, per purpose and medium that she was asked about."""

    async def set_consent(self, answer: ConsentAnswer, idempotency_key: str) -> ConsentOutcome:
        """Record an answer of hers."""

    async def erase(self, one_id: str, reason: str, idempotency_key: str) -> ErasureOutcome:
        """Make a person gone, and tell every system that knows her."""

    async def erasures(self, first: int) -> Sequence[Erasure]:
        """The newest erasures, with the state of every place."""
