"""Moving through a merged list: where a cursor goes on, and where each channel stands then."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import BadInput
from capabilities.page import SortKey
from capabilities.time import from_micros
from gateway.federation.cursor import Cursor, decode, encode
from gateway.federation.merge_answer import Answer
from gateway.federation.merge_source import R


def resume(start: Cursor, text: str) -> Cursor:
    """The walk that a cursor's text continues; `start` is the same list at its beginning.

    BadInput with BAD_CURSOR, CURSOR_FILTER_MISMATCH or CURSOR_EXPIRED.
    """
    cursor = decode(text, start.filter_hash)
    gone = set(cursor.channels) - set(start.channels)
    if gone:
        raise BadInput(_expiry(start, cursor, gone), code="CURSOR_EXPIRED")
    if cursor.newest_first != start.newest_first:
        return turn(start, cursor)
    return replace(start, own=cursor.own, frontier=cursor.frontier, stands=cursor.stands)


def turn(start: Cursor, cursor: Cursor) -> Cursor:
    """The walk in the other direction from the cursor's own row; nothing lags in it yet."""
    if cursor.own is None:
        raise BadInput("this cursor marks no row; start without a cursor", code="BAD_CURSOR")
    return replace(start, own=cursor.own, frontier=cursor.own)


def _expiry(start: Cursor, cursor: Cursor, gone: set[str]) -> str:
    """Why a walk cannot go on, between which versions of the estate, and where it stood."""
    why = (
        f"no source answers for {', '.join(sorted(gone))} since the estate went from version "
        f"{cursor.estate_version} to {start.estate_version}"
    )
    if cursor.frontier is None:
        return f"{why}; start from the beginning"
    place = from_micros(cursor.frontier.value).isoformat().replace("+00:00", "Z")
    return f"{why}; start again from {place}"


def advance(walk: Cursor, answers: Sequence[Answer[R]], edge: SortKey | None) -> Cursor:
    """The walk after a page was delivered up to `edge`; None when the page has no rows."""
    frontier = walk.further(walk.frontier, edge)
    stands = {channel: walk.stand(channel) for channel in walk.channels}
    for one in answers:
        for channel in one.ask.channels:
            stands[channel] = stand_after(walk, one, walk.stand(channel), edge)
    return replace(
        walk,
        own=edge or walk.own,
        frontier=frontier,
        stands={channel: stand for channel, stand in stands.items() if stand != frontier},
    )


def stand_after(
    walk: Cursor, one: Answer[R], stand: SortKey | None, edge: SortKey | None
) -> SortKey | None:
    """Where the channels of one answer stand after `edge`: no further than what was delivered.

    A bounded scan of which every row is delivered stands where the scan ended.
    """
    if one.page is None:
        return stand
    end = one.page.truncated_at
    if end is not None and (not one.keys or walk.further(one.keys[-1], edge) == edge):
        return end
    return walk.further(stand, edge)


class Delivered(Struct, frozen=True):
    """The place behind a row that a page delivers.

    Its cursor is worked out when somebody reads it; it says where every channel stands then.
    """

    walk: Cursor
    answers: Sequence[Answer[Any]]
    row: SortKey

    @property
    def cursor(self) -> str:
        """The text of the cursor."""
        return encode(advance(self.walk, self.answers, self.row))
