"""Long lists of orders for the bench of merging, one a source: a row is arithmetic on its place."""

from collections.abc import Mapping
from datetime import datetime, timedelta

LENGTH = 100_000
_NEWEST = datetime(2026, 1, 1)  # noqa: DTZ001 - the list's own clock is UTC
_STEP = 128
_ROW = (
    b'{"id":"%d","created":"%b","state":"done","total":"%d.00","currency":"CNY","note":"",'
    b'"items":[{"pos":1,"sku":"SKU-%05d","title":"Shirt","qty":1,"price":"%d.00"}]}'
)


def list_rows(source: int, params: Mapping[bytes, bytes]) -> list[bytes]:
    """A page, newest first; all rows of all sources have a second of their own."""
    first = _first_before(source, params.get(b"until"))
    start = first + int(params.get(b"offset", b"0"))
    end = min(start + int(params[b"limit"]), LENGTH)
    return [_row(source, place) for place in range(start, end)]


def _row(source: int, place: int) -> bytes:
    moment = _NEWEST - timedelta(seconds=_seconds(source, place))
    total = 100 + (place + source) % 900
    stamp = moment.isoformat().encode()
    return _ROW % (place + 1_000_000, stamp, total, place % 1000, total)


def _seconds(source: int, place: int) -> int:
    return place * _STEP + source % _STEP


def _first_before(source: int, until: bytes | None) -> int:
    if until is None:
        return 0
    behind = int((_NEWEST - datetime.fromisoformat(until.decode())).total_seconds())
    return max(0, (behind - source % _STEP) // _STEP + 1)
