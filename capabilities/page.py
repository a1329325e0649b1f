"""Pages: what is asked of one source, what it answers, and a merged page of many.

The one order of every merged list is `(sort value, channel, natural key)`. Newest first means the
sort value descending and the tie-break ascending; oldest first is its exact reverse.
Natural keys compare shorter first, then bytewise: the numeric order for number ranges.
"""

from enum import Enum
from typing import Generic, TypeVar

from msgspec import Struct

from capabilities.sources import SourceReport

R_co = TypeVar("R_co", covariant=True)


class SortKey(Struct, frozen=True):
    """Place of a row in a merged list; `value` in microseconds since the epoch for times."""

    value: int
    channel: str
    natural_key: str

    @property
    def rank(self) -> tuple[int, str, int, str]:
        """Ascending by this tuple is newest first."""
        return (-self.value, self.channel, len(self.natural_key), self.natural_key)


def before(left: SortKey, right: SortKey, *, newest_first: bool) -> bool:
    """Whether `left` comes strictly before `right` in the walk."""
    return left.rank < right.rank if newest_first else left.rank > right.rank


class PageAsk(Struct, frozen=True, kw_only=True):
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


class Policy(Enum):
    """What a page does when a source is missing."""

    BEST_EFFORT = "BEST_EFFORT"
    REQUIRE_ALL = "REQUIRE_ALL"


class ConnectionArgs(Struct, frozen=True, kw_only=True):
    """Relay's paging arguments, checked; exactly one of `first` and `last` is set."""

    first: int | None = 20
    after: str | None = None
    last: int | None = None
    before: str | None = None
    policy: Policy = Policy.BEST_EFFORT
    newest_first: bool = True


class CountPrecision(Enum):
    """How much a total count knows."""

    EXACT = "EXACT"
    LOWER_BOUND = "LOWER_BOUND"
    UNKNOWN = "UNKNOWN"


class TotalCount(Struct, frozen=True):
    """A count over all sources and how exact it is; no value when UNKNOWN."""

    value: int | None
    precision: CountPrecision


class PageInfo(Struct, frozen=True, kw_only=True):
    """Relay's page information."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = None
    end_cursor: str | None = None


class Edge(Struct, Generic[R_co], frozen=True, kw_only=True):
    """One row of a merged page; `late` when its source was missing where it belonged."""

    node: R_co
    cursor: str
    late: bool = False


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
