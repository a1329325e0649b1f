"""Products of order lines through the crosswalk, and pages of the product reference."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence

from cache.crosswalk import CachedCrosswalk
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.order.records import Order, OrderLine
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    MergedPage,
    PageInfo,
    TotalCount,
)
from capabilities.product.records import Product, ProductCode, ProductFilter
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.asking import Request
from gateway.federation.cursor import is_name
from gateway.federation.paging import paging_of
from store.product.products import ProductReference

_PLATFORM = "platform"
_CURSOR = "p1:"


class Products:
    """The product reference for one request."""

    def __init__(
        self, request: Request, reference: ProductReference, crosswalk: CachedCrosswalk
    ) -> None:
        self._request = request
        self._reference = reference
        self._crosswalk = crosswalk
        self._unmatched: Counter[ProductCode] = Counter()

    async def product(self, sku: str) -> Product | None:
        """A product by the retailer's own code."""
        product: Product | None = await self._request.load_with(
            "products", self._reference.products, sku
        )
        return product

    async def of_line(self, order: Order, line: OrderLine) -> Product | None:
        """The product of a line; None when no code matches, or the reference is away."""
        if order.source.connector == _PLATFORM:  # its own lines carry the retailer's own code
            return await self.product(line.codes[0].code) if line.codes else None
        codes = [
            ProductCode(
                connector=order.source.connector,
                system=order.source.system,
                kind=ref.kind,
                code=ref.code,
                on=order.business_date,
            )
            for ref in line.codes
        ]
        try:
            skus = await asyncio.gather(
                *(self._request.load_with("skus", self._skus, code) for code in codes)
            )
            # The connector's own order of codes is the order of the look-up: the first hit wins.
            sku = next((one for one in skus if one is not None), None)
            if sku is not None:
                return await self.product(sku)
        except StoreUnavailable as exc:
            self._request.notices[_PLATFORM] = SourceReport(
                name=_PLATFORM,
                status=SourceStatus.ERROR,
                code=exc.code,
                message="products of order lines are missing",
                retryable=True,
            )
            return None
        if codes:
            self._unmatched[codes[0]] += 1
        return None

    async def _skus(self, codes: Sequence[ProductCode]) -> Sequence[str | StoreUnavailable | None]:
        """What the crosswalk knows; only the codes that nobody could be asked for fail."""
        answer = await self._crosswalk.look_up(codes)
        return [
            answer.error if code in answer.unanswered else sku
            for code, sku in zip(codes, answer.skus, strict=True)
        ]

    async def count_unmatched(self) -> None:
        """Tell the store which codes matched nothing; a store that is away forgets this count."""
        lines, self._unmatched = self._unmatched, Counter()
        if lines:
            try:
                await self._crosswalk.record_unmatched(lines)
            except StoreUnavailable:
                return

    async def page(self, filters: ProductFilter, args: ConnectionArgs) -> MergedPage[Product]:
        """A page of the reference, by sku."""
        wanted, cursor, backward, _ = paging_of(args)
        rows = await self._reference.search_products(
            filters, wanted + 1, decode_sku(cursor) if cursor else None, backward=backward
        )
        more = len(rows) > wanted
        if more:  # the one row too many is the furthest from the cursor
            rows = rows[1:] if backward else rows[:-1]
        edges = tuple(Edge(node=row, place=encode_sku(row.sku)) for row in rows)
        total = await self._reference.count_products(filters)
        return MergedPage(
            edges=edges,
            page_info=PageInfo(
                has_next_page=bool(cursor) if backward else more,
                has_previous_page=more if backward else bool(cursor),
                start=edges[0].place if edges else cursor,
                end=edges[-1].place if edges else cursor,
            ),
            sources=(
                SourceReport(name=_PLATFORM, status=SourceStatus.OK, age_ms=0, count=len(edges)),
            ),
            total_count=TotalCount(total, CountPrecision.EXACT),
        )


def encode_sku(sku: str) -> str:
    """The opaque cursor of one product."""
    return urlsafe_b64encode((_CURSOR + sku).encode()).rstrip(b"=").decode()


def decode_sku(cursor: str) -> str:
    """The sku of a cursor; BadInput when it is none of this list's."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as exc:
        raise BadInput("this is no cursor of products", code="BAD_CURSOR") from exc
    if not text.startswith(_CURSOR) or not is_name(text):
        raise BadInput("this is no cursor of products", code="BAD_CURSOR")
    return text.removeprefix(_CURSOR)
