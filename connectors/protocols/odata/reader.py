"""Questions in OData: keys as a chain, a list or parts of a `$batch`, and lists by keyset."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from capabilities.errors import ChannelError
from connectors.manifest import CompiledSection
from connectors.manifest.model import Lookup
from connectors.ports.wanted import Batch, Wanted, whole
from connectors.protocols.odata import filter as odata
from connectors.protocols.odata import literals
from connectors.protocols.odata.client import ODataClient
from connectors.protocols.odata.filter import Filter
from connectors.protocols.odata.keyed import keyed
from connectors.protocols.odata.listed import Listing
from connectors.protocols.odata.query import Query
from connectors.protocols.odata.rows import ODataPage
from connectors.protocols.odata.selected import read_of

# One key has at most so many rows: several spellings of a phone, several persons of one phone.
_ROWS_PER_KEY = 20


class ODataReader:
    """A section over one OData service; `in_list` says that it knows lists of values."""

    def __init__(
        self,
        client: ODataClient,
        section: CompiledSection,
        zone: ZoneInfo,
        source: str,
        *,
        in_list: bool = False,
    ) -> None:
        self._client = client
        self._literals = client.dialect.literals
        self._row_type = section.row_type
        self._section = section.section
        self._entity = (section.section.resource or "").rpartition("/")[2]
        self._source = source
        self._select, self._expand = read_of(section)
        self._one_of = odata.in_ if in_list else odata.any_of
        self._listing = Listing(self._section, self._literals, zone, self._one_of)

    @property
    def partitioned(self) -> bool:
        """A part of a `$batch` is one customer's list, and has its limit for itself."""
        return self._client.batches

    @property
    def pushes_channels(self) -> bool:
        """Whether rows of some channels can be asked for."""
        return self._section.channel.push is not None

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """All pages of the rows that have these keys, or an error."""
        fixed = self._fixed(lookup.fixed)
        parts = [[key] for key in keys] if self._client.batches else [list(keys)]
        asked = [
            self._query(odata.and_(named, *fixed))
            for part in parts
            if (named := keyed(lookup.own, part, self._literals, self._one_of)) is not None
        ]
        pages = await self._answers(asked)
        most = len(keys) * _ROWS_PER_KEY
        found = [await self._client.gathered(one, self._row_type, most, most) for one in pages]
        return [row for rows in found for row in whole(rows, self._source)]

    async def rows(self, wanted: Wanted) -> Batch:
        """One page in the order of the manifest, strictly after the place; a page per customer."""
        customers = wanted.customers or ()
        if self._client.batches and len(customers) > 1:
            return await self._of_each([replace(wanted, customers=(one,)) for one in customers])
        asked = self._listed(wanted)
        if self._section.own.count and _is_whole(wanted):
            asked = replace(asked, count=True)
        page = await self._client.page(asked, self._row_type)
        more = page.next_link is not None or len(page.rows) >= wanted.limit
        return Batch(rows=page.rows, exhausted=not more, total=page.count)

    async def _of_each(self, asks: Sequence[Wanted]) -> Batch:
        """As many rows of each as were wanted; a system's smaller page is no end of a list."""
        rows: list[Any] = []
        limit, more = asks[0].limit, False
        for page in await self._answers([self._listed(ask) for ask in asks]):
            found = await self._client.gathered(page, self._row_type, limit, limit)
            rows += found.rows
            more = more or found.truncated or len(found.rows) >= limit
        return Batch(rows=rows, exhausted=not more)

    def _listed(self, wanted: Wanted) -> Query:
        conditions = [*self._fixed({}), *self._listing.conditions(wanted)]
        filters = odata.and_(*conditions)
        return self._query(filters, self._listing.order_by(wanted), wanted.limit)

    async def _answers(self, asked: Sequence[Query]) -> Sequence[ODataPage[Any]]:
        """A page for each question, by one call; a part that failed is its own error."""
        if len(asked) == 1:
            return [await self._client.page(asked[0], self._row_type)]
        pages = []
        for part in await self._client.batch(asked, self._row_type) if asked else ():
            if isinstance(part, ChannelError):
                raise part
            pages.append(part)
        return pages

    def _query(
        self, filters: Filter, order_by: tuple[str, ...] = (), top: int | None = None
    ) -> Query:
        return Query(
            entity=self._entity,
            filters=filters,
            select=self._select,
            expand=self._expand,
            order_by=order_by,
            top=top,
        )

    def _fixed(self, more: Mapping[str, str]) -> list[Filter]:
        pairs = {**self._section.fixed, **more}
        return [odata.eq(name, literals.text(value)) for name, value in pairs.items()]


def _is_whole(wanted: Wanted) -> bool:
    """Whether a read begins a list that is all of its channels: what else was counted is no use."""
    return wanted.after is None and wanted.since is wanted.until is None and not wanted.pushed
