"""Questions in REST: lists of keys in a parameter, and lists inside a window of time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from capabilities.time import from_micros
from connectors.manifest import At, CompiledSection
from connectors.manifest.model import Lookup, Ordering
from connectors.ports.wanted import Batch, Wanted, whole
from connectors.protocols.rest import Offset, RestClient, RestPage, listed
from connectors.protocols.rest.declared import Paging

_SECOND = timedelta(seconds=1)
# Rows of one moment lie in another order at each request; so many are read twice for that.
_OVERLAP = 10
_PAGE = 100


class RestReader:
    """A section over one REST resource."""

    pushes_channels = False

    def __init__(
        self, client: RestClient, section: CompiledSection, paging: Paging, at: At
    ) -> None:
        self._client = client
        self._compiled = section
        self._section = section.section
        self._path = section.section.resource or ""
        self._paging = paging
        self._at = at

    @property
    def partitioned(self) -> bool:
        """Whether the manifest says that a limit holds for each customer."""
        lookup = self._section.by_customer
        return lookup is not None and bool(lookup.own.per_customer)

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows whose parameter is one of the keys; all their pages or an error."""
        most = self._section.order.page_max if self._section.order else 100
        params = {**self._section.fixed, **lookup.fixed, lookup.own.param: listed(keys)}
        bounds = self._client.limits
        found = await self._client.all(
            self._path,
            self._compiled.row_type,
            self._offset(0, most),
            params=params,
            max_rows=max(bounds.scan_max_rows, len(keys)),
            max_calls=max(bounds.scan_max_calls, len(keys)),
        )
        return whole(found, self._at.connector)

    async def rows(self, wanted: Wanted) -> Batch:
        """One page in the order of the manifest, from the place's own moment on."""
        order = self._section.order
        if order is None:
            raise TypeError("a list without an order")
        params = self._params(wanted, order)
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

    async def _by_position(self, wanted: Wanted, params: dict[str, str]) -> Batch:
        """A list without a window of time: positions, found anew for every page."""
        start = wanted.read if wanted.read is not None else await self._position(wanted, params)
        # The last moment is read again from its first row, as long as half a page is new.
        start = max(0, start - max(_OVERLAP, min(wanted.tied, _PAGE // 2)))
        page = await self._page(params, start, _PAGE)
        more = page.next_step is not None
        end = start + len(page.rows)
        return Batch(rows=page.rows, exhausted=not more, total=page.total, end=end)

    async def _position(self, wanted: Wanted, params: dict[str, str]) -> int:
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

    async def _page(self, params: dict[str, str], start: int, size: int) -> RestPage[Any]:
        return await self._client.page(
            self._path, self._compiled.row_type, self._offset(start, size), params=params
        )

    def _offset(self, start: int, size: int) -> Offset:
        names = self._paging
        return Offset(size=size, start=start, offset_param=names.offset, size_param=names.limit)

    def _params(self, wanted: Wanted, order: Ordering) -> dict[str, str]:
        found = dict(self._section.fixed)
        found[self._paging.sort] = order.by or ""
        found[self._paging.direction] = "desc" if wanted.newest_first else "asc"
        if wanted.customers is not None and self._section.by_customer is not None:
            found[self._section.by_customer.own.param] = listed(wanted.customers)
        for name, values in wanted.pushed.items():
            found[name] = listed(values)
        return found | _window(wanted, order)


def _window(wanted: Wanted, order: Ordering) -> dict[str, str]:
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
        found[order.after] = _stamp(after - _SECOND)
    if order.before is not None and before is not None:
        found[order.before] = _stamp(before + _SECOND)
    return found


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
