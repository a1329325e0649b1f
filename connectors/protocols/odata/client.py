"""OData over the wire: typed pages, single entities, and walks along the system's own links."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec.structs import replace

from capabilities.errors import Garbled
from connectors._kit.deadline import within
from connectors._kit.outcome import Reading, found, result
from connectors._kit.strict_json import Decoder
from connectors._kit.wire import Wire
from connectors.protocols.gathered import Gathered
from connectors.protocols.odata.dialect import V2, Dialect
from connectors.protocols.odata.filter import Filter, checked_field
from connectors.protocols.odata.literals import Literal
from connectors.protocols.odata.rows import ODataPage

T = TypeVar("T")

_NO_PARAMS: Mapping[str, str] = {}
_HEADERS = {"Accept": "application/json"}
_TYPES = 256


class ODataClient:
    """One service of one system. `service_path` is below the wire's base."""

    def __init__(
        self,
        wire: Wire,
        service_path: str,
        *,
        dialect: Dialect | None = None,
        fixed_params: Mapping[str, str] = _NO_PARAMS,
        reading: Reading | None = None,
    ) -> None:
        self._wire = wire
        self._service = service_path.strip("/")
        self._dialect: Dialect = dialect or V2()
        self._fixed = {**self._dialect.parameters, **fixed_params}
        self._reading = replace(
            reading or Reading(html_is_logon=True), error_code=self._dialect.error_code
        )
        self._decoders = lru_cache(maxsize=_TYPES)(Decoder[Any])

    async def page(
        self,
        entity: str,
        row_type: type[T],
        *,
        filters: Filter | None = None,
        select: Sequence[str] = (),
        expand: Sequence[str] = (),
        order_by: Sequence[str] = (),
        top: int | None = None,
        skip: int | None = None,
        count: bool = False,
        params: Mapping[str, str] = _NO_PARAMS,
    ) -> ODataPage[T]:
        """One page of an entity set, by one call. `order_by` items may end in ` desc`."""
        asked = {
            **self._fixed,
            **params,
            **_options(filters, select, expand, order_by),
            **_numbers(top, skip),
            **dict([self._dialect.counting] if count else ()),
        }
        return await self._page(f"{self._service}/{checked_field(entity)}", asked, row_type)

    async def follow(self, next_link: str, row_type: type[T]) -> ODataPage[T]:
        """The page behind a link of an answer, asked from our own base."""
        return await self._page(self._own(next_link), {}, row_type)

    async def all(
        self,
        entity: str,
        row_type: type[T],
        *,
        filters: Filter | None = None,
        select: Sequence[str] = (),
        expand: Sequence[str] = (),
        order_by: Sequence[str] = (),
        top: int | None = None,
        params: Mapping[str, str] = _NO_PARAMS,
        max_rows: int | None = None,
        max_calls: int | None = None,
    ) -> Gathered[T]:
        """Pages along the system's links until it has no more or a bound is met.

        All calls together have one deadline. A link that was followed before is Garbled.
        """
        limits = self._wire.limits
        most_rows = limits.scan_max_rows if max_rows is None else max_rows
        most_calls = limits.scan_max_calls if max_calls is None else max_calls
        async with within(limits.deadline_ms / 1000, self._wire.source):
            page = await self.page(
                entity,
                row_type,
                filters=filters,
                select=select,
                expand=expand,
                order_by=order_by,
                top=top,
                params=params,
            )
            return await self._gathered(page, row_type, most_rows, most_calls)

    async def one(
        self,
        entity: str,
        key: Literal,
        row_type: type[T],
        *,
        select: Sequence[str] = (),
        expand: Sequence[str] = (),
    ) -> T | None:
        """The entity of a key, None where there is none."""
        path = f"{self._service}/{checked_field(entity)}({_in_path(key)})"
        asked = {**self._fixed, **_options(None, select, expand, ())}
        answer = await self._wire.get(path, asked, _HEADERS)
        decoder = self._decoders(self._dialect.entity_type(row_type))
        body = found(answer, decoder, self._reading, self._wire.source)
        row: T | None = None if body is None else self._dialect.entity(body)
        return row

    async def _page(self, path: str, params: Mapping[str, str], row_type: type[T]) -> ODataPage[T]:
        answer = await self._wire.get(path, params, _HEADERS)
        decoder = self._decoders(self._dialect.page_type(row_type))
        body = result(answer, decoder, self._reading, self._wire.source)
        return self._dialect.page(body, self._wire.source)

    async def _gathered(
        self, page: ODataPage[T], row_type: type[T], max_rows: int, max_calls: int
    ) -> Gathered[T]:
        rows, calls, seen = list(page.rows), 1, set[str]()
        while page.next_link and calls < max_calls and len(rows) < max_rows:
            own = self._own(page.next_link)
            if own in seen:
                raise Garbled("the answer's links go round", source=self._wire.source)
            seen.add(own)
            page = await self._page(own, {}, row_type)
            rows += page.rows
            calls += 1
        cut = len(rows) > max_rows
        return Gathered(
            rows=tuple(rows[:max_rows]),
            calls=calls,
            truncated=cut or page.next_link is not None,
        )

    def _own(self, link: str) -> str:
        return self._wire.origin.rebase(link, below=self._service)


def _options(
    filters: Filter | None, select: Sequence[str], expand: Sequence[str], order_by: Sequence[str]
) -> dict[str, str]:
    options = {"$filter": filters.text} if filters else {}
    named = {"$select": select, "$expand": expand}
    options |= {key: ",".join(map(checked_field, paths)) for key, paths in named.items() if paths}
    if order_by:
        options["$orderby"] = ",".join(map(_sorted_by, order_by))
    return options


def _numbers(top: int | None, skip: int | None) -> dict[str, str]:
    pairs = {"$top": top, "$skip": skip}
    return {key: str(int(value)) for key, value in pairs.items() if value is not None}


def _sorted_by(item: str) -> str:
    field, _, direction = item.partition(" ")
    if direction not in ("", "asc", "desc"):
        raise ValueError(f"{item!r} is no sort order")
    return f"{checked_field(field)} {direction}".rstrip()


def _in_path(key: Literal) -> str:
    return quote(key.text, safe="'")
