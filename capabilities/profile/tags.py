"""Tags: words that people of the retailer put on a person, each with its author and its end."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.operations import IdempotencyKeyReused

LONGEST_TAG = 50


class Tag(Struct, frozen=True, kw_only=True, gc=False):
    """One word on one person; without `expires_at` it stays until it is taken away."""

    tag: str
    author: str
    tagged_at: datetime
    expires_at: datetime | None = None


class Tagged(Struct, frozen=True, kw_only=True, tag=True):
    """A person's tags as they stand after a change."""

    brand: str
    one_id: str
    tags: tuple[Tag, ...]

    @property
    def member_id(self) -> str:
        """Relay global id of the person."""
        return global_id("Member", self.brand, self.one_id)


class TagDeclined(Declined, frozen=True, kw_only=True):
    """Nothing was done: there is no such person to tag, or the tag would have ended already."""


Tagging: TypeAlias = Tagged | TagDeclined | IdempotencyKeyReused
