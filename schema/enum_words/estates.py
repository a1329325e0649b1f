"""Words of connectors, answers and time."""

from capabilities.adoption.states import Side
from capabilities.estate import (
    BreakerState,
    Capability,
    ChannelKind,
    ConnectorHealth,
    ConnectorOrigin,
    ConnectorStanding,
)
from capabilities.native import NativeCast
from capabilities.page import CountPrecision, Freshness, Policy
from capabilities.registration import RegistrationAction
from capabilities.sources import SourceStatus
from capabilities.time import Precision
from capabilities.usage.records import FieldChoice
from schema.enum_words.words import Words

ESTATES = (
    Words(ChannelKind, "Kind of a channel 渠道; a channel itself is data."),
    Words(
        Capability,
        "What a connector may answer for a channel.",
        {
            "MEMBER": "Memberships and who holds them.",
            "ORDER": "Orders and stores.",
            "PROMOTION": "Promotions and coupons.",
        },
    ),
    Words(
        ConnectorHealth,
        "How a connector fares right now.",
        {
            "UP": "Its last call answered.",
            "FAILING": "Its last calls failed; it is tried again.",
            "BROKEN": "It cannot be used until a person repairs it.",
            "UNTRIED": "It has not been asked since the start.",
            "PAUSED": "An administrator lets it rest; it is not asked.",
        },
    ),
    Words(
        ConnectorOrigin,
        "Where a connector was written down.",
        {
            "ESTATE_FILE": "In the estate file.",
            "FOLDER": "In a file of the operator's folder.",
            "REGISTERED": "With the platform, by a command or a mutation.",
        },
    ),
    Words(
        ConnectorStanding,
        "What became of a connector's newest definition.",
        {
            "IN_FORCE": "It is in force, or an older one where `refused` says why not.",
            "PAUSED": "It is kept and not asked, until somebody resumes it.",
            "REFUSED": "It is not in force and nothing serves in its place.",
            "REMOVED": "It was taken away; its history stays.",
        },
    ),
    Words(
        Side,
        "Who answers a read, or takes a write first.",
        {
            "LEGACY": "The system that the channel had before.",
            "PLATFORM": "Santong's own store.",
        },
    ),
    Words(
        FieldChoice,
        "Which fields of the contract are told.",
        {
            "UNUSED": "Those that no operation selected.",
            "DEPRECATED": "Those that are deprecated, and selected still.",
        },
        name="UsedFields",
    ),
    Words(RegistrationAction, "What was done to a registered connector."),
    Words(
        BreakerState,
        "Whether a connector's system is asked 熔断.",
        {
            "CLOSED": "It is asked.",
            "OPEN": "It failed too often, or asked for a pause: it is left alone for a while.",
            "HALF_OPEN": "One call tries whether it is well again.",
        },
    ),
    Words(
        CountPrecision,
        "How much a total count knows.",
        {
            "EXACT": "All sources counted.",
            "LOWER_BOUND": "At least this many; some source did not count or did not answer.",
            "UNKNOWN": "No source counted; there is no value.",
        },
    ),
    Words(
        Policy,
        "What a page does when a source is missing.",
        {
            "BEST_EFFORT": "The page comes and `sources` says who is missing; the missing rows "
            "follow on later pages, marked `late`.",
            "REQUIRE_ALL": "The page fails with a retryable code; the same cursor goes on later.",
        },
    ),
    Words(
        Freshness,
        "How old an answer may be.",
        {
            "CACHED": "As old as the operator lets a source's answers be; `sources` says how old.",
            "LIVE": "Every source is asked now; none is answered by what was kept.",
        },
    ),
    Words(
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
    ),
    Words(
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
    ),
    Words(
        Precision,
        "How exactly a source knows a moment.",
        {
            "INSTANT": "To the second or better.",
            "DAY": "Only the day is known; it stands at the end of its local day.",
        },
        name="TimePrecision",
    ),
)
