"""Pages: what is asked of one source, what it answers, and a merged page of many.

The one order of every merged list is `(sort value, channel, natural key)`. Newest first means the
sort value descending and the tie-break ascending; oldest first is its exact reverse.
Natural keys compare shorter first, then bytewise: the numeric order for number ranges.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from capabilities.sources import SourceReport

R_co = TypeVar("R_co", covariant=True)


Rank = tuple[int, str, int, str]


class SortKey(Struct, frozen=True, gc=False):
    """Place of a row in a merged list; `value` in microseconds since the epoch for times."""

    value: int
    channel: str
    natural_key: str

    @property
    def rank(self) -> Rank:
        """Ascending by this tuple is newest first."""
        return (-self.value, self.channel, len(self.natural_key), self.natural_key)


def before(left: SortKey, right: SortKey, *, newest_first: bool) -> bool:
    """Whether `left` comes strictly before `right` in the walk."""
    return left.rank < right.rank if newest_first else left.rank > right.rank


class PageAsk(Struct, frozen=True, kw_only=True, gc=False):
    """What is asked of one source: rows of `channels` after a place, in order, at most `first`."""

    first: int
    channels: tuple[str, ...]
    after: SortKey | None = None
    newest_first: bool = True


class SourcePage(Struct, Generic[R_co], frozen=True, kw_only=True):
    """A source's answer: rows in the walk's order, strictly after the place asked.

    `truncated_at` is the last place a bounded scan has looked at: rows behind it may exist.
    `total` counts all rows of the filter where the source says so honestly.
    """

    rows: tuple[R_co, ...]
    has_more: bool
    total: int | None = None
    truncated_at: SortKey | None = None


class Sortable(Protocol):
    """A record with its place in merged lists."""

    @property
    def sort_key(self) -> SortKey:
        """The place."""


S = TypeVar("S", bound=Sortable)


def own_place(row: Sortable) -> SortKey:
    """The place that a record has by itself."""
    return row.sort_key


def joined(
    pages: Sequence[SourcePage[S]], ask: PageAsk, place: Callable[[S], SortKey] = own_place
) -> SourcePage[S]:
    """The pages of several walks over one source as one, such as of a person who is two customers.

    Behind the nearest mark of a scan another walk's rows may be missing, so they wait. A page that
    is full before that mark has none: it goes on from its own last row.
    """
    if len(pages) == 1:
        return pages[0]
    rows = sorted(
        (row for page in pages for row in page.rows),
        key=lambda row: place(row).rank,
        reverse=not ask.newest_first,
    )
    nearest = min if ask.newest_first else max
    ends = [end for page in pages if (end := _end_of_known(page, ask, place)) is not None]
    end = nearest(ends, key=lambda one: one.rank) if ends else None
    if end is not None:
        rows = [row for row in rows if not before(end, place(row), newest_first=ask.newest_first)]
    totals = [page.total for page in pages if page.total is not None]
    marks = {page.truncated_at for page in pages if page.truncated_at is not None}
    return SourcePage(
        rows=tuple(rows[: ask.first]),
        has_more=end is not None or any(page.has_more for page in pages) or len(rows) > ask.first,
        total=sum(totals) if len(totals) == len(pages) else None,
        truncated_at=end if len(rows) < ask.first and end in marks else None,
    )


def _end_of_known(
    page: SourcePage[S], ask: PageAsk, place: Callable[[S], SortKey]
) -> SortKey | None:
    """The place behind which a page that is not full may have rows that it did not give."""
    if page.truncated_at is not None:
        return page.truncated_at
    short = page.has_more and 0 < len(page.rows) < ask.first
    return place(page.rows[-1]) if short else None


class Policy(Enum):
    """What a page does when a source is missing."""

    BEST_EFFORT = "BEST_EFFORT"
    REQUIRE_ALL = "REQUIRE_ALL"


class Freshness(Enum):
    """How old an answer may be."""

    CACHED = "CACHED"
    LIVE = "LIVE"


class ConnectionArgs(Struct, frozen=True, kw_only=True):
    """Relay's paging arguments, checked; exactly one of `first` and `last` is set."""

    first: int | None = 20
    after: str | None = None
    last: int | None = None
    before: str | None = None
    policy: Policy = Policy.BEST_EFFORT
    newest_first: bool = True
    freshness: Freshness = Freshness.CACHED


class CountPrecision(Enum):
    """How much a total count knows."""

    EXACT = "EXACT"
    LOWER_BOUND = "LOWER_BOUND"
    UNKNOWN = "UNKNOWN"


class TotalCount(Struct, frozen=True, gc=False):
    """A count over all sources and how exact it is; no value when UNKNOWN."""

    value: int | None
    precision: CountPrecision


class Mark(Protocol):
    """A place in a list whose cursor is written only when somebody reads it: few queries do."""

    @property
    def cursor(self) -> str:
        """Its text."""


Place = str | Mark


class PageInfo(Struct, frozen=True, kw_only=True):
    """Relay's page information."""

    has_next_page: bool
    has_previous_page: bool
    start: Place | None = None
    end: Place | None = None

    @property
    def start_cursor(self) -> str | None:
        """Cursor of the first edge."""
        return cursor_of(self.start)

    @property
    def end_cursor(self) -> str | None:
        """Cursor to go on from."""
        return cursor_of(self.end)


class Edge(Struct, Generic[R_co], frozen=True, kw_only=True):
    """One row of a merged page; `late` when its source was missing where it belonged."""

    node: R_co
    place: Place
    late: bool = False

    @property
    def cursor(self) -> str:
        """Opaque text of its place."""
        place = self.place
        return place if isinstance(place, str) else place.cursor


class MergedPage(Struct, Generic[R_co], frozen=True, kw_only=True):
    """One page of one list over many sources, with what each source did for it."""

    edges: tuple[Edge[R_co], ...]
    page_info: PageInfo
    sources: tuple[SourceReport, ...]
    total_count: TotalCount

    @property
    def nodes(self) -> tuple[R_co, ...]:
        """The rows without their edges."""
        return tuple(edge.node for edge in self.edges)


def cursor_of(place: Place | None) -> str | None:
    """The text of a place, where there is one."""
    return place if place is None or isinstance(place, str) else place.cursor
