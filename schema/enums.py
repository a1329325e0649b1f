"""Enums of the contract: those of the capabilities, with a description for each that needs one."""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from capabilities.estate import (
    BreakerState,
    Capability,
    ChannelKind,
    ConnectorHealth,
    ConnectorOrigin,
    ConnectorStanding,
)
from capabilities.lifecycle.campaigns import CampaignState, Paused
from capabilities.lifecycle.outcomes import OutcomeKind
from capabilities.lifecycle.planning import TouchState
from capabilities.lifecycle.rules import Occasion
from capabilities.lifecycle.stages import Stage
from capabilities.member.changing import ChangeState
from capabilities.member.consent import ConsentMedium, ConsentPurpose, ConsentStatus
from capabilities.member.erasure import ErasureState
from capabilities.member.records import (
    IdentityKind,
    MembershipStatus,
    MemberStatus,
    PointsAuthority,
)
from capabilities.member.review import CandidateState, Verdict
from capabilities.member.touches import TouchDirection
from capabilities.native import NativeCast
from capabilities.order.records import (
    FulfillmentStatus,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    StoreKind,
)
from capabilities.page import CountPrecision, Freshness, Policy
from capabilities.points.records import Direction, EntryType
from capabilities.points.shown import LedgerOrder, PointsCurrency
from capabilities.profile.attributes import Survivorship
from capabilities.promotion.records import (
    CouponKind,
    CouponStatus,
    PromotionKind,
    PromotionStatus,
)
from capabilities.registration import RegistrationAction
from capabilities.sources import SourceStatus
from capabilities.suggestions import SuggestionSource, SuggestionStatus
from capabilities.time import Precision

_UNKNOWN = "The source's own value has no mapping yet; where there is one, it is in `sourceStatus`."


def _declare(
    enum: type[Enum],
    description: str,
    values: Mapping[str, str] | None = None,
    name: str | None = None,
) -> None:
    """Make an enum one of the contract, once; a second definition would be another type."""
    if has_enum_definition(enum):
        return
    strawberry.enum(enum, name=name, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    texts = {"UNKNOWN": _UNKNOWN, **(values or {})}
    for value in definition.values:
        value.description = texts.get(value.name)


def declare_enums() -> None:
    """Give every enum of the capabilities its description; again is the same as once."""
    _declare(ChannelKind, "Kind of a channel 渠道; a channel itself is data.")
    _declare(
        Capability,
        "What a connector may answer for a channel.",
        {
            "MEMBER": "Memberships and who holds them.",
            "ORDER": "Orders and stores.",
            "PROMOTION": "Promotions and coupons.",
        },
    )
    _declare(
        ConnectorHealth,
        "How a connector fares right now.",
        {
            "UP": "Its last call answered.",
            "FAILING": "Its last calls failed; it is tried again.",
            "BROKEN": "It cannot be used until a person repairs it.",
            "UNTRIED": "It has not been asked since the start.",
            "PAUSED": "An administrator lets it rest; it is not asked.",
        },
    )
    _declare(
        ConnectorOrigin,
        "Where a connector was written down.",
        {
            "ESTATE_FILE": "In the estate file.",
            "FOLDER": "In a file of the operator's folder.",
            "REGISTERED": "With the platform, by a command or a mutation.",
        },
    )
    _declare(
        ConnectorStanding,
        "What became of a connector's newest definition.",
        {
            "IN_FORCE": "It is in force, or an older one where `refused` says why not.",
            "PAUSED": "It is kept and not asked, until somebody resumes it.",
            "REFUSED": "It is not in force and nothing serves in its place.",
            "REMOVED": "It was taken away; its history stays.",
        },
    )
    _declare(RegistrationAction, "What was done to a registered connector.")
    _declare(
        BreakerState,
        "Whether a connector's system is asked 熔断.",
        {
            "CLOSED": "It is asked.",
            "OPEN": "It failed too often, or asked for a pause: it is left alone for a while.",
            "HALF_OPEN": "One call tries whether it is well again.",
        },
    )
    _declare(
        ChangeState,
        "How far a change of one membership is.",
        {
            "DONE": "It is done.",
            "QUEUED": "Its system is told, and has not answered.",
            "UNSUPPORTED": "Its system takes no such change.",
        },
    )
    _declare(
        IdentityKind,
        "Kind of an identity of a person.",
        {
            "SAP_BP": "Number of an SAP business partner; the scope is its channel.",
            "POS_CUSTOMER": "Customer number of a store system; the scope is its channel.",
            "SHOP_CUSTOMER": "Customer number of a shop; the scope is its channel.",
            "CARD_NO": "Number of a membership card; the scope is its programme.",
            "WECHAT_UNIONID": "WeChat union id; the scope is the open-platform account.",
            "WECHAT_OPENID": "WeChat open id; the scope is the app.",
            "TAOBAO_OMID": "Member id of Tmall's 会员通; the same in all shops of a brand.",
            "TAOBAO_OUID": "Buyer id of Taobao; the scope is the shop.",
            "TAOBAO_NICK": "Nickname on Taobao: it suggests a person and never decides one.",
            "JD_PIN": "Account of JD; the scope is the platform.",
            "YOUZAN_YZ_OPEN_ID": "Buyer id of Youzan; the scope is the platform or the shop.",
            "MEITUAN_UID": "User id of Meituan; the scope is the platform.",
            "ELEME_UID": "User id of Ele.me; the scope is the platform.",
            "DOUYIN_OPENID": "Douyin open id; the scope is the app.",
            "ODOO_PARTNER": "Number of an Odoo partner; the scope is the database.",
            "DEVICE": "A device: people share it, so it never joins anybody.",
        },
    )
    _declare(MembershipStatus, "Status of a membership 会籍.")
    _declare(
        MemberStatus,
        "Status of a member 会员.",
        {
            "MERGED": "Joined into another person; the old id goes on resolving.",
            "ERASED": "Erased on the person's request.",
        },
    )
    _declare(
        CandidateState,
        "What became of a pair of the review queue.",
        {
            "OPEN": "Nobody has judged it.",
            "ACCEPTED": "The two were merged.",
            "REJECTED": "They were left; other evidence may still join them.",
            "NEVER": "They are kept apart whatever they show.",
        },
    )
    _declare(
        Verdict,
        "What a person says of a pair.",
        {
            "ACCEPT": "They are one: merge them.",
            "REJECT": "Not on this evidence.",
            "NEVER": "They are two, for good.",
        },
        name="MergeVerdict",
    )
    _declare(
        PointsAuthority,
        "Who decides a balance of points 积分.",
        {
            "LEGACY": "The legacy system; its balance is shown as it is.",
            "PLATFORM": "The platform's own ledger.",
        },
    )
    _declare(
        EntryType,
        "Why a balance of points changed.",
        {
            "EARN": "An order, or somebody who gives points.",
            "SPEND": "Points were redeemed.",
            "EXPIRE": "Points that were not spent in time.",
            "ADJUST": "A correction by hand.",
            "REVERSE": "An order was given back, wholly or in part.",
            "TRANSFER_IN": "Came from another programme by an exchange.",
            "TRANSFER_OUT": "Went to another programme by an exchange.",
            "LOCK": "Put aside until a moment.",
            "UNLOCK": "Came back after it was put aside.",
        },
        "PointsEntryType",
    )
    _declare(
        Direction,
        "Which way an entry moves a balance.",
        {"CREDIT": "Points come.", "DEBIT": "Points go."},
        "PointsDirection",
    )
    _declare(
        LedgerOrder,
        "How a ledger is sorted: by the order in which entries were written.",
        {"NEWEST_FIRST": "The last one first.", "OLDEST_FIRST": "The first one first."},
    )
    _declare(
        PointsCurrency,
        "What a programme counts.",
        {
            "SPENDABLE": "Points that can be spent.",
            "QUALIFYING": "Points that tiers are reached by; they are never spent.",
        },
    )
    _declare(
        OrderKind,
        "What an order document is.",
        {"RETURN": "A return; stores often write it as a sale with negative quantities."},
    )
    _declare(OrderStatus, "The order's own axis; payment and fulfilment have theirs.")
    _declare(PaymentStatus, "The payment axis of an order.")
    _declare(FulfillmentStatus, "The fulfilment axis of an order.")
    _declare(StoreKind, "What a place of sale is.")
    _declare(
        CountPrecision,
        "How much a total count knows.",
        {
            "EXACT": "All sources counted.",
            "LOWER_BOUND": "At least this many; some source did not count or did not answer.",
            "UNKNOWN": "No source counted; there is no value.",
        },
    )
    _declare(
        Policy,
        "What a page does when a source is missing.",
        {
            "BEST_EFFORT": "The page comes and `sources` says who is missing; the missing rows "
            "follow on later pages, marked `late`.",
            "REQUIRE_ALL": "The page fails with a retryable code; the same cursor goes on later.",
        },
    )
    _declare(
        Freshness,
        "How old an answer may be.",
        {
            "CACHED": "As old as the operator lets a source's answers be; `sources` says how old.",
            "LIVE": "Every source is asked now; none is answered by what was kept.",
        },
    )
    _declare(
        NativeCast,
        "What a native field holds.",
        {
            "TEXT": "A text.",
            "INTEGER": "A whole number of 32 bits.",
            "FLAG": "True or false.",
            "DECIMAL": "An exact number.",
            "INSTANT": "A moment.",
            "DATE": "A day.",
        },
    )
    _declare(PromotionKind, "What a promotion does.")
    _declare(PromotionStatus, "Where a promotion is in its life.")
    _declare(CouponKind, "What a person holds.")
    _declare(CouponStatus, "Where a coupon is in its life.")
    _declare(
        SourceStatus,
        "How one source fared; anything but OK means that rows may be missing or old.",
        {
            "OK": "Its part of the answer is whole, and as fresh as its operator wants it.",
            "STALE": "Its part is whole, `ageMs` old, and older than its operator calls fresh.",
            "TRUNCATED": "A bounded search hit its bound; more rows may exist.",
            "TIMEOUT": "It gave no whole answer within the deadline.",
            "ERROR": "It failed; `code` says how.",
            "OPEN_CIRCUIT": "It failed so often that it is left alone for a while.",
            "SKIPPED": "It was not asked; `message` says why.",
            "FORBIDDEN": "It refuses our credentials, or the caller may not see its rows.",
        },
    )
    _declare(
        ConsentPurpose,
        "What a person consents to 目的.",
        {
            "MARKETING": "To be written to about offers.",
            "PROFILING": "That what she buys decides what she is shown.",
            "DATA_SHARING": "That her data goes to another company.",
            "SERVICE": "To be asked about what she bought.",
        },
    )
    _declare(
        Stage,
        "Where a member stands in her lifecycle 生命周期.",
        {
            "PROSPECT": "Known, and no member.",
            "NEW": "A member without a net-paid order.",
            "FIRST_PURCHASE": "One net-paid order.",
            "ACTIVE": "She bought again.",
            "LOYAL": "She buys often, or holds a top tier.",
            "AT_RISK": "Silent for so long that a touch is due.",
            "DORMANT": "Silent for longer.",
            "CHURNED": "Silent for so long that she is lost.",
            "REACTIVATED": "She came back after a long silence.",
        },
        name="LifecycleStage",
    )
    _declare(
        TouchState,
        "How a touch 触达 stands.",
        {
            "PLANNED": "Due, now or later.",
            "SENDING": "On its way.",
            "DROPPED": "In a drop that nobody has fetched.",
            "UNKNOWN": "Nobody knows whether it arrived.",
            "HELD_OUT": "Left alone, to compare with.",
            "STOPPED": "A guard ended it.",
            "CANCELLED": "Due no more.",
        },
    )
    _declare(Occasion, "What a touch is for.", name="TouchOccasion")
    _declare(CampaignState, "Where a campaign 活动 is.")
    _declare(
        Paused,
        "Why a campaign is paused.",
        {
            "BY_HAND": "Somebody paused it.",
            "COST_CAP": "Its next touch would cost more than it may.",
            "SENDER_MISSING": "Its sender is not connected.",
        },
        name="CampaignPause",
    )
    _declare(
        OutcomeKind,
        "What came of a touch.",
        {"SURVEY": "A survey was answered, with a score.", "BOUNCED": "It could not be delivered."},
        name="TouchOutcomeKind",
    )
    _declare(ConsentMedium, "By which way a person is reached 渠道.", {"ANY": "All of them."})
    _declare(
        ConsentStatus,
        "What holds of a consent 同意.",
        {
            "GRANTED": "She allows it.",
            "DENIED": "She said no.",
            "REVOKED": "She took it back.",
            "EXPIRED": "She allowed it, and it holds no more.",
        },
    )
    _declare(
        ErasureState,
        "How far a place is that knew an erased person.",
        {
            "QUEUED": "It is still to be told, or at work.",
            "SENT": "It was told and has not answered.",
            "DONE": "She is gone there.",
            "UNSUPPORTED": "It takes no such command; its owner has to do it by hand.",
            "FAILED": "It refused; its owner has to look.",
        },
    )
    _declare(
        Survivorship,
        "Which of several values of one attribute stands.",
        {
            "MOST_RECENT": "The one told last.",
            "OLDEST": "The one told first.",
            "HIGHEST_CONFIDENCE": "The one that its source is surest of.",
            "SOURCE_PRIORITY": "The one of the source that ranks highest.",
            "UNION": "Each value stands.",
        },
    )
    _declare(
        TouchDirection,
        "Where a touch is known from.",
        {"SENT": "Santong sent it or plans to.", "OBSERVED": "A channel told of it."},
    )
    _declare(SuggestionSource, "Where a suggestion was made.")
    _declare(
        SuggestionStatus,
        "What became of a suggestion.",
        {
            "OPEN": "Nobody has decided.",
            "RESEMBLING": "It resembles another; a person says whether it means the same.",
            "DUPLICATE": "It repeats another.",
            "ACCEPTED": "It will be done.",
            "DECLINED": "It will not be done.",
        },
    )
    _declare(
        Precision,
        "How exactly a source knows a moment.",
        {
            "INSTANT": "To the second or better.",
            "DAY": "Only the day is known; it stands at the end of its local day.",
        },
        name="TimePrecision",
    )
