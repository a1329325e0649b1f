"""The ways in which OData writes time; V4 writes plain ISO 8601."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

_TICKS = re.compile(r"/Date\((-?[0-9]{1,15})([+-][0-9]{4})?\)/")
_DURATION = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,2})M)?(?:([0-9]{1,2})(?:\.[0-9]+)?S)?")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,12})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(raw: str) -> datetime:
    """A value of Edm.DateTime or Edm.DateTimeOffset; ValueError when it is neither.

    `/Date(ms)/` is Edm.DateTime and has no zone: the answer is naive, in whatever zone the system
    means. `/Date(ms+0000)/` is Edm.DateTimeOffset: the ticks are UTC and the offset, in minutes,
    is where it was written; the answer is aware. ISO text is aware when it names an offset.
    """
    ticks = _TICKS.fullmatch(raw)
    if ticks is None:
        return datetime.fromisoformat(raw)
    try:
        instant = _EPOCH + timedelta(milliseconds=int(ticks[1]))
        if ticks[2] is None:
            return instant.replace(tzinfo=None)
        return instant.astimezone(timezone(timedelta(minutes=int(ticks[2]))))
    except OverflowError as exc:
        raise ValueError("a date outside the calendar") from exc


def day(raw: str) -> date:
    """The calendar day of a date-only field, never shifted by a zone."""
    return moment(raw).date()


def clock(raw: str) -> time:
    """Edm.Time, `PT13H05M09S`, or Edm.TimeOfDay, `13:05:09.5`; parts of a second are dropped."""
    parts = _DURATION.fullmatch(raw)
    if parts is None:
        if _CLOCK.fullmatch(raw) is None:
            raise ValueError("not a time of day")
        return time.fromisoformat(raw[:8])
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return time(hours, minutes, seconds)
