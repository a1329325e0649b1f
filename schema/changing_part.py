"""Registering, changing and binding members, as the platform answers it."""

from collections.abc import Sequence
from typing import Protocol

from capabilities.member.changing import Binding, Registering, Updating
from capabilities.member.records import Member
from capabilities.member.writing import PersonFields
from capabilities.profile.telling import GivenAttribute


class ChangingPart(Protocol):
    """Changes of people; what a system owns is queued for it."""

    async def register(
        self, channel: str, person: PersonFields, idempotency_key: str
    ) -> Registering:
        """Make somebody a member of a channel."""

    async def update(
        self,
        member: Member | None,
        person: PersonFields,
        attributes: Sequence[GivenAttribute],
        idempotency_key: str,
    ) -> Updating:
        """Change what is known of a person, in all her memberships, and keep her attributes."""

    async def bind(
        self, member: Member | None, channel: str, number: str, phone: str, idempotency_key: str
    ) -> Binding:
        """Make a membership hers that shows this phone; wrong ones are counted."""
