"""`santong command`: changes of members and orders on their way to the systems that own them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.member.commands import Command, CommandState
from capabilities.order.commands import OrderCommand, SettledWrite
from capabilities.order.dead_letters import WAITING
from gateway.cli.console import console
from gateway.cli.store import at_owned
from store.commands import Commands
from store.engine import Run
from store.order.commands import OrderCommands
from store.order.settles import settle_all, settles_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys

app = typer.Typer(
    name="command", help="Changes on their way to other systems.", no_args_is_help=True
)
_T = TypeVar("_T")
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of a command, from `command list`.")]


class _Desk:
    """Both queues of a brand."""

    def __init__(self, owned: Owned) -> None:
        keys = DataKeys(owned.brand, owned.sealer)
        self.members = Commands(owned.store, owned.brand, keys)
        self.orders = OrderCommands(owned.store, owned.brand, keys)
        self._owned = owned
        self._store = owned.store
        self._author = f"cli:{getuser()}"

    async def listed(
        self, states: tuple[CommandState, ...], first: int, connector: str | None
    ) -> list[Command | OrderCommand]:
        """Commands of both, what changed last first."""
        members = await self.members.listed(states, first, connector)
        orders = await self.orders.listed(states, first, connector)
        whole: list[Command | OrderCommand] = [*members, *orders]
        return sorted(whole, key=lambda one: one.changed_at, reverse=True)[:first]

    async def retry(self, command: str) -> bool:
        """Try a dead one of either again."""
        now = datetime.now(UTC)

        async def again(run: Run) -> bool:
            return await self.orders.retry(run, command, self._author, now)

        return await self._store.transaction(again) or await self.members.retry(command, now)

    async def discard(self, command: str) -> bool:
        """Give one of either up; what waits for one of an order is told."""
        now = datetime.now(UTC)

        async def gone(run: Run) -> SettledWrite | None:
            settled = await self.orders.discard(run, command, self._author, now)
            if settled is not None:
                await settle_all(run, self._owned.brand, settles_of(self._owned), settled)
            return settled

        found = await self._store.transaction(gone)
        return found is not None or await self.members.discard(command, now)


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
    states = tuple(state or WAITING)
    found = _at(lambda desk: desk.listed(states, first, connector))
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
    if not _at(lambda desk: desk.retry(command)):
        raise BadInput(f"there is no dead command {command!r}", code="COMMAND_UNKNOWN")
    typer.echo(f"{command} is tried again")


@app.command()
def discard(command: Id) -> None:
    """Give a command up that is dead or waits; what it says of a person is forgotten."""
    if not _at(lambda desk: desk.discard(command)):
        message = f"there is no command {command!r} that is dead or waits"
        raise BadInput(message, code="COMMAND_UNKNOWN")
    typer.echo(f"{command} is given up")


def _at(work: Callable[[_Desk], Awaitable[_T]]) -> _T:
    return at_owned(lambda owned: work(_Desk(owned)))
