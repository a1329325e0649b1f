"""From batches in a source's order to a page in the one order of lists.

A walk reads on until the page is full and known to be complete up to its end, the source has no
more, or the bound of a scan is met. A batch whose order is coarser than ours (a moment shared by
several rows) is used only up to the last moment that is known whole.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import Garbled
from capabilities.estate import Limits
from capabilities.page import PageAsk, SortKey, SourcePage, before
from connectors.manifest import At, CompiledSection
from connectors.ports.wanted import Batch, Wanted

# Sorts behind every row of its moment, whichever way the walk goes.
_LAST_CHANNEL = "\U0010ffff"


class Listed(Protocol):
    """A record that stands in a list."""

    @property
    def sort_key(self) -> SortKey:
        """Its place."""

    @property
    def channel(self) -> str:
        """Its channel."""


class Rules(Struct, frozen=True, kw_only=True):
    """What makes a row part of a page; the same for all batches of a walk.

    `bucket` names the page that a record belongs to, None for no page at all. `scans` says that
    rows will be read in vain, because the source does not answer all of the question. `counts`
    says that the source's own count is that of the list.
    """

    ask: PageAsk
    accepts: Callable[[Any], bool]
    bucket: Callable[[Any], str | None]
    keyset: bool
    scans: bool
    page_max: int
    limits: Limits
    counts: bool = False


class Walk:
    """One stream of batches that fills one page or several."""

    def __init__(
        self, rules: Rules, section: CompiledSection, at: At, buckets: Sequence[str]
    ) -> None:
        self._rules = rules
        self._section = section
        self._at = at
        self._rows: dict[str, dict[SortKey, Any]] = {bucket: {} for bucket in buckets}
        self._more: dict[str, bool] = dict.fromkeys(buckets, False)
        self._held: dict[str | None, tuple[Any, int]] = {}
        self._seen: set[SortKey] = set()
        self._place = rules.ask.after
        self._looked_at = rules.ask.after
        self._known: tuple[str, ...] = ()
        self._met: dict[str, int] = {}
        self._read: int | None = None
        self._calls = 0
        self._wasted = 0
        self._exhausted = False
        self._total: int | None = None

    @property
    def open(self) -> tuple[str, ...]:
        """The pages that need another batch."""
        if self._exhausted or self.truncated:
            return ()
        return tuple(bucket for bucket in self._rows if not self._is_full(bucket))

    @property
    def truncated(self) -> bool:
        """Whether the walk gave up at its bound; only rows that were read in vain count."""
        limits = self._rules.limits
        in_vain = self._calls >= limits.scan_max_calls or self._wasted >= limits.scan_max_rows
        return self._wasted > 0 and in_vain and not self._exhausted

    def next(self, base: Wanted) -> Wanted:
        """The read that continues this walk."""
        return replace(
            base,
            after=self._place,
            limit=self._limit(),
            known=self._known,
            read=self._read,
            tied=len(self._met),
        )

    def take(self, batch: Batch) -> None:
        """Use one batch."""
        self._calls += 1
        self._exhausted = batch.exhausted
        stood = (self._place, self._known, self._read)
        if self._calls == 1:
            self._total = batch.total
        read = [(row, self._section.place_of(row, self._at)) for row in batch.rows]
        self._check_order([value for _, value in read])
        whole = batch.exhausted or batch.whole_ties or self._rules.keyset
        last = read[-1][1] if read else None
        self._meet(read, last)
        rows, self._held = [*self._held.values(), *read], {}
        self._more = dict.fromkeys(self._more, False)
        for row, value in rows:
            self._use(row, value, settled=whole or value != last)
        self._read = batch.end
        if read and not batch.exhausted:
            self._move(read[0][1], read[-1][1], whole=whole)
        again = bool(read) or self._calls > 1
        if again and self.open and stood == (self._place, self._known, self._read):
            raise Garbled("the source does not move on", source=self._at.connector)

    def page(self, bucket: str) -> SourcePage[Any]:
        """The page as far as the walk came."""
        ask = self._rules.ask
        rows = sorted(
            self._rows[bucket].values(),
            key=lambda row: row.sort_key.rank,
            reverse=not ask.newest_first,
        )
        full = self._is_full(bucket)
        cut = self.truncated and not full
        return SourcePage(
            rows=tuple(rows[: ask.first]),
            has_more=len(rows) > ask.first or self._more[bucket] or cut,
            total=self._total if self._rules.counts and self._wasted == 0 else None,
            truncated_at=self._looked_at if cut else None,
        )

    def _use(self, row: Any, value: int, *, settled: bool) -> None:
        record = next(iter(self._section.records((row,), self._at)), None)
        key = record.sort_key if record is not None else self._end_of(value)
        if not self._is_new(key) or (record is not None and key in self._seen):
            return
        bucket = self._rules.bucket(record) if record is not None else None
        wanted = bucket in self._rows and self._rules.accepts(record)
        if not settled:
            self._held[self._section.id_of(row)] = (row, value)
            if wanted and bucket is not None:
                self._more[bucket] = True
            return
        if wanted and bucket is not None:
            self._rows[bucket][key] = record
        else:
            self._wasted += 1
        self._pass(key)

    def _meet(self, read: Sequence[tuple[Any, int]], last: int | None) -> None:
        """Remember which rows of the last moment came, also those before the place asked."""
        self._met = {name: value for name, value in self._met.items() if value == last}
        for row, value in read:
            name = self._section.id_of(row) if value == last else None
            if name is not None:
                self._met[name] = value

    def _pass(self, key: SortKey) -> None:
        """Note how far the walk has looked; a keyset walk trusts the source's order and checks."""
        self._seen.add(key)
        if self._looked_at is None or self._is_after(key, self._looked_at):
            self._looked_at = key
        elif self._rules.keyset:
            raise Garbled("the source ignores the order asked", source=self._at.connector)

    def _is_new(self, key: SortKey) -> bool:
        after = self._rules.ask.after
        return after is None or self._is_after(key, after)

    def _is_after(self, key: SortKey, place: SortKey) -> bool:
        return before(place, key, newest_first=self._rules.ask.newest_first)

    def _move(self, head: int, last: int, *, whole: bool) -> None:
        """Where the next batch starts: behind the last row, or at its moment again."""
        if self._rules.keyset:
            if self._looked_at == self._place:
                raise Garbled("the source does not move on", source=self._at.connector)
            self._place = self._looked_at
            return
        if whole:
            step = -1 if self._rules.ask.newest_first else 1
            self._place = SortKey(last + step, *self._start_of())
            return
        stuck = self._place is not None and head == last == self._place.value
        self._known = tuple(self._met) if stuck else ()
        self._place = SortKey(last, *self._start_of())

    def _start_of(self) -> tuple[str, str]:
        """Channel and key of a place before every row of its moment."""
        return ("", "") if self._rules.ask.newest_first else (_LAST_CHANNEL, "")

    def _end_of(self, value: int) -> SortKey:
        return SortKey(value, _LAST_CHANNEL if self._rules.ask.newest_first else "", "")

    def _check_order(self, values: Sequence[int]) -> None:
        ordered = sorted(values, reverse=self._rules.ask.newest_first)
        if list(values) != ordered:
            raise Garbled("the source ignores the order asked", source=self._at.connector)

    def _limit(self) -> int:
        """Just enough for one page; a full batch for several, and after a first one fell short."""
        rules = self._rules
        if self._calls or len(self._rows) > 1 or rules.scans:
            return rules.page_max
        again = rules.ask.after is not None and not rules.keyset
        return min(rules.page_max, rules.ask.first + 1 + again)

    def _is_full(self, bucket: str) -> bool:
        count = len(self._rows[bucket])
        first = self._rules.ask.first
        return count > first or (count == first and (self._more[bucket] or self._exhausted))
