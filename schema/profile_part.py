"""What a resolver may ask of people's profiles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from capabilities.member.touches import Touch, Touching, Touchpoint
from capabilities.profile.attributes import Attribute
from capabilities.profile.purchases import MemberAffinity, MemberStatistics, Recommendation
from capabilities.profile.rules import DeclaredAttribute
from capabilities.profile.tags import Tag, Tagging


class ProfilePart(Protocol):
    """The profile of people, each by OneID; all people of a wave are asked for at once.

    While the store is away there is nothing to tell, and the answer's warnings say so.
    """

    async def declared(self) -> Sequence[DeclaredAttribute]:
        """The attributes that are kept of people."""

    async def attributes(self, one_id: str) -> Sequence[Attribute]:
        """What survives of what her sources told."""

    async def statistics(self, one_id: str) -> MemberStatistics | None:
        """The figures of her orders; None where they were not computed yet."""

    async def affinity(self, one_id: str) -> MemberAffinity | None:
        """The categories that she buys; None where they were not computed yet."""

    async def tags(self, one_id: str) -> Sequence[Tag]:
        """The words that staff put on her."""

    async def touches(self, one_id: str, first: int) -> Sequence[Touch]:
        """The newest contacts with her."""

    async def new_products(self, one_id: str, first: int) -> Sequence[Recommendation]:
        """New products of her categories."""

    async def tag(
        self, one_id: str | None, tag: str, expires_at: datetime | None, idempotency_key: str
    ) -> Tagging:
        """Put a word on a person; None where there is no such person for the caller."""

    async def untag(self, one_id: str | None, tag: str, idempotency_key: str) -> Tagging:
        """Take a word away."""

    async def record_touch(self, told: Touchpoint | None, idempotency_key: str) -> Touching:
        """Keep a touchpoint; None where it was with nobody whom the caller may see."""
