"""A page of a list as conditions and an order: windows of time, and strictly after a place."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from capabilities.page import SortKey
from capabilities.time import end_of_day, from_micros, local_date, micros
from connectors.manifest.model import Ordering, Section
from connectors.ports.wanted import Wanted
from connectors.protocols.odata import filter as odata
from connectors.protocols.odata import literals
from connectors.protocols.odata.filter import Filter
from connectors.protocols.odata.keyed import OneOf, literal_of
from connectors.protocols.odata.literals import Literal, Literals

# A day ends so much before the next one begins.
_TICK = timedelta(milliseconds=1)
_DAY_ONE = datetime(1900, 1, 1, tzinfo=UTC)
# The source's word for a channel that every row belongs to.
_EVERY = "*"


class Listing:
    """The list of a section that has an order."""

    def __init__(self, section: Section, written: Literals, zone: ZoneInfo, one_of: OneOf) -> None:
        self._section = section
        self._literals = written
        self._zone = zone
        self._one_of = one_of

    @property
    def order(self) -> Ordering:
        """The order of the manifest."""
        order = self._section.order
        if order is None or order.by is None:
            raise TypeError("a list without an order")
        return order

    def order_by(self, wanted: Wanted) -> tuple[str, ...]:
        """Where every row is of one channel, the system's own words for channels sort nothing."""
        order = self.order
        first, then = ("desc", "asc") if wanted.newest_first else ("asc", "desc")
        ties = (order.key,) if _EVERY in wanted.channels else (order.channel, order.key)
        return (f"{order.by} {first}", *(f"{name} {then}" for name in ties))

    def conditions(self, wanted: Wanted) -> list[Filter]:
        """What rows of the page have in common, beside what the section always asks for."""
        found, order = [], self.order
        if wanted.customers is not None and self._section.by_customer is not None:
            lookup = self._section.by_customer.own
            named = [literal_of(lookup, one, self._literals) for one in wanted.customers]
            found.append(self._one_of(lookup.field, named))
        if self._section.channel.push is not None and _EVERY not in wanted.channels:
            found.append(self._chain(self._section.channel.push, list(wanted.channels)))
        found += [self._chain(name, values) for name, values in wanted.pushed.items()]
        dates = [*self._window(wanted, order)]
        if wanted.after is not None:
            dates.append(self._behind(wanted, wanted.after, order))
        # Without any date an index could not be used and the system would read the whole table.
        return [*found, *(dates or [odata.ge(order.by or "", self._literal(_DAY_ONE, order))])]

    def _window(self, wanted: Wanted, order: Ordering) -> list[Filter]:
        """A day is a row's when its end is in the window; the walk checks again."""
        name = order.by or ""
        found = []
        if wanted.since is not None:
            kept = self._kept(wanted.since, order)
            since = odata.ge if kept == wanted.since else odata.gt
            found.append(since(name, self._literal(kept, order)))
        if wanted.until is not None:
            # The window is open at its end, and a day ends after every moment in it.
            is_date = order.cast == "date"
            until = wanted.until + _TICK if is_date else wanted.until
            until = self._kept(until, order)
            found.append((odata.lt if is_date else odata.le)(name, self._literal(until, order)))
        return found

    def _behind(self, wanted: Wanted, place: SortKey, order: Ordering) -> Filter:
        """Strictly after the place: later moments, and what follows within its own moment."""
        name, moment = order.by or "", self._kept(from_micros(place.value), order)
        literal = self._literal(moment, order)
        beyond = odata.lt if wanted.newest_first else odata.gt
        if order.cast == "date":
            end = micros(end_of_day(local_date(moment, self._zone), self._zone))
            if end != place.value:
                # The day itself lies behind the place, or before it.
                inside = (end < place.value) if wanted.newest_first else (end > place.value)
                same = odata.le if wanted.newest_first else odata.ge
                return (same if inside else beyond)(name, literal)
        elif micros(moment) != place.value:
            return (odata.le if wanted.newest_first else odata.gt)(name, literal)
        if _EVERY in wanted.channels and _comes_after(wanted.channels[_EVERY], place, wanted):
            return (odata.le if wanted.newest_first else odata.ge)(name, literal)
        within = self._within(wanted, place, order)
        if within is None:
            return beyond(name, literal)
        return odata.or_(beyond(name, literal), odata.and_(odata.eq(name, literal), within))

    def _within(self, wanted: Wanted, place: SortKey, order: Ordering) -> Filter | None:
        """Rows of the place's own moment that come after it."""
        newest = wanted.newest_first
        if _EVERY in wanted.channels:
            own = wanted.channels[_EVERY] == place.channel and place.natural_key
            compare = odata.gt if newest else odata.lt
            return compare(order.key or "", self._key(place)) if own else None
        later = [raw for raw, code in wanted.channels.items() if _comes_after(code, place, wanted)]
        found = [self._chain(order.channel or "", later)] if later else []
        same = [raw for raw, code in wanted.channels.items() if code == place.channel]
        if same and place.natural_key:
            compare = odata.gt if newest else odata.lt
            behind = compare(order.key or "", self._key(place))
            found.append(odata.and_(self._chain(order.channel or "", same), behind))
        return odata.or_(*found) if found else None

    def _kept(self, moment: datetime, order: Ordering) -> datetime:
        """The last moment that the system can have until this one."""
        if order.cast == "date":
            return moment
        step = 10 ** (6 - order.own.precision)
        return moment.replace(microsecond=moment.microsecond // step * step)

    def _literal(self, moment: datetime, order: Ordering) -> Literal:
        if order.cast == "date":
            return self._literals.day(local_date(moment, self._zone))
        if order.cast == "local":
            return self._literals.local(moment.astimezone(self._zone))
        return self._literals.instant(moment)

    def _key(self, place: SortKey) -> Literal:
        lookup = self._section.by_key
        if lookup is None or lookup.own.field != self.order.key:
            return literals.text(place.natural_key)
        return literal_of(lookup.own, place.natural_key, self._literals)

    def _chain(self, field: str, values: Sequence[str]) -> Filter:
        return self._one_of(field, [literals.text(value) for value in values])


def _comes_after(code: str, place: SortKey, wanted: Wanted) -> bool:
    """Whether a channel's rows of the place's own moment all come after the place."""
    if code == place.channel:
        return wanted.newest_first and not place.natural_key
    return (code > place.channel) is wanted.newest_first
