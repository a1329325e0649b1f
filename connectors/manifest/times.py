"""Casts of times: what a source writes → an instant in UTC, or a calendar day.

A text is read once and kept with what it means: several fields of a row have the same one, and so
have many rows. ValueError for what is no time; its message never holds the value.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.time import end_of_day, local_date
from connectors.manifest.casts import text

_ODATA_TIME = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")
_COMPACT_DAY = re.compile(r"\d{8}")
_COMPACT_TIME = re.compile(r"\d{14}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_kept = lru_cache(maxsize=4096)


def instant(value: Any, zone: ZoneInfo | None) -> datetime | None:
    """An instant in UTC; a naive one is in `zone`, and an error where none is declared."""
    return _instant_of_text(value, zone) if type(value) is str else _instant(value, zone)


def day(value: Any, zone: ZoneInfo) -> date | None:
    """A calendar date; `/Date(ms)/` is one by its UTC encoding and is never shifted."""
    if type(value) is str:
        return _day_of_text(value)
    if isinstance(value, datetime):
        return value.date() if value.tzinfo is None else local_date(value, zone)
    if isinstance(value, date):
        return value
    found = text(value)
    return _day_of_text(found) if found is not None else None


def day_of(value: Any, zone: ZoneInfo, own: ZoneInfo | None) -> date | None:
    """The local calendar day of an instant; a naive value is in `own`, or in `zone`."""
    moment = instant(value, own or zone)
    return local_date(moment, zone) if moment is not None else None


def last_of(value: Any, zone: ZoneInfo) -> datetime | None:
    """A DAY as a moment: the end of that local day."""
    found = day(value, zone)
    return _end_of_day(found, zone) if found is not None else None


_end_of_day = _kept(end_of_day)


def _instant(value: Any, zone: ZoneInfo | None) -> datetime | None:
    found = _moment(value)
    if found is None:
        return None
    if found.tzinfo is None:
        if zone is None:
            raise ValueError("an instant without its zone")
        found = found.replace(tzinfo=zone)
    return found.astimezone(UTC)


_instant_of_text = _kept(_instant)


@_kept
def _day_of_text(value: str) -> date | None:
    found = value.strip()
    if _COMPACT_DAY.fullmatch(found):
        return date(int(found[:4]), int(found[4:6]), int(found[6:]))
    moment = _moment(found)
    return moment.date() if moment is not None else None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    found = text(value)
    if found is None:
        return None
    if match := _ODATA_TIME.fullmatch(found):
        # The offset only says how it was written; the milliseconds are UTC either way.
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    if _COMPACT_TIME.fullmatch(found):
        found = f"{found[:8]}T{found[8:]}"
    try:
        return datetime.fromisoformat(found)
    except ValueError as exc:
        raise ValueError("not a time") from exc
