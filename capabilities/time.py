"""Time: UTC inside; what a source's text means is declared, never guessed."""

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from enum import Enum
from zoneinfo import ZoneInfo

_DAY_END = clock(23, 59, 59, 999000)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Precision(Enum):
    """How exactly a source knows a moment; a DAY sorts at the end of its local day."""

    INSTANT = "INSTANT"
    DAY = "DAY"


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last millisecond of a local calendar day, in UTC."""
    return datetime.combine(day, _DAY_END, tzinfo=zone).astimezone(UTC)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant in a zone."""
    return moment.astimezone(zone).date()


def micros(moment: datetime) -> int:
    """Microseconds since the epoch, exact."""
    return (moment - _EPOCH) // _TICK


def from_micros(value: int) -> datetime:
    """The instant of `micros`; OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(microseconds=value)
