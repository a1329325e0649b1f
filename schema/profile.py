"""What is known of a person beyond her memberships: told, tagged, computed from her orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import Parent

from capabilities import estate
from capabilities.errors import BadInput, ChannelError
from capabilities.member import records, touches
from capabilities.member.touches import TouchDirection
from capabilities.product.records import Product as ProductRecord
from capabilities.profile import attributes, purchases, rules, tags
from capabilities.profile.rules import AttributeType, Survivorship
from capabilities.sources import failed
from schema.channel import Channel
from schema.context import Ask
from schema.money import Money
from schema.node import parse_id
from schema.page import DEFAULT_PAGE, LARGEST_PAGE
from schema.product import Product
from schema.view import asked, plain, view
from schema.warning import note

FirstOf = Annotated[int, strawberry.argument(description="How many: 1 to 100.")]


@view(attributes.Attribute)
class ProfileAttribute:
    """One value of a person's profile that survives, with where it is from."""

    key: str = plain("What it says, such as `birthday` or `language`.")
    value_masked: str = plain("The value; masked where it is personal.", name="value")
    personal: bool = plain("Whether the value is personal, and so is shown masked.")
    source: str = plain("Who told it.")
    observed_at: datetime = plain("When it was told last.")
    confidence: float = plain("How sure its source is, from 0 to 1.")
    survivorship: Survivorship = plain("Why this value stands and not another.")
    rules_version: int = plain("Version of the rules that chose it; 0 are those Santong brings.")


@view(rules.DeclaredAttribute)
class DeclaredAttribute:
    """An attribute 属性 that the retailer keeps of people."""

    key: str = plain("Its name.")
    type: AttributeType = plain("What its values are.")
    values: list[str] = plain("All that it can be; empty where any value of the type will do.")
    personal: bool = plain("Whether its values are personal, and so are shown masked.")
    writable: bool = plain("Whether `updateProfile` takes it; else only systems tell it.")
    survivorship: Survivorship = plain("Which of several values stands.")


@view(purchases.Input)
class DerivedInput:
    """One figure or setting that a derived value was computed from."""

    name: str = plain("What it is.")
    value: str = plain("Its value.")


@view(purchases.ChannelStatistics)
class ChannelStatistics:
    """A person's purchases in one channel and currency, never blended with another's."""

    channel_code: str = plain("Code of the channel.")
    orders: int = plain("Orders that were paid and not wholly given back.")
    net_amount: Money | None = plain("What stayed with the retailer.")
    first_at: datetime | None = plain("The first of these orders.")
    last_at: datetime | None = plain("The last of these orders.")
    average_basket: Money | None = plain("Net amount per order.")
    average_gap_days: float | None = plain("Mean days from one order to the next.")

    @asked(Channel | None)
    @staticmethod
    def channel(
        statistics: Parent[purchases.ChannelStatistics], info: Ask
    ) -> estate.Channel | None:
        """The channel; null where it is not in the estate any more."""
        return info.context.reader.channel(statistics.channel_code)


@view(purchases.MemberStatistics)
class MemberStatistics:
    """What a person bought, channel by channel."""

    channels: list[ChannelStatistics] = plain("The figures of each channel.")
    computed_at: datetime = plain("When they were computed.")
    model_version: str = plain("By which rules.")
    inputs: list[DerivedInput] = plain("From what.")


@view(purchases.CategoryAffinity)
class CategoryAffinity:
    """How much a person buys of one category 品类偏好, over all channels."""

    category: list[str] = plain("The category's path, from the root.")
    share: float = plain("Part of all that she buys, from 0 to 1, recent orders weighing more.")
    score: float = plain("Her orders of it, each half as heavy with every 90 days, as of now.")
    orders: int = plain("In how many of her orders it was.")
    last_at: datetime = plain("The last of them.")


@view(purchases.MemberAffinity)
class MemberAffinity:
    """The categories that a person buys, the strongest first."""

    categories: list[CategoryAffinity] = plain("Each category with its share.")
    computed_at: datetime = plain("When they were computed.")
    model_version: str = plain("By which rules.")
    inputs: list[DerivedInput] = plain("From what.")


@view(tags.Tag)
class MemberTag:
    """Tag 标签: a word that somebody of the retailer put on a person."""

    tag: str = plain("The word.")
    author: str = plain("Subject of who put it there.")
    tagged_at: datetime = plain("When.")
    expires_at: datetime | None = plain("When it ends by itself.")


@view(touches.Touch)
class Touch:
    """Touch 触点: one contact between the retailer and a person."""

    source: str = plain("Who told of it; `santong` where it was sent from here.")
    reference: str = plain("Its name at its source.")
    direction: TouchDirection = plain("Where it is known from.")
    kind: str = plain("What it was, in the retailer's word.")
    medium: str | None = plain("By which way, in the retailer's word.")
    template: str | None = plain("Name of the text that was sent.")
    campaign: str | None = plain("Name of the campaign.")
    at: datetime = plain("When it happened, was sent or is planned.")
    planned_at: datetime | None = plain("When it was to be sent.")
    sent_at: datetime | None = plain("When it was sent.")
    cost: Money | None = plain("What it cost.")
    not_sent_reason: str | None = plain("Why it was not sent.")
    outcome: str | None = plain("What came of it, in the retailer's word.")
    score: int | None = plain("What she answered to a survey.")
    channel_code: str | None = plain("Code of the channel.")

    @asked(Channel | None)
    @staticmethod
    def channel(touch: Parent[touches.Touch], info: Ask) -> estate.Channel | None:
        """The channel; null where there is none, or none in the estate any more."""
        code = touch.channel_code
        return None if code is None else info.context.reader.channel(code)


@view(purchases.RecommendationReason)
class RecommendationReason:
    """Why a product is named to a person."""

    category: list[str] = plain("The category that she buys.")
    share: float = plain("Its part of all that she buys, from 0 to 1.")
    orders: int = plain("In how many of her orders it was.")
    last_at: datetime = plain("The last of them.")

    @asked(str)
    @staticmethod
    def text(reason: Parent[purchases.RecommendationReason], info: Ask) -> str:
        """The reason as a sentence, in the language of `Accept-Language`: zh-CN or en."""
        return purchases.reason_text(reason, info.context.language)


@view(purchases.Recommendation)
class ProductRecommendation:
    """A new product 新品 of a category that a person buys, and that she never had."""

    sku: str = plain("The retailer's own code.")
    reason: RecommendationReason = plain("Why it is named.")

    @asked(Product | None)
    @staticmethod
    async def product(
        recommendation: Parent[purchases.Recommendation], info: Ask
    ) -> ProductRecord | None:
        """The product."""
        return await info.context.reader.product(recommendation.sku)


@strawberry.type
class ProfileFields:
    """What a member's profile adds to her."""

    @asked(list[ProfileAttribute])
    @staticmethod
    async def attributes(
        member: Parent[records.Member], info: Ask
    ) -> Sequence[attributes.Attribute]:
        """What her sources told of her, each value with where it is from."""
        info.context.spend(1)
        return await info.context.platform.profile.attributes(member.one_id)

    @asked(MemberStatistics | None)
    @staticmethod
    async def stats(member: Parent[records.Member], info: Ask) -> purchases.MemberStatistics | None:
        """What she bought, per channel; null until it is computed."""
        info.context.spend(1)
        return await info.context.platform.profile.statistics(member.one_id)

    @asked(MemberAffinity | None)
    @staticmethod
    async def affinity(
        member: Parent[records.Member], info: Ask
    ) -> purchases.MemberAffinity | None:
        """The categories that she buys; null until computed, and of who refused profiling."""
        info.context.spend(1)
        return await info.context.platform.profile.affinity(member.one_id)

    @asked(list[MemberTag])
    @staticmethod
    async def tags(member: Parent[records.Member], info: Ask) -> Sequence[tags.Tag]:
        """The words that staff put on her; none for herself."""
        info.context.spend(1)
        return await info.context.platform.profile.tags(member.one_id)

    @asked(list[Touch])
    @staticmethod
    async def touches(
        member: Parent[records.Member], info: Ask, first: FirstOf = DEFAULT_PAGE
    ) -> Sequence[touches.Touch]:
        """The contacts with her in all channels, the newest first."""
        wanted = bounded_first(first)
        info.context.spend(wanted)
        return await info.context.platform.profile.touches(member.one_id, wanted)


@strawberry.type
class ProfileQueries:
    """Questions about people's profiles, and what they lead to."""

    @asked(list[DeclaredAttribute])
    @staticmethod
    async def declared_attributes(info: Ask) -> Sequence[rules.DeclaredAttribute]:
        """The attributes that are kept of people, by name."""
        info.context.spend(1)
        return await info.context.platform.profile.declared()

    @asked(list[ProductRecommendation])
    @staticmethod
    async def new_product_recommendations(
        info: Ask,
        member: Annotated[strawberry.ID, strawberry.argument(description="Id of a Member.")],
        first: FirstOf = DEFAULT_PAGE,
    ) -> Sequence[purchases.Recommendation]:
        """New products 新品 of what a person buys; none where there is no such person."""
        wanted = bounded_first(first)
        info.context.spend(wanted)
        try:
            found = await info.context.reader.member_by_one_id(parse_id(member, "Member").key)
        except ChannelError as exc:  # whether she may be seen is not known now
            note(info, [failed(exc.source or "platform", exc, 0)])
            return ()
        if found is None:
            return ()
        return await info.context.platform.profile.new_products(found.one_id, wanted)


def bounded_first(first: int) -> int:
    """How many rows; BadInput beyond the largest page."""
    if not 1 <= first <= LARGEST_PAGE:
        raise BadInput(f"`first` must be between 1 and {LARGEST_PAGE}.")
    return first
