"""The position of a feed as text: how far its pass came, and where the next one begins."""

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.page import SortKey


class Position(Struct, frozen=True, kw_only=True, array_like=True):
    """`mark` is the newest moment of the passes that ended, None before the first of them.

    The others are about a pass that has not ended: which of its lists is read, from which moment
    it began, behind which place it goes on, and the newest moment that it saw.
    """

    mark: int | None = None
    stage: int = 0
    since: int | None = None
    after: SortKey | None = None
    newest: int | None = None


_DECODER = msgspec.json.Decoder(Position)


def written(position: Position) -> str:
    """A position as text."""
    return msgspec.json.encode(position).decode()


def read(text: str | None) -> Position:
    """The position of a text; BadInput for one that is none."""
    if text is None:
        return Position()
    try:
        return _DECODER.decode(text)
    except msgspec.MsgspecError:
        pass
    raise BadInput("the text is no position of a feed", code="POSITION_INVALID")
