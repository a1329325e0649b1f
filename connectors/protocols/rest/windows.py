"""Lists that are asked for one span of time after another, because a span has a longest length."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from capabilities.time import from_micros
from connectors.ports.wanted import Wanted
from connectors.protocols.rest.declared import RestOrder

Clock = Callable[[], float]
_HISTORY_DAYS = 3650
# Clocks differ; what is newer than this by the system's clock is not there yet.
_AHEAD = timedelta(hours=1)


class Window(Struct, frozen=True, kw_only=True):
    """One span; `edge` is the end at which the next one begins."""

    since: datetime
    until: datetime
    edge: datetime
    first: bool
    last: bool


def windows(wanted: Wanted, order: RestOrder, clock: Clock) -> Iterator[Window]:
    """Spans from the place, or from where the last batch ended, to the end of the list."""
    now = datetime.fromtimestamp(clock(), UTC) + _AHEAD
    oldest = now - timedelta(days=order.history_days or _HISTORY_DAYS) - _AHEAD
    low = max(wanted.since or oldest, oldest)
    high = min(wanted.until or now, now)
    span = order.window or timedelta(days=1)
    marks = [wanted.further] if isinstance(wanted.further, datetime) else []
    if wanted.after is not None:
        marks.append(from_micros(wanted.after.value))
    if wanted.newest_first:
        high = min([high, *marks])
    else:
        low = max([low, *marks])
    first = True
    while low <= high:
        if wanted.newest_first:
            since, until = max(low, high - span), high
            edge, last = since, since <= low
        else:
            since, until = low, min(high, low + span)
            edge, last = until, until >= high
        yield Window(since=since, until=until, edge=edge, first=first, last=last)
        if last:
            return
        low, high, first = (low, edge, False) if wanted.newest_first else (edge, high, False)
