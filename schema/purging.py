"""Purges of what is kept."""

from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities import purging
from capabilities.estate import Capability
from schema.context import Ask
from schema.restrict import bounded_text, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@strawberry.input(description="What is purged; what is absent restricts nothing.")
class PurgeCacheInput:
    """Names what a tag of the cache names."""

    connector: str | None = strawberry.field(
        default=UNSET, description="Name of the connector; all where absent."
    )
    capability: Capability | None = strawberry.field(
        default=UNSET, description="The capability; all where absent."
    )
    channel: str | None = strawberry.field(
        default=UNSET, description="Code of a channel; with a capability only."
    )
    key: str | None = strawberry.field(
        default=UNSET,
        description="What concerns this number, as the system knows it, or this value of an "
        "identity; with a capability only.",
    )
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish; purging again does no harm."
    )


@view(purging.CachePurged)
class CachePurged:
    """Nothing that was kept before is answered any more."""

    connectors: list[str] = plain("Names of the connectors whose answers were purged.")
    told: bool = plain(
        "Whether Redis has taken it. Else this gateway tells it as soon as Redis is back."
    )


@view(purging.NothingPurged)
class NothingPurged(UserError):
    """There is no such connector, or a key or channel came without its capability."""


PurgeCacheResult = Annotated[
    Union[CachePurged, NothingPurged],  # noqa: UP007 - a union type of the contract
    strawberry.union("PurgeCacheResult", description="What became of a purge."),
]


@strawberry.type
class PurgingMutations:
    """What can be done with what is kept."""

    @asked(PurgeCacheResult | None)
    @staticmethod
    async def purge_cache(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            PurgeCacheInput, strawberry.argument(description="What is purged.")
        ],
    ) -> purging.Purged:
        """Purge what is kept of the systems' answers: the next question asks them."""
        bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.writing.purge_cache(
            optional_text("connector", input.connector),
            given(input.capability),
            optional_text("channel", input.channel),
            optional_text("key", input.key),
        )
