"""Questions in REST: look-ups by key, and lists inside a window of time."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from capabilities.errors import BadInput, Garbled
from capabilities.time import from_micros
from connectors._kit import segment
from connectors.manifest import At, CompiledSection
from connectors.manifest.model import Lookup, Ordering
from connectors.ports.wanted import Batch, Wanted, whole
from connectors.protocols.gathered import Gathered
from connectors.protocols.rest import CutClientSide, RestClient, RestPage, listed
from connectors.protocols.rest.asking import Value
from connectors.protocols.rest.body import Places
from connectors.protocols.rest.declared import Paging, RestLookup
from connectors.protocols.rest.lists import FOLLOWING, paginator, places
from connectors.protocols.rest.windows import Clock, windows

_SECOND = timedelta(seconds=1)
# Rows of one moment lie in another order at each request; so many are read twice for that.
_OVERLAP = 10
_PAGE = 100
_TRIES = 5
_SINCE_1970 = "%s"  # to `strftime` it would be seconds of this machine's own zone


class RestReader:
    """A section over one REST resource."""

    pushes_channels = False

    def __init__(
        self,
        client: RestClient,
        section: CompiledSection,
        paging: Paging,
        at: At,
        *,
        codes: Sequence[str] = (),
        clock: Clock = time.time,
    ) -> None:
        self._client = client
        self._compiled = section
        self._section = section.section
        self._path = section.section.resource or ""
        self._paging: Paging = section.section.own.list_as or paging
        self._at = at
        self._codes = codes
        self._clock = clock
        self._places = places(section.section.own.rows_at, self._paging, codes, self._path)
        self._looked: dict[tuple[str, str], Places | None] = {}

    @property
    def partitioned(self) -> bool:
        """Whether the manifest says that a limit holds for each customer."""
        lookup = self._section.by_customer
        return lookup is not None and bool(lookup.own.per_customer)

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows that have these keys; all their pages or an error."""
        own: RestLookup = lookup.own
        bounds = self._client.limits
        most = self._section.order.page_max if self._section.order else 100
        params: dict[str, Value] = {**self._section.fixed, **lookup.fixed}
        path = own.call or self._path
        if own.path:
            path = _path(own, _parts(lookup, keys[0]))
            if not self._client.reaches(path):
                return ()  # a key that cannot stand in a path is nobody's
        else:
            params[own.param] = _several(lookup, keys)
        alone = own.call or own.path
        found = await self._client.all(
            path,
            self._compiled.row_type,
            CutClientSide(size=bounds.scan_max_rows) if alone else self._paginator(0, most),
            params=params,
            places=self._found_at(own) if alone or own.found_at else self._places,
            max_rows=max(bounds.scan_max_rows, len(keys)),
            max_calls=max(bounds.scan_max_calls, len(keys)),
        )
        return whole(found, self._at.connector)

    async def rows(self, wanted: Wanted) -> Batch:
        """One batch in the order of the manifest, from the place's own moment on."""
        order = self._section.order
        if order is None:
            raise TypeError("a list without an order")
        if order.own.window is None:
            return await self._list(wanted, order)
        return await self._in_windows(wanted, order)

    async def _in_windows(self, wanted: Wanted, order: Ordering) -> Batch:
        """Window after window, until one has rows or there are no more."""
        batch = Batch(rows=(), exhausted=True)
        for window in windows(wanted, order.own, self._clock):
            known = wanted.known if window.first else ()
            part = replace(wanted, since=window.since, until=window.until, known=known)
            batch = await self._list(part, order)
            if not batch.exhausted:
                return batch
            if batch.rows and not window.last:
                # What is behind the window's end is another window's, so its rows are whole.
                return replace(batch, exhausted=False, whole_ties=True, further=window.edge)
        return batch

    async def _list(self, wanted: Wanted, order: Ordering) -> Batch:
        params = self._params(wanted, order)
        if self._paging.kind in FOLLOWING:
            return await self._followed(wanted, params)
        if self._paging.kind == "none":
            return await self._whole(wanted, params)
        if self._paging.only and not wanted.newest_first:
            return await self._backwards(wanted, params)
        if order.before is None:
            return await self._by_position(wanted, params)
        start = 0
        if wanted.known and self._paging.exclude is not None:
            params[self._paging.exclude] = listed(wanted.known)
        elif wanted.known:
            start = len(wanted.known)
        page = await self._page(params, start, wanted.limit)
        # A count of several customers is nobody's; one alone is told no more than in company.
        counted = wanted.after is None and not (self.partitioned and wanted.customers)
        total = page.total if counted else None
        return Batch(rows=page.rows, exhausted=page.next_step is None, total=total)

    async def _followed(self, wanted: Wanted, params: dict[str, Value]) -> Batch:
        """A list that names its next page, asked with the parameters that it began with."""
        step = None
        if wanted.further is not None:
            params, step = wanted.further
        page = await self._client.page(
            self._path,
            self._compiled.row_type,
            self._paginator(0, wanted.limit),
            params=params,
            step=step,
            places=self._places,
        )
        further = None if page.next_step is None else (params, page.next_step)
        total = page.total if wanted.after is None and step is None else None
        return Batch(rows=page.rows, exhausted=further is None, total=total, further=further)

    async def _whole(self, wanted: Wanted, params: dict[str, Value]) -> Batch:
        """A list that has no pages and no order: all of it, or an error."""
        most = self._client.limits.scan_max_rows
        page = await self._page(params, 0, most)
        found = Gathered(rows=page.rows, calls=1, truncated=page.cut)
        rows = sorted(
            whole(found, self._at.connector),
            key=lambda row: self._compiled.place_of(row, self._at),
            reverse=wanted.newest_first,
        )
        return Batch(rows=rows, exhausted=True)

    async def _backwards(self, wanted: Wanted, params: dict[str, Value]) -> Batch:
        """A list that has its newest rows first, from its last page on.

        A row that arrives meanwhile moves the others to later pages, so a page counts only when
        the list had the same size before it and with it.
        """
        size, total = wanted.limit, (await self._page(params, 0, 1)).total or 0
        skipped = len(wanted.known)
        for _ in range(_TRIES):
            if not total:
                return Batch(rows=(), exhausted=True)
            start = max(total - 1 - skipped, 0) // size * size
            page = await self._page(params, start, size)
            if page.total == total:
                return Batch(rows=page.rows[::-1], exhausted=start == 0)
            total = page.total or 0
        raise Garbled("the list changes while it is read", source=self._at.connector)

    async def _by_position(self, wanted: Wanted, params: dict[str, Value]) -> Batch:
        """A list without a window of time: positions, found anew for every page."""
        start = wanted.read if wanted.read is not None else await self._position(wanted, params)
        if self._paging.kind == "page":
            start = start // _PAGE * _PAGE
        else:
            # The last moment is read again from its first row, as long as half a page is new.
            start = max(0, start - max(_OVERLAP, min(wanted.tied, _PAGE // 2)))
        page = await self._page(params, start, _PAGE)
        more = page.next_step is not None
        end = start + len(page.rows)
        return Batch(rows=page.rows, exhausted=not more, total=page.total, end=end)

    async def _position(self, wanted: Wanted, params: dict[str, Value]) -> int:
        """A position at most a page before the place's moment, by halving."""
        if wanted.after is None:
            return 0
        low, high = 0, (await self._page(params, 0, 1)).total or 0
        while high - low > _PAGE:
            middle = (low + high) // 2
            rows = (await self._page(params, middle, 1)).rows
            value = self._compiled.place_of(rows[0], self._at) if rows else 0
            place = wanted.after.value
            is_before = value > place if wanted.newest_first else value < place
            low, high = (middle, high) if rows and is_before else (low, middle)
        return low

    async def _page(self, params: dict[str, Value], start: int, size: int) -> RestPage[Any]:
        return await self._client.page(
            self._path,
            self._compiled.row_type,
            self._paginator(start, size),
            params=params,
            places=self._places,
        )

    def _paginator(self, start: int, size: int) -> Any:
        return paginator(self._paging, start, size, self._compiled.id_of)

    def _found_at(self, own: RestLookup) -> Places | None:
        key = (own.found_at, own.call)
        if key not in self._looked:
            self._looked[key] = places(own.found_at, None, self._codes, own.call or self._path)
        return self._looked[key] or Places()

    def _params(self, wanted: Wanted, order: Ordering) -> dict[str, Value]:
        names = self._paging
        found: dict[str, Value] = {**self._section.fixed}
        if names.sort:
            found[names.sort] = order.by or ""
        if names.direction:
            found[names.direction] = names.newest if wanted.newest_first else names.oldest
        if wanted.customers is not None and self._section.by_customer is not None:
            found[self._section.by_customer.own.param] = _several(
                self._section.by_customer, wanted.customers
            )
        for name, values in wanted.pushed.items():
            found[name] = listed(values)
        return found | self._window(wanted, order)

    def _window(self, wanted: Wanted, order: Ordering) -> dict[str, str]:
        """Both bounds leave out the second that they name, so each is a second wider."""
        after, before = wanted.since, wanted.until
        if wanted.after is not None:
            place = from_micros(wanted.after.value)
            if wanted.newest_first:
                before = place if before is None else min(before, place)
            else:
                after = place if after is None else max(after, place)
        found = {}
        if order.after is not None and after is not None:
            found[order.after] = self._stamp(after - _SECOND, order)
        if order.before is not None and before is not None:
            found[order.before] = self._stamp(before + _SECOND, order)
        return found

    def _stamp(self, moment: datetime, order: Ordering) -> str:
        if order.own.stamp == _SINCE_1970:
            return str(int(moment.timestamp()))
        own = moment.astimezone(self._at.zone if order.cast == "local" else UTC)
        if order.own.stamp:
            return own.strftime(order.own.stamp)
        return own.replace(tzinfo=None).isoformat(timespec="seconds")


def _several(lookup: Lookup, keys: Sequence[str]) -> Value:
    """Keys as the parameter holds them."""
    own: RestLookup = lookup.own
    if own.several == "comma":
        return listed(keys)
    if not own.item:
        return list(keys)
    parts = (_parts(lookup, key) for key in keys)
    return [{name: text.format_map(part) for name, text in own.item.items()} for part in parts]


def _parts(lookup: Lookup, key: str) -> dict[str, str]:
    """A key, and the named groups of its pattern."""
    found = re.fullmatch(lookup.keys, key)
    return {"key": key, **(found.groupdict("") if found is not None else {})}


def _path(own: RestLookup, parts: dict[str, str]) -> str:
    """The template with each part as one segment; nothing where a part cannot be one."""
    try:
        return own.path.format_map({name: segment(part) for name, part in parts.items()})
    except BadInput:
        return ".."
