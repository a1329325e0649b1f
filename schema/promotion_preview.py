"""What a promotion would have cost over past orders."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from capabilities.pricing.quote import Why
from capabilities.promotion import preview
from schema.context import Ask
from schema.money import Money
from schema.restrict import bounded_text, given
from schema.view import asked, plain, view


@view(preview.PreviewShare)
class PromotionPreviewShare:
    """A day's or a channel's part of a preview."""

    day: date | None = plain("The day, in the brand's time zone; null of a channel's part.")
    channel: str | None = plain("Code of the channel; null of a day's part.", name="channelCode")
    orders: int = plain("How many orders there were.")
    applied: int = plain("To how many of them it would have applied.")
    turnover: Money = plain("What was paid for their goods.")
    discount: Money = plain("What it would have taken off.")


@view(preview.PreviewReason)
class PromotionPreviewReason:
    """Why it would not have applied to some orders."""

    why: Why = plain("The reason.")
    orders: int = plain("How many orders.")


@view(preview.PromotionPreview)
class PromotionPreview:
    """What a promotion would have cost if it had been in force, taken off what was paid.

    Its dates do not count, its hours do; limits and budget are used up in the order in which people
    bought. What nobody knows of the past, such as a tier or a coupon, counts as missing.
    """

    promotion: str = plain("Its id in the platform.", name="promotionKey")
    version: int = plain("Which version of it.")
    since: date = plain("The first day.")
    until: date = plain("The last day.")
    orders: int = plain("How many orders were weighed.")
    applied: int = plain("To how many of them it would have applied.")
    unpriced: int = plain("Orders that were left out: of a line nobody knows the price.")
    turnover: Money = plain("What was paid for the goods.")
    discount: Money = plain("What it would have taken off.")
    days: list[PromotionPreviewShare] = plain("The same by day.")
    channels: list[PromotionPreviewShare] = plain("The same by channel.")
    reasons: list[PromotionPreviewReason] = plain("Why it would not have applied, the most first.")
    complete: bool = plain("Whether every order of these days was weighed.")
    upto: datetime | None = plain("When the last of them was placed.")


@strawberry.type
class PreviewQueries:
    """What can be asked before a promotion begins."""

    @asked(PromotionPreview | None)
    @staticmethod
    async def promotion_preview(
        info: Ask,
        id: Annotated[  # noqa: A002 - the contract's name
            str, strawberry.argument(description="Its id in the platform: its `key`.")
        ],
        since: Annotated[date, strawberry.argument(description="The first day.")],
        until: Annotated[date, strawberry.argument(description="The last day; 92 at most.")],
        channels: Annotated[
            list[str] | None, strawberry.argument(description="Only orders of these channels.")
        ] = UNSET,
    ) -> preview.PromotionPreview | None:
        """What a promotion 预演 would have cost over past orders; of a draft too."""
        # It weighs many orders: one in a request.
        info.context.spend(info.context.max_rows // 2 + 1)
        named = given(channels)
        codes = None if named is None else frozenset(bounded_text("channels", one) for one in named)
        promotions = info.context.platform.promotions
        return await promotions.preview(bounded_text("id", id), since, until, codes)
