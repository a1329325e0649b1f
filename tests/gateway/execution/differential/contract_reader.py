"""A reader of random records for the contract: seeded by the question, so answers never move."""

from asyncio import sleep
from collections import Counter
from collections.abc import Sequence
from types import NoneType
from typing import Any

from msgspec import Struct, structs

from capabilities.errors import SantongError
from capabilities.estate import Channel, ConnectorState
from capabilities.ids import GlobalId, global_id
from capabilities.member.records import Member
from capabilities.operations import Registration
from capabilities.order.records import Order, OrderMirror, Store
from capabilities.page import CountPrecision, Edge, MergedPage, PageInfo, TotalCount
from capabilities.product.records import Product, UnmatchedCode
from capabilities.promotion.records import Coupon, Promotion
from capabilities.purging import Purged
from capabilities.registration import ConnectorOutcome
from capabilities.sources import SourceReport
from tests.gateway.execution.differential.contract_platform import DrawnPlatform
from tests.gateway.execution.differential.making import Maker, Mix

CODES = ("store", "shop", "tmall")
KINDS: dict[str, Any] = {
    "Member": Member,
    "Order": Order,
    "Product": Product,
    "Promotion": Promotion,
    "Coupon": Coupon,
    "Store": Store,
    "Channel": Channel,
}
IDS = [
    global_id(kind, scope, key) for kind in KINDS for scope in ("baiwei", "shop") for key in "12"
]


class Desk:
    """Answers every question of `Reader` with records drawn for it."""

    def __init__(self, mix: Mix) -> None:
        self.mix = mix
        self.calls: Counter[str] = Counter()
        self.written: list[str] = []
        self.platform: Any = DrawnPlatform(self._one, self._page)

    def _maker(self, question: str, *about: Any) -> Maker:
        text = f"{question} {told(about)}"
        self.calls[text] += 1
        # Properties walk the lists of their record, so these can be walked again.
        return Maker(self.mix, text, once=False)

    async def _ready(self, question: str, *about: Any) -> Maker:
        maker = self._maker(question, *about)
        if self.mix.ticks:
            for _ in range(maker.random.randint(0, self.mix.ticks)):
                await sleep(0)
        if maker.errs("resolver", self.mix.wrong):
            raise maker.fault()
        return maker

    async def _one(self, kind: Any, question: str, *about: Any) -> Any:
        maker = await self._ready(question, *about)
        return None if kind is NoneType else maker.make(kind | None)

    async def _page(self, kind: Any, question: str, *about: Any) -> Any:
        maker = await self._ready(question, *about)
        random = maker.random
        cursors = [f"c{at}" for at in range(random.randint(0, 3))]
        edges = [
            Edge(node=maker.make(kind, 1), place=one, late=random.random() < 0.2) for one in cursors
        ]
        return MergedPage(
            edges=tuple(edges) if maker.random.random() < 0.95 else maker.make(list[str]),
            page_info=PageInfo(
                has_next_page=maker.make(bool),
                has_previous_page=maker.make(bool),
                start=maker.make(str | None),
                end=maker.make(str | None),
            ),
            sources=reports(maker),
            total_count=TotalCount(maker.make(int | None), random.choice(list(CountPrecision))),
        )

    async def me(self, *_: Any) -> Any:
        return await self._one(Member, "me")

    async def member_by_identity(self, identity: Any, *_: Any) -> Any:
        return await self._one(Member, "member_by_identity", identity)

    async def member_by_membership(self, channel: str, number: str, *_: Any) -> Any:
        return await self._one(Member, "member_by_membership", channel, number)

    async def member_by_one_id(self, one_id: str, *_: Any) -> Any:
        return await self._one(Member, "member_by_one_id", one_id)

    async def member_named(self, one_id: str, *_: Any) -> Any:
        return await self._one(Member, "member_named", one_id)

    async def people(self, one_ids: Any, *_: Any) -> Any:
        maker = await self._ready("people", one_ids)
        return tuple(maker.make(Member | None) for _ in one_ids)

    async def members(self, filters: Any, args: Any) -> Any:
        return await self._page(Member, "members", filters, args)

    async def member_orders(self, member: Any, filters: Any, args: Any) -> Any:
        return await self._page(Order, "member_orders", member, filters, args)

    async def member_coupons(self, member: Any, *_: Any) -> Any:
        maker = await self._ready("member_coupons", member)
        return maker.make(tuple[Coupon, ...], 1), reports(maker)

    async def orders(self, filters: Any, args: Any) -> Any:
        return await self._page(Order, "orders", filters, args)

    async def order(self, channel: str, number: str, *_: Any) -> Any:
        return await self._one(Order, "order", channel, number)

    async def order_named(self, channel: str, number: str, *_: Any) -> Any:
        return await self._one(Order, "order_named", channel, number)

    async def order_member(self, order: Any) -> Any:
        return await self._one(Member, "order_member", order)

    async def order_mirrors(self, order: Any) -> Any:
        maker = await self._ready("order_mirrors", order)
        return maker.make(tuple[OrderMirror, ...], 1), reports(maker)

    async def line_product(self, order: Any, line: Any) -> Any:
        return await self._one(Product, "line_product", order, line)

    async def product(self, sku: str) -> Any:
        return await self._one(Product, "product", sku)

    async def products(self, filters: Any, args: Any) -> Any:
        return await self._page(Product, "products", filters, args)

    async def unmatched_codes(self, connector: str | None, first: int) -> Any:
        maker = await self._ready("unmatched_codes", connector, first)
        return maker.make(tuple[UnmatchedCode, ...])

    async def promotions(self, filters: Any, args: Any) -> Any:
        return await self._page(Promotion, "promotions", filters, args)

    async def coupons(self, channels: Any, args: Any) -> Any:
        return await self._page(Coupon, "coupons", channels, args)

    async def stores(self, filters: Any, args: Any) -> Any:
        return await self._page(Store, "stores", filters, args)

    async def store(self, channel: str, code: str, *_: Any) -> Any:
        return await self._one(Store, "store", channel, code)

    async def home_store(self, membership: Any) -> Any:
        return await self._one(Store, "home_store", membership)

    def channels(self) -> Any:
        return self._maker("channels").make(tuple[Channel, ...])

    def channel(self, code: str) -> Any:
        """Asked for each record; now and then there is none."""
        maker = self._maker("channel", code)
        if maker.errs("resolver", self.mix.wrong):
            return None
        return maker.make(Channel)

    def connectors(self) -> Any:
        return self._maker("connectors").make(tuple[ConnectorState, ...])

    async def nodes(self, ids: Sequence[GlobalId], *_: Any) -> list[Any]:
        maker = await self._ready("nodes", *ids)
        return [self._node(maker, one) for one in ids]

    def _node(self, maker: Maker, one: GlobalId) -> Any:
        if maker.errs("resolver", self.mix.wrong):
            return SantongError("its source is away", code="UPSTREAM_UNAVAILABLE")
        return maker.make(KINDS[one.type_name] | None)

    async def register_operation(self, text: str, name: str | None, idempotency_key: str) -> Any:
        self.written.append(f"register {text} {name} {idempotency_key}")
        return await self._one(Registration, "register", text, name, idempotency_key)

    async def change_connector(self, *asked: Any) -> Any:
        self.written.append(f"connector {asked}")
        return await self._one(ConnectorOutcome, "connector", *asked)

    async def purge_cache(self, *asked: Any) -> Any:
        self.written.append(f"purge {asked}")
        return await self._one(Purged, "purge", *asked)


def reports(maker: Maker) -> tuple[SourceReport, ...]:
    """What sources did; a wrong one would fail in the reader, not in the graph."""
    calm = Maker(Mix(maker.random.getrandbits(32)), "reports")
    return tuple(calm.make(SourceReport) for _ in range(calm.random.randint(0, 2)))


def told(value: Any) -> str:
    """A question as a text that is the same in every process."""
    if isinstance(value, Struct):
        names = structs.fields(type(value))
        return f"{type(value).__name__}({','.join(told(getattr(value, n.name)) for n in names)})"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(told, value)))}}}"
    if isinstance(value, tuple | list):
        return f"[{','.join(map(told, value))}]"
    text = repr(value)
    # An iterator's representation is its address.
    return text if " at 0x" not in text else type(value).__name__
