"""What a system says of itself, whichever way it says it: its things and their fields."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from capabilities.errors import SantongError


class DraftError(SantongError):
    """A description that no manifest can be drafted from; the message says why."""

    code = "MANIFEST_DRAFT_FAILED"


class Holds(Enum):
    """What a field holds, as far as the description says."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"
    LOCAL = "local"
    DATE = "date"
    LIST = "list"


class Found(Struct, frozen=True, kw_only=True):
    """One field of a thing; `path` is where its value stands in a row.

    `fields` are those of a list's items, `words` the values that a text may have.
    """

    path: str
    holds: Holds = Holds.TEXT
    words: tuple[str, ...] = ()
    fields: tuple["Found", ...] = ()

    @property
    def name(self) -> str:
        """Its own name, without the way to it and without the envelope of OData V2's lists."""
        return self.path.removesuffix(".results").rpartition(".")[2]


class Entity(Struct, frozen=True, kw_only=True):
    """One kind of thing; `place` is how it is asked for: an entity set, a path, a table.

    `keys` are the fields that name one thing, `asks` what the protocol knows of how lists of it
    are asked: parameters of a list, or a query of its own.
    """

    name: str
    place: str
    fields: tuple[Found, ...]
    keys: tuple[str, ...] = ()
    asks: Mapping[str, str] = {}


class Outline(Struct, frozen=True, kw_only=True):
    """A whole description; `head` are lines of the manifest that only its protocol has."""

    protocol: str
    title: str
    entities: tuple[Entity, ...]
    head: tuple[str, ...] = ()
