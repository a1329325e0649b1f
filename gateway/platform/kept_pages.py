"""Pages of a list that the platform keeps by itself: one source, an exact count, opaque places."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

from capabilities.errors import BadInput
from capabilities.page import CountPrecision, Edge, MergedPage, PageInfo, TotalCount
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.cursor import is_name
from gateway.federation.paging import Paging

T = TypeVar("T")


def kept_page(
    asked: Paging, rows: Sequence[T], named: Callable[[T], str], total: int
) -> MergedPage[T]:
    """The page of rows of which one too many was read, in the order in which they were.

    `named` gives the text of a row's place, the kind of its list first.
    """
    more, found = len(rows) > asked.size, list(rows[: asked.size])
    found = found[::-1] if asked.backward else found
    edges = tuple(Edge(node=row, place=_written(named(row))) for row in found)
    behind = asked.place is not None
    return MergedPage(
        edges=edges,
        page_info=PageInfo(
            has_next_page=behind if asked.backward else more,
            has_previous_page=more if asked.backward else behind,
            start=edges[0].place if edges else asked.place,
            end=edges[-1].place if edges else asked.place,
        ),
        sources=(
            SourceReport(name="platform", status=SourceStatus.OK, age_ms=0, count=len(edges)),
        ),
        total_count=TotalCount(total, CountPrecision.EXACT),
    )


def place_in(cursor: str, kind: str) -> str:
    """What a cursor of this kind of list holds; BadInput for any other."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as exc:
        raise bad_cursor() from exc
    if not text.startswith(kind) or not is_name(text):
        raise bad_cursor()
    return text.removeprefix(kind)


def bad_cursor() -> BadInput:
    """What a cursor of another list is answered."""
    return BadInput("this is no cursor of this list", code="BAD_CURSOR")


def _written(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
