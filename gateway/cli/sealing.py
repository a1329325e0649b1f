"""`santong sealing`: which keys seal what is stored, and sealing it anew with the newest."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from gateway.cli.console import aside, console
from gateway.cli.environment import command_settings, signing_settings
from gateway.cli.given import author
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.keys import keyring

if TYPE_CHECKING:
    from store.owned import Owned
    from store.rotating import Rotated, Rotation, Sealed

app = typer.Typer(name="sealing", help="Keys that seal what is stored.", no_args_is_help=True)
_T = TypeVar("_T")


@app.command()
def status() -> None:
    """Show how many values each key sealed; exit code 1 where one is not the newest's."""
    found = _at(lambda rotation: rotation.status())
    table = Table("table", "column", "key", "values", "is")
    for one in found:
        words = (one.table, one.column, str(one.number), str(one.count), _is(one))
        table.add_row(*map(Text, words))
    console.print(table)
    if any(not one.newest for one in found):
        raise typer.Exit(1)


@app.command()
def rotate(
    at_once: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many values one statement replaces.")
    ] = 500,
) -> None:
    """Seal everything anew with the newest key, while all goes on; may be run again at any time."""

    async def done(rotation: "Rotation") -> "Rotated":
        due = sum(one.count for one in await rotation.status() if not one.newest)
        columns = (BarColumn(), MofNCompleteColumn(), _Rate("rate"), TimeRemainingColumn())
        with Progress(*columns, console=aside, transient=True) as progress:
            task = progress.add_task("sealing", total=due)
            return await rotation.rotate(author(), lambda count: progress.advance(task, count))

    rotated = _at(done, at_once)
    typer.echo(", ".join(f"{table}: {count}" for table, count in rotated.sealed.items()))
    if rotated.lost:
        message = f"{rotated.lost} values open with no key of SANTONG_SEALING_KEYS"
        raise BadInput(message, code="SEALING_KEY_MISSING")


class _Rate(TextColumn):
    """How many a second, once that is known."""

    def render(self, task: object) -> Text:
        speed = getattr(task, "speed", None)
        return Text("" if speed is None else f"{speed:,.0f}/s")


def _at(work: "Callable[[Rotation], Awaitable[_T]]", at_once: int = 500) -> _T:
    async def opened(owned: "Owned") -> _T:
        from store.rotating import Rotation  # noqa: PLC0415  # only this group needs it

        return await work(Rotation(owned.store, owned.brand, keys, at_once))

    keys = keyring(signing_settings(command_settings()))
    return at_owned(opened, seconds=LONG_SECONDS)


def _is(one: "Sealed") -> str:
    if one.newest:
        return "the newest"
    return "older" if one.known else "of no key on the list"
