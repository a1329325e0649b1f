"""Feeds of records: what changed since a position, and everything where nothing tells changes."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace

from capabilities.errors import Garbled, Refused
from capabilities.feed import FeedPage, FeedRow
from capabilities.member.ports import MembershipFeed
from capabilities.member.records import Membership
from capabilities.order.ports import OrderFeed
from capabilities.order.records import Order
from capabilities.page import SortKey
from capabilities.time import from_micros, micros
from connectors.ports.copying import making_of
from connectors.ports.onward import Onward, Told
from connectors.ports.port import Bound, Port
from connectors.ports.position import Position, read, written

_DIGEST_BYTES = 16
_MINUTE = 60_000_000
_encode = msgspec.msgpack.Encoder().encode


class MembershipChanges(Port, MembershipFeed):
    """Memberships that changed."""

    def membership_changes(
        self, position: str | None, since: datetime | None = None
    ) -> AsyncIterator[FeedPage[Membership]]:
        """One pass of everything behind a position, or since a moment."""
        return changes(self, "memberships", position, since)


class OrderChanges(Port, OrderFeed):
    """Orders that changed."""

    def order_changes(
        self, position: str | None, since: datetime | None = None
    ) -> AsyncIterator[FeedPage[Order]]:
        """One pass of everything behind a position, or since a moment."""
        return changes(self, "orders", position, since)


async def changes(
    port: Port, name: str, position: str | None, since: datetime | None
) -> AsyncIterator[FeedPage[Any]]:
    """One pass of a section's changes: new rows first, where they have no moment of change."""
    feed = port._feeds[name]  # noqa: SLF001 - ports are one family
    spec = port._bound[name].compiled.section.changes  # noqa: SLF001 - as above
    if spec is None:
        raise TypeError("a section without changes")
    lists = [port._bound[name], feed] if spec.new_apart else [feed]  # noqa: SLF001 - as above
    place = _begun(read(position), since, spec.overlap_minutes * _MINUTE)
    async for page in _passed(port, name, lists, place):
        yield page


async def everything(
    port: Port, name: str, position: str | None, since: datetime | None
) -> AsyncIterator[FeedPage[Any]]:
    """One pass of a section's whole list, of which nobody says what changed."""
    bound = port._bound[name]  # noqa: SLF001 - ports are one family
    search = bound.compiled.section.search
    if search is None or search.missing(frozenset()):
        message = f"its {name} cannot be read as a whole: the system has no such list"
        raise Refused(message, source=port.spec.name, code="LIST_UNSUPPORTED")
    place = read(position)
    if place.after is None and since is not None:
        place = replace(place, since=micros(since))
    async for page in _passed(port, name, [bound], replace(place, mark=None)):
        yield replace(page, whole=page.done and place.since is None)


def _begun(place: Position, since: datetime | None, overlap: int) -> Position:
    """A pass that begins, or one that goes on: the overlap is taken off once."""
    if since is not None:
        return Position(mark=place.mark, since=micros(since))
    if place.after is not None or place.stage or place.mark is None:
        return place
    return replace(place, since=place.mark - overlap)


async def _passed(
    port: Port, name: str, lists: Sequence[Bound], place: Position
) -> AsyncIterator[FeedPage[Any]]:
    while True:
        bound = lists[place.stage]
        reading = Onward(bound, place.after, place.since)
        row_of = digested(bound)
        while not reading.ended:
            async with port._observed(f"{name}_changes", 1), port._deadline():  # noqa: SLF001 - as above
                told = await reading.batch()
            newest = max([one.moment for one in told], default=None)
            place = _moved(place, reading.after, newest)
            last = reading.ended and place.stage + 1 == len(lists)
            if reading.ended:
                place = _ended(place) if last else replace(place, stage=place.stage + 1, after=None)
            yield FeedPage(
                rows=tuple(map(row_of, told)),
                position=written(place),
                done=last,
                moment=None if newest is None else from_micros(newest),
                total=reading.total,
            )
            if last:
                return


def _moved(place: Position, after: SortKey | None, newest: int | None) -> Position:
    seen = [one for one in (place.newest, newest) if one is not None]
    return replace(place, after=after, newest=max(seen, default=None))


def _ended(place: Position) -> Position:
    """The next pass begins at the newest moment that this one saw."""
    seen = [one for one in (place.mark, place.newest) if one is not None]
    return Position(mark=max(seen, default=None))


Digested = Callable[[Told], FeedRow[Any]]


def digested(bound: Bound) -> Digested:
    """How a list's rows get their digests.

    Where changes are told, few rows come again, and one that was merely looked at may count as
    changed: the record decides, without the time of its change. Elsewhere most rows are as they
    were, and the fields that the mapping reads say so before they are mapped.
    """
    told = bound.compiled.section.changes is not None or bound.compiled.section.moment is not None
    return partial(_by_record, bound) if told else partial(_by_row, bound, _key_of(bound))


def _key_of(bound: Bound) -> bytes:
    """What makes another record of the same row, such as a mapping that changes."""
    return making_of(bound.compiled, bound.at).encode()


def _by_row(bound: Bound, key: bytes, told: Told) -> FeedRow[Any]:
    digest = blake2b(_encode(told.row), digest_size=_DIGEST_BYTES, key=key).digest()
    return FeedRow(told.key, digest, partial(bound.compiled.record, told.row, bound.at))


def _by_record(bound: Bound, told: Told) -> FeedRow[Any]:
    try:
        record = bound.compiled.record(told.row, bound.at)
    except Garbled:
        return _by_row(bound, b"", told)
    plain = replace(record, updated_at=None) if isinstance(record, Order) else record
    digest = blake2b(_encode(plain), digest_size=_DIGEST_BYTES).digest()
    return FeedRow(told.key, digest, lambda: record)
