"""Usage 用量: which applications use which operations and fields, and which sources answer them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry import UNSET, Parent

from capabilities.adoption.states import Side
from capabilities.errors import BadInput
from capabilities.estate import Capability
from capabilities.usage import client, records
from capabilities.usage.records import LONGEST_DAYS, USUAL_DAYS, FieldChoice
from schema.context import Ask
from schema.restrict import given, optional_text
from schema.view import asked, plain, view

_MOST = 1_000
_USUAL = 100
FirstOf = Annotated[int, strawberry.argument(description=f"How many: 1 to {_MOST}.")]


@view(client.Client)
class UsageClient:
    """An application: never a person."""

    credential: str = plain("`key:NAME` of an API key, else `token:ROLE`.")
    name: str = plain("What it calls itself, which nobody verified; empty where it says nothing.")


@view(records.FieldUsage)
class FieldUsage:
    """A field of the contract, and the runs of operations that select it."""

    coordinate: str = plain("The field, such as `Member.points`.")
    count: float = plain("Runs of operations that select it.")
    last_used_at: datetime | None = plain("When one ran last, to some seconds.")
    deprecated: str | None = plain("Why it should not be used any more; null where it may be.")
    clients: list[UsageClient] = plain("The applications that ran them.")


@view(records.ClientUsage)
class ClientUsage:
    """An application and what it asked."""

    client: UsageClient = plain("The application.")
    operations: int = plain("How many operations it asked.")
    count: float = plain("How often it asked them.")
    last_used_at: datetime = plain("When it asked last, to some seconds.")


@view(records.OperationUsage)
class OperationUsage:
    """An operation as one application asks it."""

    document_id: str = plain("The id of its document, `sha256:…`; `(other)` are many together.")
    name: str = plain("Its name in the document; empty where it has none.")
    kind: str = plain("QUERY, MUTATION or SUBSCRIPTION.")
    client: UsageClient = plain("The application.")
    count: float = plain("How often it was run.")
    last_used_at: datetime = plain("When it ran last, to some seconds.")


@view(records.PathUsage)
class SourceRead:
    """A source, and an operation of an application that was answered from it."""

    connector: str = plain("The connector that was asked.")
    channel_code: str = plain("For which channel.")
    capability: Capability = plain("What of it.")
    side: Side = plain("Whose side that is: of the legacy system, or of the platform.")
    document_id: str = plain("The id of the operation's document, `sha256:…`.")
    operation: str = plain("Its name in the document.")
    client: UsageClient = plain("The application.")
    count: float = plain("How often it was run so.")
    last_used_at: datetime = plain("When it ran so last, to some seconds.")


@view(records.UsageReport)
class Usage:
    """What was used of the graph in the last days; what reaches a system elsewhere nobody sees."""

    since: date = plain("The first day that is looked at.")
    counted_since: datetime | None = plain("When counting began; null before the first count.")
    counted_until: datetime | None = plain("When counts were written last.")

    @asked(list[FieldUsage])
    @staticmethod
    async def fields(
        usage: Parent[records.UsageReport],
        info: Ask,
        which: Annotated[
            FieldChoice, strawberry.argument(description="Which fields.")
        ] = FieldChoice.ALL,
        first: FirstOf = _USUAL,
    ) -> Sequence[records.FieldUsage]:
        """Fields of the contract, the most used first."""
        return await info.context.platform.usage.fields(usage, which, _spent(info, first))

    @asked(list[ClientUsage])
    @staticmethod
    async def clients(
        usage: Parent[records.UsageReport], info: Ask
    ) -> Sequence[records.ClientUsage]:
        """Applications, those that ask most first."""
        return await info.context.platform.usage.clients(usage)

    @asked(list[OperationUsage])
    @staticmethod
    async def operations(
        usage: Parent[records.UsageReport], info: Ask, first: FirstOf = _USUAL
    ) -> Sequence[records.OperationUsage]:
        """Operations by application, the most asked first."""
        return await info.context.platform.usage.operations(usage, _spent(info, first))

    @asked(list[SourceRead])
    @staticmethod
    async def reads(
        usage: Parent[records.UsageReport],
        info: Ask,
        channel: Annotated[
            str | None, strawberry.argument(description="Code of a channel; all where absent.")
        ] = UNSET,
        capability: Annotated[
            Capability | None, strawberry.argument(description="One capability; all where absent.")
        ] = UNSET,
        first: FirstOf = _USUAL,
    ) -> Sequence[records.PathUsage]:
        """Who was answered by which source, the most often first."""
        wanted = optional_text("channel", channel)
        return await info.context.platform.usage.reads(
            usage, wanted, given(capability), _spent(info, first)
        )


@strawberry.type
class UsageQueries:
    """What may be asked of usage."""

    @asked(Usage | None)
    @staticmethod
    async def usage(
        info: Ask,
        days: Annotated[
            int, strawberry.argument(description=f"How many days back: 1 to {LONGEST_DAYS}.")
        ] = USUAL_DAYS,
    ) -> records.UsageReport:
        """Who used what of the graph, counted by day."""
        if not 1 <= days <= LONGEST_DAYS:
            raise BadInput(f"`days` must be between 1 and {LONGEST_DAYS}.")
        return await info.context.platform.usage.report(days)


def _spent(info: Ask, first: int) -> int:
    """How many rows, counted among those of the request."""
    if not 1 <= first <= _MOST:
        raise BadInput(f"`first` must be between 1 and {_MOST}.")
    info.context.spend(first)
    return first
