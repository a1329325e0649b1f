"""Questions in OData: `or` chains for keys, and lists by keyset."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from capabilities.page import SortKey
from capabilities.time import end_of_day, from_micros, local_date, micros
from connectors.manifest import CompiledSection
from connectors.manifest.model import Lookup, Ordering
from connectors.ports.wanted import Batch, Wanted, whole
from connectors.protocols.odata import ODataClient, literals
from connectors.protocols.odata import filter as odata
from connectors.protocols.odata.filter import Filter

# A day ends so much before the next one begins.
_TICK = timedelta(milliseconds=1)
_DAY_ONE = datetime(1900, 1, 1, tzinfo=UTC)
# One key has at most so many rows: several spellings of a phone, several persons of one phone.
_ROWS_PER_KEY = 20
# The source's word for a channel that every row belongs to.
_EVERY = "*"


class ODataReader:
    """A section over one OData service."""

    partitioned = False

    def __init__(
        self, client: ODataClient, section: CompiledSection, zone: ZoneInfo, source: str
    ) -> None:
        self._client = client
        self._row_type = section.row_type
        self._section = section.section
        self._entity = (section.section.resource or "").rpartition("/")[2]
        self._source = source
        self._zone = zone
        self._select = sorted({_selected(path) for path in section.paths})

    @property
    def pushes_channels(self) -> bool:
        """Whether rows of some channels can be asked for."""
        return self._section.channel.push is not None

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """An `or` chain, and the fixed conditions of the manifest; all its pages or an error."""
        found = await self._client.all(
            self._entity,
            self._row_type,
            filters=odata.and_(_chain(lookup.own.field, keys), *self._fixed(lookup.fixed)),
            select=self._select,
            expand=self._section.own.expand,
            max_rows=len(keys) * _ROWS_PER_KEY,
            max_calls=len(keys) * _ROWS_PER_KEY,
        )
        return whole(found, self._source)

    async def rows(self, wanted: Wanted) -> Batch:
        """One page in the order of the manifest, strictly after the place."""
        order = self._order()
        page = await self._client.page(
            self._entity,
            self._row_type,
            filters=odata.and_(*self._conditions(wanted, order)),
            select=self._select,
            expand=self._section.own.expand,
            order_by=_order_by(order, wanted),
            top=wanted.limit,
        )
        more = page.next_link is not None or len(page.rows) >= wanted.limit
        return Batch(rows=page.rows, exhausted=not more)

    def _order(self) -> Ordering:
        order = self._section.order
        if order is None or order.by is None:
            raise TypeError("a list without an order")
        return order

    def _fixed(self, more: Mapping[str, str]) -> list[Filter]:
        pairs = {**self._section.fixed, **more}
        return [odata.eq(name, literals.text(value)) for name, value in pairs.items()]

    def _conditions(self, wanted: Wanted, order: Ordering) -> list[Filter]:
        found = self._fixed({})
        if wanted.customers is not None and self._section.by_customer is not None:
            found.append(_chain(self._section.by_customer.own.field, wanted.customers))
        if self._section.channel.push is not None and _EVERY not in wanted.channels:
            found.append(_chain(self._section.channel.push, list(wanted.channels)))
        found += [_chain(name, values) for name, values in wanted.pushed.items()]
        dates = [*self._window(wanted, order)]
        if wanted.after is not None:
            dates.append(self._behind(wanted, wanted.after, order))
        # Without any date an index could not be used and the system would read the whole table.
        return [*found, *(dates or [odata.ge(order.by or "", literals.local(_DAY_ONE))])]

    def _window(self, wanted: Wanted, order: Ordering) -> list[Filter]:
        """A day is a row's when its end is in the window; the walk checks again."""
        name = order.by or ""
        found = []
        if wanted.since is not None:
            found.append(odata.ge(name, self._literal(wanted.since, order)))
        if wanted.until is not None:
            # The window is open at its end, and a day ends after every moment in it.
            is_date = order.cast == "date"
            until = wanted.until + _TICK if is_date else wanted.until
            found.append((odata.lt if is_date else odata.le)(name, self._literal(until, order)))
        return found

    def _behind(self, wanted: Wanted, place: SortKey, order: Ordering) -> Filter:
        """Strictly after the place: later moments, and what follows within its own moment."""
        name, moment = order.by or "", from_micros(place.value)
        literal = self._literal(moment, order)
        beyond = odata.lt if wanted.newest_first else odata.gt
        if order.cast == "date":
            end = micros(end_of_day(local_date(moment, self._zone), self._zone))
            if end != place.value:
                # The day itself lies behind the place, or before it.
                inside = (end < place.value) if wanted.newest_first else (end > place.value)
                same = odata.le if wanted.newest_first else odata.ge
                return (same if inside else beyond)(name, literal)
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
            return compare(order.key or "", literals.text(place.natural_key)) if own else None
        later = [raw for raw, code in wanted.channels.items() if _comes_after(code, place, wanted)]
        found = [_chain(order.channel or "", later)] if later else []
        same = [raw for raw, code in wanted.channels.items() if code == place.channel]
        if same and place.natural_key:
            compare = odata.gt if newest else odata.lt
            behind = compare(order.key or "", literals.text(place.natural_key))
            found.append(odata.and_(_chain(order.channel or "", same), behind))
        return odata.or_(*found) if found else None

    def _literal(self, moment: datetime, order: Ordering) -> literals.Literal:
        if order.cast == "date":
            return literals.local(local_date(moment, self._zone))
        if order.cast == "local":
            return literals.local(moment.astimezone(self._zone))
        return literals.instant(moment)


def _comes_after(code: str, place: SortKey, wanted: Wanted) -> bool:
    """Whether a channel's rows of the place's own moment all come after the place."""
    if code == place.channel:
        return wanted.newest_first and not place.natural_key
    return (code > place.channel) is wanted.newest_first


def _chain(field: str, values: Sequence[str]) -> Filter:
    return odata.any_of(field, [literals.text(value) for value in values])


def _order_by(order: Ordering, wanted: Wanted) -> list[str]:
    """Where every row is of one channel, the system's own words for channels sort nothing."""
    first, then = ("desc", "asc") if wanted.newest_first else ("asc", "desc")
    ties = (order.key,) if _EVERY in wanted.channels else (order.channel, order.key)
    return [f"{order.by} {first}", *(f"{name} {then}" for name in ties)]


def _selected(path: str) -> str:
    """A path of the row as $select writes it: collections have no `results` there."""
    return "/".join(part for part in path.split(".") if part != "results")
