"""Tags: words that people of the retailer put on a person, each with its author and its end."""

from datetime import datetime

from msgspec import Struct

from capabilities.declined import Declined


class Tag(Struct, frozen=True, kw_only=True, gc=False):
    """One word on one person; without `expires_at` it stays until it is taken away."""

    tag: str
    author: str
    tagged_at: datetime
    expires_at: datetime | None = None


class Tags(Struct, frozen=True, kw_only=True):
    """A person's tags as they stand after a change."""

    one_id: str
    tags: tuple[Tag, ...]


class TagDeclined(Declined, frozen=True, kw_only=True):
    """Nothing was done: there is no such person to tag, or the tag has ended already."""
