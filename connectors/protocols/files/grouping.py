"""Lines that belong together as one row: the lines of a receipt follow each other in a dump.

A receipt of which a line is bad is held back whole: with a line less it would look like another.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.protocols.files.feed import Feed, Group
from connectors.protocols.files.found import Bad, Found, Row, bad

# A receipt of more lines is a column that is not the receipt's number.
_MOST_LINES = 5_000


def grouped(feed: Feed, found: Iterable[Found]) -> Iterator[Found]:
    """The rows of a feed's groups; the found itself where it has none."""
    if feed.group is None:
        yield from found
        return
    receipts = _Receipts(feed.group)
    for one in found:
        yield from receipts.take(one)
    yield from receipts.close()


class _Receipts:
    def __init__(self, group: Group) -> None:
        self._group = group
        self._key: tuple[Any, ...] | None = None
        self._rows: list[Row] = []
        self._last = 0
        self._broken: list[Bad] = []
        self._between: list[Bad] = []
        self._done: set[int] = set()

    def take(self, one: Found) -> Iterator[Found]:
        """What is known to be whole once this line is read."""
        if isinstance(one, Bad):
            yield one
            if not one.kept:
                self._between.append(one)
            return
        key = tuple(one.value.get(name) for name in self._group.by)
        if key != self._key:
            yield from self.close()
            self._key = key
        elif self._between:
            self._broken += self._between  # a bad line between two of a receipt is of it
        self._between = []
        self._last = one.line
        if len(self._rows) <= _MOST_LINES:
            self._rows.append(one)

    def close(self) -> Iterator[Found]:
        """The receipt whose lines end here."""
        rows, self._rows = self._rows, []
        broken, self._broken = self._broken, []
        if not rows:
            return
        first, last = rows[0].line, self._last
        mark = hash(self._key)
        if broken:
            reason = f"line {broken[0].line} of it is bad"
            yield bad(first, "RECEIPT_BROKEN", reason, last)
        elif mark in self._done:
            yield bad(first, "RECEIPT_APART", "its lines do not stand together", last)
        elif len(rows) > _MOST_LINES:
            yield bad(first, "RECEIPT_TOO_LONG", f"more than {_MOST_LINES} lines", last)
        else:
            yield Row(first, self._whole(rows))
        self._done.add(mark)

    def _whole(self, rows: list[Row]) -> dict[str, Any]:
        heads = (*self._group.by, *self._group.head)
        lines = [
            {name: value for name, value in row.value.items() if name not in heads} for row in rows
        ]
        return {name: rows[0].value.get(name) for name in heads} | {self._group.into: lines}
