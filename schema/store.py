"""Stores: the places of sale of a channel."""

from typing import Any

import strawberry
from strawberry import UNSET, Parent

from capabilities import estate
from capabilities.order import records
from capabilities.order.records import StoreKind
from schema.channel import Channel, channel_of
from schema.context import Ask
from schema.node import Node
from schema.page import connection_of
from schema.restrict import chosen
from schema.source import Source
from schema.view import asked, plain, view


@view(records.Store)
class Store(Node):
    """Store 门店: a shop, stand or terminal of a channel."""

    code: str = plain("Code of the store in its channel.")
    name: str | None = plain("Name of the store.")
    kind: StoreKind = plain("What this place of sale is.")
    region: str | None = plain("Region that it belongs to.")
    time_zone: str = plain("IANA time zone of its business days.")
    closed: bool | None = plain("Whether it is closed for good.")
    source: Source = plain("Where this record came from.")

    @asked(Channel)
    @staticmethod
    def channel(store: Parent[records.Store], info: Ask) -> estate.Channel:
        """The channel that it belongs to."""
        return channel_of(info, store.channel)


@strawberry.input(
    description="What a list of stores is restricted to; what is absent restricts nothing."
)
class StoreFilterInput:
    """The contract's form of `StoreFilter`."""

    channels: list[str] | None = strawberry.field(default=UNSET, description="Codes of channels.")
    codes: list[str] | None = strawberry.field(default=UNSET, description="Codes of stores.")


def store_filter(asked_for: StoreFilterInput | None) -> records.StoreFilter:
    """The filter as the reader takes it."""
    given: Any = asked_for or StoreFilterInput()
    return records.StoreFilter(
        channels=chosen("channels", given.channels), codes=chosen("codes", given.codes)
    )


StoreConnection = connection_of(Store)
