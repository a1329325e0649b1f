"""From batches in a source's order to a page in the one order of lists.

A walk reads on until the page is full and known to be complete up to its end, the source has no
more, or the bound of a scan is met. A batch whose order is coarser than ours (a moment shared by
several rows) is used only up to the last moment that is known whole.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from capabilities.errors import Garbled
from capabilities.estate import Limits
from capabilities.page import PageAsk, Rank, SortKey, SourcePage
from connectors.manifest import At, CompiledSection
from connectors.ports.wanted import Batch, Wanted

# Sorts behind every row of its moment, whichever way the walk goes.
_LAST_CHANNEL = "\U0010ffff"


class Read(NamedTuple):
    """A row as it was read, once: its record, None where it is not ours, and its place."""

    row: Any
    record: Any
    key: SortKey
    rank: Rank


def read_rows(
    section: CompiledSection, at: At, rows: Iterable[Any], *, newest_first: bool
) -> list[Read]:
    """Rows with their records and places; a row that is not ours stands at its moment's end.

    Garbled where a row does not fit the manifest.
    """
    end = _LAST_CHANNEL if newest_first else ""
    return [
        read_row(row, record)
        if (record := section.record(row, at)) is not None
        else Read(row, None, place := SortKey(section.place_of(row, at), end, ""), place.rank)
        for row in rows
    ]


def read_row(row: Any, record: Any) -> Read:
    """A row of ours with the record that was made of it."""
    key: SortKey = record.sort_key
    return Read(row, record, key, key.rank)


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
        self._newest = rules.ask.newest_first
        self._section = section
        self._at = at
        self._rows: dict[str, dict[Rank, Any]] = {bucket: {} for bucket in buckets}
        self._more: dict[str, bool] = dict.fromkeys(buckets, False)
        self._held: dict[str | None, Read] = {}
        self._seen: set[Rank] = set()
        self._after = rules.ask.after.rank if rules.ask.after is not None else None
        self._place = rules.ask.after
        self._looked_at = rules.ask.after
        self._looked_rank = self._after
        self._known: tuple[str, ...] = ()
        self._met: dict[str, int] = {}
        self._read: int | None = None
        self._further: Any = None
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
            customers=None if base.customers is None else self.open,
            after=self._place,
            limit=self._limit(),
            known=self._known,
            read=self._read,
            tied=len(self._met),
            further=self._further,
        )

    def read(self, rows: Iterable[Any]) -> list[Read]:
        """Rows of a source as this walk uses them."""
        newest = self._rules.ask.newest_first
        return read_rows(self._section, self._at, rows, newest_first=newest)

    def take(self, batch: Batch, read: Sequence[Read] | None = None) -> None:
        """Use one batch; `read` are its rows where they were read already."""
        self._calls += 1
        self._exhausted = batch.exhausted
        stood = (self._place, self._known, self._read, self._further)
        if self._calls == 1:
            self._total = batch.total
        read = self.read(batch.rows) if read is None else read
        self._check_order([one.key.value for one in read])
        whole = batch.exhausted or batch.whole_ties or self._rules.keyset
        last = read[-1].key.value if read else None
        if not batch.exhausted:
            self._meet(read, last)
        rows, self._held = [*self._held.values(), *read], {}
        self._more = dict.fromkeys(self._more, False)
        self._use(rows, None if whole else last)
        self._read, self._further = batch.end, batch.further
        if read and not batch.exhausted:
            self._move(read[0].key.value, read[-1].key.value, whole=whole)
        again = bool(read) or self._calls > 1
        stands = (self._place, self._known, self._read, self._further)
        if again and self.open and stood == stands:
            raise Garbled("the source does not move on", source=self._at.connector)

    def page(self, bucket: str) -> SourcePage[Any]:
        """The page as far as the walk came."""
        ask = self._rules.ask
        held = self._rows[bucket]
        rows = [held[rank] for rank in sorted(held, reverse=not ask.newest_first)]
        full = self._is_full(bucket)
        cut = self.truncated and not full
        return SourcePage(
            rows=tuple(rows[: ask.first]),
            has_more=len(rows) > ask.first or self._more[bucket] or cut,
            total=self._total if self._rules.counts and self._wasted == 0 else None,
            truncated_at=self._looked_at if cut else None,
        )

    def _use(self, rows: Iterable[Read], unsettled: int | None) -> None:
        """Sort rows into pages; those of the moment that is not known whole are held back."""
        bucket_of, accepts, seen = self._rules.bucket, self._rules.accepts, self._seen
        for one in rows:
            _, record, key, rank = one
            if not self._is_behind(rank, self._after) or (record is not None and rank in seen):
                continue
            bucket = bucket_of(record) if record is not None else None
            page = self._rows.get(bucket) if bucket is not None else None
            wanted = page is not None and accepts(record)
            if key.value == unsettled:
                self._held[self._section.id_of(one.row)] = one
                if wanted and bucket is not None:
                    self._more[bucket] = True
                continue
            if wanted and page is not None:
                page[rank] = record
            else:
                self._wasted += 1
            seen.add(rank)
            self._pass(key, rank)

    def _meet(self, read: Sequence[Read], last: int | None) -> None:
        """Remember which rows of the last moment came, also those before the place asked."""
        self._met = {name: value for name, value in self._met.items() if value == last}
        for one in read:
            name = self._section.id_of(one.row) if one.key.value == last else None
            if name is not None:
                self._met[name] = one.key.value

    def _pass(self, key: SortKey, rank: Rank) -> None:
        """Note how far the walk has looked; a keyset walk trusts the source's order and checks."""
        if self._is_behind(rank, self._looked_rank):
            self._looked_at, self._looked_rank = key, rank
        elif self._rules.keyset:
            raise Garbled("the source ignores the order asked", source=self._at.connector)

    def _is_behind(self, rank: Rank, place: Rank | None) -> bool:
        """Whether a place comes strictly after another in the walk; None is its beginning."""
        if place is None:
            return True
        return rank > place if self._newest else rank < place

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
