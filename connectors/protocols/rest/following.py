"""Lists whose every page names the next: by a cursor, a link or the key of its last row."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from capabilities.errors import Garbled
from connectors.protocols.rest.paging import Step, Turn, told

_LONGEST = 4000


class _Following(Struct, frozen=True, kw_only=True):
    size: int = 100
    size_param: str = "limit"
    total_header: str = "x-wp-total"

    @property
    def most(self) -> int | None:
        """All rows that came."""
        return None

    def first(self) -> Step:
        """The list itself."""
        return Step({self.size_param: str(self.size)})

    def total(self, turn: Turn) -> int | None:
        """The number that the body or the header says."""
        return told(turn, self.total_header)


class Cursor(_Following, frozen=True, kw_only=True):
    """The body holds a text that asks for the next page: a cursor, or a skip token."""

    param: str

    def after(self, turn: Turn) -> Step | None:
        """The cursor, as long as there is one and the body does not say that this is the end."""
        cursor = _text(turn.said.get("cursor"), turn)
        if cursor is None or turn.said.get("more", True) in (False, "false", 0, "0"):
            return None
        return Step({self.size_param: str(self.size), self.param: cursor})


class NextLink(_Following, frozen=True, kw_only=True):
    """The body holds the address of the next page, which is asked from our own base."""

    def after(self, turn: Turn) -> Step | None:
        """The link."""
        link = _text(turn.said.get("link"), turn)
        return None if link is None else Step(link=link)


class Keyset(_Following, frozen=True, kw_only=True):
    """The next page is asked by the key of the last row."""

    param: str
    key_of: Callable[[Any], str | None]

    def after(self, turn: Turn) -> Step | None:
        """The key, while pages come full or the body says that more comes."""
        more = turn.said.get("more", turn.rows >= self.size)
        if not turn.rows or more in (False, "false", 0, "0"):
            return None
        key = _text(self.key_of(turn.last), turn)
        if key is None:
            raise Garbled("the last row of a page has no key", source=turn.source)
        return Step({self.size_param: str(self.size), self.param: key})


def _text(raw: Any, turn: Turn) -> str | None:
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str | int) or isinstance(raw, bool) or len(str(raw)) > _LONGEST:
        raise Garbled("the answer's way to its next page is no text", source=turn.source)
    return str(raw)
