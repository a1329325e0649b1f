"""Channels, and the connectors that answer for them."""

from datetime import datetime

from capabilities import estate
from capabilities.errors import SantongError
from capabilities.estate import (
    BreakerState,
    ChannelKind,
    ConnectorHealth,
    ConnectorOrigin,
    ConnectorStanding,
)
from schema.context import Ask
from schema.node import Node
from schema.view import plain, view


@view(estate.Channel)
class Channel(Node):
    """Channel 渠道: where the retailer sells. Data, not an enum: channels come and go."""

    code: str = plain("Short code, unique in the brand; what filters take.")
    name: str = plain("Name that people use.")
    kind: ChannelKind = plain("Kind of the channel.")
    time_zone: str = plain("IANA time zone of its business days.")


@view(estate.ConnectorState)
class Connector:
    """Connector 连接器: one registered connection to one legacy system, and how it fares."""

    name: str = plain("Name of the connector.")
    system: str = plain("The product that it speaks to.")
    health: ConnectorHealth = plain("How it fares right now.")
    capabilities: list[str] = plain("Capabilities that it answers: member, order, promotion.")
    channels: list[str] = plain("Codes of the channels that it answers for.")
    ports: list[str] = plain("Questions that it can answer.")
    calls: int = plain("Calls made since the start of this process.")
    errors: int = plain("How many of them failed.")
    in_flight: int = plain("Calls under way at this moment.")
    breaker: BreakerState = plain("Whether its system is asked at the moment.")
    p50: int | None = plain("Milliseconds that half of its latest calls took at most.")
    p99: int | None = plain("Milliseconds that 99 of 100 of its latest calls took at most.")
    error_rate: float | None = plain("Share of its latest calls that failed, from 0 to 1.")
    last_error: str | None = plain("Code of the last failure; null where there was none.")
    last_latency_ms: int | None = plain("Milliseconds of the last call.")
    origin: ConnectorOrigin = plain("Where it was written down.")
    state: ConnectorStanding = plain("What became of its newest definition.")
    refused: str | None = plain(
        "Why its newest definition is not in force, where an older one serves or none does."
    )
    author: str | None = plain("Who registered it or changed it last; null for one of a file.")
    changed_at: datetime | None = plain("When that was.")


def channel_of(info: Ask, code: str) -> estate.Channel:
    """The channel of a record; every record belongs to one of the estate."""
    channel = info.context.reader.channel(code)
    if channel is None:
        raise SantongError("This record's channel is not in the estate.", code="UNKNOWN_CHANNEL")
    return channel
