"""A wish about a pair, as a client states it."""

from enum import Enum

from msgspec import Struct

from capabilities.adoption.evidence import Fact
from capabilities.estate import Capability


class AdoptionSignature(Enum):
    """What a person may vouch for, because nobody can measure it."""

    OWNER_NAMED = Fact.OWNER_NAMED.value
    RUNBOOK_REHEARSED = Fact.RUNBOOK_REHEARSED.value
    BUSINESS_SIGNED = Fact.BUSINESS_SIGNED.value
    ARCHIVE_EXPORTED = Fact.ARCHIVE_EXPORTED.value

    @property
    def fact(self) -> Fact:
        """The fact that it becomes."""
        return Fact(self.value)


class HaltWish(Struct, frozen=True, kw_only=True):
    """Which pairs are to be halted together, why, and under which idempotency key.

    Those of a channel, of a capability, of both, or all.
    """

    reason: str
    key: str
    channel: str | None = None
    capability: Capability | None = None


class PairWish(Struct, frozen=True, kw_only=True):
    """Which pair, why, at which version of it, and under which idempotency key."""

    channel: str
    capability: Capability
    reason: str
    key: str
    version: int | None = None
