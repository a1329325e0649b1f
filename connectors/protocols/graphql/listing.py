"""What a document of a list may ask for, from what a walk wants."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from capabilities.time import from_micros, local_date
from connectors.manifest.model import Ordering
from connectors.ports.wanted import Wanted

# Whether a bound takes in the moment that it names differs between systems: each is wider.
_SECOND = timedelta(seconds=1)
_EVERY = "*"


def values_of(wanted: Wanted, order: Ordering, zone: tzinfo) -> dict[str, Any]:
    """Values by the names of variables; None for what does not restrict."""
    since, until = _window(wanted, order)
    customers = wanted.customers
    return {
        "since": _written(since - _SECOND, order, zone) if since is not None else None,
        "until": _written(until + _SECOND, order, zone) if until is not None else None,
        "channels": None if _EVERY in wanted.channels else list(wanted.channels),
        "direction": order.own.newest if wanted.newest_first else order.own.oldest,
        "reverse": wanted.newest_first,
        "customers": None if customers is None else list(customers),
        "offset": 0,
        **{name: list(values) for name, values in wanted.pushed.items()},
    }


def _window(wanted: Wanted, order: Ordering) -> tuple[datetime | None, datetime | None]:
    """The window of time asked, cut off at the place that the walk has reached."""
    since, until = wanted.since, wanted.until
    if wanted.after is None or order.by is None:
        return since, until
    place = from_micros(wanted.after.value)
    if wanted.newest_first:
        return since, place if until is None else min(until, place)
    return place if since is None else max(since, place), until


def _written(moment: datetime, order: Ordering, zone: Any) -> str:
    if order.cast == "date":
        return local_date(moment, zone).isoformat()
    local = order.cast == "local"
    plain = moment.astimezone(zone if local else UTC).replace(tzinfo=None)
    text = plain.isoformat(timespec="milliseconds")
    return text if local else f"{text}Z"
