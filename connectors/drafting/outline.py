"""What a system says of itself, whichever way it says it: its things and their fields."""

import re
from collections.abc import Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import SantongError

_LONGEST = 100
_PATH = re.compile(r"@?[\w$-]+(?:\.[\w$-]+)*")
_COLUMN = re.compile(r"[\w$]+(?:\.[\w$]+)*")
_PLACE = re.compile(r"[\w$.-]+(?:/[\w$.{}-]+)*/?")
_NO_TITLE = re.compile(r"[^\w .,;:()&'/+-]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]|['\"`\\#;]")


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

    def plain(self) -> "Outline":
        """Without what has a name that would be more than a name where a draft writes it.

        A draft writes names into YAML, SQL, GraphQL and XML. A quote, a space or a line end in one
        could say something there that nobody who reads the draft expects.
        """
        path, place = (_COLUMN, _COLUMN) if self.protocol == "sql" else (_PATH, _PLACE)
        things = (_plain(one, path) for one in self.entities if place.fullmatch(one.place))
        title = " ".join(_NO_TITLE.sub(" ", self.title).split())
        return replace(self, title=title[:_LONGEST] or "a system", entities=tuple(things))


def _plain(entity: Entity, path: re.Pattern[str]) -> Entity:
    asks = {ask: told for ask, told in entity.asks.items() if not _BREAKS.search(told)}
    return replace(entity, fields=_fields(entity.fields, path), asks=asks)


def _fields(fields: tuple[Found, ...], path: re.Pattern[str]) -> tuple[Found, ...]:
    return tuple(
        replace(one, fields=_fields(one.fields, path)) for one in fields if path.fullmatch(one.path)
    )
