"""A shelf of real records, a reader that hands them out, and a way to ask the graph."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from inspect import isawaitable
from typing import Any

import pytest
from graphql import ExecutionResult as CoreResult
from graphql import execute, parse, validate
from strawberry.types import ExecutionResult

from capabilities.caller import Caller, Role, Visibility
from capabilities.estate import Channel, ChannelKind, ConnectorHealth, ConnectorState
from capabilities.ids import GlobalId
from capabilities.member.records import (
    Contact,
    Member,
    Membership,
    MembershipStatus,
    Points,
    Tier,
)
from capabilities.money import Money
from capabilities.native import ExtensionPoint, NativeCast, NativeField, NativeType
from capabilities.operations import (
    IdempotencyKeyReused,
    OperationFault,
    OperationInvalid,
    RegisteredOperation,
    Registration,
    operation_hash,
)
from capabilities.order.records import (
    Discount,
    IntegrityWarning,
    Order,
    OrderLine,
    OrderMirror,
    OrderMoney,
    OrderStatus,
    Payment,
    ProductRef,
    Store,
    StoreKind,
)
from capabilities.page import (
    ConnectionArgs,
    CountPrecision,
    Edge,
    MergedPage,
    PageInfo,
    TotalCount,
)
from capabilities.product.records import ExternalCode, Product, UnmatchedCode
from capabilities.promotion.records import (
    Coupon,
    CouponKind,
    CouponStatus,
    Promotion,
    PromotionKind,
    PromotionStatus,
    PromotionTerms,
)
from capabilities.purging import CachePurged, NothingPurged, Purged
from capabilities.registration import (
    ConnectorDeclined,
    ConnectorInvalid,
    ConnectorOutcome,
    DefinitionFault,
    RegisteredConnector,
    RegistrationAction,
)
from capabilities.sources import SourceRef, SourceReport, SourceStatus
from gateway.execution.plan import Planner
from schema.build import SantongSchema, build_schema
from schema.context import Context
from tests.schema.platform_shelf import PlatformShelf

NOON = datetime(2026, 10, 1, 4, 0, 0, 123456, tzinfo=UTC)
YUAN = Money(1290, "CNY")
POS = SourceRef(connector="pos", system="ospos", external_id="4711")
OK = SourceReport(name="pos", status=SourceStatus.OK, latency_ms=12, age_ms=0, count=1)
DOWN = SourceReport(
    name="sap",
    status=SourceStatus.TIMEOUT,
    latency_ms=800,
    code="UPSTREAM_TIMEOUT",
    message="no whole answer within the deadline",
    retryable=True,
    channels=("jd", "tmall"),
)


def page(*nodes: Any, sources: tuple[SourceReport, ...] = (OK,)) -> MergedPage[Any]:
    return MergedPage(
        edges=tuple(Edge(node=node, place=f"c{at}") for at, node in enumerate(nodes)),
        page_info=PageInfo(has_next_page=True, has_previous_page=False, start="c0", end="c1"),
        sources=sources,
        total_count=TotalCount(len(nodes), CountPrecision.EXACT),
    )


STORE = Store(
    channel="store",
    code="M0001",
    name="上海南京东路店",
    kind=StoreKind.STREET,
    region="上海",
    source=POS,
)
MEMBERSHIP = Membership(
    channel="store",
    number="8001",
    programme="snack",
    status=MembershipStatus.ACTIVE,
    source_status=("0",),
    tier=Tier(code="G", name="金卡", valid_to=date(2027, 1, 1)),
    points=Points(available=120, pending=5),
    joined_at=NOON,
    home_store_code="M0001",
    contact=Contact(
        name="林小满", phone="139 1234 5678", email="lin@example.com", phone_verified=True
    ),
    source=POS,
)
MEMBER = Member(
    brand="baiwei",
    one_id="abcdefghijklmnopqrstuvwx",
    memberships=(MEMBERSHIP,),
    version=3,
    aliases=("oldoldoldoldoldoldoldold",),
    sources=(OK, DOWN),
)
LINE = OrderLine(
    ref="1",
    raw_sku="6901234567892",
    codes=(ProductRef("barcode", "6901234567892"),),
    name="坚果",
    quantity=Decimal("2.000"),
    unit="袋",
    unit_price=Money(645, "CNY"),
    total=YUAN,
    tax=Money(0, "CNY"),
    discounts=(Discount(amount=Money(10, "CNY"), name="会员价", code="SECRET-CODE"),),
)
ORDER = Order(
    channel="store",
    number="M0001-20261001-0-1-7",
    version=3,
    status=OrderStatus.COMPLETED,
    source_status=("0",),
    mapping_version="ospos-1",
    customer="8001",
    store_code="M0001",
    placed_at=NOON,
    business_date=date(2026, 10, 1),
    paid_at=NOON,
    completed_at=NOON,
    updated_at=NOON,
    currency="CNY",
    money=OrderMoney(
        items=YUAN,
        discount=YUAN,
        shipping=YUAN,
        tax=YUAN,
        fees=YUAN,
        total=YUAN,
        paid=YUAN,
        refunded=YUAN,
        tax_included=True,
    ),
    lines=(LINE,),
    payments=(Payment(method="现金", amount=YUAN, paid_at=NOON),),
    discounts=(Discount(amount=YUAN, name="满减"),),
    notes=("加急",),
    integrity_warnings=(IntegrityWarning("SUM_DIFFERS", "the parts differ"),),
    source=POS,
)
COPY = Order(
    channel="store",
    number="SAP-1",
    source_status=("C",),
    placed_at=NOON,
    money=ORDER.money,
    source=POS,
)
PRODUCT = Product(
    brand="baiwei",
    sku="BW-100123",
    name="每日坚果",
    brand_name="百味",
    category_path=("零食", "坚果"),
    barcodes=("6901234567892",),
    unit="袋",
    launched_at=date(2025, 1, 1),
    discontinued_at=date(2027, 1, 1),
    external_codes=(
        ExternalCode(system="ospos", kind="barcode", code="6901234567892", connector="pos"),
    ),
)
PROMOTION = Promotion(
    channel="shop",
    key="12",
    name="满减",
    kind=PromotionKind.ORDER_DISCOUNT,
    status=PromotionStatus.ACTIVE,
    source_status=("publish",),
    starts_at=NOON,
    ends_at=NOON,
    percent=Decimal("12.50"),
    amount=YUAN,
    minimum=YUAN,
    usage_limit=100,
    used=3,
    terms=PromotionTerms(
        version=2,
        definition='{"id":"12"}',
        channels=("shop",),
        stores=("M0001",),
        scenes=("live",),
        priority=1,
        group="day",
        exclusive=True,
        settled=True,
        per_member=1,
        per_order=2,
        per_store=3,
        budget=YUAN,
        target_amount=YUAN,
        target_units=100,
        author="ops-1",
        reason="double eleven",
        changed_at=NOON,
    ),
    source=POS,
)
COUPON = Coupon(
    channel="shop",
    key="99",
    code="LIN-2026-WXYZ",
    kind=CouponKind.DISCOUNT,
    status=CouponStatus.AVAILABLE,
    source_status=("publish",),
    name="生日券",
    percent=Decimal(10),
    value=YUAN,
    issued_at=NOON,
    expires_at=NOON,
    customer="8001",
    source=POS,
)
CHANNELS = (
    Channel(brand="baiwei", code="store", name="门店", kind=ChannelKind.STORE),
    Channel(brand="baiwei", code="shop", name="官网商城", kind=ChannelKind.OTHER),
)
CONNECTOR = ConnectorState(
    name="pos",
    system="ospos",
    health=ConnectorHealth.UP,
    capabilities=("member", "order"),
    channels=("store",),
    ports=("OrderSource",),
    calls=3,
    errors=1,
    in_flight=1,
    last_error="UPSTREAM_TIMEOUT",
    p50=40,
    p99=400,
    error_rate=0.0154,
    last_latency_ms=40,
    author="demo-admin",
    changed_at=NOON,
    refused="it is no YAML",
)


_CASHIER = NativeField("cashier", NativeCast.TEXT, "staff", "Who sold it.")
EXTENSIONS = (
    ExtensionPoint(
        type=NativeType("AcmePosOrder", "Order", "acme_pos", (_CASHIER,)), connectors=("till",)
    ),
)


class Shelf:
    """Answers every question with the one record of its kind, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        everything = (MEMBER, MEMBERSHIP, ORDER, PRODUCT, PROMOTION, COUPON, STORE, *CHANNELS)
        self.by_id = {one.id: one for one in everything}

    def _say(self, answer: Any, *question: Any) -> Any:
        self.asked.append(question)
        return answer

    async def me(self, *_: Any) -> Member | None:
        return MEMBER

    async def member_by_identity(self, identity: Any, *_: Any) -> Member | None:
        return self._say(MEMBER, identity)

    async def member_by_membership(self, channel: str, number: str, *_: Any) -> Member | None:
        return self._say(None if number == "none" else MEMBER, channel, number)

    async def member_by_one_id(self, one_id: str, *_: Any) -> Member | None:
        return self._say(MEMBER if one_id == MEMBER.one_id else None, one_id)

    async def member_named(self, one_id: str, *_: Any) -> Member | None:
        return self._say(MEMBER if one_id == MEMBER.one_id else None, one_id)

    async def people(self, one_ids: Sequence[str], *_: Any) -> Sequence[Member | None]:
        return [MEMBER if one == MEMBER.one_id else None for one in one_ids]

    async def members(self, filters: Any, args: ConnectionArgs) -> MergedPage[Member]:
        return self._say(page(MEMBER), filters, args)

    async def member_orders(
        self, member: Member, filters: Any, args: ConnectionArgs
    ) -> MergedPage[Order]:
        return self._say(page(ORDER, sources=(OK, DOWN)), member, filters, args)

    async def member_coupons(
        self, member: Member, *_: Any
    ) -> tuple[Sequence[Coupon], Sequence[SourceReport]]:
        return self._say(((COUPON,), (OK,)), member)

    async def orders(self, filters: Any, args: ConnectionArgs) -> MergedPage[Order]:
        return self._say(page(ORDER), filters, args)

    async def order(self, channel: str, number: str, *_: Any) -> Order | None:
        return self._say(ORDER if number == ORDER.number else None, channel, number)

    async def order_named(self, channel: str, number: str, *_: Any) -> Order | None:
        return await self.order(channel, number)

    async def order_member(self, order: Order) -> Member | None:
        return self._say(MEMBER, order)

    async def order_mirrors(
        self, order: Order
    ) -> tuple[Sequence[OrderMirror], Sequence[SourceReport]]:
        return self._say(((OrderMirror.of(COPY),), (OK,)), order)

    async def line_product(self, order: Order, line: OrderLine) -> Product | None:
        return self._say(PRODUCT, order, line)

    async def product(self, sku: str) -> Product | None:
        return PRODUCT if sku == PRODUCT.sku else None

    async def products(self, filters: Any, args: ConnectionArgs) -> MergedPage[Product]:
        return self._say(page(PRODUCT), filters, args)

    async def unmatched_codes(self, connector: str | None, first: int) -> Sequence[UnmatchedCode]:
        rows = (UnmatchedCode(connector="pos", kind="barcode", code="690", lines=4),)
        return self._say(rows, connector, first)

    async def promotions(self, filters: Any, args: ConnectionArgs) -> MergedPage[Promotion]:
        return self._say(page(PROMOTION), filters, args)

    async def coupons(
        self, channels: frozenset[str] | None, args: ConnectionArgs
    ) -> MergedPage[Coupon]:
        return self._say(page(COUPON), channels, args)

    async def stores(self, filters: Any, args: ConnectionArgs) -> MergedPage[Store]:
        return self._say(page(STORE), filters, args)

    async def store(self, channel: str, code: str, *_: Any) -> Store | None:
        return self._say(STORE if code == STORE.code else None, channel, code)

    async def home_store(self, membership: Membership) -> Store | None:
        return self._say(STORE, membership)

    def channels(self) -> Sequence[Channel]:
        return CHANNELS

    def channel(self, code: str) -> Channel | None:
        return next((one for one in CHANNELS if one.code == code), None)

    def connectors(self) -> Sequence[ConnectorState]:
        return (CONNECTOR,)

    async def nodes(self, ids: Sequence[GlobalId], *_: Any) -> Sequence[object | None]:
        self.asked.append(("nodes", *(one.type_name for one in ids)))
        return [self._of(one) for one in ids]

    def _of(self, one: GlobalId) -> object | None:
        return next(
            (
                record
                for record in self.by_id.values()
                if type(record).__name__ == one.type_name
                and one.key in (getattr(record, name, None) for name in _KEYS)
            ),
            None,
        )


REGISTERED = RegisteredOperation(
    sha256=operation_hash("{ channels { code } }"),
    text="{ channels { code } }",
    name="Channels",
    registered_by="tester",
    registered_at=NOON,
)


CONNECTED = RegisteredConnector(
    name="east",
    version=1,
    action=RegistrationAction.REGISTER,
    definition="name: east",
    paused=False,
    author="tester",
    changed_at=NOON,
    reason="a new shop",
)


class Clerk:
    """Writes nothing; declines as the input's name says."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def register_operation(
        self, text: str, name: str | None, idempotency_key: str
    ) -> Registration:
        self.asked.append((text, name, idempotency_key))
        if name == "invalid":
            wrong = OperationFault(message="no such field", line=1, column=3)
            return OperationInvalid(
                code="OPERATION_INVALID", path=("input", "text"), faults=(wrong,)
            )
        if name == "reused":
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        return REGISTERED

    async def change_connector(
        self, action: RegistrationAction, name: str | None, *asked: Any
    ) -> ConnectorOutcome:
        self.asked.append((action, name, *asked))
        if name == "invalid":
            fault = DefinitionFault(
                code="ESTATE_INVALID", message="no", line=1, column=2, key="channels"
            )
            code, path = "CONNECTOR_INVALID", ("input", "definition")
            return ConnectorInvalid(code=code, path=path, faults=(fault,))
        if name == "none":
            return ConnectorDeclined(
                code="CONNECTOR_UNKNOWN", path=("input", "name"), valid=("woo",)
            )
        return CONNECTED

    async def purge_cache(self, *asked: Any) -> Purged:
        self.asked.append(asked)
        if asked[0] == "none":
            return NothingPurged(code="CONNECTOR_UNKNOWN", path=("input", "connector"))
        return CachePurged(connectors=("woo",), told=True)


_KEYS = ("one_id", "number", "sku", "key", "code")


def caller(role: Role) -> Caller:
    return Caller(subject="tester", visibility=Visibility(role=role, brand="baiwei"))


class Asking:
    """The graph, asked as one role with one reader."""

    def __init__(self, schema: SantongSchema, *, engine: str = "strawberry") -> None:
        self.schema = schema
        self.engine = engine
        self.reader: Any = Shelf()
        self.writer: Any = Clerk()
        self.platform: Any = PlatformShelf()
        self.language = "en"
        self.context: Context | None = None
        self.max_rows = 5_000

    async def __call__(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        role: Role | None = Role.ADMIN,
    ) -> ExecutionResult | CoreResult:
        self.context = self.context_of(role)
        answer = await self.run(query, variables)
        assert isinstance(answer, CoreResult | ExecutionResult)
        return answer

    def context_of(self, role: Role | None) -> Context:
        """What a request of a role shares."""
        return Context(
            reader=self.reader,
            caller=caller(role) if role else None,
            request_id="r1",
            max_rows=self.max_rows,
            language=self.language,
            writer=self.writer,
            owned=self.platform,
            extensions=EXTENSIONS,
        )

    async def run(self, query: str, variables: dict[str, Any] | None) -> Any:
        """Strawberry's own way, graphql-core's, which knows nothing of Strawberry, or a plan's."""
        if self.engine == "strawberry":
            return await self.schema.execute(
                query, variable_values=variables, context_value=self.context
            )
        document = parse(query)
        errors = validate(self.schema._schema, document)
        if errors:
            return CoreResult(None, errors)
        if self.engine == "plan":
            planner = Planner(self.schema._schema)
            plan = planner.plan(document, None, self.context.caller)
            return await plan.run(self.context, variables)
        answer = execute(
            self.schema._schema, document, variable_values=variables, context_value=self.context
        )
        return await answer if isawaitable(answer) else answer

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = await self(query, variables or None)
        assert answer.errors is None, answer.errors
        assert answer.data is not None
        return answer.data

    async def code(self, query: str, role: Role = Role.ADMIN, **variables: Any) -> str:
        """The code of the one error."""
        answer = await self(query, variables or None, role)
        assert answer.errors is not None
        (error,) = answer.errors
        return str(getattr(error.original_error, "code", error.message))


@pytest.fixture(scope="session")
def built() -> SantongSchema:
    return build_schema()


@pytest.fixture(params=["strawberry", "core", "plan"])
def ask(built: SantongSchema, request: pytest.FixtureRequest) -> Asking:
    return Asking(built, engine=request.param)


@pytest.fixture
def shelf() -> type[Shelf]:
    return Shelf


@pytest.fixture
def records() -> dict[str, Any]:
    return {
        "Member": MEMBER,
        "Membership": MEMBERSHIP,
        "Order": ORDER,
        "Product": PRODUCT,
        "Promotion": PROMOTION,
        "Coupon": COUPON,
        "Store": STORE,
        "Channel": CHANNELS[0],
    }
