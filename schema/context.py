"""What a resolver may ask: one typed context per request, and the reader behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from capabilities.caller import Caller
from capabilities.estate import Channel, ConnectorState
from capabilities.ids import GlobalId
from capabilities.member.records import Identity, Member, MembershipFilter
from capabilities.order.records import Order, OrderFilter, OrderLine, Store, StoreFilter
from capabilities.page import ConnectionArgs, MergedPage
from capabilities.product.records import Product, ProductFilter, UnmatchedCode
from capabilities.promotion.records import Coupon, Promotion, PromotionFilter
from capabilities.sources import SourceReport


class Reader(Protocol):
    """Every read of the graph, batched and federated, already cut to what the caller may see.

    A failed single look-up raises a `SantongError`; a not-found one is None. A list that lacks a
    source does not raise (but for `REQUIRE_ALL`): it says so in its source reports.
    """

    async def me(self) -> Member | None: ...
    async def member_by_identity(self, identity: Identity) -> Member | None: ...
    async def member_by_membership(self, channel: str, number: str) -> Member | None: ...
    async def member_by_one_id(self, one_id: str) -> Member | None: ...
    async def members(
        self, filters: MembershipFilter, args: ConnectionArgs
    ) -> MergedPage[Member]: ...
    async def member_orders(
        self, member: Member, filters: OrderFilter, args: ConnectionArgs
    ) -> MergedPage[Order]: ...
    async def member_coupons(
        self, member: Member
    ) -> tuple[Sequence[Coupon], Sequence[SourceReport]]: ...
    async def orders(self, filters: OrderFilter, args: ConnectionArgs) -> MergedPage[Order]: ...
    async def order(self, channel: str, number: str) -> Order | None: ...
    async def order_member(self, order: Order) -> Member | None: ...
    async def order_mirrors(self, order: Order) -> Sequence[Order]: ...
    async def line_product(self, order: Order, line: OrderLine) -> Product | None: ...
    async def product(self, sku: str) -> Product | None: ...
    async def products(
        self, filters: ProductFilter, args: ConnectionArgs
    ) -> MergedPage[Product]: ...
    async def unmatched_codes(
        self, connector: str | None, first: int
    ) -> Sequence[UnmatchedCode]: ...
    async def promotions(
        self, filters: PromotionFilter, args: ConnectionArgs
    ) -> MergedPage[Promotion]: ...
    async def promotion(self, channel: str, key: str) -> Promotion | None: ...
    async def coupons(
        self, channels: frozenset[str] | None, args: ConnectionArgs
    ) -> MergedPage[Coupon]: ...
    async def coupon(self, channel: str, key: str) -> Coupon | None: ...
    async def stores(self, filters: StoreFilter, args: ConnectionArgs) -> MergedPage[Store]: ...
    async def store(self, channel: str, code: str) -> Store | None: ...
    def channels(self) -> Sequence[Channel]: ...
    def channel(self, code: str) -> Channel | None: ...
    def connectors(self) -> Sequence[ConnectorState]: ...
    async def nodes(self, ids: Sequence[GlobalId]) -> Sequence[object | None]: ...


@dataclass(slots=True)
class SourceWarning:
    """One entry of `extensions.warnings`: a list lacks a source, and nothing failed."""

    code: str
    source: str
    retryable: bool
    path: Sequence[str | int]


@dataclass(slots=True)
class Context:
    """One request: who asks, under which id, through which reader."""

    reader: Reader
    caller: Caller | None
    request_id: str
    language: str = "zh-CN"
    warnings: list[SourceWarning] = field(default_factory=list)
