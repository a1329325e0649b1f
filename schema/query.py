"""Query: every question of the graph."""

from collections.abc import Sequence
from typing import Annotated, cast

import strawberry
from strawberry import UNSET
from strawberry.federation.schema import FederationAny

from capabilities import estate, native
from capabilities.errors import BadInput
from capabilities.member import records as member_records
from capabilities.order import records as order_records
from capabilities.page import ConnectionArgs, Freshness, MergedPage
from capabilities.promotion import records as promotion_records
from schema import keys, restrict
from schema.access import AuditQueries
from schema.adoption import AdoptionQueries
from schema.channel import Channel, Connector
from schema.conflict import ConflictQueries
from schema.context import Ask
from schema.entities import ENTITIES, Entity, Service, Subgraph, read_entities
from schema.erasing import ErasureQueries
from schema.flash import FlashQueries
from schema.flash_running import FlashRunningQueries
from schema.lifecycle_lists import LifecycleQueries
from schema.member import Member, MemberConnection, MemberFilterInput, membership_filter
from schema.merging import MergeQueries
from schema.native import ExtensionPoint
from schema.node import Node, bounded, parse_id, read_nodes
from schema.order import Order, OrderConnection
from schema.order_commands import OrderCommandQueries
from schema.order_filter import OrderFilterInput, OrderOrder, order_filter, sorted_by
from schema.order_sagas import OrderSagaQueries
from schema.ordering import OrderQueries
from schema.page import Wanted, paged
from schema.product_lists import ProductQueries
from schema.profile import ProfileQueries
from schema.promotion import (
    CouponConnection,
    CouponFilterInput,
    PromotionConnection,
    PromotionFilterInput,
    coupon_channels,
    promotion_filter,
)
from schema.promotion_changes import PromotionQueries
from schema.promotion_preview import PreviewQueries
from schema.quality import QualityQueries
from schema.quote import QuoteQueries
from schema.received_payment import PaymentQueries
from schema.review import ReviewQueries
from schema.segment import SegmentQueries, SegmentSelector, segment_members
from schema.store import Store, StoreConnection, StoreFilterInput, store_filter
from schema.suggestion import SuggestionQueries
from schema.usage import UsageQueries
from schema.view import asked

NODES = (
    *ENTITIES,
    "Channel",
    "Coupon",
    "Membership",
    "Promotion",
    "Store",
)


@strawberry.type(description="Every question of the graph.")
class Query(
    MergeQueries,
    ReviewQueries,
    ProfileQueries,
    QualityQueries,
    UsageQueries,
    SegmentQueries,
    ErasureQueries,
    AuditQueries,
    SuggestionQueries,
    OrderQueries,
    OrderCommandQueries,
    OrderSagaQueries,
    PaymentQueries,
    LifecycleQueries,
    ProductQueries,
    PromotionQueries,
    PreviewQueries,
    QuoteQueries,
    FlashQueries,
    FlashRunningQueries,
    AdoptionQueries,
    ConflictQueries,
):
    """The root of the graph; who may ask what stands in `capabilities.visibility`."""

    @asked(Member | None)
    @staticmethod
    async def me(info: Ask, freshness: Wanted = Freshness.CACHED) -> member_records.Member | None:
        """The consumer who asks, found by her own token."""
        return await info.context.reader.me(freshness)

    @asked(Member | None)
    @staticmethod
    async def member(
        info: Ask,
        by: Annotated[keys.MemberKey, strawberry.argument(description="Who is meant.")],
        freshness: Wanted = Freshness.CACHED,
    ) -> member_records.Member | None:
        """One member 会员 by one of her keys; null where there is none."""
        return await keys.find_member(info.context, by, freshness)

    @paged(MemberConnection)
    @staticmethod
    async def members(
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            MemberFilterInput | None, strawberry.argument(description="Which members.")
        ] = UNSET,
        segment: Annotated[
            SegmentSelector | None,
            strawberry.argument(
                description="Whom operations describe, by OneID; never together with `filter`."
            ),
        ] = UNSET,
    ) -> MergedPage[member_records.Member]:
        """Members 会员 by their oldest membership, newest first, each once: a page may be short."""
        if segment:
            if filter:
                raise BadInput("Ask by `filter` or by `segment`, not by both.")
            return await segment_members(info.context, segment, page)
        return await info.context.reader.members(membership_filter(filter or None), page)

    @asked(Order | None)
    @staticmethod
    async def order(
        info: Ask,
        by: Annotated[keys.OrderKey, strawberry.argument(description="Which order is meant.")],
        freshness: Wanted = Freshness.CACHED,
    ) -> order_records.Order | None:
        """One order 订单 by one of its keys; null where there is none."""
        return await keys.find_order(info.context, by, freshness)

    @paged(OrderConnection)
    @staticmethod
    async def orders(
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            OrderFilterInput | None, strawberry.argument(description="Which orders.")
        ] = UNSET,
        order_by: Annotated[
            OrderOrder | None, strawberry.argument(description="How they are sorted.")
        ] = UNSET,
    ) -> MergedPage[order_records.Order]:
        """Orders 订单 of all channels as one sorted list."""
        wanted = sorted_by(page, order_by or None)
        return await info.context.reader.orders(order_filter(filter or None), wanted)

    @paged(PromotionConnection)
    @staticmethod
    async def promotions(
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            PromotionFilterInput | None, strawberry.argument(description="Which promotions.")
        ] = UNSET,
    ) -> MergedPage[promotion_records.Promotion]:
        """Promotions 促销 of all channels, the newest start first."""
        return await info.context.reader.promotions(promotion_filter(filter or None), page)

    @paged(CouponConnection)
    @staticmethod
    async def coupons(
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            CouponFilterInput | None, strawberry.argument(description="Which coupons.")
        ] = UNSET,
    ) -> MergedPage[promotion_records.Coupon]:
        """Coupons 优惠券 that people hold, the newest issue first."""
        return await info.context.reader.coupons(coupon_channels(filter or None), page)

    @asked(list[Channel])
    @staticmethod
    def channels(info: Ask) -> Sequence[estate.Channel]:
        """All channels 渠道 of the retailer."""
        return info.context.reader.channels()

    @asked(Store | None)
    @staticmethod
    async def store(
        info: Ask,
        channel: Annotated[str, strawberry.argument(description="Code of the channel.")],
        code: Annotated[str, strawberry.argument(description="Code of the store in it.")],
        freshness: Wanted = Freshness.CACHED,
    ) -> order_records.Store | None:
        """One store 门店; null where there is none."""
        wanted = restrict.bounded_text("channel", channel), restrict.bounded_text("code", code)
        return await info.context.reader.store(*wanted, freshness)

    @paged(StoreConnection)
    @staticmethod
    async def stores(
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            StoreFilterInput | None, strawberry.argument(description="Which stores.")
        ] = UNSET,
    ) -> MergedPage[order_records.Store]:
        """Stores 门店 by channel and code."""
        return await info.context.reader.stores(store_filter(filter or None), page)

    @asked(list[Connector])
    @staticmethod
    def connectors(info: Ask) -> Sequence[estate.ConnectorState]:
        """All connectors 连接器 in force, with their health."""
        return info.context.reader.connectors()

    @asked(list[ExtensionPoint])
    @staticmethod
    def extension_points(info: Ask) -> Sequence[native.ExtensionPoint]:
        """Native types 原生字段 of the running graph: what systems add to this contract."""
        return info.context.extensions

    @asked(Node | None)
    @staticmethod
    async def node(
        info: Ask,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002
        freshness: Wanted = Freshness.CACHED,
    ) -> object | None:
        """One object by its global id; null where there is none."""
        return (await read_nodes(info.context, [parse_id(id, *NODES)], freshness))[0]

    @asked(list[Node | None])
    @staticmethod
    async def nodes(
        info: Ask,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Global ids, at most 100.")
        ],
        freshness: Wanted = Freshness.CACHED,
    ) -> Sequence[object | None]:
        """Objects by their global ids, in that order; null where there is none."""
        bounded(len(ids), "ids")
        wanted = [parse_id(one, *NODES) for one in ids]
        return await read_nodes(info.context, wanted, freshness)

    @asked(list[Entity | None], name="_entities")
    @staticmethod
    async def entities(
        info: Ask,
        representations: Annotated[
            list[FederationAny],
            strawberry.argument(description="Type name and key of each object, at most 100."),
        ],
    ) -> Sequence[object | None]:
        """Objects of this subgraph by their keys, for a federation router."""
        return await read_entities(info.context, representations)

    @asked(Service, name="_service")
    @staticmethod
    def service(info: Ask) -> Service:
        """This graph as a subgraph, for a federation router."""
        return Service(sdl=cast("Subgraph", info.schema).sdl)
