"""Members and their memberships: people appear masked only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET, Parent

from capabilities import estate
from capabilities.member import records
from capabilities.member.records import MembershipStatus, MemberStatus
from capabilities.native import Native
from capabilities.order.records import Order as OrderRecord
from capabilities.order.records import Store as StoreRecord
from capabilities.page import ConnectionArgs, Freshness, MergedPage
from capabilities.points import shown
from capabilities.promotion.records import Coupon as CouponRecord
from schema.access import UnmaskedFields
from schema.channel import Channel, channel_of
from schema.consent import ConsentFields
from schema.context import Ask
from schema.identities import IdentityFields
from schema.lifecycle import LifecycleFields
from schema.native import MembershipNative
from schema.node import Node
from schema.order import OrderConnection
from schema.order_filter import OrderFilterInput, OrderOrder, order_filter, sorted_by
from schema.page import Wanted, connection_of, paged
from schema.points import Benefit, Points, Tier
from schema.profile import ProfileFields
from schema.promotion import Coupon
from schema.restrict import chosen
from schema.source import Source, SourceReport
from schema.store import Store
from schema.view import asked, plain, view
from schema.warning import note


@view(records.Membership)
class Membership(Node):
    """Membership 会籍: one person in one programme or channel; never levelled with another."""

    number: str = plain("The member's number in this channel.")
    programme: str | None = plain("The programme, where a channel has several.")
    status: MembershipStatus = plain("Status of this membership.")
    source_status: list[str] = plain("The source's own words for its status.")
    joined_at: datetime | None = plain("When the person joined.")
    home_store_code: str | None = plain("Code of the store that looks after the person.")
    name_masked: str | None = plain("Name in this channel, masked.", name="displayName")
    phone_masked: str | None = plain("Phone in this channel, masked.")
    email_masked: str | None = plain("E-mail address in this channel, masked.")
    source: Source = plain("Where this record came from.")

    @asked(Tier | None)
    @staticmethod
    async def tier(
        membership: Parent[records.Membership], info: Ask
    ) -> shown.MembershipTier | None:
        """Tier in this programme."""
        platform = info.context.owned
        if platform is None:
            return shown.legacy_tier(membership)
        return await platform.points.tier(membership)

    @asked(Points | None)
    @staticmethod
    async def points(
        membership: Parent[records.Membership], info: Ask
    ) -> shown.MembershipPoints | None:
        """Points in this programme."""
        platform = info.context.owned
        if platform is None:
            return shown.legacy_points(membership)
        return await platform.points.points(membership)

    @asked(list[Benefit])
    @staticmethod
    async def benefits(
        membership: Parent[records.Membership], info: Ask
    ) -> Sequence[shown.MembershipBenefit]:
        """What it gives its holder today; empty where another system decides."""
        platform = info.context.owned
        return () if platform is None else await platform.points.benefits(membership)

    @asked(MembershipNative | None)
    @staticmethod
    def native(membership: Parent[records.Membership], info: Ask) -> Native | None:
        """What its system knows beyond this contract; null where it knows no more."""
        return info.context.native(membership.native)

    @asked(Channel)
    @staticmethod
    def channel(membership: Parent[records.Membership], info: Ask) -> estate.Channel:
        """The channel that it belongs to."""
        return channel_of(info, membership.channel)

    @asked(Store | None)
    @staticmethod
    async def home_store(membership: Parent[records.Membership], info: Ask) -> StoreRecord | None:
        """The store that looks after the person."""
        if membership.home_store_code is None:
            return None
        return await info.context.reader.home_store(membership)


@view(records.Member, keys=["id"])
class Member(LifecycleFields, IdentityFields, ProfileFields, ConsentFields, UnmaskedFields, Node):
    """Member 会员: one person (OneID) with memberships in many channels, masked."""

    one_id: strawberry.ID = plain("OneID: names the person and reveals nothing of her.")
    display_name: str | None = plain("Name, masked.")
    phone_masked: str | None = plain("Phone that joins the memberships, masked.")
    status: MemberStatus = plain("Status of the person.")
    aliases: list[strawberry.ID] = plain("OneIDs that were merged into this one.")
    sources: list[SourceReport] = plain("What each source did to find the memberships.")

    @asked(list[Membership])
    @staticmethod
    def memberships(member: Parent[records.Member], info: Ask) -> Sequence[records.Membership]:
        """The person's memberships; `sources` says which systems could not be asked."""
        info.context.spend(len(member.memberships))
        note(info, member.sources)
        return member.memberships

    @paged(OrderConnection)
    @staticmethod
    async def orders(
        member: Parent[records.Member],
        info: Ask,
        page: ConnectionArgs,
        filter: Annotated[  # noqa: A002 - the contract's name
            OrderFilterInput | None, strawberry.argument(description="Which orders.")
        ] = UNSET,
        order_by: Annotated[
            OrderOrder | None, strawberry.argument(description="How they are sorted.")
        ] = UNSET,
    ) -> MergedPage[OrderRecord]:
        """Her orders in all channels as one sorted list."""
        wanted = sorted_by(page, order_by or None)
        return await info.context.reader.member_orders(member, order_filter(filter), wanted)

    @asked(list[Coupon])
    @staticmethod
    async def coupons(
        member: Parent[records.Member], info: Ask, freshness: Wanted = Freshness.CACHED
    ) -> Sequence[CouponRecord]:
        """The coupons 优惠券 and gift cards that she holds."""
        info.context.spend(1)
        held, reports = await info.context.reader.member_coupons(member, freshness)
        info.context.spend(len(held))
        note(info, reports)
        return held


@strawberry.input(
    description="What a list of members is restricted to; what is absent restricts nothing."
)
class MemberFilterInput:
    """The contract's form of `MembershipFilter`."""

    home_stores: list[str] | None = strawberry.field(
        default=UNSET, description="Codes of the stores that look after them."
    )
    channels: list[str] | None = strawberry.field(
        default=UNSET, description="Codes of channels that they have a membership in."
    )


def membership_filter(asked_for: MemberFilterInput | None) -> records.MembershipFilter:
    """The filter as the reader takes it."""
    given = asked_for or MemberFilterInput()
    return records.MembershipFilter(
        home_stores=chosen("homeStores", given.home_stores),
        channels=chosen("channels", given.channels),
    )


MemberConnection = connection_of(Member)
