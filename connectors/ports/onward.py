"""One list read from its oldest row to its newest, by batches, and the place to go on from.

A batch may begin before the place that was asked and repeat rows of its moment; what was given
is not given again while the reading lasts. Garbled where the source does not do what it was asked.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from capabilities.errors import Garbled
from capabilities.page import SortKey
from capabilities.time import from_micros
from connectors.manifest.model import Ties
from connectors.ports.port import Bound
from connectors.ports.wanted import Batch, Wanted

# Sorts before every row of its moment, oldest first.
_BEFORE = ("\U0010ffff", "")
# Bounds of some systems leave out the second that they name, so it is asked again.
_SECOND = 1_000_000


class Told(Struct, frozen=True):
    """A row as it was read: its natural key, and where it stands."""

    row: Any
    key: str
    moment: int


class Onward:
    """A reading of one list, from `after` on; nothing older than `since` is expected."""

    def __init__(self, bound: Bound, after: SortKey | None, since: int | None) -> None:
        order = bound.compiled.section.order
        self._bound = bound
        self._keyset = order is not None and order.ties is Ties.KEYSET
        self._limit = order.page_max if order is not None else 100
        self._since = since
        self.after = after
        self.ended = False
        self.total: int | None = None
        self._known: tuple[str, ...] = ()
        self._met: dict[str, int] = {}
        self._tied = 0
        self._read: int | None = None
        self._further: Any = None
        self._calls = 0

    async def batch(self) -> list[Told]:
        """The next rows that are ours and were not given yet; may be none before the end."""
        batch = await self._bound.reader.rows(self._wanted())
        self._calls += 1
        if self._calls == 1:
            self.total = batch.total
        moments = self._moments(batch.rows)
        rows = self._new(batch.rows, moments)
        self._move(batch, moments, rows)
        return [one for one in rows if one.key]

    def _wanted(self) -> Wanted:
        return Wanted(
            channels=self._bound.at.channels,
            newest_first=False,
            limit=self._limit,
            after=self.after,
            since=None if self._since is None else from_micros(self._since),
            known=self._known,
            read=self._read,
            tied=self._tied,
            further=self._further,
        )

    def _moments(self, rows: Sequence[Any]) -> list[int]:
        """Where the rows stand; Garbled where they are not in order, or older than was asked."""
        compiled, at = self._bound.compiled, self._bound.at
        moments = [compiled.place_of(row, at) for row in rows]
        if moments != sorted(moments):
            raise Garbled("the source ignores the order asked", source=at.connector)
        if moments and self._since is not None and moments[0] < self._since - _SECOND:
            message = "the source answers what changed before the moment asked"
            raise Garbled(message, source=at.connector, code="UPSTREAM_FILTER_IGNORED")
        return moments

    def _new(self, rows: Sequence[Any], moments: Sequence[int]) -> list[Told]:
        """Rows that did not come before; a row of nobody's channel has no key."""
        compiled, at = self._bound.compiled, self._bound.at
        found = []
        for row, moment in zip(rows, moments, strict=True):
            name = compiled.id_of(row) or ""
            if self._met.get(name) == moment:
                continue
            own = compiled.owner(row, at) is not None
            found.append(Told(row, (compiled.natural_key(row, at) or "") if own else "", moment))
        return found

    def _move(self, batch: Batch, moments: Sequence[int], rows: Sequence[Told]) -> None:
        """Where the next batch starts: behind the last row, or at its moment again."""
        stood = (self.after, self._known, self._read, self._further)
        self.ended = batch.exhausted
        self._read, self._further = batch.end, batch.further
        if moments:
            self._meet(batch, moments)
            self._place(batch, moments, rows)
        if not self.ended and self._calls > 1 and stood == self._state():
            raise Garbled("the source does not move on", source=self._bound.at.connector)

    def _state(self) -> tuple[Any, ...]:
        return (self.after, self._known, self._read, self._further)

    def _meet(self, batch: Batch, moments: Sequence[int]) -> None:
        """Remember which rows came with this batch, or in its last second: they may come again."""
        oldest, last = moments[-1] - _SECOND, moments[-1]
        self._met = {name: value for name, value in self._met.items() if value >= oldest}
        id_of = self._bound.compiled.id_of
        for row, moment in zip(batch.rows, moments, strict=True):
            if (name := id_of(row)) is not None:
                self._met[name] = moment
        self._tied = sum(1 for value in self._met.values() if value == last)

    def _place(self, batch: Batch, moments: Sequence[int], rows: Sequence[Told]) -> None:
        last = moments[-1]
        if self._keyset:
            own = [one for one in rows if one.key and one.moment == last]
            compiled, at = self._bound.compiled, self._bound.at
            # A moment without a row of ours is passed whole.
            channel = compiled.owner(own[-1].row, at) if own else ""
            self.after = SortKey(last, channel or "", own[-1].key if own else "")
        elif batch.whole_ties and not batch.exhausted:
            self._known = ()
            self.after = SortKey(last + 1, *_BEFORE)
        else:
            stuck = self.after is not None and moments[0] == last == self.after.value
            same = [name for name, value in self._met.items() if value == last]
            self._known = tuple(same) if stuck else ()
            self.after = SortKey(last, *_BEFORE)
