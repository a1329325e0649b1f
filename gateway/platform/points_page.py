"""One page of a ledger, by sequence."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from capabilities.errors import BadInput
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    MergedPage,
    PageInfo,
    TotalCount,
)
from capabilities.points.records import AccountKey, Entry
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.paging import paging_of
from store.points.ledger import PointsLedger

_CURSOR = "points:"


async def ledger_page(
    ledger: PointsLedger, key: AccountKey, args: ConnectionArgs
) -> MergedPage[Entry]:
    """The entries behind (or before) a cursor, in the order that is asked for."""
    wanted, cursor, backward, falling = paging_of(args)
    place = {} if cursor is None else {"before" if falling else "after": _sequence(cursor)}
    rows = await ledger.entries(key, first=wanted + 1, newest_first=falling, **place)
    more = len(rows) > wanted
    rows = rows[:wanted][::-1] if backward else rows[:wanted]
    edges = tuple(Edge(node=row, place=_place(row.sequence)) for row in rows)
    (account,) = await ledger.accounts([key])
    return MergedPage(
        edges=edges,
        page_info=PageInfo(
            has_next_page=bool(cursor) if backward else more,
            has_previous_page=more if backward else bool(cursor),
            start=edges[0].place if edges else cursor,
            end=edges[-1].place if edges else cursor,
        ),
        sources=(
            SourceReport(name="platform", status=SourceStatus.OK, age_ms=0, count=len(edges)),
        ),
        total_count=TotalCount(account.sequence, CountPrecision.EXACT),
    )


def no_ledger() -> MergedPage[Entry]:
    """The page of a ledger that another system keeps: nothing is known of it here."""
    return MergedPage(
        edges=(),
        page_info=PageInfo(has_next_page=False, has_previous_page=False),
        sources=(),
        total_count=TotalCount(None, CountPrecision.UNKNOWN),
    )


def _place(sequence: int) -> str:
    return urlsafe_b64encode(f"{_CURSOR}{sequence}".encode()).rstrip(b"=").decode()


def _sequence(cursor: str) -> int:
    """The sequence of a cursor; BadInput when it is none of this list's."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        kind, _, number = text.partition(":")
        found = int(number)
    except ValueError as exc:
        raise BadInput("this is no cursor of a ledger", code="BAD_CURSOR") from exc
    if f"{kind}:" != _CURSOR or _place(found) != cursor or not 0 < found < 2**62:
        raise BadInput("this is no cursor of a ledger", code="BAD_CURSOR")
    return found
