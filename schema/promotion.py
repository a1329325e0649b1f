"""Promotions, and the coupons that people hold."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET, Parent

from capabilities import estate
from capabilities.native import Native
from capabilities.promotion import progress, records
from capabilities.promotion.records import (
    CouponKind,
    CouponStatus,
    PromotionKind,
    PromotionStatus,
)
from schema.channel import Channel, channel_of
from schema.context import Ask
from schema.money import Money
from schema.native import PromotionNative
from schema.node import Node
from schema.page import connection_of
from schema.restrict import chosen
from schema.source import Source
from schema.view import asked, plain, view


@view(records.PromotionTerms)
class PromotionTerms:
    """Of a promotion that the platform decides: for whom it is, how often, what it is to bring."""

    version: int | None = plain("How often it was written.")
    definition: str | None = plain("The whole of it, as the JSON that `santong promotion` reads.")
    channels: list[str] = plain("Where it holds; everywhere where empty.")
    stores: list[str] = plain("In which stores; in all where empty.")
    scenes: list[str] = plain("In which scenes; in all where empty.")
    priority: int | None = plain("The higher comes first.")
    group: str | None = plain("Of a group at most one applies.")
    exclusive: bool = plain("Whether it applies alone, or not at all.")
    settled: bool | None = plain("Whether systems are told of it as plain discount lines.")
    per_member: int | None = plain("How many orders of one person may use it.")
    per_order: int | None = plain("How many times it may apply within one order.")
    per_store: int | None = plain("How many orders of one store may use it.")
    budget: Money | None = plain("What it may give away in all.")
    target_amount: Money | None = plain("The turnover that it is to bring.")
    target_units: int | None = plain("The pieces that it is to sell.")
    author: str | None = plain("Subject of who wrote this version.")
    reason: str | None = plain("Why.")
    changed_at: datetime | None = plain("When it last went on in its life.")


@view(progress.PromotionProgress)
class PromotionProgress:
    """How far a promotion is, net of what came back; each share is of 1."""

    used: int = plain("By how many orders it was used.")
    spend: Money = plain("What it gave away.")
    revenue: Money = plain("The turnover of the orders that used it.")
    units: int = plain("The pieces in them.")
    used_share: Decimal | None = plain("Of the orders that may use it.")
    budget_share: Decimal | None = plain("Of its budget.")
    amount_share: Decimal | None = plain("Of the turnover that it is to bring.")
    units_share: Decimal | None = plain("Of the pieces that it is to sell.")


@view(records.Promotion)
class Promotion(Node):
    """Promotion 促销: what a channel offers to everybody; one of the platform's holds in many."""

    key: str = plain("Its key in its channel.")
    name: str | None = plain("Name of the promotion.")
    kind: PromotionKind = plain("What it does.")
    status: PromotionStatus = plain("Where it is in its life.")
    source_status: list[str] = plain("The source's own words for its status.")
    starts_at: datetime | None = plain("When it begins.")
    ends_at: datetime | None = plain("When it ends.")
    percent: Decimal | None = plain("Reduction in per cent.")
    amount: Money | None = plain("Reduction, or price, as an amount.")
    minimum: Money | None = plain("Order total from which it holds.")
    usage_limit: int | None = plain("How often it may be used in all.")
    used: int | None = plain("How often it has been used.")
    terms: PromotionTerms | None = plain("What the platform decides of it; null of any other.")
    source: Source = plain("Where this record came from.")

    @asked(PromotionNative | None)
    @staticmethod
    def native(promotion: Parent[records.Promotion], info: Ask) -> Native | None:
        """What its system knows beyond this contract; null where it knows no more."""
        return info.context.native(promotion.native)

    @asked(PromotionProgress | None)
    @staticmethod
    async def progress(
        promotion: Parent[records.Promotion], info: Ask
    ) -> progress.PromotionProgress | None:
        """How far one of the platform's is, as of now; null of any other."""
        return await info.context.platform.promotions.progress(promotion)

    @asked(Channel)
    @staticmethod
    def channel(promotion: Parent[records.Promotion], info: Ask) -> estate.Channel:
        """The channel that offers it."""
        return channel_of(info, promotion.channel)


@view(records.Coupon)
class Coupon(Node):
    """Coupon 优惠券: what one person holds, a gift card 礼品卡 too; its code is shown masked."""

    name: str | None = plain("Name of the coupon.")
    kind: CouponKind = plain("What it is.")
    status: CouponStatus = plain("Where it is in its life.")
    source_status: list[str] = plain("The source's own words for its status.")
    code_masked: str | None = plain(
        "The code behind stars, at most its last four characters.", name="code"
    )
    percent: Decimal | None = plain("Reduction in per cent.")
    value: Money | None = plain("Reduction, or what is left on a gift card, as an amount.")
    issued_at: datetime | None = plain("When it was issued.")
    expires_at: datetime | None = plain("When it expires.")
    source: Source = plain("Where this record came from.")

    @asked(Channel)
    @staticmethod
    def channel(coupon: Parent[records.Coupon], info: Ask) -> estate.Channel:
        """The channel that it holds in."""
        return channel_of(info, coupon.channel)


@strawberry.input(
    description="What a list of promotions is restricted to; what is absent restricts nothing."
)
class PromotionFilterInput:
    """The contract's form of `PromotionFilter`."""

    channels: list[str] | None = strawberry.field(default=UNSET, description="Codes of channels.")
    statuses: list[PromotionStatus] | None = strawberry.field(
        default=UNSET, description="Statuses."
    )


@strawberry.input(
    description="What a list of coupons is restricted to; what is absent restricts nothing."
)
class CouponFilterInput:
    """The restriction of a list of coupons."""

    channels: list[str] | None = strawberry.field(default=UNSET, description="Codes of channels.")


def promotion_filter(asked_for: PromotionFilterInput | None) -> records.PromotionFilter:
    """The filter as the reader takes it."""
    given: Any = asked_for or PromotionFilterInput()
    return records.PromotionFilter(
        channels=chosen("channels", given.channels), statuses=chosen("statuses", given.statuses)
    )


def coupon_channels(asked_for: CouponFilterInput | None) -> frozenset[str] | None:
    """The channels that a list of coupons is restricted to."""
    return chosen("channels", asked_for.channels) if asked_for else None


PromotionConnection = connection_of(Promotion)
CouponConnection = connection_of(Coupon)
