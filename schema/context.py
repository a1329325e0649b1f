"""What a resolver may ask: one typed context per request, and the reader behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from strawberry import Info

from capabilities.caller import Caller
from capabilities.errors import BadInput, Forbidden
from capabilities.estate import Capability, Channel, ConnectorState
from capabilities.ids import GlobalId
from capabilities.member.records import Identity, Member, Membership, MembershipFilter
from capabilities.native import ExtensionPoint, Native
from capabilities.operations import Registration
from capabilities.order.records import (
    Order,
    OrderFilter,
    OrderLine,
    OrderMirror,
    Store,
    StoreFilter,
)
from capabilities.page import ConnectionArgs, Freshness, MergedPage
from capabilities.product.records import Product, ProductFilter, UnmatchedCode
from capabilities.promotion.records import Coupon, Promotion, PromotionFilter
from capabilities.purging import Purged
from capabilities.registration import ConnectorOutcome, RegistrationAction
from capabilities.sources import SourceReport
from schema.platform import Platform


class Reader(Protocol):
    """Every read of the graph, batched and federated, already cut to what the caller may see.

    A failed single look-up raises a `SantongError`; a not-found one is None. A list that lacks a
    source does not raise (but for `REQUIRE_ALL`): it says so in its source reports.
    `freshness` says whether an answer that was kept will do. `member_by_…` are look-ups: beyond a
    member of staff's budget they raise `LookUpsSpent`.
    """

    async def me(self, freshness: Freshness = Freshness.CACHED) -> Member | None:
        """The consumer who asks."""

    async def member_by_identity(
        self, identity: Identity, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """The person with an identity as the caller wrote it.

        The reader brings it to its canonical form, or refuses it with `BadInput`. Phones, e-mail
        addresses and card numbers come without a scope.
        """

    async def member_by_membership(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """The person who holds a membership."""

    async def member_by_one_id(
        self, one_id: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """The person of a OneID, or of an alias of one."""

    async def member_named(
        self, one_id: str, freshness: Freshness = Freshness.CACHED
    ) -> Member | None:
        """The person whom an object of the graph names by her OneID: no look-up of the caller's."""

    async def people(
        self, one_ids: Sequence[str], freshness: Freshness = Freshness.CACHED
    ) -> Sequence[Member | None]:
        """One person per OneID, in order; None for one whom the caller may not see.

        One whose systems failed, or do not know her any more, has no memberships.
        """

    async def members(self, filters: MembershipFilter, args: ConnectionArgs) -> MergedPage[Member]:
        """A page of persons."""

    async def member_orders(
        self, member: Member, filters: OrderFilter, args: ConnectionArgs
    ) -> MergedPage[Order]:
        """A page of a person's orders."""

    async def member_coupons(
        self, member: Member, freshness: Freshness = Freshness.CACHED
    ) -> tuple[Sequence[Coupon], Sequence[SourceReport]]:
        """What a person holds, and what each source did to find it."""

    async def orders(self, filters: OrderFilter, args: ConnectionArgs) -> MergedPage[Order]:
        """A page of orders."""

    async def order(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Order | None:
        """One order by its business key, which the caller gave."""

    async def order_named(
        self, channel: str, number: str, freshness: Freshness = Freshness.CACHED
    ) -> Order | None:
        """An order that something else names; nobody asked for it by a key."""

    async def order_member(self, order: Order) -> Member | None:
        """The person who ordered."""

    async def order_mirrors(
        self, order: Order
    ) -> tuple[Sequence[OrderMirror], Sequence[SourceReport]]:
        """Copies of an order, and what each source did to find them."""

    async def line_product(self, order: Order, line: OrderLine) -> Product | None:
        """The product of a line, by the crosswalk of the order's connector."""

    async def product(self, sku: str) -> Product | None:
        """One product."""

    async def products(self, filters: ProductFilter, args: ConnectionArgs) -> MergedPage[Product]:
        """A page of products."""

    async def unmatched_codes(self, connector: str | None, first: int) -> Sequence[UnmatchedCode]:
        """The codes that match nothing, those with the most lines first."""

    async def promotions(
        self, filters: PromotionFilter, args: ConnectionArgs
    ) -> MergedPage[Promotion]:
        """A page of promotions."""

    async def coupons(
        self, channels: frozenset[str] | None, args: ConnectionArgs
    ) -> MergedPage[Coupon]:
        """A page of coupons."""

    async def stores(self, filters: StoreFilter, args: ConnectionArgs) -> MergedPage[Store]:
        """A page of stores."""

    async def store(
        self, channel: str, code: str, freshness: Freshness = Freshness.CACHED
    ) -> Store | None:
        """One store by its key; asked for many rows at once, so batched."""

    async def home_store(self, membership: Membership) -> Store | None:
        """The store that looks after the person; it may belong to another channel of the system."""

    def channels(self) -> Sequence[Channel]:
        """All channels of the estate."""

    def channel(self, code: str) -> Channel | None:
        """One channel; every record that this reader answers belongs to one."""

    def connectors(self) -> Sequence[ConnectorState]:
        """All connectors in force."""

    async def nodes(
        self, ids: Sequence[GlobalId], freshness: Freshness = Freshness.CACHED
    ) -> Sequence[object | None]:
        """One record per id, in order; an id whose source failed has its `SantongError` there."""


class Writer(Protocol):
    """Every write of the graph, made in the caller's name and answered after its commit."""

    async def register_operation(
        self, text: str, name: str | None, idempotency_key: str
    ) -> Registration:
        """Register an operation that fits the graph; a text that is known is answered as it is."""

    async def purge_cache(
        self,
        connector: str | None,
        capability: Capability | None,
        channel: str | None,
        key: str | None,
    ) -> Purged:
        """Answer nothing that was kept before of a connector or all, or of a part of them."""

    async def change_connector(
        self,
        action: RegistrationAction,
        name: str | None,
        definition: str | None,
        secrets: Mapping[str, str],
        reason: str,
        idempotency_key: str,
    ) -> ConnectorOutcome:
        """Change a registered connector; None for what stays as it is."""


@dataclass(slots=True)
class SourceWarning:
    """One entry of `extensions.warnings`: a list lacks a source, and nothing failed."""

    code: str
    source: str
    retryable: bool
    path: Sequence[str | int]


@dataclass(slots=True)
class Context:
    """One request: who asks, under which id, through which reader, and how much she may ask.

    Without a writer it only reads; without a platform it only asks systems.
    """

    reader: Reader
    caller: Caller | None
    request_id: str
    max_rows: int
    language: str = "zh-CN"
    writer: Writer | None = None
    owned: Platform | None = None
    resume: str | None = None  # the last event that a stream's client had, by its header
    extensions: Sequence[ExtensionPoint] = ()
    warnings: list[SourceWarning] = field(default_factory=list)
    _orders: dict[int, Order] = field(default_factory=dict, init=False, repr=False)
    _rows: int = field(default=0, init=False, repr=False)

    def spend(self, rows: int) -> None:
        """Count rows of one list of this request before anybody is asked for them.

        A page counts what it asks for, not what it gets, so that the same document is refused
        whatever the systems hold. BadInput with QUERY_TOO_EXPENSIVE where the request has spent
        `max_rows`: lists inside lists multiply, and other callers wait meanwhile.
        """
        self._rows += rows
        if self._rows > self.max_rows:
            raise BadInput(
                f"the lists of this request ask for more than {self.max_rows} rows together; "
                "ask for a smaller `first`, or for fewer lists inside lists",
                code="QUERY_TOO_EXPENSIVE",
            )

    @property
    def writing(self) -> Writer:
        """The writer; Forbidden where this way in only reads."""
        if self.writer is None:
            raise Forbidden("This way in only reads.")
        return self.writer

    @property
    def platform(self) -> Platform:
        """What the platform owns; Forbidden where this way in only asks systems."""
        if self.owned is None:
            raise Forbidden("This way in has no platform behind it.")
        return self.owned

    def native(self, value: Native | None) -> Native | None:
        """Native values, None where the running graph has no type for them (any more)."""
        known = value is not None and any(one.name == value.kind for one in self.extensions)
        return value if known else None

    def keep_lines(self, order: Order) -> None:
        """Remember whose lines these are: a line's codes mean something in its order only."""
        for line in order.lines:
            self._orders[id(line)] = order

    def order_of(self, line: OrderLine) -> Order:
        """The order of a line that was shown; it is kept alive here, so identity is enough."""
        return self._orders[id(line)]


Ask: TypeAlias = Info[Context, None]
