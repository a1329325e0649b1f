"""Commands of orders as those see them who look after what systems did not take."""

from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.member.commands import CommandState
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.commands import OrderCommand

# What is not done: what else is listed where nobody names a state.
WAITING = (CommandState.DEAD, CommandState.UNKNOWN, CommandState.SENDING, CommandState.QUEUED)


class CommandFilter(Struct, frozen=True, kw_only=True):
    """Which commands; without states those that are not done."""

    states: tuple[CommandState, ...] = WAITING
    connector: str | None = None


class CommandMoved(Struct, frozen=True, kw_only=True, tag=True):
    """A command that is tried again, or given up."""

    command: OrderCommand


class CommandDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """There is no such command that could be tried again, or given up."""


Moving: TypeAlias = CommandMoved | CommandDeclined | IdempotencyKeyReused
