"""Words of people: memberships, consent, points, lifecycle."""

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
from capabilities.points.records import Direction, EntryType
from capabilities.points.shown import LedgerOrder, PointsCurrency
from capabilities.profile.rules import AttributeType, Survivorship
from capabilities.suggestions import SuggestionSource, SuggestionStatus
from schema.enum_words.words import Words

MEMBERS = (
    Words(
        ChangeState,
        "How far a change of one membership is.",
        {
            "DONE": "It is done.",
            "QUEUED": "Its system is told, and has not answered.",
            "UNSUPPORTED": "Its system takes no such change.",
        },
    ),
    Words(
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
    ),
    Words(
        MembershipStatus,
        "Status of a membership 会籍.",
        {"PENDING": "Registered, and not known to its system yet; its number is a reference."},
    ),
    Words(
        MemberStatus,
        "Status of a member 会员.",
        {
            "MERGED": "Joined into another person; the old id goes on resolving.",
            "ERASED": "Erased on the person's request.",
        },
    ),
    Words(
        CandidateState,
        "What became of a pair of the review queue.",
        {
            "OPEN": "Nobody has judged it.",
            "ACCEPTED": "The two were merged.",
            "REJECTED": "They were left; other evidence may still join them.",
            "NEVER": "They are kept apart whatever they show.",
        },
    ),
    Words(
        Verdict,
        "What a person says of a pair.",
        {
            "ACCEPT": "They are one: merge them.",
            "REJECT": "Not on this evidence.",
            "NEVER": "They are two, for good.",
        },
        name="MergeVerdict",
    ),
    Words(
        PointsAuthority,
        "Who decides a balance of points 积分.",
        {
            "LEGACY": "The legacy system; its balance is shown as it is.",
            "PLATFORM": "The platform's own ledger.",
        },
    ),
    Words(
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
    ),
    Words(
        Direction,
        "Which way an entry moves a balance.",
        {"CREDIT": "Points come.", "DEBIT": "Points go."},
        "PointsDirection",
    ),
    Words(
        LedgerOrder,
        "How a ledger is sorted: by the order in which entries were written.",
        {"NEWEST_FIRST": "The last one first.", "OLDEST_FIRST": "The first one first."},
    ),
    Words(
        PointsCurrency,
        "What a programme counts.",
        {
            "SPENDABLE": "Points that can be spent.",
            "QUALIFYING": "Points that tiers are reached by; they are never spent.",
        },
    ),
    Words(
        ConsentPurpose,
        "What a person consents to 目的.",
        {
            "MARKETING": "To be written to about offers.",
            "PROFILING": "That what she buys decides what she is shown.",
            "DATA_SHARING": "That her data goes to another company.",
            "SERVICE": "To be asked about what she bought.",
        },
    ),
    Words(
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
    ),
    Words(
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
    ),
    Words(Occasion, "What a touch is for.", name="TouchOccasion"),
    Words(CampaignState, "Where a campaign 活动 is."),
    Words(
        Paused,
        "Why a campaign is paused.",
        {
            "BY_HAND": "Somebody paused it.",
            "COST_CAP": "Its next touch would cost more than it may.",
            "SENDER_MISSING": "Its sender is not connected.",
        },
        name="CampaignPause",
    ),
    Words(
        OutcomeKind,
        "What came of a touch.",
        {"SURVEY": "A survey was answered, with a score.", "BOUNCED": "It could not be delivered."},
        name="TouchOutcomeKind",
    ),
    Words(ConsentMedium, "By which way a person is reached 渠道.", {"ANY": "All of them."}),
    Words(
        ConsentStatus,
        "What holds of a consent 同意.",
        {
            "GRANTED": "She allows it.",
            "DENIED": "She said no.",
            "REVOKED": "She took it back.",
            "EXPIRED": "She allowed it, and it holds no more.",
        },
    ),
    Words(
        ErasureState,
        "How far a place is that knew an erased person.",
        {
            "QUEUED": "It is still to be told, or at work.",
            "SENT": "It was told and has not answered.",
            "DONE": "She is gone there.",
            "UNSUPPORTED": "It takes no such command; its owner has to do it by hand.",
            "FAILED": "It refused; its owner has to look.",
        },
    ),
    Words(
        AttributeType,
        "What the values of an attribute are.",
        {
            "TEXT": "Any text.",
            "NUMBER": "A number, with a point before its decimals.",
            "FLAG": "`true` or `false`.",
            "DATE": "A day as YYYY-MM-DD.",
        },
    ),
    Words(
        Survivorship,
        "Which of several values of one attribute stands.",
        {
            "MOST_RECENT": "The one told last.",
            "OLDEST": "The one told first.",
            "HIGHEST_CONFIDENCE": "The one that its source is surest of.",
            "SOURCE_PRIORITY": "The one of the source that ranks highest.",
            "UNION": "Each value stands.",
        },
    ),
    Words(
        TouchDirection,
        "Where a touch is known from.",
        {"SENT": "Santong sent it or plans to.", "OBSERVED": "A channel told of it."},
    ),
    Words(SuggestionSource, "Where a suggestion was made."),
    Words(
        SuggestionStatus,
        "What became of a suggestion.",
        {
            "OPEN": "Nobody has decided.",
            "RESEMBLING": "It resembles another; a person says whether it means the same.",
            "DUPLICATE": "It repeats another.",
            "ACCEPTED": "It will be done.",
            "DECLINED": "It will not be done.",
        },
    ),
)
