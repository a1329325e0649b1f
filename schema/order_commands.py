"""Changes of orders on their way to other systems: what waits, tried again or given up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Union

import strawberry
from strawberry import UNSET

from capabilities.member.commands import CommandState
from capabilities.order import commands, dead_letters
from capabilities.order.dead_letters import CommandFilter, Moving
from capabilities.order.writing import OrderWriteKind
from schema.context import Ask
from schema.node import parse_id
from schema.operation import IdempotencyKeyReused
from schema.page import DEFAULT_PAGE
from schema.profile import bounded_first
from schema.restrict import bounded_text, given, optional_text
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(commands.OrderCommand)
class OrderCommand:
    """A change of an order that its system is told, without what it says of a person."""

    id: strawberry.ID = plain("Its id.")
    command: strawberry.ID = plain(
        "Its reference, which its system keeps with what it wrote.", name="reference"
    )
    connector: str = plain("Name of the connector of the system.")
    channel: str = plain("Code of the channel.", name="channelCode")
    kind: OrderWriteKind = plain("What its system is told.")
    number: str | None = plain("The order's number, once there is one.", name="orderNumber")
    document: str | None = plain("Number of a document that the system made for it.")
    state: CommandState = plain("How far it has come.")
    reason: str | None = plain("A code: why its last attempt brought nothing.")
    attempts: int = plain("How many attempts were begun.")
    author: str = plain("Who asked for the change: a subject.")
    created_at: datetime = plain("When it was asked for.")
    changed_at: datetime = plain("When it changed last.")
    next_at: datetime = plain("When it is tried next, while it is.")


@view(dead_letters.CommandMoved)
class OrderCommandMoved:
    """A command that is tried again, or was given up."""

    command: OrderCommand = plain("How it stands now.")


@view(dead_letters.CommandDeclined)
class OrderCommandDeclined(UserError):
    """Nothing was done: there is no such command that could be tried again, or given up."""


OrderCommandResult = Annotated[
    Union[OrderCommandMoved, OrderCommandDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("OrderCommandResult", description="What became of a command."),
]


@strawberry.input(description="Which commands of orders.")
class OrderCommandFilterInput:
    """Restrictions; all of them hold."""

    states: list[CommandState] | None = strawberry.field(
        default=UNSET, description="How far they have come; without, those that are not done."
    )
    connector: str | None = strawberry.field(
        default=UNSET, description="Only those of one connector."
    )


@strawberry.input(description="A command that is tried again, or given up.")
class OrderCommandInput:
    """Which one, and why."""

    command: strawberry.ID = strawberry.field(description="Id of the OrderCommand.")
    reason: str = strawberry.field(description="Why; it stands in the audit trail.")
    idempotency_key: strawberry.ID = strawberry.field(
        description="Key of this one wish: the same key again answers what it did the first time."
    )


@strawberry.type
class OrderCommandQueries:
    """Questions about changes on their way."""

    @asked(list[OrderCommand])
    @staticmethod
    async def order_commands(
        info: Ask,
        filter: Annotated[  # noqa: A002 - the contract's name
            OrderCommandFilterInput | None, strawberry.argument(description="Which.")
        ] = UNSET,
        first: Annotated[int, strawberry.argument(description="How many: 1 to 100.")] = (
            DEFAULT_PAGE
        ),
    ) -> Sequence[commands.OrderCommand]:
        """Changes of orders 待下发指令 that systems were not told yet, or did not take."""
        wanted = bounded_first(first)
        info.context.spend(wanted)
        return await info.context.platform.order_commands.listed(_filter(given(filter)), wanted)


@strawberry.type
class OrderCommandMutations:
    """What can be done with changes on their way."""

    @asked(OrderCommandResult | None)
    @staticmethod
    async def retry_order_command(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            OrderCommandInput, strawberry.argument(description="Which one, and why.")
        ],
    ) -> Moving:
        """Try a dead command again; its system is asked first whether it arrived."""
        return await info.context.platform.order_commands.retry(*_named(input))

    @asked(OrderCommandResult | None)
    @staticmethod
    async def discard_order_command(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            OrderCommandInput, strawberry.argument(description="Which one, and why.")
        ],
    ) -> Moving:
        """Give a command up that is dead or waits; what it says of a person is forgotten."""
        return await info.context.platform.order_commands.discard(*_named(input))


def _filter(asked_for: OrderCommandFilterInput | None) -> CommandFilter:
    if asked_for is None:
        return CommandFilter()
    states = given(asked_for.states)
    connector = optional_text("connector", asked_for.connector)
    if states is None:
        return CommandFilter(connector=connector)
    return CommandFilter(states=tuple(dict.fromkeys(states)), connector=connector)


def _named(asked_for: OrderCommandInput) -> tuple[str, str, str]:
    return (
        parse_id(asked_for.command, "OrderCommand").key,
        bounded_text("reason", asked_for.reason),
        bounded_text("idempotencyKey", asked_for.idempotency_key),
    )
