"""`santong command`: changes of memberships on their way to the systems that own them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.member.commands import Command, CommandState
from gateway.cli.console import console
from gateway.cli.store import at_owned
from store.commands import Commands
from store.privacy.data_keys import DataKeys

app = typer.Typer(
    name="command", help="Changes on their way to other systems.", no_args_is_help=True
)
_T = TypeVar("_T")
_WAITING = (CommandState.DEAD, CommandState.UNKNOWN, CommandState.SENDING, CommandState.QUEUED)
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a command, from `command list`.")]


@app.command(name="list")
def show(
    state: Annotated[
        list[CommandState] | None,
        typer.Option(help="Only these; those that are not done where absent. May be repeated."),
    ] = None,
    connector: Annotated[str | None, typer.Option(help="Only those of one connector.")] = None,
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many commands.")] = 50,
) -> None:
    """Show commands without what they say of people; exit code 1 where one is dead."""
    states = tuple(state or _WAITING)
    found: Sequence[Command] = _at(lambda commands: commands.listed(states, first, connector))
    table = Table("id", "connector", "kind", "channel", "number", "state", "reason", "tries", "at")
    for one in found:
        words = (one.command, one.connector, one.kind.value, one.channel, one.number or "")
        at = f"{one.changed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        told = (*words, one.state.value, one.reason or "", str(one.attempts), at)
        table.add_row(*map(Text, told))
    console.print(table)
    if any(one.state is CommandState.DEAD for one in found):
        raise typer.Exit(1)


@app.command()
def retry(command: Id) -> None:
    """Try a dead command again; its system is asked first whether it arrived."""
    if not _at(lambda commands: commands.retry(command, datetime.now(UTC))):
        raise BadInput(f"there is no dead command {command!r}", code="COMMAND_UNKNOWN")
    typer.echo(f"{command} is tried again")


@app.command()
def discard(command: Id) -> None:
    """Give a command up that is dead or waits; what it says of a person is forgotten."""
    if not _at(lambda commands: commands.discard(command, datetime.now(UTC))):
        message = f"there is no command {command!r} that is dead or waits"
        raise BadInput(message, code="COMMAND_UNKNOWN")
    typer.echo(f"{command} is given up")


def _at(work: Callable[[Commands], Awaitable[_T]]) -> _T:
    return at_owned(
        lambda one: work(Commands(one.store, one.brand, DataKeys(one.brand, one.sealer)))
    )
